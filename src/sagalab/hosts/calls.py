"""The judge's side of a conversation with a child: serves what its code asks for, on virtual time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sagalab.clock import VirtualClock, Waiter
from sagalab.hosts import fork_server
from sagalab.hosts.channel import Channel, ChannelClosed, ChannelTimeout
from sagalab.hosts.transcripts import Line
from sagalab.participants.errors import ParticipantError
from sagalab.participants.market import Caller, Market

WALL = 20.0  # wall-clock seconds after which a silent child is taken for hung
MOST_REQUESTS = 2000  # what one invocation or one operator's action may ask for; honest ones ask for dozens
Serve = Callable[[dict[str, Any]], dict[str, Any]]


class Hung(Exception):
    """The child would not come to an end: it loops, it is silent, or it asks without an end."""


class Gone(Hung):
    """The child ended before it answered, or wrote something else than answers."""


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


class ChildLine:
    """A line to a child of its own."""

    def __init__(self, channel: Channel, pid: int) -> None:
        self.channel, self.pid = channel, pid
        self.send, self.receive = channel.send, channel.receive

    def end(self) -> None:
        """Ends the child."""
        self.channel.close()
        fork_server.end(self.pid)


class InvocationLine:
    """One instance's part of a channel to a child that holds several: the judge talks to one at a time."""

    def __init__(self, channel: Channel, number: int) -> None:
        self.channel, self.number = channel, number

    def send(self, message: dict[str, Any]) -> None:
        """Sends one object to the instance."""
        self.channel.send({**message, "to": self.number})

    def receive(self, timeout: float | None = None) -> dict[str, Any]:
        """Waits for the instance's answer; raises ValueError when another one spoke."""
        message = self.channel.receive(timeout)
        if message.pop("from", None) != self.number and message.get("op") != "spent":
            raise ValueError("another instance spoke out of turn")
        return message

    def end(self) -> None:
        """Leaves the child to the others."""


class Conversation:
    """Talks with one child until it is done with what it was asked."""

    def __init__(self, line: Line, clock: VirtualClock, market: Market, serve_aws: Serve, wall: float = WALL) -> None:
        self.line, self.clock, self.market, self.serve_aws, self.wall = line, clock, market, serve_aws, wall

    def until_done(
        self, request: dict[str, Any], caller: Caller, deadline: float | None, own: dict[str, Any]
    ) -> dict[str, Any]:
        """Sends a request and serves the child until it answers "done".

        `own` holds what this call does not share with others like it, "seed" and "context": it is told when asked
        for. Raises `Hung` and `Expired`; after either the child is of no use any more.
        """
        try:
            self.line.send(request)
            for _ in range(MOST_REQUESTS):
                message = self.line.receive(self.wall)
                if message.get("op") == "done":
                    return message
                if message.get("op") == "spent":
                    raise Hung("it used its processor time up")
                told = self._told(message, own)
                self.line.send(told or within(self.clock, deadline, partial(self._serve, message, caller)))
        except ChannelTimeout as error:
            raise Hung(f"it said nothing for {self.wall:g} s") from error
        except ChannelClosed as error:
            raise Gone("its process ended before it answered") from error
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            raise Gone(f"it wrote something that is no request: {error}") from error
        raise Hung(f"it asked for more than {MOST_REQUESTS:,} things in one go")

    def _told(self, message: dict[str, Any], own: dict[str, Any]) -> dict[str, Any] | None:
        """Gives the answer to what takes no time: which second it is, and what is the call's own."""
        operation = message.get("op")
        if operation == "now":
            return {"now": self.clock.now}
        if operation == "chance":
            return {"seed": own["seed"]}
        return {"context": own["context"]} if operation == "context" else None

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
        self.line.end()
