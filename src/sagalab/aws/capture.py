"""Reads a deployment out of the running cloud, and restores one into a fresh cloud.

Every identifier that learner code has seen survives: names decide most ARNs and queue URLs, and
subscription ARNs, mapping ids and archive ids are put back after their resource was made.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import json
from collections.abc import Iterator
from typing import Any

from sagalab.aws.account import ACCOUNT, REGION, ROLE_ARN
from sagalab.deployment import (
    Alarm,
    Archive,
    Bus,
    Deployment,
    EventSourceMapping,
    Function,
    Queue,
    Rule,
    StateMachine,
    Subscription,
    Table,
    Topic,
)

QUEUE_ATTRIBUTES = (
    "DelaySeconds", "MaximumMessageSize", "MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds", "RedrivePolicy",
    "VisibilityTimeout", "FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit",
)  # fmt: skip
LONGEST = 43200  # seconds; the longest visibility timeout
SUBSCRIPTION_ATTRIBUTES = ("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy")


@functools.cache
def _client(service: str) -> Any:
    import boto3

    return boto3.client(service, region_name=REGION)


def _backend(module: str, name: str) -> Any:
    import importlib

    return getattr(importlib.import_module(module), name)[ACCOUNT][REGION]


# -- capture --------------------------------------------------------------------------------------


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
    client = _client("stepfunctions")
    rows = []
    for found in _pages(client, "list_state_machines", "stateMachines"):
        machine = client.describe_state_machine(stateMachineArn=found["stateMachineArn"])
        rows.append(
            StateMachine(
                name=machine["name"], arn=machine["stateMachineArn"], definition=machine["definition"],
                role_arn=machine["roleArn"], type=machine.get("type", "STANDARD"),
            )
        )  # fmt: skip
    return rows


def _functions() -> list[Function]:
    backend = _backend("moto.awslambda.models", "lambda_backends")
    return [
        Function(
            name=function.function_name, arn=function.function_arn, handler=function.handler,
            runtime=function.run_time, role=function.role, zip=base64.b64encode(function.code_bytes).decode(),
            timeout=int(function.timeout), memory=int(function.memory_size),
            environment={str(k): str(v) for k, v in function.environment_vars.items()},
            dead_letter=function.dead_letter,
            reserved_concurrency=function.reserved_concurrency,
            asynchronous=dict(function.event_invoke_config[-1].config) if function.event_invoke_config else {},
        )
        for function in backend.list_functions()
    ]  # fmt: skip


def _buses() -> list[Bus]:
    return [
        Bus(name=row["Name"], arn=row["Arn"]) for row in _pages(_client("events"), "list_event_buses", "EventBuses")
    ]


def _rules() -> list[Rule]:
    client, rows = _client("events"), []
    for bus in _buses():
        for rule in _pages(client, "list_rules", "Rules", EventBusName=bus.name):
            if rule.get("ManagedBy"):
                continue  # An archive makes its own rule.
            targets = _pages(client, "list_targets_by_rule", "Targets", Rule=rule["Name"], EventBusName=bus.name)
            rows.append(
                Rule(
                    name=rule["Name"], arn=rule["Arn"], bus=bus.name, pattern=rule.get("EventPattern"),
                    state=rule["State"], targets=targets,
                )
            )  # fmt: skip
    return rows


def _queues() -> list[Queue]:
    client, rows = _client("sqs"), []
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
    client, rows = _client("sns"), []
    for row in _pages(client, "list_topics", "Topics"):
        found = client.get_topic_attributes(TopicArn=row["TopicArn"])["Attributes"]
        kept = {name: found[name] for name in ("FifoTopic", "ContentBasedDeduplication") if found.get(name) == "true"}
        rows.append(Topic(name=row["TopicArn"].split(":")[-1], arn=row["TopicArn"], attributes=kept))
    return rows


def _subscriptions() -> list[Subscription]:
    client, rows = _client("sns"), []
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


def _tables() -> list[Table]:
    client, rows = _client("dynamodb"), []
    for name in _pages(client, "list_tables", "TableNames"):
        found = client.describe_table(TableName=name)["Table"]
        create: dict[str, Any] = {field: found[field] for field in TABLE_FIELDS}
        create["BillingMode"] = "PAY_PER_REQUEST"
        indexes = [
            {"IndexName": row["IndexName"], "KeySchema": row["KeySchema"], "Projection": row["Projection"]}
            for row in found.get("GlobalSecondaryIndexes", [])
        ]
        if indexes:
            create["GlobalSecondaryIndexes"] = indexes
        rows.append(Table(name=name, arn=found["TableArn"], create=create))
    return rows


def _mappings() -> list[EventSourceMapping]:
    rows = []
    for row in _pages(_client("lambda"), "list_event_source_mappings", "EventSourceMappings"):
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
    client, rows = _client("events"), []
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
    rows = _pages(_client("cloudwatch"), "describe_alarms", "MetricAlarms")
    return [
        Alarm(
            name=row["AlarmName"], arn=row["AlarmArn"],
            put={field: row[field] for field in ALARM_FIELDS if row.get(field) not in (None, "", [])},
        )
        for row in rows
    ]  # fmt: skip


# -- restore --------------------------------------------------------------------------------------


def restore(deployment: Deployment) -> None:
    """Builds a deployment in the running, empty cloud; raises botocore's ClientError for what AWS refuses."""
    ensure_role()
    _restore_queues(deployment.queues)
    _restore_topics(deployment)
    _restore_functions(deployment)
    _restore_machines(deployment.state_machines)
    _restore_events(deployment)
    for table in deployment.tables:
        _client("dynamodb").create_table(**table.create)
    for alarm in deployment.alarms:
        _client("cloudwatch").put_metric_alarm(**alarm.put)


def ensure_role(arn: str = ROLE_ARN) -> None:
    """Makes the IAM role that functions and machines are created with, if it is not there."""
    client = _client("iam")
    name = arn.rsplit("/", 1)[-1]
    if all(role["RoleName"] != name for role in client.list_roles()["Roles"]):
        client.create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []})
        )


def _restore_queues(queues: list[Queue]) -> None:
    client = _client("sqs")
    for queue in queues:
        attributes = {name: value for name, value in queue.attributes.items() if name != "RedrivePolicy"}
        client.create_queue(QueueName=queue.name, Attributes=attributes)
    # A dead-letter queue must exist before a policy names it.
    for queue in queues:
        if "RedrivePolicy" in queue.attributes:
            policy = {"RedrivePolicy": queue.attributes["RedrivePolicy"]}
            client.set_queue_attributes(QueueUrl=queue.url, Attributes=policy)


def _restore_topics(deployment: Deployment) -> None:
    client, backend = _client("sns"), _backend("moto.sns.models", "sns_backends")
    for topic in deployment.topics:
        client.create_topic(Name=topic.name, Attributes=topic.attributes)
    for row in deployment.subscriptions:
        made = client.subscribe(
            TopicArn=row.topic_arn, Protocol=row.protocol, Endpoint=row.endpoint, ReturnSubscriptionArn=True,
            Attributes=row.attributes,
        )["SubscriptionArn"]  # fmt: skip
        subscription = backend.subscriptions.pop(made)
        subscription.arn = row.arn
        backend.subscriptions[row.arn] = subscription


def _restore_functions(deployment: Deployment) -> None:
    client, backend = _client("lambda"), _backend("moto.awslambda.models", "lambda_backends")
    for function in deployment.functions:
        ensure_role(function.role)
        client.create_function(
            FunctionName=function.name, Runtime=function.runtime, Role=function.role, Handler=function.handler,
            Code={"ZipFile": base64.b64decode(function.zip)}, Timeout=function.timeout, MemorySize=function.memory,
            Environment={"Variables": function.environment},
            **({"DeadLetterConfig": {"TargetArn": function.dead_letter}} if function.dead_letter else {}),
        )  # fmt: skip
        if function.asynchronous:
            client.put_function_event_invoke_config(FunctionName=function.name, **function.asynchronous)
        if function.reserved_concurrency is not None:
            client.put_function_concurrency(
                FunctionName=function.name, ReservedConcurrentExecutions=function.reserved_concurrency
            )
    queues = _backend("moto.sqs.models", "sqs_backends").queues
    for row in deployment.event_source_mappings:
        with _long_enough(queues.get(row.source_arn.split(":")[-1])):
            made = client.create_event_source_mapping(
                EventSourceArn=row.source_arn, FunctionName=row.function_arn, BatchSize=row.batch_size,
                MaximumBatchingWindowInSeconds=row.window, Enabled=row.enabled,
                FunctionResponseTypes=["ReportBatchItemFailures"] if row.partial_failures else [],
                **({"ScalingConfig": {"MaximumConcurrency": most}} if (most := row.maximum_concurrency) else {}),
                **({"FilterCriteria": {"Filters": [{"Pattern": p} for p in row.filters]}} if row.filters else {}),
            )["UUID"]  # fmt: skip
        mapping = backend._event_source_mappings.pop(made)
        mapping.uuid = row.uuid
        backend._event_source_mappings[row.uuid] = mapping


@contextlib.contextmanager
def _long_enough(queue: Any) -> Iterator[None]:
    """Shows a queue with the longest visibility timeout: it may have got too short a one once its mapping was made."""
    if queue is None:
        yield
        return
    kept, queue.visibility_timeout = queue.visibility_timeout, LONGEST
    try:
        yield
    finally:
        queue.visibility_timeout = kept


def _restore_machines(machines: list[StateMachine]) -> None:
    client = _client("stepfunctions")
    for machine in machines:
        ensure_role(machine.role_arn)
        client.create_state_machine(
            name=machine.name, definition=machine.definition, roleArn=machine.role_arn, type=machine.type
        )


def _restore_events(deployment: Deployment) -> None:
    client = _client("events")
    for bus in deployment.buses:
        if bus.name != "default":
            client.create_event_bus(Name=bus.name)
    for rule in deployment.rules:
        pattern = {"EventPattern": rule.pattern} if rule.pattern else {"ScheduleExpression": "rate(1 day)"}
        client.put_rule(Name=rule.name, EventBusName=rule.bus, State=rule.state, **pattern)
        if rule.targets:
            client.put_targets(Rule=rule.name, EventBusName=rule.bus, Targets=rule.targets)
    for archive in deployment.archives:
        pattern = {"EventPattern": archive.pattern} if archive.pattern else {}
        client.create_archive(ArchiveName=archive.name, EventSourceArn=archive.source_arn, **pattern)
        _backend("moto.events.models", "events_backends").archives[archive.name].arn = archive.arn
