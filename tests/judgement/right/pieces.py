"""What designs are made of: whole answers out of `texts/`, and edits that several of them need."""

from __future__ import annotations

from pathlib import Path

from tests.submissions.recipes import Edit, Notebook, written

TEXTS = Path(__file__).parent / "texts"
DASHED = 'style="dashed", color="#D55E00"'
STEPS = {
    "payment": [("charge-payment", "charge_task"), ("refund-payment", "refund_task")],
    "inventory": [("reserve-stock", "reserve_task")],
    "notification": [("notify-customer", "tell_task")],
}


def answers(notebook: Notebook, name: str) -> Notebook:
    """Replaces the answers that `texts/NAME.py` holds."""
    return written(notebook, name, TEXTS)


def known_queues(names: tuple[str, ...]) -> Edit:
    """Lets the plan of the reference know of other queues."""
    return ('for name in ("payment", "inventory", "notification")}', f"for name in {names!r}}}")


def packed_with(shared: str) -> list[Edit]:
    """Packs a shared module into the functions that the state machine of the reference calls."""
    calls = [f'"{name}", "{module}.{task}", "{module}"' for module, rows in STEPS.items() for name, task in rows]
    return [(call, f'{call}, "{shared}"') for call in calls]
