"""One state tried alone: what it gives, where it leads, and what it would try again."""

import json

import pytest

from tests.aws.probes_of_machines import refused

INVOKE = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}


def tried(account, state, value=None, **fields):
    """Tries a state with this input."""
    return account.sfn.test_state(definition=json.dumps(state), input=json.dumps(value or {}), **fields)


def declined(_event):
    """Fails as a payment does."""
    raise LookupError("no")


@pytest.mark.parametrize(("amount", "follows"), [(1, "Small"), (9, "Large")])
def test_a_choice_says_where_it_leads(account, amount, follows):
    rule = {"Variable": "$.n", "NumericLessThan": 5, "Next": "Small"}
    found = tried(account, {"Type": "Choice", "Choices": [rule], "Default": "Large"}, {"n": amount})
    assert (found["status"], found["nextState"]) == ("SUCCEEDED", follows)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, "FAILED"),
        ({"Retry": [{"ErrorEquals": ["LookupError"]}]}, "RETRIABLE"),
        ({"Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 0}]}, "FAILED"),
        ({"Catch": [{"ErrorEquals": ["LookupError"], "Next": "Refund", "ResultPath": "$.error"}]}, "CAUGHT_ERROR"),
    ],
)
def test_an_error_is_told_of_with_what_would_follow(account, fields, status):
    account.function("charge", declined)
    found = tried(account, {**INVOKE, "Parameters": {"FunctionName": "charge"}, **fields}, {"id": "o-1"})
    assert (found["status"], found["error"]) == (status, "LookupError")
    assert json.loads(found["cause"])["errorMessage"] == "no" and len(account.seen("charge")) == 1
    if status == "CAUGHT_ERROR":
        assert found["nextState"] == "Refund" and json.loads(found["output"])["id"] == "o-1"


def test_what_is_made_of_the_input_is_shown_when_asked(account):
    state = {"Type": "Pass", "Parameters": {"x.$": "$.n"}, "ResultPath": "$.r", "End": True}
    shown = tried(account, state, {"n": 1}, inspectionLevel="DEBUG")["inspectionData"]
    assert shown == {"input": '{"n":1}', "afterParameters": '{"x":1}', "afterResultPath": '{"n":1,"r":{"x":1}}'}
    assert "inspectionData" not in tried(account, state, {"n": 1})


def test_a_state_reads_the_variables_that_it_is_given(account):
    state = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $x + 1 %}", "End": True}
    assert tried(account, state, variables='{"x": 4}')["output"] == "5"


def test_a_state_tried_alone_is_no_execution(account):
    tried(account, {"Type": "Wait", "Seconds": 5, "End": True})
    assert account.history.of("execution") == [] and account.clock.now >= 5


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ({"Type": "Pass"}, "InvalidDefinition"),
        ({**INVOKE, "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken"}, "InvalidDefinition"),
        ({"Type": "Parallel", "Branches": [], "End": True}, "NotSupportedHere"),
        ([], "InvalidDefinition"),
    ],
)
def test_what_cannot_be_tried_is_refused(account, state, code):
    assert refused(account.sfn.test_state, definition=json.dumps(state))[0] == code


def test_an_answer_made_up_is_not_here(account):
    mock = {"result": "{}"}
    assert refused(account.sfn.test_state, definition=json.dumps(INVOKE), mock=mock)[0] == "NotSupportedHere"
