"""Which events an event pattern takes. Rows follow the examples of EventBridge's page on comparison operators."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagalab.aws.eventbridge.matching import event_problem, matches


def takes(filters, value):
    return matches({"detail": {"a": filters}}, {"detail": {"a": value}})


@pytest.mark.parametrize(
    ("filters", "taken", "refused"),
    [
        (["x"], ["x", ["y", "x"]], ["X", None, 1]),
        ([1], [1, 1.0], ["1", True]),
        ([True], [True], [1, "true"]),
        ([None], [None], ["null", ""]),
        ([""], [""], [None]),
        ([{"prefix": "us-"}], ["us-east-1"], ["eu", 5]),
        ([{"prefix": {"equals-ignore-case": "US-"}}], ["us-east-1"], ["eu"]),
        ([{"suffix": ".png"}], ["a.png"], ["a.PNG"]),
        ([{"suffix": {"equals-ignore-case": ".png"}}], ["a.PNG"], ["png"]),
        ([{"equals-ignore-case": "alice"}], ["ALICE"], ["alice "]),
        ([{"wildcard": "dir/*.png"}], ["dir/a/b.png", "dir/.png"], ["dir/png", 1]),
        ([{"wildcard": "a\\*b"}], ["a*b"], ["axb"]),
        ([{"numeric": [">", 0, "<=", 5]}], [5, 0.1], [0, 5.1, "3", True]),
        ([{"cidr": "10.0.0.7/24"}], ["10.0.0.255"], ["10.0.1.0", "orders", 7]),
        ([{"anything-but": "x"}], ["y", None, 1], ["x"]),
        ([{"anything-but": [1, 2]}], [3, "1", True], [1, 2.0]),
        ([{"anything-but": {"prefix": ["a", "b"]}}], ["c", 1], ["ab", "b"]),
        ([{"anything-but": {"suffix": ".txt"}}], ["a.png"], ["a.txt"]),
        ([{"anything-but": {"equals-ignore-case": ["a", "b"]}}], ["c"], ["A", "B"]),
        ([{"anything-but": {"wildcard": "*/lib/*"}}], ["a/b"], ["a/lib/b"]),
        ([{"exists": True}], ["x", None, [{"b": 1}, 2]], [{"b": 1}, [], {}]),
        ([{"exists": False}], [{"b": 1}, []], ["x", None]),
        ([{"prefix": "a"}, {"numeric": ["=", 7]}], ["ab", 7], ["b", 8]),
    ],
)  # fmt: skip
def test_an_operator_takes_what_the_documentation_says(filters, taken, refused):
    assert [value for value in taken if not takes(filters, value)] == []
    assert [value for value in refused if takes(filters, value)] == []


def test_what_a_pattern_asks_of_objects_in_one_array_holds_for_one_of_them():
    event = {"lines": [{"sku": "mug", "count": 1}, {"sku": "pen", "count": 9}]}
    assert matches({"lines": {"sku": ["pen"], "count": [9]}}, event)
    assert not matches({"lines": {"sku": ["mug"], "count": [9]}}, event)
    assert not matches({"lines": {"sku": [{"exists": False}]}}, event)


def test_every_field_has_to_match_and_one_part_of_a_choice():
    pattern = {"source": ["shop"], "$or": [{"detail": {"a": [1]}}, {"detail-type": ["Paid"]}]}
    assert matches(pattern, {"source": "shop", "detail-type": "Paid"})
    assert matches(pattern, {"source": "shop", "detail": {"a": 1}})
    assert not matches(pattern, {"source": "shop", "detail": {"a": 2}})
    assert not matches(pattern, {"source": "bank", "detail-type": "Paid"})


def test_a_dot_in_a_name_and_a_level_are_the_same():
    assert matches({"detail": {"a.b": ["x"]}}, {"detail": {"a": {"b": "x"}}})
    assert matches({"detail": {"a": {"b": ["x"]}}}, {"detail": {"a.b": "x"}})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(event=st.dictionaries(st.sampled_from("abc"), JSON, max_size=3), value=st.integers() | st.text(max_size=3))
def test_a_field_exists_or_does_not_and_no_event_is_too_strange(event, value):
    exists, absent = ({"a": {"b": [{"exists": there}]}} for there in (True, False))
    assert matches(exists, event) != matches(absent, event)
    if matches({"a": {"b": [value]}}, event):
        assert matches(exists, event)


@pytest.mark.parametrize(
    ("text", "words"), [("{oops", "no JSON"), ("[]", "no JSON object"), ("{}", "lacks id, account"), (None, "no JSON")]
)
def test_an_event_that_cannot_be_tried_is_refused_in_words(text, words):
    assert words in (event_problem(text) or "")
