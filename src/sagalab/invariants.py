"""The saga's promises, each a pure function of a history, judged on effects at the end of the run.

The order book is the only truth about outcomes. An order is accepted when its start function returned, or
when any effect of it exists. "Open is a licence, not an excuse": it exists only for an order struck by poison
or by faults of more than 15 minutes in total, it holds only while the order waits where an operator finds it,
and it says what waits for the recovery plan. What is about messages is in `sagalab.accounting`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from sagalab.accounting import losses, parked, reported
from sagalab.history import Fact, History

OPEN = "Open"  # what is said of the licence to stand open; it belongs to the promise Terminal
LIMIT = 3600.0  # virtual seconds within which an accepted order must end


@dataclass(frozen=True)
class Violation:
    """A broken promise: which, for which order, in words, and the facts that prove it."""

    invariant: str
    order_id: str
    message: str
    facts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Unsure:
    """A promise of which the history does not tell whether it was kept, and why."""

    message: str
    facts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What a history says about one promise, for one order or ("") for the whole run, with the facts that prove it."""

    invariant: str
    order_id: str
    verdict: Literal["valid", "invalid", "unknown"]
    message: str
    facts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Expectation:
    """What a run allows its orders: `refused` may be cancelled; `licensed` may stand open.

    `amounts` is what each order costs, `untouched` are the orders that no fault struck, `stock` is what the
    warehouse had at the beginning.
    """

    amounts: dict[str, float]
    refused: frozenset[str] = frozenset()
    licensed: frozenset[str] = frozenset()
    untouched: frozenset[str] = frozenset()
    stock: dict[str, int] | None = field(default=None, hash=False)


Judgement = Violation | Unsure | None


class _Order:
    """The effects of one order, in order of time."""

    def __init__(self, order_id: str, history: History) -> None:
        self.order_id = order_id
        self.facts = history.of("effect", order_id=order_id)

    def of(self, *names: str) -> list[Fact]:
        return [fact for fact in self.facts if fact.what in names]

    def began(self, history: History) -> float:
        """Gives the second at which the order was accepted, or had its first effect."""
        started = history.of("accepted", order_id=self.order_id) + self.facts
        return min((fact.at for fact in started), default=0.0)

    @property
    def outcome(self) -> Fact | None:
        return next(iter(self.of("confirmed", "cancelled")), None)


def accepted(history: History) -> list[str]:
    """Gives the orders that count: started, or touched by an effect."""
    rows = [fact.order_id for fact in history.of("accepted", "effect") if fact.order_id]
    return list(dict.fromkeys(rows))


def _indexes(facts: Iterable[Fact]) -> tuple[int, ...]:
    return tuple(fact.index for fact in facts)


def money(order: _Order, history: History, expected: Expectation) -> Judgement:
    """Charged minus refunded equals the amount when confirmed, zero when cancelled; never charged twice.

    Broken by: charged 49.90, reply lost, charged 49.90 again under another key.
    """
    charges, refunds = order.of("charged"), order.of("refunded")
    facts = _indexes(charges + refunds)
    balance = round(sum(f.detail["amount"] for f in charges) - sum(f.detail["amount"] for f in refunds), 2)
    if order.order_id not in expected.amounts:
        return Unsure(f"nobody knows what order {order.order_id} costs", facts) if facts else None
    amount = expected.amounts[order.order_id]
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


def stock(order: _Order, history: History, expected: Expectation) -> Judgement:
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


def voice(order: _Order, history: History, expected: Expectation) -> Judgement:
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


def terminal(order: _Order, history: History, expected: Expectation) -> Judgement:
    """Every accepted order ends confirmed or cancelled within 60 minutes; one that nobody refused is confirmed.

    Broken by: a compensation for an order that only met a short outage.
    """
    outcome = order.outcome
    if outcome is None:
        if order.order_id in expected.licensed:
            return _stands_open(order, history)
        return Violation(
            "Terminal", order.order_id, f"order {order.order_id} was accepted and never ended", _indexes(order.facts)
        )
    took = outcome.at - order.began(history)
    if took > LIMIT and order.order_id not in expected.licensed:
        return Violation(
            "Terminal", order.order_id, f"order {order.order_id} ended after {took / 60:.0f} minutes",
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


def _stands_open(order: _Order, history: History) -> Judgement:
    """Judges an order that may stand open: it has to wait in a dead-letter queue, or in the operator's report."""
    if parked(history, order.order_id):
        return None
    report = reported(history)
    if report is None:
        return Unsure(f"order {order.order_id} stands open, and nobody asked the operator's report about it")
    if order.order_id in report.detail.get("orders", []):
        return None
    return Violation(
        OPEN, order.order_id,
        f"order {order.order_id} stands open, and neither a dead-letter queue nor stuck_orders() holds it",
        (*_indexes(order.facts), report.index),
    )  # fmt: skip


def undo(order: _Order, history: History, expected: Expectation) -> Judgement:
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


def forward(order: _Order, history: History, expected: Expectation) -> Judgement:
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


def trace(order: _Order, history: History, expected: Expectation) -> Judgement:
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


Invariant = Callable[[_Order, History, Expectation], Judgement]
PER_ORDER: dict[str, Invariant] = {
    "Money": money,
    "Stock": stock,
    "Voice": voice,
    "Terminal": terminal,
    "Undo": undo,
    "Forward": forward,
    "Trace": trace,
}

LOST = "Nothing lost"
# The effects that show that a promise was kept.
SHOWN_BY: dict[str, tuple[str, ...]] = {
    "Money": ("charged", "refunded", "confirmed", "cancelled"),
    "Stock": ("reserved", "released", "confirmed", "cancelled"),
    "Voice": ("confirmed", "cancelled", "told"),
    "Terminal": ("confirmed", "cancelled"),
    "Undo": ("charged", "refunded", "reserved", "released"),
    "Forward": ("confirmed", "refunded", "released"),
}


def oversold(history: History, expected: Expectation) -> Violation | None:
    """At no instant more of an article is reserved than the warehouse has.

    Broken by: two reservations of the last chair, one of which is released a minute later.
    """
    if expected.stock is None:
        return None
    shelf = dict(expected.stock)
    for fact in history.of("effect"):
        sign = {"reserved": -1, "released": 1, "restocked": 1}.get(fact.what, 0)
        for item in fact.detail.get("items", []) if sign else []:
            left = shelf[item["sku"]] = shelf.get(item["sku"], 0) + sign * item["quantity"]
            if left < 0:
                message = f"order {fact.order_id} reserved {-left} more of {item['sku']!r} than there is"
                return Violation("Stock", fact.order_id or "", message, (fact.index,))
    return None


def falsely_reported(history: History, expected: Expectation) -> list[Violation]:
    """An order that no fault struck, that ended and whose customer was told, is in no operator's report.

    Broken by: a `stuck_orders()` that lists every execution, or every message that it sees.
    """
    report = reported(history)
    if report is None:
        return []
    found = []
    for order_id in [one for one in report.detail.get("orders", []) if one in expected.untouched]:
        order = _Order(order_id, history)
        told = order.of("told")
        if order.outcome is not None and told:
            message = f"stuck_orders() names order {order_id}, which ended well and which no fault struck"
            found.append(Violation(OPEN, order_id, message, (order.outcome.index, told[0].index, report.index)))
    return found


def lost_messages(history: History) -> list[Violation]:
    """Every message is accounted for at the end: done, pending, or in a dead-letter queue.

    Broken by: a rule whose target is gone and that has no dead-letter queue, so that the event is dropped.
    """
    return [Violation(LOST, loss.order_id, loss.message, loss.facts) for loss in losses(history)]


def verdicts(history: History, expected: Expectation, names: Iterable[str] | None = None) -> list[Verdict]:
    """Says of each promise, order by order and then of the whole run, whether the history kept it."""
    wanted = [*PER_ORDER, LOST] if names is None else list(names)
    found: list[Verdict] = []
    for order_id in accepted(history):
        order = _Order(order_id, history)
        for name in (name for name in wanted if name in PER_ORDER):
            shown = _indexes(order.of(*SHOWN_BY[name]) if name in SHOWN_BY else order.facts)
            found.append(_verdict(name, order_id, PER_ORDER[name](order, history, expected), shown))
    run: list[Violation] = []
    if "Stock" in wanted:
        run += [violation for violation in (oversold(history, expected),) if violation]
    if "Terminal" in wanted:
        run += falsely_reported(history, expected)
    if LOST in wanted:
        run += lost_messages(history)
        if not any(violation.invariant == LOST for violation in run):
            ends = _indexes(history.of("sent", "deleted", "dead_lettered"))
            found.append(_verdict(LOST, "", None if len(history) else Unsure("nothing ever happened"), ends))
    return found + [_verdict(violation.invariant, violation.order_id, violation, ()) for violation in run]


def _verdict(name: str, order_id: str, judged: Judgement, shown: tuple[int, ...]) -> Verdict:
    if isinstance(judged, Violation):
        return Verdict(judged.invariant, order_id, "invalid", judged.message, judged.facts)
    if isinstance(judged, Unsure):
        return Verdict(name, order_id, "unknown", judged.message, judged.facts)
    of = f" of order {order_id}" if order_id else ""
    return Verdict(name, order_id, "valid", f"the promise {name!r}{of} was kept", shown)


def violations(history: History, expected: Expectation, names: Iterable[str] | None = None) -> list[Violation]:
    """Gives all broken promises of a run, order by order, in the order of the invariants."""
    return [
        Violation(one.invariant, one.order_id, one.message, one.facts)
        for one in verdicts(history, expected, names)
        if one.verdict == "invalid"
    ]
