"""Lesson 03's rules: the order's machine under long outages, refusals, failing compensations, a person, a redrive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sagalab.aws import observe
from sagalab.clock import minutes
from sagalab.criteria import by_a_person, failing, lessons, slips
from sagalab.criteria.by_a_person import Asked, Redriven
from sagalab.criteria.finding import Finding
from sagalab.faults import Fault
from sagalab.judging.bench import Stage
from sagalab.judging.case import Case
from sagalab.judging.registry import rule
from sagalab.scenario import Scenario, declined, healthy, out_of_stock

FLOW = "OrderFlow"
STEPS = ("payment_gateway.charge", "warehouse.reserve", "mailer.send")
DECIDED = minutes(15)  # a person looks at the question
LATER = minutes(150)  # a long outage is over, and somebody redrives
AT_ONCE = minutes(5)  # and runs it again
Judging = Callable[[Case], Finding]


def _small(scenario: Scenario) -> Scenario:
    """Gives the scenario with orders below the limit from which a person is asked."""
    orders = tuple(replace(order, amount=round(4 + order.amount % 90, 2)) for order in scenario.orders)
    return replace(scenario, orders=orders)


def _base(case: Case, count: int = 1) -> Scenario:
    return _small(healthy("orchestration", case.seed_for(f"03-{count}"), count))


def _on_the_flow(criterion: str, begun: Callable[[Case], str], hint: str, judge: Judging) -> None:
    """Registers an exercise; `begun` says what is still missing before anybody tried it, empty for nothing."""

    @rule(criterion)
    def _(case: Case) -> Finding:
        missing = begun(case)
        if missing:
            return lessons.not_attempted(criterion, missing, hint)
        if "start_workflow" not in case.evidence.defined:
            return lessons.not_attempted(criterion, "There is no start_workflow yet.", "Run the cells from the top.")
        return slips.explained(_where_healthy_orders_end(criterion, case, judge), case.evidence.deployment)


def _where_healthy_orders_end(criterion: str, case: Case, judge: Judging) -> Finding:
    runs = [case.kept(_base(case, count)) for count in (1, 3)]
    health = lessons.three_steps(criterion, runs)
    if health.verdict == "valid":
        return judge(case)
    return replace(health, message=f"This counts once small healthy orders end well. {health.message}")


def _definition(case: Case) -> str:
    machines = case.evidence.deployment.state_machines
    return next((one.definition for one in machines if one.name == FLOW), "")


def _lacks(*words: str, what: str) -> Callable[[Case], str]:
    def begun(case: Case) -> str:
        text = _definition(case)
        if not text:
            return f"There is no state machine {FLOW} yet."
        return "" if all(f'"{word}"' in text for word in words) else what

    return begun


# -- retries -------------------------------------------------------------------------------------------


def _outage_heals(case: Case) -> Finding:
    base = _base(case)
    healing = [case.ran(base.with_faults(Fault("unavailable", call, lasts=failing.HEALS))) for call in STEPS]
    refused = case.ran(_small(declined("orchestration", case.seed_for("03-d"))))
    for_ever = replace(base, horizon=minutes(110))
    too_long = [case.ran(for_ever.with_faults(Fault("unavailable", call, lasts=minutes(120)))) for call in STEPS]
    unsure = [case.ran(base.with_faults(Fault(kind, call))) for call in STEPS for kind in ("timed_out", "reply_lost")]
    return failing.patient("03-outage-heals", healing, unsure, refused, too_long)


# -- the saga ------------------------------------------------------------------------------------------


def _refused(case: Case) -> list[Scenario]:
    rows = (declined("orchestration", case.seed_for("03-d")), out_of_stock("orchestration", case.seed_for("03-s")))
    return [_small(row) for row in rows]


def _compensates(case: Case) -> Finding:
    runs = [case.kept(row) for row in _refused(case)]
    base = _base(case)
    late = [base.with_faults(Fault("unavailable", call, lasts=minutes(15))) for call in STEPS]
    lost = [base.with_faults(Fault(kind, call)) for call in STEPS for kind in ("reply_lost", "timed_out")]
    past_the_pivot = replace(base, horizon=minutes(110)).with_faults(Fault("unavailable", STEPS[2], lasts=minutes(120)))
    healing = [case.ran(row) for row in [*late, *lost, past_the_pivot]]
    gone = replace(base, horizon=minutes(110))
    given_up = [case.ran(gone.with_faults(Fault("unavailable", call, lasts=minutes(120)))) for call in STEPS[:2]]
    return failing.compensates("03-compensates", runs, healing, given_up)


def _compensation_fails(case: Case) -> Finding:
    name = "03-compensation-fails"
    refused = _refused(case)[1]
    plain = _compensates(case)
    if plain.verdict != "valid":
        return replace(plain, criterion=name, message=f"This counts once refused orders end well. {plain.message}")
    calls = sorted({fact.what for fact in case.kept(refused).history.of("call")} & set(failing.COMPENSATIONS))
    faults = [Fault("unavailable", call, lasts=minutes(15)) for call in calls]
    faults += [Fault(kind, call) for call in calls for kind in ("reply_lost", "slow", "timed_out")]
    runs = [case.ran(refused.with_faults(fault)) for fault in faults]
    silent = replace(_base(case), horizon=minutes(170))
    unsure = [
        case.ran(silent.with_faults(Fault("reply_lost", call, lasts=minutes(120)), Fault("reply_lost", undone)))
        for call, undone in zip(STEPS, failing.COMPENSATIONS, strict=False)
    ]
    gone = replace(refused, horizon=minutes(170))
    given_up = [case.ran(gone.with_faults(Fault("unavailable", call, lasts=minutes(160)))) for call in calls]
    return failing.undone_in_the_end(name, runs, unsure, given_up)


# -- a person ------------------------------------------------------------------------------------------


def _asked(case: Case, amount: float, answer: bool | None, count: int = 1) -> Asked:
    """Runs orders of this amount; after a while the notebook's `decide` answers about the first, None never."""
    base = healthy("orchestration", case.seed_for(f"03-p{amount}{answer}"), count)
    orders = tuple(replace(order, amount=amount) for order in base.orders)
    scenario = replace(base, orders=orders, horizon=minutes(58))
    order_id = scenario.orders[0].order_id

    def drive(stage: Stage) -> dict[str, Any]:
        stage.run.start_orders(stage.start)
        stage.run.clock.run(until=DECIDED)
        facts, reply = len(stage.run.history), {}
        if answer is not None:
            reply = stage.ask("decide", order_id, answer)
        stage.run.until()
        return {"facts": facts, "reply": reply, "left": _questions_about(order_id)}

    history, kept = case.bench.run(scenario, drive)
    return Asked(
        scenario, history, answer, kept["facts"], kept["reply"].get("error", ""), kept["reply"].get("message", ""),
        kept["left"],
    )  # fmt: skip


def _questions_about(order_id: str) -> int:
    return sum(order_id in text for texts in observe.waiting_texts().values() for text in texts)


def _asks_a_person(case: Case) -> Finding:
    name = "03-asks-a-person"
    if "decide" not in case.evidence.defined:
        return lessons.not_attempted(
            name, "There is no decide(order_id, approved) yet.", "Run the cell that defines it."
        )
    amounts = (100.0, 180.4, 100.0, 249.9, 99.99)
    answers = (True, True, False, False, None)
    runs = [_asked(case, amount, answer) for amount, answer in zip(amounts, answers, strict=True)]
    return by_a_person.asks(name, [*runs, _asked(case, 312.5, None), _asked(case, 120.0, True, count=2)])


# -- a redrive -----------------------------------------------------------------------------------------


def _redriven(case: Case) -> Redriven:
    """Runs three orders, two of which meet a long outage past the pivot; the notebook redrives, twice."""
    base = replace(_base(case, 3), horizon=LATER + minutes(60))
    outages = [Fault("unavailable", "mailer.send", lasts=minutes(120), order=row.order_id) for row in base.orders[1:]]
    scenario = base.with_faults(*outages)

    def drive(stage: Stage) -> dict[str, Any]:
        stage.run.start_orders(stage.start)
        replies, second = [], 0
        for when in (LATER, LATER + AT_ONCE):
            stage.run.clock.advance(when)
            second = len(stage.run.history)
            replies.append(stage.ask("redrive_failed"))
        stage.run.until()
        return {"replies": replies, "second": second}

    history, kept = case.bench.run(scenario, drive)
    return Redriven(scenario, history, tuple(kept["replies"]), kept["second"])


def _redrive(case: Case) -> Finding:
    name, run = "03-redrive", _redriven(case)
    return by_a_person.redriven(name, run)


def _nobody_redrives(case: Case) -> str:
    if "redrive_failed" not in case.evidence.defined:
        return "There is no redrive_failed() yet."
    return ""


_on_the_flow(
    "03-outage-heals",
    _lacks("Retry", what=f"{FLOW} has no retries yet."),
    "Write TRANSIENT, then run the cell below it, which deploys the machine.",
    _outage_heals,
)
for _name, _judge in (("03-compensates", _compensates), ("03-compensation-fails", _compensation_fails)):
    _on_the_flow(
        _name,
        _lacks("Catch", what=f"{FLOW} has no way back yet."),
        "Write the handler `undo`, then the states that call it, and a Catch at ChargePayment and ReserveStock.",
        _judge,
    )
_on_the_flow(
    "03-asks-a-person",
    _lacks("Choices", what=f"{FLOW} asks nobody yet."),
    "Begin with a Choice after ReserveStock, and a state made with `ask`.",
    _asks_a_person,
)
_on_the_flow(
    "03-redrive",
    lambda case: _nobody_redrives(case) or _lacks("Retry", what=f"{FLOW} has no retries yet.")(case),
    "Write the first exercise, so that the machine has retries; then `redrive_failed`.",
    _redrive,
)
