"""Functions: error mapping, asynchronous retries, faults and their facts."""

import json

import pytest

from sagalab.aws.lambdas.functions import order_of
from sagalab.faults import Fault
from tests.aws.building import Account, task


class Declined(Exception):
    """A business error of a handler."""


def declined(event):
    raise Declined("no money")


def test_an_error_comes_back_with_aws_s_names(account):
    account.function("charge", declined)
    answer = account.functions.invoke(FunctionName="charge", Payload=b"{}")
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    payload = json.loads(answer["Payload"].read())
    (fact,) = account.facts("invocation")
    said = {"errorType": "Declined", "errorMessage": "no money", "stackTrace": []}  # of a function of this test
    assert payload == {**said, "requestId": fact.detail["request"]}


def test_a_json_text_is_an_event_like_any_other(account):
    account.function("echo", lambda event: event)
    for event in ("hello", '{"a": 1}', "", 7, None):
        answer = account.functions.invoke(FunctionName="echo", Payload=json.dumps(event))
        assert json.loads(answer["Payload"].read()) == event


@pytest.mark.parametrize("how", ["arn", "lambda:invoke"])
def test_a_workflow_catches_the_error_by_its_class_name(account, how):
    arn = account.function("charge", declined)
    state = task(arn, Catch=[{"ErrorEquals": ["Declined"], "Next": "Sorry"}])
    if how == "lambda:invoke":
        state |= {"Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": arn, "Payload": {}}}
    found = account.executed({"Charge": state, "Sorry": {"Type": "Pass", "End": True}})
    assert found["status"] == "SUCCEEDED" and found["output"]["Error"] == "Declined"
    assert "no money" in found["output"]["Cause"]


def test_a_missing_function_is_the_error_that_aws_names(account):
    gone = account.function("charge").replace("charge", "gone")
    found = account.executed({"A": task(gone)})
    assert (found["status"], found["error"]) == ("FAILED", "Lambda.ResourceNotFoundException")


def test_an_asynchronous_invocation_is_tried_three_times_within_four_minutes(account):
    account.function("charge", declined)
    account.functions.invoke(FunctionName="charge", InvocationType="Event", Payload=b"{}")
    account.run()
    times = [fact.at for fact in account.facts("invocation")]
    assert [round(later - earlier, -1) for earlier, later in zip(times, times[1:], strict=False)] == [60, 120]


def test_a_throttled_invocation_is_refused_and_counted():
    account = Account(Fault("throttled", "lambda:charge"))
    account.function("charge")
    with pytest.raises(account.functions.exceptions.TooManyRequestsException):
        account.functions.invoke(FunctionName="charge", Payload=b"{}")
    assert account.cloud.functions.counts["charge"] == {"invocations": 0, "errors": 0, "throttles": 1}


@pytest.mark.parametrize(("fault", "ran"), [("crash_before", 0), ("crash_after", 1), ("cold_start", 1)])
def test_a_crash_strikes_before_or_after_the_work_and_is_an_exit_error(fault, ran):
    account = Account(Fault(fault, "charge"))
    account.function("charge", lambda event: "done")
    answer = account.functions.invoke(FunctionName="charge", Payload=b"{}")
    assert json.loads(answer["Payload"].read())["errorType"] == "Runtime.ExitError"
    assert len(account.seen("charge")) == ran
    again = account.functions.invoke(FunctionName="charge", Payload=b"{}")
    assert json.loads(again["Payload"].read()) == "done"


def test_an_invocation_is_a_fact_with_its_order_its_end_and_its_error(account):
    account.function("charge", declined)
    account.functions.invoke(FunctionName="charge", Payload=b'{"detail": {"orderId": "7"}}')
    (fact,) = account.facts("invocation", "charge")
    assert fact.order_id == "7" and fact.until is not None and fact.until > fact.at
    assert (fact.detail["error"], fact.detail["message"]) == ("Declined", "no money")


@pytest.mark.parametrize(
    ("event", "found"),
    [
        ({"orderId": "7"}, "7"),
        ({"order_id": "7"}, "7"),
        ({"Records": [{"body": '{"detail": {"orderId": "7"}}'}]}, "7"),
        ({"Records": [{"Sns": {"Message": '{"orderId": "7"}'}}]}, "7"),
        ({"orderId": 7}, None),
        ("{broken", None),
        (None, None),
    ],
)
def test_the_order_of_an_event_is_found_however_it_is_wrapped(event, found):
    assert order_of(event) == found


def test_an_event_nested_without_an_end_has_no_order():
    nested: dict = {"orderId": "7"}
    for _ in range(50):
        nested = {"inner": nested}
    assert order_of(nested) is None
