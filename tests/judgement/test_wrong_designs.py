"""The judge catches each wrong design, by the criterion meant for its mistake, and blames no other for it.

All designs take minutes: a long proof (`make prove`). Here and now a few are asked for what they must lose.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from sagalab.course import course
from tests.judgement.sample import criteria
from tests.judgement.table import caught, right_row, spread_row, unrelated, written, wrong_row
from tests.judgement.trials import complaints, errors, judged, lost, scores
from tests.judgement.wrong.corpus import DESIGNS
from tests.submissions.recipes import LESSON, RECIPES, project

HERE_AND_NOW = {
    "retries_everything": ("a-healthy", "a-attempts", "a-audit"),
    "a_box_that_is_not_deployed": ("c-agreement", "c-style", "c-failure", "c-labels"),
    "pick_that_contradicts_its_weights": ("e-constraints", "e-follows", "e-measured"),
}
SEEDS = [f"seed {number}" for number in range(20)]
PARTS = [SEEDS[first : first + 4] for first in range(0, len(SEEDS), 4)]  # so that several cores share a design's seeds
CORRECT = ("reference", "different_but_correct")
SPREAD = (*CORRECT, "a_key_per_attempt")
MAY_RAISE = {"one_function_for_all"}
Record = Callable[[str, Any], None]


def test_there_are_enough_wrong_designs_and_each_says_its_mistake() -> None:
    assert len(DESIGNS) >= 44
    assert [name for name, design in DESIGNS.items() if not design.mistake.endswith(".")] == []


@pytest.mark.parametrize("wrong", DESIGNS)
def test_the_marks_of_a_wrong_design_speak_of_the_rubric(wrong: str) -> None:
    design = DESIGNS[wrong]
    assert design.loses
    assert set(design.loses) | set(design.may) <= set(criteria())
    assert not set(design.loses) & set(design.may)
    assert set(design.loses) <= set(design.asked(criteria())), "what must be lost is never asked"


@pytest.mark.parametrize("wrong", DESIGNS)
def test_a_wrong_design_is_a_small_edit_that_still_applies(wrong: str) -> None:
    assert DESIGNS[wrong].notebook() != project(course())
    assert len(inspect.getsource(DESIGNS[wrong].recipe).splitlines()) <= 45


@pytest.mark.parametrize("wrong", HERE_AND_NOW)
def test_a_mistake_is_found_where_it_lies(wrong: str) -> None:
    assert complaints(DESIGNS[wrong], judged(DESIGNS[wrong], HERE_AND_NOW[wrong])) == []


def test_the_table_tells_missed_and_misblamed_designs() -> None:
    missed, blamed = wrong_row("a", ["a-faults"], [], []), wrong_row("b", ["a-faults"], [], ["a-faults", "c-style"])
    assert (caught(missed), unrelated(blamed)) == (False, ["c-style"])
    spread = [spread_row("d", [70.0]), spread_row("d", [72.5])]
    text = written([missed, blamed, right_row("c", []), *spread])
    assert "caught: 1 of 2" in text and "unrelated: 1 of 2" in text and "accepted: 1 of 1" in text
    assert "a spread of 2.50" in text


@pytest.mark.prove
@pytest.mark.parametrize("wrong", DESIGNS)
def test_a_wrong_design_loses_what_it_must_and_nothing_else(wrong: str, record_property: Record) -> None:
    design = DESIGNS[wrong]
    found = judged(design)
    record_property("judged", wrong_row(wrong, design.loses, design.may, lost(found)))
    assert wrong in MAY_RAISE or errors(found) == []
    assert complaints(design, found) == [], f"\n{design.mistake}"


@pytest.mark.prove
@pytest.mark.parametrize("seeds", PARTS, ids=lambda seeds: f"from {seeds[0]}")
@pytest.mark.parametrize("design", SPREAD)
def test_a_correct_design_gets_full_points_under_every_seed(
    design: str, seeds: list[str], record_property: Record
) -> None:
    notebook = RECIPES[design](project(course())) if design in CORRECT else DESIGNS[design].notebook()
    points = list(scores(notebook, seeds))
    record_property("judged", spread_row(design, points))
    full = sum(row.points for row in course().criteria(LESSON) if not row.manual and row.id != "f-submission")
    assert (set(points) == {full}) == (design in CORRECT)
