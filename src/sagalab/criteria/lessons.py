"""The lessons' exercises: small designs, judged by the promises that they can keep already.

Correlation ids are no subject of these lessons, so the promise Trace is not asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from sagalab.criteria.finding import Finding, invalid, valid
from sagalab.criteria.workflow import HINTS, SERVICES, Ran, design_problem, refusal_retried, start_errors
from sagalab.deployment import Deployment, StateMachine
from sagalab.history import Fact, History
from sagalab.invariants import Violation, violations

PROMISES = ("Money", "Stock", "Voice", "Terminal", "Undo", "Forward", "Nothing lost")


def not_attempted(criterion: str, message: str, hint: str) -> Finding:
    """Gives the finding of an exercise that nobody has begun yet."""
    return invalid(criterion, message, hint=hint, attempted=False)


def not_yet(criterion: str, ran: Ran, message: str, promise: str, hint: str) -> Finding:
    """Gives the finding of an exercise that a run speaks against."""
    return invalid(
        criterion, message, promise=promise, hint=hint, schedule=ran.scenario.line(), history=ran.history
    )


def broken(ran: Ran) -> list[Violation]:
    """Gives a run's broken promises, a start function that raised first."""
    return start_errors(ran.history) + violations(ran.history, ran.scenario.expectation, PROMISES)


def promises(criterion: str, runs: Iterable[Ran], holds: str, hints: dict[str, str] | None = None) -> Finding:
    """Every promise is kept in every run; the first one that breaks is shown with where its order stopped.

    `holds` is said when all are kept; `hints` has a first thought by promise, before the project's own.
    """
    shown: History | None = None
    for ran in runs:
        shown = shown or ran.history
        for violation in broken(ran):
            message = f"Tried: {ran.scenario.in_words()}. {_sentence(violation.message)}"
            hint = (hints or {}).get(violation.invariant) or HINTS.get(violation.invariant, "")
            return not_yet(
                criterion, ran, message + stopped(ran.history, violation.order_id), violation.invariant, hint
            )
    return valid(criterion, holds, history=shown)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def stopped(history: History, order_id: str) -> str:
    """Says where an order without an outcome stands, as a sentence that begins with a space; empty if it ended."""
    if history.of("effect", what="confirmed", order_id=order_id) or history.of(
        "effect", what="cancelled", order_id=order_id
    ):
        return ""
    for fact in reversed(history.of("state", order_id=order_id)):
        kind = str(fact.detail.get("type", ""))
        if kind in ("ExecutionFailed", "ExecutionTimedOut"):
            error = fact.detail.get("error", kind)
            return f" Its execution stopped in {fact.what} with {error}{_reason(fact)}."
        if kind.endswith("StateEntered"):
            return f" Its execution came as far as {fact.what}."
    for fact in reversed(history.of("dead_lettered", "published", order_id=order_id)):
        if fact.kind == "dead_lettered":
            return f" Its message is parked: {fact.what} gave up on it."
        return f" The last that was heard of it on the bus: {fact.detail.get('detail_type')}."
    return ""


def _reason(fact: Fact) -> str:
    found = re.search(r'"errorMessage":\s*"((?:[^"\\]|\\.)*)"', str(fact.detail.get("cause", "")))
    return f" ({found.group(1)})" if found else ""


# -- 00: a first execution, a second step, a first event --------------------------------------------


def first_execution(criterion: str, runs: list[Ran]) -> Finding:
    """Each start of an order runs an execution that carries this order, and charges its own amount."""
    promise = "One order, one execution, its own amount"
    count = 0
    for ran in runs:
        for violation in start_errors(ran.history):
            return not_yet(
                criterion,
                ran,
                f"{_sentence(violation.message)}",
                "Start",
                "Read the last line of the error first.",
            )
        for order in ran.scenario.orders:
            count += 1
            problem = _execution_problem(ran.history, order.order_id, order.amount)
            if problem:
                return not_yet(criterion, ran, problem[0], promise, problem[1])
    return valid(
        criterion,
        f"{count} orders that you have never seen were each charged their own amount.",
        history=runs[0].history,
    )


def _execution_problem(history: History, order_id: str, amount: float) -> tuple[str, str] | None:
    executions = history.of("execution")
    if not executions:
        return (
            f'start_workflow("{order_id}") started no execution.',
            "Does the function call start_execution?",
        )
    if not any(fact.order_id == order_id for fact in executions):
        carried = executions[0].order_id
        what = f"carries order {carried}" if carried else "carries no order id"
        return (
            f'start_workflow("{order_id}") started an execution that {what}, and not order {order_id}.',
            "Likely slip: the input is written out, and does not use the function's argument. "
            'The input is JSON text with the key "orderId".',
        )
    charges = history.of("effect", what="charged", order_id=order_id)
    paid = sum(fact.detail["amount"] for fact in charges)
    if not charges:
        return (
            f"Order {order_id} was started, and nothing was charged.{stopped(history, order_id)}",
            "Likely slip: the input's key is not the one that the handler reads.",
        )
    if round(paid, 2) != round(amount, 2):
        return f"Order {order_id} costs {amount:.2f}, and {paid:.2f} was charged.", HINTS["Money"]
    return None


def states_of(machine: StateMachine) -> dict[str, Any]:
    """Gives the states of a machine's top level."""
    states = json.loads(machine.definition).get("States", {})
    return states if isinstance(states, dict) else {}


def second_step(criterion: str, runs: list[Ran]) -> Finding:
    """After the charge a state of its own confirms the order."""
    promise = "Charged first, then confirmed, by a state each"
    for ran in runs:
        for order in ran.scenario.orders:
            problem = _second_step_problem(ran.history, order.order_id)
            if problem:
                return not_yet(criterion, ran, problem[0], promise, problem[1])
    return valid(criterion, "Every order was charged, and after that confirmed.", history=runs[0].history)


def _second_step_problem(history: History, order_id: str) -> tuple[str, str] | None:
    charged, confirmed = (
        history.of("effect", what=what, order_id=order_id) for what in ("charged", "confirmed")
    )
    if not charged:
        return (
            f"Order {order_id} was not charged.{stopped(history, order_id)}",
            "Keep the states that were there.",
        )
    if not confirmed:
        return (
            f"Order {order_id} was charged, and never confirmed.{stopped(history, order_id)}",
            "Likely slips: no Next leads from ChargePayment to the new state, or the new state no longer gets the "
            "order id, because the answer of the charge took its place (ResultPath keeps it).",
        )
    if confirmed[0].index < charged[0].index:
        return (
            f"Order {order_id} was confirmed before it was charged.",
            "Follow StartAt and each Next with a finger.",
        )
    if _invocation(history, confirmed[0]) == _invocation(history, charged[0]):
        return (
            f"One invocation charged order {order_id} and confirmed it.",
            "Give the confirmation a function and a state of its own: then the history can tell where an order stopped.",
        )
    return None


def _invocation(history: History, effect: Fact) -> int | None:
    return history[effect.cause].cause if effect.cause is not None else None


def first_event(criterion: str, runs: list[Ran]) -> Finding:
    """Each emitted order is one `OrderCreated` from `orders`, and reaches a queue by a rule."""
    promise = "The event says what happened, and somebody hears it"
    for ran in runs:
        for violation in start_errors(ran.history):
            return not_yet(
                criterion,
                ran,
                _sentence(violation.message),
                "Start",
                "Read the last line of the error first.",
            )
        for order in ran.scenario.orders:
            problem = _event_problem(ran.history, order.order_id)
            if problem:
                return not_yet(criterion, ran, problem[0], promise, problem[1])
    return valid(
        criterion,
        "Every order was announced once, and its message lies in the queue.",
        history=runs[0].history,
    )


def _event_problem(history: History, order_id: str) -> tuple[str, str] | None:
    published = history.of("published", order_id=order_id)
    call = f'emit_order_created("{order_id}")'
    if not published:
        others = history.of("published")
        if not others:
            return (
                f"{call} published nothing.",
                "Does the function call put_events, and is Detail a JSON text?",
            )
        what = f"order {others[0].order_id}" if others[0].order_id else "no order id"
        return (
            f"{call} published an event that carries {what}, and not order {order_id}.",
            'Likely slip: the detail does not use the argument, or its key is not "orderId".',
        )
    if len(published) > 1:
        return f"{call} published {len(published)} events.", "One order is created once."
    names = {"source": "orders", "detail_type": "OrderCreated"}
    for name, wanted in names.items():
        if published[0].detail.get(name) != wanted:
            field = {"source": "Source", "detail_type": "DetailType"}[name]
            said = published[0].detail.get(name)
            return (
                f"The event's {field} is {said!r}, and the contract says {wanted!r}.",
                "A rule compares letter by letter.",
            )
    if not history.of("sent", order_id=order_id):
        return (
            f"The event of order {order_id} reached no queue.",
            "Does the rule's pattern match, and has it a target?",
        )
    return None


# -- 02: orchestration ------------------------------------------------------------------------------

KEPT_INPUT = (
    "The error says which key is missing, or which state failed. A task's answer takes the place of its input unless "
    'the state says `"ResultPath": None`.'
)


def three_steps(criterion: str, runs: list[Ran]) -> Finding:
    """Healthy orders end confirmed and told, through a step for each participant."""
    hints = {"Terminal": KEPT_INPUT, "Money": KEPT_INPUT, "Stock": KEPT_INPUT}
    count = sum(len(ran.scenario.orders) for ran in runs)
    finding = promises(
        criterion, runs, f"{count} orders were paid, reserved, confirmed and told, a step each.", hints
    )
    problem = design_problem(runs) if finding.verdict == "valid" else None
    if problem:
        hint = (
            "Payment, inventory and notification get a function each, called from its own state or message."
        )
        return invalid(criterion, _sentence(problem[0]), promise="Three steps", hint=hint, history=problem[1])
    return finding


def starts_once(criterion: str, runs: list[Ran]) -> Finding:
    """An order that is started again, at once or after it ended, is processed once."""
    for ran in runs:
        for order in ran.scenario.orders:
            count = len(ran.history.of("execution", order_id=order.order_id))
            errors = [v for v in start_errors(ran.history) if v.order_id == order.order_id]
            if errors:
                hint = (
                    "Likely slip: the second start raises. The execution is there already; give back its ARN."
                )
                return not_yet(criterion, ran, _sentence(errors[0].message), "Start", hint)
            if count != 1:
                starts = len(ran.history.of("accepted", order_id=order.order_id))
                paid = sum(
                    f.detail["amount"]
                    for f in ran.history.of("effect", what="charged", order_id=order.order_id)
                )
                message = (
                    f"Order {order.order_id} was started {starts} times and has {count} executions: "
                    f"{paid:.2f} was charged, and it costs {order.amount:.2f}."
                )
                hint = "Which name would two starts of one order share, and two orders never?"
                return not_yet(criterion, ran, message, "One order, one execution", hint)
    return promises(
        criterion, runs, "Started twice at once, and again after its end: one execution, one charge."
    )


def declined(criterion: str, runs: list[Ran]) -> Finding:
    """A declined card is an answer: asked once, the order cancelled, the customer told."""
    for ran in runs:
        asked = refusal_retried(ran.history)
        if asked is not None:
            return not_yet(
                criterion, ran,
                f"The card of order {asked.order_id} was declined, and the gateway was asked again.",
                "Business errors are never retried",
                "Retriers are read from the top, and the first that matches decides. Where does BUSINESS stand?",
            )  # fmt: skip
    hints = {"Terminal": "Which state does the error lead to? Without a Catch it ends the execution."}
    return promises(
        criterion, runs, "The gateway was asked once; the order was cancelled and the customer told.", hints
    )


def short_outage(criterion: str, runs: list[Ran]) -> Finding:
    """An outage of a few calls at any participant heals by itself."""
    hints = {
        "Terminal": "Which error did the state see, and which of its retriers matches it? Every step needs one."
    }
    return promises(
        criterion, runs, f"{len(runs)} outages of three calls each, and every order was confirmed.", hints
    )


def mentions(machine: StateMachine, *words: str) -> bool:
    """Says whether a definition uses one of these keys, or has a state of such a type."""
    return any(f'"{word}"' in machine.definition for word in words)


# -- 04: choreography -------------------------------------------------------------------------------


def consumers(deployment: Deployment) -> set[str]:
    """Gives the ARNs of the functions that are fed by a queue."""
    return {row.function_arn for row in deployment.event_source_mappings if row.enabled}


def outsiders(history: History) -> Iterator[str]:
    """Gives the queues that hear of orders, and whose messages lead to no participant."""
    queues = {fact.what for fact in history.of("sent")}
    for call in history.of("call"):
        queue = _queue_of(history, call) if call.what.split(".")[0] in SERVICES else None
        queues.discard(queue or "")
    yield from sorted(queues)


def _queue_of(history: History, call: Fact) -> str | None:
    """Gives the queue whose message made a function call a participant."""
    invocation = history[call.cause] if call.cause is not None else None
    sent = history[invocation.cause] if invocation is not None and invocation.cause is not None else None
    return sent.what if sent is not None and sent.kind == "sent" else None


def fourth_subscriber(criterion: str, ran: Ran, queues: list[str]) -> Finding:
    """A subscriber that no participant depends on hears of every order, by a rule, and is done with what it heard."""
    promise = "Somebody new hears of every order"
    for order in ran.scenario.orders:
        for queue in queues:
            sent = ran.history.of("sent", what=queue, order_id=order.order_id)
            by_rule = [
                fact for fact in sent if fact.cause is None or ran.history[fact.cause].kind != "invocation"
            ]
            if sent and not by_rule:
                return not_yet(
                    criterion, ran, f"A service put the message of order {order.order_id} into {queue} by itself.", promise,
                    "Then the old service was edited, and knows the new one. Let a rule of the bus bring the event.",
                )  # fmt: skip
            if sent and not ran.history.of("deleted", what=queue, order_id=order.order_id):
                return not_yet(
                    criterion, ran, f"The message of order {order.order_id} reached {queue}, and nobody was done with it.",
                    promise, "Does a function read the queue, and does it end without an error?",
                )  # fmt: skip
        if not any(ran.history.of("sent", what=queue, order_id=order.order_id) for queue in queues):
            return not_yet(
                criterion, ran, f"No new subscriber heard of order {order.order_id}.", promise,
                "It needs a queue of its own and a rule that sends events there: a queue shared with another service "
                "gives each message to one of the two.",
            )  # fmt: skip
    return valid(criterion, "A fourth service hears of every order.", history=ran.history)
