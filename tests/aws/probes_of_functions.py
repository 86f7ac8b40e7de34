"""Probes of intrinsic functions and of the rules of a Choice."""

from __future__ import annotations

from typing import Any

from tests.aws.building import Account
from tests.aws.probing import SFN, probe

COMPONENT = f"{SFN}.asl.component"
FUNCTIONS = f"{COMPONENT}.intrinsic.function.statesfunction"
CHOICE = f"{COMPONENT}.state.choice"
END = {"Type": "Pass", "End": True}


def computed(function: str, value: Any = None) -> Any:
    """Gives what a function of the states language makes, or how its state failed."""
    found = Account().executed({"A": {**END, "Parameters": {"r.$": function}}}, value)
    return found["output"]["r"] if found["status"] == "SUCCEEDED" else found["cause"]


def decided(rule: dict[str, Any], value: Any) -> Any:
    """Says whether a Choice's only rule matches, or how the state failed."""
    states = {
        "A": {"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}], "Default": "No"},
        "Yes": {**END, "Result": True}, "No": {**END, "Result": False},
    }  # fmt: skip
    found = Account().executed(states, value)
    return found["output"] if found["status"] == "SUCCEEDED" else found["cause"]


@probe(f"{FUNCTIONS}.array.array_range:ArrayRange._eval_body")
def a_range_goes_downwards_too() -> None:
    assert computed("States.ArrayRange(9, 1, -4)") == [9, 5, 1]


@probe(f"{FUNCTIONS}.array.array_get_item:ArrayGetItem._eval_body")
def an_array_has_no_item_before_its_first() -> None:
    assert "Index -1 is out of bounds" in computed("States.ArrayGetItem($, -1)", [1, 2])


@probe(f"{FUNCTIONS}.array.array_unique:ArrayUnique._eval_body")
def objects_can_be_made_unique() -> None:
    assert computed("States.ArrayUnique($)", [{"a": 1}, 2, {"a": 1}, True, 1]) == [{"a": 1}, 2, True, 1]


@probe(f"{FUNCTIONS}.array.array_contains:ArrayContains._eval_body")
def a_truth_is_no_number() -> None:
    assert computed("States.ArrayContains($, 1)", [True, {}]) is False


@probe(f"{FUNCTIONS}.math_operations.math_random:MathRandom._eval_body")
def chance_ends_before_its_second_number() -> None:
    assert "must be less than the end number 5" in computed("States.MathRandom(5, 5)")


@probe(
    f"{FUNCTIONS}.encoding_decoding.base_64_encode:Base64Encode._eval_body",
    f"{FUNCTIONS}.encoding_decoding.base_64_decode:Base64Decode._eval_body",
)
def what_is_no_text_is_not_encoded_and_what_is_no_base64_not_decoded() -> None:
    assert "Expected a string, but got 1." in computed("States.Base64Encode($)", 1)
    assert "had the following error" in computed("States.Base64Decode('!!')")


@probe(f"{CHOICE}.state_choice:StateChoice._eval_state_output")
def what_a_choice_assigns_by_default_is_not_assigned_by_a_rule_of_the_same_target() -> None:
    states = {
        "A": {
            "Type": "Choice", "Default": "B", "Assign": {"way": "default"},
            "Choices": [{"Variable": "$", "NumericEquals": 1, "Assign": {"way": "rule"}, "Next": "B"}],
        },
        "B": {**END, "Parameters": {"way.$": "$way"}},
    }  # fmt: skip
    assert [Account().executed(states, n)["output"]["way"] for n in (1, 2)] == ["rule", "default"]


@probe(f"{SFN}.asl.parse.preprocessor:Preprocessor.visitChoice_rule_comparison_variable")
def a_rule_assigns_what_it_compared() -> None:
    rule = {"Variable": "$.n", "NumericEquals": 1, "Assign": {"n.$": "$.n"}, "Next": "B"}
    states = {"A": {"Type": "Choice", "Choices": [rule]}, "B": {**END, "Parameters": {"n.$": "$n"}}}
    assert Account().executed(states, {"n": 1})["output"] == {"n": 1}


@probe(f"{CHOICE}.comparison.comparison_func:ComparisonFuncValue._eval_body")
def values_of_two_kinds_do_not_match_and_a_second_path_has_to_be_there() -> None:
    assert decided({"Variable": "$.n", "NumericLessThanPath": "$.s"}, {"n": 1, "s": "a"}) is False
    assert "Invalid path '$.gone'" in decided({"Variable": "$.n", "NumericLessThanPath": "$.gone"}, {"n": 1})


@probe(f"{CHOICE}.comparison.operator.implementations.is_operator:IsTimestamp.string_to_timestamp")
def moments_of_two_zones_are_compared() -> None:
    assert decided({"Variable": "$", "TimestampEquals": "2026-01-05T09:00:00Z"}, "2026-01-05T10:00:00.0+01:00") is True


@probe(f"{CHOICE}.comparison.operator.implementations.string_operators:StringMatches._compare")
def an_escaped_asterisk_is_an_asterisk_and_a_bracket_a_bracket() -> None:
    rule = {"Variable": "$", "StringMatches": r"[a]\**"}
    assert [decided(rule, text) for text in ("[a]*b", "a*", "[a]b")] == [True, False, False]
