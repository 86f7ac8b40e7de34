"""A whole class: judged, entered into nbgrader, reported. A bad submission never stops the batch.

Submissions are judged several at a time (`grading.judging`); nbgrader's steps run here, one after
the other, because its gradebook wants one writer. What is done is kept in
`<out>/graded/<lesson>/<student>.json`, written last: a batch that was stopped goes on from there.
Scores are read back from the gradebook, the only truth about them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import nbformat

from grading.cycle import Cycle, Score, quiet_log
from grading.judging import Batch, is_student, judged, prepare
from grading.overrides import Overrides
from grading.report.classroom import class_page, row_of
from grading.report.feedback import learner_page
from grading.report.record import Record, Row
from sagalab.errors import GraderError, SetupError

Watch = Callable[[int, int, Record], None]


def grade(batch: Batch, watch: Watch = lambda done, count, record: None) -> list[Row]:
    """Grades a class and writes its reports; gives one row per student asked for, whatever happened.

    `watch` is told of each finished student: how many are done, of how many, and the record.
    """
    release = _release(batch)
    students = _students(batch)
    try:
        (batch.out / "logs").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(
            f"{batch.out} cannot be written to ({error.strerror})", do="Name another folder with --out."
        ) from error
    log = quiet_log("sagalab.grading.batch", batch.out / "logs" / "nbgrader.log")
    cycle = Cycle(batch.course.root, batch.out, log)
    Overrides(batch.out)  # one that cannot be read is told of before anything is judged
    if batch.fresh or not all(is_student(student) and batch.record(student).is_file() for student in students):
        prepare(batch)  # a new gradebook takes seconds to make, in which the judge's processes come up
    _assign(cycle, batch)
    records: dict[str, Record] = {}
    for student in students:
        kept = None if batch.fresh else _kept(cycle, batch, student)
        if kept is not None:
            records[student] = kept
            watch(len(records), len(students), kept)
    for record in judged(batch, release, [student for student in students if student not in records]):
        _enter(cycle, batch, record)
        records[record.student] = record
        watch(len(records), len(students), record)
    rows = _write_reports(cycle, batch, {**_others(batch), **records})
    return [row for row in rows if row.student in records]


def report(batch: Batch) -> list[Row]:
    """Writes the reports again, from what was judged before and the gradebook as it stands."""
    cycle = Cycle(batch.course.root, batch.out, quiet_log("sagalab.grading.report"))
    return _write_reports(cycle, batch, _records(batch))


def _others(batch: Batch) -> dict[str, Record]:
    """Gives the records of those who were graded before and are not asked for now."""
    return _records(batch) if batch.students else {}


def _records(batch: Batch) -> dict[str, Record]:
    kept = {path.stem: Record.load(path) for path in batch.record("any").parent.glob("*.json")}
    return {student: record for student, record in kept.items() if record is not None}


def _kept(cycle: Cycle, batch: Batch, student: str) -> Record | None:
    """Gives the record of a student who is graded already, on the same submission, lesson and rubric."""
    record = Record.load(batch.record(student)) if is_student(student) else None
    if record is None or not record.digest or record.digest != batch.digest(student):
        return None
    return record if cycle.scores(batch.lesson, student) else None


def _enter(cycle: Cycle, batch: Batch, record: Record) -> None:
    """Puts one record through nbgrader, and keeps it when that is done."""
    student, lesson = record.student, batch.lesson
    if not is_student(student):
        return
    try:
        if (cycle.submitted / student / lesson / f"{lesson}.ipynb").is_file() and record.status in (
            "graded",
            "repaired",
            "failed",
        ):
            cycle.autograde(lesson, student, judge=lambda *_: record)
            cycle.generate_feedback(lesson, student)
        else:
            cycle.record_without_notebook(lesson, student)
    except Exception as error:
        # whatever nbgrader stumbles over, the others are still to be graded
        cycle.log.exception("nbgrader failed for %s.", student)
        record.status, record.digest = "failed", ""
        record.note = f"nbgrader could not take the result ({type(error).__name__}); its log says why."
    record.save(batch.record(student))


def _assign(cycle: Cycle, batch: Batch) -> None:
    """Tells the gradebook what the lesson's cells are; the released files are left as they are."""
    assigned = os.path.relpath(batch.out / "assigned", batch.course.root)
    try:
        cycle.generate_assignment(batch.lesson, release=assigned)
    except GraderError as error:
        if not cycle.forget_assignment(batch.lesson, Overrides(batch.out)):
            raise SetupError(
                "the lesson's cells have changed since a person graded in this gradebook",
                where=str(batch.out / "gradebook.db"),
                do="Grade into another folder with --out, or export this gradebook and remove it.",
            ) from error
        cycle.generate_assignment(batch.lesson, release=assigned)


def _write_reports(cycle: Cycle, batch: Batch, records: dict[str, Record]) -> list[Row]:
    criteria = batch.course.criteria(batch.lesson)
    batch.report.mkdir(parents=True, exist_ok=True)
    overrides = Overrides(batch.out)
    rows = []
    for student, record in sorted(records.items()):
        cycle.apply_overrides(batch.lesson, student, overrides)
        scores, own = _scores(cycle, batch, student), overrides.of(batch.lesson, student)
        rows.append(row_of(record, scores, criteria, own))
        if is_student(student):
            comments = cycle.comments(batch.lesson, student)
            _write(batch.report / f"{student}.html", learner_page(batch.course, record, scores, own, comments))
    _write(batch.report / "class.html", class_page(batch.course, batch.lesson, rows, records))
    text = json.dumps([row.to_json() for row in rows], indent=1, ensure_ascii=False)
    _write(batch.report / "class.json", text + "\n")
    return rows


def _scores(cycle: Cycle, batch: Batch, student: str) -> dict[str, Score]:
    if not is_student(student):
        return {}
    return {score.criterion: score for score in cycle.scores(batch.lesson, student)}


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", errors="replace")


def _release(batch: Batch) -> Any:
    name = batch.lesson
    source = batch.course.root / "solutions" / name / f"{name}.ipynb"
    for path in (source, batch.course.release(name)):
        if not path.is_file():
            raise SetupError(
                f"{path.relative_to(batch.course.root).as_posix()} is missing",
                do="Run `python -m grading release` first.",
            )
    return nbformat.read(batch.course.release(name), as_version=4)


def _students(batch: Batch) -> list[str]:
    if not batch.submissions.is_dir():
        raise SetupError(f"{batch.submissions} is no folder", do="Name the folder with --submissions.")
    found = sorted(
        path.name for path in batch.submissions.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))
    )
    if not found:
        raise SetupError(f"{batch.submissions} holds no student's folder", do="Collect submissions first.")
    for student in batch.students:
        if student not in found and not batch.record(student).is_file():
            near = get_close_matches(student, found, 1)
            raise SetupError(
                f"there is no folder {student!r} in {batch.submissions}",
                slip=f"did you mean {near[0]!r}?" if near else "",
                do="Name a student as the folder is called.",
            )
    return list(dict.fromkeys(batch.students)) or found


def left_out(batch: Batch) -> list[str]:
    """Gives what lies beside the students' folders, such as a forgotten archive; a script is nobody's work."""
    return sorted(
        path.name
        for path in batch.submissions.iterdir()
        if not path.is_dir() and path.name[0] != "." and path.suffix != ".py"
    )
