"""What a learner built in the cloud, as plain data that can be saved and restored.

This module is only the data model. Reading it from a cloud and restoring it into another is
`sagalab.aws.capture`. A deployment that comes out of a learner's process is a claim: it is
checked against this model before anything is done with it.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MachineVersion(_Row):
    """A published version of a state machine; `revision` is the one of the machine that it was made from."""

    number: int
    definition: str
    role_arn: str
    description: str | None = None
    revision: str | None = None


class StateMachine(_Row):
    """A Step Functions state machine; `definition` is the ASL text, `aliases` their routes by name."""

    name: str
    arn: str
    definition: str
    role_arn: str
    type: str = "STANDARD"
    revision: str | None = None
    versions: list[MachineVersion] = Field(default_factory=list)
    aliases: dict[str, list[dict[str, Any]]] = Field(default_factory=dict)


class _Code(_Row):
    """What runs: `zip` is the base64 text of the uploaded code, `timeout` in seconds."""

    handler: str
    runtime: str
    zip: str
    timeout: int = 3
    memory: int = 128
    environment: dict[str, str] = Field(default_factory=dict)


class FunctionVersion(_Code):
    """A published version of a Lambda function."""

    number: int


class Function(_Code):
    """A Lambda function; `aliases` are the numbers of their versions by name."""

    name: str
    arn: str
    role: str
    versions: list[FunctionVersion] = Field(default_factory=list)
    aliases: dict[str, str] = Field(default_factory=dict)
    dead_letter: str | None = None
    asynchronous: dict[str, Any] = Field(default_factory=dict)  # as PutFunctionEventInvokeConfig takes it
    reserved_concurrency: int | None = None


class Rule(_Row):
    """An EventBridge rule with its targets as `ListTargetsByRule` gives them."""

    name: str
    arn: str
    bus: str
    pattern: str | None
    state: str
    targets: list[dict[str, Any]] = Field(default_factory=list)
    role: str | None = None


class Queue(_Row):
    """An SQS queue with the attributes that can be set."""

    name: str
    arn: str
    url: str
    attributes: dict[str, str] = Field(default_factory=dict)

    @property
    def dead_letter_arn(self) -> str | None:
        """The ARN of the queue that takes this one's poison messages, if there is one."""
        policy = self.attributes.get("RedrivePolicy")
        return json.loads(policy).get("deadLetterTargetArn") if policy else None


class Topic(_Row):
    """An SNS topic."""

    name: str
    arn: str
    attributes: dict[str, str] = Field(default_factory=dict)


class Subscription(_Row):
    """An SNS subscription."""

    arn: str
    topic_arn: str
    protocol: str
    endpoint: str
    attributes: dict[str, str] = Field(default_factory=dict)


class Table(_Row):
    """A DynamoDB table as `CreateTable` takes it; its items are not part of a deployment."""

    name: str
    arn: str
    create: dict[str, Any]


class EventSourceMapping(_Row):
    """A queue that triggers a function; `window` in seconds."""

    uuid: str
    source_arn: str
    function_arn: str
    batch_size: int = 10
    window: int = 0
    enabled: bool = True
    partial_failures: bool = False
    maximum_concurrency: int | None = None
    filters: list[str] = Field(default_factory=list)


class Archive(_Row):
    """An EventBridge archive."""

    name: str
    arn: str
    source_arn: str
    pattern: str | None = None


class Alarm(_Row):
    """A CloudWatch alarm as `PutMetricAlarm` takes it; its state is not part of a deployment."""

    name: str
    arn: str
    put: dict[str, Any]


class Bus(_Row):
    """An EventBridge event bus."""

    name: str
    arn: str


def unqualified(arn: str) -> str:
    """Gives the ARN of a function or state machine without the version or alias at its end; others stay as they are."""
    parts = arn.split(":")
    return ":".join(parts[:7]) if parts[5:6] in (["function"], ["stateMachine"]) else arn


class Deployment(_Row):
    """Everything that one cloud holds, sorted by name, with the identifiers learner code has seen."""

    state_machines: list[StateMachine] = Field(default_factory=list)
    functions: list[Function] = Field(default_factory=list)
    buses: list[Bus] = Field(default_factory=list)
    rules: list[Rule] = Field(default_factory=list)
    queues: list[Queue] = Field(default_factory=list)
    topics: list[Topic] = Field(default_factory=list)
    subscriptions: list[Subscription] = Field(default_factory=list)
    tables: list[Table] = Field(default_factory=list)
    event_source_mappings: list[EventSourceMapping] = Field(default_factory=list)
    archives: list[Archive] = Field(default_factory=list)
    alarms: list[Alarm] = Field(default_factory=list)

    def by_arn(self, arn: str) -> _Row | None:
        """Gives the resource with that ARN, of which a version or an alias may be named, or None."""
        arn = unqualified(arn)
        for rows in (
            self.state_machines, self.functions, self.buses, self.rules, self.queues,
            self.topics, self.subscriptions, self.tables, self.archives, self.alarms,
        ):  # fmt: skip
            for row in rows:
                if row.arn == arn:
                    return row
        return None
