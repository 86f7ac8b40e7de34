"""The gate of every AWS call, and requests that come from another process."""

import base64
import json

import pytest

from sagalab.aws import api
from sagalab.aws.current import Origin, cloud, origin
from sagalab.errors import SagalabError
from sagalab.faults import Fault
from tests.aws.building import Account

# botocore retries these codes by itself: botocore/data/_retry.json and botocore.retries.standard
THROTTLES = ("Throttling", "ThrottlingException", "TooManyRequestsException")


def request(method="POST", url="https://sqs.us-east-1.amazonaws.com/", headers=None, body=b""):
    return {"method": method, "url": url, "headers": headers or {}, "body": base64.b64encode(body).decode()}


def spoken(answer):
    return json.loads(base64.b64decode(answer["body"]))


def test_a_request_from_another_process_is_answered(account):
    headers = {"X-Amz-Target": "AmazonSQS.CreateQueue", "Content-Type": "application/x-amz-json-1.0"}
    answer = api.serve(request(headers=headers, body=b'{"QueueName": "orders"}'))
    assert answer["status"] == 200 and spoken(answer)["QueueUrl"].endswith("/orders")
    assert account.sqs.list_queues()["QueueUrls"] == [spoken(answer)["QueueUrl"]]


def test_a_service_that_is_not_there_is_refused_in_words(account):
    answer = api.serve(request(url="https://unknown.example/"))
    assert answer["status"] == 404 and "local cloud" in spoken(answer)["message"]


def test_a_body_larger_than_lambda_takes_is_refused(account):
    answer = api.serve(request(body=b"x" * (api.MAX_BODY + 1)))
    assert answer["status"] == 413


def test_a_call_of_a_function_or_an_operator_is_a_fact_and_one_of_the_notebook_is_not(account):
    account.sqs.list_queues()
    for who in (Origin(function="f", invocation=0), Origin(operator=True)):
        token = origin.set(who)
        account.sqs.list_queues()
        origin.reset(token)
    assert [fact.what for fact in account.facts("api")] == ["sqs:ListQueues"] * 2
    assert [sorted(fact.detail) for fact in account.facts("api")] == [["function", "status"], ["operator", "status"]]


def test_a_throttled_call_strikes_as_often_as_its_fault_says():
    account = Account(Fault("throttled", "sqs:ListQueues", call=2, calls=2))
    outcomes = []
    for _ in range(5):
        try:
            account.sqs.list_queues()
            outcomes.append("ok")
        except account.sqs.exceptions.ClientError as error:
            outcomes.append(error.response["Error"]["Code"])
    assert outcomes == ["ok", "ThrottlingException", "ThrottlingException", "ok", "ok"]
    assert len(account.facts("fault")) == 2


@pytest.mark.parametrize(
    ("api_name", "call"),
    [
        ("sqs:ListQueues", lambda a: a.sqs.list_queues()),
        ("sns:ListTopics", lambda a: a.sns.list_topics()),
        ("states:ListStateMachines", lambda a: a.sfn.list_state_machines()),
        ("events:PutEvents", lambda a: a.publish("OrderCreated", {})),
        ("dynamodb:ListTables", lambda a: a.dynamodb.list_tables()),
        ("lambda:Function", lambda a: a.functions.list_functions()),
    ],
)
def test_botocore_takes_the_refusal_of_every_service_for_a_throttle(api_name, call):
    account = Account(Fault("throttled", api_name))
    with pytest.raises(account.sqs.exceptions.ClientError) as caught:
        call(account)
    assert caught.value.response["Error"]["Code"] in THROTTLES
    call(account)


def test_a_call_that_the_local_cloud_lacks_says_so_instead_of_failing(account):
    with pytest.raises(account.functions.exceptions.ClientError, match="lambda:GetAccountSettings exists on AWS, but "):
        account.functions.get_account_settings()
    with pytest.raises(account.sqs.exceptions.ClientError, match="local cloud of this course does not have it"):
        account.sns.list_origination_numbers()
    account.sqs.list_queues()


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"headers": 7, "body": "", "url": "https://sqs.us-east-1.amazonaws.com/", "method": "POST"},
        {"headers": {}, "body": "!", "url": "https://sqs.us-east-1.amazonaws.com/", "method": "POST"},
        {"headers": {}, "body": "", "url": "file:///etc/passwd", "method": "POST"},
    ],
)
def test_what_is_no_request_is_told_apart_from_a_failure_of_the_cloud(account, message):
    with pytest.raises((ValueError, KeyError)):
        api.serve(message)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda a: a.sqs.list_queues(), "sqs:ListQueues"),
        (lambda a: a.sns.list_topics(), "sns:ListTopics"),
        (lambda a: a.sfn.list_state_machines(), "states:ListStateMachines"),
        (lambda a: a.events.list_rules(), "events:ListRules"),
        (lambda a: a.dynamodb.list_tables(), "dynamodb:ListTables"),
        (lambda a: a.functions.list_functions(), "lambda:Function"),
        (lambda a: a.functions.invoke(FunctionName="f"), "lambda:Invoke"),
        (lambda a: a.functions.list_event_source_mappings(), "lambda:EventSourceMapping"),
    ],
)
def test_operations_have_the_names_that_faults_aim_at(account, call, name):
    account.function("f")
    token = origin.set(Origin(operator=True))
    call(account)
    origin.reset(token)
    assert account.facts("api")[-1].what == name


def test_a_notebook_s_calls_take_a_little_time_so_that_a_polling_loop_ends(account):
    account.cloud.paced = True
    arn = account.start(account.machine({"A": {"Type": "Wait", "Seconds": 2, "End": True}}))
    looks = 0
    while account.sfn.describe_execution(executionArn=arn)["status"] == "RUNNING":
        looks += 1
        assert looks < 1000
    assert looks > 10


def test_without_a_cloud_the_patches_say_what_to_do(account):
    account.close()
    with pytest.raises(SagalabError, match=r"lab = Lab\(\)"):
        cloud()
