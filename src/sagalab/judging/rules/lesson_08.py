"""Lesson 08's rules: which runs each exercise is judged by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sagalab.aws import observe
from sagalab.clock import minutes
from sagalab.criteria import lessons, pitfalls, slips, workflow
from sagalab.criteria.finding import Finding, invalid
from sagalab.criteria.measurements import measure
from sagalab.criteria.watched import Watched
from sagalab.criteria.workflow import Ran
from sagalab.errors import DefinitionError
from sagalab.faults import Fault
from sagalab.judging.bench import Stage
from sagalab.judging.case import Case
from sagalab.judging.registry import rule
from sagalab.recommendation import Recommendation
from sagalab.scenario import Approach, Scenario, StartFailed, declined, healthy

CALLS = ("payment_gateway.charge", "warehouse.reserve", "mailer.send")
GIVEN = 9  # states of OrderFlow as it is handed out
MIXED, RULES = "MixedFlow", ("on-mixed-charged", "on-mixed-confirmed")


def _judged(criterion: str, judge: Callable[[Case], Finding], approach: Approach) -> None:
    """Registers an exercise; it begins where the start function that it needs is there."""

    @rule(criterion)
    def _(case: Case) -> Finding:
        missing = workflow.defined(criterion, approach, case.evidence.defined, case.evidence.deployment)
        return missing or slips.explained(judge(case), case.evidence.deployment)


# -- two companies --------------------------------------------------------------------------------------


def _advised(criterion: str, judge: Callable[[Case, pitfalls.Advice], Finding]) -> None:
    """Registers an exercise about the two recommendations."""

    @rule(criterion)
    def _(case: Case) -> Finding:
        try:
            advice = {
                name: Recommendation.from_json(row)
                for name, row in case.evidence.recommendations.items()
                if name in pitfalls.NEEDS
            }
        except DefinitionError as error:
            return invalid(criterion, str(error), hint="Run the cell with `advise` again.")
        return pitfalls.incomplete(criterion, advice) or judge(case, advice)


def _two_companies(case: Case, advice: pitfalls.Advice) -> Finding:
    def again(name: str, approach: Approach) -> float:
        return measure(name, case.evidence.deployment, case.trial(approach))

    return pitfalls.two_companies("08-two-companies", advice, again)


# -- too many tiny steps --------------------------------------------------------------------------------


def _merge(case: Case) -> Finding:
    name, base = "08-merge", healthy("orchestration", case.seed_for("08-merge"))
    flow = next((one for one in case.evidence.deployment.state_machines if one.name == "OrderFlow"), None)
    if flow is None or len(lessons.states_of(flow)) >= GIVEN:
        hint = "Write the handler `merged`, then a definition with fewer states, and deploy functions and machine."
        return lessons.not_attempted(name, "OrderFlow still has a state for each line of code.", hint)
    refused = [case.ran(declined("orchestration", case.seed_for("08-declined")))]
    outages = [case.ran(base.with_faults(Fault("unavailable", call, calls=3))) for call in CALLS]
    return pitfalls.merged(name, case.healthy("orchestration"), refused, outages)


# -- eyes -----------------------------------------------------------------------------------------------


def _watched(case: Case, scenario: Scenario) -> Watched:
    def drive(stage: Stage) -> dict[str, Any]:
        stage.run.start_orders(stage.start)
        stage.run.until()
        return {"printed": list(observe.printed().items())}

    history, kept = case.bench.run(scenario, drive)
    return Watched(scenario, history, printed=dict(kept["printed"]))


def _eyes(case: Case) -> Finding:
    name, base = "08-eyes", healthy("choreography", case.seed_for("08-eyes"), 3)
    outages = [
        (),
        (Fault("unavailable", "warehouse.reserve", lasts=minutes(120), order=base.orders[1].order_id),),
        (Fault("unavailable", "payment_gateway.charge", lasts=minutes(120), order=base.orders[0].order_id),),
    ]
    runs = [_watched(case, base.with_faults(*struck)) for struck in outages]
    unread = pitfalls.unreadable(name, runs[0])
    if unread is not None:
        return unread
    if not any(pitfalls.lines_of(ran) for ran in runs):
        hint = "Fill in `receiving` and emit_order_created, and run the cell below them: it deploys your answer."
        return lessons.not_attempted(name, "No service prints a line of JSON that names an order yet.", hint)
    return pitfalls.eyes(name, runs)


# -- a border -------------------------------------------------------------------------------------------


def _mixed(case: Case, scenario: Scenario) -> Ran:
    """Runs orders through the mixed design's own start function."""

    def start_of(stage: Stage) -> Callable[[str, str], None]:
        def start(_: str, order_id: str) -> None:
            reply = stage.ask("start_mixed", order_id)
            if "error" in reply:
                raise StartFailed(f"start_mixed({order_id!r}): {reply['message']}")

        return start

    def drive(stage: Stage) -> dict[str, Any]:
        stage.run.start_orders(start_of(stage))
        stage.run.until()
        return {}

    return Ran(scenario, case.bench.run(scenario, drive)[0])


def _border(case: Case) -> Finding:
    name, deployment = "08-border", case.evidence.deployment
    mixed = next((one for one in deployment.state_machines if one.name == MIXED), None)
    if mixed is None or (len(lessons.states_of(mixed)) == 4 and set(RULES) <= {row.name for row in deployment.rules}):
        hint = "Which rule, and which state, does the border make superfluous?"
        return lessons.not_attempted(name, "MixedFlow and its rules are as they were handed out.", hint)
    runs = [_mixed(case, healthy("orchestration", case.seed_for(f"08-mixed-{count}"), count)) for count in (1, 3)]
    return pitfalls.border(name, runs)


_advised("08-two-companies", _two_companies)
_advised("08-flips", lambda _, advice: pitfalls.flips("08-flips", advice))
_judged("08-merge", _merge, "orchestration")
_judged("08-eyes", _eyes, "choreography")
_judged("08-border", _border, "orchestration")
