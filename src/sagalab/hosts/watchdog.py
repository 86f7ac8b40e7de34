"""The wall-clock watchdog of functions that run in this process: a loop that never ends is stopped.

Virtual time stands still while such a loop runs, so no deadline on it would ever come. A child of the judge has
its own limits; see `sagalab.hosts.calls` and `sagalab.hosts.limits`.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from time import monotonic
from types import CodeType, FrameType
from typing import Any

from sagalab.errors import CellTimeout

TICK = 0.25  # real seconds between two looks


class Endless(CellTimeout):
    """A function ran on and on, and no other work had a turn."""


class Watchdog:
    """Stops a function once it has kept everything else waiting for `wall` real seconds.

    `turns` counts how often the clock let some work go on. It acts in the main thread of systems that have timers.
    """

    def __init__(self, turns: Callable[[], int], wall: float) -> None:
        self._turns, self.wall = turns, wall
        self._inside, self._seen, self._since = 0, -1, 0.0
        self._before: Any = None

    @contextlib.contextmanager
    def guarding(self) -> Iterator[None]:
        """Watches the code inside; raises `Endless` in it."""
        if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
            yield
            return
        self._inside += 1
        if self._inside == 1:
            self._seen, self._since = self._turns(), monotonic()
            self._before = signal.signal(signal.SIGALRM, self._look)
            signal.setitimer(signal.ITIMER_REAL, TICK, TICK)
        try:
            yield
        finally:
            self._inside -= 1
            if self._inside == 0:
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, self._before)

    def run(self, work: Callable[[], Any]) -> Any:
        """Does the work of a function; only what runs under this call is ever stopped."""
        with self.guarding():
            return work()

    def _look(self, _signal: int, frame: FrameType | None) -> None:
        turns, now = self._turns(), monotonic()
        if turns != self._seen:
            self._seen, self._since = turns, now
        elif now - self._since >= self.wall and _stands_in(frame, _GUARDED):
            self._since = now
            raise Endless(f"it ran for {self.wall:g} seconds without an end")


_GUARDED = Watchdog.run.__code__


def _stands_in(frame: FrameType | None, code: CodeType) -> bool:
    while frame is not None:
        if frame.f_code is code:
            return True
        frame = frame.f_back
    return False
