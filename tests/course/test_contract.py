"""The project's notebook names everything that a learner has to write into a plan or a recommendation."""

from __future__ import annotations

import dataclasses
import re

import nbformat
import pytest

from sagalab import signals
from sagalab.course import course
from sagalab.recommendation import MATRIX, Constraint, Flip, Measurement, Recommendation
from sagalab.recovery import STATES, RecoveryPlan

COURSE = course()
PROJECT = "11_project"
DATA = (RecoveryPlan, Recommendation, Constraint, Measurement, Flip)
SIGNALS = (signals.QueueSignal, signals.StateMachineSignal, signals.FunctionSignal)


def words_of(lesson: str) -> str:
    """Gives the Markdown of a lesson as learners get it."""
    notebook = nbformat.read(COURSE.release(lesson), as_version=4)
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def code_of(lesson: str) -> str:
    """Gives the code of a lesson as learners get it."""
    notebook = nbformat.read(COURSE.release(lesson), as_version=4)
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")


@pytest.mark.parametrize("kind", DATA, ids=lambda kind: kind.__name__)
def test_every_field_of_what_a_learner_writes_stands_in_the_notebook_and_in_its_docstring(kind: type) -> None:
    fields = list(kind.model_fields)  # type: ignore[attr-defined]
    told = words_of(PROJECT)
    assert [name for name in fields if not re.search(rf"`(?:[^`]*\b)?{name}\b[^`]*`", told)] == []
    assert [name for name in fields if f"`{name}" not in (kind.__doc__ or "")] == []


def test_every_value_of_an_expected_state_stands_there() -> None:
    told = words_of(PROJECT)
    assert [part for part in STATES if f"`{part}` is " not in told] == []
    assert [value for values in STATES.values() for value in values if f'`"{value}"`' not in told] == []


def test_every_row_of_the_matrix_stands_there() -> None:
    assert [row for row in MATRIX if f'`"{row}"`' not in words_of(PROJECT)] == []


def test_every_signal_of_a_detector_stands_there() -> None:
    told = words_of(PROJECT)
    numbers = [field.name for kind in SIGNALS for field in dataclasses.fields(kind)]
    assert [name for name in numbers if f"`.{name}`" not in told] == []
    offered = [name for name in dir(signals.Signals) if not name.startswith("_") and name != "from_json"]
    assert [name for name in [*offered, "now"] if not re.search(rf"`{name}(?:\(name\))?` \|", told)] == []


@pytest.mark.parametrize("lesson", [row.name for row in COURSE.lessons if COURSE.criteria(row.name)])
def test_a_lesson_imports_what_its_cards_tell_to_call_and_shows_it_once(lesson: str) -> None:
    code = code_of(lesson)
    imported = {name for line in re.findall(r"^from sagalab import (.+)$", code, re.M) for name in line.split(", ")}
    assert {"check", "hint", "solution", "predict", "progress"} <= imported
    assert re.search(r'^# hint\("', code, re.M) and re.search(r'^# solution\("', code, re.M)


def test_the_project_hands_out_its_plumbing() -> None:
    code = code_of(PROJECT)
    handed = (
        "deploy_function",
        "deploy_flow",
        "deploy_queue",
        "deploy_rule",
        "redrive",
        "start_again",
        "move_back",
        "replay",
    )
    assert [name for name in handed if f"def {name}(" not in code] == []
    assert "create_archive(ArchiveName=ARCHIVE" in code and "`FailedEntryCount`" in words_of(PROJECT)
