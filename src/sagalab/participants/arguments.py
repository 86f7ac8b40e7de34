"""What the participants' calls take; anything else is refused in words before it can change anything."""

from __future__ import annotations

import math
from typing import Any

TEXT = 256  # characters of an order id, a key, a correlation id
ITEMS = 100  # articles of one reservation
COMMON = ("order_id", "correlation_id")
TAKES: dict[str, tuple[str, ...]] = {
    "order_book.get": ("order_id",),
    "order_book.confirm": COMMON,
    "order_book.cancel": (*COMMON, "reason"),
    "order_book.outcome": ("order_id",),
    "payment_gateway.charge": (*COMMON, "key", "amount"),
    "payment_gateway.refund": (*COMMON, "key"),
    "payment_gateway.lookup": ("order_id",),
    "warehouse.reserve": (*COMMON, "key", "items"),
    "warehouse.release": (*COMMON, "key"),
    "warehouse.lookup": ("order_id",),
    "mailer.send": (*COMMON, "key", "outcome", "text"),
}
NEEDED = frozenset({"amount", "items", "outcome", "reason"})


def checked(what: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Gives the arguments as the participants use them; raises TypeError, in words, for what makes no sense."""
    takes = TAKES.get(what)
    if takes is None:
        raise TypeError(f"there is no participant call {what!r}; there are {', '.join(sorted(TAKES))}")
    strange = [name for name in arguments if name not in takes]
    if strange:
        raise TypeError(f"{what} takes no {strange[0]!r}; it takes {', '.join(takes)}")
    order_id = arguments.get("order_id")
    if not isinstance(order_id, str) or len(order_id) > TEXT:
        raise TypeError(f"{what} needs an order id, a short text, not {_shown(order_id)}")
    missing = [name for name in takes if name in NEEDED and arguments.get(name) is None]
    if missing:
        raise TypeError(f"{what} needs {missing[0]!r}")
    rest = {name: _CHECKS[name](what, value) for name, value in arguments.items() if name in _CHECKS}
    return {**arguments, **rest}


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def _name(what: str, value: Any, called: str) -> str | None:
    if value is not None and (not isinstance(value, str | int) or len(str(value)) > TEXT):
        raise TypeError(f"{what}: the {called} is a short text, not {_shown(value)}")
    return None if value is None else str(value)


def _amount(what: str, value: Any) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value < 0:
        raise TypeError(f"{what}: the amount is a number of at least 0, not {_shown(value)}")
    return float(value)


def _items(what: str, value: Any) -> list[dict[str, Any]]:
    rows = value if isinstance(value, list | tuple) else []
    if not 0 < len(rows) <= ITEMS or any(
        not isinstance(row, dict) or not {"sku", "quantity"} <= set(row) for row in rows
    ):
        raise TypeError(f'{what}: items is a list of {{"sku": ..., "quantity": ...}}, not {_shown(value)}')
    for row in rows:
        quantity = row["quantity"]
        if isinstance(quantity, bool) or not isinstance(quantity, int | float) or quantity != quantity // 1:
            raise TypeError(f"{what}: a quantity is a whole number, not {_shown(quantity)}")
        if not 0 < quantity < 1e9:
            raise TypeError(f"{what}: a quantity is at least 1, not {_shown(quantity)}")
    return [{"sku": str(row["sku"])[:TEXT], "quantity": int(row["quantity"])} for row in rows]


def _outcome(what: str, value: Any) -> str:
    if value not in ("confirmed", "cancelled"):
        raise TypeError(f"{what}: the outcome is 'confirmed' or 'cancelled', not {_shown(value)}")
    return str(value)


_CHECKS = {
    "key": lambda what, value: _name(what, value, "key"),
    "correlation_id": lambda what, value: _name(what, value, "correlation id"),
    "amount": _amount,
    "items": _items,
    "outcome": _outcome,
}
