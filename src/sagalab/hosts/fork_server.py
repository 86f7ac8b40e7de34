"""A warm process that forks a child for each request: one socket in, one life out.

The server waits on a control socket. A request is one packet that brings the child's own socket along;
the child serves it and ends. Any process that holds the control socket can ask, so the forks that run
scenarios share one server.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sagalab.hosts.channel import Channel, ChannelClosed
from sagalab.hosts.limits import Limits, apply, keep_private

Child = Callable[[Channel, dict[str, Any]], None]
MOST_DESCRIPTORS = 2  # a child's channel, and one socket more
HELLO_TIMEOUT = 60.0  # wall-clock seconds for a warm process to fork, on a busy machine


class Forker:
    """The asking side of a fork server."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control

    def fork(self, request: dict[str, Any], *extra: socket.socket) -> tuple[Channel, int]:
        """Gives the channel to a new child, and its process id; raises `ChannelClosed`.

        `limits` in the request replace the server's own, by name. The child finds the descriptors of
        `extra` sockets in its request, under that name.
        """
        ours, theirs = socket.socketpair()
        try:
            descriptors = [theirs.fileno(), *(one.fileno() for one in extra)]
            socket.send_fds(self.control, [json.dumps(request).encode()], descriptors)
        except OSError as error:
            ours.close()
            raise ChannelClosed(f"the warm process is gone: {error}") from error
        finally:
            theirs.close()
        channel = Channel(ours)
        # Said by our own code, before any of the learner's runs in that child.
        hello = channel.receive(HELLO_TIMEOUT)
        return channel, int(hello["pid"])

    def close(self) -> None:
        """Ends the server, once nobody else holds its control socket."""
        self.control.close()


def control_pair() -> tuple[socket.socket, socket.socket]:
    """Gives the two ends of a control socket: packets keep their borders, and an end shows."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def serve(control: socket.socket, child: Child, limits: Limits) -> None:
    """Forks a child per request until the control socket closes."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Children are nobody's to wait for.
    while serve_one(control, child, limits):
        pass


def serve_one(control: socket.socket, child: Child, limits: Limits) -> bool:
    """Forks a child for the request that waits; says False once the control socket is closed."""
    raw, descriptors, _, _ = socket.recv_fds(control, 65536, MOST_DESCRIPTORS)
    if not raw:
        return False
    if os.fork() == 0:
        _become(control, descriptors, raw, child, limits)
    for descriptor in descriptors:
        os.close(descriptor)
    return True


def _become(
    control: socket.socket,
    descriptors: list[int],
    raw: bytes,
    child: Child,
    limits: Limits,
) -> None:
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()  # A group of its own: what it forks ends with it.
        control.close()
        say_nothing()
        channel = Channel(socket.socket(fileno=descriptors[0]))
        request = json.loads(raw)
        if descriptors[1:]:
            request["extra"] = descriptors[1:]
        apply(replace(limits, **request.pop("limits", {})))
        channel.send({"op": "hello", "pid": os.getpid()})
        child(channel, request)
    except (ChannelClosed, KeyboardInterrupt):
        pass  # The judge is done with this child.
    finally:
        os._exit(0)


def say_nothing(errors: str = os.devnull) -> None:
    """Leads what is written past Python's own streams to nowhere, for it could fill a disk; errors to a file."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    words = os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream, to in ((0, nowhere), (1, nowhere), (2, words)):
        os.dup2(to, stream)
    os.close(nowhere)
    os.close(words)


def end(pid: int) -> None:
    """Kills a child and what it forked."""
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue  # It was gone already.


def start(module: str, environment: dict[str, str], folder: str) -> tuple[Forker, subprocess.Popen[bytes]]:
    """Starts a warm process: `python -m module FD`, in a folder of its own.

    Learner code will run there, so this process hides its own memory from now on.
    """
    ours, theirs = control_pair()
    process = subprocess.Popen(
        [sys.executable, "-m", module, str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    theirs.close()
    keep_private()
    return Forker(ours), process
