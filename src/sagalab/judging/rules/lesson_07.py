"""Lesson 07's rules: which runs each exercise is judged by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sagalab.aws import observe
from sagalab.clock import minutes
from sagalab.criteria import lessons, slips, tradeoffs, watched, workflow
from sagalab.criteria.finding import Finding
from sagalab.criteria.tradeoffs import Answer, Counted
from sagalab.faults import Fault
from sagalab.judging.bench import Drive, Stage, in_words
from sagalab.judging.case import Case
from sagalab.judging.registry import rule
from sagalab.judging.trials import AFTER, EVERY, OUTAGE, SIX
from sagalab.scenario import APPROACHES, Approach, Scenario, declined, healthy

TABLE = "points"
FLOW = "OrderFlow"
GIVEN_STATES, GIVEN_SERVICES = 5, 3  # of the two designs as they are handed out
MISSING = "Unknown"  # the notebook defines no such function

Asking = Callable[[Stage], Iterable[str]]


def _judged(criterion: str, judge: Callable[[Case], Finding], approaches: Sequence[Approach]) -> None:
    """Registers an exercise; it begins where the start functions that it needs are there."""

    @rule(criterion)
    def _(case: Case) -> Finding:
        for approach in approaches:
            missing = workflow.defined(criterion, approach, case.evidence.defined, case.evidence.deployment)
            if missing is not None:
                return missing
        return slips.explained(judge(case), case.evidence.deployment)


def _counted(
    case: Case, scenario: Scenario, every: float | None = None, asks: str = "", whom: Asking | None = None,
    at: float | None = None,
) -> Counted:  # fmt: skip
    """Runs a scenario, keeps the points at its end, and asks the learner's function `asks` at a moment for `whom`.

    With `every` an order is started each so many seconds.
    """
    history, kept = case.bench.run(scenario, _driving(every, asks, whom, at))
    answers = tuple(Answer(**{**row, "calls": tuple(row["calls"])}) for row in kept["answers"])
    return Counted(scenario, history, kept["points"], answers)


def _driving(every: float | None, asks: str, whom: Asking | None, at: float | None) -> Drive:
    def drive(stage: Stage) -> dict[str, Any]:
        run, answers = stage.run, list[dict[str, Any]]()

        def ask() -> None:
            run.clock.sleep(at or 0.0)
            for what in whom(stage) if whom else ():
                answers.append(_answer(stage, asks, what))

        if every is None:
            run.start_orders(stage.start)
        else:
            for number, order in enumerate(run.scenario.orders):
                run.start_order(order.order_id, stage.start, number * every)
        if asks:
            run.clock.spawn(ask, asks)
        run.until()
        return {"points": _points(), "answers": answers}

    return drive


def _points() -> dict[str, float]:
    rows = observe.tables().get(TABLE, [])
    return {str(row["orderId"]): row["points"] for row in rows if isinstance(row.get("points"), float)}


def _answer(stage: Stage, name: str, what: str) -> dict[str, Any]:
    at, before = stage.run.clock.now, len(stage.run.history)
    reply = stage.ask(name, what)
    made = [fact for fact in list(stage.run.history)[before:] if fact.kind == "api" and fact.detail.get("operator")]
    error = "" if "error" not in reply else MISSING if reply["error"] == MISSING else in_words(f"{name}()", reply)
    return {
        "at": at,
        "what": what,
        "result": reply.get("result"),
        "error": error,
        "calls": [fact.what for fact in made],
    }


# -- a fourth step --------------------------------------------------------------------------------------


def _flow_begun(case: Case, criterion: str) -> Finding | None:
    flow = next((one for one in case.evidence.deployment.state_machines if one.name == FLOW), None)
    if flow is not None and len(lessons.states_of(flow)) > GIVEN_STATES:
        return None
    hint = "Give order_flow a state that calls add-points, and deploy function and machine."
    return lessons.not_attempted(criterion, f"{FLOW} has the states that it began with.", hint)


def _events_begun(case: Case, criterion: str) -> Finding | None:
    if len(lessons.consumers(case.evidence.deployment)) > GIVEN_SERVICES:
        return None
    hint = "Two calls, as for the other services: one deploys the service, one subscribes it."
    return lessons.not_attempted(criterion, "Three services read queues so far; the fourth is missing.", hint)


def _runs_of_points(case: Case, approach: Approach) -> list[Counted]:
    base = healthy(approach, case.seed_for("07-3"), 3)
    first, lasts = base.orders[0].order_id, base.horizon * 2
    not_confirmed = ("warehouse.reserve", "order_book.confirm")
    return [
        _counted(case, base),
        _counted(case, declined(approach, case.seed_for("07-d"))),
        *(
            _counted(case, base.with_faults(Fault("unavailable", call, lasts=lasts, order=first)))
            for call in not_confirmed
        ),
    ]


def _fourth_state(case: Case) -> Finding:
    name = "07-fourth-state"
    holds = (
        "Confirmed orders have their points; declined and open ones have none. One component was changed: the machine."
    )
    return _flow_begun(case, name) or tradeoffs.fourth_step(name, _runs_of_points(case, "orchestration"), holds)


def _fourth_service(case: Case) -> Finding:
    name, deployment = "07-fourth-service", case.evidence.deployment
    begun = _events_begun(case, name)
    if begun is not None:
        return begun
    runs = _runs_of_points(case, "choreography")
    holds = "Confirmed orders have their points; declined and open ones have none. Nothing that was there was changed."
    finding = tradeoffs.fourth_step(name, runs, holds)
    heard = lessons.outsiders(runs[0].history)
    return watched.own_rule(name, deployment, heard) or watched.with_old_rules(finding, deployment, heard)


# -- the bill, and one order's place --------------------------------------------------------------------


def _ran_executions(stage: Stage) -> list[str]:
    return [str(fact.detail["arn"]) for fact in stage.run.history.of("execution")]


def _ordered(stage: Stage) -> list[str]:
    return [order.order_id for order in stage.run.scenario.orders]


def _not_there(criterion: str, runs: list[Counted], what: str) -> Finding | None:
    if any(answer.error == MISSING for ran in runs for answer in ran.answers):
        message = f"There is no {what} yet."
        return lessons.not_attempted(criterion, message, "Define it in the cell that asks for it.")
    return None


def _bill(case: Case) -> Finding:
    name, base = "07-bill", healthy("orchestration", case.seed_for("07-bill"))
    at = base.horizon - minutes(1)
    faults = [
        (),
        (Fault("unavailable", "warehouse.reserve", calls=3),),
        (Fault("unavailable", "payment_gateway.charge", calls=2), Fault("unavailable", "mailer.send", calls=4)),
        (Fault("unavailable", "mailer.send", lasts=base.horizon * 2),),  # the last try fails, too
    ]
    scenarios = [base.with_faults(*struck) for struck in faults]
    scenarios.append(declined("orchestration", case.seed_for("07-bill-d")))
    runs: list[Counted] = []
    for scenario in scenarios:
        runs.append(_counted(case, scenario, asks="transitions_of", whom=_ran_executions, at=at))
        missing = _not_there(name, runs, "transitions_of(execution_arn)")
        if missing is not None:
            return missing
    return tradeoffs.bill(name, runs)


def _place(case: Case) -> Finding:
    name, base = "07-one-record", healthy("orchestration", case.seed_for("07-place"), 6)
    stuck, declined_one = base.orders[1].order_id, replace(base.orders[3], declined=-1)
    base = replace(base, orders=(*base.orders[:3], declined_one, *base.orders[4:]))
    outage = Fault("unavailable", "warehouse.reserve", lasts=minutes(15), order=stuck)
    runs = [_counted(case, base.with_faults(outage), asks="where_is", whom=_ordered, at=minutes(5))]
    return _not_there(name, runs, "where_is(order_id)") or tradeoffs.place(name, runs)


# -- whom a loss hurts ----------------------------------------------------------------------------------


def _blast_radius(case: Case) -> Finding:
    name = "07-blast-radius"
    begun = _flow_begun(case, name) or _events_begun(case, name)
    if begun is not None:
        return begun
    for judge in (_fourth_state, _fourth_service):
        found = judge(case)
        if found.verdict != "valid":
            message = f"This counts once the points are right. {found.message}"
            return replace(found, criterion=name, message=message)
    return tradeoffs.blast_radius(name, [_lost(case, approach) for approach in APPROACHES])


def _lost(case: Case, approach: Approach) -> Counted:
    """Runs six orders, one every five minutes, while whatever writes the points is lost."""
    runs = _counted(case, healthy(approach, case.seed_for("07-3"), 3))
    writers = {str(f.detail.get("function")) for f in runs.history.of("api", what="dynamodb:PutItem")} - {"None"}
    base = replace(healthy(approach, case.seed_for("07-lost"), SIX), horizon=OUTAGE + AFTER)
    return _counted(
        case, base.with_faults(*(Fault("throttled", f"lambda:{one}", lasts=OUTAGE) for one in sorted(writers))), EVERY
    )


_judged("07-fourth-state", _fourth_state, ["orchestration"])
_judged("07-fourth-service", _fourth_service, ["choreography"])
_judged("07-bill", _bill, ["orchestration"])
_judged("07-one-record", _place, ["orchestration"])
_judged("07-blast-radius", _blast_radius, APPROACHES)
