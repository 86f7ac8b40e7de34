"""Every solution passes all its checks, every released lesson fails them, and both run without an error."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

import nbformat
import pytest

from sagalab.course import course
from sagalab.judging.submission import Judged, judge_notebook
from tests.course import lint

COURSE = course()
LESSONS = [lesson.name for lesson in COURSE.lessons]
OUTCOMES = tomllib.loads(Path(__file__).with_name("outcomes.toml").read_text(encoding="utf-8"))
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


@pytest.mark.parametrize("lesson", OUTCOMES)
def test_what_happens_after_a_guess_is_what_the_text_explains(lesson: str) -> None:
    notebook = nbformat.read(COURSE.root / "solutions" / lesson / f"{lesson}.ipynb", as_version=4)
    asked = [name for cell in notebook.cells for name in re.findall(r'happened\(\s*f?"([^"]+)"', cell.source)]
    shown = [
        str(row["data"].get("text/plain", ""))
        for cell in judged(lesson, "solution").outputs
        for row in cell
        if "data" in row
    ]
    said = [match[1] for text in shown if (match := re.match(r"What happened: (.*?)\. You (?:made|guessed)", text))]
    assert dict(zip(asked, said, strict=True)) == OUTCOMES[lesson]


def test_every_lesson_with_a_guess_has_its_outcomes_written_down() -> None:
    guessing = [name for name in LESSONS if re.search(r"\bhappened\(", lint.code(name))]
    assert sorted(OUTCOMES) == guessing


@pytest.mark.parametrize("lesson", [name for name in GRADED if name != lint.PROJECT])
def test_every_picture_of_a_solved_lesson_has_words(lesson: str) -> None:
    shown = lint.pictures(judged(lesson, "solution").outputs)
    assert shown and [words for words in shown if len(words.split()) < 5] == []
