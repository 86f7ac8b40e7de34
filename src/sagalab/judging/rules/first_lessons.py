"""The rules of lessons 00 and 02: which runs each exercise is judged by."""

from __future__ import annotations

from dataclasses import replace

from sagalab.clock import minutes
from sagalab.criteria import first_steps, lessons, watched
from sagalab.criteria.finding import Finding, invalid
from sagalab.criteria.watched import Watched
from sagalab.deployment import StateMachine
from sagalab.faults import Fault
from sagalab.judging.case import Case
from sagalab.judging.rules.watching import Judging, explained, once_healthy, undefined, watching
from sagalab.scenario import declined, healthy

FLOW = "OrderFlow"
LATER = minutes(10)  # an order that is started again this late has ended before
PATIENT = minutes(180)  # lesson 00's machine waits an hour before it charges


# -- 00 ---------------------------------------------------------------------------------------------


def _patient(case: Case) -> list[Watched]:
    bases = (healthy("orchestration", case.seed_for("00-1")), healthy("orchestration", case.seed_for("00-3"), 3))
    return [watching(case, replace(base, horizon=PATIENT)) for base in bases]


def _first_execution(case: Case) -> Finding:
    name = "00-first-execution"
    missing = undefined(case, name, "orchestration")
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
    return undefined(case, name, "orchestration") or first_steps.second_step(name, _patient(case))


def _first_event(case: Case) -> Finding:
    name = "00-first-event"
    missing = undefined(case, name, "choreography")
    if missing is not None:
        return missing
    runs = [watching(case, healthy("choreography", case.seed_for(f"00-e{count}"), count)) for count in (1, 3)]
    finding = first_steps.first_event(name, runs)
    return finding if finding.verdict != "valid" else watched.holds_the_order_id(name, runs, finding.message)


explained("00-first-execution", _first_execution)
explained("00-second-step", _second_step)
explained("00-first-event", _first_event)


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
        if flow is None and "order_flow" in case.evidence.defined:
            message = (
                f"`order_flow` is written, and there is no machine {FLOW}: the cell that deploys it ended in an error."
            )
            again = "Run it again, and read the last line of its error. A handler's cell that failed is a reason, too."
            return invalid(criterion, message, promise="What is written is deployed", hint=again)
        if flow is None:
            message = f"There is no state machine {FLOW} yet."
            begin = "Write its states into the cell with `order_flow`; the cell below it deploys them."
            return lessons.not_attempted(criterion, message, begin)
        if needs and not lessons.mentions(flow, *needs):
            return lessons.not_attempted(criterion, f"{FLOW} has no answer to such an error yet.", hint)
        missing = undefined(case, criterion, "orchestration")
        if missing is not None or not needs:
            return missing or judge(case)
        return once_healthy(criterion, _three_steps(case), case, judge)

    explained(criterion, begun)


def _starts_once(case: Case) -> Finding:
    name, base = "02-starts-once", healthy("orchestration", case.seed_for("02"))
    at_once = watching(case, base.with_faults(Fault("started_twice", "order")))
    again = [at_once, watching(case, base, LATER)]
    finding = lessons.starts_once(name, [*again, *case.healthy("orchestration")])
    return finding if finding.verdict != "valid" else watched.gives_the_arn(name, again, finding.message)


def _short_outage(case: Case) -> Finding:
    name, base = "02-short-outage", healthy("orchestration", case.seed_for("outage"))
    calls = ("payment_gateway.charge", "warehouse.reserve", "order_book.confirm", "mailer.send")
    refused = declined("orchestration", case.seed_for("outage-d"))
    flow = _flow(case)
    goes_back = flow is not None and lessons.mentions(flow, "Catch", "Choice")
    cancels = [(refused, "order_book.cancel")] if goes_back else []

    def found(times: int) -> Finding:
        struck = [*((base, call) for call in calls), *cancels]
        return lessons.short_outage(
            name, [case.ran(row.with_faults(Fault("unavailable", call, calls=times))) for row, call in struck]
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
