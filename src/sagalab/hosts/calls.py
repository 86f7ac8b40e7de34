"""The judge's side of a conversation with a child: serves what its code asks for, on virtual time."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from sagalab.clock import VirtualClock, Waiter
from sagalab.hosts.channel import Channel, ChannelClosed, ChannelTimeout
from sagalab.participants.errors import ParticipantError
from sagalab.participants.market import Caller, Market

WALL = 30.0  # wall-clock seconds after which a silent child is taken for hung
Serve = Callable[[dict[str, Any]], dict[str, Any]]


class Hung(Exception):
    """The child said nothing any more: it loops, or it was killed for using too much."""


class Expired(Exception):
    """The virtual deadline of the call passed."""


def within(clock: VirtualClock, deadline: float | None, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Does the work, but waits for it only until the deadline: what it began may still happen later."""
    if deadline is None:
        return work()
    answers: list[dict[str, Any]] = []
    failures: list[BaseException] = []
    waiters: list[Waiter] = []

    def run() -> None:
        try:
            answers.append(work())
        except Exception as error:
            failures.append(error)
        for waiter in list(waiters):
            clock.wake(waiter)

    clock.spawn(run, "call")
    clock.wait(waiters, max(0.0, deadline - clock.now))
    if failures:
        raise failures[0]
    if not answers:
        raise Expired()
    return answers[0]


class Conversation:
    """Talks with one child until it is done with what it was asked."""

    def __init__(self, channel: Channel, pid: int, clock: VirtualClock, market: Market, serve_aws: Serve) -> None:
        self.channel, self.pid, self.clock, self.market, self.serve_aws = channel, pid, clock, market, serve_aws

    def until_done(self, request: dict[str, Any], caller: Caller, deadline: float | None) -> dict[str, Any]:
        """Sends a request and serves the child until it answers "done".

        Raises `Hung` and `Expired`; after either the child is of no use any more.
        """
        try:
            self.channel.send(request)
            while True:
                message = self.channel.receive(WALL)
                if message.get("op") == "done":
                    return message
                reply = within(self.clock, deadline, lambda m=message: self._serve(m, caller))
                self.channel.send({**reply, "now": self.clock.now})
        except (ChannelClosed, ChannelTimeout) as error:
            raise Hung(str(error)) from error
        except (ValueError, KeyError, TypeError) as error:
            raise Hung(f"the child broke the protocol: {error}") from error

    def _serve(self, message: dict[str, Any], caller: Caller) -> dict[str, Any]:
        operation = message.get("op")
        if operation == "aws":
            return self.serve_aws(message)
        if operation == "sleep":
            self.clock.sleep(min(float(message["seconds"]), 86400.0))
            return {}
        if operation == "participant":
            try:
                return {"answer": self.market.call(str(message["what"]), dict(message["arguments"]), caller)}
            except ParticipantError as error:
                return {"error": type(error).__name__, "message": str(error)}
            except TypeError as error:
                return {"error": "TypeError", "message": str(error)}
        raise ValueError(f"an unknown request {operation!r}")

    def end(self) -> None:
        """Ends the child."""
        self.channel.close()
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # It was gone already.
