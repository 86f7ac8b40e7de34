"""What a bus refuses in an event pattern, and which slip it names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagalab.aws.eventbridge.patterns import CHECKS, pattern_problem


@pytest.mark.parametrize(
    "filters",
    [
        ["orders", None, True, 3],
        [{"prefix": "ord"}],
        [{"prefix": {"equals-ignore-case": "ORD"}}],
        [{"anything-but": "a"}],
        [{"anything-but": [1, 2.5]}],
        [{"anything-but": {"prefix": ["a", "b"]}}],
        [{"numeric": [">", 0, "<=", 5]}],
        [{"exists": False}],
        [{"cidr": "10.0.0.0/24"}],
        [{"equals-ignore-case": "orders"}],
        [{"wildcard": "orders.*.created"}],
    ],
)
def test_what_aws_takes_is_taken(filters):
    assert pattern_problem({"detail": {"a": filters}}) is None
    assert pattern_problem({"$or": [{"a": filters}, {"b": ["c"]}]}) is None


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ([{"prefx": "a"}], 'did you mean "prefix"?'),
        ([{"anything_but": "a"}], 'did you mean "anything-but"?'),
        ([{"prefix": "a", "suffix": "b"}], "Only one key"),
        ([{"prefix": 1}], "prefix at detail.a takes a text"),
        ([{"anything-but": [1, "a"]}], "one or more texts, or one or more numbers"),
        ([{"anything-but": {"prefix": ""}}], "none of them empty"),
        ([{"numeric": [">", "5"]}], 'a list such as [">", 0'),
        ([{"numeric": 5}], "a list such as"),
        ([{"exists": "yes"}], "true or false"),
        ([{"cidr": "orders"}], "an address range"),
        ([{"wildcard": "a**"}], "two stars in a row"),
    ],
)
def test_what_aws_refuses_is_refused_with_its_place(filters, words):
    problem = pattern_problem({"detail": {"a": filters}})
    assert problem and words in problem and "detail.a" in problem


@given(
    operator=st.sampled_from(sorted(CHECKS)),
    operand=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=2),
    ),
)
def test_no_operand_is_too_strange_for_an_answer(operator, operand):
    problem = pattern_problem({"a": [{operator: operand}]})
    assert problem is None or problem.startswith(f"{operator} at a takes")


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ({}, "Empty objects"),
        ({"detail": {}}, "Empty objects are not allowed (at detail)"),
        ({"detail": {"a": []}}, "Empty arrays are not allowed (at detail.a)"),
        ({"source": "orders"}, 'a value stands in a list, ["orders"]'),
        ({"source": [["orders"]]}, "Match value must be"),
        ({"$or": [{"a": ["b"]}]}, "Unrecognized match type a at $or"),
        ({"a": [{"numeric": ["<", 1, ">", 0]}]}, "a lower bound and then a larger upper one"),
        ({"a": [{"numeric": [">", 5, "<", 5]}]}, "a lower bound and then a larger upper one"),
        ({"a": [{"numeric": ["=", 6e9]}]}, "from -5.0e9 to 5.0e9"),
        ({"a": [{"wildcard": "a\\b"}]}, "a backslash stands before"),
        ({name: {"$or": [{"a": ["1"]}, {"b": ["1"]}]} for name in "0123456789"}, "1024 combinations"),
        (["orders"], "no JSON object"),
    ],
)
def test_a_pattern_whose_shape_aws_refuses_is_refused(pattern, words):
    assert words in (pattern_problem(pattern) or "")
