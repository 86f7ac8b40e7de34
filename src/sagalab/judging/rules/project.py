"""The project's rules: how each criterion of the rubric gets its evidence, and which function judges it."""

from __future__ import annotations

from collections.abc import Callable

from sagalab.architecture import NothingDrawn, TooEarly
from sagalab.criteria import diagrams, plan, recommendation, slips, workflow
from sagalab.criteria.finding import Finding, invalid
from sagalab.criteria.measurements import measure
from sagalab.judging.case import Case
from sagalab.judging.registry import RULES, rule
from sagalab.recommendation import Recommendation
from sagalab.scenario import APPROACHES, Approach

PREFIX: dict[str, Approach] = {"a": "orchestration", "b": "choreography"}


def _workflow(criterion: str, judge: Callable[[Case, Approach], Finding], needs_health: bool = True) -> None:
    approach = PREFIX[criterion[0]]

    @rule(criterion)
    def _(case: Case) -> Finding:
        missing = workflow.defined(criterion, approach, case.evidence.defined, case.evidence.deployment)
        if missing is not None:
            return missing
        if needs_health:
            health = RULES[f"{criterion[0]}-healthy"](case)
            if health.verdict != "valid":
                return invalid(
                    criterion,
                    f"This counts once healthy orders complete. {health.message}",
                    promise=health.promise,
                    hint=health.hint,
                    history=health.history,
                )
        return judge(case, approach)


def _both(criterion_healthy: str, criterion_faults: str) -> None:
    _workflow(
        criterion_healthy,
        lambda case, approach: slips.explained(case.health(criterion_healthy, approach), case.evidence.deployment),
        needs_health=False,
    )
    _workflow(
        criterion_faults,
        lambda case, approach: workflow.faults(criterion_faults, case.explored(approach), case.coverage(approach)),
    )


for _letter in PREFIX:
    _both(f"{_letter}-healthy", f"{_letter}-faults")
_workflow(
    "a-attempts",
    lambda case, approach: workflow.attempts("a-attempts", case.refused(approach) + case.outages(approach)),
)
_workflow(
    "a-audit",
    lambda case, approach: workflow.audit("a-audit", case.healthy(approach) + case.refused(approach)),
)
_workflow(
    "b-decoupled",
    lambda case, approach: workflow.decoupled("b-decoupled", case.healthy(approach) + case.refused(approach)),
)
_workflow(
    "b-accounted",
    lambda case, approach: workflow.accounted(
        "b-accounted", case.healthy(approach) + case.outages(approach), case.evidence.deployment
    ),
)


def _of_another_shape(case: Case, name: str) -> str:
    """Gives what was wrong with something that the notebook defines, when it could not be taken as evidence."""
    return next((words for words in case.evidence.problems if words.startswith(f"{name} must be")), "")


def _plan(criterion: str) -> None:
    @rule(criterion)
    def _(case: Case) -> Finding:
        if not case.evidence.plans:
            shape = _of_another_shape(case, "recovery_plans")
            return invalid(
                criterion,
                f"None of the recovery plans could be read: {shape}." if shape else "There are no recovery plans yet.",
                attempted=bool(shape),
                hint="Write recovery_plans = [RecoveryPlan(...), ...], one for each approach.",
            )
        return plan.judge(criterion, case.executed(), {name: case.well(name) for name in APPROACHES})


for _criterion in plan.CRITERIA:
    _plan(_criterion)


def _drawn(criterion: str, judge: Callable[..., Finding]) -> None:
    @rule(criterion)
    def _(case: Case) -> Finding:
        counted = {name: case.all_paths(name) for name in APPROACHES if case.well(name)}
        begun = {name: row for name, row in case.drawings.items() if not isinstance(row, NothingDrawn)}
        too_early = TooEarly("The drawing counts once this approach's healthy orders complete.")
        drawings = {name: drawing if name in counted else too_early for name, drawing in begun.items()}
        if begun and not set(begun) & set(counted):
            return invalid(
                criterion,
                "A drawing counts once its approach's healthy orders complete, and none does yet.",
                promise="the picture shows something that works",
                hint=f"Begin with `{'a' if 'orchestration' in begun else 'b'}-healthy`.",
            )
        return judge(drawings, case.evidence.deployment, counted)


for _criterion, _judge in (
    ("c-agreement", diagrams.agreement),
    ("c-style", diagrams.style),
    ("c-failure", diagrams.failure_path),
    ("c-labels", diagrams.labels),
):
    _drawn(_criterion, _judge)


def _recommended(criterion: str, judge: Callable[[Recommendation | None, Case], Finding]) -> None:
    @rule(criterion)
    def _(case: Case) -> Finding:
        row = case.evidence.recommendation
        shape = _of_another_shape(case, "recommendation")
        if row is None and shape:
            return invalid(
                criterion,
                f"The recommendation could not be read: {shape}.",
                hint="Write `recommendation = Recommendation(...)`; what it was given stands in its cell.",
            )
        return judge(None if row is None else Recommendation.from_json(row), case)


def _again(case: Case) -> recommendation.Again:
    def again(name: str, approach: Approach) -> float:
        return measure(name, case.evidence.deployment, case.trial(approach))

    return again


# Each asks only for the runs that it needs: what the judge cannot run leaves the others decided.
_recommended("e-constraints", lambda picked, case: recommendation.constraints(picked, _again(case)))
_recommended("e-follows", lambda picked, case: recommendation.follows(picked))
_recommended("e-measured", lambda picked, case: recommendation.measured(picked, _again(case)))
_recommended("e-flip", lambda picked, case: recommendation.flip(picked))
