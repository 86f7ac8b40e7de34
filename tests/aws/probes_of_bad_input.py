"""Probes of the patches that refuse what AWS refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from sagalab.aws.account import ROLE_ARN
from sagalab.packaging import zipped
from tests.aws.building import Account
from tests.aws.probing import probe

QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"


def code_of(call: Callable[..., Any], **arguments: Any) -> str:
    """Gives the error code of a call that AWS refuses, or "" where it was taken."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def made(account: Account, **fields: Any) -> str:
    """Tries to make a function with these settings; gives its error code."""
    given = {"FunctionName": "f", "Runtime": "python3.11", "Role": ROLE_ARN, "Handler": "m.f",
             "Code": {"ZipFile": zipped({"m.py": ""})}}  # fmt: skip
    return code_of(account.functions.create_function, **{**given, **fields})


@probe("moto.awslambda.models:LambdaBackend.update_function_code")
def new_code_that_is_no_zip_is_refused() -> None:
    account = Account()
    account.function("f")
    code = code_of(account.functions.update_function_code, FunctionName="f", ZipFile=b"def f(): pass")
    assert code == "InvalidParameterValueException"


@probe("moto.awslambda.models:LambdaBackend.update_function_configuration")
def a_handler_with_a_space_is_refused() -> None:
    account = Account()
    account.function("f")
    call = account.functions.update_function_configuration
    assert code_of(call, FunctionName="f", Handler="m .f") == "ValidationException"
    assert code_of(call, FunctionName="f", Timeout=901) == "ValidationException"


@probe(
    "moto.awslambda.models:LambdaStorage.get_function_by_name_or_arn_with_qualifier",
    "moto.awslambda.models:LambdaStorage.get_function_by_name_or_arn_forbid_qualifier",
)
def a_function_is_found_by_a_part_of_its_arn() -> None:
    account = Account()
    account.function("f")
    for part in ("123456789012:function:f", "function:f", "f", "arn:aws:lambda:us-east-1:123456789012:function:f"):
        assert account.functions.get_function_configuration(FunctionName=part)["FunctionName"] == "f"
        account.functions.put_function_concurrency(FunctionName=part, ReservedConcurrentExecutions=5)
        account.functions.get_function_concurrency(FunctionName=part)
    assert account.functions.publish_version(FunctionName="123456789012:function:f")["Version"] == "1"


@probe("moto.awslambda.models:LambdaStorage.del_function")
def a_function_is_deleted_by_a_part_of_its_arn() -> None:
    account = Account()
    account.function("f")
    account.functions.delete_function(FunctionName="123456789012:function:f")
    assert account.functions.list_functions()["Functions"] == []


@probe("moto.sns.models:SNSBackend.get_topic")
def a_topic_s_arn_that_is_none_is_refused() -> None:
    assert code_of(Account().sns.get_topic_attributes, TopicArn="news") == "InvalidParameter"


@probe("moto.sns.models:SNSBackend.subscribe")
def an_endpoint_that_is_no_queue_is_refused() -> None:
    account = Account()
    topic = account.sns.create_topic(Name="t")["TopicArn"]
    endpoint = "arn:aws:sqs:nowhere:123456789012:q"
    assert code_of(account.sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=endpoint) == "InvalidParameter"


@probe("moto.sns.responses:SNSResponse.subscribe")
def a_refused_subscription_is_not_there() -> None:
    account = Account()
    topic = account.sns.create_topic(Name="t")["TopicArn"]
    wrong = {"FilterPolicy": "[]"}
    code = code_of(account.sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=QUEUE, Attributes=wrong)
    assert code == "InvalidParameter" and account.sns.list_subscriptions()["Subscriptions"] == []


@probe("moto.stepfunctions.parser.models:StepFunctionsParserBackend._get_executions")
def a_token_that_comes_before_an_execution_began_is_unknown() -> None:
    account = Account()
    account.start(account.machine({"A": {"Type": "Pass", "End": True}}))
    assert code_of(account.sfn.send_task_success, taskToken="x", output="{}") == "InvalidToken"


@probe("moto.awslambda.models:LambdaBackend.put_function_concurrency")
def nobody_reserves_all_executions() -> None:
    account = Account()
    account.function("f")
    call = account.functions.put_function_concurrency
    code = code_of(call, FunctionName="f", ReservedConcurrentExecutions=901)
    assert code == "InvalidParameterValueException"


@probe("moto.stepfunctions.parser.asl.parse.preprocessor:Preprocessor.visitState_machine")
def a_refused_definition_leaves_no_trace() -> None:
    account = Account()
    bad = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Output": "{% 1 %}", "End": True}}}
    code = code_of(account.sfn.create_state_machine, name="Bad", definition=json.dumps(bad), roleArn=ROLE_ARN)
    assert code == "InvalidDefinition"
    account.machine({"A": {"Type": "Wait", "SecondsPath": "$.pause", "End": True}})
