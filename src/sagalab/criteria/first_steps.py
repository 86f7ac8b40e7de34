"""Lesson 00's exercises: a first execution, a second step, a first event."""

from __future__ import annotations

from collections.abc import Sequence

from sagalab.criteria.finding import Finding
from sagalab.criteria.hints import HINTS
from sagalab.criteria.lessons import Problem, every_order
from sagalab.criteria.slips import CARRIES, stopped
from sagalab.criteria.workflow import Ran
from sagalab.history import Fact, History
from sagalab.participants.orders import Order


def first_execution(criterion: str, runs: Sequence[Ran]) -> Finding:
    """Each start of an order runs an execution that carries this order, and charges its own amount."""
    count = sum(len(ran.scenario.orders) for ran in runs)
    holds = f"{count} orders that you have never seen were each charged their own amount."
    return every_order(criterion, runs, "One order, one execution, its own amount", _own_execution, holds)


def _own_execution(ran: Ran, order: Order) -> Problem | None:
    history = ran.history
    executions, call = history.of("execution"), f'start_workflow("{order.order_id}")'
    if not executions:
        return f"{call} started no execution.", "Does the function call start_execution?"
    if not any(fact.order_id == order.order_id for fact in executions):
        carried = executions[0].order_id
        what = f"order {carried}" if carried else "no order id"
        return (
            f"{call}{CARRIES}{what}, and not order {order.order_id}.",
            "Likely slip: the input is written out and does not use the function's argument, or its key is "
            'not "orderId".',
        )
    charges = history.of("effect", what="charged", order_id=order.order_id)
    paid = sum(fact.detail["amount"] for fact in charges)
    if not charges:
        where = stopped(history, order.order_id)
        return (
            f"Order {order.order_id} was started, and nothing was charged.{where}",
            "What did the state get?",
        )
    if len(charges) > 1:
        by = " and ".join(f"`{fact.detail.get('function')}`" for fact in charges)
        return (
            f"Order {order.order_id} costs {order.amount:.2f}, and was charged {len(charges)} times, {paid:.2f} in "
            f"all: by {by}.",
            "One step takes the money. Which function does each state call, and what does each function ask for?",
        )
    if round(paid, 2) != round(order.amount, 2):
        return f"Order {order.order_id} costs {order.amount:.2f}, and {paid:.2f} was charged.", HINTS["Money"]
    return None


def second_step(criterion: str, runs: Sequence[Ran]) -> Finding:
    """After the charge a state of its own confirms the order."""
    holds = "Every order was charged, and after that confirmed."
    return every_order(criterion, runs, "Charged, then confirmed, by a state each", _confirmed_after, holds)


def _confirmed_after(ran: Ran, order: Order) -> Problem | None:
    history, first = ran.history, _own_execution(ran, order)
    if first:
        return first
    (charged, *_), confirmed = (
        history.of("effect", what=what, order_id=order.order_id) for what in ("charged", "confirmed")
    )
    if not confirmed and history.of("effect", what="cancelled", order_id=order.order_id):
        hint = "Two calls of the order book end an order. Which of them does the handler make?"
        return f"Order {order.order_id} was charged, and then cancelled.", hint
    if not confirmed:
        return (
            f"Order {order.order_id} was charged, and never confirmed.{stopped(history, order.order_id)}",
            "Likely slips: no Next leads from ChargePayment to the new state, or the answer of the charge "
            "took the place of the order id (ResultPath keeps the input).",
        )
    if confirmed[0].index < charged.index:
        hint = "Follow StartAt and each Next with a finger."
        return f"Order {order.order_id} was confirmed before it was charged.", hint
    if _invocation(history, confirmed[0]) == _invocation(history, charged):
        hint = "Give the confirmation a function and a state of its own: the history then tells the two apart."
        return f"One invocation charged order {order.order_id} and confirmed it.", hint
    return None


def _invocation(history: History, effect: Fact) -> int | None:
    return history[effect.cause].cause if effect.cause is not None else None


def first_event(criterion: str, runs: Sequence[Ran]) -> Finding:
    """Each emitted order is one `OrderCreated` from `orders`, and reaches a queue by a rule."""
    holds = "Every order was announced once, and its message lies in the queue."
    return every_order(criterion, runs, "The event says what happened, and somebody hears it", _announced, holds)


def _announced(ran: Ran, order: Order) -> Problem | None:
    history = ran.history
    published, call = (
        history.of("published", order_id=order.order_id),
        f'emit_order_created("{order.order_id}")',
    )
    others = history.of("published")
    if not others:
        return f"{call} published nothing.", "Does the function call put_events, and is Detail a JSON text?"
    if not published:
        what = f"order {others[0].order_id}" if others[0].order_id else "no order id"
        hint = (
            'Likely slip: the detail does not use the argument, or its key is not "orderId", or its value is no text.'
        )
        return f"{call} published an event that carries {what}, and not order {order.order_id}.", hint
    if len(published) > 1:
        return f"{call} published {len(published)} events.", "An order is created once."
    for field, name, wanted in (
        ("Source", "source", "orders"),
        ("DetailType", "detail_type", "OrderCreated"),
    ):
        said = published[0].detail.get(name)
        if said != wanted:
            hint = "Rules compare letter by letter."
            return f"The event's {field} is {said!r}, and the rule asks for {wanted!r}.", hint
    if not history.of("sent", order_id=order.order_id):
        hint = "Does the rule's pattern match, and has it a target?"
        return f"The event of order {order.order_id} reached no queue.", hint
    return None
