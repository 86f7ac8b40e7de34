"""Which function judges which exercise of a lesson. `rules` loads this module at its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sagalab.clock import minutes
from sagalab.criteria import lessons, workflow
from sagalab.criteria.finding import Finding
from sagalab.criteria.workflow import Ran
from sagalab.deployment import StateMachine
from sagalab.explore import points
from sagalab.faults import Fault
from sagalab.judging.bench import Stage
from sagalab.judging.case import Case
from sagalab.judging.rules import rule
from sagalab.scenario import Approach, declined, healthy

FLOW = "OrderFlow"
LATER = minutes(10)  # an order that is started again this late has ended before
PATIENT = minutes(180)  # lesson 00's machine waits an hour before it charges


# -- 00 ---------------------------------------------------------------------------------------------


def _patient(case: Case) -> list[Ran]:
    bases = (healthy("orchestration", f"{case.seed}:00-1"), healthy("orchestration", f"{case.seed}:00-3", 3))
    return [case.ran(replace(base, horizon=PATIENT)) for base in bases]


def _undefined(case: Case, criterion: str, approach: Approach) -> Finding | None:
    return workflow.defined(criterion, approach, case.evidence.defined, case.evidence.deployment)


@rule("00-first-execution")
def _first_execution(case: Case) -> Finding:
    id = "00-first-execution"
    return _undefined(case, id, "orchestration") or lessons.first_execution(id, _patient(case))


@rule("00-second-step")
def _second_step(case: Case) -> Finding:
    id = "00-second-step"
    if not any(len(lessons.states_of(machine)) > 2 for machine in case.evidence.deployment.state_machines):
        message = "The machine still has its two states, so nothing confirms an order."
        return lessons.not_attempted(
            id, message, "Write the handler, then the definition with one state more, and run both cells."
        )
    return _undefined(case, id, "orchestration") or lessons.second_step(id, _patient(case))


@rule("00-first-event")
def _first_event(case: Case) -> Finding:
    id = "00-first-event"
    return _undefined(case, id, "choreography") or lessons.first_event(id, case.healthy("choreography"))


# -- 02 ---------------------------------------------------------------------------------------------


def _flow(case: Case) -> StateMachine | None:
    return next((one for one in case.evidence.deployment.state_machines if one.name == FLOW), None)


def _three_steps(case: Case) -> Finding:
    return lessons.three_steps("02-three-steps", case.healthy("orchestration"))


def _on_the_flow(
    criterion: str, judge: Callable[[Case], Finding], needs: tuple[str, ...] = (), hint: str = ""
) -> None:
    """Registers an exercise of lesson 02: it begins with the machine, and where `needs` is given with one of these in it."""

    @rule(criterion)
    def _(case: Case) -> Finding:
        flow = _flow(case)
        if flow is None:
            message = f"There is no state machine {FLOW} yet."
            return lessons.not_attempted(
                criterion, message, "Write its states into the cell `order_flow`, and run the cell below it."
            )
        if needs and not lessons.mentions(flow, *needs):
            return lessons.not_attempted(criterion, f"{FLOW} has no answer to an error yet.", hint)
        if needs:
            health = _three_steps(case)
            if health.verdict != "valid":
                return replace(
                    health,
                    criterion=criterion,
                    message=f"This counts once healthy orders end well. {health.message}",
                )
        return _undefined(case, criterion, "orchestration") or judge(case)


def _started_twice(case: Case) -> list[Ran]:
    base = healthy("orchestration", f"{case.seed}:02")

    def again(stage: Stage) -> dict[str, object]:
        stage.run.start_orders(stage.start)
        for order in base.orders:
            stage.run.start_order(order.order_id, stage.start, LATER)
        stage.run.until()
        return {}

    later, _ = case.bench.run(base, again)
    at_once = case.ran(base.with_faults(Fault("started_twice", "order")))
    return [at_once, Ran(base, later), *case.healthy("orchestration")]


def _short_outages(case: Case, approach: Approach) -> list[Ran]:
    base = healthy(approach, f"{case.seed}:outage")
    calls = ("payment_gateway.charge", "warehouse.reserve", "mailer.send")
    return [case.ran(base.with_faults(Fault("unavailable", call, calls=3))) for call in calls]


_on_the_flow("02-three-steps", _three_steps)
_on_the_flow("02-starts-once", lambda case: lessons.starts_once("02-starts-once", _started_twice(case)))
_on_the_flow(
    "02-declined-is-an-answer",
    lambda case: lessons.declined("02-declined-is-an-answer", case.refused("orchestration")[:1]),
    needs=("Catch", "Choice"),
    hint="Give ChargePayment a Catch for PaymentDeclined that leads to a state which cancels the order.",
)
_on_the_flow(
    "02-short-outage",
    lambda case: lessons.short_outage("02-short-outage", _short_outages(case, "orchestration")),
    needs=("Retry",),
    hint="Give every task the two retriers of the cell above, in the right order.",
)


# -- 04 ---------------------------------------------------------------------------------------------


def _among_services(criterion: str, judge: Callable[[Case], Finding], needs_health: bool = True) -> None:
    """Registers an exercise of lesson 04: it begins when a second service reads a queue."""

    @rule(criterion)
    def _(case: Case) -> Finding:
        count = len(lessons.consumers(case.evidence.deployment))
        if count < 2:
            message = "Only the payment service reads a queue so far, so nobody reacts to what it publishes."
            return lessons.not_attempted(
                criterion, message, "Write the handlers inventory and notification, and wire them up."
            )
        missing = _undefined(case, criterion, "choreography")
        if missing is not None or not needs_health:
            return missing or judge(case)
        health = _converges(case)
        if health.verdict != "valid":
            return replace(
                health,
                criterion=criterion,
                message=f"This counts once healthy orders end well. {health.message}",
            )
        return judge(case)


def _refused_or_not(case: Case) -> list[Ran]:
    return case.healthy("choreography") + [case.ran(declined("choreography", f"{case.seed}:04"))]


def _converges(case: Case) -> Finding:
    runs = _refused_or_not(case)
    finding = lessons.three_steps("04-converges", runs)
    if finding.verdict != "valid":
        return replace(finding, hint=finding.hint if finding.hint != lessons.KEPT_INPUT else LAST_HEARD)
    count = sum(len(ran.scenario.orders) for ran in runs)
    return replace(
        finding,
        message=f"{count} orders, one of them with a declined card, ended as they should, and nobody led them.",
    )


LAST_HEARD = "Which service should have heard that event: is there a rule for it, and does the rule end in that service's queue?"


def _entry_refused(case: Case) -> Finding:
    base = healthy("choreography", f"{case.seed}:04-bus")
    runs = [
        case.ran(base.with_faults(Fault("publish_failed", "events:PutEvents", calls=count)))
        for count in (1, 3)
    ]
    hint = "put_events raises nothing when the bus refuses an entry. Which field of its answer says so?"
    holds = "The bus refused the entry once, and three times in a row; the order got through."
    unheard = [ran for ran in runs if not ran.history.of("published")]
    if unheard:
        order = unheard[0].scenario.orders[0].order_id
        message = (
            f"The bus refused the entry, emit_order_created returned, and nobody ever heard of order {order}."
        )
        return lessons.not_yet("04-entry-refused", unheard[0], message, "Nothing lost", hint)
    return lessons.promises("04-entry-refused", runs, holds, {"Terminal": hint, "Start": hint})


def _fourth(case: Case) -> Finding:
    id, deployment = "04-fourth-subscriber", case.evidence.deployment
    if len(lessons.consumers(deployment)) < 4:
        message = "Three services read queues so far; the fourth is still missing."
        return lessons.not_attempted(
            id,
            message,
            "A handler, a function, a queue, a rule: the same four cells as for any other service.",
        )
    ran = case.healthy("choreography")[-1]
    queues = list(lessons.outsiders(ran.history))
    finding = lessons.fourth_subscriber(id, ran, queues)
    if finding.verdict != "valid":
        return finding
    arns = {queue.arn for queue in deployment.queues if queue.name in queues}
    down = [
        row.function_arn.split(":")[6] for row in deployment.event_source_mappings if row.source_arn in arns
    ]
    base = ran.scenario.with_faults(*(Fault("consumer_down", name, lasts=minutes(15)) for name in down))
    holds = f"{', '.join(queues)} hears of every order, and the orders end just as well while it stands still for 15 minutes."
    return lessons.promises(id, [ran, case.ran(base)], holds)


def _duplicates(case: Case) -> Finding:
    base = case.healthy("choreography")[0]
    queues = points(base.history).queues
    runs = [case.ran(base.scenario.with_faults(Fault("duplicated", queue))) for queue in queues]
    hint = "Which value do the message and its duplicate share, and two orders never? The call that follows takes it as its key."
    holds = f"One message at a time was doubled, in each of {len(queues)} queues; every order was paid, reserved and told once."
    return lessons.promises(
        "04-duplicate-harmless", runs, holds, dict.fromkeys(("Money", "Stock", "Voice"), hint)
    )


_among_services("04-converges", _converges, needs_health=False)
_among_services(
    "04-nobody-calls-anybody",
    lambda case: workflow.decoupled("04-nobody-calls-anybody", _refused_or_not(case)),
)
_among_services("04-entry-refused", _entry_refused)
_among_services("04-fourth-subscriber", _fourth)
_among_services("04-duplicate-harmless", _duplicates)
