"""A course and assessment kit on orchestration versus choreography.

What a notebook imports from here is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sagalab.clock import minutes
    from sagalab.faults import Fault
    from sagalab.lab import Lab
    from sagalab.learner import check, happened, hint, predict, progress, solution, submit
    from sagalab.packaging import package
    from sagalab.recommendation import Constraint, Flip, Measurement, Recommendation
    from sagalab.recovery import RecoveryPlan

_HOMES = {
    "Constraint": "recommendation",
    "Fault": "faults",
    "Flip": "recommendation",
    "Lab": "lab",
    "Measurement": "recommendation",
    "Recommendation": "recommendation",
    "RecoveryPlan": "recovery",
    "check": "learner",
    "happened": "learner",
    "hint": "learner",
    "minutes": "clock",
    "package": "packaging",
    "predict": "learner",
    "progress": "learner",
    "solution": "learner",
    "submit": "learner",
}
__all__ = [
    "Lab", "Fault", "minutes", "package", "RecoveryPlan", "Recommendation", "Constraint", "Flip", "Measurement",
    "check", "hint", "solution", "predict", "happened", "progress", "submit",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sagalab' has no attribute {name!r}")
    return getattr(importlib.import_module(f"sagalab.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOMES)
