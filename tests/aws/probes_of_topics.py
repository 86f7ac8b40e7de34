"""Probes of SNS, topics and messages as they are made and published, and of requests that no SDK makes."""

from __future__ import annotations

import base64
import json

from sagalab.aws import api
from tests.aws.building import Account
from tests.aws.probes_of_queues import answer
from tests.aws.probing import probe

BACKEND, RESPONSE = "moto.sns.models:SNSBackend", "moto.sns.responses:SNSResponse"


def asked(method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
    """Asks SQS as a program without an SDK does; gives the status and the body of the answer."""
    url, text = f"https://sqs.us-east-1.amazonaws.com{path}", base64.b64encode(body).decode()
    found = api.serve({"method": method, "url": url, "headers": headers, "body": text})
    return int(found["status"]), base64.b64decode(found["body"]).decode()


@probe("moto.core.responses:determine_request_protocol")
def an_action_in_a_url_is_answered_in_xml() -> None:
    account = Account()
    account.queue("q")
    assert asked("GET", "/?Action=ListQueues")[1].startswith("<ListQueuesResponse")
    assert asked("GET", "/123456789012/q")[0] == 404


@probe("moto.sqs.responses:SQSResponse._dispatch")
def an_action_that_is_none_is_refused() -> None:
    Account()
    assert "InvalidAction" in asked("GET", "/?Action=FooBar")[1]


@probe(f"{BACKEND}.create_topic")
def a_topic_is_not_made_again_with_other_tags() -> None:
    create = Account().sns.create_topic
    create(Name="orders", Tags=[{"Key": "team", "Value": "orders"}])
    again = answer(create, Name="orders", Tags=[{"Key": "team", "Value": "stock"}])
    assert again["Message"] == "Invalid parameter: Tags Reason: Topic already exists with different tags"


@probe(f"{RESPONSE}.get_topic_attributes")
def a_topic_counts_its_subscriptions() -> None:
    account = Account()
    topic = account.sns.create_topic(Name="orders")["TopicArn"]
    account.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=account.queue("q")[1])
    assert account.sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsConfirmed"] == "1"


@probe(f"{RESPONSE}.set_topic_attributes")
def a_topic_has_no_attribute_that_is_none() -> None:
    account = Account()
    topic = account.sns.create_topic(Name="orders")["TopicArn"]
    fields = {"TopicArn": topic, "AttributeName": "Colour", "AttributeValue": "red"}
    assert answer(account.sns.set_topic_attributes, **fields)["Message"] == "Invalid parameter: AttributeName"


@probe(f"{RESPONSE}._transform_message_attributes")
def an_attribute_of_no_known_type_has_a_code_of_its_own() -> None:
    account = Account()
    topic = account.sns.create_topic(Name="orders")["TopicArn"]
    attributes = {"a": {"DataType": "Colour", "StringValue": "red"}}
    refused = answer(account.sns.publish, TopicArn=topic, Message="m", MessageAttributes=attributes)
    assert refused["Code"] == "ParameterValueInvalid"


@probe(f"{BACKEND}.unsubscribe")
def a_subscription_is_told_by_an_arn() -> None:
    refused = answer(Account().sns.unsubscribe, SubscriptionArn="nobody")
    assert refused["Message"].endswith("An ARN must have at least 6 elements, not 1")


@probe(f"{BACKEND}.set_subscription_attributes")
def an_attribute_that_is_emptied_is_gone() -> None:
    account = Account()
    topic = account.sns.create_topic(Name="orders")["TopicArn"]
    _, arn = account.queue("q")
    made = account.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
    dead = json.dumps({"deadLetterTargetArn": arn})
    for value in (dead, ""):
        account.sns.set_subscription_attributes(
            SubscriptionArn=made, AttributeName="RedrivePolicy", AttributeValue=value
        )
    assert "RedrivePolicy" not in account.sns.get_subscription_attributes(SubscriptionArn=made)["Attributes"]
