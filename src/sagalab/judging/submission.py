"""A whole notebook judged from outside: run in a child, its evidence judged in another process.

One way serves the gradebook, `sagalab check project` and the tests. Nothing here holds learner code: it
starts the child that does, and believes only evidence that fits the data model.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sagalab import elsewhere
from sagalab.course import Course
from sagalab.criteria.finding import Finding, invalid
from sagalab.criteria.submission import submission
from sagalab.evidence import Evidence
from sagalab.hosts.channel import ChannelClosed, ChannelTimeout
from sagalab.hosts.fork_server import control_pair
from sagalab.hosts.limits import Limits, clean_environment, keep_private
from sagalab.hosts.warm_process import WarmProcess
from sagalab.judging.process import JUDGES, Judge
from sagalab.learner.mail import Work, inspect_mail, pack

Output = dict[str, Any]
MAX_CELLS = 400
LIMIT = 128 * 1024 * 1024  # bytes of one message: displays come along with cells


@dataclass(frozen=True)
class Budget:
    """What running a notebook may cost: CPU seconds for a cell and for all, wall seconds, megabytes."""

    cell: float = 15.0
    cpu: int = 60
    wall: float = 150.0
    memory: int = 2500


@dataclass
class Judged:
    """What became of one notebook; `outputs` follows its cells."""

    status: str
    note: str = ""
    findings: dict[str, Finding] = field(default_factory=dict)
    outputs: list[list[Output]] = field(default_factory=list)
    evidence: Evidence | None = None


class Stopped(Exception):
    """The notebook did not come to its end: what it did, in words."""


NOTEBOOKS = WarmProcess("sagalab.hosts.notebook", lambda home: {**clean_environment(home), elsewhere.VARIABLE: "1"})


def prepare() -> None:
    """Starts the warm processes that notebooks and judges are brought up from, without waiting until they are ready.

    Learner code will run there, so this process, which knows the seed, hides its own memory from now on.
    """
    keep_private()
    NOTEBOOKS.prepare()
    JUDGES.prepare()


class NotebookProcess:
    """A child that runs one notebook and stays alive, in a scratch folder of its own."""

    def __init__(self, folder: Path | None, budget: Budget) -> None:
        self.budget = budget
        self._scratch = tempfile.TemporaryDirectory(prefix="sagalab-notebook-", ignore_cleanup_errors=True)
        home = Path(self._scratch.name)
        work = home / "work"
        work.mkdir()
        if folder is not None and folder.is_dir():
            shutil.copytree(folder, work, dirs_exist_ok=True, symlinks=True, ignore=_only_plain)
        self.control, control = control_pair()
        request = {
            "home": str(home), "folder": str(work), "cell_seconds": budget.cell,
            "limits": asdict(Limits(cpu=budget.cpu, memory=budget.memory)),
        }  # fmt: skip
        self._life = NOTEBOOKS.bring_up(request, control, limit=LIMIT)
        control.close()
        self.channel = self._life.channel

    def run(self, cells: list[dict[str, Any]]) -> tuple[list[list[Output]], Evidence]:
        """Runs the cells and gives their outputs and the evidence; raises `Stopped`."""
        outputs: list[list[Output]] = []
        deadline = time.monotonic() + self.budget.wall
        try:
            self.channel.send({"cells": cells})
            while True:
                message = self.channel.receive(max(0.1, deadline - time.monotonic()))
                if message["op"] == "cell":
                    outputs.append(list(message["outputs"]))
                    continue
                return outputs, Evidence.model_validate(message["evidence"])
        except ChannelTimeout:
            raise Stopped(_stopped(cells, len(outputs), f"did not end within {self.budget.wall:g} seconds")) from None
        except ChannelClosed:
            used = f"{self.budget.cpu} s of processor time or {self.budget.memory} MB"
            raise Stopped(_stopped(cells, len(outputs), f"used more than {used}, or ended itself")) from None
        except (ValidationError, ValueError, KeyError, TypeError) as error:
            raise Stopped(f"The notebook's process sent something that is no evidence: {str(error)[:300]}") from None

    def close(self) -> None:
        """Ends the child and removes its folder."""
        self.control.close()
        self._life.close()
        self._scratch.cleanup()


def _stopped(cells: list[dict[str, Any]], done: int, what: str) -> str:
    if done >= len(cells):
        return f"The notebook {what}, after its last cell."
    where = cells[done].get("name", _named(done + 1, None))
    return f"The notebook {what}, in {where} or in a function that ran there. Nothing after it was run."


def _named(number: int, key: str | None) -> str:
    return f"the cell `{key}`" if key else f"cell {number}, counted from the top,"


def _only_plain(folder: str, names: list[str]) -> set[str]:
    return {
        name for name in names if (path := Path(folder, name)).is_symlink() or not (path.is_file() or path.is_dir())
    }


def cells_of(notebook: Any) -> list[dict[str, Any]]:
    """Gives what the child runs: each cell, with the locked check cells left out."""
    rows = []
    for number, cell in enumerate(notebook["cells"][:MAX_CELLS], start=1):
        marks = cell.get("metadata", {}).get("nbgrader", {})
        graded = bool(marks.get("grade")) and not marks.get("solution")
        code = cell["cell_type"] == "code" and not graded
        source = str(cell["source"]) if code else ""
        rows.append({"code": code, "source": source, "name": _named(number, marks.get("grade_id"))})
    return rows


def judge_notebook(
    notebook: Any,
    course: Course,
    criteria: Iterable[str],
    seed: str,
    folder: Path | None = None,
    mail: bytes | None = None,
    progress: Callable[[str], None] = lambda _: None,
    budget: Budget | None = None,
) -> Judged:
    """Runs a notebook and judges it; `folder` holds what lies beside it, `mail` is the e-mail that came."""
    wanted = list(criteria)
    prepare()
    process = NotebookProcess(folder, budget or Budget())
    try:
        progress("running the notebook")
        try:
            outputs, evidence = process.run(cells_of(notebook))
        except Stopped as stopped:
            findings = {
                one: invalid(one, str(stopped), promise="the notebook runs from top to bottom", hint=_HINT)
                for one in wanted
            }
            return Judged("stopped", str(stopped), findings, [])
        judge = Judge(process.control)
        try:
            findings = judge.ask(evidence, [one for one in wanted if one != "f-submission"], seed, progress)
        finally:
            judge.close()
    finally:
        process.close()
    if "f-submission" in wanted:
        findings["f-submission"] = judge_mail(notebook, course, evidence, mail)
    slip = first_slip(notebook, outputs)
    if slip:
        findings = {name: _after(slip, finding) for name, finding in findings.items()}
    return Judged("graded", slip, findings, outputs, evidence)


def first_slip(notebook: Any, outputs: list[list[Output]]) -> str:
    """Says in a sentence which cell failed first, and how; empty when all went well."""
    for number, (cell, shown) in enumerate(zip(notebook["cells"], outputs, strict=False), start=1):
        error = next((row for row in shown if row["output_type"] == "error"), None)
        if error is None:
            continue
        key = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
        name = _named(number, key)
        name = name[0].upper() + name[1:]
        lines = _LINE.findall("".join(str(text) for text in error.get("traceback", ())))
        where = f" in line {''.join(lines[-1])}" if lines else ""
        if error["ename"] == "CellTimeout":
            return f"{name} was stopped: {error['evalue']}"
        words = _PLACE.sub("", str(error["evalue"]))[:300].rstrip(".")
        return f"{name} raised {error['ename']}{where}: {words}."
    return ""


_LINE = re.compile(r"(?:Cell In\S*, line |<ipython-input[^>]*>, line )(\d+)|^Line (\d+) of the cell", re.MULTILINE)
_PLACE = re.compile(r" \(<ipython-input[^)]*\)")


def _after(slip: str, finding: Finding) -> Finding:
    """Tells a finding about something missing, or about the run as a whole, what went wrong before it."""
    if finding.facts.get("runs") is False:
        return replace(finding, message=f"{slip} {finding.message}")
    if finding.attempted or finding.verdict != "invalid":
        return finding
    return replace(finding, message=f"{slip} Whatever was to come after it is missing: {finding.message}", hint=_HINT)


_HINT = "Restart the kernel and run all cells. The first cell that stops or never ends is the one to mend."


def judge_mail(notebook: Any, course: Course, evidence: Evidence, mail: bytes | None) -> Finding:
    """Judges the packed e-mail; where none came, packs one from the notebook and judges that."""
    import nbformat

    came = mail is not None
    if mail is None:
        text = nbformat.writes(nbformat.from_dict(notebook))
        mail = pack(
            Work("project.ipynb", text.encode(), evidence.plans, evidence.recommendation),
            course.contact,
            course.title,
        )
    report = inspect_mail(mail, course.contact, notebook)
    return submission(
        attempted=bool({"start_workflow", "emit_order_created"} & set(evidence.defined)),
        parses=report.parses, recipient=report.recipient, manifest=report.manifest, runs=evidence.ran,
        came=came, problems=report.problems,
    )  # fmt: skip
