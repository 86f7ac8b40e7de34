"""Topics as they are made and described."""

import json

import pytest

from tests.aws.probes_of_queues import answer

AGAIN = "Invalid parameter: Attributes Reason: Topic already exists with different attributes"


@pytest.fixture
def topic(account):
    return account.sns.create_topic(Name="orders", Attributes={"DisplayName": "Orders"})["TopicArn"]


@pytest.mark.parametrize("name", ["a b", "", "x" * 257, "orders.fifo"])
def test_a_name_that_cannot_be_one_is_refused(account, name):
    refused = answer(account.sns.create_topic, Name=name)
    assert (refused["Code"], refused["Message"]) == ("InvalidParameter", "Invalid parameter: Topic Name")


def test_a_topic_that_is_there_is_given_back_unless_it_differs(account, topic):
    assert account.sns.create_topic(Name="orders")["TopicArn"] == topic
    same = {"DisplayName": "Orders", "FifoTopic": "false", "SignatureVersion": "1"}
    assert account.sns.create_topic(Name="orders", Attributes=same)["TopicArn"] == topic
    assert answer(account.sns.create_topic, Name="orders", Attributes={"DisplayName": "Others"})["Message"] == AGAIN
    tags = [{"Key": "team", "Value": "orders"}]
    assert "different tags" in answer(account.sns.create_topic, Name="orders", Tags=tags)["Message"]
    account.sns.tag_resource(ResourceArn=topic, Tags=tags)
    assert account.sns.create_topic(Name="orders", Tags=tags)["TopicArn"] == topic


def test_a_topic_tells_what_is_set_and_how_many_subscribed(account, topic):
    account.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=account.queue("q")[1])
    account.sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="them@example.com")
    account.sns.set_topic_attributes(TopicArn=topic, AttributeName="SignatureVersion", AttributeValue="2")
    found = account.sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (found["SubscriptionsConfirmed"], found["SubscriptionsPending"]) == ("1", "1")
    assert (found["SignatureVersion"], found["DisplayName"]) == ("2", "Orders")
    assert "DeliveryPolicy" not in found
    assert json.loads(found["EffectiveDeliveryPolicy"])["http"]["defaultHealthyRetryPolicy"]["numRetries"] == 3


def test_a_delivery_policy_is_part_of_what_is_in_effect(account, topic):
    own = {"http": {"disableSubscriptionOverrides": True}}
    account.sns.set_topic_attributes(TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=json.dumps(own))
    found = account.sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert json.loads(found["DeliveryPolicy"]) == own
    assert json.loads(found["EffectiveDeliveryPolicy"])["http"]["disableSubscriptionOverrides"] is True


@pytest.mark.parametrize("name", ["Colour", "FifoTopic"])
def test_an_attribute_that_nobody_can_change_is_refused(account, topic, name):
    fields = {"TopicArn": topic, "AttributeName": name, "AttributeValue": "true"}
    assert answer(account.sns.set_topic_attributes, **fields)["Message"] == "Invalid parameter: AttributeName"
