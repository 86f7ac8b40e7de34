"""Reads the operator's signals off the running cloud."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sagalab.aws.account import ACCOUNT, REGION
from sagalab.aws.current import cloud


def signals() -> dict[str, Any]:
    """Gives the depth of each queue, the executions by status, and the functions' counts, now."""
    here = cloud()
    return {
        "now": here.clock.now,
        "queue": _queues(),
        "state_machine": _machines(),
        "function": _functions(),
        "alarm": _alarms(),
    }


def refused() -> list[str]:
    """Gives what AWS refused to deploy, and what has not been deployed since, in its own words."""
    return list(cloud().refusals.values())


def waiting_texts() -> dict[str, list[str]]:
    """Gives the texts of the messages in each queue, also of those that somebody is working on."""
    from moto.sqs.models import sqs_backends

    queues = sqs_backends[ACCOUNT][REGION].queues.values()
    return {queue.name: [str(message.body) for message in queue._messages] for queue in queues}


def tables() -> dict[str, list[dict[str, Any]]]:
    """Gives the items of each table; numbers are floats."""
    import boto3
    from boto3.dynamodb.types import TypeDeserializer

    client, plain = boto3.client("dynamodb", region_name=REGION), TypeDeserializer().deserialize
    return {
        name: [
            {key: _number(plain(value)) for key, value in item.items()}
            for page in client.get_paginator("scan").paginate(TableName=name)
            for item in page["Items"]
        ]
        for name in client.list_tables()["TableNames"]
    }


def _number(value: Any) -> Any:
    """Gives what JSON can hold: a number as a float, a set or anything else unusual as a text."""
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, str | bool | None) else str(value)


def printed() -> dict[int, str]:
    """Gives what each invocation of this run printed, by its fact's index; nothing for a silent one."""
    return dict(cloud().functions.printed)


def _queues() -> dict[str, Any]:
    from moto.sqs.models import sqs_backends

    now = cloud().clock.timestamp()
    rows = {}
    for queue in sqs_backends[ACCOUNT][REGION].queues.values():
        oldest = min((message.sent_timestamp / 1000 for message in queue._messages), default=now)
        rows[queue.name] = {
            "visible": len(queue.messages),
            "in_flight": sum(1 for message in queue._messages if not message.visible),
            "oldest_age": max(0.0, round(now - oldest, 3)),
        }
    return rows


def _machines() -> dict[str, Any]:
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends

    rows = {}
    for machine in stepfunctions_parser_backends[ACCOUNT][REGION].state_machines:
        statuses = [str(execution.status) for execution in machine.executions]
        rows[machine.name] = {
            "running": statuses.count("RUNNING"),
            "failed": statuses.count("FAILED"),
            "timed_out": statuses.count("TIMED_OUT"),
            "unresolved": _unresolved(machine.executions),
        }
    return rows


def _unresolved(executions: list[Any]) -> int:
    """Counts the inputs whose latest execution failed: a later start with the same input resolves."""
    latest: dict[str, str] = {}
    for execution in sorted(executions, key=lambda row: row.start_date):
        latest[str(execution.execution_input)] = str(execution.status)
    return sum(status in ("FAILED", "TIMED_OUT", "ABORTED") for status in latest.values())


def _functions() -> dict[str, Any]:
    from moto.awslambda.models import lambda_backends

    empty = {"invocations": 0, "errors": 0, "throttles": 0}
    counts = cloud().functions.counts
    return {
        function.function_name: counts.get(function.function_name, empty)
        for function in lambda_backends[ACCOUNT][REGION].list_functions()
    }


def _alarms() -> dict[str, Any]:
    alarms = cloud().alarms
    alarms.catch_up()
    return {alarm.name: {"state": alarm.state_value} for alarm in alarms.all()}
