"""What the services publish to CloudWatch: made out of the run's history and the queues' past when somebody asks.

What AWS does: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html,
https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html,
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html and
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html. What moto does: it has none of these.
Times are virtual seconds. A datum is known no earlier than what it tells of: an invocation's, once it ended.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from sagalab.aws.account import ACCOUNT, REGION
from sagalab.aws.current import cloud
from sagalab.aws.messaging.sightings import Sighting, past
from sagalab.history import Fact

MINUTE = 60.0
ACTIVE = 6 * 3600.0  # seconds that a queue without a message counts as active after somebody used it
POISON = 3  # receives after which a standard queue's message no longer counts for the age
QUEUE_COUNTS = {
    "sent": "NumberOfMessagesSent", "received": "NumberOfMessagesReceived", "deleted": "NumberOfMessagesDeleted",
}  # fmt: skip
QUEUE_DEPTHS = (
    "ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed", "ApproximateAgeOfOldestMessage",
)  # fmt: skip
ENDS = {
    "ExecutionSucceeded": "ExecutionsSucceeded", "ExecutionFailed": "ExecutionsFailed",
    "ExecutionTimedOut": "ExecutionsTimedOut", "ExecutionAborted": "ExecutionsAborted",
}  # fmt: skip
STATES = ("ExecutionsStarted", *ENDS.values(), "ExecutionTime")
FUNCTION = ("Invocations", "Errors", "Duration", "Throttles")
RULE = ("Invocations", "FailedInvocations", "TriggeredRules")
UNITS = {"ApproximateAgeOfOldestMessage": "Seconds", "ExecutionTime": "Milliseconds", "Duration": "Milliseconds"}


class Metric(NamedTuple):
    """A metric's identity; its dimensions are sorted pairs of name and value."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]

    @property
    def unit(self) -> str | None:
        """Says what a service's own metric counts in."""
        return UNITS.get(self.name, "Count") if self.namespace in SOURCES else None


class Datum(NamedTuple):
    """Some values of one metric at one instant."""

    known: float
    at: float
    total: float
    low: float
    high: float
    samples: float = 1.0
    unit: str | None = None


def datum(known: float, at: float, value: float) -> Datum:
    """Gives a single value."""
    return Datum(known, at, value, value, value)


def metric(namespace: str, name: str, dimensions: list[dict[str, str]]) -> Metric:
    """Gives a metric out of a request's words."""
    return Metric(namespace, name, tuple(sorted((row["Name"], row["Value"]) for row in dimensions)))


def data(which: Metric, since: float, until: float) -> list[Datum]:
    """Gives a metric's data of some time, as far as they are known before its end, in order."""
    source = SOURCES.get(which.namespace)
    rows = source(which, since, until) if source is not None else _custom(which)
    return sorted((row for row in rows if row.at >= since and row.known < until), key=lambda row: row.at)


def published(until: float) -> list[Metric]:
    """Gives the metrics of which something is known."""
    found: dict[Metric, None] = {}
    for which in _possible():
        if data(which, 0.0, until):
            found[which] = None
    for row in _backend().metric_data:
        pairs = tuple(sorted((one.name, one.value) for one in row.dimensions))
        found[Metric(row.namespace, row.name, pairs)] = None
    return list(found)


def _possible() -> Iterator[Metric]:
    from moto.awslambda.models import lambda_backends
    from moto.events.models import events_backends
    from moto.sqs.models import sqs_backends
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends

    for queue in _of(sqs_backends).queues.values():
        for name in (*QUEUE_DEPTHS, *QUEUE_COUNTS.values()):
            yield Metric("AWS/SQS", name, (("QueueName", queue.name),))
    for machine in _of(stepfunctions_parser_backends).state_machines:
        for name in STATES:
            yield Metric("AWS/States", name, (("StateMachineArn", machine.arn),))
    for function in _of(lambda_backends).list_functions():
        for name in FUNCTION:
            yield Metric("AWS/Lambda", name, (("FunctionName", function.function_name),))
    for bus in _of(events_backends).event_buses.values():
        for rule in bus.rules.values():
            for name in RULE:
                yield Metric("AWS/Events", name, rule_dimensions(bus.name, rule.name))


def rule_dimensions(bus: str, rule: str) -> tuple[tuple[str, str], ...]:
    """Gives a rule's dimensions: its name alone stands for one of the default bus."""
    named = (("RuleName", rule),)
    return named if bus == "default" else (("EventBusName", bus), *named)


def _of(backends: Any) -> Any:
    return backends[ACCOUNT][REGION]


def _backend() -> Any:
    from moto.cloudwatch.models import cloudwatch_backends

    return _of(cloudwatch_backends)


# -- what learners publish themselves ---------------------------------------------------------------


def _custom(which: Metric) -> list[Datum]:
    epoch, rows = cloud().clock.epoch, []
    for row in _backend().metric_data:
        pairs = tuple(sorted((one.name, one.value) for one in row.dimensions))
        if (row.namespace, row.name, pairs) != which:
            continue
        at = (row.timestamp.astimezone(epoch.tzinfo) - epoch).total_seconds() if row.timestamp.tzinfo else 0.0
        if not row.timestamp.tzinfo:
            at = (row.timestamp - epoch.replace(tzinfo=None)).total_seconds()
        known = getattr(row, "known", at)
        if hasattr(row, "sum"):
            rows.append(Datum(known, at, row.sum, row.min, row.max, row.sample_count, row.unit))
        else:
            rows.append(Datum(known, at, row.value, row.value, row.value, 1.0, row.unit))
    return rows


# -- SQS --------------------------------------------------------------------------------------------


def _queue_data(which: Metric, since: float, until: float) -> Iterator[Datum]:
    from moto.sqs.models import sqs_backends

    wanted = dict(which.dimensions)
    queue = _of(sqs_backends).queues.get(wanted.get("QueueName"))
    if queue is None or len(wanted) != 1:
        return
    if which.name in QUEUE_DEPTHS:
        yield from _depths(queue, which.name, since, until)
    for kind, name in QUEUE_COUNTS.items():
        if name == which.name:
            moved = _dead_lettered(queue.name) if kind == "sent" else set()
            for fact in cloud().history.of(kind, what=queue.name):  # type: ignore[arg-type]
                if (fact.at, fact.detail.get("message")) not in moved:
                    yield datum(fact.at, fact.at, 1.0)


def _dead_lettered(queue: str) -> set[tuple[float, Any]]:
    """Gives when which message came from another queue: AWS counts none of these as sent."""
    facts = cloud().history.of("dead_lettered")
    return {(fact.at, fact.detail.get("message")) for fact in facts if fact.detail.get("to") == queue}


class _Kept(NamedTuple):
    since: float
    hidden_until: float
    receives: int


def _depths(queue: Any, name: str, since: float, until: float) -> Iterator[Datum]:
    """Gives one value for each whole minute, as the queue was at its end; none for a queue that nobody uses."""
    rows, place, there = past(queue), 0, dict[str, _Kept]()
    used = queue.created_timestamp - cloud().clock.epoch.timestamp()
    first = math.floor(max(0.0, used, since) / MINUTE) + 1
    for minute in range(first, math.floor(until / MINUTE) + 1):
        end = minute * MINUTE
        while place < len(rows) and rows[place].at < end:
            used = rows[place].at
            _follow(there, rows[place])
            place += 1
        if not there and end - used > ACTIVE:
            continue
        value = _depth(name, list(there.values()), end, bool(queue.fifo_queue))
        if value is not None:
            yield datum(end - MINUTE, end - MINUTE, value)


def _follow(there: dict[str, _Kept], row: Sighting) -> None:
    if row.what == "in":
        there[row.message] = _Kept(row.at, row.hidden_until, 0)
    elif row.what == "out":
        there.pop(row.message, None)
    elif row.message in there:
        before = there[row.message]
        there[row.message] = _Kept(before.since, row.hidden_until, before.receives + (row.what == "received"))


def _depth(name: str, there: list[_Kept], now: float, fifo: bool) -> float | None:
    if name == "ApproximateNumberOfMessagesVisible":
        return float(sum(one.hidden_until < now for one in there))
    if name == "ApproximateAgeOfOldestMessage":
        ages = [now - one.since for one in there if fifo or one.receives < POISON]
        return float(math.floor(max(ages))) if ages else None
    taken = name == "ApproximateNumberOfMessagesNotVisible"
    count = sum(one.hidden_until >= now and bool(one.receives) == taken for one in there)
    return float(count) if count else None


# -- Step Functions, Lambda, EventBridge --------------------------------------------------------------


def _machine_data(which: Metric, since: float, until: float) -> Iterator[Datum]:
    wanted = dict(which.dimensions)
    arn = wanted.get("StateMachineArn")
    if arn is None or len(wanted) != 1:
        return
    began: dict[str, float] = {}
    for fact in cloud().history.of("execution", "state"):
        one = str(fact.detail.get("arn") or fact.detail.get("execution") or "")
        if not _is_execution_of(one, arn):
            continue
        kind = fact.detail.get("type")
        if fact.kind == "execution":
            began[one] = fact.at
            if which.name == "ExecutionsStarted":
                yield datum(fact.at, fact.at, 1.0)
        elif kind in ENDS and (which.name == ENDS[kind] or which.name == "ExecutionTime"):
            timed = which.name == "ExecutionTime"
            value = round((fact.at - began.get(one, fact.at)) * 1000) if timed else 1.0
            yield datum(fact.at, fact.at, float(value))


def _is_execution_of(execution: str, machine: str) -> bool:
    """Says whether an execution's ARN belongs to a machine's ARN."""
    return execution.rsplit(":", 1)[0] == machine.replace(":stateMachine:", ":execution:")


def _function_data(which: Metric, since: float, until: float) -> Iterator[Datum]:
    wanted, here = dict(which.dimensions), cloud()
    name = wanted.get("FunctionName")
    if name is None or len(wanted) != 1:
        return
    if which.name == "Throttles":
        for at, function in here.functions.throttled:
            if function == name:
                yield datum(at, at, 1.0)
        return
    for fact in here.history.of("invocation", what=name):
        if fact.until is None:
            continue
        if which.name == "Invocations":
            yield datum(fact.until, fact.at, 1.0)
        elif which.name == "Errors":
            yield datum(fact.until, fact.at, float("error" in fact.detail))
        elif which.name == "Duration":
            yield datum(fact.until, fact.at, round((fact.until - fact.at) * 1000, 2))


def _rule_data(which: Metric, since: float, until: float) -> Iterator[Datum]:
    here, wanted = cloud(), which.dimensions
    if which.name == "TriggeredRules":
        for at, bus, rule in here.triggered:
            if rule_dimensions(bus, rule) == wanted:
                yield datum(at, at, 1.0)
        return
    for fact in here.history.of("delivered", "dead_lettered"):
        named = fact.detail.get("rule")
        if not named or rule_dimensions(fact.what.split("/")[-1], str(named)) != wanted:
            continue
        if which.name == "Invocations" or (which.name == "FailedInvocations" and _failed(fact)):
            yield datum(fact.at, fact.at, 1.0)


def _failed(fact: Fact) -> bool:
    return fact.kind == "dead_lettered" or bool(fact.detail.get("dropped"))


SOURCES: dict[str, Callable[[Metric, float, float], Iterator[Datum]]] = {
    "AWS/SQS": _queue_data, "AWS/States": _machine_data, "AWS/Lambda": _function_data, "AWS/Events": _rule_data,
}  # fmt: skip
