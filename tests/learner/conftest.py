"""A small course in a scratch folder, and nobody judging until a test says who."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sagalab.learner import judged_by

COURSE = """
[course]
id = "small"
title = "A small course"
contact = "teacher@example.org"
facts_as_of = "2026-11"
[[lessons]]
name = "00_start_here"
title = "Start here"
[[lessons]]
name = "11_project"
title = "The project"
"""
RUBRIC = """
[parts]
A = "Orchestrated workflow"
E = "Recommendation"
[lessons.11_project]
a-healthy = { part = "A", points = 4, title = "Healthy orders complete" }
a-faults = { part = "A", points = 12, title = "The invariants hold" }
e-reasoning = { part = "E", points = 2, title = "The reasoning", manual = true }
"""
SOLUTION = """# %% [markdown]
# ## Build it

# %% solution="workflow"
### BEGIN SOLUTION
flow = "ours"
### END SOLUTION

# %% check="a-healthy"
check("a-healthy")

# %% check="a-faults"
check("a-faults")
"""


@pytest.fixture(autouse=True)
def small_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "course.toml").write_text(COURSE)
    (tmp_path / "grading").mkdir()
    (tmp_path / "grading" / "rubric.toml").write_text(RUBRIC)
    monkeypatch.setenv("SAGALAB_COURSE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    judged_by(None)


@pytest.fixture
def with_solutions(small_course: Path) -> Path:
    (small_course / "solutions").mkdir()
    (small_course / "solutions" / "11_project.py").write_text(SOLUTION)
    return small_course
