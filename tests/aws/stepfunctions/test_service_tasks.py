"""What a Task says of a call that its service refuses, so that Retry and Catch can name it."""

import pytest

from sagalab.faults import Fault
from tests.aws.building import Account

END = {"Type": "Pass", "End": True}


def caught(account, resource, parameters):
    """Gives the error and cause that a Catch of everything gets."""
    state = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True}
    state["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": "B"}]
    return account.executed({"A": state, "B": END})["output"]


@pytest.mark.parametrize(
    ("operation", "resource", "parameters", "name"),
    [
        ("sqs:SendMessage", "sqs:sendMessage", {"MessageBody": "m"}, "SQS.AmazonSQSException"),
        (
            "events:PutEvents", "events:putEvents", {"Entries": [{"Source": "s", "DetailType": "d", "Detail": {}}]},
            "EventBridge.ThrottlingException",
        ),
    ],
)  # fmt: skip
def test_a_throttled_call_has_a_name_that_can_be_retried(operation, resource, parameters, name):
    account = Account(Fault("throttled", operation))
    place = {"QueueUrl": account.queue("q")[0]} if resource.startswith("sqs") else {}
    found = caught(account, resource, {**place, **parameters})
    assert found["Error"] == name and "Error Code: ThrottlingException; Request ID: " in found["Cause"]


def test_a_queue_that_is_gone_is_told_from_one_that_nobody_can_reach(account):
    url, _ = account.queue("q")
    gone = caught(account, "sqs:sendMessage", {"QueueUrl": f"{url}-gone", "MessageBody": "m"})
    assert (
        gone["Error"] == "SQS.QueueDoesNotExistException" and "(Service: AmazonSQS; Status Code: 400" in gone["Cause"]
    )


def test_an_item_that_is_null_is_a_missing_one(account):
    found = caught(account, "dynamodb:putItem", {"TableName": "t", "Item": None})
    assert found["Error"] == "DynamoDB.AmazonDynamoDBException" and "Value null at 'item'" in found["Cause"]


@pytest.mark.parametrize(
    ("resource", "parameters", "words"),
    [
        ("sqs:sendMessage", {"QueueUrl": "q"}, '[The field "MessageBody" is required but was missing]'),
        ("aws-sdk:sqs:listQueues", {"Foo": 1}, '[The field "Foo" is not supported by Step Functions]'),
        ("ecs:runTask", {"TaskDefinition": "x"}, "a Task that calls ecs exists on AWS, but the local cloud"),
    ],
)
def test_a_call_that_cannot_be_made_is_not_scheduled(account, resource, parameters, words):
    step = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True}
    found = account.executed({"A": step})
    assert found["error"] == "States.Runtime" and words in found["cause"]
    events = account.sfn.get_execution_history(executionArn=found["executionArn"])["events"]
    assert "TaskScheduled" not in [event["type"] for event in events]
