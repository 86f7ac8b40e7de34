"""Reads a deployment out of the running cloud. `sagalab.aws.restoring` builds it again in another."""

from __future__ import annotations

import base64
import functools
import importlib
from typing import Any

from sagalab.aws.account import ACCOUNT, REGION
from sagalab.deployment import (
    Alarm,
    Archive,
    Bus,
    Deployment,
    EventSourceMapping,
    Function,
    FunctionVersion,
    MachineVersion,
    Queue,
    Rule,
    StateMachine,
    Subscription,
    Table,
    Topic,
)

QUEUE_ATTRIBUTES = (
    "DelaySeconds", "MaximumMessageSize", "MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds", "RedrivePolicy",
    "RedriveAllowPolicy", "VisibilityTimeout", "FifoQueue", "ContentBasedDeduplication", "DeduplicationScope",
    "FifoThroughputLimit",
)  # fmt: skip
FUNCTIONS, MACHINES = "moto.awslambda.models", "moto.stepfunctions.parser.models"
LATEST = "$LATEST"
SUBSCRIPTION_ATTRIBUTES = ("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy")


@functools.cache
def client_of(service: str) -> Any:
    """Gives a client of a service, one for all."""
    import boto3

    return boto3.client(service, region_name=REGION)


def backend_of(module: str, name: str) -> Any:
    """Gives moto's own object of a service: what no call tells or takes stands there."""
    return getattr(importlib.import_module(module), name)[ACCOUNT][REGION]


def capture() -> Deployment:
    """Gives what is deployed in the running cloud."""
    return Deployment(
        state_machines=sorted(_state_machines(), key=lambda row: row.name),
        functions=sorted(_functions(), key=lambda row: row.name),
        buses=sorted(_buses(), key=lambda row: row.name),
        rules=sorted(_rules(), key=lambda row: (row.bus, row.name)),
        queues=sorted(_queues(), key=lambda row: row.name),
        topics=sorted(_topics(), key=lambda row: row.name),
        subscriptions=sorted(_subscriptions(), key=lambda row: row.arn),
        tables=sorted(_tables(), key=lambda row: row.name),
        event_source_mappings=sorted(_mappings(), key=lambda row: row.uuid),
        archives=sorted(_archives(), key=lambda row: row.name),
        alarms=sorted(_alarms(), key=lambda row: row.name),
    )


def _pages(client: Any, operation: str, key: str, **arguments: Any) -> list[Any]:
    """Gives all rows of a listing, page after page."""
    rows, token_in, token = [], None, None
    while True:
        answer = getattr(client, operation)(**arguments, **({token_in: token} if token_in and token else {}))
        rows += answer.get(key, [])
        token_in = next((name for name in ("nextToken", "NextToken", "NextMarker") if answer.get(name)), None)
        if token_in is None:
            return rows
        token = answer[token_in]
        token_in = {"NextMarker": "Marker"}.get(token_in, token_in)


def _state_machines() -> list[StateMachine]:
    client, backend = client_of("stepfunctions"), backend_of(MACHINES, "stepfunctions_parser_backends")
    rows = []
    for found in _pages(client, "list_state_machines", "stateMachines"):
        machine = client.describe_state_machine(stateMachineArn=found["stateMachineArn"])
        kept = backend.describe_state_machine(machine["stateMachineArn"])
        versions = [
            MachineVersion(
                number=number, definition=one.definition, role_arn=one.roleArn, description=one.description,
                revision=vars(one).get("revision_id"),
            )
            for number, one in sorted(kept.versions.items())
        ]  # fmt: skip
        rows.append(
            StateMachine(
                name=machine["name"], arn=machine["stateMachineArn"], definition=machine["definition"],
                role_arn=machine["roleArn"], type=machine.get("type", "STANDARD"), revision=machine.get("revisionId"),
                versions=versions, aliases={one.name: one.routing_configuration for one in kept.aliases.values()},
            )
        )  # fmt: skip
    return rows


def _functions() -> list[Function]:
    backend = backend_of(FUNCTIONS, "lambda_backends")
    rows = []
    for function in backend.list_functions():
        versions = [one for one in backend.list_versions_by_function(function.function_name) if one.version != LATEST]
        rows.append(
            Function(
                name=function.function_name, arn=function.function_arn, role=function.role,
                dead_letter=function.dead_letter, reserved_concurrency=function.reserved_concurrency,
                asynchronous=dict(function.event_invoke_config[-1].config) if function.event_invoke_config else {},
                versions=[FunctionVersion(number=int(one.version), **_what_runs(one)) for one in versions],
                aliases={one.name: one.function_version for one in backend.list_aliases(function.function_name)},
                **_what_runs(function),
            )
        )  # fmt: skip
    return rows


def _what_runs(function: Any) -> dict[str, Any]:
    """Gives what a version of a function keeps."""
    return {
        "handler": function.handler, "runtime": function.run_time, "timeout": int(function.timeout),
        "memory": int(function.memory_size), "zip": base64.b64encode(function.code_bytes).decode(),
        "environment": {str(k): str(v) for k, v in function.environment_vars.items()},
    }  # fmt: skip


def _buses() -> list[Bus]:
    return [
        Bus(name=row["Name"], arn=row["Arn"]) for row in _pages(client_of("events"), "list_event_buses", "EventBuses")
    ]


def _rules() -> list[Rule]:
    client, rows = client_of("events"), []
    for bus in _buses():
        for rule in _pages(client, "list_rules", "Rules", EventBusName=bus.name):
            if rule.get("ManagedBy"):
                continue  # An archive makes its own rule.
            targets = _pages(client, "list_targets_by_rule", "Targets", Rule=rule["Name"], EventBusName=bus.name)
            rows.append(
                Rule(
                    name=rule["Name"], arn=rule["Arn"], bus=bus.name, pattern=rule.get("EventPattern"),
                    state=rule["State"], targets=targets, role=rule.get("RoleArn"),
                )
            )  # fmt: skip
    return rows


def _queues() -> list[Queue]:
    client, rows = client_of("sqs"), []
    for url in client.list_queues().get("QueueUrls", []):
        found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        fifo = found.get("FifoQueue") == "true"
        kept = {
            name: str(found[name])
            for name in QUEUE_ATTRIBUTES
            if name in found and (fifo or name not in ("FifoQueue", "ContentBasedDeduplication"))
        }
        rows.append(Queue(name=url.rsplit("/", 1)[-1], arn=found["QueueArn"], url=url, attributes=kept))
    return rows


def _topics() -> list[Topic]:
    client, rows = client_of("sns"), []
    for row in _pages(client, "list_topics", "Topics"):
        found = client.get_topic_attributes(TopicArn=row["TopicArn"])["Attributes"]
        kept = {name: found[name] for name in ("FifoTopic", "ContentBasedDeduplication") if found.get(name) == "true"}
        rows.append(Topic(name=row["TopicArn"].split(":")[-1], arn=row["TopicArn"], attributes=kept))
    return rows


def _subscriptions() -> list[Subscription]:
    client, rows = client_of("sns"), []
    for row in _pages(client, "list_subscriptions", "Subscriptions"):
        found = client.get_subscription_attributes(SubscriptionArn=row["SubscriptionArn"])["Attributes"]
        rows.append(
            Subscription(
                arn=row["SubscriptionArn"], topic_arn=row["TopicArn"], protocol=row["Protocol"],
                endpoint=row["Endpoint"],
                attributes={n: str(found[n]) for n in SUBSCRIPTION_ATTRIBUTES if found.get(n) not in (None, "")},
            )
        )  # fmt: skip
    return rows


TABLE_FIELDS = ("TableName", "KeySchema", "AttributeDefinitions")
INDEX_FIELDS = ("IndexName", "KeySchema", "Projection")


def _tables() -> list[Table]:
    client, rows = client_of("dynamodb"), []
    for name in _pages(client, "list_tables", "TableNames"):
        found = client.describe_table(TableName=name)["Table"]
        create: dict[str, Any] = {field: found[field] for field in TABLE_FIELDS}
        create["BillingMode"] = "PAY_PER_REQUEST"
        for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
            indexes = [{field: row[field] for field in INDEX_FIELDS} for row in found.get(kind, [])]
            create |= {kind: indexes} if indexes else {}
        rows.append(Table(name=name, arn=found["TableArn"], create=create))
    return rows


def _mappings() -> list[EventSourceMapping]:
    rows = []
    for row in _pages(client_of("lambda"), "list_event_source_mappings", "EventSourceMappings"):
        if ":sqs:" not in row["EventSourceArn"]:
            continue
        filters = [f["Pattern"] for f in (row.get("FilterCriteria") or {}).get("Filters", [])]
        rows.append(
            EventSourceMapping(
                uuid=row["UUID"], source_arn=row["EventSourceArn"], function_arn=row["FunctionArn"],
                batch_size=row.get("BatchSize") or 10, window=row.get("MaximumBatchingWindowInSeconds") or 0,
                enabled=row.get("State", "Enabled") != "Disabled",
                partial_failures="ReportBatchItemFailures" in (row.get("FunctionResponseTypes") or []),
                maximum_concurrency=(row.get("ScalingConfig") or {}).get("MaximumConcurrency"),
                filters=filters,
            )
        )  # fmt: skip
    return rows


def _archives() -> list[Archive]:
    client, rows = client_of("events"), []
    for row in _pages(client, "list_archives", "Archives"):
        found = client.describe_archive(ArchiveName=row["ArchiveName"])
        rows.append(
            Archive(
                name=row["ArchiveName"], arn=found["ArchiveArn"], source_arn=found["EventSourceArn"],
                pattern=found.get("EventPattern"),
            )
        )  # fmt: skip
    return rows


ALARM_FIELDS = (
    "AlarmName", "AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions", "InsufficientDataActions",
    "MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit", "EvaluationPeriods",
    "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData",
)  # fmt: skip


def _alarms() -> list[Alarm]:
    rows = _pages(client_of("cloudwatch"), "describe_alarms", "MetricAlarms")
    return [
        Alarm(
            name=row["AlarmName"], arn=row["AlarmArn"],
            put={field: row[field] for field in ALARM_FIELDS if row.get(field) not in (None, "", [])},
        )
        for row in rows
    ]  # fmt: skip
