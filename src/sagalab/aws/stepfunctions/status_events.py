"""Step Functions: the default bus is told when an execution begins and how it ends.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html. What moto does:
nothing. Here they are told where a rule of the default bus asks for them: without one nobody could hear of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from sagalab.aws.account import ACCOUNT, REGION
from sagalab.aws.current import cloud, origin

CHANGE = "Step Functions Execution Status Change"
ASKED = ("aws.states", CHANGE)
STATUS = {
    "ExecutionStarted": "RUNNING", "ExecutionRedriven": "RUNNING", "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED", "ExecutionTimedOut": "TIMED_OUT", "ExecutionAborted": "ABORTED",
}  # fmt: skip


def _status_changes() -> None:
    """AWS tells the default bus; moto nobody. Seam: `EventManager._publish_history_event`."""
    from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager

    original = EventManager._publish_history_event

    def _publish_history_event(manager: Any, **event: Any) -> None:
        original(manager, **event)
        kind = str(getattr(event["event_type"], "value", event["event_type"]))
        arn = origin.get().execution
        if kind in STATUS and arn is not None and arn not in cloud().express and _somebody_asks():
            details: dict[str, Any] = next(iter((event["event_details"] or {}).values()), {})
            entry = _entry(arn, STATUS[kind], details)
            cloud().clock.spawn(partial(_put, entry), f"status of {arn.split(':')[-1]}")

    EventManager._publish_history_event = _publish_history_event


def _somebody_asks() -> bool:
    from moto.events.models import events_backends

    rules = events_backends[ACCOUNT][REGION].event_buses["default"].rules.values()
    return any(word in str(rule.event_pattern.get_pattern()) for rule in rules for word in ASKED if rule.event_pattern)


def _entry(arn: str, status: str, details: dict[str, Any]) -> dict[str, Any]:
    """Gives the entry of one change; dates are milliseconds since 1970."""
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends

    found = stepfunctions_parser_backends[ACCOUNT][REGION].describe_execution(arn)
    now = _milliseconds(cloud().clock.instant)
    detail = {
        "executionArn": arn,
        "stateMachineArn": found.state_machine.arn.split("#")[0],
        "name": found.name,
        "status": status,
        "startDate": _milliseconds(found.start_date),
        "stopDate": None if status == "RUNNING" else now,
        "input": found.execution_input,
        "output": details.get("output") if status == "SUCCEEDED" else None,
        "inputDetails": {"included": True},
        "outputDetails": {"included": True} if status == "SUCCEEDED" else None,
        "error": details.get("error"),
        "cause": details.get("cause"),
    }
    return {"Source": "aws.states", "DetailType": CHANGE, "Detail": json.dumps(detail), "Resources": [arn]}


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _put(entry: dict[str, Any]) -> None:
    from moto.events.models import events_backends

    cloud().clock.sleep(cloud().hop())
    events_backends[ACCOUNT][REGION].put_events([entry], forwarded=True)


PATCHES: tuple[Callable[[], None], ...] = (_status_changes,)
