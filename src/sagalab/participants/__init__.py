"""The four participants of the order saga, as learner code imports them.

Each name is a proxy: the call goes through a door to the outside world (`sagalab.participants.market`),
which lives in the lab's process, never in the learner's.
"""

from __future__ import annotations

from typing import Any, Protocol

from sagalab.errors import SagalabError
from sagalab.participants.errors import (
    AlreadyCancelled,
    AlreadyConfirmed,
    OutOfStock,
    ParticipantError,
    ParticipantTimeout,
    ParticipantUnavailable,
    PaymentDeclined,
    UnknownOrder,
)

__all__ = [
    "AlreadyCancelled", "AlreadyConfirmed", "OutOfStock", "ParticipantError", "ParticipantTimeout",
    "ParticipantUnavailable", "PaymentDeclined", "UnknownOrder",
    "mailer", "order_book", "payment_gateway", "warehouse",
]  # fmt: skip


class Door(Protocol):
    """The way from a proxy to the outside world."""

    def call(self, what: str, arguments: dict[str, Any]) -> Any:
        """Carries one call there and its answer back; raises `ParticipantError`."""


_door: Door | None = None


def open_door(door: Door | None) -> None:
    """Says where the proxies' calls go from now on."""
    global _door
    _door = door


def _call(what: str, **arguments: Any) -> Any:
    if _door is None:
        raise SagalabError(f"{what} was called, but no lab is open", do="run `lab = Lab()` first")
    return _door.call(what, {name: value for name, value in arguments.items() if value is not None})


class _OrderBook:
    """What customers ordered, and the only truth about outcomes."""

    def get(self, order_id: str) -> dict[str, Any]:
        """Gives the order: order_id, customer, items, amount, currency."""
        return dict(_call("order_book.get", order_id=order_id))

    def confirm(self, order_id: str, correlation_id: str | None = None) -> Any:
        """Makes the outcome confirmed; the first confirm is the saga's pivot."""
        return _call("order_book.confirm", order_id=order_id, correlation_id=correlation_id)

    def cancel(self, order_id: str, reason: str, correlation_id: str | None = None) -> Any:
        """Makes the outcome cancelled."""
        return _call("order_book.cancel", order_id=order_id, reason=reason, correlation_id=correlation_id)

    def outcome(self, order_id: str) -> str | None:
        """Gives "confirmed", "cancelled" or None."""
        answer = _call("order_book.outcome", order_id=order_id)
        return None if answer is None else str(answer)


class _PaymentGateway:
    """Takes money and gives it back."""

    def charge(
        self, order_id: str, amount: float, key: str | None = None, correlation_id: str | None = None
    ) -> dict[str, Any]:
        """Takes the amount; raises `PaymentDeclined`."""
        return dict(
            _call("payment_gateway.charge", order_id=order_id, amount=amount, key=key, correlation_id=correlation_id)
        )

    def refund(self, order_id: str, key: str | None = None, correlation_id: str | None = None) -> dict[str, Any]:
        """Gives the money back; before a charge it leaves a tombstone."""
        return dict(_call("payment_gateway.refund", order_id=order_id, key=key, correlation_id=correlation_id))

    def lookup(self, order_id: str) -> str:
        """Gives "charged", "refunded", "refused" or "none"."""
        return str(_call("payment_gateway.lookup", order_id=order_id))


class _Warehouse:
    """Reserves stock and releases it."""

    def reserve(
        self,
        order_id: str,
        items: list[dict[str, Any]],
        key: str | None = None,
        correlation_id: str | None = None,
    ) -> dict[str, Any]:
        """Reserves the items; raises `OutOfStock`."""
        return dict(_call("warehouse.reserve", order_id=order_id, items=items, key=key, correlation_id=correlation_id))

    def release(self, order_id: str, key: str | None = None, correlation_id: str | None = None) -> dict[str, Any]:
        """Gives the stock free again; before a reservation it leaves a tombstone."""
        return dict(_call("warehouse.release", order_id=order_id, key=key, correlation_id=correlation_id))

    def lookup(self, order_id: str) -> str:
        """Gives "reserved", "released", "refused" or "none"."""
        return str(_call("warehouse.lookup", order_id=order_id))


class _Mailer:
    """Tells the customer."""

    def send(
        self,
        order_id: str,
        outcome: str,
        key: str | None = None,
        correlation_id: str | None = None,
        text: str | None = None,
    ) -> dict[str, Any]:
        """Sends one message about the outcome, "confirmed" or "cancelled"."""
        return dict(
            _call("mailer.send", order_id=order_id, outcome=outcome, key=key, correlation_id=correlation_id, text=text)
        )


order_book = _OrderBook()
payment_gateway = _PaymentGateway()
warehouse = _Warehouse()
mailer = _Mailer()
