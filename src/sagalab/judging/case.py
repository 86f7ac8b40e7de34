"""One submission before the judge: its evidence, and the runs that several criteria share, made once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

from sagalab.architecture import DrawingError, DrawnGraph, drawn_in_child
from sagalab.clock import minutes
from sagalab.criteria import workflow
from sagalab.criteria.plan import Executed
from sagalab.criteria.trials import Trial
from sagalab.criteria.workflow import GroupResult, Ran
from sagalab.errors import NotSupportedHere
from sagalab.evidence import Evidence
from sagalab.explore import Schedule, by_group, pairs, singles
from sagalab.faults import Fault
from sagalab.history import History
from sagalab.judging import trials
from sagalab.judging.bench import Bench
from sagalab.judging.execution import execute
from sagalab.scenario import APPROACHES, ENTRY, Approach, Scenario, declined, healthy, out_of_stock

Progress = Callable[[str], None]


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

    def ran(self, scenario: Scenario) -> Ran:
        """Runs one scenario."""
        history, _ = self.bench.run(scenario)
        return Ran(scenario, history)

    def _once(self, approach: Approach, name: str, make: Callable[[], list[Scenario]]) -> list[Ran]:
        key = (approach, name)
        if key not in self._runs:
            self._runs[key] = [self.ran(scenario) for scenario in make()]
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
        found = workflow.healthy("healthy", approach, self.healthy(approach), self.refused(approach))
        return found.verdict == "valid"

    def trial(self, approach: Approach) -> Trial:
        """Gives the runs that an approach is measured in; raises NotSupportedHere where it has no start function."""
        if not self.has(approach):
            raise NotSupportedHere(f"there is no {ENTRY[approach]} yet, so there is no healthy run")
        if approach not in self._trials:
            healthy = self.healthy(approach)[0].history
            runner = trials.on_bench(self.bench, self.progress) if self.well(approach) else None
            self._trials[approach] = trials.trial(approach, healthy, self.seed_for("measured"), runner)
        return self._trials[approach]

    def bases(self, approach: Approach) -> list[tuple[Scenario, Any]]:
        """Gives the runs whose points are struck: one healthy order, one declined, one out of stock."""
        runs = [self.healthy(approach)[0], *self.refused(approach)]
        return [(ran.scenario, ran.history) for ran in runs]

    def explored(self, approach: Approach) -> list[GroupResult]:
        """Strikes every single fault at every point, then pairs; gives what each group showed."""
        if approach not in self._explored:
            bases = self.bases(approach)
            # A design that lets refused orders down does so under every group of faults.
            refused = [scenario for scenario, _ in bases[1:]]
            schedules = {
                group: [Schedule(group, scenario) for scenario in refused] + rows
                for group, rows in by_group(singles(bases) + pairs(bases, self.seed_for("pairs"))).items()
            }
            self._explored[approach] = [self._group(approach, name, rows) for name, rows in schedules.items()]
        return self._explored[approach]

    def _group(self, approach: str, group: str, schedules: list[Schedule]) -> GroupResult:
        self.progress(f"{approach}: {group}, {len(schedules)} schedules")
        failed, first = 0, None
        known = {ran.scenario.line(): ran for ran in self._runs.get((approach, "refused"), [])}
        for schedule in schedules:
            ran = known.get(schedule.scenario.line()) or self.ran(schedule.scenario)
            broken = ran.broken()
            if broken:
                failed += 1
                first = first or (schedule, broken[0], ran.history)
        if first is None:
            return GroupResult(group, len(schedules), 0)
        return GroupResult(group, len(schedules), failed, *self._smallest(*first))

    def _smallest(self, schedule: Schedule, violation: Any, history: Any) -> tuple[Schedule, Any, Any]:
        """Shrinks a failing pair to the single fault that fails alone, if one does."""
        for fault in schedule.scenario.faults if len(schedule.scenario.faults) > 1 else ():
            smaller = self.ran(schedule.scenario.with_faults(fault))
            broken = smaller.broken()
            if broken:
                return Schedule(schedule.group, smaller.scenario), broken[0], smaller.history
        return schedule, violation, history

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
