"""An order as a scenario gives it: what the customer wants, and what the outside world will refuse."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Item:
    """An article and how many of it."""

    sku: str
    quantity: int


@dataclass(frozen=True)
class Order:
    """One order; `amount` in `currency`, `declined` is how many charges the gateway refuses (-1: all)."""

    order_id: str
    customer: str
    items: tuple[Item, ...]
    amount: float
    currency: str = "EUR"
    declined: int = 0

    def public(self) -> dict[str, Any]:
        """Gives what `order_book.get` answers."""
        return {
            "order_id": self.order_id,
            "customer": self.customer,
            "items": [asdict(item) for item in self.items],
            "amount": self.amount,
            "currency": self.currency,
        }

    def to_json(self) -> dict[str, Any]:
        """Gives the order as a JSON object."""
        return {**self.public(), "declined": self.declined}

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Order:
        """Rebuilds an order from `to_json`'s object."""
        return cls(**{**row, "items": tuple(Item(**item) for item in row["items"])})
