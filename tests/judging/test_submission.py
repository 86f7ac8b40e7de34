"""A notebook judged from outside: the first cell that failed is named, wherever something is missing after it."""

from __future__ import annotations

import pytest

from sagalab.course import course
from sagalab.judging.submission import first_slip, judge_notebook
from tests.submissions.recipes import edited, project

FLOW = "order_flow = {"


def error(name: str, words: str, trace: str = "") -> dict[str, object]:
    return {"output_type": "error", "ename": name, "evalue": words, "traceback": [trace]}


def notebook(*keys: str | None) -> dict[str, object]:
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


@pytest.mark.parametrize("slip", ["order_flow = orderflo or {", "order_flow = = {"])
def test_whatever_is_missing_says_what_went_wrong_before_it(slip: str) -> None:
    broken = edited(project(course()), {"order-flow": [(FLOW, slip)]})
    judged = judge_notebook(broken, course(), ["a-healthy", "e-follows", "f-submission"], "seed")
    assert judged.note.startswith("The cell `order-flow` raised ")
    assert "ipython-input" not in judged.note
    for finding in judged.findings.values():
        assert finding.message.startswith(judged.note), finding.criterion
