"""Work done aside, in a fork of this process: what it changes here is forgotten, only its answer comes back."""

from __future__ import annotations

import io
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from sagalab.errors import LearnerError, NotSupportedHere
from sagalab.hosts.channel import Channel, ChannelClosed, ChannelTimeout

LIMIT = 64 * 1024 * 1024  # bytes of one answer
WALL = 60.0  # seconds by the wall clock


def aside(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Gives the JSON object that `work` answers in a fork.

    Raises NotSupportedHere where the system cannot fork, and LearnerError for what goes wrong in the fork.
    """
    if not hasattr(os, "fork"):
        raise NotSupportedHere("load and outages are run in a copy of this process, which needs a system that can fork")
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        _answer(Channel(theirs, limit=LIMIT), work)
    theirs.close()
    channel = Channel(ours, limit=LIMIT)
    try:
        reply = channel.receive(WALL)
    except (ChannelClosed, ChannelTimeout, ValueError) as error:
        raise LearnerError(
            f"the measuring did not come to its end ({error})", do="let one order run, and see whether it settles"
        ) from error
    finally:
        os.kill(pid, signal.SIGKILL)
        channel.close()
        os.waitpid(pid, 0)
    if "error" in reply:
        raise LearnerError(str(reply["error"]), where="lab.measurements")
    return dict(reply["answer"])


def _answer(channel: Channel, work: Callable[[], dict[str, Any]]) -> NoReturn:
    try:
        sys.stdout = sys.stderr = io.StringIO()  # What handlers print belongs to no cell.
        channel.send({"answer": work()})
    except BaseException as error:
        channel.send({"error": f"{type(error).__name__}: {error}"[:2000]})
    finally:
        os._exit(0)
