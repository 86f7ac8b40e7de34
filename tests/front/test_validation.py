"""Validate tells what the check told, and leaves to nbgrader what no check said."""

from __future__ import annotations

from typing import Any

import nbformat.v4
import pytest
from nbgrader.validator import Validator

from sagalab.criteria.finding import invalid
from sagalab.jupyter import validation
from sagalab.learner.card import card_html


def checked(*outputs: Any) -> Any:
    """Gives a graded cell as nbgrader has it after a run."""
    meta = {"nbgrader": {"grade": True, "solution": False, "grade_id": "02-starts-once", "points": 2, "locked": True}}
    return nbformat.v4.new_code_cell('check("02-starts-once")', outputs=list(outputs), metadata=meta)


def card(message: str) -> Any:
    page = card_html(invalid("02-starts-once", message, attempted=False), "One order, one execution", 2.0)
    return nbformat.v4.new_output("execute_result", {"text/plain": "0.0", "text/html": page}, execution_count=1)


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Validator:
    """A validator in a server that has our extension; nbgrader's own is put back afterwards."""
    monkeypatch.setattr(Validator, "_extract_error", Validator._extract_error)
    validation._load_jupyter_server_extension(None)
    return Validator()


def test_the_words_are_those_of_the_card_and_no_line_is_too_long(loaded: Validator) -> None:
    told = loaded._extract_error(checked(card("There is no machine & no `OrderFlow` yet, " + "and so on " * 20)))
    assert told.startswith("Not started: One order, one execution\nThere is no machine & no OrderFlow yet,")
    assert "Partial credit" not in told and "<" not in told
    assert max(map(len, told.splitlines())) <= validation.WIDTH


def test_an_error_is_told_as_nbgrader_tells_it(loaded: Validator) -> None:
    error = nbformat.v4.new_output("error", ename="NameError", evalue="name 'x'", traceback=["NameError: name 'x'"])
    assert loaded._extract_error(checked(card("No."), error)) == "NameError: name 'x'"


def test_a_cell_without_a_card_is_told_as_nbgrader_tells_it(loaded: Validator) -> None:
    plain = nbformat.v4.new_output("execute_result", {"text/plain": "0.5"}, execution_count=1)
    assert loaded._extract_error(checked(plain)) == "Partial credit; passed some but not all of the tests"
