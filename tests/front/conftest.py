"""A small course in a folder of its own, for the doors that lead into one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sagalab.course import Course, course
from tests.front.browser import Window, chromium, copied

COURSE = """
[course]
id = "small"
title = "A small course"
contact = "teacher@example.org"
facts_as_of = "2026-11"

[[lessons]]
name = "00_start_here"
title = "Start here"
about = "the first steps"

[[lessons]]
name = "02_orchestration"
title = "Orchestration"
about = "one coordinator"
"""
RUBRIC = """
[lessons.02_orchestration]
02-starts-once = { points = 1, title = "One order, one execution" }
"""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def small_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A course with two released lessons; commands find it without being told."""
    root = tmp_path / "course"
    write(root / "course.toml", COURSE)
    write(root / "grading" / "rubric.toml", RUBRIC)
    write(root / "lessons" / "00_start_here" / "00_start_here.ipynb", "first release of 00")
    write(root / "lessons" / "02_orchestration" / "02_orchestration.ipynb", "first release of 02")
    write(root / "lessons" / "02_orchestration" / "orders.json", "[]")
    monkeypatch.setenv("SAGALAB_COURSE", str(root))
    monkeypatch.chdir(root)
    return course()


@pytest.fixture
def course_copy(tmp_path: Path) -> Path:
    """A copy of the course as a clone holds it."""
    return copied(tmp_path / "whole-course")


@pytest.fixture
def window() -> Iterator[Window]:
    """A browser window."""
    with chromium() as shown:
        yield shown
