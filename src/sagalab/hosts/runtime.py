"""Two ways to run a function's code: in a child of its own, or in this process.

`HostRuntime` is the judge's: instances are children forked from a warm process. `LocalRuntime` is a
notebook's: fast and simple, in the learner's own process, whose results are only a claim.
"""

from __future__ import annotations

import base64
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sagalab import participants
from sagalab.aws.current import cloud, origin
from sagalab.aws.functions import FunctionSpec, Outcome
from sagalab.clock import VirtualClock
from sagalab.hosts.calls import Conversation, Expired, Hung, Serve, within
from sagalab.hosts.fork_server import Forker
from sagalab.hosts.loading import LoadError, call, load
from sagalab.participants.errors import ParticipantError
from sagalab.participants.market import Caller, Market


def _timed_out(function: FunctionSpec, context: dict[str, Any]) -> Outcome:
    seconds = f"{function.timeout:.2f}"
    return Outcome(
        error="Sandbox.Timedout",
        message=f"RequestId: {context['aws_request_id']} Error: Task timed out after {seconds} seconds",
    )


class HostRuntime:
    """Runs functions in children; a blocked invocation keeps its child, so that others run meanwhile."""

    def __init__(
        self, forker: Forker, clock: VirtualClock, market: Market, serve_aws: Serve, seed: int | str
    ) -> None:
        self.forker, self.clock, self.market, self.serve_aws = forker, clock, market, serve_aws
        self._idle: dict[str, list[Conversation]] = {}
        self._all: list[Conversation] = []
        self._random = random.Random(f"hosts:{seed}")

    def run(self, function: FunctionSpec, event: Any, context: dict[str, Any], fresh: bool) -> Outcome:
        """Runs one invocation in an idle instance, or in a new one."""
        idle = self._idle.setdefault(function.arn, [])
        cold = fresh or not idle
        if cold:
            cloud().functions.cold_start()
            context = {**context, "deadline": self.clock.now + function.timeout}
            channel, pid = self.forker.fork({"environment": function.environment})
            host = Conversation(channel, pid, self.clock, self.market, self.serve_aws)
            self._all.append(host)
        else:
            host = idle.pop()
        request = {
            "code": base64.b64encode(function.code).decode() if cold else "",
            "handler": function.handler,
            "event": event,
            "context": {name: value for name, value in context.items() if name != "deadline"},
            "now": self.clock.now,
            "seed": f"{self._random.getrandbits(64)}",
        }
        here = origin.get()
        try:
            done = host.until_done(request, Caller(here.function, here.invocation), context["deadline"])
        except Expired:
            self._drop(host)
            return _timed_out(function, context)
        except Hung:
            self._drop(host)
            return Outcome(
                error="Sandbox.Timedout",
                message=f"{function.name} used up its processor time or memory: does a loop in it never end?",
                cold=cold,
            )
        if fresh:
            self._drop(host)
        else:
            idle.append(host)
        return Outcome(
            payload=done.get("payload"),
            error=done.get("error"),
            message=str(done.get("message") or ""),
            trace=tuple(str(line) for line in done.get("trace") or ()),
            cold=cold,
            log=str(done.get("log") or ""),
        )

    def _drop(self, host: Conversation) -> None:
        host.end()
        self._all.remove(host)

    def close(self) -> None:
        """Ends all instances."""
        for host in list(self._all):
            self._drop(host)
        self._idle.clear()


class LocalRuntime:
    """Runs functions in this process, one module namespace per function, as a notebook does."""

    def __init__(self, clock: VirtualClock, market: Callable[[], Market]) -> None:
        self.clock, self._market = clock, market
        self._loaded: dict[tuple[str, bytes, str], Callable[[Any, Any], Any]] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="sagalab-")

    def run(self, function: FunctionSpec, event: Any, context: dict[str, Any], fresh: bool) -> Outcome:
        """Runs one invocation."""
        known = (function.arn, function.code, function.handler)
        cold = fresh or known not in self._loaded
        if cold:
            cloud().functions.cold_start()
            try:
                self._loaded[known] = load(function.code, function.handler, Path(self._folder.name), alone=False)
            except LoadError as error:
                return Outcome(error=error.kind, message=str(error), cold=True)
        deadline = self.clock.now + function.timeout
        outcomes: list[Outcome] = []

        def work() -> dict[str, Any]:
            outcomes.append(call(self._loaded[known], event, context))
            return {}

        try:
            within(self.clock, deadline, work)
        except Expired:
            return _timed_out(function, context)
        done = outcomes[0]
        return Outcome(done.payload, done.error, done.message, done.trace, cold, done.log)

    def close(self) -> None:
        """Forgets what was loaded."""
        self._loaded.clear()


class LocalDoor:
    """Leads the proxies of `sagalab.participants` to a market in this process."""

    def __init__(self, market: Callable[[], Market]) -> None:
        self._market = market

    def call(self, what: str, arguments: dict[str, Any]) -> Any:
        """Carries one call there and its answer back."""
        here = origin.get()
        try:
            return self._market().call(what, arguments, Caller(here.function, here.invocation))
        except ParticipantError as error:
            # A fresh copy: the market may keep the first one under its key.
            raise type(error)(str(error)) from None


def open_local_door(market: Callable[[], Market]) -> None:
    """Opens the proxies of this process to a market in it."""
    participants.open_door(LocalDoor(market))
