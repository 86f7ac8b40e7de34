"""Lesson 10's rules: two drawings held against the deployment, and a function that finds drift."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sagalab.architecture import deployed
from sagalab.criteria import drift, lessons, one_drawing
from sagalab.criteria.diagrams import Side, side_of
from sagalab.criteria.finding import Finding
from sagalab.judging.bench import Stage
from sagalab.judging.case import Case
from sagalab.judging.registry import rule
from sagalab.scenario import ENTRY, Approach, healthy


def _drawn(criterion: str, approach: Approach, judge: Callable[[str, Side], Finding]) -> None:
    """Registers an exercise that holds one approach's drawing against what its runs showed."""

    @rule(criterion)
    def _(case: Case) -> Finding:
        if not case.has(approach):
            hint = "Run the lesson's cells from the top: they deploy what you draw."
            return lessons.not_attempted(criterion, f"There is no {ENTRY[approach]} yet.", hint)
        drawing = case.drawings.get(approach)
        return judge(criterion, side_of(approach, drawing, case.evidence.deployment, case.all_paths(approach)))


_drawn("10-flow-drawn", "orchestration", one_drawing.good_way)
_drawn("10-way-back", "orchestration", one_drawing.way_back)
_drawn("10-events-drawn", "choreography", one_drawing.whole)
_drawn("10-dead-letters", "choreography", one_drawing.dead_letters)


@rule("10-drift")
def _drift(case: Case) -> Finding:
    name, approach = "10-drift", "choreography"
    graph = deployed(case.evidence.deployment).part(approach)
    arrows = drift.arrows_of(graph)
    if len(arrows) < drift.FEWEST:
        hint = "Run the lesson's cells from the top: they deploy what the function is tried on."
        return lessons.not_attempted(name, "Too little is deployed to try a function on.", hint)
    tried = drift.pictures(arrows, case.seed_for("10-drift"))

    def drive(stage: Stage) -> dict[str, Any]:
        notebook = stage.notebook()
        try:
            replies = [notebook.call("drift", list(one.drawn), list(one.deployed)) for one in tried]
        finally:
            notebook.close()
        return {"replies": replies}

    _, kept = case.bench.run(healthy("choreography", case.seed_for("10")), drive)
    return drift.judged(name, list(zip(tried, kept["replies"], strict=True)))
