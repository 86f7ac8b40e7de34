"""An alarm's state out of its data points; the tables are those of AWS's page on missing data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagalab.aws.cloudwatch.alarm_rules import MISSING, Rule, evaluate

ABOVE = {"X": 5.0, "0": 0.0, "-": None}
KEEP = "what it was"


def state(points, needed, missing, before="OK"):
    rule = Rule("GreaterThanThreshold", 1.0, 3, needed, missing)
    return evaluate(rule, [ABOVE[one] for one in points.split()], before).state


@pytest.mark.parametrize(
    ("points", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("0 - X - X", "OK", "OK", "OK", "OK"),
        ("0 - - - -", "OK", "OK", "OK", "OK"),
        ("- - - - -", "INSUFFICIENT_DATA", KEEP, "ALARM", "OK"),
        ("0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
        ("- - X - -", "ALARM", KEEP, "ALARM", "OK"),
    ],
)
def test_three_of_three_as_aws_tabulates_it(points, missing, ignore, breaching, not_breaching):
    found = [state(points, 3, treatment, KEEP) for treatment in ("missing", "ignore", "breaching", "notBreaching")]
    assert found == [missing, ignore, breaching, not_breaching]


@pytest.mark.parametrize(
    ("points", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
        ("0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"),
        ("0 - X - -", "OK", "OK", "ALARM", "OK"),
        ("- - - - 0", "OK", "OK", "ALARM", "OK"),
        ("- - - X -", "ALARM", KEEP, "ALARM", "OK"),
    ],
)
def test_two_of_three_as_aws_tabulates_it(points, missing, ignore, breaching, not_breaching):
    found = [state(points, 2, treatment, KEEP) for treatment in ("missing", "ignore", "breaching", "notBreaching")]
    assert found == [missing, ignore, breaching, not_breaching]


def test_a_single_late_point_does_not_alarm_before_its_time():
    assert state("- - - - X", 3, "missing", "INSUFFICIENT_DATA") == "INSUFFICIENT_DATA"


@pytest.mark.parametrize(
    ("comparison", "at_the_threshold"),
    [("GreaterThanThreshold", "OK"), ("GreaterThanOrEqualToThreshold", "ALARM"),
     ("LessThanThreshold", "OK"), ("LessThanOrEqualToThreshold", "ALARM")],
)  # fmt: skip
def test_each_comparison_at_its_threshold(comparison, at_the_threshold):
    assert evaluate(Rule(comparison, 2.0, 1, 1), [None, None, 2.0], "OK").state == at_the_threshold


@given(st.lists(st.sampled_from([5.0, 0.0]), min_size=5, max_size=5), st.integers(1, 3), st.sampled_from(MISSING))
def test_with_all_data_there_the_last_three_alone_decide(values, needed, missing):
    breaching = sum(value > 1 for value in values[-3:])
    found = evaluate(Rule("GreaterThanThreshold", 1.0, 3, needed, missing), values, "INSUFFICIENT_DATA")
    assert found.state == ("ALARM" if breaching >= needed else "OK")


@given(st.lists(st.sampled_from([5.0, 0.0, None]), min_size=5, max_size=5), st.integers(1, 3))
def test_treating_missing_data_as_bad_never_hides_an_alarm(values, needed):
    states = [
        evaluate(Rule("GreaterThanThreshold", 1.0, 3, needed, missing), values, "OK").state
        for missing in ("notBreaching", "breaching")
    ]
    assert states != ["ALARM", "OK"]
