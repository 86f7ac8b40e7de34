"""Filter policies: what they let through, and which are refused. Rows follow the pages on SNS filter policies."""

import json

import pytest

from sagalab.aws.messaging.filter_policies import policy_problem
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
        ({"kind": [{"exists": True}]}, {"kind": text("x")}, {"kind": {"DataType": "Binary", "BinaryValue": b"x"}}),
        ({"kind": [None, "paid"]}, {"other": text("x")}, {"kind": text("x")}),
        ({"$or": [{"kind": [None]}, {"vip": ["yes"]}]}, {"other": text("x")}, {"kind": text("x")}),
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
        ({"key": [{"numeric": [">", 20, "<", 30, "<", 50]}]}, "Too many terms in numeric range expression"),
        ({"key": [{"anything-but": {"suffix": "test"}}]}, "Unsupported anything-but pattern: suffix"),
        ({"key": [{}]}, "Empty objects"),
        ({"key": [float("nan")]}, "failed to parse"),
        ({"key": [{"cidr": "10.0.0.0"}]}, "one '/' required"),
        ({"key": [{"cidr": "10.0.0.0/33"}]}, "IPv4 mask bits must be < 32"),
        ({"key": [{"anything-but": ["a", 1]}]}, "mixed type is not supported"),
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


@pytest.mark.parametrize(
    ("policy", "words", "column"),
    [
        ({"kind": ["paid", ["late"]]}, "Match value must be String, number, true, false, or null", 18),
        ({"kind": {"prefix": "re"}}, '"prefix" must be an object or an array', 20),
        ({"sum": [{"numeric": [">", 9, "<", 1]}]}, "Bottom must be less than top", 33),
        ({"sum": [{"numeric": [">=", 1, ">", 2]}]}, "Bad numeric range operator: >", 31),
    ],
)
def test_a_refusal_says_where_the_reader_stopped(policy, words, column):
    text = json.dumps(policy, separators=(",", ":"))
    said = f'FilterPolicy: {words}\n at [Source: (String)"{text}"; line: 1, column: {column}]'
    assert policy_problem(policy, "MessageBody") == said
