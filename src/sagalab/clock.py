"""The only source of time: a discrete-event clock that also decides who runs next.

Everything that waits (a state machine's Wait, a retry's back-off, a queue's visibility, a handler's
`time.sleep`) waits here. Work runs as *tasks*: cooperative, all in one operating-system thread, so at
most one runs at a time and none can be interrupted between two waits. When several could go on, the
seed chooses: that is also what brings messages out of order. When none can go on, the clock jumps to
the next deadline. One thread also means that a process can be forked at any instant without losing work.
"""

from __future__ import annotations

import contextvars
import heapq
import itertools
import math
import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from greenlet import getcurrent, greenlet

from sagalab.errors import SagalabError

EPOCH = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def minutes(count: float) -> float:
    """Gives seconds."""
    return count * 60.0


class Waiter:
    """Somebody who waits: woken once, by an event or by its deadline."""

    __slots__ = ("done", "task", "woken")

    def __init__(self, task: greenlet | None) -> None:
        self.task = task
        self.done = False
        self.woken = False


class Task:
    """A piece of work that the clock runs."""

    def __init__(self, clock: VirtualClock, function: Callable[[], Any], name: str) -> None:
        self.name = name
        self.finished = False
        self.waiters: list[Waiter] = []
        self._clock = clock
        self._function = function
        # Who caused this work stays known in it, however often it waits.
        self._context = contextvars.copy_context()

    def run(self) -> None:
        """Runs the work; an error in it is kept for the clock's owner."""
        try:
            self._context.run(self._function)
        except Exception as error:
            self._clock.failures.append((self.name, error))
        finally:
            self.finished = True
            for waiter in self.waiters:
                self._clock.wake(waiter)


class VirtualClock:
    """Virtual seconds since the run began, and the tasks that live on them."""

    def __init__(self, seed: int | str = 0, epoch: datetime = EPOCH) -> None:
        self.now = 0.0
        self.epoch = epoch
        self.random = random.Random(f"clock:{seed}")
        self.failures: list[tuple[str, Exception]] = []
        self.thread = threading.get_ident()
        self.turns = 0  # how often some work went on
        self._ready: list[Waiter | Task] = []
        self._deadlines: list[tuple[float, int, Waiter | None, Callable[[], None] | None]] = []
        self._numbers = itertools.count()
        self._driver: greenlet | None = None
        # Asked before time passes to a second, or with None when nothing is left to do: puts what happens sooner,
        # by the passing of time alone, in the way with `at`, and says whether it did.
        self.foresight: Callable[[float | None], bool] | None = None

    @property
    def instant(self) -> datetime:
        """The virtual date and time, in UTC."""
        return self.epoch + timedelta(seconds=self.now)

    @property
    def driven(self) -> bool:
        """Says whether time is passing right now, inside a task or a wait."""
        return self._driver is not None

    @property
    def due(self) -> float | None:
        """The virtual second at which the next waiting work goes on, or None."""
        # A deadline whose waiter was woken meanwhile is no reason for time to pass.
        while self._deadlines and (stale := self._deadlines[0][2]) is not None and stale.done:
            heapq.heappop(self._deadlines)
        return self._deadlines[0][0] if self._deadlines else None

    def timestamp(self) -> float:
        """Gives virtual seconds since 1970."""
        return self.epoch.timestamp() + self.now

    def spawn(self, function: Callable[[], Any], name: str = "task") -> Task:
        """Starts a task; it runs once its turn comes."""
        task = Task(self, function, name)
        self._ready.append(task)
        return task

    def at(self, when: float, action: Callable[[], None]) -> None:
        """Calls a short, never waiting action at a virtual second."""
        heapq.heappush(self._deadlines, (max(when, self.now), next(self._numbers), None, action))

    def sleep(self, seconds: float) -> None:
        """Waits; others run meanwhile."""
        self.wait([], seconds)

    def wait(self, waiters: list[Waiter], timeout: float | None = None) -> bool:
        """Waits until somebody wakes the waiter that it leaves in the list, or until the timeout.

        Gives False on timeout, or when nothing is left that could ever wake it.
        """
        if timeout is not None and math.isnan(timeout):
            raise ValueError("time cannot pass for a number of seconds that is none")
        current = getcurrent()
        inside = self._driver is not None and current is not self._driver
        waiter = Waiter(current if inside else None)
        waiters.append(waiter)
        if timeout is not None:
            heapq.heappush(self._deadlines, (self.now + max(timeout, 0.0), next(self._numbers), waiter, None))
        if inside:
            assert self._driver is not None
            self._driver.switch()
        else:
            self._drive(lambda: waiter.done, None)
            waiter.done = True
        if waiter in waiters:
            waiters.remove(waiter)
        return waiter.woken

    def wake(self, waiter: Waiter) -> None:
        """Lets a waiter go on."""
        if not waiter.done:
            waiter.done = waiter.woken = True
            self._ready.append(waiter)

    def run(self, until: float | None = None, done: Callable[[], bool] = lambda: False) -> str:
        """Lets time pass; says why it stopped: "done", "quiet" (nothing left to do) or "horizon"."""
        if self._driver is not None and getcurrent() is not self._driver:
            raise SagalabError("time cannot be driven from inside a running handler", do="use time.sleep there")
        return self._drive(done, until)

    def advance(self, until: float) -> None:
        """Lets time pass up to this second, also when nothing is left to do."""
        self.run(until=until)
        while self.foresight is not None and self.foresight(until):
            self.run(until=until)
        self.now = max(self.now, until)

    def settle(self) -> None:
        """Runs what can run at this very instant; time does not move."""
        self._drive(lambda: False, self.now)

    def stop(self) -> None:
        """Gives up all work that waits; it is never resumed."""
        self._ready.clear()
        self._deadlines.clear()

    def _drive(self, done: Callable[[], bool], until: float | None) -> str:
        if threading.get_ident() != self.thread:
            raise SagalabError(
                "the lab's time was asked to pass from another thread",
                do="call the lab from the notebook's own cells; handlers already run side by side",
            )
        outer, self._driver = self._driver, getcurrent()
        try:
            while not done():
                due = self.due
                if self._ready:
                    self._resume(self._ready.pop(self.random.randrange(len(self._ready))))
                elif self.foresight is not None and self.foresight(_sooner(due, until)):
                    continue
                elif due is None:
                    return "quiet"
                elif until is not None and due > until:
                    self.now = max(self.now, until)
                    return "horizon"
                else:
                    self._jump()
            return "done"
        finally:
            self._driver = outer

    def _jump(self) -> None:
        when, _, waiter, action = heapq.heappop(self._deadlines)
        self.now = max(self.now, when)
        if action is not None:
            action()
        elif waiter is not None:
            waiter.done = True
            self._ready.append(waiter)

    def _resume(self, who: Waiter | Task) -> None:
        self.turns += 1
        if isinstance(who, Task):
            greenlet(who.run, parent=self._driver).switch()
        elif who.task is not None:
            # The driver may be another one than at the last switch (a cell that ran to its end).
            who.task.parent = self._driver
            who.task.switch()


def _sooner(due: float | None, until: float | None) -> float | None:
    """Gives the second that time is about to pass to; with nothing due it stands still, whatever the horizon."""
    return due if due is None or until is None else min(due, until)
