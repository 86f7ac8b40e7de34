"""How states read their paths, functions and queries: what the probes do not say."""

import json

import pytest

from tests.aws.building import Account, task, token_task

END = {"Type": "Pass", "End": True}


@pytest.mark.parametrize(
    "value",
    [
        {"a.$": "$['a b'].c[0:2]"}, {"a.$": "$[*].a"}, {"a.$": "$.a[?(@.b > 1)].c"}, {"a.$": "$$.Execution['Id']"},
        {"a.$": "$x.y[0]"}, {"a.$": "$..b"},
    ],
)  # fmt: skip
def test_a_template_takes_every_kind_of_path(account, value):
    account.machine({"A": {**END, "Parameters": value}})


def test_a_template_takes_no_plain_text_for_a_path(account):
    with pytest.raises(account.sfn.exceptions.InvalidDefinition):
        account.machine({"A": {**END, "Parameters": {"a.$": "hello"}}})


def test_a_missed_heartbeat_is_a_timeout_too(account):
    url, _ = account.queue("work")
    state = {
        "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "HeartbeatSeconds": 5,
        "Parameters": {"QueueUrl": url, "MessageBody.$": "$$.Task.Token"}, "End": True,
        "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "B"}, {"ErrorEquals": ["States.Timeout"], "Next": "C"}],
    }  # fmt: skip
    found = account.executed({"A": state, "B": {"Type": "Fail"}, "C": {**END, "Result": "late"}})
    assert found["output"] == "late"


def test_a_stopped_task_tells_nothing_more(account):
    url, _ = account.queue("work")
    arn = account.start(account.machine({"A": token_task(url)}))
    account.run(5)
    account.sfn.stop_execution(executionArn=arn)
    account.run()
    kinds = [event["type"] for event in account.sfn.get_execution_history(executionArn=arn)["events"]]
    assert kinds[-2:] == ["TaskSubmitted", "ExecutionAborted"]


def test_a_failed_query_of_a_task_is_one_event_and_can_be_caught(account):
    step = task(account.function("f"), Arguments={"a": "{% $gone.b + 1 %}"})
    step["Catch"] = [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "B"}]
    found = account.executed({"A": step, "B": {**END, "Output": "caught"}}, QueryLanguage="JSONata")
    assert found["output"] == "caught"
    events = account.sfn.get_execution_history(executionArn=found["executionArn"])["events"]
    assert [event["type"] for event in events].count("EvaluationFailed") == 1


def test_chance_and_time_of_a_query_come_from_the_seed_and_the_clock():
    expression = "{% [$random(), $random(7), $millis(), $now(), $uuid(), $shuffle([1..9])] %}"
    machine = {"A": {**END, "Output": expression}}
    first, second, third = (
        Account(seed=seed).executed(machine, QueryLanguage="JSONata")["output"] for seed in (1, 1, 2)
    )
    assert first == second
    assert third[1] == first[1] and third[0] != first[0] and third[4] != first[4]
    assert first[3].startswith("2026-01-05T09:00:00") and first[2] // 1000 == 1767603600


def test_a_description_says_whether_a_redrive_is_possible(account):
    arn = account.start(account.machine({"A": {"Type": "Fail"}}))
    account.run()
    found = account.sfn.describe_execution(executionArn=arn)
    assert found["redriveStatus"] == "REDRIVABLE" and found["inputDetails"] == {"included": True}


def test_workers_share_the_tasks_in_their_order(account):
    activity = account.sfn.create_activity(name="pack")["activityArn"]
    machine = account.machine({"A": task(activity)})
    for number in range(3):
        account.start(machine, number, f"run-{number}")
        account.run(5.0 * (number + 1))
    taken = [account.sfn.get_activity_task(activityArn=activity) for _ in range(3)]
    assert [json.loads(row["input"]) for row in taken] == [0, 1, 2]


def test_null_is_an_output_too(account):
    arn = account.start(account.machine({"A": {**END, "Result": None}}))
    account.run()
    assert account.sfn.describe_execution(executionArn=arn)["output"] == "null"
