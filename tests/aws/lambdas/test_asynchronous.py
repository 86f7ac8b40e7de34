"""Asynchronous invocations: retries, destinations, dead letters."""

import json
from uuid import UUID

import pytest

from sagalab.aws import capture, restoring
from sagalab.aws.account import ROLE_ARN
from sagalab.packaging import zipped
from tests.aws.probes_of_requests import with_dead_letters


def invoked(account, name, event):
    account.functions.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event))
    account.run(600)


def test_the_event_of_a_failure_goes_to_the_dead_letter_queue_after_two_retries(account):
    url = with_dead_letters(account)
    invoked(account, "fail", {"orderId": "1"})
    (message,) = account.messages(url)
    assert json.loads(message["Body"]) == {"orderId": "1"}
    attributes = {name: row["StringValue"] for name, row in message["MessageAttributes"].items()}
    (request,) = {fact.detail["request"] for fact in account.facts("invocation")}  # A retry keeps it.
    assert str(UUID(request)) == request
    assert attributes == {"RequestID": request, "ErrorCode": "200", "ErrorMessage": "division by zero"}
    assert len(account.seen("fail")) == 3


def test_a_function_is_made_with_its_dead_letter_queue(account):
    url, arn = account.queue("dead")
    account.runtime.behaviours["fail"] = lambda event: 1 / 0
    account.functions.create_function(
        FunctionName="fail", Runtime="python3.11", Role=ROLE_ARN, Handler="m.f", Code={"ZipFile": zipped({"m.py": ""})},
        DeadLetterConfig={"TargetArn": arn},
    )  # fmt: skip
    invoked(account, "fail", {"n": 1})
    assert account.bodies(url) == ['{"n": 1}']


@pytest.mark.parametrize(
    ("behaviour", "kind", "condition", "count"),
    [(lambda event: "done", "OnSuccess", "Success", 1), (lambda event: 1 / 0, "OnFailure", "RetriesExhausted", 2)],
)
def test_a_destination_is_told_what_became_of_the_invocation(account, behaviour, kind, condition, count):
    url, arn = account.queue("told")
    account.function("step", behaviour)
    account.functions.put_function_event_invoke_config(
        FunctionName="step", MaximumRetryAttempts=1, DestinationConfig={kind: {"Destination": arn}}
    )
    invoked(account, "step", {"orderId": "1"})
    record = json.loads(account.bodies(url)[0])
    assert record["requestPayload"] == {"orderId": "1"}
    about = record["requestContext"]
    assert (about["condition"], about["approximateInvokeCount"]) == (condition, count)
    failed = kind == "OnFailure"
    assert record["responseContext"].get("functionError") == ("Unhandled" if failed else None)
    assert record["responsePayload"] == "done" or record["responsePayload"]["errorType"] == "ZeroDivisionError"


def test_a_bus_gets_the_record_as_an_event(account):
    url, arn = account.queue("told")
    account.rule("results", {"detail-type": ["Lambda Function Invocation Result - Failure"]}, {"Arn": arn})
    bus = account.events.describe_event_bus()["Arn"]
    account.function("step", lambda event: 1 / 0)
    account.functions.put_function_event_invoke_config(
        FunctionName="step", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": bus}}
    )
    invoked(account, "step", {})
    assert json.loads(account.bodies(url)[0])["detail"]["responsePayload"]["errorType"] == "ZeroDivisionError"


def test_a_deployment_keeps_destinations_and_dead_letters(account):
    with_dead_letters(account)
    account.functions.put_function_event_invoke_config(FunctionName="fail", MaximumRetryAttempts=0)
    deployment = capture.capture()
    account.functions.delete_function(FunctionName="fail")
    restoring.restore(deployment)
    assert capture.capture().functions == deployment.functions
    assert deployment.functions[0].asynchronous["MaximumRetryAttempts"] == 0
