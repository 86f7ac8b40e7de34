"""Gives each function in a notebook's process its own environment variables, also while others run meanwhile."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextvars import ContextVar

_own: ContextVar[dict[str, str] | None] = ContextVar("function_environment", default=None)


class _Environment(os._Environ):
    """The process's environment, with the running function's variables in front."""

    def __getitem__(self, name: str) -> str:
        own = _own.get()
        return own[name] if own and name in own else str(super().__getitem__(name))

    def __iter__(self) -> Iterator[str]:
        own = _own.get() or {}
        yield from own
        yield from (name for name in super().__iter__() if name not in own)


def install() -> None:
    """Puts the environment in the place of `os.environ`, once."""
    plain = os.environ
    if not isinstance(plain, _Environment):
        os.environ = _Environment(  # noqa: B003 - nothing is cleared, the same variables lie behind it
            plain._data,  # type: ignore[attr-defined]
            plain.encodekey,
            plain.decodekey,
            plain.encodevalue,
            plain.decodevalue,
        )


@contextlib.contextmanager
def of_function(variables: dict[str, str]) -> Iterator[None]:
    """Shows these variables to the code inside, and to whatever it starts."""
    token = _own.set(variables)
    try:
        yield
    finally:
        _own.reset(token)
