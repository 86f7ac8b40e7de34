"""The saga's promises, each a pure function of a history, judged on effects at the end of the run.

The order book is the only truth about outcomes. An order is accepted when its start function returned, or
when any effect of it exists. "Open is a licence, not an excuse": it exists only for an order struck by
faults of more than 15 minutes in total, and says what waits for the recovery plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sagalab.history import Fact, History

LIMIT = 3600.0  # virtual seconds within which an accepted order must end


@dataclass(frozen=True)
class Violation:
    """A broken promise: which, for which order, in words, and the facts that prove it."""

    invariant: str
    order_id: str
    message: str
    facts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Expectation:
    """What a run allows its orders: `refused` may be cancelled; `licensed` may stand open.

    `amounts` is what each order costs.
    """

    amounts: dict[str, float]
    refused: frozenset[str] = frozenset()
    licensed: frozenset[str] = frozenset()


class _Order:
    """The effects of one order, in order of time."""

    def __init__(self, order_id: str, history: History) -> None:
        self.order_id = order_id
        self.facts = history.of("effect", order_id=order_id)

    def of(self, *names: str) -> list[Fact]:
        return [fact for fact in self.facts if fact.what in names]

    @property
    def outcome(self) -> Fact | None:
        return next(iter(self.of("confirmed", "cancelled")), None)


def accepted(history: History) -> list[str]:
    """Gives the orders that count: started, or touched by an effect."""
    rows = [fact.order_id for fact in history.of("accepted", "effect") if fact.order_id]
    return list(dict.fromkeys(rows))


def _indexes(facts: Iterable[Fact]) -> tuple[int, ...]:
    return tuple(fact.index for fact in facts)


def money(order: _Order, history: History, expected: Expectation) -> Violation | None:
    """Charged minus refunded equals the amount when confirmed, zero when cancelled; never charged twice.

    Broken by: charged 49.90, reply lost, charged 49.90 again under another key.
    """
    charges, refunds = order.of("charged"), order.of("refunded")
    facts = _indexes(charges + refunds)
    balance = round(sum(f.detail["amount"] for f in charges) - sum(f.detail["amount"] for f in refunds), 2)
    amount = expected.amounts.get(order.order_id, 0.0)
    if len(charges) > 1:
        total = sum(f.detail["amount"] for f in charges)
        return Violation(
            "Money", order.order_id,
            f"order {order.order_id} was charged {len(charges)} times, {total:.2f} instead of {amount:.2f}", facts,
        )  # fmt: skip
    if order.outcome is None:
        if order.order_id in expected.licensed or not facts:
            return None
        if balance:
            return Violation(
                "Money", order.order_id, f"order {order.order_id} never ended, and {balance:.2f} stay charged", facts
            )
        return None
    due = amount if order.outcome.what == "confirmed" else 0.0
    if balance != round(due, 2) and order.order_id not in expected.licensed:
        return Violation(
            "Money", order.order_id,
            f"order {order.order_id} ended {order.outcome.what}; {due:.2f} should be paid, but {balance:.2f} is", facts,
        )  # fmt: skip
    return None


def stock(order: _Order, history: History, expected: Expectation) -> Violation | None:
    """Reserved minus released is what was ordered when confirmed, nothing when cancelled.

    Broken by: an order that is cancelled while its reservation stays.
    """
    reserved, released = order.of("reserved"), order.of("released")
    facts, standing = _indexes(reserved + released), len(reserved) - len(released)
    if len(reserved) > 1:
        return Violation("Stock", order.order_id, f"order {order.order_id} was reserved {len(reserved)} times", facts)
    if order.order_id in expected.licensed:
        return None
    if order.outcome is None:
        if standing:
            return Violation("Stock", order.order_id, f"order {order.order_id} never ended and keeps its stock", facts)
        return None
    due = 1 if order.outcome.what == "confirmed" else 0
    if standing != due:
        words = "its stock is not reserved" if due else "its stock is still reserved"
        if standing < 0:
            words = "more stock was released than reserved"
        ended = f"order {order.order_id} ended {order.outcome.what}"
        return Violation("Stock", order.order_id, f"{ended}, but {words}", facts)
    return None


def voice(order: _Order, history: History, expected: Expectation) -> Violation | None:
    """The customer is told the true outcome exactly once, and only after the order book holds it.

    Broken by: "your order is confirmed" before the stock was reserved.
    """
    told, outcome = order.of("told"), order.outcome
    facts = _indexes(told)
    for fact in told:
        said = fact.detail["outcome"]
        if outcome is None or outcome.index > fact.index:
            return Violation(
                "Voice", order.order_id,
                f"the customer of order {order.order_id} was told {said!r} before the order book said so", facts,
            )  # fmt: skip
        if said != outcome.what:
            return Violation(
                "Voice", order.order_id,
                f"the customer of order {order.order_id} was told {said!r}, but it is {outcome.what}", facts,
            )  # fmt: skip
    if len(told) > 1:
        return Violation(
            "Voice", order.order_id, f"the customer of order {order.order_id} was told {len(told)} times", facts
        )
    if outcome is not None and not told and order.order_id not in expected.licensed:
        return Violation(
            "Voice", order.order_id, f"order {order.order_id} is {outcome.what}, and nobody told the customer",
            (outcome.index,),
        )  # fmt: skip
    return None


def terminal(order: _Order, history: History, expected: Expectation) -> Violation | None:
    """Every accepted order ends confirmed or cancelled within 60 minutes; one that nobody refused is confirmed.

    Broken by: a compensation for an order that only met a short outage.
    """
    outcome = order.outcome
    if outcome is None:
        if order.order_id in expected.licensed:
            return None
        return Violation(
            "Terminal", order.order_id, f"order {order.order_id} was accepted and never ended", _indexes(order.facts)
        )
    if outcome.at > LIMIT and order.order_id not in expected.licensed:
        return Violation(
            "Terminal", order.order_id, f"order {order.order_id} ended after {outcome.at / 60:.0f} minutes",
            (outcome.index,),
        )  # fmt: skip
    may_cancel = order.order_id in expected.refused or order.order_id in expected.licensed
    if outcome.what == "cancelled" and not may_cancel:
        return Violation(
            "Terminal", order.order_id,
            f"order {order.order_id} was cancelled, though nobody refused it and the fault passed within 15 minutes",
            (outcome.index,),
        )  # fmt: skip
    return None


def undo(order: _Order, history: History, expected: Expectation) -> Violation | None:
    """A compensation has effect only for an effect that happened, and at most once.

    Broken by: refunding twice, because the refund has no idempotency key.
    """
    for done, undone, word in (("charged", "refunded", "refunded"), ("reserved", "released", "released")):
        effects = order.of(undone)
        if len(effects) > 1:
            return Violation(
                "Undo", order.order_id, f"order {order.order_id} was {word} {len(effects)} times", _indexes(effects)
            )
        if effects and not [fact for fact in order.of(done) if fact.index < effects[0].index]:
            return Violation(
                "Undo", order.order_id, f"order {order.order_id} was {word} before it was {done}", _indexes(effects)
            )
    return None


def forward(order: _Order, history: History, expected: Expectation) -> Violation | None:
    """Past the pivot, the first confirm, there is no compensation: the saga only goes forward.

    Broken by: refunding a confirmed order because the mail could not be sent.
    """
    outcome = order.outcome
    if outcome is None or outcome.what != "confirmed":
        return None
    late = [fact for fact in order.of("refunded", "released") if fact.index > outcome.index]
    if late:
        return Violation(
            "Forward", order.order_id,
            f"order {order.order_id} was {late[0].what} after it had been confirmed", (outcome.index, late[0].index),
        )  # fmt: skip
    return None


def trace(order: _Order, history: History, expected: Expectation) -> Violation | None:
    """Every effect of an order carries the one correlation id that the learner's code passed on.

    Broken by: a handler that drops the correlation id.
    """
    ids = {fact.correlation_id for fact in order.facts}
    if None in ids:
        bare = next(fact for fact in order.facts if fact.correlation_id is None)
        return Violation(
            "Trace", order.order_id, f"order {order.order_id}: {bare.what!r} carries no correlation id", (bare.index,)
        )
    if len(ids) > 1:
        return Violation(
            "Trace", order.order_id,
            f"order {order.order_id} carries {len(ids)} correlation ids: {', '.join(sorted(map(str, ids)))}",
            _indexes(order.facts),
        )  # fmt: skip
    return None


Invariant = Callable[[_Order, History, Expectation], Violation | None]
PER_ORDER: dict[str, Invariant] = {
    "Money": money,
    "Stock": stock,
    "Voice": voice,
    "Terminal": terminal,
    "Undo": undo,
    "Forward": forward,
    "Trace": trace,
}


def lost_messages(history: History) -> list[Violation]:
    """Every message is accounted for at the end: done, pending, or in a dead-letter queue.

    Broken by: a rule whose target is gone and that has no dead-letter queue, so that the event is dropped.
    """
    return [
        Violation(
            "Nothing lost", fact.order_id or "",
            f"a message of {fact.what} could not be delivered and was dropped ({fact.detail.get('error')})",
            (fact.index,),
        )
        for fact in history.of("delivered")
        if fact.detail.get("dropped")
    ]  # fmt: skip


def violations(history: History, expected: Expectation, names: Iterable[str] | None = None) -> list[Violation]:
    """Gives all broken promises of a run, order by order, in the order of the invariants."""
    wanted = list(PER_ORDER) + ["Nothing lost"] if names is None else list(names)
    found: list[Violation] = []
    for order_id in accepted(history):
        order = _Order(order_id, history)
        found += [v for name in wanted if name in PER_ORDER and (v := PER_ORDER[name](order, history, expected))]
    if "Nothing lost" in wanted:
        found += lost_messages(history)
    return found
