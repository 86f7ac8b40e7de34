"""A small orchestrated design, what is deployed of it, and learners' processes with functions of one's choice."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3

from sagalab.aws.account import ROLE_ARN
from sagalab.aws.capture import capture
from sagalab.deployment import Deployment
from sagalab.hosts import fork_server, inside
from sagalab.hosts.entry import serve_calls
from sagalab.hosts.fork_server import Forker, control_pair
from sagalab.hosts.limits import Limits
from sagalab.packaging import zipped
from tests.aws.building import Account

inside.prepare()  # before the first client, as the lab does it
CALLS = Limits(cpu=1, memory=4000)

STEPS = """
from sagalab.participants import mailer, order_book, payment_gateway, warehouse

def charge(event, context):
    order = order_book.get(event["id"])
    payment_gateway.charge(event["id"], order["amount"], key="c" + event["id"], correlation_id=event["id"])

def refund(event, context):
    payment_gateway.refund(event["id"], key="r" + event["id"], correlation_id=event["id"])

def reserve(event, context):
    order = order_book.get(event["id"])
    warehouse.reserve(event["id"], order["items"], key="s" + event["id"], correlation_id=event["id"])

def confirm(event, context):
    order_book.confirm(event["id"], correlation_id=event["id"])
    return "confirmed"

def cancel(event, context):
    order_book.cancel(event["id"], "refused", correlation_id=event["id"])
    return "cancelled"

def tell(event, context):
    mailer.send(event["id"], order_book.outcome(event["id"]), key="t" + event["id"], correlation_id=event["id"])
"""
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:Flow"
BUSINESS = {"ErrorEquals": ["PaymentDeclined", "OutOfStock"], "MaxAttempts": 0}
AGAIN = {
    "ErrorEquals": ["States.ALL"],
    "IntervalSeconds": 10,
    "BackoffRate": 2.0,
    "MaxDelaySeconds": 120,
    "MaxAttempts": 12,
}


def _step(arn: str, then: str, **more: Any) -> dict[str, Any]:
    ending = {"Next": then} if then else {"End": True}
    return {"Type": "Task", "Resource": arn, "ResultPath": None, "Retry": [BUSINESS, AGAIN], **ending, **more}


def deployed(steps: str = STEPS) -> Deployment:
    """Gives the design as it is deployed: one function per step, called from its own state."""
    account = Account(seed="design")
    functions = boto3.client("lambda")
    arns = {
        name: functions.create_function(
            FunctionName=name, Runtime="python3.11", Role=ROLE_ARN, Handler=f"steps.{name}", Timeout=20,
            Code={"ZipFile": zipped({"steps.py": steps})},
        )["FunctionArn"]
        for name in ("charge", "refund", "reserve", "confirm", "cancel", "tell")
    }  # fmt: skip

    def caught(error: str, then: str) -> list[dict[str, Any]]:
        return [{"ErrorEquals": [error], "Next": then, "ResultPath": "$.refusal"}]

    account.machine(
        {
            "Charge": _step(arns["charge"], "Reserve", Catch=caught("PaymentDeclined", "Cancel")),
            "Reserve": _step(arns["reserve"], "Confirm", Catch=caught("OutOfStock", "Refund")),
            "Confirm": _step(arns["confirm"], "Tell"),
            "Refund": _step(arns["refund"], "Cancel"),
            "Cancel": _step(arns["cancel"], "Tell"),
            "Tell": _step(arns["tell"], ""),
        }
    )
    found = capture()
    account.close()
    return found


def client(service: str) -> Any:
    """Gives a client as a notebook with an open lab has it."""
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    return boto3.client(service, region_name="us-east-1", **keys)


def starter() -> Callable[[str], str]:
    """Gives the start function of the design."""
    sfn = client("stepfunctions")

    def start_workflow(order_id: str) -> str:
        name, text = f"order-{order_id}", json.dumps({"id": order_id})
        for _ in range(5):
            try:
                made = sfn.start_execution(stateMachineArn=MACHINE, name=name, input=text)
                return str(made["executionArn"])
            except sfn.exceptions.ExecutionAlreadyExists:
                break
        return MACHINE.replace("stateMachine", "execution") + f":{name}"

    return start_workflow


@contextmanager
def learner(**namespace: Any) -> Iterator[Forker]:
    """Keeps a process that defines these names, as a notebook's after its last cell."""
    ours, theirs = control_pair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        fork_server.serve(theirs, serve_calls(namespace), CALLS)
        os._exit(0)
    theirs.close()
    try:
        yield Forker(ours)
    finally:
        ours.close()
        os.kill(pid, signal.SIGKILL)  # A judge may still hold its control socket.
        os.waitpid(pid, 0)
