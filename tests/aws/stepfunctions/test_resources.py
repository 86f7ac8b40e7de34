"""A Task may name the calls that AWS integrates, and no others."""

from __future__ import annotations

import pytest

from sagalab.aws.stepfunctions.resources import resource_problems

HERE = "arn:aws:states:::"


@pytest.mark.parametrize(
    "resource",
    [
        "lambda:invoke", "lambda:invoke.waitForTaskToken", "sqs:sendMessage.waitForTaskToken", "sns:publish",
        "events:putEvents", "states:startExecution.sync:2", "dynamodb:updateItem", "aws-sdk:sqs:receiveMessage",
        "aws-sdk:sfn:startExecution", "aws-sdk:dynamodb:transactWriteItems", "ecs:runTask.sync", "aws-sdk:ec2:runInstances",
    ],
)  # fmt: skip
def test_a_call_that_aws_integrates_or_the_cloud_lacks_is_taken(resource):
    assert list(resource_problems(HERE + resource, "/States/A")) == []


@pytest.mark.parametrize("resource", ["arn:aws:lambda:us-east-1:123456789012:function:f", None, 5, "x"])
def test_whatever_is_no_integration_is_looked_at_elsewhere(resource):
    assert list(resource_problems(resource, "/States/A")) == []


@pytest.mark.parametrize(
    ("resource", "slip"),
    [
        ("sqs:sendMessage.sync", "sqs has sendMessage and sendMessage.waitForTaskToken"),
        ("lambda:invoke.sync", "lambda has invoke and"),
        ("dynamodb:putItem.waitForTaskToken", "dynamodb has putItem"),
        ("sqs:sendMesage", "did you mean sendMessage?"),
        ("sqs:purgeQueue", "arn:aws:states:::aws-sdk:sqs:purgeQueue is meant"),
        ("aws-sdk:sqs:sendMesage", "did you mean sendMessage?"),
        ("aws-sdk:sqs:sendMessage.sync", "sqs has sendMessage and"),
    ],
)
def test_a_call_that_is_none_is_refused_with_its_likely_slip(account, resource, slip):
    state = {"Type": "Task", "Resource": HERE + resource, "Parameters": {}, "End": True}
    with pytest.raises(account.sfn.exceptions.InvalidDefinition) as raised:
        account.machine({"A": state})
    assert "is not recognized" in str(raised.value) and slip in str(raised.value)
