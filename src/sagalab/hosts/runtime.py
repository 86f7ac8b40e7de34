"""Two ways to run a function's code: in children, or in this process.

`HostRuntime` is the judge's: instances live in children forked from a warm process, many of them together in
one child as long as nothing goes wrong there. `LocalRuntime` is a notebook's: fast and simple, in the
learner's own process, whose results are only a claim.
"""

from __future__ import annotations

import base64
import random
import shutil
import tempfile
from collections.abc import Callable, Collection, Hashable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NoReturn

from sagalab import participants
from sagalab.aws.current import Abandoned, cloud, go_on, origin
from sagalab.aws.lambdas.functions import FunctionSpec, Outcome
from sagalab.clock import VirtualClock
from sagalab.hosts import environment
from sagalab.hosts.archives import digest
from sagalab.hosts.calls import WALL, ChildLine, Conversation, Expired, Gone, Hung, InvocationLine, Serve, within
from sagalab.hosts.fork_server import Forker
from sagalab.hosts.limits import Limits
from sagalab.hosts.loading import LoadError, call, load
from sagalab.hosts.transcripts import KeptLine, Line, Transcripts
from sagalab.hosts.watchdog import Endless, Watchdog
from sagalab.participants.errors import ParticipantError
from sagalab.participants.market import Caller, Market

LIMITS = Limits(cpu=3)
HANGS = 2  # how often one function may hang in a run before it is no longer started


def _timed_out(function: FunctionSpec, context: dict[str, Any], cold: bool, why: str = "") -> Outcome:
    seconds = f"{function.timeout:.2f}"
    return Outcome(
        error="Sandbox.Timedout",
        message=f"RequestId: {context['aws_request_id']} Error: Task timed out after {seconds} seconds{why}",
        cold=cold,
    )


def _endless(function: FunctionSpec, why: str) -> str:
    return f" ({why}: does a loop in {function.name} never end?)"


class HostRuntime:
    """Runs functions in children; a blocked invocation keeps its instance, so that others run meanwhile.

    `limits` and `wall` (seconds of silence by the wall clock) bound each child. `ready` names the zips that the
    warm process has ready, by digest. With `disturbed`, the first instances of all functions live together in one
    child; it is called when that child hangs, dies or talks nonsense, and must not return. A later instance of a
    function has a child of its own: nothing that the first one left in shared modules is there. With `transcripts`,
    a child is made only once it is told something new.
    """

    def __init__(
        self,
        forker: Forker,
        clock: VirtualClock,
        market: Market,
        serve_aws: Serve,
        seed: int | str,
        limits: Limits = LIMITS,
        wall: float = WALL,
        ready: Collection[str] = (),
        disturbed: Callable[[str], NoReturn] | None = None,
        transcripts: Transcripts | None = None,
    ) -> None:
        self.forker, self.clock, self.market, self.serve_aws = forker, clock, market, serve_aws
        self.limits, self.wall, self.ready, self.disturbed = limits, wall, ready, disturbed
        self.transcripts = transcripts
        self._shared: ChildLine | None = None
        self._idle: dict[Hashable, list[Conversation]] = {}
        self._alone: list[Conversation] = []
        self._hangs: dict[Hashable, int] = {}
        self._random = random.Random(f"hosts:{seed}")
        self._folder: str | None = None
        self._started = 0
        self._begun: set[Hashable] = set()

    def run(self, function: FunctionSpec, event: Any, context: dict[str, Any], fresh: bool) -> Outcome:
        """Runs one invocation in an idle instance, or in a new one."""
        known = _code_of(function)
        idle = self._idle.setdefault(known, [])
        cold = fresh or not idle
        if cold:
            cloud().functions.cold_start()
            context = {**context, "deadline": self.clock.now + function.timeout}
        if self._hangs.get(known, 0) >= HANGS:
            # Each one costs seconds of real time, and the answer is known.
            return self._late(function, context, cold, "it did so before")
        host = self._start(alone=fresh or known in self._begun) if cold else idle.pop()
        self._begun.add(known)
        shared, own = _parted(context)
        request = {
            **({**self._code(function), "environment": function.environment} if cold else {}),
            "handler": function.handler,
            "event": event,
            "context": shared,
        }
        own = {"context": own, "seed": f"{self._random.getrandbits(64)}"}
        here = origin.get()
        try:
            done = host.until_done(request, Caller(here.function, here.invocation), context["deadline"], own)
            outcome = _read(done, cold)
        except Expired:
            self._drop(host)
            return _timed_out(function, context, cold)
        except Gone as error:
            self._distrust(host, str(error))
            self._drop(host)
            return _exited(context, cold, str(error))
        except Hung as error:
            self._distrust(host, str(error))
            self._drop(host)
            self._hangs[known] = self._hangs.get(known, 0) + 1
            return self._late(function, context, cold, str(error))
        if fresh or not done.get("loaded"):
            self._drop(host)
        else:
            idle.append(host)
        return outcome

    def _code(self, function: FunctionSpec) -> dict[str, str]:
        name = digest(function.code)
        return {"archive": name} if name in self.ready else {"code": base64.b64encode(function.code).decode()}

    def _start(self, alone: bool) -> Conversation:
        self._started += 1
        alone = alone or self.disturbed is None
        line = self._line("alone" if alone else "together", self._started)
        host = Conversation(line, self.clock, self.market, self.serve_aws, self.wall)
        if alone:
            self._alone.append(host)
        return host

    def _line(self, life: str, number: int) -> Line:
        def opened() -> Line:
            return (
                self._fork(life, f"{number}") if life == "alone" else InvocationLine(self._together().channel, number)
            )

        # Alone or with others, it says the same.
        return opened() if self.transcripts is None else KeptLine(self.transcripts, "function", opened)

    def _together(self) -> ChildLine:
        if self._shared is None:
            self._shared = self._fork("together", "together")
        return self._shared

    def _fork(self, life: str, name: str) -> ChildLine:
        self._folder = self._folder or tempfile.mkdtemp(prefix="functions-")
        folder = f"{self._folder}/{name}"
        return ChildLine(*self.forker.fork({"life": life, "folder": folder, "limits": asdict(self.limits)}))

    def _distrust(self, host: Conversation, why: str) -> None:
        if self.disturbed is not None and host not in self._alone:
            self.disturbed(why)

    def _late(self, function: FunctionSpec, context: dict[str, Any], cold: bool, why: str) -> Outcome:
        self.clock.sleep(max(0.0, context["deadline"] - self.clock.now))
        return _timed_out(function, context, cold, _endless(function, why))

    def _drop(self, host: Conversation) -> None:
        """Gives an instance up; one that shares its child lies there until the child ends."""
        host.end()
        if host in self._alone:
            self._alone.remove(host)

    def part(self) -> None:
        """Leaves the children to the process that this one was forked from; lines of transcripts make new ones."""
        self._shared = self._folder = None

    def close(self) -> None:
        """Ends all instances."""
        for host in list(self._alone):
            self._drop(host)
        if self._shared is not None:
            self._shared.end()
        self._idle.clear()
        self._shared = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _parted(context: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parts what all invocations of a function are told from what is one's own."""
    own = {name: context[name] for name in ("aws_request_id", "deadline")}
    return {name: value for name, value in context.items() if name not in own}, own


def _code_of(function: FunctionSpec) -> Hashable:
    return function.arn, function.handler, function.code, tuple(sorted(function.environment.items()))


def _exited(context: dict[str, Any], cold: bool, why: str) -> Outcome:
    return Outcome(
        error="Runtime.ExitError",
        message=f"RequestId: {context['aws_request_id']} Error: Runtime exited without providing a reason ({why})",
        cold=cold,
    )


def _read(done: dict[str, Any], cold: bool) -> Outcome:
    """Reads a child's last word, of which nothing is certain."""
    error, trace = done.get("error"), done.get("trace")
    return Outcome(
        payload=done.get("payload"),
        error=None if error is None else str(error)[:200],
        message=str(done.get("message") or "")[:4000],
        trace=tuple(str(line)[:4000] for line in trace[:8]) if isinstance(trace, list) else (),
        cold=cold,
        loaded=done.get("loaded") is not False,
        log=str(done.get("log") or "")[:4096],
    )


class LocalRuntime:
    """Runs functions in this process, one module namespace per function, as a notebook does.

    A function that keeps everything else waiting for `wall` real seconds is stopped; it has then timed out.
    """

    def __init__(self, clock: VirtualClock, market: Callable[[], Market], wall: float = WALL) -> None:
        self.clock, self._market = clock, market
        self._watchdog = Watchdog(lambda: clock.turns, wall)
        self._hangs: dict[Hashable, int] = {}
        self._loaded: dict[Hashable, Callable[[Any, Any], Any]] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="sagalab-")
        environment.install()

    def run(self, function: FunctionSpec, event: Any, context: dict[str, Any], fresh: bool) -> Outcome:
        """Runs one invocation; after its deadline only a call already under way still has its effect."""
        with environment.of_function(function.environment):
            return self._run(function, event, context, fresh)

    def _run(self, function: FunctionSpec, event: Any, context: dict[str, Any], fresh: bool) -> Outcome:
        known = _code_of(function)
        cold = fresh or known not in self._loaded
        if cold:
            cloud().functions.cold_start()
            context = {**context, "deadline": self.clock.now + function.timeout}
        if self._hangs.get(known, 0) >= HANGS:
            # Each one costs seconds of real time, and the answer is known.
            return self._late(function, context, cold, "it did so before")
        try:
            if cold:
                self._loaded[known] = self._watchdog.run(lambda: self._load(function))
            outcome = self._call(self._loaded[known], event, context)
        except LoadError as error:
            return Outcome(error=error.kind, message=str(error), cold=True, loaded=False)
        except Endless as error:
            self._hangs[known] = self._hangs.get(known, 0) + 1
            return self._late(function, context, cold, str(error))
        except Expired:
            if (invocation := origin.get().invocation) is not None:
                cloud().functions.abandoned.add(invocation)
            return _timed_out(function, context, cold)
        return replace(outcome, cold=cold)

    def _load(self, function: FunctionSpec) -> Callable[[Any, Any], Any]:
        # A folder of its own: what a traceback quotes is read by the file's name.
        folder = Path(self._folder.name) / digest(function.code)
        folder.mkdir(exist_ok=True)
        return load(function.code, function.handler, folder, alone=False)

    def _call(self, handler: Callable[[Any, Any], Any], event: Any, context: dict[str, Any]) -> Outcome:
        outcomes: list[Outcome] = []
        endless: list[Endless] = []

        def work() -> dict[str, Any]:
            try:
                shared, own = _parted(context)
                outcomes.append(
                    self._watchdog.run(lambda: call(handler, event, shared, lambda: self.clock.now, lambda: own))
                )
            except Abandoned:
                pass  # Its time was up; whoever invoked it has gone on.
            except Endless as error:
                endless.append(error)
            return {}

        within(self.clock, context["deadline"], work)
        if endless:
            raise endless[0]
        return outcomes[0]

    def _late(self, function: FunctionSpec, context: dict[str, Any], cold: bool, why: str) -> Outcome:
        self.clock.sleep(max(0.0, context["deadline"] - self.clock.now))
        return _timed_out(function, context, cold, _endless(function, why))

    def close(self) -> None:
        """Forgets what was loaded."""
        self._loaded.clear()


class LocalDoor:
    """Leads the proxies of `sagalab.participants` to a market in this process."""

    def __init__(self, market: Callable[[], Market]) -> None:
        self._market = market

    def call(self, what: str, arguments: dict[str, Any]) -> Any:
        """Carries one call there and its answer back."""
        go_on()
        here = origin.get()
        try:
            return self._market().call(what, arguments, Caller(here.function, here.invocation))
        except ParticipantError as error:
            # A fresh copy: the market may keep the first one under its key.
            raise type(error)(str(error)) from None


def open_local_door(market: Callable[[], Market]) -> None:
    """Opens the proxies of this process to a market in it."""
    participants.open_door(LocalDoor(market))
