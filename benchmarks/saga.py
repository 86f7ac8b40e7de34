"""The three-step order saga as plain boto3: the same calls against the lab and against bare moto."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

STEPS = ("payment", "inventory", "notification")
HANDLERS = Path(__file__).resolve().parent / "handlers"
DONE = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}


def pretend_account() -> None:
    """Sets what boto3 asks for before any call; no account is behind it."""
    os.environ.update(AWS_ACCESS_KEY_ID="bench", AWS_SECRET_ACCESS_KEY="bench", AWS_DEFAULT_REGION="us-east-1")


def zipped() -> bytes:
    """Gives the zip of the three handlers."""
    from sagalab.packaging import package

    return package(str(HANDLERS))


def deploy(role: str, code: bytes) -> str:
    """Creates the functions and the state machine; gives its ARN."""
    import boto3

    functions = boto3.client("lambda")
    arns = {}
    for step in STEPS:
        made = functions.create_function(
            FunctionName=step,
            Runtime="python3.11",
            Handler=f"{step}.as_task",
            Role=role,
            Code={"ZipFile": code},
        )
        arns[step] = made["FunctionArn"]
    return create("OrderFlow", definition(arns), role)


def definition(arns: dict[str, str]) -> dict[str, Any]:
    """Gives the state machine: one task for each step, in a row."""
    states: dict[str, Any] = {}
    for step, following in zip(STEPS, (*STEPS[1:], None), strict=True):
        after = {"Next": following} if following else {"End": True}
        states[step] = {"Type": "Task", "Resource": arns[step], "ResultPath": f"$.{step}", **after}
    return {"StartAt": STEPS[0], "States": states}


def create(name: str, machine: dict[str, Any], role: str) -> str:
    """Creates a state machine; gives its ARN."""
    import boto3

    sfn = boto3.client("stepfunctions")
    return str(sfn.create_state_machine(name=name, definition=json.dumps(machine), roleArn=role)["stateMachineArn"])


def start(machine: str, order_id: str) -> str:
    """Starts one execution; gives its ARN."""
    import boto3

    sfn = boto3.client("stepfunctions")
    given = json.dumps({"orderId": order_id})
    return str(sfn.start_execution(stateMachineArn=machine, name=order_id, input=given)["executionArn"])


def status(execution: str) -> str:
    """Gives an execution's status."""
    import boto3

    return str(boto3.client("stepfunctions").describe_execution(executionArn=execution)["status"])


def expect_success(executions: list[str]) -> None:
    """Raises when an execution did not succeed: a wrong run is no measurement."""
    wrong = [one for one in executions if status(one) != "SUCCEEDED"]
    if wrong:
        raise RuntimeError(f"{len(wrong)} of {len(executions)} executions did not succeed")
