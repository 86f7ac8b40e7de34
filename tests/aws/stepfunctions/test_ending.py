"""Executions end when they are stopped or run out of time, whatever they do then, and leave nothing running."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.aws.building import task

TOKEN = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
CHILD = "arn:aws:states:::states:startExecution.sync:2"


def asking(url, **more):
    call = {"QueueUrl": url, "MessageBody.$": "$$.Task.Token"}
    return {"Type": "Task", "Resource": TOKEN, "Parameters": call, "End": True, **more}


def begun(account, states, seconds=10.0, **fields):
    """Starts an execution and lets so much time pass; gives its ARN."""
    arn = account.machine(states, **fields)
    run = account.sfn.start_execution(stateMachineArn=arn)["executionArn"]
    account.clock.advance(account.clock.now + seconds)
    return run


def kinds(account, run):
    return [row["type"] for row in account.sfn.get_execution_history(executionArn=run)["events"]]


def busy(account, what):
    """Gives states that are under way for longer than a minute, in one way or another."""
    if what == "a retry's wait":
        name = account.function("f", failing)
        return {"S": task(name, Retry=[{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 100}], End=True)}
    if what == "a function":
        return {"S": task(account.function("f", lambda event: account.clock.sleep(100), timeout=200), End=True)}
    if what == "a token":
        return {"S": asking(account.queue("q")[0])}
    return {"S": {"Type": "Wait", "Seconds": 100, "End": True}}


def failing(event):
    raise ValueError("not now")


WAYS = ["a retry's wait", "a function", "a token", "a wait"]


@pytest.mark.parametrize("what", WAYS)
def test_a_stopped_execution_is_over_at_once_and_stays_so(account, what):
    run = begun(account, busy(account, what))
    account.sfn.stop_execution(executionArn=run, error="Stopped", cause="by hand")
    found = account.sfn.describe_execution(executionArn=run)
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "Stopped", "by hand")
    before = kinds(account, run)
    account.clock.advance(account.clock.now + 1000.0)
    assert kinds(account, run) == before and before[-1] == "ExecutionAborted"
    assert account.sfn.describe_execution(executionArn=run)["stopDate"] == found["stopDate"]


@pytest.mark.parametrize("what", WAYS)
def test_an_execution_that_runs_out_of_time_says_so_at_that_moment(account, what):
    run = begun(account, busy(account, what), 35.0, TimeoutSeconds=30)
    assert account.sfn.describe_execution(executionArn=run)["status"] == "TIMED_OUT"
    assert kinds(account, run)[-1] == "ExecutionTimedOut"
    (fact,) = [one for one in account.facts("state") if one.detail["type"] == "ExecutionTimedOut"]
    assert 30.0 <= fact.at < 31.0
    account.clock.advance(1000.0)
    assert kinds(account, run).count("ExecutionTimedOut") == 1 == len(account.facts("execution"))


def test_an_execution_that_ran_out_of_time_can_be_redriven(account):
    url, _ = account.queue("q")
    run = begun(account, {"S": asking(url, TimeoutSeconds=5, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "W"}]),
                          "W": {"Type": "Wait", "Seconds": 60, "End": True}}, 35.0, TimeoutSeconds=30)  # fmt: skip
    account.sfn.redrive_execution(executionArn=run)
    account.clock.advance(account.clock.now + 20.0)
    assert account.sfn.describe_execution(executionArn=run)["status"] == "RUNNING"
    assert kinds(account, run)[-2:] == ["ExecutionRedriven", "WaitStateEntered"]


def test_a_stop_that_comes_too_late_changes_nothing(account):
    run = begun(account, {"S": {"Type": "Pass", "End": True}})
    account.sfn.stop_execution(executionArn=run, error="late")
    found = account.sfn.describe_execution(executionArn=run)
    assert found["status"] == "SUCCEEDED" and "error" not in found


def test_a_token_is_known_no_more_once_its_attempt_is_over(account):
    url, _ = account.queue("q")
    states = {"S": asking(url, TimeoutSeconds=5, Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "W"}]),
              "W": {"Type": "Wait", "Seconds": 60, "End": True}}  # fmt: skip
    run = begun(account, states)
    (token,) = account.bodies(url)
    for call, fields in (
        ("send_task_success", {"output": "{}"}),
        ("send_task_failure", {}),
        ("send_task_heartbeat", {}),
    ):
        with pytest.raises(ClientError) as raised:
            getattr(account.sfn, call)(taskToken=token, **fields)
        assert raised.value.response["Error"]["Code"] == "TaskTimedOut", call
    account.clock.advance(200.0)
    assert account.sfn.describe_execution(executionArn=run)["status"] == "SUCCEEDED"


def parent(child, **more):
    return {
        "Type": "Task",
        "Resource": CHILD,
        "Parameters": {"StateMachineArn": child, "Input": {}},
        "End": True,
        **more,
    }


@pytest.mark.parametrize("why", ["stopped", "timed out", "another branch failed"])
def test_a_child_is_stopped_with_the_task_that_waits_for_it(account, why):
    child = account.machine({"W": {"Type": "Wait", "Seconds": 1000, "End": True}}, name="Child")
    calls = {"P": parent(child, **({"TimeoutSeconds": 8} if why == "timed out" else {}))}
    if why == "another branch failed":
        other = {"W": {"Type": "Wait", "Seconds": 5, "Next": "F"}, "F": {"Type": "Fail", "Error": "No"}}
        branches = [{"StartAt": "P", "States": calls}, {"StartAt": "W", "States": other}]
        calls = {"Both": {"Type": "Parallel", "Branches": branches, "End": True}}
    run = begun(account, calls, 20.0, name="Parent")
    if why == "stopped":
        account.sfn.stop_execution(executionArn=run)
    account.clock.advance(account.clock.now + 5.0)
    assert [row["status"] for row in account.sfn.list_executions(stateMachineArn=child)["executions"]] == ["ABORTED"]


def test_a_history_comes_in_pages_of_a_hundred_and_no_page_is_made_up(account):
    items = [{"n": n} for n in range(60)]
    states = {
        "M": {
            "Type": "Map",
            "End": True,
            "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}},
        }
    }
    arn = account.machine(states)
    run = account.sfn.start_execution(stateMachineArn=arn, input=str(items).replace("'", '"'))["executionArn"]
    account.run()
    first = account.sfn.get_execution_history(executionArn=run)
    assert len(first["events"]) == 100 and first["nextToken"]
    whole = [
        row
        for page in account.sfn.get_paginator("get_execution_history").paginate(executionArn=run)
        for row in page["events"]
    ]
    assert [row["id"] for row in whole] == list(range(1, len(whole) + 1)) and len(whole) > 200
    for fields, code in (({"nextToken": "x"}, "InvalidToken"), ({"maxResults": 1001}, "ValidationException")):
        with pytest.raises(ClientError, match=code):
            account.sfn.get_execution_history(executionArn=run, **fields)
    bare = account.sfn.get_execution_history(executionArn=run, includeExecutionData=False)["events"][0]
    assert "input" not in bare["executionStartedEventDetails"]


def test_a_loop_without_an_end_ends_with_a_full_history(account):
    states = {
        "Count": {"Type": "Pass", "Next": "Again"},
        "Again": {"Type": "Choice", "Choices": [{"Variable": "$.n", "IsPresent": True, "Next": "Done"}], "Default": "Count"},
        "Done": {"Type": "Succeed"},
    }  # fmt: skip
    found = account.executed(states)
    assert (found["status"], found["error"]) == ("FAILED", "States.Runtime")
    assert "maximum number of history events (25000)" in found["cause"]
    (last,) = account.sfn.get_execution_history(executionArn=found["executionArn"], reverseOrder=True, maxResults=1)[
        "events"
    ]
    assert (last["id"], last["type"]) == (25_000, "ExecutionFailed")
