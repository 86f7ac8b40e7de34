"""A name that no exercise has is answered with the names that there are, in words for learners."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sagalab.course import course
from sagalab.errors import LearnerError
from sagalab.learner import check, hint, solution
from sagalab.learner.named import exercise

ROOT = Path(__file__).resolve().parents[2]
CALLS = {"check": check, "hint": hint, "solution": solution}
calls = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@calls
def test_a_misspelt_name_is_told_with_the_nearest_one_and_all_of_its_lesson(call: Callable[..., Any]) -> None:
    with pytest.raises(LearnerError) as told:
        call("a-helthy")
    said = str(told.value)
    assert 'there is no exercise "a-helthy"' in said and '"a-healthy" is meant' in said
    assert "The exercises of lesson 11 are: a-healthy, a-faults, e-reasoning." in said
    assert "criterion" not in said and "rubric" not in said


@calls
@pytest.mark.parametrize("names", [(), ("",), (" ",), (3,), (None,)])
def test_a_call_without_a_name_is_told_in_a_sentence(call: Callable[..., Any], names: tuple[Any, ...]) -> None:
    with pytest.raises(LearnerError, match="needs the name of an exercise") as told:
        call(*names)
    assert f'{call.__name__}("a-healthy") for example' in str(told.value)


def test_a_name_with_a_lessons_number_is_answered_with_that_lesson(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGALAB_COURSE", str(ROOT))
    known = course()
    with pytest.raises(LearnerError, match="lesson 02 are: 02-three-steps, "):
        exercise(known, "02-xyz", "check")


def test_a_name_like_no_other_says_where_names_stand() -> None:
    with pytest.raises(LearnerError, match="Take the name from a cell") as told:
        check("qqqqqq")
    assert "Likely slip" not in str(told.value)
