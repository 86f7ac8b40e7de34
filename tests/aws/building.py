"""An account of the local cloud with short words for what tests build in it; its functions are Python callables."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
from botocore.config import Config

from sagalab.aws.account import ROLE_ARN
from sagalab.aws.cloud import Cloud
from sagalab.aws.lambdas.functions import FunctionSpec, Outcome
from sagalab.aws.restoring import ensure_role
from sagalab.clock import VirtualClock
from sagalab.faults import Fault, FaultPlan
from sagalab.history import Fact, History
from sagalab.packaging import zipped

Behaviour = Callable[[Any], Any]
ONCE = Config(retries={"total_max_attempts": 1})


@functools.cache
def client(service: str) -> Any:
    """Gives a client that never retries; making one takes longer than most tests."""
    return boto3.client(service, region_name="us-east-1", config=ONCE)


class Scripted:
    """A runtime whose functions are callables, by the function's name; an exception is its error."""

    def __init__(self) -> None:
        self.behaviours: dict[str, Behaviour] = {}
        self.events: dict[str, list[Any]] = {}

    def run(self, function: FunctionSpec, event: Any, context: dict[str, Any], fresh: bool) -> Outcome:
        self.events.setdefault(function.name, []).append(event)
        try:
            return Outcome(self.behaviours[function.name](event))
        except Exception as error:
            return Outcome(error=type(error).__name__, message=str(error))

    def close(self) -> None:
        """Ends nothing."""


def token_task(url: str, **fields: Any) -> dict[str, Any]:
    """Gives a state that puts its task token into a queue, and waits for it to come back."""
    parameters = {"QueueUrl": url, "MessageBody.$": "$$.Task.Token"}
    resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
    return {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True, **fields}


class Account:
    """One open cloud and its clients."""

    def __init__(
        self, *faults: Fault, seed: int | str = 0, runtime: Callable[[VirtualClock], Any] | None = None
    ) -> None:
        self.clock, self.history, self.runtime = VirtualClock(seed), History(), Scripted()
        self.faults = FaultPlan(tuple(faults), self.clock, seed)
        runs = self.runtime if runtime is None else runtime(self.clock)
        self.cloud = Cloud(self.clock, self.history, runs, self.faults, seed).start()
        ensure_role()
        self.sqs, self.sns, self.events, self.functions, self.sfn, self.dynamodb, self.cloudwatch = (
            client(name) for name in ("sqs", "sns", "events", "lambda", "stepfunctions", "dynamodb", "cloudwatch")
        )

    def close(self) -> None:
        self.cloud.stop()

    def run(self, until: float | None = None) -> str:
        """Lets time pass; an error that a task died of is the test's."""
        reason = self.clock.run(until=until)
        for name, error in self.clock.failures:
            raise AssertionError(f"{name} failed: {error!r}") from error
        return reason

    # -- building -------------------------------------------------------------------------------

    def function(self, name: str, behaviour: Behaviour = lambda event: None, timeout: int = 3) -> str:
        """Deploys a function and gives its ARN."""
        self.runtime.behaviours[name] = behaviour
        made = self.functions.create_function(
            FunctionName=name, Runtime="python3.11", Role=ROLE_ARN, Handler="m.f",
            Code={"ZipFile": zipped({"m.py": ""})}, Timeout=timeout,
        )  # fmt: skip
        return str(made["FunctionArn"])

    def queue(self, name: str, **attributes: str) -> tuple[str, str]:
        """Makes a queue and gives its URL and ARN."""
        url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return str(url), str(found["Attributes"]["QueueArn"])

    def queue_with_dlq(self, name: str, receives: int, **attributes: str) -> tuple[str, str]:
        """Makes NAME and NAME-dlq behind it; gives the first one's URL and ARN."""
        _, dead = self.queue(f"{name}-dlq")
        policy = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": receives})
        return self.queue(name, RedrivePolicy=policy, **attributes)

    def mapping(self, queue_arn: str, function: str, **fields: Any) -> str:
        """Lets a queue feed a function; gives the mapping's id."""
        made = self.functions.create_event_source_mapping(EventSourceArn=queue_arn, FunctionName=function, **fields)
        return str(made["UUID"])

    def rule(self, name: str, pattern: dict[str, Any], *targets: dict[str, Any], state: str = "ENABLED") -> None:
        """Makes a rule on the default bus with its targets."""
        self.events.put_rule(Name=name, EventPattern=json.dumps(pattern), State=state)
        rows = [{"Id": f"t{number}", **target} for number, target in enumerate(targets)]
        self.events.put_targets(Rule=name, Targets=rows)

    def publish(self, kind: str, detail: dict[str, Any], bus: str = "default") -> dict[str, Any]:
        """Puts one event from source "orders" on a bus."""
        entry = {"Source": "orders", "DetailType": kind, "Detail": json.dumps(detail), "EventBusName": bus}
        return dict(self.events.put_events(Entries=[entry]))

    def machine(self, states: dict[str, Any], start: str | None = None, name: str = "Flow", **fields: Any) -> str:
        """Makes a state machine and gives its ARN."""
        definition = json.dumps({"StartAt": start or next(iter(states)), "States": states, **fields})
        made = self.sfn.create_state_machine(name=name, definition=definition, roleArn=ROLE_ARN)
        return str(made["stateMachineArn"])

    def start(self, machine: str, value: Any = None, name: str = "one") -> str:
        """Starts an execution and gives its ARN."""
        text = json.dumps({} if value is None else value)
        made = self.sfn.start_execution(stateMachineArn=machine, name=name, input=text)
        return str(made["executionArn"])

    def alarm(self, name: str, namespace: str, metric: str, dimension: tuple[str, str], **fields: Any) -> None:
        """Makes an alarm that goes off above zero in a single minute, unless said otherwise."""
        given = {"Period": 60, "EvaluationPeriods": 1, "Threshold": 0, "ComparisonOperator": "GreaterThanThreshold"}
        statistic = {} if "ExtendedStatistic" in fields else {"Statistic": "Sum"}
        dimensions = [{"Name": dimension[0], "Value": dimension[1]}]
        self.cloudwatch.put_metric_alarm(
            AlarmName=name, Namespace=namespace, MetricName=metric, Dimensions=dimensions,
            **{**given, **statistic, **fields},
        )  # fmt: skip

    # -- looking --------------------------------------------------------------------------------

    def execution(self, arn: str) -> dict[str, Any]:
        """Describes an execution; its output as an object."""
        found = dict(self.sfn.describe_execution(executionArn=arn))
        return {**found, "output": json.loads(found["output"]) if found.get("output") else None}

    def executed(self, states: dict[str, Any], value: Any = None, **fields: Any) -> dict[str, Any]:
        """Runs a machine of these states to its end and describes the execution."""
        arn = self.start(self.machine(states, **fields), value)
        self.run()
        return self.execution(arn)

    def bodies(self, url: str) -> list[str]:
        """Takes up to ten messages off a queue and gives their bodies."""
        return [row["Body"] for row in self.messages(url)]

    def messages(self, url: str) -> list[dict[str, Any]]:
        """Receives up to ten messages with all they carry."""
        asked = {"MessageAttributeNames": ["All"], "AttributeNames": ["All"], "MaxNumberOfMessages": 10}
        return list(self.sqs.receive_message(QueueUrl=url, **asked).get("Messages", []))

    def seen(self, function: str) -> list[Any]:
        """Gives the events that a function got."""
        return self.runtime.events.get(function, [])

    def alarm_state(self, name: str) -> str:
        """Gives the state of an alarm."""
        (row,) = self.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return str(row["StateValue"])

    def minutes(
        self, namespace: str, metric: str, *dimensions: tuple[str, str], statistic: str = "Sum"
    ) -> dict[int, float]:
        """Gives a metric's statistic by the number of the minute since the clock began."""
        found = self.cloudwatch.get_metric_statistics(
            Namespace=namespace, MetricName=metric, Dimensions=[{"Name": n, "Value": v} for n, v in dimensions],
            StartTime=self.clock.epoch, EndTime=self.clock.instant + timedelta(minutes=1), Period=60,
            Statistics=[statistic],
        )["Datapoints"]  # fmt: skip
        return {int((row["Timestamp"] - self.clock.epoch).total_seconds()) // 60: row[statistic] for row in found}

    def facts(self, kind: Any, what: str | None = None) -> list[Fact]:
        """Gives the facts of a kind."""
        return self.history.of(kind, what=what)


def task(function: str, **fields: Any) -> dict[str, Any]:
    """Gives a Task state that calls a function by its plain ARN and ends."""
    ending = {} if "Next" in fields else {"End": True}
    return {"Type": "Task", "Resource": function, **ending, **fields}
