"""Probes of what a history tells: answers of services, and what was aborted."""

from __future__ import annotations

from typing import Any

from tests.aws.building import Account, task
from tests.aws.probing import SFN, probe

EXEC = f"{SFN}.asl.component.state.exec"
SERVICE = f"{EXEC}.state_task.service"
REST = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}


def kinds(account: Account, execution: str) -> list[str]:
    """Gives the types of an execution's events."""
    return [row["type"] for row in account.sfn.get_execution_history(executionArn=execution)["events"]]


def answer(account: Account, resource: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Gives what a Task of one service ends with."""
    state = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True}
    return dict(account.executed({"A": state}, name="Caller")["output"])


@probe(f"{SERVICE}.state_task_service_sns:StateTaskServiceSns._eval_service_task")
def a_published_message_tells_of_the_response_that_said_so() -> None:
    account = Account()
    topic = account.sns.create_topic(Name="t")["TopicArn"]
    found = answer(account, "sns:publish", {"TopicArn": topic, "Message": "m"})
    assert found["SdkHttpMetadata"]["HttpHeaders"]["Content-Type"] == "text/xml"


@probe(f"{SERVICE}.state_task_service_lambda:StateTaskServiceLambda._eval_service_task")
def an_invocation_tells_of_the_response_that_said_so() -> None:
    account = Account()
    account.function("f", lambda event: {"n": 1})
    found = answer(account, "lambda:invoke", {"FunctionName": "f"})
    headers = found["SdkHttpMetadata"]["AllHttpHeaders"]
    assert headers["Content-Length"] == ["7"] and headers["X-Amz-Executed-Version"] == ["$LATEST"]


@probe(f"{SERVICE}.state_task_service_sfn:StateTaskServiceSfn._eval_service_task")
def a_nested_start_tells_of_the_response_that_said_so() -> None:
    account = Account()
    child = account.machine({"P": {"Type": "Pass", "End": True}}, name="Child")
    found = answer(account, "states:startExecution", {"StateMachineArn": child})
    assert list(found) == ["ExecutionArn", "SdkHttpMetadata", "SdkResponseMetadata", "StartDate"]


@probe(f"{EXEC}.state_task.state_task_lambda:lambda_eval_utils")
def a_function_gets_the_input_as_it_is() -> None:
    account = Account()
    state = task(account.function("f", lambda event: [event]))
    assert account.executed({"A": state}, '{"n": 1}')["output"] == ['{"n": 1}']


@probe(f"{SFN}.asl.utils.encoding:json")
def a_history_writes_json_without_blanks() -> None:
    account = Account()
    url, _ = account.queue("q")
    parameters = {"QueueUrl": url, "MessageBody": {"n": 1, "name": "Zoë"}}
    state = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": parameters, "End": True}
    found = account.executed({"A": state})
    assert account.bodies(url) == ['{"n":1,"name":"Zoë"}']
    events = account.sfn.get_execution_history(executionArn=found["executionArn"])["events"]
    assert events[2]["taskScheduledEventDetails"]["parameters"].endswith('"MessageBody":{"n":1,"name":"Zoë"}}')


@probe(f"{EXEC}.state_parallel.branch_worker:BranchWorker.stop")
def a_branch_that_another_one_stopped_is_told_of() -> None:
    account = Account()
    bad = {"StartAt": "F", "States": {"F": {"Type": "Fail"}}}
    found = account.executed({"P": {"Type": "Parallel", "Branches": [REST, bad], "End": True}})
    assert kinds(account, found["executionArn"])[-3:] == ["WaitStateAborted", "ParallelStateFailed", "ExecutionFailed"]


@probe(f"{EXEC}.state_map.iteration.inline_iteration_component:InlineIterationComponent._eval_body")
def an_iteration_that_another_one_stopped_is_told_of() -> None:
    account = Account()
    rule = {"Variable": "$", "NumericEquals": 2, "Next": "F"}
    states = {"C": {"Type": "Choice", "Choices": [rule], "Default": "W"}, "F": {"Type": "Fail"}, **REST["States"]}  # type: ignore[dict-item]
    found = account.executed(
        {"M": {"Type": "Map", "ItemProcessor": {"StartAt": "C", "States": states}, "End": True}}, [1, 2]
    )
    assert kinds(account, found["executionArn"])[-4:] == [
        "WaitStateAborted", "MapIterationAborted", "MapStateFailed", "ExecutionFailed",
    ]  # fmt: skip


@probe(f"{SFN}.backend.execution:BaseExecutionWorkerCommunication.terminated")
def a_stopped_execution_keeps_the_moment_of_its_stop() -> None:
    account = Account()
    function = account.function("f", lambda event: account.clock.sleep(100), timeout=200)
    run = account.start(account.machine({"A": task(function, End=True)}))
    account.clock.advance(10.0)
    account.sfn.stop_execution(executionArn=run)
    then = account.sfn.describe_execution(executionArn=run)["stopDate"]
    account.clock.advance(500.0)
    assert account.sfn.describe_execution(executionArn=run)["stopDate"] == then


@probe(f"{SFN}.backend.execution_worker:ExecutionWorker._get_evaluation_environment")
def the_context_counts_redrives() -> None:
    count = {"n.$": "$$.Execution.RedriveCount"}
    found = Account().executed({"A": {"Type": "Pass", "Parameters": count, "End": True}})
    assert found["output"] == {"n": 0}
