"""The judge's own process, and the way to talk to it.

Brought up from the warm process `python -m sagalab.judging.process FD`: evidence comes in over the channel, and
findings go out, one by one. The socket that comes along leads to the learner's process, forks of which call its
functions. The seed comes in with the evidence and never leaves.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sagalab.criteria.finding import Finding, invalid, unknown
from sagalab.errors import GraderError, LearnerError
from sagalab.evidence import UNREAD, Evidence
from sagalab.history import History
from sagalab.hosts import warm_process
from sagalab.hosts.channel import Channel, ChannelClosed, ChannelTimeout
from sagalab.hosts.fork_server import Forker, start
from sagalab.hosts.huge_pages import settle
from sagalab.hosts.limits import clean_environment, die_with_parent
from sagalab.hosts.warm_process import WarmProcess
from sagalab.scenario import Scenario

if TYPE_CHECKING:
    from sagalab.judging.case import Case

LIMIT = 256 * 1024 * 1024  # bytes of one message; histories come along with findings
PATIENCE = 600.0  # wall-clock seconds between two messages of a judge


# -- in the judge's process -----------------------------------------------------------------------


def main() -> None:
    """Becomes the warm process, and beside it the one for learners' functions."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Whoever interrupts a notebook means its cell, not the judge.
    folder = os.getcwd()
    functions, host = start("sagalab.hosts.function_host", clean_environment(folder), folder)
    try:
        _load()
        warm_process.serve(socket.socket(fileno=int(sys.argv[1])), partial(_live, functions))
    finally:
        host.kill()
        host.wait()


def _load() -> None:
    from sagalab.aws.warming import warm_up
    from sagalab.judging import rules

    rules.load()
    warm_up()
    settle()


def _live(functions: Forker, channel: Channel, request: dict[str, Any]) -> None:
    """Judges what comes over the channel until it closes."""
    notebook = Forker(socket.socket(fileno=int(request["extra"][0])))
    tempfile.tempdir = os.environ["TMPDIR"] = str(request["folder"])
    kept: dict[str, Case] = {}
    while True:
        _judge(channel, channel.receive(), notebook, functions, kept)


def _judge(
    channel: Channel, request: dict[str, Any], notebook: Forker, functions: Forker, kept: dict[str, Case]
) -> None:
    from sagalab.judging.registry import judge

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


JUDGES = WarmProcess("sagalab.judging.process", lambda folder: {**os.environ, "TMPDIR": folder})


class Judge:
    """Asks a judge process of its own; close it when done."""

    def __init__(self, notebook_control: socket.socket) -> None:
        # Everything that the judge and its children write lies here, and goes with it.
        self._folder = tempfile.TemporaryDirectory(prefix="sagalab-judge-", ignore_cleanup_errors=True)
        self._words = Path(self._folder.name, "stderr.txt")
        request = {"folder": self._folder.name, "errors": str(self._words)}
        self._life = JUDGES.bring_up(request, notebook_control, limit=LIMIT)
        self.channel, self.pid = self._life.channel, self._life.pid

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
            words = self._words.read_text(errors="replace") if self._words.is_file() else ""
            why = f"{error} {words[-2000:]}".strip()
            for criterion in wanted:
                found.setdefault(
                    criterion,
                    unknown(criterion, "The judge stopped before it could decide this.", facts={"error": why}),
                )
        return found

    def alive(self) -> bool:
        """Says whether the judge still runs."""
        return self._life.alive()

    def _wait(self, serve: tuple[socket.socket, Callable[[], Any]] | None) -> None:
        while serve is not None:
            ready, _, _ = select.select([self.channel.socket, serve[0]], [], [], PATIENCE)
            if serve[0] in ready:
                serve[1]()
            if self.channel.socket in ready or not ready:
                return

    def close(self) -> None:
        """Ends the judge."""
        self._life.close()
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
