"""The outside world: order book, payment gateway, warehouse and mailer, with their effect ledger.

Only this module changes what is true about money, stock and customers. Every call goes through
`Market.call`, which takes virtual time, lets faults strike, and writes the call and its effects
into the history. Learner code can reach it only through the proxies of the package.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from sagalab.clock import VirtualClock
from sagalab.history import History
from sagalab.participants.arguments import checked
from sagalab.participants.errors import (
    BY_NAME,
    AlreadyCancelled,
    AlreadyConfirmed,
    OutOfStock,
    ParticipantError,
    ParticipantTimeout,
    ParticipantUnavailable,
    PaymentDeclined,
    UnknownOrder,
)
from sagalab.participants.orders import Order

Answer = dict[str, Any] | str | None
PATIENCE = 10.0  # seconds after which a caller gives up on a participant that does not answer


@dataclass(frozen=True)
class Caller:
    """Who called: the running function, its invocation's fact, or the operator's action."""

    function: str | None = None
    invocation: int | None = None


@dataclass(frozen=True)
class Strike:
    """What a fault does to one participant call; `delay`: seconds until a late effect lands."""

    kind: str
    delay: float = 0.0


class Faults(Protocol):
    """What a market asks of the faults of its run."""

    def on_call(self, what: str, order_id: str | None, caller: Caller) -> Strike | None:
        """Gives the fault that strikes this call, if one does."""


class NoFaults:
    """A run without faults."""

    def on_call(self, what: str, order_id: str | None, caller: Caller) -> Strike | None:
        """Strikes nothing."""
        return None


@dataclass
class _Remembered:
    """What one participant knows about one order."""

    answers: dict[str, Answer | ParticipantError]
    done: int = 0
    undone: int = 0
    refused: int = 0
    tombstone: bool = False
    items: list[dict[str, Any]] = field(default_factory=list)
    amount: float = 0.0

    @property
    def standing(self) -> bool:
        return self.done > self.undone


class _Memory:
    """What one participant knows; a key is the same key whichever order comes with it."""

    def __init__(self) -> None:
        self._orders: dict[str, _Remembered] = {}
        self._answers: dict[str, Answer | ParticipantError] = {}

    def of(self, order_id: str) -> _Remembered:
        """Gives what is known about an order, from now on."""
        return self._orders.setdefault(order_id, _Remembered(self._answers))

    def get(self, order_id: str) -> _Remembered | None:
        """Gives what is known about an order, None for nothing."""
        return self._orders.get(order_id)


class Market:
    """All participants of one run, and the only truth about their effects."""

    def __init__(
        self,
        clock: VirtualClock,
        history: History,
        orders: list[Order],
        stock: dict[str, int],
        faults: Faults | None = None,
        seed: int | str = 0,
        restock_after: float | None = None,
    ) -> None:
        self.clock, self.history = clock, history
        self._restock_after = restock_after
        self.orders = {order.order_id: order for order in orders}
        self.stock = dict(stock)
        self.faults: Faults = faults or NoFaults()
        self.outcomes: dict[str, str] = {}
        self._random = random.Random(f"market:{seed}")
        self._payments = _Memory()
        self._reservations = _Memory()
        self._mails = _Memory()
        self._numbers = 0
        self._verbs: dict[str, Callable[..., Answer]] = {
            "order_book.get": self._get,
            "order_book.confirm": self._confirm,
            "order_book.cancel": self._cancel,
            "order_book.outcome": self._outcome,
            "payment_gateway.charge": self._charge,
            "payment_gateway.refund": self._refund,
            "payment_gateway.lookup": self._payment_state,
            "warehouse.reserve": self._reserve,
            "warehouse.release": self._release,
            "warehouse.lookup": self._reservation_state,
            "mailer.send": self._send,
        }

    def add(self, order: Order, stock: dict[str, int] | None = None) -> None:
        """Puts one more order into the order book, and more stock into the warehouse."""
        self.orders[order.order_id] = order
        for sku, count in (stock or {}).items():
            self.stock[sku] = self.stock.get(sku, 0) + count

    def call(self, what: str, arguments: dict[str, Any], caller: Caller | None = None) -> Answer:
        """Serves one call of learner code.

        Raises a `ParticipantError`, or TypeError for arguments that the call does not take.
        """
        caller = caller or Caller()
        arguments = checked(what, arguments)
        verb, order_id = self._verbs[what], str(arguments["order_id"])
        fact = self.history.record(
            self.clock.now, "call", what,
            order_id=order_id, correlation_id=arguments.get("correlation_id"), cause=caller.invocation,
            detail={"function": caller.function, "key": arguments.get("key")},
        )  # fmt: skip
        before = len(self.history)
        try:
            answer = self._serve(what, verb, order_id, arguments, caller, fact)
        except ParticipantError as error:
            self.history.close(fact, self.clock.now, error=type(error).__name__, effect=self._changed(fact, before))
            raise
        self.history.close(fact, self.clock.now, effect=self._changed(fact, before))
        return answer

    def _changed(self, call: int, before: int) -> bool:
        return any(
            self.history[n].kind == "effect" and self.history[n].cause == call for n in range(before, len(self.history))
        )

    def _serve(
        self, what: str, verb: Callable[..., Answer], order_id: str, arguments: dict[str, Any],
        caller: Caller, fact: int,
    ) -> Answer:  # fmt: skip
        strike = self.faults.on_call(what, order_id, caller)
        if strike is not None:
            self.history.record(
                self.clock.now, "fault", strike.kind, order_id=order_id, cause=fact, detail={"target": what}
            )
        self.clock.sleep(self._random.uniform(0.02, 0.12))
        if strike is None:
            return self._apply(verb, arguments, fact)
        if strike.kind == "unavailable":
            raise ParticipantUnavailable(f"{what}: the participant cannot be reached; nothing happened")
        if strike.kind == "timed_out":
            # Its caller is killed meanwhile, so that nobody hears the answer.
            self.clock.sleep(strike.delay)
            self._unheard(verb, arguments, fact)
            raise ParticipantTimeout(f"{what}: no answer")
        if strike.kind == "slow":
            self._later(strike.delay, verb, arguments, fact)
        elif strike.kind == "reply_lost":
            self._unheard(verb, arguments, fact)
        self.clock.sleep(PATIENCE)
        raise ParticipantTimeout(f"{what}: no answer within {PATIENCE:g} s; it may have happened")

    def _later(self, delay: float, verb: Callable[..., Answer], arguments: dict[str, Any], fact: int) -> None:
        self.clock.at(self.clock.now + delay, lambda: self._unheard(verb, arguments, fact))

    def _unheard(self, verb: Callable[..., Answer], arguments: dict[str, Any], fact: int) -> None:
        """Applies a call to whose answer nobody listens; a refusal is remembered under its key like any other."""
        try:
            self._apply(verb, arguments, fact)
        except ParticipantError:
            pass

    def _apply(self, verb: Callable[..., Answer], arguments: dict[str, Any], fact: int) -> Answer:
        if arguments["order_id"] not in self.orders:
            raise UnknownOrder(f"the order book has no order {arguments['order_id']!r}")
        return verb(**{**arguments, "_call": fact})

    def _effect(self, what: str, call: int, **detail: Any) -> None:
        fact = self.history[call]
        self.history.record(
            self.clock.now, "effect", what,
            order_id=fact.order_id, correlation_id=fact.correlation_id, cause=call,
            detail={"participant": fact.what.split(".")[0], "function": fact.detail.get("function"), **detail},
        )  # fmt: skip

    def _number(self, prefix: str) -> str:
        self._numbers += 1
        return f"{prefix}-{self._numbers:04d}"

    # -- order book ---------------------------------------------------------------------------

    def _get(self, order_id: str, _call: int) -> Answer:
        return self.orders[order_id].public()

    def _outcome(self, order_id: str, _call: int) -> Answer:
        return self.outcomes.get(order_id)

    def _confirm(self, order_id: str, _call: int, correlation_id: str | None = None) -> Answer:
        if self.outcomes.get(order_id) == "cancelled":
            raise AlreadyCancelled(f"order {order_id} was cancelled before")
        if order_id not in self.outcomes:
            self.outcomes[order_id] = "confirmed"
            self._effect("confirmed", _call)
        return {"outcome": "confirmed"}

    def _cancel(self, order_id: str, reason: str, _call: int, correlation_id: str | None = None) -> Answer:
        if self.outcomes.get(order_id) == "confirmed":
            raise AlreadyConfirmed(f"order {order_id} was confirmed before")
        if order_id not in self.outcomes:
            self.outcomes[order_id] = "cancelled"
            self._effect("cancelled", _call, reason=str(reason)[:200])
        return {"outcome": "cancelled"}

    # -- payment gateway ----------------------------------------------------------------------

    def _charge(
        self, order_id: str, amount: float, _call: int, key: str | None = None, correlation_id: str | None = None
    ) -> Answer:
        known, order = self._payments.of(order_id), self.orders[order_id]
        if known.tombstone or known.undone:
            raise PaymentDeclined(f"order {order_id}: the payment was refunded before; it cannot be charged again")
        if (answer := self._first(known, key)) is not None:
            return answer
        if order.declined < 0 or known.refused < order.declined:
            known.refused += 1
            return self._refuse(known, key, PaymentDeclined(f"order {order_id}: the card was declined"))
        known.done += 1
        known.amount = round(known.amount + float(amount), 2)
        self._effect("charged", _call, amount=float(amount))
        return self._answer(known, key, {"charge_id": self._number("ch")})

    def _refund(self, order_id: str, _call: int, key: str | None = None, correlation_id: str | None = None) -> Answer:
        known = self._payments.of(order_id)
        if (answer := self._first(known, key)) is not None:
            return answer
        if known.done:
            known.undone += 1
            self._effect("refunded", _call, amount=known.amount)
        else:
            known.tombstone = True
        return self._answer(known, key, {"refund_id": self._number("re")})

    def _payment_state(self, order_id: str, _call: int) -> Answer:
        return _state(self._payments.get(order_id), "charged", "refunded")

    # -- warehouse ----------------------------------------------------------------------------

    def _reserve(
        self, order_id: str, items: list[dict[str, Any]], _call: int, key: str | None = None,
        correlation_id: str | None = None,
    ) -> Answer:  # fmt: skip
        known = self._reservations.of(order_id)
        if known.tombstone or known.undone:
            raise OutOfStock(f"order {order_id}: the reservation was released before; it cannot be made again")
        if (answer := self._first(known, key)) is not None:
            return answer
        wanted: dict[str, int] = {}
        for item in items:
            wanted[item["sku"]] = wanted.get(item["sku"], 0) + item["quantity"]
        short = [sku for sku, quantity in wanted.items() if self.stock.get(sku, 0) < quantity]
        if short:
            known.refused += 1
            self._restock(wanted)
            return self._refuse(known, key, OutOfStock(f"order {order_id}: too little of {', '.join(short)}"))
        known.done += 1
        known.items = items
        self._move(items, -1)
        self._effect("reserved", _call, items=items)
        return self._answer(known, key, {"reservation_id": self._number("rs")})

    def _restock(self, wanted: dict[str, int]) -> None:
        """Fills the shelf some time after it was found empty, once in a run, where the scenario says so."""
        after, self._restock_after = self._restock_after, None
        if after is None:
            return
        items = [
            {"sku": sku, "quantity": count - self.stock.get(sku, 0)}
            for sku, count in wanted.items()
            if self.stock.get(sku, 0) < count
        ]

        def fill() -> None:
            self._move(items, +1)
            self.history.record(
                self.clock.now, "effect", "restocked", detail={"participant": "warehouse", "items": items}
            )

        self.clock.at(self.clock.now + after, fill)

    def _release(self, order_id: str, _call: int, key: str | None = None, correlation_id: str | None = None) -> Answer:
        known = self._reservations.of(order_id)
        if (answer := self._first(known, key)) is not None:
            return answer
        if known.done:
            known.undone += 1
            self._move(known.items, +1)
            self._effect("released", _call, items=known.items)
        else:
            known.tombstone = True
        return self._answer(known, key, {"release_id": self._number("rl")})

    def _reservation_state(self, order_id: str, _call: int) -> Answer:
        return _state(self._reservations.get(order_id), "reserved", "released")

    def _move(self, items: list[dict[str, Any]], sign: int) -> None:
        for item in items:
            self.stock[item["sku"]] = self.stock.get(item["sku"], 0) + sign * item["quantity"]

    # -- mailer -------------------------------------------------------------------------------

    def _send(
        self, order_id: str, outcome: str, _call: int, key: str | None = None, correlation_id: str | None = None,
        **text: Any,
    ) -> Answer:  # fmt: skip
        known = self._mails.of(order_id)
        if (answer := self._first(known, key)) is not None:
            return answer
        known.done += 1
        self._effect("told", _call, outcome=outcome)
        return self._answer(known, key, {"message_id": self._number("ms")})

    # -- idempotency keys ---------------------------------------------------------------------

    def _first(self, known: _Remembered, key: str | None) -> Answer:
        """Gives the first answer under this key, raises the first refusal, or gives None."""
        answer = known.answers.get(key) if key is not None else None
        if isinstance(answer, ParticipantError):
            raise type(answer)(str(answer))
        return answer

    def _answer(self, known: _Remembered, key: str | None, answer: Answer) -> Answer:
        if key is not None:
            known.answers[key] = answer
        return answer

    def _refuse(self, known: _Remembered, key: str | None, error: ParticipantError) -> Answer:
        if key is not None:
            known.answers[key] = error
        raise error


def _state(known: _Remembered | None, done: str, undone: str) -> str:
    if known is None:
        return "none"
    if known.undone:
        return undone
    if known.done:
        return done
    return "refused" if known.refused or known.tombstone else "none"


def revive(name: str, message: str) -> ParticipantError:
    """Rebuilds a participant's error that crossed a process boundary."""
    return BY_NAME.get(name, ParticipantError)(message)
