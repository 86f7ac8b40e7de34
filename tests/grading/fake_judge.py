"""Judges the tiny lesson by its text: stands in for the judging process in tests of what is around it."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from sagalab.criteria.finding import Finding, invalid, unknown, valid
from sagalab.history import History


@dataclass
class Judged:
    status: str
    note: str
    findings: dict[str, Finding] = field(default_factory=dict)
    outputs: list[list[Any]] = field(default_factory=list)


def judge(nb: Any, lesson: str, student: str, folder: Path) -> Judged:
    """Finds what the notebook's text asks for; some words make the judging process itself misbehave."""
    text = "\n".join(cell.source for cell in nb.cells)
    with (folder.parent.parent / "calls.txt").open("a") as calls:
        calls.write(f"{student}\n")
    if "KILL THE JUDGE" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    if "NEVER END" in text:
        (folder.parent.parent / "pid.txt").write_text(str(os.getpid()))
        threading.Event().wait()
    if "BREAK THE JUDGE" in text:
        raise ZeroDivisionError("the judge's own fault")
    if "first + second" in text:
        adds = valid("05-adds", "Twelve pairs were added.")
    else:
        adds = invalid(
            "05-adds", "2 and 3 gave <b>nothing</b>.", 0.25, promise="Sums", hint="Return it.", history=_run()
        )
    undecided = unknown("05-undecided", "The measuring broke.")
    decided = valid("05-undecided", "Decided after all.") if "DECIDE" in text else undecided
    return Judged("graded", "", {"05-adds": adds, "05-undecided": decided}, [_printed(cell) for cell in nb.cells])


def _run() -> History:
    history = History()
    history.record(0.0, "accepted", "orchestration", order_id="1042")
    history.record(1.0, "call", "payment_gateway.charge", order_id="1042", until=1.2)
    return history


def _printed(cell: Any) -> list[Any]:
    if cell.cell_type != "code":
        return []
    return [
        nbformat.v4.new_output("stream", name="stderr", text="a note on stderr\n"),
        nbformat.v4.new_output("display_data", data={"text/html": "<script>alert(1)</script>"}),
    ]
