"""A saga of twenty orders in both styles, once per seed; writes each run's whole history into a file.

Run as `python -m tests.sagalab.many_sagas FOLDER FIRST LAST`: two processes must write the same bytes.
"""

from __future__ import annotations

import functools
import json
import sys
from pathlib import Path
from typing import Any

import boto3

from sagalab import Lab
from sagalab.faults import Fault
from sagalab.packaging import zipped

ORDERS = 20
RICH = 10  # every tenth seed runs the machine with branches, a Map and JSONata, which takes five times as long
STEPS = {
    "charge": """
from sagalab.participants import payment_gateway

def step(event, context):
    payment_gateway.charge(event["orderId"], 10, key=event["orderId"])
    return {"number": event["number"], "kinds": list({"a", "b", "c", event["orderId"]})[:0]}
""",
    "reserve": """
import boto3, json
from sagalab.participants import warehouse

SQS = boto3.client("sqs")
DONE = SQS.get_queue_url(QueueName="done")["QueueUrl"]

def step(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])["detail"]["orderId"]
        warehouse.reserve(order, [{"sku": "mug", "quantity": 1}])
        SQS.send_message(QueueUrl=DONE, MessageBody=json.dumps({"orderId": order}))
""",
}


@functools.cache
def _client(service: str) -> Any:
    """Gives a client; making one takes as long as many orders."""
    return boto3.client(service)


def _functions(lab: Lab) -> dict[str, str]:
    made = {}
    for name, source in STEPS.items():
        made[name] = _client("lambda").create_function(
            FunctionName=name, Runtime="python3.11", Handler="m.step", Role=lab.role_arn, Timeout=30,
            Code={"ZipFile": zipped({"m.py": source})},
        )["FunctionArn"]  # fmt: skip
    return made


def _machine(charge: str, rich: bool) -> dict[str, Any]:
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 4, "JitterStrategy": "FULL"}]
    entry = {
        "Source": "orders", "DetailType": "Paid",
        "Detail": {"orderId": "{% $states.input.orderId %}", "token": "{% $uuid() %}", "draw": "{% $random() %}"},
    }  # fmt: skip
    tell = {
        "Type": "Task", "QueryLanguage": "JSONata", "Resource": "arn:aws:states:::events:putEvents", "End": True,
        "Arguments": {"Entries": [entry]},
    }  # fmt: skip
    if not rich:
        entry = {"Source": "orders", "DetailType": "Paid", "Detail": {"orderId.$": "$.orderId"}}
        plain = {"Type": "Task", "Resource": tell["Resource"], "Parameters": {"Entries": [entry]}, "End": True}
        charged = {"Type": "Task", "Resource": charge, "ResultPath": "$.paid", "Retry": retry, "Next": "Tell"}
        return {"StartAt": "Charge", "States": {"Charge": charged, "Tell": plain}}
    each = {"StartAt": "Count", "States": {"Count": {"Type": "Wait", "SecondsPath": "$", "End": True}}}
    lines = {"Type": "Map", "ItemsPath": "$.lines", "ItemProcessor": each, "End": True}
    branches = [{"StartAt": "Tell", "States": {"Tell": tell}}, {"StartAt": "Lines", "States": {"Lines": lines}}]
    return {
        "StartAt": "Charge",
        "States": {
            "Charge": {"Type": "Task", "Resource": charge, "ResultPath": "$.paid", "Retry": retry, "Next": "Both"},
            "Both": {"Type": "Parallel", "Branches": branches, "End": True},
        },
    }


def run(seed: int) -> str:
    """Runs the twenty orders under a seed; gives all that happened, as text."""
    lab = Lab(seed)
    sqs, events, sfn = _client("sqs"), _client("events"), _client("stepfunctions")
    sqs.create_queue(QueueName="done")
    url = sqs.create_queue(QueueName="paid")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions = _functions(lab)
    _client("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName="reserve")
    events.put_rule(Name="paid", EventPattern='{"detail-type": ["Paid"]}')
    events.put_targets(Rule="paid", Targets=[{"Id": "1", "Arn": arn}])
    machine = sfn.create_state_machine(
        name="Order", definition=json.dumps(_machine(functions["charge"], seed % RICH == 0)), roleArn=lab.role_arn
    )["stateMachineArn"]
    lab.inject(Fault("timed_out", "payment_gateway.charge"))
    lab.inject(Fault("duplicated", "paid"))
    runs = []
    for number in range(ORDERS):
        order = lab.order(f"o-{number}", 10.0)
        given = json.dumps({"orderId": order, "number": number, "lines": [1, 2, 3]})
        runs.append(sfn.start_execution(stateMachineArn=machine, name=order, input=given)["executionArn"])
    lab.run(until="quiet")
    told = [sfn.get_execution_history(executionArn=one)["events"] for one in runs]
    return lab.history().text() + "\n" + json.dumps(told, default=str)


def main() -> None:
    """Writes one file per seed into a folder."""
    folder, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    for seed in range(first, last):
        (folder / f"{seed}.txt").write_text(run(seed), encoding="utf-8")


if __name__ == "__main__":
    main()
