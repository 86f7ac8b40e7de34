"""Runs of one order whose facts are written by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sagalab.criteria.workflow import Ran
from sagalab.faults import Fault
from sagalab.history import History
from sagalab.participants.orders import Item, Order
from sagalab.scenario import Scenario

ORDER = Order("4711", "c-17", (Item("mug", 1),), 49.90)
MAIL = Fault("unavailable", "mailer.send", order="4711")


def story(*facts: tuple[str, str, dict[str, Any]], amount: float = 49.90, faults: tuple[Fault, ...] = (MAIL,)) -> Ran:
    """Gives a run of one order; each fact is (kind, what, detail), ten seconds after the one before it."""
    history = History()
    history.record(0.0, "accepted", "orchestration", order_id="4711")
    for number, (kind, what, detail) in enumerate(facts, 1):
        fact: Any = kind
        history.record(10.0 * number, fact, what, order_id="4711", detail=detail)
    return Ran(Scenario("orchestration", (replace(ORDER, amount=amount),), {"mug": 5}, faults), history)


def effects(*names: str) -> list[tuple[str, str, dict[str, Any]]]:
    more = {
        "charged": {"amount": 49.90},
        "refunded": {"amount": 49.90},
        "told": {"outcome": "cancelled" if "cancelled" in names else "confirmed"},
        "reserved": {"items": [{"sku": "mug", "quantity": 1}]},
        "released": {"items": [{"sku": "mug", "quantity": 1}]},
    }
    return [("effect", name, {"participant": "any", **more.get(name, {})}) for name in names]


SOLD = effects("charged", "reserved", "confirmed", "told")
