"""The one cloud that this process runs, and who is calling it at this moment.

moto keeps its state in module globals, so a process has one cloud at a time.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sagalab.errors import SagalabError

if TYPE_CHECKING:
    from sagalab.aws.cloud import Cloud

_cloud: Cloud | None = None


class Abandoned(BaseException):
    """Ends a handler in this process whose time is up. No `Exception`: a handler may catch all of those."""


@dataclass(frozen=True)
class Origin:
    """Where a call comes from: a function's invocation, an execution, an operator, or the notebook."""

    function: str | None = None
    invocation: int | None = None
    execution: str | None = None
    operator: bool = False

    def detail(self) -> dict[str, Any]:
        """Gives what is known, for a fact's detail."""
        row = {"function": self.function, "execution": self.execution, "operator": self.operator or None}
        return {name: value for name, value in row.items() if value is not None}


origin: ContextVar[Origin] = ContextVar("origin", default=Origin())


def cloud() -> Cloud:
    """Gives the running cloud; raises `SagalabError` when none runs."""
    if _cloud is None:
        raise SagalabError("no local cloud is running", do="run `lab = Lab()` first")
    return _cloud


def running() -> Cloud | None:
    """Gives the running cloud, or None."""
    return _cloud


def go_on() -> None:
    """Lets the running code go on, unless its invocation timed out: raises `Abandoned` then."""
    if _cloud is not None and origin.get().invocation in _cloud.functions.abandoned:
        raise Abandoned()


def set_current(value: Cloud | None) -> None:
    """Says which cloud runs from now on."""
    global _cloud
    _cloud = value
