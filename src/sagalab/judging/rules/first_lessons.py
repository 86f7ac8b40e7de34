"""The lessons' rules: which function judges which exercise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sagalab.aws import observe
from sagalab.clock import minutes
from sagalab.criteria import first_steps, lessons, slips, watched, workflow
from sagalab.criteria.finding import Finding
from sagalab.criteria.watched import Call, Watched
from sagalab.criteria.workflow import Ran
from sagalab.deployment import StateMachine
from sagalab.faults import Fault
from sagalab.judging.bench import Drive, Stage, in_words
from sagalab.judging.case import Case
from sagalab.judging.registry import rule
from sagalab.points import points
from sagalab.scenario import Approach, Scenario, StartFailed, declined, healthy

FLOW = "OrderFlow"
LATER = minutes(10)  # an order that is started again this late has ended before
PATIENT = minutes(180)  # lesson 00's machine waits an hour before it charges

Judging = Callable[[Case], Finding]


def _explained(criterion: str, judge: Judging) -> None:
    """Registers a rule whose findings name a misspelt function, handler or path where one stopped the run."""

    @rule(criterion)
    def _(case: Case) -> Finding:
        return slips.explained(judge(case), case.evidence.deployment)


def _watching(case: Case, scenario: Scenario, again_after: float | None = None) -> Watched:
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


def _undefined(case: Case, criterion: str, approach: Approach) -> Finding | None:
    return workflow.defined(criterion, approach, case.evidence.defined, case.evidence.deployment)


def _once_healthy(criterion: str, health: Finding, case: Case, judge: Judging) -> Finding:
    """Judges a harder exercise only where healthy orders end well."""
    if health.verdict == "valid":
        return judge(case)
    message = f"This counts once healthy orders end well. {health.message}"
    return replace(health, criterion=criterion, message=message)


# -- 00 ---------------------------------------------------------------------------------------------


def _patient(case: Case) -> list[Watched]:
    bases = (healthy("orchestration", case.seed_for("00-1")), healthy("orchestration", case.seed_for("00-3"), 3))
    return [_watching(case, replace(base, horizon=PATIENT)) for base in bases]


def _first_execution(case: Case) -> Finding:
    name = "00-first-execution"
    missing = _undefined(case, name, "orchestration")
    if missing is not None:
        return missing
    runs = _patient(case)
    finding = first_steps.first_execution(name, runs)
    return finding if finding.verdict != "valid" else watched.gives_the_arn(name, runs, finding.message)


def _second_step(case: Case) -> Finding:
    name = "00-second-step"
    if not any(len(lessons.states_of(machine)) > 2 for machine in case.evidence.deployment.state_machines):
        message = "The machine still has its two states, so nothing confirms an order."
        hint = "Write the handler, then add a state to the definition and deploy both."
        return lessons.not_attempted(name, message, hint)
    return _undefined(case, name, "orchestration") or first_steps.second_step(name, _patient(case))


def _first_event(case: Case) -> Finding:
    name = "00-first-event"
    missing = _undefined(case, name, "choreography")
    if missing is not None:
        return missing
    runs = [_watching(case, healthy("choreography", case.seed_for(f"00-e{count}"), count)) for count in (1, 3)]
    finding = first_steps.first_event(name, runs)
    return finding if finding.verdict != "valid" else watched.holds_the_order_id(name, runs, finding.message)


_explained("00-first-execution", _first_execution)
_explained("00-second-step", _second_step)
_explained("00-first-event", _first_event)


# -- 02 ---------------------------------------------------------------------------------------------


def _flow(case: Case) -> StateMachine | None:
    return next((one for one in case.evidence.deployment.state_machines if one.name == FLOW), None)


def _three_steps(case: Case) -> Finding:
    name, runs = "02-three-steps", case.healthy("orchestration")
    finding = lessons.three_steps(name, runs)
    return finding if finding.verdict != "valid" else lessons.paid_first(name, runs, finding.message)


def _on_the_flow(criterion: str, judge: Judging, needs: tuple[str, ...] = (), hint: str = "") -> None:
    """Registers an exercise of lesson 02; it begins with the machine, and with one of `needs` in it."""

    def begun(case: Case) -> Finding:
        flow = _flow(case)
        if flow is None:
            message = f"There is no state machine {FLOW} yet."
            begin = "Write its states into the cell with `order_flow`; the cell below it deploys them."
            return lessons.not_attempted(criterion, message, begin)
        if needs and not lessons.mentions(flow, *needs):
            return lessons.not_attempted(criterion, f"{FLOW} has no answer to such an error yet.", hint)
        missing = _undefined(case, criterion, "orchestration")
        if missing is not None or not needs:
            return missing or judge(case)
        return _once_healthy(criterion, _three_steps(case), case, judge)

    _explained(criterion, begun)


def _starts_once(case: Case) -> Finding:
    name, base = "02-starts-once", healthy("orchestration", case.seed_for("02"))
    at_once = _watching(case, base.with_faults(Fault("started_twice", "order")))
    again = [at_once, _watching(case, base, LATER)]
    finding = lessons.starts_once(name, [*again, *case.healthy("orchestration")])
    return finding if finding.verdict != "valid" else watched.gives_the_arn(name, again, finding.message)


def _short_outage(case: Case) -> Finding:
    name, base = "02-short-outage", healthy("orchestration", case.seed_for("outage"))
    calls = ("payment_gateway.charge", "warehouse.reserve", "mailer.send")

    def found(times: int) -> Finding:
        return lessons.short_outage(
            name, [case.ran(base.with_faults(Fault("unavailable", call, calls=times))) for call in calls]
        )

    finding = found(3)
    if finding.verdict == "valid":
        return finding
    shortest = found(1)
    return shortest if shortest.verdict != "valid" else finding


_on_the_flow("02-three-steps", _three_steps)
_on_the_flow("02-starts-once", _starts_once)
_on_the_flow(
    "02-declined-is-an-answer",
    lambda case: lessons.declined("02-declined-is-an-answer", case.refused("orchestration")[:1]),
    needs=("Catch", "Choice"),
    hint="Give ChargePayment a Catch for PaymentDeclined that leads to a state which cancels the order.",
)
_on_the_flow(
    "02-short-outage",
    _short_outage,
    needs=("Retry",),
    hint="Give every task the two retriers of the cell above, in the right order.",
)


# -- 04 ---------------------------------------------------------------------------------------------

PARKED = "A handler raised an error each time. Start an order in the notebook: the cell prints which one."
LAST_HEARD = "Which service should have heard that event? Follow it: rule, queue, function."


def _among_services(criterion: str, judge: Judging, needs_health: bool = True) -> None:
    """Registers an exercise of lesson 04: it begins when a second service reads a queue."""

    def begun(case: Case) -> Finding:
        if len(lessons.consumers(case.evidence.deployment)) < 2:
            message = "Only the payment service reads a queue so far, so nobody hears what it publishes."
            hint = "Write the handlers inventory and notification, and wire them up."
            return lessons.not_attempted(criterion, message, hint)
        missing = _undefined(case, criterion, "choreography")
        if missing is not None or not needs_health:
            return missing or judge(case)
        return _once_healthy(criterion, _converges(case), case, judge)

    _explained(criterion, begun)


def _declined_or_not(case: Case) -> list[Ran]:
    return case.healthy("choreography") + [case.ran(declined("choreography", case.seed_for("04")))]


def _converges(case: Case) -> Finding:
    runs = _declined_or_not(case)
    finding = lessons.three_steps("04-converges", runs)
    if finding.verdict != "valid":
        if finding.promise in lessons.PROMISES:
            return replace(finding, hint=PARKED if slips.PARKED in finding.message else LAST_HEARD)
        return finding
    count = sum(len(ran.scenario.orders) for ran in runs)
    holds = f"{count} orders, one with a declined card, came to their right end, and nobody led them."
    return replace(finding, message=holds)


def _entry_refused(case: Case) -> Finding:
    name, base = "04-entry-refused", healthy("choreography", case.seed_for("04-bus"))
    hint = "put_events raises nothing when the bus refuses an entry. Which field of its answer says so?"
    strikes = [Fault("publish_failed", "events:PutEvents", calls=count) for count in (1, 3)]
    runs = [case.ran(base.with_faults(fault)) for fault in strikes]
    for ran in runs:
        if not ran.history.of("published"):
            return lessons.not_yet(name, ran, watched.silent(ran, hint), "Nothing lost")
    holds = (
        "The bus refused the entry once, and three times in a row; the order got through. When it refused for ever, "
        "the caller got an error."
    )
    finding = lessons.promises(name, runs, holds, {"Terminal": hint})
    if finding.verdict == "valid":
        finding = watched.announced_once(name, runs, finding.message)
    if finding.verdict != "valid":
        return finding
    for_ever = base.with_faults(Fault("publish_failed", "events:PutEvents", lasts=minutes(60)))
    return watched.gives_up(name, _watching(case, for_ever)) or finding


def _fourth(case: Case) -> Finding:
    name, deployment = "04-fourth-subscriber", case.evidence.deployment
    if len(lessons.consumers(deployment)) < 4:
        message = "Three services read queues so far; the fourth is missing."
        hint = "A handler, a function, a queue, a rule: the same as for any other service."
        return lessons.not_attempted(name, message, hint)
    runs = case.healthy("choreography")
    parking = {queue.dead_letter_arn for queue in deployment.queues}
    heard = lessons.outsiders(runs[-1].history)
    queues = [queue.name for queue in deployment.queues if queue.name in heard and queue.arn not in parking]
    finding = lessons.fourth_subscriber(name, runs, queues)
    if finding.verdict != "valid":
        return finding
    edited = watched.own_rule(name, deployment, queues)
    if edited is not None:
        return edited
    arns = {queue.arn for queue in deployment.queues if queue.name in queues}
    readers = {row.function_arn.split(":")[6] for row in deployment.event_source_mappings if row.source_arn in arns}
    scenarios = [ran.scenario for ran in _declined_or_not(case)]
    paid = scenarios[0].with_faults(Fault("unavailable", "warehouse.reserve", lasts=scenarios[0].horizon * 2))
    runs_watched = [_watching(case, scenario) for scenario in [*scenarios, paid]]
    counted = watched.counts_the_confirmed(name, runs_watched, readers, finding.message)
    if counted.verdict != "valid":
        return watched.with_old_rules(counted, deployment, queues)
    down = [Fault("consumer_down", reader, lasts=minutes(15)) for reader in sorted(readers)]
    holds = (
        f"{', '.join(queues)} hears of every order and each sale is printed once; the orders end just as well while "
        "its reader stands still for 15 minutes."
    )
    return lessons.promises(name, [runs[-1], case.ran(runs[-1].scenario.with_faults(*down))], holds)


def _duplicates(case: Case) -> Finding:
    base = case.healthy("choreography")[0]
    queues = points(base.history).messages
    runs = [case.ran(base.scenario.with_faults(Fault("duplicated", queue))) for queue in queues]
    three = case.healthy("choreography")[-1].scenario
    # A key that is made of what is bought, or of what it costs, takes two orders for one.
    alike = tuple(replace(row, amount=three.orders[0].amount, items=three.orders[0].items) for row in three.orders)
    plenty = dict.fromkeys(three.stock, 30)
    runs.append(case.ran(replace(three, orders=alike, stock=plenty)))
    hint = "Which value do the message and its double share, and two orders never? The call takes it as its key."
    holds = f"A message was doubled in each of {len(queues)} queues; the order was paid, reserved, told once."
    promises = dict.fromkeys(("Money", "Stock", "Voice"), hint)
    return lessons.promises("04-duplicate-harmless", runs, holds, promises)


_among_services("04-converges", _converges, needs_health=False)
_among_services(
    "04-nobody-calls-anybody",
    lambda case: workflow.decoupled("04-nobody-calls-anybody", _declined_or_not(case)),
)
_among_services("04-entry-refused", _entry_refused)
_among_services("04-fourth-subscriber", _fourth)
_among_services("04-duplicate-harmless", _duplicates)
