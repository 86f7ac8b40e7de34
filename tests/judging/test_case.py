"""One submission before the judge."""

from __future__ import annotations

from typing import Any

from sagalab.evidence import Evidence
from sagalab.history import History
from sagalab.judging.case import Case
from sagalab.scenario import Scenario


class Recorded:
    """A bench that runs nothing and keeps what it was asked to run."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def run(self, scenario: Scenario) -> tuple[History, dict[str, Any]]:
        self.lines.append(scenario.line())
        return History(), {}


def test_no_schedule_line_gives_the_private_seed_away() -> None:
    bench = Recorded()
    case = Case(Evidence(defined=["start_workflow"]), bench, "private-seed")  # type: ignore[arg-type]
    case.healthy("orchestration")
    case.refused("orchestration")
    case.explored("orchestration")
    assert len(bench.lines) > 4
    assert not [line for line in bench.lines if "private-seed" in line]


def test_runs_that_criteria_share_are_made_once() -> None:
    bench = Recorded()
    case = Case(Evidence(defined=["start_workflow"]), bench, "s")  # type: ignore[arg-type]
    assert case.healthy("orchestration") == case.healthy("orchestration")
    assert len(bench.lines) == len(set(bench.lines)) == 2


def test_another_students_seed_gives_other_orders() -> None:
    first, second = Recorded(), Recorded()
    for seed, bench in (("a", first), ("b", second)):
        Case(Evidence(defined=["start_workflow"]), bench, seed).healthy("orchestration")  # type: ignore[arg-type]
    assert not set(first.lines) & set(second.lines)
