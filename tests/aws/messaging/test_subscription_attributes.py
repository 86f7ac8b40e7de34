"""Attributes of subscriptions, as they are set, kept and missed."""

import json

import pytest

from tests.aws.probes_of_queues import answer

PREFIX = "Invalid parameter: Attributes Reason: "
MISSHAPEN = "Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"


@pytest.fixture
def topic(account):
    return account.sns.create_topic(Name="orders")["TopicArn"]


@pytest.fixture
def subscribe(account, topic):
    _, arn = account.queue("q")

    def call(**attributes):
        fields = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": arn, "ReturnSubscriptionArn": True}
        return account.sns.subscribe(**fields, Attributes=attributes)

    return call


def attributes(account, arn):
    return account.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]


def change(account, arn, name, value):
    account.sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("Colour", "red", "AttributeName"),
        ("RawMessageDelivery", "yes", "RawMessageDelivery: Invalid value [yes]. Must be true or false."),
        ("RedrivePolicy", "soon", "RedrivePolicy: failed to parse JSON."),
        ("RedrivePolicy", '{"deadLetterTargetArn": "q"}', "RedrivePolicy: deadLetterTargetArn is an invalid arn"),
        ("DeliveryPolicy", "[]", "DeliveryPolicy: failed to parse JSON. It is no object."),
        ("FilterPolicy", "{", "FilterPolicy: failed to parse JSON."),
    ],
)
def test_a_value_that_cannot_be_one_is_refused(account, subscribe, name, value, words):
    assert answer(subscribe, **{name: value})["Message"] == f"{PREFIX}{words}"
    fields = {"SubscriptionArn": subscribe()["SubscriptionArn"], "AttributeName": name, "AttributeValue": value}
    assert answer(account.sns.set_subscription_attributes, **fields)["Message"] == f"Invalid parameter: {words}"


def test_an_endpoint_subscribes_again_with_the_same_attributes_alone(subscribe):
    policy = json.dumps({"kind": ["a"]})
    first = subscribe(FilterPolicy=policy, RawMessageDelivery="true")
    again = subscribe(FilterPolicy='{"kind":["a"]}', RawMessageDelivery="True")
    assert first["SubscriptionArn"] == again["SubscriptionArn"] == subscribe()["SubscriptionArn"]
    refused = answer(subscribe, RawMessageDelivery="false")
    assert refused["Message"] == f"{PREFIX}Subscription already exists with different attributes"


def test_an_attribute_that_is_emptied_is_gone(account, subscribe):
    arn = subscribe()["SubscriptionArn"]
    plain = attributes(account, arn)
    for name, value, empty in (
        ("RedrivePolicy", json.dumps({"deadLetterTargetArn": account.queue("dead")[1]}), ""),
        ("FilterPolicy", '{"kind": ["a"]}', "{}"),
        ("FilterPolicy", '{"kind": ["a"]}', ""),
    ):
        change(account, arn, name, value)
        assert name in attributes(account, arn)
        change(account, arn, name, empty)
        assert attributes(account, arn) == plain


def test_a_filter_policy_is_read_anew_once_its_scope_is_another(account, topic, subscribe):
    arn = subscribe(FilterPolicy='{"kind": ["a"]}', RawMessageDelivery="true")["SubscriptionArn"]
    change(account, arn, "FilterPolicyScope", "MessageBody")
    account.sns.publish(TopicArn=topic, Message='{"kind": "a"}')
    account.run()
    assert account.bodies(account.sqs.get_queue_url(QueueName="q")["QueueUrl"]) == ['{"kind": "a"}']


def test_a_subscription_that_is_not_there_is_missed(account, topic):
    switch = {"AttributeName": "RawMessageDelivery", "AttributeValue": "true"}
    change, show = account.sns.set_subscription_attributes, account.sns.get_subscription_attributes
    for call, fields in ((change, switch), (show, {})):
        assert answer(call, SubscriptionArn=f"{topic}:gone", **fields)["Message"] == "Subscription does not exist"
        assert answer(call, SubscriptionArn="gone", **fields)["Message"] == MISSHAPEN
    assert answer(account.sns.unsubscribe, SubscriptionArn="gone")["Message"] == MISSHAPEN
    account.sns.unsubscribe(SubscriptionArn=f"{topic}:gone")


def test_an_address_of_the_web_begins_with_its_protocol(account, topic):
    fields = {"TopicArn": topic, "Protocol": "https", "Endpoint": "http://example.com"}
    assert answer(account.sns.subscribe, **fields)["Message"] == (
        "Invalid parameter: Endpoint must match the specified protocol"
    )
