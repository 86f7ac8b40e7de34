"""A lesson's solution with some of its answers changed, as a learner might have written them, before the judge."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import nbformat
import pytest

from sagalab.course import course
from sagalab.judging.submission import Judged, judge_notebook

COURSE = course()
LOOKS = re.compile(
    r"^(((\w+ = )?lab\.order|predict|emit_order_created|for row in examine|progress|answer = functions|waiting)\(|RATES|records = "
    r"|for name, values in)",
    re.M,
)
NEEDED = re.compile(r"Lab\(\)|^\s*(?:\w+ = )?deploy_(flow|service)\(|^numbers = lab\.measurements", re.M)
Edit = tuple[str, str]  # the text of an answer, and what stands there instead


def solved(lesson: str) -> Any:
    """Gives a lesson's solution as a notebook, without the cells that only run an order and draw it, and deploy nothing."""
    notebook = nbformat.read(COURSE.root / "solutions" / lesson / f"{lesson}.ipynb", as_version=4)
    notebook.cells = [cell for cell in notebook.cells if NEEDED.search(cell.source) or not LOOKS.search(cell.source)]
    return notebook


def change(notebook: Any, key: str, edits: Iterable[Edit]) -> None:
    """Changes the answer `key`; each old text must stand there once, "" stands for all of it."""
    (cell,) = (row for row in notebook.cells if row.metadata.get("nbgrader", {}).get("grade_id") == key)
    for old, new in edits:
        if old and cell.source.count(old) != 1:
            raise LookupError(f"{key}: this stands there {cell.source.count(old)} times, not once: {old}")
        cell.source = cell.source.replace(old, new) if old else new


@cache
def judged(lesson: str, criterion: str, key: str, *edits: Edit, also: tuple[tuple[str, Edit], ...] = ()) -> Judged:
    """Judges one criterion of a solution whose answer `key` is changed; `also` changes others."""
    notebook = solved(lesson)
    change(notebook, key, edits)
    for other, edit in also:
        change(notebook, other, [edit])
    return judge_notebook(notebook, COURSE, [criterion], seed="course-test")


@cache
def typed(lesson: str, criterion: str, key: str, *edits: Edit) -> Any:
    """Gives what the judge finds where a learner has come as far as the answer `key`: whatever is after it is untouched."""
    answers = nbformat.read(COURSE.root / "solutions" / lesson / f"{lesson}.ipynb", as_version=4)
    change(answers, key, edits)
    written = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in answers.cells}
    notebook = nbformat.read(COURSE.release(lesson), as_version=4)
    for cell in notebook.cells:
        marks = cell.metadata.get("nbgrader", {})
        if marks.get("solution"):
            cell.source = written[marks["grade_id"]]
        if marks.get("grade_id") == key:
            break
    return judge_notebook(notebook, COURSE, [criterion], seed="course-test").findings[criterion]


def finding(lesson: str, criterion: str, key: str, *edits: Edit) -> Any:
    """Gives what the judge found of one criterion of a changed solution."""
    return judged(lesson, criterion, key, *edits).findings[criterion]


Wrong = tuple[str, str, str, list[Edit], str]  # lesson, criterion, answer, edits, and words of the message


Misled = tuple[str, str, str, list[Edit], str, str]  # the same, and words of the first thought


def tried(wrong: Mapping[str, Wrong | Misled]) -> list[Any]:
    """Gives the wrong answers as parameters: the first one of each check here and now, the others in `make prove`."""
    first: dict[str, str] = {}
    for answer, (_, criterion, *_) in wrong.items():
        first.setdefault(criterion, answer)
    here = set(first.values())
    marks = {True: (), False: (pytest.mark.prove,)}
    return [pytest.param(*row, id=answer, marks=marks[answer in here]) for answer, row in wrong.items()]


def check_told(lesson: str, criterion: str, key: str, edits: list[Edit], words: str) -> None:
    """Asserts that a wrong answer earns nothing, counts as an attempt, and is told what is wrong with it."""
    found = finding(lesson, criterion, key, *edits)
    assert words in found.message, found.message
    assert (found.verdict, found.fraction, found.attempted) == ("invalid", 0, True), found
    assert found.hint and ".." not in found.message and "?." not in found.message, found
