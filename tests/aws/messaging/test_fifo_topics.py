"""FIFO topics: what they refuse, the numbers of their messages, and repeated ones."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def topic(account):
    """A FIFO topic that draws no ids, with a standard queue and a FIFO queue behind it."""
    arn = account.sns.create_topic(Name="orders.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    for name, more in (("plain", {}), ("strict.fifo", {"FifoQueue": "true"})):
        _, queue = account.queue(name, **more)
        account.sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    return arn


def published(account, topic, message="m", **fields):
    return account.sns.publish(TopicArn=topic, Message=message, MessageGroupId="order-7", **fields)


@pytest.mark.parametrize(
    ("fields", "words"),
    [({}, "MessageGroupId parameter is required"), ({"MessageGroupId": "g"}, "ContentBasedDeduplication enabled or")],
)
def test_a_message_without_a_group_or_an_id_is_an_invalid_parameter(account, topic, fields, words):
    with pytest.raises(account.sns.exceptions.InvalidParameterException, match=words):
        account.sns.publish(TopicArn=topic, Message="m", **fields)


def test_messages_are_numbered_upwards_alone_and_in_a_batch(account, topic):
    first = published(account, topic, MessageDeduplicationId="1")["SequenceNumber"]
    entry = {"Id": "a", "Message": "m", "MessageGroupId": "order-7", "MessageDeduplicationId": "2"}
    batch = account.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[entry])
    assert len(first) == 20 and first < batch["Successful"][0]["SequenceNumber"]


@pytest.mark.parametrize(("pause", "copies"), [(299.0, 1), (301.0, 2)])
def test_a_repeated_message_is_handed_out_again_after_five_minutes_only(account, topic, pause, copies):
    published(account, topic, MessageDeduplicationId="same")
    account.clock.advance(account.clock.now + pause)
    published(account, topic, MessageDeduplicationId="same")
    account.run()
    assert len(account.bodies(account.sqs.get_queue_url(QueueName="plain")["QueueUrl"])) == copies


def test_an_envelope_tells_the_number_of_its_message(account, topic):
    url, arn = account.queue("wrapped.fifo", FifoQueue="true")
    account.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    number = published(account, topic, MessageDeduplicationId="1")["SequenceNumber"]
    account.run()
    assert json.loads(account.bodies(url)[0])["SequenceNumber"] == number


def test_a_standard_topic_numbers_nothing(account):
    plain = account.sns.create_topic(Name="plain")["TopicArn"]
    url, arn = account.queue("wrapped")
    account.sns.subscribe(TopicArn=plain, Protocol="sqs", Endpoint=arn)
    assert "SequenceNumber" not in account.sns.publish(TopicArn=plain, Message="m")
    account.run()
    assert "SequenceNumber" not in json.loads(account.bodies(url)[0])


def test_a_group_s_messages_arrive_in_their_order(account, topic):
    for number in range(8):
        published(account, topic, str(number), MessageDeduplicationId=f"d{number}")
    account.run()
    url = account.sqs.get_queue_url(QueueName="strict.fifo")["QueueUrl"]
    assert account.bodies(url) == [str(number) for number in range(8)]


def test_a_function_cannot_subscribe_to_it(account, topic):
    function = account.function("f")
    with pytest.raises(account.sns.exceptions.InvalidParameterException, match="deliver to queues alone"):
        account.sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)


def test_an_undelivered_message_goes_to_a_fifo_queue_in_its_group_or_is_lost(account, topic):
    url, dead = account.queue("dead.fifo", FifoQueue="true")
    for name, target in (("gone.fifo", dead), ("lost.fifo", dead.replace("dead", "nobody"))):
        attributes = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": target})}
        endpoint = dead.replace("dead.fifo", name)
        account.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint, Attributes=attributes)
    published(account, topic, MessageDeduplicationId="1")
    account.run()
    (row,) = account.messages(url)
    assert row["Attributes"]["MessageGroupId"] == "order-7" and json.loads(row["Body"])["Message"] == "m"
