"""What an execution's history tells: answers of services, errors of functions, and what was aborted."""

import json

import pytest

from tests.aws.building import task, token_task
from tests.aws.probes_of_histories import REST, answer, kinds

END = {"Type": "Pass", "End": True}


@pytest.mark.parametrize("resource", ["sqs:sendMessage", "dynamodb:putItem"])
def test_an_answer_stands_beside_the_response_that_brought_it(account, resource):
    url, _ = account.queue("q")
    keys = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
    names = [{"AttributeName": "id", "AttributeType": "S"}]
    account.dynamodb.create_table(TableName="t", AttributeDefinitions=names, **keys)
    message, item = {"QueueUrl": url, "MessageBody": "m"}, {"TableName": "t", "Item": {"id": {"S": "1"}}}
    found = answer(account, resource, message if resource.startswith("sqs") else item)
    headers = found["SdkHttpMetadata"]["HttpHeaders"]
    assert found["SdkHttpMetadata"]["HttpStatusCode"] == 200 and headers["Date"].endswith("2026 09:00:00 GMT")
    assert headers["x-amzn-RequestId"] == found["SdkResponseMetadata"]["RequestId"]
    assert headers["Content-Length"] == ("106" if resource.startswith("sqs") else "2")


def test_an_event_stands_beside_nothing(account):
    entry = {"Source": "s", "DetailType": "d", "Detail": {}}
    assert set(answer(account, "events:putEvents", {"Entries": [entry]})) == {"Entries", "FailedEntryCount"}


def test_a_function_gets_null_as_null(account):
    echo = task(account.function("f", lambda event: event))
    found = account.executed({"A": {"Type": "Pass", "Result": None, "Next": "B"}, "B": echo})
    assert account.seen("f") == [None] and found["status"] == "SUCCEEDED"


def test_an_error_of_a_function_is_written_as_the_function_wrote_it(account):
    found = account.executed({"A": task(account.function("f", lambda event: 1 / 0))})
    assert found["cause"] == json.dumps(json.loads(found["cause"])) and '": "' in found["cause"]


def test_the_token_of_an_aborted_task_is_over(account):
    url, _ = account.queue("q")
    bad = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 5, "Next": "F"}, "F": {"Type": "Fail"}}}
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Late"}]
    branches = [{"StartAt": "T", "States": {"T": token_task(url)}}, bad]
    late = {"Type": "Wait", "Seconds": 600, "End": True}
    arn = account.start(
        account.machine({"P": {"Type": "Parallel", "Branches": branches, "Catch": catch, "End": True}, "Late": late})
    )
    account.run(10)
    with pytest.raises(account.sfn.exceptions.TaskTimedOut):
        account.sfn.send_task_success(taskToken=account.bodies(url)[0], output="1")
    account.run()
    assert "TaskStateAborted" in kinds(account, arn) and "TaskTimedOut" not in kinds(account, arn)


def test_an_aborted_function_comes_to_its_end_and_the_history_says_nothing_of_it(account):
    slow = account.function("slow", lambda event: account.clock.sleep(2))
    bad = {"StartAt": "F", "States": {"F": {"Type": "Fail"}}}
    branches = [{"StartAt": "T", "States": {"T": task(slow)}}, bad]
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Late"}]
    states = {"P": {"Type": "Parallel", "Branches": branches, "Catch": catch, "End": True}, "Late": REST["States"]["W"]}
    found = account.executed(states)
    told = kinds(account, found["executionArn"])
    assert len(account.seen("slow")) == 1 and "LambdaFunctionSucceeded" not in told and "TaskStateAborted" in told


@pytest.mark.parametrize("around", [False, True])
def test_a_worker_s_failure_without_a_reason_is_caught_with_none(account, around):
    url, _ = account.queue("q")
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "B"}]
    state = token_task(url) if around else token_task(url, Catch=catch)
    parallel = {"Type": "Parallel", "Branches": [{"StartAt": "T", "States": {"T": state}}], "End": True, "Catch": catch}
    arn = account.start(account.machine({"A": parallel if around else state, "B": END}))
    account.run(5)
    account.sfn.send_task_failure(taskToken=account.bodies(url)[0])
    account.run()
    assert account.execution(arn)["output"] == {"Error": None, "Cause": None}
