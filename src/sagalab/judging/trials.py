"""Runs an approach under load and through outages, so that it can be measured: on the judge's bench, or in a lab.

Both sides share the scenarios and how they are driven, so that a learner's numbers are the judge's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import NoReturn

from sagalab.aws.current import cloud
from sagalab.aws.quotas import SMALL, Quotas
from sagalab.clock import minutes
from sagalab.criteria.trials import Trial, step_functions
from sagalab.errors import NotSupportedHere
from sagalab.faults import Fault
from sagalab.history import History
from sagalab.judging.bench import Bench, Stage
from sagalab.scenario import Approach, Run, Scenario, Start, healthy

FEW, MANY = 4, 12  # orders started at once
SIX, EVERY = 6, minutes(5)  # orders that arrive while a function is lost
OUTAGE, AFTER = minutes(30), minutes(60)
FLOOD = 20_000  # facts after which a run is ended

Drive = Callable[[Run, Start], None]
Runner = Callable[[Scenario, Drive], History]


def at_once(run: Run, start: Start) -> None:
    """Starts all orders at the same instant, in a small account, and lets them finish."""
    cloud().quotas = Quotas(run.clock, SMALL)
    _drive(run, start, 0.0)


def one_by_one(run: Run, start: Start) -> None:
    """Starts an order every five minutes."""
    _drive(run, start, EVERY)


def _drive(run: Run, start: Start, every: float) -> None:
    for number, order in enumerate(run.scenario.orders):
        run.start_order(order.order_id, start, number * every)
    until = run.clock.now + run.scenario.horizon
    reason = run.clock.run(until=until, done=lambda: len(run.history) > FLOOD)
    run.history.record(run.clock.now, "end", "flood" if reason == "done" else reason)


def on_bench(bench: Bench, progress: Callable[[str], None] = lambda _: None) -> Runner:
    """Runs scenarios in forks of the judge."""

    def run(scenario: Scenario, drive: Drive) -> History:
        progress(f"{scenario.approach}: measuring {len(scenario.orders)} orders")

        def within(stage: Stage) -> dict[str, object]:
            drive(stage.run, stage.start)
            return {}

        return bench.run(scenario, within)[0]

    return run


def trial(approach: Approach, run: History, seed: str, runner: Runner | None) -> Trial:
    """Gives an approach's runs: the healthy one, and those that the runner makes when they are first asked for.

    Without a runner they cannot be made: its healthy orders do not complete.
    """
    if runner is None:
        return Trial(run, _too_early, _too_early)

    @cache
    def load() -> tuple[History, History]:
        few, many = (runner(healthy(approach, f"{seed}:{count}", count), at_once) for count in (FEW, MANY))
        return few, many

    @cache
    def outages() -> Mapping[str, History]:
        base = replace(healthy(approach, f"{seed}:outage", SIX), horizon=OUTAGE + AFTER)
        return {
            name: runner(base.with_faults(Fault("throttled", f"lambda:{name}", lasts=OUTAGE)), one_by_one)
            for name in step_functions(run)
        }

    return Trial(run, load, outages)


def _too_early() -> NoReturn:
    raise NotSupportedHere("its healthy orders do not complete yet")
