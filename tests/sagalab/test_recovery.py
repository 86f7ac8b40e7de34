"""The recovery plan as learners write it."""

import pytest

from sagalab import Fault, RecoveryPlan, minutes
from sagalab.errors import DefinitionError

GOOD = {
    "approach": "choreography",
    "fault": Fault("unavailable", "warehouse.reserve", lasts=minutes(40)),
    "effect": "Paid orders wait.",
    "detector": lambda signals: True,
    "detect_within": minutes(30),
    "recover_within": minutes(60),
    "actions": lambda: None,
    "expected": {"order": "confirmed", "money": "charged", "stock": "reserved", "customer": "told once"},
}


def test_a_plan_crosses_to_the_judge_as_data_without_its_functions():
    row = RecoveryPlan(**GOOD).to_json()
    assert row["fault"] == {"kind": "unavailable", "target": "warehouse.reserve", "lasts": 2400.0}
    assert "detector" not in row and "actions" not in row and row["detect_within"] == 1800


@pytest.mark.parametrize("field", list(GOOD))
def test_a_missing_field_is_named_with_what_to_do(field):
    with pytest.raises(DefinitionError) as caught:
        RecoveryPlan(**{name: value for name, value in GOOD.items() if name != field})
    words = str(caught.value)
    assert f"the field {field!r} is missing" in words and f"write {field}=... into the plan" in words
    assert words.startswith("RecoveryPlan for choreography" if field != "approach" else "RecoveryPlan for an approach")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"detectr": 1}, "a plan has no field 'detectr'"),
        ({"detector": True}, "'detector' is no function"),
        ({"actions": None}, "'actions' is no function"),
        ({"approach": "choregraphy"}, "there is no approach 'choregraphy'"),
        ({"fault": "outage"}, "'fault' is 'outage', not a fault"),
        ({"effect": ""}, "'effect'"),
        ({"detect_within": 0}, "'detect_within'"),
        ({"detect_within": -5}, "'detect_within'"),
        ({"recover_within": 1e9}, "'recover_within'"),
        ({"recover_within": "soon"}, "'recover_within'"),
        ({"expected": {"order": "shipped"}}, "expected['order'] is 'shipped'"),
        ({"expected": {"parcel": "sent"}}, "no such part"),
        ({"expected": "well"}, "'expected'"),
    ],
)
def test_a_plan_that_cannot_run_says_which_field_and_why(fields, words):
    with pytest.raises(DefinitionError) as caught:
        RecoveryPlan(**{**GOOD, **fields})
    assert words in str(caught.value) and "validation error" not in str(caught.value)


def test_a_misspelt_field_is_named_beside_the_one_that_is_missing():
    plan = {name: value for name, value in GOOD.items() if name != "effect"}
    with pytest.raises(DefinitionError, match="it is written 'efect' there"):
        RecoveryPlan(**plan, efect="Paid orders wait.")
