"""A process that has loaded what all of its kind need, and becomes a copy for each who asks: loading takes seconds.

The asking side holds a `WarmProcess` for each kind and brings lives up from it. A life ends when whoever asked for
it closes it, or is gone: each holds one end of a pipe, and the warm process watches the other.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sagalab.hosts.channel import Channel, ChannelClosed
from sagalab.hosts.fork_server import HELLO_TIMEOUT, control_pair, end, say_nothing
from sagalab.hosts.limits import die_with_parent, keep_private

MOST_DESCRIPTORS = 3  # a lifeline, a channel, and one socket more
LARGEST = 65536  # bytes of a request

Environment = Callable[[str], dict[str, str]]


class Life:
    """One copy of a warm process: its channel, and its end."""

    def __init__(self, channel: Channel, pid: int, lifeline: int) -> None:
        self.channel, self.pid, self._lifeline = channel, pid, lifeline

    def alive(self) -> bool:
        """Says whether it still runs: the channel of one that ended has an end."""
        readable, _, _ = select.select([self.channel.socket], [], [], 0)
        return not readable or self.channel.socket.recv(1, socket.MSG_PEEK) != b""

    def close(self) -> None:
        """Ends it and what it forked, at once."""
        self.channel.close()
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1


class WarmProcess:
    """The asking side: `python -m MODULE FD`, started at the first need, and again where it died.

    `environment` gives the process's environment for the folder that it lies in.
    """

    def __init__(self, module: str, environment: Environment) -> None:
        self.module, self._environment = module, environment
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = ""
        self._owner = os.getpid()

    def prepare(self) -> None:
        """Starts it, without waiting until it is ready."""
        if self._control is not None:
            return
        self._owner = os.getpid()
        self._folder = tempfile.mkdtemp(prefix="sagalab-warm-")
        self._control, theirs = control_pair()
        self._process = subprocess.Popen(
            [sys.executable, "-m", self.module, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=self._environment(self._folder),
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        theirs.close()
        atexit.register(self.close)

    def bring_up(self, request: dict[str, Any], *extra: socket.socket, limit: int) -> Life:
        """Gives a new life; the channel carries messages of up to `limit` bytes. Raises `ChannelClosed`.

        The life finds the descriptors of `extra` sockets in its request, under that name.
        """
        try:
            return self._fork(request, extra, limit)
        except ChannelClosed:
            self.close()  # Killed, or out of memory: a fresh one may do.
            return self._fork(request, extra, limit)

    def _fork(self, request: dict[str, Any], extra: tuple[socket.socket, ...], limit: int) -> Life:
        self.prepare()
        assert self._control is not None
        ours, theirs = socket.socketpair()
        watched, lifeline = os.pipe()
        try:
            descriptors = [watched, theirs.fileno(), *(one.fileno() for one in extra)]
            socket.send_fds(self._control, [json.dumps(request).encode()], descriptors)
        except OSError as error:
            ours.close()
            os.close(lifeline)
            raise ChannelClosed(f"the warm process is gone: {error}") from error
        finally:
            theirs.close()
            os.close(watched)
        channel = Channel(ours, limit)
        life = Life(channel, 0, lifeline)
        try:
            life.pid = int(channel.receive(HELLO_TIMEOUT)["pid"])
        except ChannelClosed:
            life.close()
            raise
        return life

    def close(self) -> None:
        """Ends it, and with it all of its lives; in a fork of whoever started it, only lets go of it."""
        if self._control is not None:
            self._control.close()
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
            shutil.rmtree(self._folder, ignore_errors=True)
        atexit.unregister(self.close)
        self._control = self._process = None


def serve(control: socket.socket, live: Callable[[Channel, dict[str, Any]], None]) -> None:
    """Is the warm process's own life: forks for each request, ends those whose askers are gone, until nobody asks.

    No life can read another's memory: what one learner's notebook holds is nobody else's.
    """
    die_with_parent()
    keep_private()
    lives: dict[int, int] = {}  # the watched end of each lifeline, and the process that hangs on it
    poll = select.poll()
    poll.register(control, select.POLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor != control.fileno():
                poll.unregister(descriptor)
                os.close(descriptor)
                _end(lives.pop(descriptor))
            elif (born := _forked(control, live, lives)) is None:
                for pid in lives.values():
                    _end(pid)
                return
            else:
                watched, pid = born
                lives[watched] = pid
                poll.register(watched, select.POLLIN)


def _end(pid: int) -> None:
    """Ends a life; until here nobody waited for it, so that its number is still its own."""
    end(pid)
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)


def _forked(
    control: socket.socket, live: Callable[[Channel, dict[str, Any]], None], others: dict[int, int]
) -> tuple[int, int] | None:
    raw, descriptors, _, _ = socket.recv_fds(control, LARGEST, MOST_DESCRIPTORS)
    if not raw:
        return None
    pid = os.fork()
    if pid == 0:
        _become(control, [descriptors[0], *others], descriptors[1:], raw, live)
    for descriptor in descriptors[1:]:
        os.close(descriptor)
    return descriptors[0], pid


def _become(
    control: socket.socket,
    lifelines: list[int],
    descriptors: list[int],
    raw: bytes,
    live: Callable[[Channel, dict[str, Any]], None],
) -> None:
    try:
        die_with_parent()
        os.setsid()  # A group of its own: what it forks ends with it.
        control.close()
        for descriptor in lifelines:
            os.close(descriptor)
        request = json.loads(raw)
        say_nothing(request.pop("errors", os.devnull))
        channel = Channel(socket.socket(fileno=descriptors[0]), int(request.pop("limit", 1 << 28)))
        channel.send({"op": "hello", "pid": os.getpid()})
        live(channel, {**request, "extra": descriptors[1:]})
    except (ChannelClosed, KeyboardInterrupt):
        pass  # Nobody waits for an answer any more.
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)
