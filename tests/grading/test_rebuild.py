"""The graded notebook is the release with what is the learner's, whatever happened to the file."""

from __future__ import annotations

import copy
from typing import Any

import nbformat
import pytest

from grading.rebuild import Rebuilt, is_added, rebuild
from sagalab.course import Course
from tests.grading.conftest import ANSWER, answered, cell_of, released_notebook, with_a_copy


@pytest.fixture
def release(tiny: Course) -> Any:
    return released_notebook(tiny)


def handed_in(release: Any, *changes: Any) -> Rebuilt:
    notebook = copy.deepcopy(release)
    for change in changes:
        change(notebook)
    return rebuild(notebook, release)


def without(notebook: Any, name: str) -> None:
    notebook.cells.remove(cell_of(notebook, name))


def test_an_untouched_notebook_is_the_release(release: Any) -> None:
    rebuilt = handed_in(release)
    assert rebuilt.notebook == release and not rebuilt.repairs and not rebuilt.notes


def test_answers_are_taken_over_and_outputs_are_not(release: Any) -> None:
    def ran(notebook: Any) -> None:
        notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="9.0")]

    rebuilt = handed_in(release, answered, ran)
    assert cell_of(rebuilt.notebook, "adder").source == ANSWER
    assert rebuilt.notebook.cells[1].outputs == [] and not rebuilt.repairs


def test_a_deleted_check_is_back(release: Any) -> None:
    rebuilt = handed_in(release, lambda notebook: without(notebook, "05-adds"))
    assert cell_of(rebuilt.notebook, "05-adds").source == 'check("05-adds")'
    assert rebuilt.repairs == ["The check 05-adds had been deleted and is back as released."]


def test_a_check_that_was_edited_is_as_released(release: Any) -> None:
    def forge(notebook: Any) -> None:
        cell = cell_of(notebook, "05-adds")
        cell.source, cell.metadata.nbgrader.points = "1000.0", 1000

    rebuilt = handed_in(release, forge)
    assert cell_of(rebuilt.notebook, "05-adds") == cell_of(release, "05-adds")
    assert "had been changed" in rebuilt.repairs[0]


def test_of_two_cells_with_one_id_the_one_with_an_answer_counts(release: Any) -> None:
    rebuilt = handed_in(release, with_a_copy)
    assert cell_of(rebuilt.notebook, "adder").source == ANSWER
    assert len(rebuilt.notebook.cells) == len(release.cells)
    assert rebuilt.repairs == ["The id adder stood on more than one cell."]


def test_a_pasted_cell_with_other_code_still_runs_behind_the_answer(release: Any) -> None:
    def paste(notebook: Any) -> None:
        second = copy.deepcopy(cell_of(notebook, "adder"))
        second.source = "%%handler stock\nx = 1"
        notebook.cells.insert(3, second)

    rebuilt = handed_in(release, answered, paste)
    sources = [cell.source for cell in rebuilt.notebook.cells]
    assert sources[2:4] == [ANSWER, "%%handler stock\nx = 1"]
    assert "nbgrader" not in rebuilt.notebook.cells[3].metadata


def test_a_cell_that_the_learner_added_keeps_its_place(release: Any) -> None:
    rebuilt = handed_in(release, lambda nb: nb.cells.insert(2, nbformat.v4.new_code_cell("import math")))
    assert rebuilt.notebook.cells[2].source == "import math" and is_added(rebuilt.notebook.cells[2])
    assert not rebuilt.repairs


def test_a_given_cell_is_as_released_and_that_is_no_repair(release: Any) -> None:
    def change(notebook: Any) -> None:
        notebook.cells[1].source = "given = 2"

    rebuilt = handed_in(release, change)
    assert rebuilt.notebook.cells[1].source == "given = 1"
    assert rebuilt.notes == ["Given cell 2 was changed and is as released again."] and not rebuilt.repairs


def test_a_tool_that_drops_cell_ids_does_not_double_the_given_cells(release: Any) -> None:
    def renumber(notebook: Any) -> None:
        for number, cell in enumerate(notebook.cells):
            cell.id = f"other-{number}"

    assert (
        handed_in(release, answered, renumber).notebook.cells[1:3] == handed_in(release, answered).notebook.cells[1:3]
    )


def test_an_answer_whose_type_was_changed_has_its_own_type_again(release: Any) -> None:
    def swap(notebook: Any) -> None:
        index = notebook.cells.index(cell_of(notebook, "05-words"))
        metadata = notebook.cells[index].metadata
        notebook.cells[index] = nbformat.v4.new_code_cell("10.0", metadata=metadata)

    rebuilt = handed_in(release, swap)
    assert cell_of(rebuilt.notebook, "05-words").cell_type == "markdown"
    assert "is a markdown cell again" in rebuilt.repairs[0]


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"cell_type": "code"},
        {"cell_type": 7, "source": 7, "metadata": 7},
        {"cell_type": "code", "source": ["a", 1, None], "metadata": {"nbgrader": {"grade_id": ["x"]}}},
        {"cell_type": "code", "source": "\ud800", "metadata": {"nbgrader": []}, "id": {}},
    ],
)
def test_broken_cells_do_not_break_the_rebuilding(release: Any, broken: dict[str, Any]) -> None:
    notebook = copy.deepcopy(release)
    notebook.cells.append(nbformat.from_dict(broken))
    nbformat.validate(rebuild(notebook, release).notebook)
