"""The judge's test bench: one restored deployment, a fork of this process per scenario.

Restoring costs as much as several scenarios, a fork a few milliseconds; no state, task or module global
leaks from one scenario into the next. Where the system cannot fork, the cloud is restored each time.
"""

from __future__ import annotations

import base64
import gc
import os
import random
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NoReturn

from sagalab.aws import api, observe
from sagalab.aws.cloud import Cloud
from sagalab.aws.current import Origin, origin
from sagalab.aws.restoring import restore
from sagalab.aws.shortcuts import rehearse
from sagalab.aws.warming import warm_up
from sagalab.clock import VirtualClock
from sagalab.deployment import Deployment
from sagalab.errors import GraderError
from sagalab.history import History
from sagalab.hosts.archives import digest
from sagalab.hosts.calls import ChildLine, Conversation, Expired, Hung
from sagalab.hosts.channel import Channel, ChannelClosed, ChannelTimeout
from sagalab.hosts.fork_server import Forker
from sagalab.hosts.function_host import warm_for
from sagalab.hosts.huge_pages import collapse, settle
from sagalab.hosts.limits import die_with_parent
from sagalab.hosts.runtime import HostRuntime
from sagalab.hosts.transcripts import KeptLine, Line, Transcripts
from sagalab.judging.branching import Branches
from sagalab.participants.market import Caller
from sagalab.scenario import Run, Scenario, StartFailed, begin, plan_of

SCENARIO_WALL = 120.0  # wall-clock seconds for one scenario, far above what an honest one needs
LIMIT = 256 * 1024 * 1024  # bytes of one message of a fork
AGAIN = 50  # runs after which memory is put on huge pages again
CALL_DEADLINE = 900.0  # virtual seconds for one call of a start function or a plan's action
OURS = frozenset({"Timeout", "Hung", "Unknown"})  # what no code of the learner raised


class _NoRuntime:
    """Stands in while nothing runs: a restored cloud waits for its scenario."""

    def run(self, *_: Any) -> Any:
        raise GraderError("a function was invoked before its scenario began")

    def close(self) -> None:
        """Ends nothing."""


def in_words(what: str, reply: dict[str, Any]) -> str:
    """Says what became of a call that did not return: its own error, or what kept it from ending."""
    message = str(reply.get("message", "")).rstrip(". ")
    return f"{what} {message}" if reply["error"] in OURS else f"{what} raised {reply['error']}: {message}"


class Notebook:
    """The learner's process as a scenario sees it: calls its functions in one fork of it."""

    def __init__(self, forker: Forker, run: Run, transcripts: Transcripts | None) -> None:
        self.run = run

        def opened() -> Line:
            return ChildLine(*forker.fork({}))

        line = opened() if transcripts is None else KeptLine(transcripts, "notebook", opened)
        self._talk = Conversation(line, run.clock, run.market, api.serve)
        # Each fork draws its own identifiers: two orders of one run must not get the same UUID.
        run.notebooks += 1
        self._random = random.Random(f"notebook:{run.scenario.seed}:{run.notebooks}")

    def call(self, target: str, *arguments: Any, **extra: Any) -> dict[str, Any]:
        """Calls one of the learner's functions; the answer holds "result", or "error" and "message"."""
        request = {"target": target, "arguments": list(arguments), **extra}
        own = {"seed": str(self._random.getrandbits(64)), "context": {}}
        token = origin.set(Origin(operator=True))
        try:
            return self._talk.until_done(request, Caller(), self.run.clock.now + CALL_DEADLINE, own)
        except Expired:
            return {"error": "Timeout", "message": f"did not return within {CALL_DEADLINE:g} virtual seconds"}
        except Hung:
            return {"error": "Hung", "message": "never came back: a loop in it seems to have no end"}
        finally:
            origin.reset(token)

    def start(self, entry: str, order_id: str) -> None:
        """Starts an order; raises `StartFailed`."""
        reply = self.call(entry, order_id)
        if "error" in reply:
            raise StartFailed(in_words(f"{entry}({order_id!r})", reply))

    def close(self) -> None:
        """Ends the fork."""
        self._talk.end()


Drive = Callable[["Stage"], dict[str, Any]]


class Stage:
    """What a scenario's driver works with, inside the fork: the run, the notebook, the signals."""

    def __init__(self, run: Run, forker: Forker, transcripts: Transcripts | None = None) -> None:
        self.run, self.forker, self.transcripts = run, forker, transcripts

    def notebook(self) -> Notebook:
        """Gives a fork of the learner's process."""
        return Notebook(self.forker, self.run, self.transcripts)

    def ask(self, target: str, *arguments: Any, **extra: Any) -> dict[str, Any]:
        """Calls one of the learner's functions in a fork of its own, and gives its answer as `Notebook.call` does."""
        notebook = self.notebook()
        try:
            return notebook.call(target, *arguments, **extra)
        finally:
            notebook.close()

    def start(self, entry: str, order_id: str) -> None:
        """Starts an order in a fork of its own: the calls of several may overlap. Raises `StartFailed`."""
        notebook = self.notebook()
        try:
            notebook.start(entry, order_id)
        finally:
            notebook.close()

    def signals(self) -> dict[str, Any]:
        """Gives what an operator sees now."""
        return observe.signals()


def simply(stage: Stage) -> dict[str, Any]:
    """Drives a scenario from its orders' start to its horizon."""
    stage.run.start_orders(stage.start)
    stage.run.until()
    return {}


class Bench:
    """One restored deployment and the processes around it."""

    def __init__(self, deployment: Deployment, notebook: Forker, functions: Forker) -> None:
        self.deployment, self.notebook = deployment, notebook
        self._folder = tempfile.TemporaryDirectory(prefix="functions-", ignore_cleanup_errors=True)
        zips = {base64.b64decode(function.zip) for function in deployment.functions}
        codes = {digest(code): code for code in sorted(zips)}
        self.functions = warm_for(functions, list(codes.values()), f"{self._folder.name}/ready")
        self._ready, self._together = frozenset(codes), True
        self._transcripts: Transcripts | None = Transcripts()
        self._runs = 0
        warm_up()
        self.clock = VirtualClock("bench")
        self.cloud = Cloud(self.clock, History(), _NoRuntime(), seed="bench").start()
        restore(deployment)
        rehearse([machine.definition for machine in deployment.state_machines])
        settle()

    def run(self, scenario: Scenario, drive: Drive = simply) -> tuple[History, dict[str, Any]]:
        """Runs a scenario in a fork; gives its history and what the driver answered.

        Raises `GraderError` when the fork fails: that is never the learner's fault.
        """
        (reply,) = self._forked(scenario, drive)
        while "again_without" in reply:
            # For good: what hung once hangs again, and what threw a die throws it again.
            if reply["again_without"] == "company":
                self._together = False
            else:
                self._transcripts = None
            (reply,) = self._forked(scenario, drive)
        if "grader_error" in reply:
            raise GraderError(reply["grader_error"])
        return self._taken(reply)

    def run_each(
        self, scenarios: Sequence[Scenario], drive: Drive = simply
    ) -> Iterator[tuple[int, History, dict[str, Any]]]:
        """Runs scenarios that differ in their faults alone, and gives each one's number and result as it comes.

        Each begins as a fork of the run that nothing strikes, taken where its first fault strikes: its history is
        the same as that of a run from the start. Raises `GraderError`.
        """
        left = dict(enumerate(scenarios))
        if self._transcripts is not None and len(left) > 1:
            try:
                for reply in self._forked(scenarios[0].with_faults(), drive, scenarios):
                    if "branch" in reply and "history" in reply:
                        del left[reply["branch"]]
                        yield reply["branch"], *self._taken(reply)
            except GraderError:
                pass  # Whatever it was: those that are left meet it again, each by itself.
        for number, scenario in left.items():
            yield number, *self.run(scenario, drive)

    def _taken(self, reply: dict[str, Any]) -> tuple[History, dict[str, Any]]:
        if self._transcripts is not None:
            self._transcripts.add(reply["transcripts"])
        return History.from_json(reply["history"]), reply["answer"]

    def _forked(self, scenario: Scenario, drive: Drive, branches: Sequence[Scenario] = ()) -> Iterator[dict[str, Any]]:
        """Gives what a fork says: one object for each branch, and one for the run itself, the last."""
        self._runs += 1
        if self._runs % AGAIN == 0:
            collapse()  # What this process wrote since then lies on small pages again.
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            ours.close()
            self._in_fork(Channel(theirs, LIMIT), scenario, drive, branches)
        theirs.close()
        channel = Channel(ours, LIMIT)
        try:
            reply = {"branch": None}
            while "branch" in reply:
                reply = channel.receive(SCENARIO_WALL)
                yield reply
        except (ChannelClosed, ChannelTimeout, ValueError) as error:
            raise GraderError(f"a scenario did not come to its end ({error}): {scenario.in_words()}") from error
        finally:
            channel.close()
            if "branch" in reply:
                os.kill(pid, signal.SIGKILL)  # Its branches end with it.
            os.waitpid(pid, 0)

    def _in_fork(self, channel: Channel, scenario: Scenario, drive: Drive, branches: Sequence[Scenario]) -> None:
        who: dict[str, int] = {}  # which branch this process is
        trunk: list[Channel] = []  # from a branch to the run that it was forked from

        def again_without(what: str, why: str) -> NoReturn:
            runtime.close()
            channel.send({"again_without": what, "why": why, **who})
            os._exit(0)

        def split(number: int) -> bool:
            here, there = socket.socketpair()
            if (pid := os.fork()) != 0:
                there.close()
                with suppress(ChannelClosed, ValueError):  # One that did not come to its end has nothing to tell.
                    transcripts.add(Channel(here, LIMIT).receive())
                here.close()
                os.waitpid(pid, 0)
                return False
            die_with_parent()
            here.close()
            trunk.append(Channel(there, LIMIT))
            who["branch"], run.scenario = number, branches[number]
            transcripts.part()
            runtime.part()
            return True

        transcripts = Transcripts() if self._transcripts is None else self._transcripts
        transcripts.changed = partial(again_without, "transcripts")
        gc.disable()  # It ends before garbage matters, and a collection copies every page that it looks at.
        try:
            waiting = {number: plan_of(one, self.clock) for number, one in enumerate(branches)}
            run = begin(scenario, self.clock, Branches(self.clock, waiting, split) if waiting else None)
            kept = transcripts if self._transcripts is not None else None
            runtime = HostRuntime(
                self.functions, self.clock, run.market, api.serve, scenario.seed,
                ready=self._ready, disturbed=partial(again_without, "company") if self._together else None,
                transcripts=kept,
            )  # fmt: skip
            self.cloud.begin(self.clock, run.history, runtime, run.faults, scenario.seed)
            self.cloud.reseed(scenario.seed)
            answer = drive(Stage(run, self.notebook, kept))
            broken = [f"{name}: {type(error).__name__}: {error}" for name, error in self.clock.failures]
            runtime.close()
            message: dict[str, Any] = {
                "history": run.history.to_json(), "answer": answer, "transcripts": transcripts.fresh, **who,
            }  # fmt: skip
            if broken:
                message = {"grader_error": "; ".join(broken[:3]), **who}
            channel.send(message)
            for run_itself in trunk:
                run_itself.send(transcripts.fresh)  # The next branch may be told the same.
        except BaseException as error:
            import traceback

            words = f"{type(error).__name__}: {error}\n{traceback.format_exc(limit=-4)}"
            channel.send({"grader_error": words, **who})
        finally:
            os._exit(0)

    def close(self) -> None:
        """Closes the cloud, and ends the process that has the functions' code ready."""
        self.cloud.stop()
        self.functions.close()
        self._folder.cleanup()
