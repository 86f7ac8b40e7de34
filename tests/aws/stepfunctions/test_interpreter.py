"""Workflows on virtual time, as the state language defines them."""

import pytest

from tests.aws.building import task, token_task
from tests.aws.probes_of_requests import pauses

END = {"Type": "Pass", "End": True}


def seconds(found):
    return (found["stopDate"] - found["startDate"]).total_seconds()


@pytest.mark.parametrize(
    ("state", "lasts"),
    [
        ({"Type": "Wait", "Seconds": 3600, "End": True}, 3600),
        ({"Type": "Wait", "SecondsPath": "$.pause", "End": True}, 90),
        ({"Type": "Wait", "Timestamp": "2026-01-05T09:10:00Z", "End": True}, 600),
        ({"Type": "Wait", "TimestampPath": "$.when", "End": True}, 1200),
        ({"Type": "Wait", "Timestamp": "2020-01-01T00:00:00Z", "End": True}, 0),
    ],
)
def test_a_wait_takes_its_virtual_time_and_no_more(account, state, lasts):
    found = account.executed({"A": state}, {"pause": 90, "when": "2026-01-05T09:20:00Z"})
    assert found["status"] == "SUCCEEDED" and lasts - 1 <= seconds(found) < lasts + 1


def test_retries_back_off_up_to_their_longest_pause(account):
    retry = [
        {
            "ErrorEquals": ["States.ALL"],
            "IntervalSeconds": 10,
            "BackoffRate": 2.0,
            "MaxDelaySeconds": 30,
            "MaxAttempts": 4,
        }
    ]
    found = account.executed({"A": task(account.function("f", lambda event: 1 / 0), Retry=retry)})
    times = [fact.at for fact in account.facts("invocation")]
    assert [round(b - a) for a, b in zip(times, times[1:], strict=False)] == [10, 20, 30, 30]
    assert (found["status"], found["error"]) == ("FAILED", "ZeroDivisionError")


def test_the_first_retrier_that_matches_decides(account):
    never = {"ErrorEquals": ["ZeroDivisionError"], "MaxAttempts": 0}
    always = {"ErrorEquals": ["States.ALL"], "MaxAttempts": 5, "IntervalSeconds": 1}
    account.executed({"A": task(account.function("f", lambda event: 1 / 0), Retry=[never, always])})
    assert len(account.seen("f")) == 1


def test_branches_run_side_by_side_and_give_a_list(account):
    branches = [
        {
            "StartAt": f"W{pause}",
            "States": {
                f"W{pause}": {"Type": "Wait", "Seconds": pause, "Next": f"P{pause}"},
                f"P{pause}": {**END, "Result": pause},
            },
        }
        for pause in (10, 25)
    ]
    found = account.executed({"A": {"Type": "Parallel", "Branches": branches, "End": True}})
    assert found["output"] == [10, 25] and 25 <= seconds(found) < 26


def test_one_failing_branch_can_be_caught_for_all(account):
    good = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
    bad = {"StartAt": "T", "States": {"T": task(account.function("f", lambda event: 1 / 0))}}
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "B", "ResultPath": "$.error"}]
    found = account.executed(
        {"A": {"Type": "Parallel", "Branches": [good, bad], "Catch": catch, "End": True}, "B": END}
    )
    assert found["status"] == "SUCCEEDED" and found["output"]["error"]["Error"] == "ZeroDivisionError"


def test_a_map_runs_its_items_side_by_side(account):
    each = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 7, "End": True}}}
    found = account.executed({"A": {"Type": "Map", "ItemProcessor": each, "End": True}}, [1, 2, 3])
    assert found["output"] == [1, 2, 3] and 7 <= seconds(found) < 8


def test_a_task_that_is_late_times_out_and_its_late_effect_still_happens(account):
    done = []

    def slow(event):
        account.clock.sleep(100)
        done.append(account.clock.now)

    found = account.executed({"A": task(account.function("slow", slow, timeout=300), TimeoutSeconds=20)})
    assert (found["status"], found["error"]) == ("FAILED", "States.Timeout")
    assert len(done) == 1 and done[0] > 100


def test_the_same_name_and_input_is_the_same_execution_while_it_runs(account):
    machine = account.machine({"A": {"Type": "Wait", "Seconds": 60, "End": True}})
    assert account.start(machine, {"n": 1}, "order-1") == account.start(machine, {"n": 1}, "order-1")
    with pytest.raises(account.sfn.exceptions.ExecutionAlreadyExists):
        account.start(machine, {"n": 2}, "order-1")
    account.run()
    with pytest.raises(account.sfn.exceptions.ExecutionAlreadyExists):
        account.start(machine, {"n": 1}, "order-1")
    assert len(account.facts("execution")) == 1


def test_a_used_token_is_refused_once_its_execution_has_ended(account):
    url, _ = account.queue("work")
    arn = account.start(account.machine({"A": token_task(url)}))
    account.run(5)
    (token,) = account.bodies(url)
    account.sfn.send_task_success(taskToken=token, output="{}")
    account.run()
    assert account.execution(arn)["status"] == "SUCCEEDED"
    with pytest.raises(account.sfn.exceptions.ClientError):
        account.sfn.send_task_success(taskToken=token, output="{}")


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED"])
def test_only_a_failed_execution_can_be_redriven(account, status):
    arn = account.start(account.machine({"A": {"Type": "Wait", "Seconds": 60, "End": True}}))
    account.run(5 if status == "RUNNING" else None)
    with pytest.raises(account.sfn.exceptions.ClientError, match=f"is {status}; only one that failed"):
        account.sfn.redrive_execution(executionArn=arn)


def test_a_redriven_execution_may_fail_again_and_be_redriven_again(account):
    left = [3]

    def flaky(event):
        left[0] -= 1
        if left[0]:
            raise RuntimeError("down")
        return "up"

    arn = account.executed({"W": {"Type": "Wait", "Seconds": 5, "Next": "A"}, "A": task(account.function("f", flaky))})[
        "executionArn"
    ]
    for status in ("FAILED", "SUCCEEDED"):
        account.sfn.redrive_execution(executionArn=arn)
        account.run()
        assert account.execution(arn)["status"] == status
    events = account.sfn.get_execution_history(executionArn=arn)["events"]
    assert [row["id"] for row in events] == list(range(1, len(events) + 1))
    assert [row["type"] for row in events].count("ExecutionRedriven") == 2
    assert sum(row["type"] == "WaitStateEntered" for row in events) == 1


def test_a_stopped_wait_ends_at_once(account):
    arn = account.start(account.machine({"A": {"Type": "Wait", "Seconds": 3600, "End": True}}))
    account.run(5)
    account.sfn.stop_execution(executionArn=arn)
    account.run()
    found = account.execution(arn)
    assert found["status"] == "ABORTED" and seconds(found) < 6


def test_an_execution_is_stopped_before_it_has_taken_its_first_step(account):
    arn = account.start(account.machine({"A": {"Type": "Wait", "Seconds": 3600, "End": True}}))
    account.sfn.stop_execution(executionArn=arn)
    account.run()
    found = account.execution(arn)
    assert found["status"] == "ABORTED" and seconds(found) < 1


def test_a_child_that_fails_can_be_caught_by_its_parent(account):
    child = account.machine({"F": {"Type": "Fail", "Error": "Broken"}}, name="Child")
    state = {
        "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync", "End": True,
        "Parameters": {"StateMachineArn": child}, "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "B"}],
    }  # fmt: skip
    found = account.executed({"A": state, "B": END})
    assert found["status"] == "SUCCEEDED" and '"Status":"FAILED"' in found["output"]["Cause"].replace(" ", "")


def test_two_executions_of_one_machine_do_not_share_their_retry_counts(account):
    failures = {"a": 2, "b": 2}

    def flaky(event):
        failures[event["id"]] -= 1
        if failures[event["id"]] >= 0:
            raise RuntimeError("again")
        return event["id"]

    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    machine = account.machine({"A": task(account.function("f", flaky), Retry=retry)})
    arns = [account.start(machine, {"id": name}, name) for name in "ab"]
    account.run()
    assert [account.execution(arn)["output"] for arn in arns] == ["a", "b"]


def test_a_task_that_timed_out_tells_nothing_more(account):
    def slow(event):
        account.clock.sleep(20)

    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "Wait"}]
    states = {
        "Slow": task(account.function("slow", slow, timeout=60), TimeoutSeconds=5, Catch=catch, Next="Wait"),
        "Wait": {"Type": "Wait", "Seconds": 30, "End": True},
    }
    arn = account.executed(states)["executionArn"]
    events = account.sfn.get_execution_history(executionArn=arn)["events"]
    assert [event["type"] for event in events[2:6]] == [
        "LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionTimedOut", "TaskStateExited",
    ]  # fmt: skip
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert "LambdaFunctionSucceeded" not in [event["type"] for event in events]
    assert events[-1]["type"] == "ExecutionSucceeded"


def test_a_parent_sees_its_child_as_aws_describes_it(account):
    child = account.machine({"Done": {"Type": "Pass", "Result": {"n": 1}, "End": True}}, name="Child")
    resource = "arn:aws:states:::states:startExecution.sync"
    state = {"Type": "Task", "Resource": resource, "Parameters": {"StateMachineArn": child}, "End": True}
    output = account.executed({"Call": state})["output"]
    assert set(output) == {
        "ExecutionArn", "Input", "InputDetails", "Name", "Output", "OutputDetails", "StartDate", "StateMachineArn",
        "Status", "StopDate",
    }  # fmt: skip
    assert output["OutputDetails"] == {"Included": True}


def test_a_retry_never_waits_longer_than_its_max_delay():
    assert pauses(0) == [10, 30, 90, 270]
    assert pauses(0, MaxDelaySeconds=40) == [10, 30, 40, 40]


def test_jitter_comes_from_the_seed_and_stays_below_the_full_pause():
    drawn = [pauses(seed, JitterStrategy="FULL") for seed in (1, 1, 2, 3)]
    assert drawn[0] == drawn[1]
    assert len({tuple(row) for row in drawn}) == 3
    assert all(0 <= pause <= most for row in drawn for pause, most in zip(row, (10, 30, 90, 270), strict=True))
