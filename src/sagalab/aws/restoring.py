"""Builds a deployment, as `sagalab.aws.capture` read it, in a fresh cloud.

Every identifier that learner code has seen survives: names decide most ARNs and queue URLs, and
subscription ARNs, mapping ids, archive ids and numbers of versions are put back after their resource was made.
"""

from __future__ import annotations

import base64
import contextlib
import copy
import json
from collections.abc import Iterator
from typing import Any

from sagalab.aws.account import ROLE_ARN
from sagalab.aws.capture import FUNCTIONS, MACHINES, backend_of, client_of
from sagalab.deployment import Deployment, Function, Queue, StateMachine, unqualified

QUEUES = "moto.sqs.models"
POLICIES = ("RedrivePolicy", "RedriveAllowPolicy")
EMPTY = b"PK\x05\x06" + bytes(18)  # a zip that holds nothing
LONGEST = 43200  # seconds; the longest visibility timeout


def restore(deployment: Deployment) -> None:
    """Builds a deployment in the running, empty cloud; raises botocore's ClientError for what AWS refuses."""
    ensure_role()
    with _what_is_gone(deployment):
        _restore_queues(deployment.queues)
        _restore_topics(deployment)
        _restore_functions(deployment)
    _restore_machines(deployment.state_machines)
    _restore_events(deployment)
    for table in deployment.tables:
        client_of("dynamodb").create_table(**table.create)
    for alarm in deployment.alarms:
        client_of("cloudwatch").put_metric_alarm(**alarm.put)


def ensure_role(arn: str = ROLE_ARN) -> None:
    """Makes the IAM role that functions and machines are created with, if it is not there."""
    client = client_of("iam")
    name = arn.rsplit("/", 1)[-1]
    if all(role["RoleName"] != name for role in client.list_roles()["Roles"]):
        client.create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []})
        )


@contextlib.contextmanager
def _what_is_gone(deployment: Deployment) -> Iterator[None]:
    """Puts something in the place of deleted queues and functions to which others still lead, while AWS looks."""
    queues, functions = _gone_queues(deployment), _gone_functions(deployment)
    for name in queues:
        client_of("sqs").create_queue(
            QueueName=name, Attributes={"FifoQueue": "true"} if name.endswith(".fifo") else {}
        )
    for name in functions:
        client_of("lambda").create_function(
            FunctionName=name, Runtime="python3.12", Role=ROLE_ARN, Handler="gone.handler",
            Code={"ZipFile": EMPTY}, Timeout=1,
        )  # fmt: skip
    yield
    for name in queues:
        backend_of(QUEUES, "sqs_backends").queues.pop(name)
    for name in functions:
        backend_of(FUNCTIONS, "lambda_backends")._lambdas.del_function(name)


def _gone_queues(deployment: Deployment) -> list[str]:
    holders = [row.attributes for row in deployment.queues] + [row.attributes for row in deployment.subscriptions]
    policies = [attributes.get("RedrivePolicy") for attributes in holders]
    arns = [json.loads(policy).get("deadLetterTargetArn") for policy in policies if policy]
    arns += [row.source_arn for row in deployment.event_source_mappings]
    there = {row.arn for row in deployment.queues}
    return sorted({arn.rpartition(":")[2] for arn in arns if arn and arn not in there})


def _gone_functions(deployment: Deployment) -> list[str]:
    there = {row.arn for row in deployment.functions}
    arns = {unqualified(row.function_arn) for row in deployment.event_source_mappings}
    return sorted(arn.rpartition(":")[2] for arn in arns - there)


def _restore_queues(queues: list[Queue]) -> None:
    client = client_of("sqs")
    for queue in queues:
        attributes = {name: value for name, value in queue.attributes.items() if name not in POLICIES}
        client.create_queue(QueueName=queue.name, Attributes=attributes)
    # A dead-letter queue must exist before a policy names it, and may forbid it later.
    for name in POLICIES:
        for queue in queues:
            if name in queue.attributes:
                client.set_queue_attributes(QueueUrl=queue.url, Attributes={name: queue.attributes[name]})


def _restore_topics(deployment: Deployment) -> None:
    client, backend = client_of("sns"), backend_of("moto.sns.models", "sns_backends")
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
    client, backend = client_of("lambda"), backend_of(FUNCTIONS, "lambda_backends")
    for function in deployment.functions:
        ensure_role(function.role)
        client.create_function(
            FunctionName=function.name, Runtime=function.runtime, Role=function.role, Handler=function.handler,
            Code={"ZipFile": base64.b64decode(function.zip)}, Timeout=function.timeout, MemorySize=function.memory,
            Environment={"Variables": function.environment},
            **({"DeadLetterConfig": {"TargetArn": function.dead_letter}} if function.dead_letter else {}),
        )  # fmt: skip
        _restore_versions(function, backend)
        if function.asynchronous:
            client.put_function_event_invoke_config(FunctionName=function.name, **function.asynchronous)
        if function.reserved_concurrency is not None:
            client.put_function_concurrency(
                FunctionName=function.name, ReservedConcurrentExecutions=function.reserved_concurrency
            )
    queues = backend_of(QUEUES, "sqs_backends").queues
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


def _restore_versions(function: Function, backend: Any) -> None:
    """Makes a function's versions anew, each with what it kept, and the aliases that lead to them."""
    names, arns = backend._lambdas._functions[function.name], backend._lambdas._arns
    for row in function.versions:
        version = copy.copy(names["latest"])
        version.set_version(row.number)
        version.update_function_code({"ZipFile": row.zip})
        version.update_configuration(
            {
                "Handler": row.handler, "Runtime": row.runtime, "Timeout": row.timeout, "MemorySize": row.memory,
                "Environment": {"Variables": row.environment},
            }
        )  # fmt: skip
        names["versions"].append(version)
        arns[version.function_arn] = version
    for name, number in function.aliases.items():
        client_of("lambda").create_alias(FunctionName=function.name, Name=name, FunctionVersion=number)


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
    client = client_of("stepfunctions")
    for machine in machines:
        ensure_role(machine.role_arn)
        client.create_state_machine(
            name=machine.name, definition=machine.definition, roleArn=machine.role_arn, type=machine.type
        )
        if machine.versions:
            _restore_machine_versions(machine)


def _restore_machine_versions(machine: StateMachine) -> None:
    """Publishes a machine's versions anew, under their numbers, and routes its aliases to them."""
    made = backend_of(MACHINES, "stepfunctions_parser_backends").describe_state_machine(machine.arn)
    for row in machine.versions:
        made.definition, made.roleArn, made.revision_id = row.definition, row.role_arn, row.revision
        made.latest_version_number = row.number - 1
        made.publish(row.description)
    made.definition, made.roleArn, made.revision_id = machine.definition, machine.role_arn, machine.revision
    for name, routes in machine.aliases.items():
        client_of("stepfunctions").create_state_machine_alias(name=name, routingConfiguration=routes)


def _restore_events(deployment: Deployment) -> None:
    client = client_of("events")
    for bus in deployment.buses:
        if bus.name != "default":
            client.create_event_bus(Name=bus.name)
    for rule in deployment.rules:
        pattern = {"EventPattern": rule.pattern} if rule.pattern else {"ScheduleExpression": "rate(1 day)"}
        role = {"RoleArn": rule.role} if rule.role else {}
        client.put_rule(Name=rule.name, EventBusName=rule.bus, State=rule.state, **pattern, **role)
        if rule.targets:
            client.put_targets(Rule=rule.name, EventBusName=rule.bus, Targets=rule.targets)
    for archive in deployment.archives:
        pattern = {"EventPattern": archive.pattern} if archive.pattern else {}
        client.create_archive(ArchiveName=archive.name, EventSourceArn=archive.source_arn, **pattern)
        backend_of("moto.events.models", "events_backends").archives[archive.name].arn = archive.arn
