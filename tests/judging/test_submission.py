"""A notebook judged from outside: the first cell that failed is named, wherever something is missing after it."""

from __future__ import annotations

from typing import Any

import pytest

from sagalab.course import course
from sagalab.judging.submission import Budget, NotebookProcess, Stopped, cells_of, first_slip, judge_notebook
from tests.submissions.recipes import edited, project

FLOW = "order_flow = {"


def error(name: str, words: str, trace: str = "") -> dict[str, object]:
    return {"output_type": "error", "ename": name, "evalue": words, "traceback": [trace]}


def notebook(*keys: str | None) -> dict[str, Any]:
    return {"cells": [{"metadata": {"nbgrader": {"grade_id": key}} if key else {}} for key in keys]}


def test_a_notebook_without_an_error_has_no_slip() -> None:
    assert first_slip(notebook("a", "b"), [[], [{"output_type": "stream", "name": "stdout", "text": "fine"}]]) == ""


def test_the_first_error_is_named_with_its_cell_and_line() -> None:
    shown = [[], [error("NameError", "name 'x' is not defined", "Cell In[3], line 7")], [error("KeyError", "y")]]
    assert first_slip(notebook("a", "order-flow", "c"), shown) == (
        "The cell `order-flow` raised NameError in line 7: name 'x' is not defined."
    )


def test_a_cell_without_a_name_is_counted() -> None:
    assert first_slip(notebook(None, None), [[], [error("E", "w")]]).startswith(
        "Cell 2, counted from the top, raised E"
    )


@pytest.mark.parametrize(
    ("key", "named"), [("order-flow", "the cell `order-flow`"), (None, "cell 2, counted from the top,")]
)
def test_a_notebook_that_ends_itself_names_the_cell_as_a_learner_counts(key: str | None, named: str) -> None:
    cells = notebook("intro", key)["cells"]
    cells[0] |= {"cell_type": "markdown", "source": "Read this first."}
    cells[1] |= {"cell_type": "code", "source": "import os; os._exit(0)"}
    process = NotebookProcess(None, Budget())
    try:
        with pytest.raises(Stopped, match=f"ended itself, in {named} or in a function that ran there"):
            process.run(cells_of({"cells": cells}))
    finally:
        process.close()


@pytest.mark.parametrize("slip", ["order_flow = orderflo or {", "order_flow = = {"])
def test_whatever_is_missing_says_what_went_wrong_before_it(slip: str) -> None:
    broken = edited(project(course()), {"order-flow": [(FLOW, slip)]})
    judged = judge_notebook(broken, course(), ["a-healthy", "e-follows", "f-submission"], "seed")
    assert judged.note.startswith("The cell `order-flow` raised ")
    assert "ipython-input" not in judged.note
    for finding in judged.findings.values():
        assert finding.message.startswith(judged.note), finding.criterion
