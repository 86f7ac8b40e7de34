"""Messages as they are published, alone and in batches."""

import pytest

from tests.aws.probes_of_queues import answer


@pytest.fixture
def topic(account):
    return account.sns.create_topic(Name="orders")["TopicArn"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "TopicArn or TargetArn Reason: no value for required parameter"),
        ({"TopicArn": "orders"}, "TopicArn Reason: An ARN must have at least 6 elements, not 1"),
        ({"TargetArn": "arn:aws:sns"}, "TargetArn Reason: An ARN must have at least 6 elements, not 3"),
    ],
)
def test_a_message_has_an_address(account, fields, words):
    assert answer(account.sns.publish, Message="m", **fields)["Message"] == f"Invalid parameter: {words}"


@pytest.mark.parametrize("subject", ["", "x" * 101, "two\nlines"])
def test_a_subject_is_a_line_of_100_characters(account, topic, subject):
    account.sns.publish(TopicArn=topic, Message="m", Subject="x" * 100)
    refused = answer(account.sns.publish, TopicArn=topic, Message="m", Subject=subject)
    assert refused["Message"] == "Invalid parameter: Subject"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"DataType": "Colour", "StringValue": "x"}, "has an invalid message attribute type"),
        ({"DataType": "Stringy", "StringValue": "x"}, "has an invalid message attribute type"),
        ({"DataType": "", "StringValue": "x"}, "must contain non-empty message attribute value."),
        ({"DataType": "String", "StringValue": ""}, "for message attribute type 'String'."),
        ({"DataType": "String"}, "for message attribute type 'String'."),
        ({"DataType": "Binary", "StringValue": "x"}, "with type 'Binary' must use field 'Binary'."),
        ({"DataType": "String.Array", "BinaryValue": b"x"}, "with type 'String.Array' must use field 'String'."),
        ({"DataType": "Number", "StringValue": "many"}, "Could not cast message attribute 'a' value to number."),
    ],
)
def test_an_attribute_that_cannot_be_one_is_refused(account, topic, row, words):
    refused = answer(account.sns.publish, TopicArn=topic, Message="m", MessageAttributes={"a": row})
    assert refused["Code"] == "ParameterValueInvalid" and words in refused["Message"]


def entry(number, **fields):
    return {"Id": str(number), "Message": "m", **fields}


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([entry(number) for number in range(11)], "TooManyEntriesInBatchRequest"),
        ([entry("a b")], "InvalidBatchEntryId"),
        ([entry(1), entry(1)], "BatchEntryIdsNotDistinct"),
        ([entry(number, Message="x" * 30000) for number in range(9)], "BatchRequestTooLong"),
    ],
)
def test_a_batch_that_cannot_be_one_is_refused(account, topic, entries, code):
    assert answer(account.sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries)["Code"] == code


def test_a_batch_tells_of_each_message_that_it_refused(account, topic):
    url, arn = account.queue("q")
    account.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    entries = [entry(1), entry(2, Message=""), entry(3, Subject=""), entry(4, MessageStructure="json")]
    found = account.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert [row["Id"] for row in found["Successful"]] == ["1"]
    assert [(row["Id"], row["Code"], row["SenderFault"]) for row in found["Failed"]] == [
        (number, "InvalidParameter", True) for number in "234"
    ]
    account.run()
    assert account.bodies(url) == ["m"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [({}, "MessageGroupId parameter is required"), ({"MessageGroupId": "g"}, "MessageDeduplicationId provided")],
)
def test_each_message_of_a_fifo_batch_has_a_group_and_an_id(account, fields, words):
    made = account.sns.create_topic(Name="line.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    batch = [entry(1, MessageGroupId="g", MessageDeduplicationId="d"), entry(2, **fields)]
    assert words in answer(account.sns.publish_batch, TopicArn=made, PublishBatchRequestEntries=batch)["Message"]
