"""What an operator sees: depths, ages, counts. A recovery plan's detector reads this and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sagalab.errors import DefinitionError


@dataclass(frozen=True)
class QueueSignal:
    """Messages of a queue: counts, and the age of the oldest in seconds."""

    visible: int
    in_flight: int
    oldest_age: float


@dataclass(frozen=True)
class StateMachineSignal:
    """Executions of a state machine; `unresolved`: failed, and not redriven or restarted since."""

    running: int
    failed: int
    timed_out: int
    unresolved: int


@dataclass(frozen=True)
class FunctionSignal:
    """Counts of a function since the run began."""

    invocations: int
    errors: int
    throttles: int


class Signals:
    """The signals at one virtual instant; `now` in seconds since the run began."""

    def __init__(self, rows: dict[str, Any], stuck: Callable[[], Any] | None = None) -> None:
        self._rows, self._stuck = rows, stuck
        self.now = float(rows["now"])

    @classmethod
    def from_json(cls, rows: dict[str, Any], stuck: Callable[[], Any] | None = None) -> Signals:
        """Rebuilds signals from a judge's message."""
        return cls(rows, stuck)

    def _one(self, kind: str, name: str) -> dict[str, Any]:
        rows: dict[str, Any] = self._rows[kind]
        if name not in rows:
            raise DefinitionError(
                f"the detector reads a {kind.replace('_', ' ')} {name!r} that is not deployed",
                where="detector",
                slip=f"deployed are {', '.join(sorted(rows)) or 'none'}",
            )
        return dict(rows[name])

    def queue(self, name: str) -> QueueSignal:
        """Gives a queue's depth and age."""
        return QueueSignal(**self._one("queue", name))

    def state_machine(self, name: str) -> StateMachineSignal:
        """Gives a state machine's executions by status."""
        return StateMachineSignal(**self._one("state_machine", name))

    def function(self, name: str) -> FunctionSignal:
        """Gives a function's counts."""
        return FunctionSignal(**self._one("function", name))

    def alarm(self, name: str) -> str:
        """Gives an alarm's state: "OK", "ALARM" or "INSUFFICIENT_DATA"."""
        return str(self._one("alarm", name)["state"])

    @property
    def stuck_orders(self) -> list[str]:
        """The operator's report: ids of orders that need a person."""
        return [str(order) for order in self._stuck()] if self._stuck is not None else []
