"""Makes a failing schedule smaller: fewer faults, fewer calls, shorter outages, fewer orders.

Greedy and without chance: the first smaller schedule that still fails is taken, and made smaller again. The
number of runs is bounded, so the result is small, and seldom the smallest of all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from sagalab.faults import Fault
from sagalab.scenario import Scenario

MOST_RUNS = 16  # of one shrinking
SHORT = (60.0, 300.0)  # seconds tried for an outage, before half of what it lasts

T = TypeVar("T")


def smaller(scenario: Scenario) -> Iterator[Scenario]:
    """Gives scenarios that are one step smaller, those that leave most out first."""
    faults = scenario.faults
    for number in range(len(faults)):
        yield scenario.with_faults(*faults[:number], *faults[number + 1 :])
    for order in reversed(scenario.orders if len(scenario.orders) > 1 else ()):
        if not any(fault.order == order.order_id for fault in faults):
            yield replace(scenario, orders=tuple(one for one in scenario.orders if one != order))
    for number, fault in enumerate(faults):
        for weaker in _weaker(fault):
            yield scenario.with_faults(*faults[:number], weaker, *faults[number + 1 :])


def _weaker(fault: Fault) -> Iterator[Fault]:
    for calls in dict.fromkeys((1, fault.calls - 1)):
        if 0 < calls < fault.calls:
            yield replace(fault, calls=calls)
    if fault.lasts is not None:
        for lasts in (*SHORT, fault.lasts / 2):
            if SHORT[0] <= lasts < fault.lasts:
                yield replace(fault, lasts=lasts)


def shrunk(
    scenario: Scenario, fails: Callable[[Scenario], T | None], most: int = MOST_RUNS
) -> tuple[Scenario, T] | None:
    """Gives a smaller scenario that fails, and what `fails` said of it; None when each smaller one holds."""
    found: tuple[Scenario, T] | None = None
    tried = {scenario.line()}
    queue = smaller(scenario)
    while len(tried) <= most:
        candidate = next(queue, None)
        if candidate is None:
            return found
        if candidate.line() in tried:
            continue
        tried.add(candidate.line())
        told = fails(candidate)
        if told is not None:
            found = candidate, told
            queue = smaller(candidate)
    return found
