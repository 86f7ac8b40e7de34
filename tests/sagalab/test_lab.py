"""The lab of a notebook: plain boto3, a clock that moves when one waits, slips that are explained."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sagalab import Fault, Lab, lab, package, packaging
from sagalab.errors import LearnerError

HANDLER = """
from sagalab.participants import payment_gateway

def charge(event, context):
    return payment_gateway.charge(event["orderId"], 10.0, key="k", correlation_id="c")

def fail(event, context):
    raise KeyError("orderId")
"""


@pytest.fixture
def opened() -> Iterator[Lab]:
    made = Lab()
    packaging.define("paying", HANDLER, {})
    yield made
    lab.forget()


def function(opened: Lab, name: str, handler: str) -> str:
    made = boto3.client("lambda").create_function(
        FunctionName=name, Runtime="python3.11", Role=opened.role_arn, Handler=handler,
        Code={"ZipFile": package("paying")}, Timeout=20,
    )  # fmt: skip
    return str(made["FunctionArn"])


def machine(opened: Lab, states: dict[str, Any]) -> str:
    definition = json.dumps({"StartAt": next(iter(states)), "States": states})
    made = boto3.client("stepfunctions").create_state_machine(name="m", definition=definition, roleArn=opened.role_arn)
    return str(made["stateMachineArn"])


def test_an_execution_goes_on_only_while_somebody_waits(opened: Lab) -> None:
    sfn = boto3.client("stepfunctions")
    arn = machine(opened, {"W": {"Type": "Wait", "Seconds": 3600, "End": True}})
    run = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    assert sfn.describe_execution(executionArn=run)["status"] == "RUNNING"
    time.sleep(3601)  # noqa: TID251 - virtual: the lab stands for it
    assert sfn.describe_execution(executionArn=run)["status"] == "SUCCEEDED"
    assert 3600 < opened.clock.now < 3605


def test_a_loop_that_polls_without_a_pause_comes_to_its_end(opened: Lab) -> None:
    sfn = boto3.client("stepfunctions")
    run = sfn.start_execution(stateMachineArn=machine(opened, {"W": {"Type": "Wait", "Seconds": 2, "End": True}}))
    looks = 0
    while sfn.describe_execution(executionArn=run["executionArn"])["status"] == "RUNNING":
        looks += 1
    assert 10 < looks < 500


def test_effects_and_faults_stand_in_one_history(opened: Lab) -> None:
    pay = function(opened, "pay", "paying.charge")
    opened.inject(Fault("reply_lost", target="payment_gateway.charge"))
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "MaxAttempts": 2, "BackoffRate": 1.0}]
    arn = machine(opened, {"P": {"Type": "Task", "Resource": pay, "Retry": retry, "End": True}})
    boto3.client("stepfunctions").start_execution(stateMachineArn=arn, input='{"orderId": "1001"}')
    opened.run()
    told = [(fact.kind, fact.what) for fact in opened.history().of("fault", "effect")]
    assert told == [("fault", "reply_lost"), ("effect", "charged")]
    assert [fact.detail.get("error") for fact in opened.history().of("invocation")] == ["ParticipantTimeout", None]


def test_a_handler_that_raises_fails_its_execution_and_leaves_the_lab_usable(opened: Lab) -> None:
    bad = function(opened, "bad", "paying.fail")
    sfn = boto3.client("stepfunctions")
    run = sfn.start_execution(stateMachineArn=machine(opened, {"B": {"Type": "Task", "Resource": bad, "End": True}}))
    opened.run()
    found = sfn.describe_execution(executionArn=run["executionArn"])
    assert (found["status"], found["error"]) == ("FAILED", "KeyError")
    assert boto3.client("sqs").create_queue(QueueName="after")["QueueUrl"].endswith("/after")


def test_broken_asl_and_a_misspelt_operator_are_one_message_with_place_and_slip(opened: Lab) -> None:
    with pytest.raises(ClientError) as broken:
        machine(opened, {"A": {"Type": "Pass", "Next": "Bb"}, "B": {"Type": "Pass", "End": True}})
    assert "MISSING_TRANSITION_TARGET" in str(broken.value) and "did you mean B" in str(broken.value)
    with pytest.raises(ClientError) as misspelt:
        boto3.client("events").put_rule(Name="r", EventPattern='{"source": [{"prefx": "orders"}]}')
    assert misspelt.value.response["Error"]["Code"] == "InvalidEventPatternException"
    assert 'did you mean "prefix"' in str(misspelt.value)


def test_resetting_empties_the_account_and_sets_time_to_zero(opened: Lab) -> None:
    boto3.client("sqs").create_queue(QueueName="old")
    opened.reset()
    assert opened.deployment().queues == [] and opened.clock.now < 1


def test_an_execution_left_over_never_leaks_into_the_next_lab(opened: Lab) -> None:
    pay = function(opened, "pay", "paying.charge")
    arn = machine(
        opened,
        {"W": {"Type": "Wait", "Seconds": 60, "Next": "P"}, "P": {"Type": "Task", "Resource": pay, "End": True}},
    )
    boto3.client("stepfunctions").start_execution(stateMachineArn=arn, input='{"orderId": "1001"}')
    opened.reset()
    opened.run(until=3600)
    assert opened.history().of("effect", "invocation") == []


def test_measuring_an_order_that_never_ran_and_waiting_for_a_word_are_explained(opened: Lab) -> None:
    with pytest.raises(LearnerError, match="has not run under orchestration"):
        opened.measurements("1001", "1002")
    with pytest.raises(LearnerError, match="neither 'quiet' nor a number"):
        opened.run(until="done")
