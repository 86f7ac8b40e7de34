"""Which schedules a design is struck with: every fault at every point of its own runs, pairs, delivery orders.

The points are discovered (`sagalab.points`). Single faults and the kinds of pairs do not depend on the seed,
so that no score does: it chooses among calls that are alike, and the order in which messages arrive.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from sagalab.clock import minutes
from sagalab.faults import CATALOGUE, GROUPS, LONG, Fault
from sagalab.history import History
from sagalab.points import BATCHES, Points, points
from sagalab.scenario import Scenario

BUDGET = 400  # single-fault schedules of one approach at most
PAIRS = 40  # schedules of two faults
IN_ONE_ORDER = 5  # pairs of one base that share a delivery order, and with it the run up to their first strike
ORDERS = 8  # delivery orders without a fault
IN_A_ROW = 3  # failing calls of one step that a design has to heal by itself
LATE = minutes(10)  # seconds that a delayed message is under way
# Kinds whose attempts do not fail: they repeat, delay or reorder what arrives.
HARMLESS = frozenset({"duplicated", "delayed", "reordered", "replayed", "started_twice", "consumer_down"})
# What can make a refusal be asked for twice: only this tells one that is remembered from one that is not.
ASKS_AGAIN = frozenset({"reply_lost", "slow", "timed_out", "crash_after", "cold_start", "duplicated", "started_twice"})

Base = tuple[Scenario, History]
Alike = tuple[int, list[tuple[Fault, Fault]]]  # a base's number, and pairs of it that differ in their calls alone


@dataclass(frozen=True)
class Schedule:
    """One scenario to run, and the fault group that it belongs to."""

    group: str
    scenario: Scenario


def _singles(found: Points) -> Iterator[Fault]:
    """Gives each single fault at each point of a run."""
    for call, count in found.calls.items():
        if not call.startswith("order_book."):
            yield Fault("unavailable", call)
            yield Fault("unavailable", call, calls=3)
            yield Fault("unavailable", call, lasts=LONG)
        for number in range(1, count + 1):
            if not call.startswith("order_book."):
                yield Fault("reply_lost", call, call=number)
                yield Fault("slow", call, call=number)
            yield Fault("timed_out", call, call=number)
    for function, count in found.functions.items():
        for number in range(1, count + 1):
            yield Fault("crash_before", function, call=number)
            yield Fault("crash_after", function, call=number)
            yield Fault("cold_start", function, call=number)
        yield Fault("throttled", f"lambda:{function}", calls=3)
        if function in found.consumers:
            yield Fault("consumer_down", function, lasts=LONG)
    for place, count in found.messages.items():
        for number in range(1, count + 1):
            yield Fault("duplicated", place, call=number)
            yield Fault("delayed", place, call=number, lasts=LATE)
    for bus, count in found.buses.items():
        for number in range(1, count + 1):
            yield Fault("replayed", bus, call=number)
        if count > 1:
            yield Fault("replayed", bus, calls=count)
    yield Fault("started_twice", "order")
    if not found.buses:
        yield Fault("replayed", "order")
    for api, count in found.apis.items():
        for number in range(1, count + 1):
            yield Fault("throttled", api, call=number, calls=3)
            if api in BATCHES:
                yield Fault("publish_failed", api, call=number)
                yield Fault("publish_failed", api, call=number, calls=3)


def _side_by_side(scenario: Scenario, found: Points, first: Points) -> Iterator[Fault]:
    """Gives what needs a second order: poison for the first one's messages, and messages that overtake."""
    order = scenario.orders[0]
    for place, count in first.messages.items():
        for number in range(1, count + 1):
            yield Fault("poison", place, call=number, order=order.order_id)
    if order.order_id in scenario.expectation.refused:
        return
    for place, count in found.messages.items():
        for number in range(1, count):
            yield Fault("reordered", place, call=number)


def faults_of(base: Base) -> list[Fault]:
    """Gives the single faults that strike one base: what they are follows from the base's own orders."""
    scenario, history = base
    found = points(history)
    if len(scenario.orders) > 1:
        return list(_side_by_side(scenario, found, points(history, scenario.orders[0].order_id)))
    again = scenario.restock_after is not None or any(order.declined > 0 for order in scenario.orders)
    return [fault for fault in _singles(found) if not again or fault.kind in ASKS_AGAIN]


def singles(bases: list[Base]) -> list[Schedule]:
    """Gives the single-fault schedules: every fault at every point of every base.

    A lost answer means something else when the card is declined, and a late charge when the order is
    refunded: the same fault strikes the refused runs, too.
    """
    schedules = [
        Schedule(fault.group, base[0].with_faults(fault)) for base in bases for fault in dict.fromkeys(faults_of(base))
    ]
    # Over the budget, every base and every kind of point gives up its share.
    every = max(1.0, len(schedules) / BUDGET)
    return [schedules[int(number * every)] for number in range(min(BUDGET, len(schedules)))]


# -- pairs ----------------------------------------------------------------------------------------


def _steps(fault: Fault, found: Points) -> frozenset[str]:
    """Gives the functions whose attempts a fault makes fail; none for what only delays or repeats."""
    if fault.kind in HARMLESS:
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


def _pairs_of(base: Base) -> list[tuple[Fault, Fault]]:
    """Gives the pairs of faults that strike one base and that a design can be asked to heal.

    One fault strikes the first attempt of a step and the other its second, too: there the faults meet.
    """
    found, pool = points(base[1]), faults_of(base)
    second_try = [replace(fault, call=2) for fault in pool if _fails_once(fault) and found.count(fault.target) == 1]
    rows = [*combinations(pool, 2)]
    rows += [(one, two) for one in pool for two in second_try if _fails_once(one) and one.target == two.target]
    return [
        (one, two)
        for one, two in rows
        if one.duration + two.duration <= LONG
        and not _too_much(one, two, found)
        and (one.target, one.call) != (two.target, two.call)
    ]


def _fails_once(fault: Fault) -> bool:
    return fault.kind not in HARMLESS and fault.call == fault.calls == 1 and not fault.duration


def _kinds(pair: tuple[Fault, Fault]) -> tuple[str, ...]:
    """Tells pairs apart: by what strikes, and whether it strikes one place."""
    one, two = pair
    return (*sorted((one.kind, two.kind)), "together" if one.target == two.target else "apart")


def _risky(pair: tuple[Fault, Fault]) -> bool:
    """Says whether both faults make somebody ask twice: that is where most designs break."""
    return all(fault.kind in ASKS_AGAIN or fault.kind == "replayed" for fault in pair)


def pairs(bases: list[Base], seed: str, count: int = PAIRS) -> list[Schedule]:
    """Gives pairs of faults, 15 minutes or less in total, a few of them in each delivery order.

    Which kinds meet, in which base and at which targets, is the same for every seed: as many different
    combinations as the count allows. The seed chooses among the calls of one target.
    """
    chance = random.Random(f"pairs:{seed}")
    schedules, made = [], Counter[int]()  # made: pairs of each base
    for number, members in _classes(bases)[:count]:
        scenario = bases[number][0]
        order = f"{scenario.seed}:{seed}:{made[number] // IN_ONE_ORDER}"
        made[number] += 1
        schedules.append(Schedule("pairs", replace(scenario, faults=chance.choice(members), seed=order)))
    return schedules


def _classes(bases: list[Base]) -> list[Alike]:
    """Gives the pairs that are alike, the most telling classes first: each combination of kinds before any again.

    Two of three are risky; the third is of any other kind.
    """
    alike: dict[tuple[object, ...], Alike] = {}
    for number, base in enumerate(bases):
        for pair in _pairs_of(base):
            key = (number, *((fault.kind, fault.target, fault.calls, fault.lasts) for fault in pair))
            alike.setdefault(key, (number, []))[1].append(pair)
    classes = list(alike.values())
    random.Random("classes").shuffle(classes)  # No seed of a run: the same for everybody.
    met: dict[tuple[str, ...], int] = {}
    rounds: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
    for place, (_, members) in enumerate(classes):
        kinds = _kinds(members[0])
        met[kinds] = met.get(kinds, 0) + 1
        rounds[_risky(members[0])].append((met[kinds], place))
    risky, others = sorted(rounds[True]), sorted(rounds[False])
    ordered = []
    while risky or others:
        ordered += risky[:2] + others[:1]
        risky, others = risky[2:], others[1:]
    return [classes[place] for _, place in ordered]


def delivery_orders(make: Sequence[Callable[[str], Scenario]], seed: str, count: int = ORDERS) -> list[Schedule]:
    """Gives runs that no fault strikes, each with orders and a delivery order of its own."""
    return [Schedule("pairs", make[number % len(make)](f"{seed}{number}")) for number in range(count)]


def by_group(schedules: list[Schedule]) -> dict[str, list[Schedule]]:
    """Sorts schedules by fault group, in the catalogue's order."""
    return {group: [s for s in schedules if s.group == group] for group in GROUPS}


# -- coverage -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Coverage:
    """What share of the space was covered; delivery orders are without number, and not counted.

    The points are those of the runs that every fault strikes. Some faults strike further runs, for what only shows
    there.
    """

    points_struck: int
    points_known: int
    schedules_run: int
    schedules_possible: int

    def in_words(self) -> str:
        """Says it in one sentence."""
        return (
            f"{self.points_struck} of {self.points_known} points of the healthy and the refused runs struck, "
            f"{self.schedules_run} of {self.schedules_possible} schedules of one or two faults run"
        )


def coverage(bases: list[Base], more: list[Base], run: list[Scenario]) -> Coverage:
    """Counts the bases' points and those struck, and the schedules that there are, those of further runs too."""
    known: set[tuple[object, ...]] = set()
    struck: set[tuple[object, ...]] = set()
    possible = 0
    for base in bases + more:
        possible += len(set(faults_of(base))) + (len(_pairs_of(base)) if base in bases else 0)
    for base in bases:
        found = points(base[1])
        known |= {(base[0].orders, *point) for point in found.known()}
        faults = [f for scenario in run if scenario.orders == base[0].orders for f in scenario.faults]
        struck |= {(base[0].orders, *point) for fault in faults for point in _points_of(fault, found)}
    return Coverage(len(known & struck), len(known), len(run), possible)


def _points_of(fault: Fault, found: Points) -> Iterator[tuple[str, str, int]]:
    """Gives the points that a fault strikes in a run that has them."""
    kinds = {
        "participant": ("call",), "message": ("message",), "bus": ("bus",), "api": ("api",), "order": ("start",),
        "function": ("exit",) if fault.kind in ("crash_after", "cold_start") else ("entry",),
    }[CATALOGUE[fault.kind].strikes]  # fmt: skip
    if fault.target == "order":
        kinds = ("start",)
    target = fault.target.removeprefix("lambda:") if fault.target.startswith("lambda:") else fault.target
    if target in found.functions and kinds == ("api",):
        kinds = ("entry",)
    last = found.count(target) if fault.lasts and fault.kind != "delayed" else fault.call + fault.calls - 1
    for number in range(fault.call, max(last, fault.call) + 1):
        yield from ((kind, target, number) for kind in kinds)
    yield from (("state", state, 1) for state, function in found.states.items() if function == target)
