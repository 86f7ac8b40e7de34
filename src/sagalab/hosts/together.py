"""Many instances in one child: each invocation is a greenlet that waits while the judge answers it.

Forking a child for each instance costs more than what most instances do. The judge talks to one invocation
at a time, so that one message in is always one message out. What an instance could notice of the others is
changed at each turn: modules, environment, output, chance. A handler that hangs, dies or writes a file takes
the whole child along; the judge then runs that scenario again with a child for each instance.
"""

from __future__ import annotations

import os
import sys
import threading
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from greenlet import getcurrent, greenlet

from sagalab.hosts import files, inside
from sagalab.hosts.channel import Channel
from sagalab.hosts.instance import Instance


class _Turns:
    """The door of an invocation to the judge: it says what it asks for, and others may go on meanwhile."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.current: int | None = None
        self._thread = threading.get_ident()
        self._pending: dict[str, Any] = {}

    @property
    def socket(self) -> Any:
        return self.channel.socket

    def send(self, message: dict[str, Any]) -> None:
        message = {**message, "from": self.current}
        if threading.get_ident() == self._thread:
            self._pending = message
        else:
            self.channel.send(message)

    def receive(self) -> dict[str, Any]:
        if threading.get_ident() != self._thread:
            return self.channel.receive()  # A thread of the handler's own: its invocation waits for it.
        parent = getcurrent().parent
        assert parent is not None
        return dict(parent.switch(self._pending))


class _Lodger:
    """An instance and what is its own while others have their turn."""

    def __init__(self, folder: Path) -> None:
        self.instance = Instance(folder)
        self.life: greenlet | None = None
        self._modules: dict[str, ModuleType] = {}
        self._environment = dict(os.environ)
        self._streams: tuple[Any, Any] = (sys.stdout, sys.stderr)
        self._chance = inside.Chance()

    def go(self) -> None:
        """Takes its own things out of the process."""
        for name in self.instance.names:
            if (module := sys.modules.pop(name, None)) is not None:
                self._modules[name] = module
                if hasattr(module, "__path__"):
                    inner = [key for key in sys.modules if key.startswith(f"{name}.")]
                    self._modules.update((key, sys.modules.pop(key)) for key in inner)
        if self.instance.archive is not None and str(self.instance.archive) in sys.path:
            sys.path.remove(str(self.instance.archive))
        self._environment = dict(os.environ)
        self._streams = (sys.stdout, sys.stderr)
        self._chance = inside.chance

    def come(self) -> None:
        """Puts its own things into the process."""
        sys.modules.update(self._modules)
        self._modules.clear()
        if self.instance.archive is not None:
            sys.path.insert(0, str(self.instance.archive))
        if dict(os.environ) != self._environment:
            os.environ.clear()
            os.environ.update(self._environment)
        sys.stdout, sys.stderr = self._streams
        inside.turn_to(self._chance)


def serve_together(channel: Channel, folder: Path) -> None:
    """Serves the invocations of many instances until the channel closes."""
    turns = _Turns(channel)
    inside.enter(turns)
    files.shared(leave=partial(os._exit, 1))
    lodgers: dict[int, _Lodger] = {}
    here: _Lodger | None = None
    fresh = dict(os.environ)
    while True:
        message = channel.receive()
        number = int(message["to"])
        if number not in lodgers:
            lodgers[number] = _Lodger(folder)
            lodgers[number]._environment = fresh
        lodger = lodgers[number]
        if here is not lodger:
            if here is not None:
                here.go()
            lodger.come()
            here, turns.current = lodger, number
        if "handler" in message:
            lodger.life = greenlet(lodger.instance.answer)
        assert lodger.life is not None
        answer = lodger.life.switch(message)
        channel.send({**answer, "from": number})
