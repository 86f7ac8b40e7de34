"""Malformed documents: each is taken, or refused in words; none ends in an error of the cloud's own."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sagalab.aws.account import ROLE_ARN
from tests.aws.building import Account
from tests.aws.mangling import asked, junk, mangled

# The same ones each time: a mistake found tomorrow by chance would be somebody else's red build.
often = settings(max_examples=40, deadline=None, derandomize=True)
F = "arn:aws:lambda:us-east-1:123456789012:function:f"
Q = "arn:aws:sqs:us-east-1:123456789012:q"
RETRY = [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 2.0}]
CATCH = [{"ErrorEquals": ["States.ALL"], "Next": "Done", "ResultPath": "$.error"}]
DONE = {"Done": {"Type": "Succeed"}}
MACHINES: tuple[Any, ...] = (
    {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": F, "Retry": RETRY, "Catch": CATCH, "Next": "Done",
                                      "TimeoutSeconds": 5, "Parameters": {"id.$": "$.id"}}, **DONE}},
    {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                                      "HeartbeatSeconds": 3, "Parameters": {"QueueUrl": "u", "MessageBody.$": "$$.Task.Token"},
                                      "Catch": CATCH, "End": True}, **DONE}},
    {"StartAt": "C", "States": {"C": {"Type": "Choice", "Default": "Done", "Choices": [
        {"Variable": "$.n", "NumericGreaterThan": 3, "Next": "W"},
        {"And": [{"Variable": "$.s", "StringEquals": "x"}, {"Not": {"Variable": "$.s", "IsNull": True}}], "Next": "W"}]},
        "W": {"Type": "Wait", "Seconds": 2, "Next": "Done"}, **DONE}},
    {"StartAt": "P", "TimeoutSeconds": 60, "States": {"P": {"Type": "Parallel", "End": True, "Branches": [
        {"StartAt": "X", "States": {"X": {"Type": "Pass", "Result": 1, "End": True}}},
        {"StartAt": "Y", "States": {"Y": {"Type": "Fail", "Error": "E", "Cause": "c"}}}], "Catch": [
            {"ErrorEquals": ["E"], "Next": "Done"}]}, **DONE}},
    {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "ItemProcessor": {
        "ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "X",
        "States": {"X": {"Type": "Pass", "End": True}}}, "End": True}}},
    {"QueryLanguage": "JSONata", "StartAt": "J", "States": {"J": {"Type": "Pass", "Output": "{% $states.input.id %}",
                                                                 "Assign": {"x": "{% 1 + 1 %}"}, "End": True}}},
)  # fmt: skip
PATTERNS: tuple[Any, ...] = (
    {"source": ["orders"], "detail-type": [{"prefix": "Order"}]},
    {"detail": {"amount": [{"numeric": [">", 5, "<=", 10]}], "name": [{"anything-but": {"prefix": "x"}}]}},
    {"$or": [{"source": [{"suffix": "s"}]}, {"detail": {"a": [{"exists": False}]}}]},
    {"detail": {"w": [{"wildcard": "a*b"}], "e": [{"equals-ignore-case": "Yes"}], "ip": [{"cidr": "10.0.0.0/8"}]}},
)
FILTERS: tuple[Any, ...] = (
    {"kind": ["created", {"prefix": "x"}]}, {"n": [{"numeric": ["=", 1]}], "k": [{"exists": True}]},
    {"k": [{"anything-but": ["a", "b"]}]}, {"body": {"inner": [{"suffix": "z"}]}},
)  # fmt: skip
TARGETS: tuple[Any, ...] = (
    {"Id": "t", "Arn": Q, "InputPath": "$.detail"},
    {"Id": "t", "Arn": F, "InputTransformer": {"InputPathsMap": {"id": "$.detail.id"}, "InputTemplate": '{"id": <id>}'}},
    {"Id": "t", "Arn": Q, "Input": '{"a": 1}', "DeadLetterConfig": {"Arn": Q}},
    {"Id": "t", "Arn": F, "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60}},
)  # fmt: skip
texts = st.sampled_from(
    ["", "{", "[]", "null", "7", '"x"', '{"a": }', "{'a': 1}", '{"a": 1, "a": 2}', "\ud7ff", "[" * 500]
)


def built() -> Account:
    """Gives an account with a function, a queue and a topic."""
    account = Account()
    account.function("f", lambda event: event)
    account.queue("q")
    return account


@often
@given(mangled(MACHINES).map(json.dumps) | texts, junk())
def test_a_definition_is_refused_or_its_execution_ends(definition: str, value: Any) -> None:
    account = built()
    asked(account.sfn.validate_state_machine_definition, definition=definition)
    made = asked(account.sfn.create_state_machine, name="M", definition=definition, roleArn=ROLE_ARN)
    if made is not None:
        run = asked(account.sfn.start_execution, stateMachineArn=made["stateMachineArn"], input=json.dumps(value))
        account.run(until=3600)
        if run is not None:
            ended = asked(account.sfn.describe_execution, executionArn=run["executionArn"])
            assert ended is not None
            asked(account.sfn.get_execution_history, executionArn=run["executionArn"])
            asked(account.sfn.redrive_execution, executionArn=run["executionArn"])
            account.run(until=7200)
    account.close()


@often
@given(mangled(PATTERNS).map(json.dumps) | texts, junk())
def test_an_event_pattern_is_refused_or_events_are_held_against_it(pattern: str, detail: Any) -> None:
    account = built()
    made = asked(account.events.put_rule, Name="r", EventPattern=pattern)
    event = {"id": "1", "account": "1", "source": "orders", "time": "2026-01-05T09:00:00Z", "region": "us-east-1",
             "resources": [], "detail-type": "OrderCreated", "detail": detail}  # fmt: skip
    tried = asked(account.events.test_event_pattern, EventPattern=pattern, Event=json.dumps(event))
    assert tried is None or made is not None
    asked(account.events.put_targets, Rule="r", Targets=[{"Id": "t", "Arn": Q}])
    entry = {"Source": "orders", "DetailType": "OrderCreated", "Detail": json.dumps(detail)}
    asked(account.events.put_events, Entries=[entry])
    asked(account.events.create_archive, ArchiveName="a", EventPattern=pattern,
          EventSourceArn="arn:aws:events:us-east-1:123456789012:event-bus/default")  # fmt: skip
    account.run(until=3600)
    account.close()


@often
@given(mangled(TARGETS), junk())
def test_a_target_is_refused_or_delivered_to(target: Any, detail: Any) -> None:
    account = built()
    account.events.put_rule(Name="r", EventPattern='{"source": ["orders"]}')
    asked(account.events.put_targets, Rule="r", Targets=[target])
    entry = {"Source": "orders", "DetailType": "OrderCreated", "Detail": json.dumps({"id": detail})}
    asked(account.events.put_events, Entries=[entry])
    account.run(until=200_000)
    account.close()


@often
@given(mangled(FILTERS).map(json.dumps) | texts, st.sampled_from(["MessageAttributes", "MessageBody", "x"]), junk())
def test_a_filter_policy_is_refused_or_messages_are_held_against_it(policy: str, scope: str, body: Any) -> None:
    account = built()
    topic = account.sns.create_topic(Name="t")["TopicArn"]
    attributes = {"FilterPolicy": policy, "FilterPolicyScope": scope}
    asked(account.sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=Q, Attributes=attributes)
    made = account.sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=F)["SubscriptionArn"]
    for name, value in attributes.items():
        asked(account.sns.set_subscription_attributes, SubscriptionArn=made, AttributeName=name, AttributeValue=value)
    about = {"kind": {"DataType": "String", "StringValue": "created"}, "n": {"DataType": "Number", "StringValue": "1"}}
    asked(account.sns.publish, TopicArn=topic, Message=json.dumps(body), MessageAttributes=about)
    account.run(until=3600)
    account.close()


@often
@given(
    mangled(({"deadLetterTargetArn": Q, "maxReceiveCount": 2}, {"deadLetterTargetArn": Q, "maxReceiveCount": "3"})).map(json.dumps)
    | texts,
    mangled(({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": Q}]},)).map(json.dumps),
)  # fmt: skip
def test_a_redrive_policy_is_refused_or_messages_die_by_it(policy: str, access: str) -> None:
    account = built()
    attributes = {"RedrivePolicy": policy, "VisibilityTimeout": "1"}
    made = asked(account.sqs.create_queue, QueueName="w", Attributes=attributes)
    url = made["QueueUrl"] if made else account.sqs.create_queue(QueueName="w2")["QueueUrl"]
    asked(account.sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedrivePolicy": policy})
    asked(account.sqs.set_queue_attributes, QueueUrl=url, Attributes={"Policy": access})
    asked(account.sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedriveAllowPolicy": policy})
    asked(account.sqs.send_message, QueueUrl=url, MessageBody="m")
    for _ in range(4):
        asked(account.sqs.receive_message, QueueUrl=url)
        account.clock.advance(account.clock.now + 2)
    topic = account.sns.create_topic(Name="t")["TopicArn"]
    asked(account.sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=Q, Attributes={"RedrivePolicy": policy})
    asked(account.sns.publish, TopicArn=topic, Message="m")
    account.run(until=200_000)
    account.close()
