"""What the rules of the first lessons share: runs that keep what start calls gave back, and how a rule begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sagalab.aws import observe
from sagalab.criteria import slips, workflow
from sagalab.criteria.finding import Finding
from sagalab.criteria.watched import Call, Watched
from sagalab.judging.bench import Drive, Stage, in_words
from sagalab.judging.case import Case
from sagalab.judging.registry import rule
from sagalab.scenario import Approach, Scenario, StartFailed

Judging = Callable[[Case], Finding]


def explained(criterion: str, judge: Judging) -> None:
    """Registers a rule whose findings name a misspelt function, handler or path where one stopped the run."""

    @rule(criterion)
    def _(case: Case) -> Finding:
        return slips.explained(judge(case), case.evidence.deployment)


def watching(case: Case, scenario: Scenario, again_after: float | None = None) -> Watched:
    """Runs a scenario and keeps what its start calls gave, what its functions printed and what still waits.

    With `again_after` each order is started once more, that many virtual seconds later.
    """
    history, kept = case.bench.run(scenario, _keeping(scenario, again_after))
    calls = tuple(Call(**row) for row in kept["calls"])
    return Watched(scenario, history, calls, kept["waiting"], dict(kept["printed"]))


def _keeping(scenario: Scenario, again_after: float | None) -> Drive:
    def drive(stage: Stage) -> dict[str, Any]:
        calls: list[dict[str, Any]] = []

        def start(entry: str, order_id: str) -> None:
            reply = stage.ask(entry, order_id)
            calls.append({"order_id": order_id, "result": reply.get("result"), "error": reply.get("error")})
            if "error" in reply:
                raise StartFailed(in_words(f"{entry}({order_id!r})", reply))

        stage.run.start_orders(start)
        for order in scenario.orders if again_after is not None else ():
            stage.run.start_order(order.order_id, start, again_after or 0.0)
        stage.run.until()
        return {"calls": calls, "waiting": observe.waiting_texts(), "printed": list(observe.printed().items())}

    return drive


def undefined(case: Case, criterion: str, approach: Approach) -> Finding | None:
    return workflow.defined(criterion, approach, case.evidence.defined, case.evidence.deployment)


def once_healthy(criterion: str, health: Finding, case: Case, judge: Judging) -> Finding:
    """Judges a harder exercise only where healthy orders end well."""
    if health.verdict == "valid":
        return judge(case)
    message = f"This counts once healthy orders end well. {health.message}"
    return replace(health, criterion=criterion, message=message)
