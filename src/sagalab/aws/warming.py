"""Warms a process before it forks, so that no fork pays for what all of them need.

One order goes through a machine, a bus, a topic and a queue of our own, with a function that does nothing.
What stays behind is only what Python and the libraries remember: imports, compiled expressions, clients.
"""

from __future__ import annotations

import json
from typing import Any

from sagalab.aws.account import ROLE_ARN
from sagalab.aws.capture import capture
from sagalab.aws.cloud import Cloud
from sagalab.aws.lambdas.functions import FunctionSpec, Outcome
from sagalab.aws.restoring import ensure_role
from sagalab.clock import VirtualClock
from sagalab.history import History

NO_CODE = b"PK\x05\x06" + bytes(18)  # a zip with nothing in it

_warm = False


class _Nothing:
    """A runtime whose functions do nothing."""

    def run(self, function: FunctionSpec, event: Any, context: dict[str, Any], fresh: bool) -> Outcome:
        return Outcome({"orderId": "0"})

    def close(self) -> None:
        """Ends nothing."""


def warm_up() -> None:
    """Runs the throw-away order, once per process."""
    global _warm
    if _warm:
        return
    clock = VirtualClock("warm")
    cloud = Cloud(clock, History(), _Nothing(), seed="warm").start()
    try:
        _one_order(clock)
        capture()
    finally:
        cloud.stop()
    _warm = True


def _one_order(clock: VirtualClock) -> None:
    import boto3

    ensure_role()
    functions, machines = boto3.client("lambda"), boto3.client("stepfunctions")
    events, queues, topics = boto3.client("events"), boto3.client("sqs"), boto3.client("sns")
    function = functions.create_function(
        FunctionName="f", Runtime="python3.11", Role=ROLE_ARN, Handler="f.f",
        Code={"ZipFile": NO_CODE},
    )["FunctionArn"]  # fmt: skip
    queue = queues.create_queue(QueueName="q")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = topics.create_topic(Name="t")["TopicArn"]
    topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    functions.create_event_source_mapping(EventSourceArn=arn, FunctionName=function)
    events.put_rule(Name="r", EventPattern=json.dumps({"source": ["orders"]}))
    events.put_targets(Rule="r", Targets=[{"Id": "q", "Arn": arn}, {"Id": "t", "Arn": topic}])
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "TimeoutSeconds": 60}
    parameters = {"FunctionName": function, "Payload": {"orderId.$": "$.orderId"}}
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "BackoffRate": 2.0, "MaxAttempts": 1}]
    states = {
        "A": {**task, "Parameters": parameters, "ResultPath": None, "Retry": retry, "Next": "B"},
        "B": {"Type": "Wait", "Seconds": 1, "End": True},
    }
    machine = machines.create_state_machine(
        name="m", definition=json.dumps({"StartAt": "A", "States": states}), roleArn=ROLE_ARN
    )["stateMachineArn"]
    machines.start_execution(stateMachineArn=machine, name="o", input='{"orderId": "0"}')
    events.put_events(Entries=[{"Source": "orders", "DetailType": "OrderCreated", "Detail": '{"orderId": "0"}'}])
    clock.run(until=60)
