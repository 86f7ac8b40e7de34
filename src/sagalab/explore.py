"""Which schedules a design is struck with: every fault at every point of its own runs, then seeded pairs.

The points are discovered: a healthy and two refused runs say which participants are called, which functions
run, which queues take messages and which API calls are made. The same seed gives the same schedules.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from sagalab.clock import minutes
from sagalab.faults import GROUPS, LONG, Fault
from sagalab.history import History
from sagalab.scenario import Scenario

BUDGET = 400  # single-fault schedules of one approach at most
PAIRS = 20
IN_A_ROW = 3  # failing calls of one step that a design has to heal by itself
RETRIED_APIS = (
    "states:StartExecution",
    "events:PutEvents",
    "sqs:SendMessage",
    "sns:Publish",
    "lambda:Invoke",
)
STARTS = {"orchestration": "states:StartExecution", "choreography": "events:PutEvents"}


@dataclass(frozen=True)
class Schedule:
    """One scenario to run, and the fault group that it belongs to."""

    group: str
    scenario: Scenario


@dataclass(frozen=True)
class Points:
    """Where a fault can strike in one run: how often each thing happened."""

    calls: dict[str, int]
    functions: dict[str, int]
    queues: dict[str, int]
    apis: dict[str, int]
    consumers: frozenset[str]
    steps: dict[str, frozenset[str]]  # which functions make a call: the steps that a fault of it strikes


def points(history: History) -> Points:
    """Reads the points off a run."""
    calls: dict[str, int] = {}
    functions: dict[str, int] = {}
    queues: dict[str, int] = {}
    apis: dict[str, int] = {}
    consumers = set()
    steps: dict[str, set[str]] = {}
    sent = {fact.index for fact in history.of("sent")}
    for fact in history:
        if fact.kind in ("call", "api") and fact.detail.get("function"):
            steps.setdefault(fact.what, set()).add(fact.detail["function"])
        if fact.kind == "call" and not fact.what.startswith("order_book."):
            calls[fact.what] = calls.get(fact.what, 0) + 1
        elif fact.kind == "invocation":
            functions[fact.what] = functions.get(fact.what, 0) + 1
            if fact.cause in sent:
                consumers.add(fact.what)
        elif fact.kind == "sent":
            queues[fact.what] = queues.get(fact.what, 0) + 1
        elif fact.kind == "api" and fact.what in RETRIED_APIS:
            apis[fact.what] = apis.get(fact.what, 0) + 1
    made = {what: frozenset(names) for what, names in steps.items()}
    return Points(calls, functions, queues, apis, frozenset(consumers), made)


def _singles(found: Points, approach: str) -> Iterator[Fault]:
    for call, count in found.calls.items():
        yield Fault("unavailable", call)
        yield Fault("unavailable", call, calls=3)
        yield Fault("unavailable", call, lasts=LONG)
        for number in range(1, count + 1):
            yield Fault("reply_lost", call, call=number)
            yield Fault("slow", call, call=number)
    for function, count in found.functions.items():
        for number in range(1, count + 1):
            yield Fault("crash_before", function, call=number)
            yield Fault("crash_after", function, call=number)
            yield Fault("cold_start", function, call=number)
        yield Fault("throttled", f"lambda:{function}", calls=3)
        if function in found.consumers:
            yield Fault("consumer_down", function, lasts=minutes(15))
    for queue, count in found.queues.items():
        for number in range(1, count + 1):
            yield Fault("duplicated", queue, call=number)
    yield Fault("started_twice", "order")
    for api, count in found.apis.items():
        for number in range(1, count + 1):
            yield Fault("throttled", api, call=number, calls=3)
            if api == "events:PutEvents":
                yield Fault("publish_failed", api, call=number)
                yield Fault("publish_failed", api, call=number, calls=3)


def _reached(fault: Fault, found: Points) -> bool:
    """Says whether a run without the fault would reach the call that it strikes."""
    counts = {**found.calls, **found.functions, **found.queues, **found.apis}
    return fault.call <= counts.get(fault.target, 1 << 30)


def _steps(fault: Fault, found: Points) -> frozenset[str]:
    """Gives the functions whose attempts a fault makes fail; none for what only delays or repeats."""
    if fault.kind in ("duplicated", "started_twice", "consumer_down"):
        return frozenset()
    if fault.target in found.functions:
        return frozenset({fault.target})
    if fault.target.startswith("lambda:") and fault.target != "lambda:Invoke":
        name = fault.target.removeprefix("lambda:")
        # The poller of a queue pauses while its function is throttled: no attempt is lost.
        return frozenset() if name in found.consumers else frozenset({name})
    return found.steps.get(fault.target, frozenset())


def _too_much(first: Fault, second: Fault, found: Points) -> bool:
    """Says whether two faults, one after the other at the same step, ask for more than a design has to heal.

    That is an outage of 15 minutes, or three failing calls in a row; each failing call costs a wait of the
    design's own choosing, so that calls and minutes cannot be added up.
    """
    if not _steps(first, found) & _steps(second, found):
        return False
    return bool(first.duration or second.duration) or first.calls + second.calls > IN_A_ROW


def singles(bases: list[tuple[Scenario, History]]) -> list[Schedule]:
    """Gives the single-fault schedules: every fault at every point of every base.

    A lost answer means something else when the card is declined, and a late charge when the order is
    refunded: the same fault strikes the refused runs, too.
    """
    schedules = [
        Schedule(fault.group, scenario.with_faults(fault))
        for scenario, history in bases
        for fault in _singles(points(history), scenario.approach)
    ]
    # Over the budget, every base and every kind of point gives up its share.
    every = max(1.0, len(schedules) / BUDGET)
    return [schedules[int(number * every)] for number in range(min(BUDGET, len(schedules)))]


def pairs(bases: list[tuple[Scenario, History]], seed: str, count: int = PAIRS) -> list[Schedule]:
    """Gives seeded pairs of faults, 15 minutes or less in total, each with its own delivery order."""
    chance = random.Random(f"pairs:{seed}")
    schedules: list[Schedule] = []
    for _ in range(50 * count if bases else 0):
        if len(schedules) == count:
            break
        scenario, history = chance.choice(bases)
        found = points(history)
        pool = [f for f in _singles(found, scenario.approach) if _reached(f, found)]
        if len(pool) < 2:
            return schedules
        first, second = chance.sample(pool, 2)
        if first.duration + second.duration > LONG or _too_much(first, second, found):
            continue
        other = Scenario(
            scenario.approach,
            scenario.orders,
            scenario.stock,
            (first, second),
            f"{scenario.seed}:{len(schedules)}",
        )
        schedules.append(Schedule("pairs", other))
    return schedules


def by_group(schedules: list[Schedule]) -> dict[str, list[Schedule]]:
    """Sorts schedules by fault group, in the catalogue's order."""
    return {group: [s for s in schedules if s.group == group] for group in GROUPS}
