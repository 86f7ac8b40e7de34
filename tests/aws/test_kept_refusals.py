"""What AWS refused to deploy is kept until it is deployed; a name that is taken is no refusal."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from sagalab.aws import observe
from sagalab.aws.account import ROLE_ARN

FLOW = {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": True}}}
SLIP = {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": True, "Next": "One"}}}


def make(definition: object) -> None:
    boto3.client("stepfunctions").create_state_machine(name="F", definition=json.dumps(definition), roleArn=ROLE_ARN)


def test_a_refused_definition_is_kept_until_one_is_taken(account):
    with pytest.raises(ClientError):
        make(SLIP)
    (said,) = observe.refused()
    assert said.startswith("CreateStateMachine ended in InvalidDefinition: ")
    make(FLOW)
    assert observe.refused() == []


def test_a_pattern_that_no_bus_reads_is_kept(account):
    with pytest.raises(ClientError):
        boto3.client("events").put_rule(Name="r", EventPattern='{"source": "orders"}')
    assert observe.refused()[0].startswith("PutRule ended in InvalidEventPatternException")


def test_a_missing_queue_is_no_deployment(account):
    with pytest.raises(ClientError):
        boto3.client("sqs").get_queue_url(QueueName="none")
    assert observe.refused() == []


def test_an_account_of_another_protocol_is_read_too(account):
    with pytest.raises(ClientError):
        boto3.client("sns").subscribe(TopicArn="arn:aws:sns:us-east-1:123456789012:none", Protocol="sqs", Endpoint="x")
    assert observe.refused()[0].startswith("Subscribe ended in ")


def test_a_name_that_is_taken_is_no_refusal(account):
    table = {
        "TableName": "t",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    client = boto3.client("dynamodb")
    client.create_table(**table, AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
    with pytest.raises(ClientError):
        client.create_table(**table, AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
    assert observe.refused() == []
