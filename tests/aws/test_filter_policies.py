"""Filter policies: what they let through, and which are refused. Rows follow the pages on SNS filter policies."""

import json

import pytest

from sagalab.aws.filter_policies import policy_problem
from tests.aws.probes_of_requests import subscribed


def text(value):
    return {"DataType": "String", "StringValue": value}


@pytest.mark.parametrize(
    ("policy", "taken", "refused"),
    [
        ({"kind": ["paid", {"prefix": "ref"}]}, {"kind": text("refunded")}, {"kind": text("placed")}),
        ({"price": [{"numeric": [">", 5, "<=", 10]}]}, {"price": {"DataType": "Number", "StringValue": "7.5"}}, {"price": text("7.5")}),
        ({"tags": ["a"]}, {"tags": {"DataType": "String.Array", "StringValue": '["b", "a"]'}}, {"tags": {"DataType": "String.Array", "StringValue": '["b"]'}}),
        ({"kind": [{"anything-but": {"prefix": "ref"}}]}, {"kind": text("paid")}, {"kind": text("refunded")}),
        ({"kind": [{"exists": False}]}, {"other": text("x")}, {"kind": text("x")}),
        ({"ip": [{"cidr": "10.0.0.0/24"}]}, {"ip": text("10.0.0.7")}, {"ip": text("10.0.1.7")}),
        ({"$or": [{"kind": ["paid"]}, {"vip": ["yes"]}]}, {"vip": text("yes")}, {"vip": text("no")}),
    ],
)  # fmt: skip
def test_attributes_pass_or_do_not(account, policy, taken, refused):
    topic, url = subscribed(account, policy, "MessageAttributes")
    account.sns.publish(TopicArn=topic, Message="taken", MessageAttributes=taken)
    account.sns.publish(TopicArn=topic, Message="refused", MessageAttributes=refused)
    account.run()
    assert [json.loads(body)["Message"] for body in account.bodies(url)] == ["taken"]


def test_a_body_that_is_no_json_object_passes_no_policy(account):
    topic, url = subscribed(account, {"a": [{"anything-but": "x"}]}, "MessageBody")
    for message in ("plain", "[1]", '{"a": "x"}', '{"a": "y"}'):
        account.sns.publish(TopicArn=topic, Message=message)
    account.run()
    assert [json.loads(body)["Message"] for body in account.bodies(url)] == ['{"a": "y"}']


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({"key": []}, "Empty arrays"),
        ({"key": [["value"]]}, "Match value must be"),
        ({"key": [{"suffix": "a", "prefix": "b"}]}, "Only one key"),
        ({"key": [{"numeric": [">", 20, "<", 30, "<", 50]}]}, "a list such as"),
        ({"key": [{"anything-but": {"suffix": "test"}}]}, "Unsupported anything-but pattern: suffix"),
        ({"key": [{"wildcard": "a*"}]}, "Unrecognized match type wildcard"),
        ({"a": {"b": [{"exists": "no"}]}}, "true or false"),
        ({name: ["x"] for name in "abcdef"}, "more than 5 keys"),
        ({"a": {"b": {"c": ["1", "2", "3", "4"]}}, "d": {"e": ["1", "2", "3", "4", "5", "6", "7"]}}, "too complex"),
    ],
)
def test_a_policy_that_cannot_work_is_refused(policy, words):
    assert words in (policy_problem(policy, "MessageBody") or "")


def test_a_policy_for_attributes_has_one_level():
    assert "does not support nested" in (policy_problem({"a": {"b": ["c"]}}, "MessageAttributes") or "")
    assert policy_problem({"a": {"b": {"c": ["1", "2"]}}, "d": {"e": ["1", "2", "3"]}}, "MessageBody") is None


def test_an_empty_policy_takes_the_filter_away(account):
    topic, url = subscribed(account, {"kind": ["paid"]}, "MessageAttributes")
    (row,) = account.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    account.sns.set_subscription_attributes(
        SubscriptionArn=row["SubscriptionArn"], AttributeName="FilterPolicy", AttributeValue="{}"
    )
    account.sns.publish(TopicArn=topic, Message="m")
    account.run()
    assert len(account.bodies(url)) == 1
