"""Batches: each entry for itself, and nothing said of what did not happen."""

from tests.aws.probes_of_queues import answer

EMPTY = {"kind": {"DataType": "String", "StringValue": ""}}


def test_an_entry_whose_attributes_cannot_be_fails_alone(account):
    url, _ = account.queue("q")
    entries = [{"Id": "bad", "MessageBody": "m", "MessageAttributes": EMPTY}, {"Id": "good", "MessageBody": "n"}]
    found = account.sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert [row["Id"] for row in found["Successful"]] == ["good"]
    assert found["Failed"][0]["Code"] == "InvalidParameterValue" and "non-empty" in found["Failed"][0]["Message"]
    assert account.bodies(url) == ["n"]


def test_an_answer_says_nothing_of_entries_that_there_are_none_of(account):
    url, _ = account.queue("q")
    sent = account.sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "m"}])
    handle = account.messages(url)[0]["ReceiptHandle"]
    kept = account.sqs.change_message_visibility_batch(
        QueueUrl=url, Entries=[{"Id": "a", "ReceiptHandle": handle, "VisibilityTimeout": 60}]
    )
    gone = account.sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": "a", "ReceiptHandle": handle}])
    assert all("Successful" in row and "Failed" not in row for row in (sent, kept, gone))
    lost = account.sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": "a", "ReceiptHandle": "never"}])
    assert "Failed" in lost and "Successful" not in lost


def test_attributes_are_part_of_the_size_of_a_message_with_their_names_and_types(account):
    url, _ = account.queue("q", MaximumMessageSize="1024")
    attributes = {"kind": {"DataType": "String", "StringValue": "paid"}}  # 14 bytes
    account.sqs.send_message(QueueUrl=url, MessageBody="m" * 1010, MessageAttributes=attributes)
    found = answer(account.sqs.send_message, QueueUrl=url, MessageBody="m" * 1011, MessageAttributes=attributes)
    assert found["Code"] == "InvalidParameterValue" and "shorter than 1024 bytes" in found["Message"]
    binary = {"raw": {"DataType": "Binary", "BinaryValue": b"x" * 20}}
    assert answer(account.sqs.send_message, QueueUrl=url, MessageBody="m" * 1000, MessageAttributes=binary) != {
        "Code": "taken"
    }
