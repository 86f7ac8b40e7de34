"""The recovery plan as learners write it."""

from __future__ import annotations

from typing import Any

import pytest

from sagalab.clock import minutes
from sagalab.errors import DefinitionError
from sagalab.faults import Fault
from sagalab.recovery import RecoveryPlan

WHOLE: dict[str, Any] = {
    "approach": "choreography",
    "fault": Fault("unavailable", target="warehouse.reserve", lasts=minutes(30)),
    "effect": "Paid orders wait.",
    "detector": lambda signals: True,
    "detect_within": minutes(30),
    "recover_within": minutes(60),
    "actions": lambda: None,
    "expected": {"order": "confirmed", "money": "charged", "stock": "reserved", "customer": "told once"},
}


def test_a_whole_plan_gives_its_data_and_keeps_its_functions_to_itself() -> None:
    row = RecoveryPlan(**WHOLE).to_json()
    assert row["fault"] == {"kind": "unavailable", "target": "warehouse.reserve", "lasts": 1800.0}
    assert "detector" not in row and "actions" not in row


@pytest.mark.parametrize("field", ["approach", "fault", "effect", "detector", "detect_within", "actions", "expected"])
def test_a_missing_field_is_named_in_one_message(field: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        RecoveryPlan(**{name: value for name, value in WHOLE.items() if name != field})
    assert f"the field {field!r} is missing" in str(caught.value) and f"{field}=..." in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"actions": None}, "without ()"),
        ({"approach": "choreografy"}, "approach"),
        ({"detect_within": -1}, "detect_within"),
        ({"deadline": 5}, "no field 'deadline'"),
        ({"expected": {"order": "done"}}, "confirmed, cancelled"),
    ],
)
def test_a_wrong_field_is_explained_in_the_plans_own_terms(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        RecoveryPlan(**{**WHOLE, **changed})
    assert words in str(caught.value)
