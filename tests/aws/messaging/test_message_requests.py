"""Messages that SQS refuses, and the numbers of a FIFO queue."""

import pytest

from tests.aws.probes_of_queues import answer


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"MessageBody": ""}, "MissingParameter"),
        ({"MessageBody": "a\x00b"}, "InvalidMessageContents"),
        ({"MessageBody": "a\ufffe"}, "InvalidMessageContents"),
        ({"MessageBody": "m" * 1048577}, "InvalidParameterValue"),
        ({"MessageBody": "m", "DelaySeconds": -1}, "InvalidParameterValue"),
        ({"MessageBody": "m", "MessageDeduplicationId": "d"}, "InvalidParameterValue"),
        ({"MessageBody": "m", "MessageGroupId": "a b"}, "InvalidParameterValue"),
        ({"MessageBody": "m", "MessageAttributes": {f"a{n}": {"DataType": "String", "StringValue": "x"} for n in range(11)}}, "InvalidParameterValue"),
        ({"MessageBody": "m", "MessageAttributes": {"aws.a": {"DataType": "String", "StringValue": "x"}}}, "InvalidParameterValue"),
        ({"MessageBody": "m", "MessageAttributes": {"a..b": {"DataType": "String", "StringValue": "x"}}}, "InvalidParameterValue"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_a_message_out_of_bounds_is_refused_by_its_code(account, fields, code):
    url, _ = account.queue("q")
    assert answer(account.sqs.send_message, QueueUrl=url, **fields)["Code"] == code
    assert account.bodies(url) == []


def test_a_batch_tells_of_each_bad_message_and_sends_the_others(account):
    url, _ = account.queue("q.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    entries = [
        {"Id": "good", "MessageBody": "m", "MessageGroupId": "g"},
        {"Id": "no-group", "MessageBody": "n"},
        {"Id": "no-text", "MessageBody": "\x00", "MessageGroupId": "g"},
    ]
    found = account.sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert [row["Id"] for row in found["Successful"]] == ["good"]
    assert {row["Id"]: row["Code"] for row in found["Failed"]} == {
        "no-group": "MissingParameter", "no-text": "InvalidMessageContents",
    }  # fmt: skip
    assert account.bodies(url) == ["m"]


def test_the_numbers_of_a_fifo_queue_grow_and_a_repeated_message_is_the_first_one(account):
    url, _ = account.queue("q.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    sent = [account.sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g") for body in "abcb"]
    numbers = [int(row["SequenceNumber"]) for row in sent]
    assert numbers[0] < numbers[1] < numbers[2] and numbers[3] == numbers[1]
    assert sent[3]["MessageId"] == sent[1]["MessageId"]
    assert account.bodies(url) == ["a", "b", "c"]


def test_a_queue_may_tell_duplicates_by_their_group(account):
    url, _ = account.queue("q.fifo", FifoQueue="true", DeduplicationScope="messageGroup")
    for group in "aba":
        account.sqs.send_message(QueueUrl=url, MessageBody=group, MessageGroupId=group, MessageDeduplicationId="d")
    assert sorted(account.bodies(url)) == ["a", "b"]


def test_a_dead_letter_says_where_it_died(account):
    url, arn = account.queue_with_dlq("work", 1, VisibilityTimeout="1")
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    account.bodies(url)
    account.clock.advance(account.clock.now + 2)
    account.bodies(url)
    dead = account.sqs.get_queue_url(QueueName="work-dlq")["QueueUrl"]
    (message,) = account.messages(dead)
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == arn


def test_only_a_handle_that_never_was_is_no_handle(account):
    url, _ = account.queue("q")
    code = answer(account.sqs.delete_message, QueueUrl=url, ReceiptHandle="never")["Code"]
    assert code == "ReceiptHandleIsInvalid"
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    (message,) = account.messages(url)
    for _ in range(2):
        account.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
