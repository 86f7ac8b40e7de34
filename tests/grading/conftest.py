"""A tiny course with one lesson, released once, and a class around it."""

from __future__ import annotations

import copy
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grading.__main__ import main
from grading.cycle import Cycle
from grading.judging import Batch
from grading.release import release
from sagalab.course import Course, course_at

LESSON = "05_tiny"
Run = Callable[
    ..., tuple[int, str, str]
]  # a command's words in; its exit code, what it printed and what it complained out
JUDGE = "tests.grading.fake_judge.judge"
COURSE = f"""
[course]
id = "tiny"
title = "A tiny course"
contact = "course@example.org"
facts_as_of = "2026-11"

[[lessons]]
name = "{LESSON}"
title = "Adding"
"""
RUBRIC = f"""
[parts]
A = "Sums"
B = "More"

[lessons.{LESSON}]
05-adds = {{ part = "A", points = 4, title = "It adds" }}
05-words = {{ part = "A", points = 3, title = "The reasoning", manual = true }}
05-undecided = {{ part = "B", points = 5, title = "It is measured" }}
"""
TEXT = """# %% [markdown]
# # Adding

# %%
given = 1

# %% solution="adder"
# %%handler payment
import json
### BEGIN SOLUTION
def add_numbers(first, second):
    return first + second
### END SOLUTION

# %% check="05-adds"
check("05-adds")

# %% check="05-undecided"
check("05-undecided")

# %% [markdown] manual="05-words"
# Why does it add?
#
# ### BEGIN SOLUTION
# Because addition is commutative here.
# ### END SOLUTION

# %% [markdown] prose="effect"
# Customers wait for their sums.
"""
ANSWER = "%%handler payment\ndef add(first, second):\n    return first + second"


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("course")
    (root / "solutions").mkdir()
    (root / "grading").mkdir()
    (root / "course.toml").write_text(COURSE)
    (root / "grading" / "rubric.toml").write_text(RUBRIC)
    (root / "solutions" / f"{LESSON}.py").write_text(TEXT)
    release(course_at(root), [LESSON])
    # a new gradebook costs a second: every test gets a copy of this one
    Cycle(root, root / "grading" / "out").generate_assignment(LESSON, release="grading/out/assigned")
    return root


@pytest.fixture
def tiny(released: Path, tmp_path: Path) -> Course:
    shutil.copytree(released, tmp_path / "course")
    return course_at(tmp_path / "course")


@pytest.fixture
def cycle(tiny: Course) -> Cycle:
    return Cycle(tiny.root, tiny.root / "grading" / "out")


def released_notebook(course: Course) -> Any:
    return nbformat.read(course.release(LESSON), as_version=4)


def cell_of(notebook: Any, name: str) -> Any:
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)


@dataclass
class Classroom:
    """Hands in work for students of the tiny course, and makes the batch that grades it."""

    course: Course

    @property
    def submissions(self) -> Path:
        return self.course.root / "handed-in"

    def hand_in(self, student: str, change: Callable[[Any], None] = lambda notebook: None) -> Path:
        notebook = released_notebook(self.course)
        change(notebook)
        path = self.submissions / student / f"{LESSON}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(nbformat.writes(notebook))
        return path

    def batch(self, **changes: Any) -> Batch:
        settings = {"jobs": 2, "judge": JUDGE, **changes}
        return Batch(self.course, LESSON, self.submissions, self.course.root / "grading" / "out", **settings)

    def judged(self) -> list[str]:
        """The students that the judge was asked about, in any order, once per time."""
        calls = self.course.root / "grading" / "out" / "submitted" / "calls.txt"
        return sorted(calls.read_text().split()) if calls.exists() else []


@pytest.fixture
def classroom(tiny: Course) -> Classroom:
    return Classroom(tiny)


@pytest.fixture
def run(classroom: Classroom, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on the tiny course and gives its exit code, what it printed, and what it complained."""
    monkeypatch.setenv("SAGALAB_COURSE", str(classroom.course.root))

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["grading", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return command


def answered(notebook: Any) -> None:
    cell_of(notebook, "adder").source = ANSWER


def saying(words: str) -> Callable[[Any], None]:
    def change(notebook: Any) -> None:
        cell_of(notebook, "adder").source = f"%%handler payment\n# {words}"

    return change


def with_a_copy(notebook: Any) -> None:
    answered(notebook)
    notebook.cells.insert(0, copy.deepcopy(cell_of(released_cells(notebook), "adder")))


def released_cells(notebook: Any) -> Any:
    stub = copy.deepcopy(notebook)
    cell_of(stub, "adder").source = "%%handler payment\nimport json\n# Your code here."
    cell_of(stub, "adder").id = "pasted"
    return stub
