"""One submission before the judge: its evidence, and the runs that several criteria share, made once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

from sagalab.accounting import REPORT
from sagalab.architecture import DrawingError, DrawnGraph, drawn_in_child
from sagalab.catalogue import CATALOGUE
from sagalab.clock import minutes
from sagalab.criteria import workflow
from sagalab.criteria.finding import Finding
from sagalab.criteria.plan import Executed
from sagalab.criteria.trials import Trial
from sagalab.criteria.workflow import GroupResult, Ran
from sagalab.errors import NotSupportedHere
from sagalab.evidence import Evidence
from sagalab.explore import Base, Coverage, Schedule, by_group, coverage, delivery_orders, pairs, singles
from sagalab.faults import Fault
from sagalab.history import History
from sagalab.invariants import Violation
from sagalab.judging import trials
from sagalab.judging.bench import Bench, Stage, simply
from sagalab.judging.execution import execute
from sagalab.judging.tally import Tally
from sagalab.points import points
from sagalab.scenario import (
    APPROACHES,
    ENTRY,
    Approach,
    Scenario,
    declined,
    declined_once,
    healthy,
    out_of_stock,
    restocked_later,
    side_by_side,
    the_last_one,
)
from sagalab.shrink import shrunk

Progress = Callable[[str], None]


MORE = "more"  # the runs that only some faults strike
POISONED = CATALOGUE["poison"].group


def and_report(stage: Stage) -> dict[str, Any]:
    """Drives a scenario to its horizon, then asks for the operator's report."""
    answer = simply(stage)
    _ask_for_report(stage)
    return answer


def report_if_needed(stage: Stage) -> dict[str, Any]:
    """Drives a scenario to its horizon, and asks for the operator's report if an order may stand open then."""
    answer = simply(stage)
    # Not before: the run may have been forked under another scenario's faults meanwhile.
    if stage.run.scenario.expectation.licensed:
        _ask_for_report(stage)
    return answer


def _ask_for_report(stage: Stage) -> None:
    run, reply = stage.run, stage.ask(REPORT)
    named = reply.get("result")
    detail = {"orders": named} if isinstance(named, list) else {"orders": [], "error": reply.get("message", "no list")}
    run.history.record(run.clock.now, "signal", REPORT, detail=detail)


class Case:
    """What a criterion may ask for. Runs are made when the first criterion asks, and kept."""

    def __init__(self, evidence: Evidence, bench: Bench | None, seed: str, progress: Progress = lambda _: None) -> None:
        self.evidence, self._bench, self._seed, self.progress = evidence, bench, seed, progress
        self._runs: dict[tuple[str, str], list[Ran]] = {}
        self._explored: dict[str, list[GroupResult]] = {}
        self._executed: dict[str, Executed] | None = None
        self._trials: dict[str, Trial] = {}

    def close(self) -> None:
        """Closes the bench."""
        if self._bench is not None:
            self._bench.close()

    @property
    def bench(self) -> Bench:
        """The restored deployment; raises when it could not be restored."""
        assert self._bench is not None
        return self._bench

    def seed_for(self, name: str) -> str:
        """Gives the seed of one scenario. It stands in schedule lines, so nothing leads back from it."""
        return hashlib.sha256(f"{self._seed}:{name}".encode()).hexdigest()[:12]

    def has(self, approach: str) -> bool:
        """Says whether the approach's start function is defined."""
        return ENTRY[approach] in self.evidence.defined

    def ran(self, scenario: Scenario, report: bool = False) -> Ran:
        """Runs one scenario; asks for the operator's report where an order may stand open, or when told to."""
        asked = (report or scenario.expectation.licensed) and REPORT in self.evidence.defined
        history, _ = self.bench.run(scenario, and_report if asked else simply)
        return Ran(scenario, history)

    def kept(self, scenario: Scenario) -> Ran:
        """Gives a run of the scenario: one that was made before, or a new one."""
        runs = (ran for rows in self._runs.values() for ran in rows if ran.scenario == scenario)
        return next(runs, None) or self.ran(scenario)

    def _once(self, approach: Approach, name: str, make: Callable[[], list[Scenario]]) -> list[Ran]:
        key = (approach, name)
        if key not in self._runs:
            self._runs[key] = [self.ran(row, report=name == MORE and len(row.orders) > 1) for row in make()]
        return self._runs[key]

    def healthy(self, approach: Approach) -> list[Ran]:
        """Gives runs that nothing strikes."""
        return self._once(
            approach,
            "healthy",
            lambda: [healthy(approach, self.seed_for("h1")), healthy(approach, self.seed_for("h3"), 3)],
        )

    def refused(self, approach: Approach) -> list[Ran]:
        """Gives a run whose card is declined, and one whose article is out of stock."""
        return self._once(
            approach,
            "refused",
            lambda: [declined(approach, self.seed_for("d")), out_of_stock(approach, self.seed_for("s"))],
        )

    def all_paths(self, approach: Approach) -> History:
        """Gives the healthy and the refused runs as one history: every path taken without a fault."""
        runs = self.healthy(approach)[:1] + self.refused(approach)
        return History.joined(ran.history for ran in runs)

    @cached_property
    def drawings(self) -> dict[str, DrawnGraph | DrawingError]:
        """The learner's diagrams, read in a child where only the diagrams package imports."""
        found: dict[str, DrawnGraph | DrawingError] = {}
        for approach, source in self.evidence.diagrams.items():
            try:
                found[approach] = drawn_in_child(source)
            except DrawingError as error:
                found[approach] = error
        return found

    def outages(self, approach: Approach) -> list[Ran]:
        """Gives runs under outages of two hours: they show whether attempts are bounded."""

        def make() -> list[Scenario]:
            # Long enough to see whether anything is still being tried more than an hour later.
            base = replace(healthy(approach, self.seed_for("o")), horizon=minutes(100))
            calls = ("payment_gateway.charge", "warehouse.reserve", "mailer.send")
            return [base.with_faults(Fault("unavailable", call, lasts=minutes(120))) for call in calls]

        return self._once(approach, "outages", make)

    def well(self, approach: Approach) -> bool:
        """Says whether the approach's healthy run passes: only then anything else of it counts."""
        if not self.has(approach):
            return False
        return self.health("healthy", approach).verdict == "valid"

    def health(self, criterion: str, approach: Approach) -> Finding:
        """Judges the healthy runs, then how the refused ones go; those are not run for a design that fails before."""
        found = workflow.healthy(criterion, approach, self.healthy(approach), [])
        if found.verdict != "valid":
            return found
        return workflow.healthy(criterion, approach, self.healthy(approach), self.refused(approach))

    def trial(self, approach: Approach) -> Trial:
        """Gives the runs that an approach is measured in; raises NotSupportedHere where it has no start function."""
        if not self.has(approach):
            raise NotSupportedHere(f"there is no {ENTRY[approach]} yet, so there is no healthy run")
        if approach not in self._trials:
            healthy = self.healthy(approach)[0].history
            runner = trials.on_bench(self.bench, self.progress) if self.well(approach) else None
            self._trials[approach] = trials.trial(approach, healthy, self.seed_for("measured"), runner)
        return self._trials[approach]

    def bases(self, approach: Approach) -> list[Base]:
        """Gives the runs whose points are struck: one healthy order, one declined, one out of stock."""
        runs = [self.healthy(approach)[0], *self.refused(approach)]
        return [(ran.scenario, ran.history) for ran in runs]

    def more_bases(self, approach: Approach) -> list[Base]:
        """Gives the runs that only some faults strike: refusals that would not last, and two orders side by side."""

        def make() -> list[Scenario]:
            seed = self.seed_for
            rows = [declined_once(approach, seed("d1")), restocked_later(approach, seed("s1"))]
            poison = points(self.healthy(approach)[0].history).messages
            for first in ("", "declined", "out of stock") if poison else ("",):
                rows.append(side_by_side(approach, seed(f"2{first}"), first))
            return rows

        return [(ran.scenario, ran.history) for ran in self._once(approach, MORE, make)]

    def schedules(self, approach: Approach) -> dict[str, list[Schedule]]:
        """Gives what the approach is struck with, by group: single faults, pairs, delivery orders.

        A design that lets refused orders down does so under every group of faults: each begins with them. A report
        that names orders which ended well is held against the group with the faults that make one needed.
        """
        bases, more = self.bases(approach), self.more_bases(approach)
        plain = [scenario for scenario, _ in bases[1:] + more if len(scenario.orders) == 1]
        beside = [Schedule(POISONED, scenario) for scenario, _ in more if len(scenario.orders) > 1]
        kinds = [partial(healthy, approach, count=3), partial(the_last_one, approach)]
        orders = delivery_orders(kinds, self.seed_for("orders"))
        found = by_group(beside + singles(bases + more) + orders + pairs(bases, self.seed_for("pairs")))
        return {group: [Schedule(group, scenario) for scenario in plain] + rows for group, rows in found.items()}

    def explored(self, approach: Approach) -> list[GroupResult]:
        """Strikes every single fault at every point, then pairs; gives what each group showed."""
        if approach not in self._explored:
            schedules = self.schedules(approach)
            groups = {name: Tally(name, rows) for name, rows in schedules.items()}
            for ran in self.struck(approach, [one.scenario for rows in schedules.values() for one in rows]):
                broken = ran.broken()
                for group in groups.values() if broken else ():
                    group.failing(ran, broken[0])
            self._explored[approach] = [group.result(self._smallest) for group in groups.values()]
        return self._explored[approach]

    def struck(self, approach: Approach, scenarios: list[Scenario]) -> Iterator[Ran]:
        """Gives a run of each scenario, once; those that differ in their faults alone are run out of one."""
        made = [ran for rows in self._runs.values() for ran in rows]
        known = {ran.scenario: ran for ran in made}
        alike: dict[Scenario, list[Scenario]] = {}
        for scenario in dict.fromkeys(scenarios):
            if scenario in known:
                yield known[scenario]
            else:
                alike.setdefault(scenario.with_faults(), []).append(scenario)
        drive = report_if_needed if REPORT in self.evidence.defined else simply
        count = sum(len(rows) for rows in alike.values())
        done = 0
        for rows in alike.values():
            self.progress(f"{approach}: {done} of {count} schedules")
            for number, history, _ in self.bench.run_each(rows, drive):
                yield Ran(rows[number], history)
            done += len(rows)

    def coverage(self, approach: Approach) -> Coverage:
        """Says what share of the space the exploration covers."""
        bases, more = self.bases(approach), self.more_bases(approach)
        run = [one.scenario for rows in self.schedules(approach).values() for one in rows if one.scenario.faults]
        return coverage(bases, more, run)

    def _smallest(self, ran: Ran, violation: Violation) -> tuple[Ran, Violation]:
        """Shrinks a failing run to a smaller one that breaks a promise, too."""

        def fails(scenario: Scenario) -> tuple[Ran, Violation] | None:
            smaller = self.ran(scenario)
            broken = smaller.broken()
            return (smaller, broken[0]) if broken else None

        found = shrunk(ran.scenario, fails)
        return (ran, violation) if found is None else found[1]

    def executed(self) -> dict[str, Executed]:
        """Executes the first plan of each approach."""
        if self._executed is None:
            self._executed = {}
            for number, plan in enumerate(self.evidence.plans):
                approach = plan["approach"]
                if approach in self._executed or approach not in APPROACHES or not self.well(approach):
                    continue
                self.progress(f"{approach}: executing the recovery plan")
                self._executed[approach] = execute(self.bench, plan, number, self.seed_for("plan"))
        return self._executed
