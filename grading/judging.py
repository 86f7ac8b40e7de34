"""A batch of submissions, each taken in and judged in a process of its own.

A process that crashes, is killed or takes too long leaves its student a record that asks for a
person; the others go on. Results come back as JSON files. A judge module may offer `prepare()`,
called once before the first process starts, so that what it loads is shared by all of them.
"""

from __future__ import annotations

import hashlib
import importlib
import logging
import multiprocessing
import os
import re
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from grading import outputs
from grading.cycle import quiet_log
from grading.intake import Intake, fingerprint, take_in
from grading.judge import OUT
from grading.nbgrader_steps import JUDGE
from grading.report.record import Record
from sagalab.course import RUBRIC_FILE, Course
from sagalab.criteria.finding import Finding, invalid
from sagalab.history import History
from sagalab.hosts.limits import die_with_parent
from sagalab.learner.page import picture, state_of

# Letters and digits of any script; no sign that a path, a pattern or nbgrader reads as something else.
STUDENT = re.compile(r"\w(?:[\w .@'-]{0,78}[\w@'-])?")
PROJECT = "11_project"
NAME_RULE = (
    "The folder's name cannot be used as a student's id: letters, digits, spaces and . @ ' - _ can, up to 80 of "
    "them, with a letter or digit in front. Rename the folder and grade again."
)
JUDGE_SECONDS = 300.0


@dataclass(frozen=True)
class Batch:
    """What to grade and where: the course, the lesson, the submissions, and the folder for all products.

    `judge` is a dotted name; `seconds` is the wall time that one submission may take.
    """

    course: Course
    lesson: str
    submissions: Path
    out: Path
    jobs: int = 1
    students: tuple[str, ...] = ()
    fresh: bool = False
    judge: str = JUDGE
    seconds: float = JUDGE_SECONDS

    @property
    def report(self) -> Path:
        """The folder of the reports: the project's stand on top, a lesson's in a folder of its own."""
        return self.out / "report" if self.lesson == PROJECT else self.out / "report" / self.lesson

    def record(self, student: str) -> Path:
        """Gives the path of a student's record."""
        return self.out / "graded" / self.lesson / f"{student}.json"

    def log(self, student: str) -> Path:
        """Gives the path of a student's log."""
        return self.out / "logs" / f"{student if is_student(student) else 'unnamed'}.log"

    def digest(self, student: str) -> str:
        """Names what a grade depends on: submission, released lesson, rubric; empty if it cannot be read."""
        digest = hashlib.sha256(self.judge.encode())
        digest.update(self.course.release(self.lesson).read_bytes())
        digest.update((self.course.root / RUBRIC_FILE).read_bytes())
        try:
            digest.update(fingerprint(self.submissions / student).encode())
        except Exception:
            # What cannot be read has no digest, so it is never taken for graded already: the next batch tries again.
            return ""
        return digest.hexdigest()


def is_student(name: str) -> bool:
    """Tells whether a folder's name can stand for a student in nbgrader and in file names."""
    return STUDENT.fullmatch(name) is not None


@dataclass(frozen=True)
class _Running:
    process: Any
    student: str
    target: Path
    deadline: float  # of the wall clock: the judging itself runs on virtual time


def judged(batch: Batch, release: Any, students: list[str]) -> Iterator[Record]:
    """Gives a record per student as each is judged, `batch.jobs` of them at a time."""
    if students:
        prepare(batch)
        _load_pictures()
    forks = "fork" in multiprocessing.get_all_start_methods()
    context: Any = multiprocessing.get_context("fork" if forks else "spawn")
    todo, running = list(enumerate(students)), list[_Running]()
    with tempfile.TemporaryDirectory(prefix="sagalab-judged-") as scratch:
        try:
            while todo or running:
                while todo and len(running) < max(batch.jobs, 1):
                    number, student = todo.pop(0)
                    target = Path(scratch) / f"{number}.json"
                    process = context.Process(target=judge_one, args=(batch, release, student, target))
                    process.start()
                    running.append(_Running(process, student, target, time.monotonic() + batch.seconds))
                yield from _finished(batch, running)
        finally:
            for one in running:
                _end(one.process)


def prepare(batch: Batch) -> None:
    """Starts what the batch's judge needs, without waiting for it; more than once does no harm."""
    module = importlib.import_module(batch.judge.rpartition(".")[0])
    if hasattr(module, "prepare"):
        module.prepare()


def _load_pictures() -> None:
    """Loads what draws, before the judging processes are forked from this one."""
    empty = History()
    empty.record(0.0, "end", "nothing happened")
    picture(invalid("a", "", history=empty))


def judge_one(batch: Batch, release: Any, student: str, target: Path) -> None:
    """Takes one submission in, has it judged, and writes its record; runs in a process of its own."""
    _stand_alone(batch.log(student))
    os.environ[OUT] = str(batch.out)
    taken = _take_in(batch, release, student)
    record = Record(student, batch.lesson, "graded", taken.sentence if taken.repairs else "")
    record.digest, record.repairs, record.notes = batch.digest(student), taken.repairs, taken.notes
    if taken.notebook is None or taken.folder is None:
        record.status = "missing" if taken.status == "missing" else "quarantined"
        record.note = taken.sentence
    else:
        record.status = "repaired" if taken.status == "repaired" else "graded"
        _judge(batch, taken, record)
    record.save(target)


def _judge(batch: Batch, taken: Intake, record: Record) -> None:
    module, _, name = batch.judge.rpartition(".")
    try:
        judge = getattr(importlib.import_module(module), name)
        judged = judge(taken.notebook, batch.lesson, record.student, taken.folder)
        record.findings = dict(judged.findings)
        record.outputs = [outputs.shown(cell) for cell in judged.outputs]
        record.pictures = pictures_of(record.findings)
        if judged.status != "graded":
            record.status, record.note = "failed", judged.note
        else:
            record.slip = judged.note
    except Exception as error:
        log = quiet_log("sagalab.grading.judge", batch.log(record.student))
        log.exception("The judge failed.")
        record.status, record.findings, record.outputs = "failed", {}, []
        record.note = f"The grading itself failed ({type(error).__name__}); a person will look at this."
        record.digest = ""  # not the submission's doing: the next batch tries again


def pictures_of(findings: Mapping[str, Finding]) -> dict[str, str]:
    """Draws the run of each broken promise, and of the first kept one: nobody looks at five healthy runs."""
    drawn, healthy = dict[str, str](), False
    for name, one in findings.items():
        if one.history:
            right = state_of(one) == "right"
            drawn[name] = "" if right and healthy else picture(one)
            healthy = healthy or right
    return drawn


def _finished(batch: Batch, running: list[_Running]) -> Iterator[Record]:
    """Waits until a process ends or its time is over, and gives the records of those."""
    nearest = min(one.deadline for one in running)
    wait([one.process.sentinel for one in running], timeout=max(nearest - time.monotonic(), 0.0))
    for one in list(running):
        alive = one.process.is_alive()
        if alive and time.monotonic() < one.deadline:
            continue
        _end(one.process)
        running.remove(one)
        record = None if alive else Record.load(one.target)
        yield record or _without_judgement(batch, one.student, alive)


def _without_judgement(batch: Batch, student: str, late: bool) -> Record:
    if late:
        note = f"The judging took longer than {batch.seconds:.0f} seconds and was ended."
    else:
        note = "The judging process ended before it had a result."
    return Record(student, batch.lesson, "failed", f"{note} A person will look at this submission.")


def _take_in(batch: Batch, release: Any, student: str) -> Intake:
    if not is_student(student):
        return Intake(student, "quarantined", NAME_RULE)
    folder = batch.submissions / student
    if not folder.is_dir():
        return Intake(student, "missing", "There is no folder for this student.")
    return take_in(folder, batch.lesson, release, batch.out / "submitted")


def _stand_alone(log: Path) -> None:
    """Separates this process from the batch: an own group, and its words in a file."""
    die_with_parent()  # a batch that is killed leaves nobody behind
    if hasattr(os, "setpgrp"):
        os.setpgrp()  # what it starts can be ended with it, and Ctrl-C reaches the batch alone
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as words, open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(words.fileno(), 1)
        os.dup2(words.fileno(), 2)
    logging.captureWarnings(True)


def _end(process: Any) -> None:
    """Ends a judging process and whatever is left of its group."""
    if hasattr(os, "killpg"):
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    with suppress(OSError):
        process.kill()
    process.join()
