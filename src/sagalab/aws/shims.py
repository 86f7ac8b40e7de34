"""Puts moto's threads, sleeps and dates on the virtual clock.

moto's workflow interpreter and queues use `threading`, `time`, `datetime`, `random` and `uuid` from the
standard library. Their module globals are replaced, in the service modules only, by objects of the same
shape that ask the current cloud's clock. Seam: every module below `PREFIXES` that holds one of these names.
"""

from __future__ import annotations

import datetime as real_datetime
import random as real_random
import sys
import threading as real_threading
import time as real_time
import types
import uuid as real_uuid
from collections.abc import Callable
from typing import Any

from greenlet import getcurrent

from sagalab.aws.current import cloud
from sagalab.clock import Task, VirtualClock, Waiter

PREFIXES = (
    "moto.stepfunctions", "moto.sqs", "moto.events", "moto.sns", "moto.awslambda", "moto.dynamodb",
    "moto.logs", "moto.cloudwatch", "moto.iam", "moto.sts", "moto.core.utils",
)  # fmt: skip


def _clock() -> VirtualClock:
    return cloud().clock


class Thread:
    """A `threading.Thread` that is a task of the clock."""

    def __init__(
        self,
        group: None = None,
        target: Callable[..., Any] | None = None,
        name: str | None = None,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
        *,
        daemon: bool | None = None,
    ) -> None:
        self.name, self.daemon = (name or "task")[:60], daemon
        self.ident = self.native_id = id(self)
        self._call = lambda: target(*args, **(kwargs or {})) if target else None
        self._task: Task | None = None

    def start(self) -> None:
        self._task = _clock().spawn(self._call, self.name)

    def is_alive(self) -> bool:
        return self._task is not None and not self._task.finished

    def join(self, timeout: float | None = None) -> None:
        if self._task is not None and not self._task.finished:
            _clock().wait(self._task.waiters, timeout)


class Event:
    """A `threading.Event` whose waits take virtual time."""

    def __init__(self) -> None:
        self._set = False
        self._waiters: list[Waiter] = []

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        self._set = True
        for waiter in list(self._waiters):
            _clock().wake(waiter)

    def clear(self) -> None:
        self._set = False

    def wait(self, timeout: float | None = None) -> bool:
        return self._set or _clock().wait(self._waiters, timeout) or self._set


class RLock:
    """A re-entrant lock among tasks."""

    def __init__(self) -> None:
        self._owner: Any = None
        self._depth = 0
        self._waiters: list[Waiter] = []

    def _reentrant(self) -> bool:
        return self._owner is getcurrent()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        while self._depth and not self._reentrant():
            if not blocking or not _clock().wait(self._waiters, None if timeout < 0 else timeout):
                return False
        self._owner = getcurrent()
        self._depth += 1
        return True

    def release(self) -> None:
        self._depth -= 1
        if not self._depth:
            self._owner = None
            if self._waiters:
                _clock().wake(self._waiters[0])

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class Lock(RLock):
    """A lock among tasks that its own holder waits for, too."""

    def _reentrant(self) -> bool:
        return False


class Condition:
    """A `threading.Condition` whose waits take virtual time."""

    def __init__(self, lock: Any = None) -> None:
        self._lock = lock or RLock()
        self._waiters: list[Waiter] = []
        self.acquire, self.release = self._lock.acquire, self._lock.release

    def __enter__(self) -> bool:
        return bool(self._lock.acquire())

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def wait(self, timeout: float | None = None) -> bool:
        self._lock.release()
        try:
            return _clock().wait(self._waiters, timeout)
        finally:
            self._lock.acquire()

    def wait_for(self, predicate: Callable[[], Any], timeout: float | None = None) -> Any:
        result = predicate()
        if not result:
            self.wait(timeout)
            result = predicate()
        return result

    def notify(self, count: int = 1) -> None:
        for waiter in list(self._waiters)[:count]:
            _clock().wake(waiter)

    def notify_all(self) -> None:
        self.notify(len(self._waiters))

    def __deepcopy__(self, memo: dict[int, Any]) -> Condition:
        return Condition()


class _DatetimeType(type(real_datetime.datetime)):  # type: ignore[misc]
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, real_datetime.datetime)


class Datetime(real_datetime.datetime, metaclass=_DatetimeType):
    """A `datetime.datetime` whose now is the clock's."""

    @classmethod
    def now(cls, tz: real_datetime.tzinfo | None = None) -> Any:
        instant = _clock().instant
        return instant.astimezone(tz) if tz is not None else instant.replace(tzinfo=None)

    @classmethod
    def utcnow(cls) -> Any:
        return _clock().instant.replace(tzinfo=None)


def _like(module: types.ModuleType, **changed: Any) -> types.SimpleNamespace:
    return types.SimpleNamespace(**{**vars(module), **changed})


def _moto_random() -> Any:
    from moto.moto_api._internal import mock_random

    return mock_random


def replacements() -> dict[int, Any]:
    """Gives what stands for what: the identity of a standard-library object → its counterpart here."""
    chance = _moto_random()
    pairs: list[tuple[Any, Any]] = [
        (
            real_threading,
            _like(real_threading, Thread=Thread, Event=Event, Lock=Lock, RLock=RLock, Condition=Condition),
        ),
        (real_threading.Thread, Thread),
        (real_threading.Event, Event),
        (real_threading.Lock, Lock),
        (real_threading.RLock, RLock),
        (real_threading.Condition, Condition),
        (
            real_time,
            _like(
                real_time,
                sleep=lambda seconds: _clock().sleep(seconds),
                time=lambda: _clock().timestamp(),
                monotonic=lambda: _clock().now,
            ),
        ),
        (real_datetime, _like(real_datetime, datetime=Datetime)),
        (real_datetime.datetime, Datetime),
        (real_random, _like(real_random, uniform=chance.uniform, choices=chance.choices, choice=chance.choice)),
        (real_uuid.uuid4, chance.uuid4),
    ]
    return {id(old): new for old, new in pairs}


def install() -> int:
    """Replaces the names in moto's service modules that are loaded now, and gives how many."""
    new_for, count = replacements(), 0
    for name, module in list(sys.modules.items()):
        if module is None or not name.startswith(PREFIXES):
            continue
        for attribute, value in list(vars(module).items()):
            replacement = new_for.get(id(value))
            if replacement is not None:
                setattr(module, attribute, replacement)
                count += 1
    return count
