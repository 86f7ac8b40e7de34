"""Requests that lack members, or hold wrong ones, as a program without botocore's own checks would send them."""

import base64
import json
import traceback

import boto3
import botocore
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sagalab.aws import api

SERVICES = ("stepfunctions", "sqs", "sns", "events", "lambda", "cloudwatch", "dynamodb")
KINDS = {"string": 5, "integer": "x", "long": "x", "boolean": "x", "list": "x", "structure": "x", "map": "x"}
UNCHECKED = Config(parameter_validation=False, retries={"total_max_attempts": 1})


def unchecked(service):
    return boto3.client(service, region_name="us-east-1", config=UNCHECKED)


def operations(service):
    model = unchecked(service).meta.service_model
    return [(name, model.operation_model(name).input_shape) for name in model.operation_names]


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("wrong", [False, True], ids=["nothing", "wrong types"])
def test_no_call_of_a_service_ends_in_an_error_of_python(service, wrong):
    client = unchecked(service)
    for name, shape in operations(service):
        if shape is None:
            continue
        fields = {member: KINDS.get(shape.members[member].type_name, 5) for member in shape.required_members}
        try:
            getattr(client, botocore.xform_name(name))(**(fields if wrong else {}))
        except ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] != 500, name
        except Exception as error:  # botocore itself cannot write the request, which then never left it.
            places = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
            assert not any("/moto/" in place or "/sagalab/" in place for place in places), name


@pytest.mark.parametrize(
    ("target", "body", "code", "words"),
    [
        ("AWSStepFunctions.StartExecution", b"{}", "ValidationException", "Value null at 'stateMachineArn'"),
        ("AWSStepFunctions.StartExecution", b"{", "SerializationException", "no JSON"),
        ("AWSStepFunctions.StartExecution", b"[]", "SerializationException", "Start of structure"),
        ("DynamoDB_20120810.PutItem", b'{"TableName": "t"}', "ValidationException", "Value null at 'item'"),
        ("DynamoDB_20120810.PutItem", b'{"TableName": "t", "Item": 7}', "ValidationException", "Value at 'item'"),
        ("AmazonSQS.SendMessage", b"{}", "QueueDoesNotExist", ""),
        ("AmazonSQS.ListQueues", b"\xff\xfe", "SerializationException", ""),
    ],
)
@pytest.mark.usefixtures("account")
def test_a_malformed_body_is_refused_in_words(target, body, code, words):
    service = {"AWSS": "states", "Dyna": "dynamodb", "Amaz": "sqs"}[target[:4]]
    answer = api.serve({
        "method": "POST", "url": f"https://{service}.us-east-1.amazonaws.com/", "body": base64.b64encode(body).decode(),
        "headers": {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.0"},
    })  # fmt: skip
    said = json.loads(base64.b64decode(answer["body"]))
    assert answer["status"] == 400 and code in said["__type"] and words in said.get("message", "")
