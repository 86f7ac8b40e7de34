"""Every solution passes all its checks, every released lesson fails them, and both run without an error."""

from __future__ import annotations

from functools import cache

import nbformat
import pytest

from sagalab.course import course
from sagalab.judging.submission import Judged, judge_notebook
from tests.course import lint

COURSE = course()
GRADED = [lesson.name for lesson in COURSE.lessons if COURSE.criteria(lesson.name)]


@cache
def judged(lesson: str, kind: str) -> Judged:
    """Judges a lesson's solution, or the lesson as learners get it."""
    solution = COURSE.root / "solutions" / lesson / f"{lesson}.ipynb"
    notebook = nbformat.read(solution if kind == "solution" else COURSE.release(lesson), as_version=4)
    criteria = [row.id for row in COURSE.criteria(lesson) if not row.manual]
    return judge_notebook(notebook, COURSE, criteria, seed="course-test")


def errors(found: Judged) -> list[str]:
    """Gives the errors that cells ended in."""
    rows = [row for cell in found.outputs for row in cell]
    return [f"{row['ename']}: {row['evalue']}" for row in rows if row["output_type"] == "error"]


@pytest.mark.parametrize("kind", ["solution", "release"])
@pytest.mark.parametrize("lesson", GRADED)
def test_a_lesson_runs_from_top_to_bottom_without_an_error(lesson: str, kind: str) -> None:
    assert errors(judged(lesson, kind)) == []


@pytest.mark.parametrize("lesson", GRADED)
def test_every_solution_passes_all_its_checks(lesson: str) -> None:
    found = judged(lesson, "solution").findings
    assert {name: f.message for name, f in found.items() if f.fraction < 1} == {}


@pytest.mark.parametrize("lesson", GRADED)
def test_every_released_lesson_scores_nothing_and_counts_as_not_attempted(lesson: str) -> None:
    found = judged(lesson, "release").findings
    assert {name: f.message for name, f in found.items() if f.fraction > 0 or f.attempted} == {}


@pytest.mark.parametrize("lesson", [name for name in GRADED if name != lint.PROJECT])
def test_every_picture_of_a_solved_lesson_has_words(lesson: str) -> None:
    shown = lint.pictures(judged(lesson, "solution").outputs)
    assert shown and [words for words in shown if len(words.split()) < 5] == []
