"""Every lesson of course.toml is built from its text, is whole, and gives nothing away."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import pytest

from grading.release import BEGIN, END, release, strays
from sagalab.course import Course, course_at

ROOT = Path(__file__).parents[2]
LESSONS = [row["name"] for row in tomllib.loads((ROOT / "course.toml").read_text())["lessons"]]
TELLING = 12  # significant characters that a line needs to give something away
ANSWERS = ("solution", "manual", "prose")

each_lesson = pytest.mark.parametrize("lesson", LESSONS)


@pytest.fixture(scope="module")
def course() -> Course:
    return course_at(ROOT)


def released(course: Course, lesson: str) -> Any:
    path = course.release(lesson)
    assert path.is_file(), f"{path.relative_to(ROOT)} is missing: run `python -m grading release`"
    return nbformat.read(path, as_version=4)


def text_cells(course: Course, lesson: str) -> list[Any]:
    path = course.source(lesson)
    assert path.is_file(), f"{path.relative_to(ROOT)} is missing"
    return list(jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent").cells)


def answer_lines(cell: Any) -> list[str]:
    """The lines that a release must not show: between the marks, or all where there are none."""
    if not any(kind in cell.metadata for kind in ANSWERS):
        return []
    if BEGIN not in cell.source:
        return list(cell.source.splitlines())
    blocks = re.findall(rf"{BEGIN}\n(.*?){END}", cell.source, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def given_lines(cell: Any) -> list[str]:
    hidden = answer_lines(cell)
    return [line for line in cell.source.splitlines() if line not in hidden]


def compact(line: str) -> str:
    return re.sub(r"\s+", "", line)


@each_lesson
def test_generated_notebooks_are_in_step_with_their_text(course: Course, lesson: str) -> None:
    text_cells(course, lesson)
    assert release(course, [lesson], check=True) == [], "run `python -m grading release`"


@each_lesson
def test_every_criterion_of_the_rubric_has_its_one_cell(course: Course, lesson: str) -> None:
    graded = [
        (row.grade_id, row.points)
        for cell in released(course, lesson).cells
        if (row := cell.metadata.get("nbgrader")) and row.grade and row.points > 0
    ]
    assert sorted(graded) == sorted((row.id, row.points) for row in course.criteria(lesson))


@each_lesson
def test_no_line_of_an_answer_is_in_the_released_notebook(course: Course, lesson: str) -> None:
    cells = text_cells(course, lesson)
    given = {compact(line) for cell in cells for line in given_lines(cell)}
    secret = {compact(line) for cell in cells for line in answer_lines(cell)} - given
    shown = {compact(line) for cell in released(course, lesson).cells for line in cell.source.splitlines()}
    leaked = sorted(line for line in secret & shown if len(line) > TELLING)
    assert not leaked, f"the released notebook shows {leaked}"


@each_lesson
def test_an_answer_cell_of_a_release_still_says_what_to_do(course: Course, lesson: str) -> None:
    answers = [
        cell
        for cell in released(course, lesson).cells
        if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "code"
    ]
    assert all("# Your code here." in cell.source for cell in answers)
    assert not any(mark in cell.source for cell in released(course, lesson).cells for mark in (BEGIN, END))


@each_lesson
def test_a_released_notebook_was_never_run(course: Course, lesson: str) -> None:
    code = [cell for cell in released(course, lesson).cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)


@each_lesson
def test_nothing_but_notebooks_and_learners_files_lies_beside_a_source(course: Course, lesson: str) -> None:
    folder = ROOT / "solutions" / lesson
    beside = [path.name for path in folder.rglob("*.py")] if folder.is_dir() else []
    assert not beside, f"nbgrader would hand {beside} to learners"


def test_no_text_or_folder_is_without_its_entry_in_course_toml(course: Course) -> None:
    assert strays(course) == []


def test_there_is_no_empty_folder_that_nbgrader_takes_for_a_lesson() -> None:
    folders = [path for path in (ROOT / "solutions").glob("*") if path.is_dir() and path.name[0] not in "._"]
    assert all(any(folder.glob("*.ipynb")) for folder in folders)


def test_the_read_me_lists_the_lessons_as_the_course_does(course: Course) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d\d) \| (.+?) \| (.+?) \|$", text, flags=re.MULTILINE)
    assert rows == [(lesson.number, lesson.title, lesson.about) for lesson in course.lessons]
