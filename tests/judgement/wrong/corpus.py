"""All wrong designs, by name, in the order of the rubric's parts."""

from __future__ import annotations

from tests.judgement.wrong import coordinator, decisions, events, handlers, pictures, plans, queues
from tests.judgement.wrong.marks import DESIGNS, Wrong

MODULES = (handlers, coordinator, events, queues, pictures, plans, decisions)

__all__ = ["DESIGNS", "MODULES", "Wrong"]
