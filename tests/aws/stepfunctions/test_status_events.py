"""A rule hears of executions: when they begin, and how they end."""

from __future__ import annotations

import json

import pytest

FAIL = {"A": {"Type": "Fail", "Error": "No", "Cause": "because"}}
PASS = {"A": {"Type": "Pass", "End": True}}
CHANGE = "Step Functions Execution Status Change"


def heard(account, states, pattern, **fields):
    """Gives the events that a rule of this pattern brings of one execution."""
    url, arn = account.queue("inbox")
    account.rule("states", pattern, {"Arn": arn})
    account.start(account.machine(states, **fields), {"orderId": "7"})
    account.clock.advance(100.0)
    return [json.loads(body) for body in account.bodies(url)]


@pytest.mark.parametrize("pattern", [{"source": ["aws.states"]}, {"detail-type": [CHANGE]}])
def test_a_rule_is_told_of_begin_and_end(account, pattern):
    begun, ended = heard(account, PASS, pattern)
    assert [row["detail"]["status"] for row in (begun, ended)] == ["RUNNING", "SUCCEEDED"]
    assert begun["detail-type"] == CHANGE and begun["resources"] == [begun["detail"]["executionArn"]]
    assert json.loads(ended["detail"]["output"]) == {"orderId": "7"} and begun["detail"]["stopDate"] is None
    assert json.loads(begun["detail"]["input"]) == json.loads(ended["detail"]["input"]) == {"orderId": "7"}
    assert ended["detail"]["name"] == "one" and ended["detail"]["stateMachineArn"].endswith(":stateMachine:Flow")


@pytest.mark.parametrize(
    ("states", "fields", "status"),
    [(FAIL, {}, "FAILED"), ({"A": {"Type": "Wait", "Seconds": 50, "End": True}}, {"TimeoutSeconds": 5}, "TIMED_OUT")],
)
def test_a_detector_may_ask_for_bad_ends_alone(account, states, fields, status):
    pattern = {"source": ["aws.states"], "detail": {"status": ["FAILED", "TIMED_OUT", "ABORTED"]}}
    (event,) = heard(account, states, pattern, **fields)
    assert event["detail"]["status"] == status
    assert event["detail"]["error"] == ("No" if status == "FAILED" else None)


def test_nothing_is_published_where_no_rule_asks(account):
    account.start(account.machine(PASS))
    account.run()
    assert account.facts("published") == []
