"""What children said, kept: a child that would be told the very same need not be made again.

Time, chance and every answer come to a child from the judge. Two children that live alike and were told the
same so far say the same next, and most scenarios begin like the healthy run that they strike. A child is made
only once it is told something new; it is then told all that came before, and has to say what was kept.
"""

from __future__ import annotations

import hashlib
import json
import weakref
from collections.abc import Callable
from typing import Any, NoReturn, Protocol

LARGEST = 64 * 1024  # bytes of a message that is kept
ROOM = 8 * 1024 * 1024  # bytes that all kept messages may take; a whole project keeps a fifth of that

Message = dict[str, Any]


class Line(Protocol):
    """What leads to one child, or to one of the instances that share a child."""

    def send(self, message: Message) -> None:
        """Sends one object."""

    def receive(self, timeout: float | None = None) -> Message:
        """Waits for one object."""

    def end(self) -> None:
        """Ends the child, if nobody shares it."""


def _never(why: str) -> NoReturn:
    raise RuntimeError(why)


class Transcripts:
    """Messages of children, each under all that was said to the child before it.

    `changed` is called when a child says something else than one before it that was told the same: chance of
    its own decides in it. It must not return.
    """

    def __init__(self, changed: Callable[[str], NoReturn] = _never) -> None:
        self.changed = changed
        self._kept: dict[str, str] = {}
        self._size = 0
        self.fresh: dict[str, str] = {}
        self._lines: weakref.WeakSet[KeptLine] = weakref.WeakSet()

    def __len__(self) -> int:
        return len(self._kept)

    def recall(self, told: str) -> Message | None:
        """Gives what a child says that was told this, if any was told it before."""
        raw = self._kept.get(told)
        return None if raw is None else dict(json.loads(raw))

    def keep(self, told: str, message: Message) -> None:
        """Keeps what a child said; `fresh` holds it too, for the process that this one was forked from."""
        if message.get("op") == "spent":
            return  # The processor's time is no part of what it was told.
        raw = json.dumps(message)
        if len(raw) <= LARGEST and self._size + len(raw) <= ROOM and told not in self._kept:
            self._kept[told] = self.fresh[told] = raw
            self._size += len(raw)

    def add(self, fresh: dict[str, str]) -> None:
        """Takes over what a fork of this process kept."""
        for told, raw in fresh.items():
            if told not in self._kept and self._size + len(raw) <= ROOM:
                self._kept[told] = raw
                self._size += len(raw)

    def watch(self, line: KeptLine) -> None:
        """Remembers a line, to part it from its child in a fork of this process."""
        self._lines.add(line)

    def part(self) -> None:
        """Leaves all children to the process that this one was forked from: its own are made when they are needed."""
        self.fresh = {}
        for line in self._lines:
            line.part()


class KeptLine:
    """A line to a child that is opened only where the transcripts end.

    `life` tells children apart that are made differently.
    """

    def __init__(self, transcripts: Transcripts, life: str, opened: Callable[[], Line]) -> None:
        self._transcripts, self._opened = transcripts, opened
        self._live: Line | None = None
        self._told = [life]
        self._sent: list[Message] = []
        transcripts.watch(self)

    def send(self, message: Message) -> None:
        """Sends one object, or notes it for the child that will be made."""
        before = f"{self._told[-1]}\n{json.dumps(message, allow_nan=False)}"
        self._told.append(hashlib.sha256(before.encode()).hexdigest())
        self._sent.append(message)
        if self._live is not None:
            self._live.send(message)

    def receive(self, timeout: float | None = None) -> Message:
        """Gives the child's next object; raises whatever the line to the child raises."""
        if self._live is None:
            known = self._transcripts.recall(self._told[-1])
            if known is not None:
                return known
            self._live = self._brought_up(timeout)
        message = self._live.receive(timeout)
        self._transcripts.keep(self._told[-1], message)
        return message

    def _brought_up(self, timeout: float | None) -> Line:
        live = self._opened()
        for message, told in zip(self._sent[:-1], self._told[1:], strict=False):
            live.send(message)
            said, known = live.receive(timeout), self._transcripts.recall(told)
            if known is not None and said != known:
                self._transcripts.changed("told the same, a child says something else")
        live.send(self._sent[-1])
        return live

    def part(self) -> None:
        """Leaves the child alone; another one is made, and told all that this one was, once something new is said."""
        self._live = None

    def end(self) -> None:
        """Ends the child, if there is one."""
        if self._live is not None:
            self._live.end()
