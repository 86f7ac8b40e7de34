"""Intrinsic functions with unusual arguments, and what the rules of a Choice compare."""

import pytest

from tests.aws.probes_of_functions import computed, decided


@pytest.mark.parametrize(
    ("function", "made"),
    [
        ("States.Array(null, 'null', true)", [None, "null", True]), ("States.ArrayContains($.a, null)", True),
        ("States.ArrayContains($.a, $.o)", True), ("States.ArrayUnique($.a)", [1, None, {"x": 1}]),
        ("States.ArrayRange(1, 0, 1)", []), ("States.ArrayRange(1.5, 3, 1)", [2, 3]), ("States.MathRandom(4, 5)", 4),
        ("States.MathAdd(2.5, 0)", 3), ("States.Format('{}', null)", "null"),
    ],
)  # fmt: skip
def test_a_function_takes_every_kind_of_argument(function, made):
    assert computed(function, {"a": [1, None, {"x": 1}, 1, {"x": 1}, 1.0], "o": {"x": 1}}) == made


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("States.ArrayRange(1, 9, 0)", "must not be 0"), ("States.ArrayUnique($.s)", 'Expected an array, but got "a"'),
        ("States.StringToJson($)", "had the following error"), ("States.MathRandom('a', 2)", 'Expected a number, but got "a"'),
        ("States.Hash(1, 'MD5')", "Expected a string, but got 1"),
    ],
)  # fmt: skip
def test_a_function_says_what_is_wrong_with_an_argument(function, said):
    found = computed(function, {"s": "a"})
    assert said in found and "<class" not in found


def test_chance_of_a_function_comes_from_its_own_seed():
    assert computed("States.MathRandom(1, 999, 5)") == computed("States.MathRandom(1, 999, 5)")


@pytest.mark.parametrize(
    ("rule", "value", "matches"),
    [
        ({"Variable": "$", "IsTimestamp": True}, "2026-01-05T10:00:00.25-03:30", True),
        ({"Variable": "$", "IsTimestamp": True}, "2026-01-05", False),
        ({"Variable": "$.a", "TimestampLessThanPath": "$.b"}, {"a": "2026-01-05T10:00:00+02:00", "b": "2026-01-05T09:00:00Z"}, True),
        ({"Variable": "$.a", "TimestampLessThanPath": "$.b"}, {"a": "2026-01-05T10:00:00Z", "b": "later"}, False),
        ({"Variable": "$", "StringMatches": "log-*.txt"}, "log-1\n.txt", True),
        ({"Variable": "$", "StringMatches": "log-?.txt"}, "log-1.txt", False),
    ],
)  # fmt: skip
def test_a_rule_compares(rule, value, matches):
    assert decided(rule, value) is matches
