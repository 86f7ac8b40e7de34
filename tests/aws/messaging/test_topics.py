"""Topics: envelopes, raw delivery, filters, dead letters, FIFO."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.aws.building import Account


def subscribed(account, endpoint, protocol="sqs", topic="orders", **attributes):
    """Subscribes an endpoint to a topic and gives the topic's ARN."""
    fifo = {"FifoTopic": "true", "ContentBasedDeduplication": "true"} if topic.endswith(".fifo") else {}
    arn = account.sns.create_topic(Name=topic, Attributes=fifo)["TopicArn"]
    account.sns.subscribe(TopicArn=arn, Protocol=protocol, Endpoint=endpoint, Attributes=attributes)
    return arn


def test_a_queue_gets_an_envelope_and_a_raw_subscription_the_bare_message(account):
    plain, plain_arn = account.queue("plain")
    raw, raw_arn = account.queue("raw")
    topic = subscribed(account, plain_arn)
    subscribed(account, raw_arn, RawMessageDelivery="true")
    attributes = {"orderId": {"DataType": "String", "StringValue": "7"}}
    account.sns.publish(TopicArn=topic, Message="hello", MessageAttributes=attributes)
    account.run()
    envelope = json.loads(account.bodies(plain)[0])
    assert (envelope["Type"], envelope["Message"], envelope["TopicArn"]) == ("Notification", "hello", topic)
    assert envelope["MessageAttributes"] == {"orderId": {"Type": "String", "Value": "7"}}
    (message,) = account.messages(raw)
    assert message["Body"] == "hello" and message["MessageAttributes"]["orderId"]["StringValue"] == "7"


def test_a_function_gets_the_real_topic_and_time(account):
    topic = subscribed(account, account.function("service"), "lambda")
    account.sns.publish(TopicArn=topic, Subject="s", Message="hello")
    account.run()
    (record,) = account.seen("service")[0]["Records"]
    assert record["EventSource"] == "aws:sns" and record["Sns"]["TopicArn"] == topic
    assert (record["Sns"]["Message"], record["Sns"]["Subject"]) == ("hello", "s")


@pytest.mark.parametrize(
    ("scope", "policy", "passes"),
    [
        ("MessageAttributes", {"kind": ["created"]}, True),
        ("MessageAttributes", {"kind": ["cancelled"]}, False),
        ("MessageBody", {"n": [{"numeric": [">", 3]}]}, True),
        ("MessageBody", {"n": [{"numeric": ["<", 3]}]}, False),
    ],
)
def test_a_filter_policy_keeps_others_messages_away(account, scope, policy, passes):
    url, arn = account.queue("inbox")
    topic = subscribed(account, arn, FilterPolicy=json.dumps(policy), FilterPolicyScope=scope)
    attributes = {"kind": {"DataType": "String", "StringValue": "created"}}
    account.sns.publish(TopicArn=topic, Message='{"n": 5}', MessageAttributes=attributes)
    account.run()
    assert bool(account.bodies(url)) is passes


def test_what_a_subscription_cannot_deliver_goes_to_its_dead_letter_queue(account):
    dead, dead_arn = account.queue("dead")
    gone = dead_arn.replace("dead", "gone")
    topic = subscribed(account, gone, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_arn}))
    account.sns.publish(TopicArn=topic, Message='{"orderId": "7"}')
    account.run()
    assert json.loads(account.bodies(dead)[0])["Message"] == '{"orderId": "7"}'
    assert [fact.detail["error"] for fact in account.facts("dead_lettered")] == ["NO_SUCH_QUEUE"]


def test_what_is_dropped_for_want_of_a_dead_letter_queue_is_a_fact(account):
    _, arn = account.queue("dead")
    topic = subscribed(account, arn.replace("dead", "gone"))
    account.sns.publish(TopicArn=topic, Message="x")
    account.run()
    assert [fact.detail["dropped"] for fact in account.facts("delivered")] == [True]


@pytest.mark.parametrize("raw", ["true", "false"])
def test_a_fifo_topic_hands_group_and_deduplication_on_to_its_queue(account, raw):
    url, arn = account.queue("inbox.fifo", FifoQueue="true")
    topic = subscribed(account, arn, topic="orders.fifo", RawMessageDelivery=raw)
    for _ in range(2):
        account.sns.publish(TopicArn=topic, Message="same", MessageGroupId="order-7")
    account.run()
    (message,) = account.messages(url)
    assert message["Attributes"]["MessageGroupId"] == "order-7"


def test_a_topic_whose_queue_is_slow_does_not_hold_up_its_publisher():
    account = Account()
    url, arn = account.queue("inbox")
    topic = subscribed(account, arn)
    before = account.clock.now
    account.sns.publish(TopicArn=topic, Message="x")
    assert account.clock.now == before and account.bodies(url) == []


def test_an_attribute_of_bytes_arrives_as_bytes_in_a_raw_message(account):
    topic = account.sns.create_topic(Name="t")["TopicArn"]
    url, arn = account.queue("q")
    account.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    row = {"DataType": "Binary", "BinaryValue": b"\x00\xff"}
    account.sns.publish(TopicArn=topic, Message="m", MessageAttributes={"a": row})
    account.run()
    (message,) = account.messages(url)
    assert message["MessageAttributes"]["a"]["BinaryValue"] == b"\x00\xff"


def test_an_empty_message_is_refused(account):
    topic = account.sns.create_topic(Name="t")["TopicArn"]
    with pytest.raises(account.sns.exceptions.InvalidParameterException, match="Empty message"):
        account.sns.publish(TopicArn=topic, Message="")


@pytest.mark.parametrize("protocol", ["email", "email-json", "http", "https"])
def test_an_address_that_nobody_can_confirm_waits_and_gets_nothing(account, protocol):
    topic = account.sns.create_topic(Name="t")["TopicArn"]
    endpoint = f"{protocol}://example.org" if protocol.startswith("http") else "someone@example.org"
    made = account.sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    assert made["SubscriptionArn"] == "pending confirmation"
    account.sns.publish(TopicArn=topic, Message="m")
    account.run()
    assert account.facts("delivered") == []


@pytest.mark.parametrize(
    ("protocol", "code"), [("sms", "NotSupportedHere"), ("firehose", "NotSupportedHere"), ("foo", "InvalidParameter")]
)
def test_a_protocol_that_is_none_or_leads_out_of_this_cloud_is_refused(account, protocol, code):
    topic = account.sns.create_topic(Name="t")["TopicArn"]
    with pytest.raises(ClientError) as raised:
        account.sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint="+15550100")
    assert raised.value.response["Error"]["Code"] == code
    assert account.sns.list_subscriptions()["Subscriptions"] == []


@pytest.mark.parametrize(
    ("text", "words"), [("{", "JSON message body failed to parse"), ('{"sqs": "a"}', "No default entry")]
)
def test_texts_by_protocol_need_a_default(account, text, words):
    topic = account.sns.create_topic(Name="t")["TopicArn"]
    with pytest.raises(account.sns.exceptions.InvalidParameterException, match=words):
        account.sns.publish(TopicArn=topic, Message=text, MessageStructure="json")


def test_a_phone_is_refused_by_name(account):
    with pytest.raises(ClientError, match="a text message to a phone exists on AWS"):
        account.sns.publish(PhoneNumber="+15550100", Message="m")
