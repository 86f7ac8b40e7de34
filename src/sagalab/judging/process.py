"""The judge's own process, and the way to talk to it.

Started as `python -m sagalab.judging.process CHANNEL CONTROL`: evidence comes in over the channel, and
findings go out, one by one. CONTROL leads to the learner's process, forks of which call its
functions. The seed comes in with the evidence and never leaves.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sagalab.criteria.finding import Finding, invalid, unknown
from sagalab.errors import GraderError, LearnerError
from sagalab.evidence import UNREAD, Evidence
from sagalab.history import History
from sagalab.hosts.channel import Channel, ChannelClosed, ChannelTimeout
from sagalab.hosts.fork_server import Forker, start
from sagalab.hosts.limits import clean_environment, die_with_parent
from sagalab.scenario import Scenario

if TYPE_CHECKING:
    from sagalab.judging.case import Case

LIMIT = 256 * 1024 * 1024  # bytes of one message; histories come along with findings
PATIENCE = 600.0  # wall-clock seconds between two messages of a judge


# -- in the judge's process -----------------------------------------------------------------------


def main() -> None:
    """Judges what comes over the channel until it closes."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Whoever interrupts a notebook means its cell, not the judge.
    channel = Channel(socket.socket(fileno=int(sys.argv[1])), LIMIT)
    notebook = Forker(socket.socket(fileno=int(sys.argv[2])))
    kept: dict[str, Case] = {}
    with suppress(ChannelClosed), tempfile.TemporaryDirectory(prefix="sagalab-judge-") as folder:
        functions, warm = start("sagalab.hosts.function_host", clean_environment(folder), folder)
        try:
            while True:
                _judge(channel, channel.receive(), notebook, functions, kept)
        finally:
            warm.kill()
            warm.wait()


def _judge(
    channel: Channel, request: dict[str, Any], notebook: Forker, functions: Forker, kept: dict[str, Case]
) -> None:
    from sagalab.judging import rules
    from sagalab.judging.registry import judge

    rules.load()
    state = str(request["state"])
    failure: Exception | None = None
    if state not in kept:
        for old in kept.values():
            old.close()
        kept.clear()
        try:
            kept[state] = _case(channel, request, notebook, functions)
        except Exception as error:
            failure = error
    if "play" in request:
        channel.send(_played(request["play"], kept.get(state), str(failure)))
        return
    for criterion in request["criteria"]:
        if failure is not None:
            finding = _not_restored(criterion, failure)
        else:
            finding = _one(partial(judge, kept[state], criterion), criterion)
        channel.send({"op": "finding", "finding": finding.to_json()})
    channel.send({"op": "done"})


def _not_restored(criterion: str, failure: Exception) -> Finding:
    """Tells what the cloud refused, which is the learner's, from everything else, which is ours."""
    from botocore.exceptions import ClientError

    words = f"{type(failure).__name__}: {failure}"
    if not isinstance(failure, ClientError):
        return _undecided(criterion, words)
    return invalid(
        criterion,
        f"What was deployed cannot be built a second time: {words}",
        hint="Restart the kernel and run all cells: does the deployment come up from nothing?",
    )


def _undecided(criterion: str, words: str) -> Finding:
    return unknown(criterion, "The judge could not decide this; a person has to look.", facts={"error": words[:4000]})


def _case(channel: Channel, request: dict[str, Any], notebook: Forker, functions: Forker) -> Case:
    from sagalab.judging.bench import Bench
    from sagalab.judging.case import Case

    evidence = Evidence.model_validate(request["evidence"])
    for problem in evidence.problems:
        if problem.startswith(UNREAD):
            raise GraderError(problem)  # An empty deployment would be judged, and cost the learner everything.
    bench = Bench(evidence.deployment, notebook, functions)
    return Case(evidence, bench, str(request["seed"]), lambda words: channel.send({"op": "progress", "words": words}))


def _played(line: str, case: Case | None, broken: str) -> dict[str, Any]:
    if case is None:
        return {"op": "played", "error": broken}
    try:
        return {"op": "played", "history": case.ran(Scenario.from_line(line), report=True).history.to_json()}
    except GraderError as error:
        return {"op": "played", "error": str(error)}


def _one(work: Callable[[], Finding], criterion: str) -> Finding:
    try:
        return work()
    except ChannelClosed:
        raise
    except GraderError as error:
        return _undecided(criterion, str(error))
    except Exception as error:
        return _undecided(criterion, f"{type(error).__name__}: {error}\n{traceback.format_exc(limit=-5)}")


# -- on the asking side ---------------------------------------------------------------------------


class Judge:
    """Asks a judge process of its own; close it when done."""

    def __init__(self, notebook_control: socket.socket) -> None:
        ours, theirs = socket.socketpair()
        # Everything that the judge and its children write lies here, and goes with it.
        self._folder = tempfile.TemporaryDirectory(prefix="sagalab-judge-", ignore_cleanup_errors=True)
        self._words = Path(self._folder.name, "stderr.txt")
        with self._words.open("wb") as words:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "sagalab.judging.process",
                    str(theirs.fileno()),
                    str(notebook_control.fileno()),
                ],
                pass_fds=[theirs.fileno(), notebook_control.fileno()],
                env={**os.environ, "TMPDIR": self._folder.name},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=words,
            )
        theirs.close()
        self.channel = Channel(ours, LIMIT)

    def ask(
        self,
        evidence: Evidence,
        criteria: Iterable[str],
        seed: str,
        progress: Callable[[str], None] = lambda _: None,
        serve: tuple[socket.socket, Callable[[], Any]] | None = None,
        state: str = "",
    ) -> dict[str, Finding]:
        """Gives the finding of each criterion.

        `serve` is a control socket of this process and what to do when a request waits there. While `state`
        stays the same, so do the runs that criteria share. Whatever the
        judge could not say is unknown: a fault of the grader is never a learner's zero.
        """
        wanted = list(criteria)
        found: dict[str, Finding] = {}
        try:
            self.channel.send(
                {
                    "evidence": evidence.model_dump(mode="json"),
                    "criteria": wanted,
                    "seed": seed,
                    "state": state,
                }
            )
            while True:
                self._wait(serve)
                message = self.channel.receive(PATIENCE)
                if message["op"] == "done":
                    break
                if message["op"] == "progress":
                    progress(str(message["words"]))
                else:
                    finding = Finding.from_json(message["finding"])
                    found[finding.criterion] = finding
        except (ChannelClosed, ChannelTimeout, ValueError, LearnerError) as error:
            why = f"{error} {self._words.read_text(errors='replace')[-2000:]}".strip()
            for criterion in wanted:
                found.setdefault(
                    criterion,
                    unknown(criterion, "The judge stopped before it could decide this.", facts={"error": why}),
                )
        return found

    def alive(self) -> bool:
        """Says whether the judge still runs."""
        return self._process.poll() is None

    def _wait(self, serve: tuple[socket.socket, Callable[[], Any]] | None) -> None:
        while serve is not None:
            ready, _, _ = select.select([self.channel.socket, serve[0]], [], [], PATIENCE)
            if serve[0] in ready:
                serve[1]()
            if self.channel.socket in ready or not ready:
                return

    def close(self) -> None:
        """Ends the judge."""
        self.channel.close()
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._folder.cleanup()


def play(evidence: Evidence, scenario: Scenario, notebook_control: socket.socket) -> History:
    """Runs one scenario in a judge of its own and gives its history; raises `GraderError`."""
    judge = Judge(notebook_control)
    try:
        judge.channel.send(
            {"evidence": evidence.model_dump(mode="json"), "play": scenario.line(), "seed": "", "state": ""}
        )
        reply = judge.channel.receive(PATIENCE)
    except (ChannelClosed, ChannelTimeout) as error:
        raise GraderError(f"the schedule could not be run: {error}") from error
    finally:
        judge.close()
    if "history" not in reply:
        raise GraderError(f"the schedule could not be run: {reply.get('error')}")
    return History.from_json(reply["history"])


if __name__ == "__main__":
    main()
