"""The judge takes nothing from a correct design, however far it is from the reference.

All criteria of all designs take minutes: a long proof (`make prove`). Here and now, the designs that a judge
misread before are asked for what it misread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.judgement.right.designs import DESIGNS
from tests.judgement.right.pieces import TEXTS
from tests.judgement.sample import losses
from tests.judgement.table import right_row
from tests.judgement.trials import errors, lost
from tests.judgement.trials import right as right_design

HERE_AND_NOW = {
    "queue_in_front": ("a-healthy", "c-agreement", "c-style"),
    "custom_bus": ("b-healthy", "b-accounted", "c-agreement"),
    "nested_saga": ("a-healthy", "a-attempts", "a-audit"),
    "task_token": ("a-healthy", "a-audit", "c-agreement", "c-failure"),
}


def test_every_design_says_what_is_different_and_why_that_is_correct() -> None:
    assert len(DESIGNS) >= 12
    assert [name for name, design in DESIGNS.items() if not str(design.__doc__).strip().endswith(".")] == []
    assert {path.stem for path in TEXTS.glob("*.py")} <= set(DESIGNS)


@pytest.mark.parametrize("design", HERE_AND_NOW)
def test_a_design_that_was_misread_before_loses_nothing(design: str) -> None:
    found = right_design(design, HERE_AND_NOW[design])
    assert errors(found) == []
    assert losses(found.findings) == []


@pytest.mark.prove
@pytest.mark.parametrize("right", DESIGNS)
def test_a_correct_design_loses_nothing(right: str, record_property: Callable[[str, Any], None]) -> None:
    found = right_design(right)
    record_property("judged", right_row(right, lost(found)))
    assert errors(found) == []
    assert losses(found.findings) == [], f"\n{DESIGNS[right].__doc__}"
