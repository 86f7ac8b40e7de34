"""Probes of the patches of Step Functions."""

from __future__ import annotations

import importlib
import json
from typing import Any

from sagalab.faults import Fault
from tests.aws.building import Account, task
from tests.aws.probing import CALLBACK, SFN, probe


@probe(f"{SFN}.models:StepFunctionsParserBackend.start_execution")
def two_executions_without_a_name_are_two() -> None:
    account = Account()
    machine = account.machine({"A": {"Type": "Pass", "End": True}})
    arns = {account.sfn.start_execution(stateMachineArn=machine)["executionArn"] for _ in range(2)}
    assert len(arns) == 2 and not any(arn.endswith("None") for arn in arns)


@probe(f"{SFN}.models:StepFunctionsParserBackend._validate_definition")
def a_dangling_transition_is_refused_when_the_machine_is_made() -> None:
    account = Account()
    try:
        account.machine({"Charge": {"Type": "Pass", "Next": "Reserv"}, "Reserve": {"Type": "Succeed"}})
    except account.sfn.exceptions.InvalidDefinition as error:
        assert "did you mean Reserve?" in str(error)
    else:
        raise AssertionError("the definition was accepted")


@probe(f"{SFN}.backend.execution_worker:ExecutionWorker._execution_logic")
def an_execution_is_the_cause_of_what_its_functions_do() -> None:
    account = Account()
    arn = account.start(account.machine({"A": task(account.function("step"))}), {"orderId": "1"})
    account.run()
    (execution,) = account.facts("execution")
    assert execution.detail["arn"] == arn and execution.order_id == "1"
    assert account.facts("invocation")[0].detail["execution"] == arn


@probe(f"{SFN}.asl.eval.event.event_manager:EventManager._publish_history_event")
def the_events_of_an_execution_are_facts_and_close_it() -> None:
    account = Account()
    account.executed({"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}})
    entered = [fact.what for fact in account.facts("state") if fact.detail["type"].endswith("StateEntered")]
    assert entered == ["A", "B"]
    assert [fact.detail["status"] for fact in account.facts("execution")] == ["SUCCEEDED"]


@probe(f"{SFN}.asl.component.state.state:CommonStateField._set_next")
def a_catch_may_lead_back_to_its_own_state() -> None:
    account, answers = Account(), [RuntimeError("first"), "second"]

    def flaky(event: Any) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    catch = [{"ErrorEquals": ["States.ALL"], "Next": "A", "ResultPath": "$.error"}]
    found = account.executed({"A": task(account.function("flaky", flaky), Catch=catch)})
    assert found["output"] == "second" and not answers


@probe(f"{SFN}.asl.jsonata.jsonata:_eval_jsonata")
def jsonata_is_evaluated() -> None:
    states = {"A": {"Type": "Pass", "Output": {"total": "{% $sum($states.input.prices) %}"}, "End": True}}
    found = Account().executed(states, {"prices": [1, 2, 3.5]}, QueryLanguage="JSONata")
    assert found["output"] == {"total": 6.5}


def _token_task(account: Account, **fields: Any) -> tuple[str, dict[str, Any]]:
    url, _ = account.queue("work")
    body = {"token.$": "$$.Task.Token"}
    return url, {
        "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": True,
        "Parameters": {"QueueUrl": url, "MessageBody": body}, **fields,
    }  # fmt: skip


def _tokens(account: Account, url: str) -> list[str]:
    return [json.loads(body)["token"] for body in account.bodies(url)]


@probe("moto.stepfunctions.responses:StepFunctionResponse.send_task_failure")
def the_cause_of_a_failed_token_is_kept() -> None:
    account = Account()
    url, state = _token_task(account)
    arn = account.start(account.machine({"A": state}))
    account.run(5)
    account.sfn.send_task_failure(taskToken=_tokens(account, url)[0], error="Declined", cause="no money")
    account.run()
    found = account.execution(arn)
    assert (found["error"], found["cause"]) == ("Declined", "no money")


@probe("moto.stepfunctions.responses:StepFunctionResponse.send_task_success")
def an_answer_that_is_no_json_is_refused_and_the_task_goes_on_waiting() -> None:
    account = Account()
    url, state = _token_task(account)
    arn = account.start(account.machine({"A": state}))
    account.run(5)
    (token,) = _tokens(account, url)
    try:
        account.sfn.send_task_success(taskToken=token, output="{'approved': True}")
    except account.sfn.exceptions.InvalidOutput:
        assert account.execution(arn)["status"] == "RUNNING"
    else:
        raise AssertionError("it was taken")


@probe(f"{CALLBACK}:StateTaskServiceCallback._eval_execution")
def each_attempt_of_a_token_task_waits_for_a_token_of_its_own() -> None:
    account = Account()
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    url, state = _token_task(account, Retry=retry)
    arn = account.start(account.machine({"A": state}))
    account.run(5)
    (first,) = _tokens(account, url)
    account.sfn.send_task_failure(taskToken=first, error="Busy")
    account.run(15)
    (second,) = _tokens(account, url)
    assert second != first
    account.sfn.send_task_success(taskToken=second, output='"done"')
    account.run(25)
    assert account.execution(arn)["output"] == "done"


@probe(f"{SFN}.asl.parse.asl_parser:AmazonStateLanguageParser.parse")
def a_definition_is_parsed_once() -> None:
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

    Account()
    text = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
    assert AmazonStateLanguageParser.parse(text)[0] is AmazonStateLanguageParser.parse(text)[0]


@probe("moto.stepfunctions.responses:StepFunctionResponse.describe_execution")
def an_output_is_json_text_and_a_timeout_has_a_stop_date() -> None:
    account = Account()
    assert account.executed({"A": {"Type": "Pass", "Result": "done", "End": True}})["output"] == "done"
    late = account.machine({"A": {"Type": "Wait", "Seconds": 60, "End": True}}, name="Late", TimeoutSeconds=5)
    arn = account.start(late)
    account.run()
    found = account.execution(arn)
    assert found["status"] == "TIMED_OUT" and 4 < (found["stopDate"] - found["startDate"]).total_seconds() < 6


@probe("moto.stepfunctions.responses:StepFunctionResponse.get_execution_history")
def a_history_comes_backwards_and_in_pages() -> None:
    account = Account()
    arn = account.executed({"A": {"Type": "Pass", "End": True}})["executionArn"]
    ask = account.sfn.get_execution_history
    first = ask(executionArn=arn, reverseOrder=True, maxResults=3)
    rest = ask(executionArn=arn, reverseOrder=True, nextToken=first["nextToken"])
    assert [row["id"] for row in first["events"] + rest["events"]] == [4, 3, 2, 1]
    assert "nextToken" not in rest


@probe(f"{SFN}.asl.component.state.choice.state_choice:StateChoice._eval_state")
def a_choice_without_a_match_has_a_name_of_its_own() -> None:
    rows = [{"Variable": "$.n", "NumericEquals": 1, "Next": "B"}]
    states = {"A": {"Type": "Choice", "Choices": rows}, "B": {"Type": "Succeed"}}
    found = Account().executed(states, {"n": 2})
    assert (found["status"], found["error"]) == ("FAILED", "States.NoChoiceMatched")


@probe(f"{SFN}.asl.component.state.choice.comparison.comparison_variable:ComparisonVariable._eval_body")
def a_choice_on_a_path_that_is_not_there_fails_and_asking_for_it_does_not() -> None:
    rows = [{"Variable": "$.order.amount", "NumericEquals": 1, "Next": "B"}]
    states = {"A": {"Type": "Choice", "Choices": rows, "Default": "B"}, "B": {"Type": "Succeed"}}
    found = Account().executed(states, {"orderId": "1"})
    assert (found["status"], found["error"]) == ("FAILED", "States.Runtime")
    assert "Invalid path '$.order.amount'" in found["cause"]
    rows[0] = {"Variable": "$.order.amount", "IsPresent": True, "Next": "B"}
    assert Account().executed(states, {"orderId": "1"})["status"] == "SUCCEEDED"


@probe(f"{SFN}.asl.component.common.string.string_expression:StringJSONata._eval_body")
def a_broken_jsonata_expression_has_an_error_name_of_its_own() -> None:
    states = {"A": {"Type": "Pass", "Output": "{% $nothing($states.input) %}", "End": True}}
    found = Account().executed(states, QueryLanguage="JSONata")
    assert (found["status"], found["error"]) == ("FAILED", "States.QueryEvaluationError")
    assert "$nothing($states.input)" in found["cause"]


@probe(f"{CALLBACK}:StateTaskServiceCallback._from_error")
def a_missed_heartbeat_can_be_caught_by_its_name() -> None:
    account = Account()
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "B"}]
    _, state = _token_task(account, HeartbeatSeconds=30, TimeoutSeconds=600, Catch=catch)
    found = account.executed({"A": state, "B": {"Type": "Pass", "End": True}})
    assert found["output"]["Error"] == "States.HeartbeatTimeout"


@probe(f"{SFN}.asl.component.state.exec.state_task.state_task_lambda:StateTaskLambda._from_error")
def a_refused_invocation_is_retried_by_its_name() -> None:
    account = Account(Fault("throttled", "lambda:step"))
    retry = [{"ErrorEquals": ["Lambda.TooManyRequestsException"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    found = account.executed({"A": task(account.function("step", lambda event: "done"), Retry=retry)})
    assert found["output"] == "done"


@probe(
    "moto.stepfunctions.responses:StepFunctionResponse.stop_execution",
    f"{SFN}.asl.eval.environment:Environment.set_error",
)
def an_execution_that_waits_for_a_token_can_be_stopped() -> None:
    account = Account()
    arn = account.start(account.machine({"A": _token_task(account)[1]}))
    account.run(5)
    account.sfn.stop_execution(executionArn=arn, error="Operator", cause="stop it")
    account.run(10)
    found = account.execution(arn)
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "Operator", "stop it")
    assert found["stopDate"]


NESTED = "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn"


@probe(f"{NESTED}:StateTaskServiceSfn._normalise_parameters", f"{NESTED}:StateTaskServiceSfn._normalise_response")
def a_state_starts_another_execution_and_waits_for_it() -> None:
    account = Account()
    double = {"Type": "Pass", "Parameters": {"twice.$": "States.MathAdd($.n, $.n)"}, "End": True}
    child = account.machine({"Double": double}, name="Child")
    states = {
        "A": {
            "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "End": True,
            "Parameters": {"StateMachineArn": child, "Input": {"n.$": "$.n"}},
        }
    }  # fmt: skip
    output = account.executed(states, {"n": 21})["output"]
    assert (output["Status"], output["Output"]) == ("SUCCEEDED", {"twice": 42})


def _asked_while_a_child_waits(pattern: str) -> int:
    """Counts the calls about a child's status while its parent waits an hour for it."""
    account, asked = Account(), []
    clients = importlib.import_module(f"{SFN}.asl.utils.boto_client")
    asker = clients.boto_client_for(region="us-east-1", service="stepfunctions")
    hook = ("before-call.sfn.DescribeExecution", lambda **call: asked.append(call["model"].name))
    child = account.machine({"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}, name="Child")
    resource = f"arn:aws:states:::states:startExecution.{pattern}"
    parent = {"Type": "Task", "Resource": resource, "Parameters": {"StateMachineArn": child}, "End": True}
    asker.meta.events.register(*hook)
    try:
        arn = account.start(account.machine({"A": parent}))
        account.run()
    finally:
        asker.meta.events.unregister(*hook)
    assert account.execution(arn)["status"] == "SUCCEEDED"
    return len(asked)


@probe(f"{NESTED}:StateTaskServiceSfn._from_error")
def a_refused_start_is_retried_by_its_name() -> None:
    account = Account(Fault("throttled", "states:StartExecution", call=2))
    retry = [{"ErrorEquals": ["StepFunctions.ThrottlingException"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    parameters = {"StateMachineArn": account.machine({"Done": {"Type": "Pass", "End": True}}, name="Child")}
    start = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "Parameters": parameters}
    assert account.executed({"Start": {**start, "Retry": retry, "End": True}})["status"] == "SUCCEEDED"


@probe(f"{NESTED}:StateTaskServiceSfn._build_sync_resolver")
def a_parent_that_waits_an_hour_asks_once_what_became_of_its_child() -> None:
    assert _asked_while_a_child_waits("sync") == 1


@probe(f"{NESTED}:StateTaskServiceSfn._build_sync2_resolver")
def a_parent_that_waits_for_output_asks_once_what_became_of_its_child() -> None:
    assert _asked_while_a_child_waits("sync:2") == 1


@probe("moto.stepfunctions.responses:StepFunctionResponse.redrive_execution")
def a_failed_execution_is_redriven_from_the_state_that_failed() -> None:
    account, broken = Account(), [True]

    def reserve(event: Any) -> Any:
        if broken[0]:
            raise RuntimeError("down")
        return {**event, "reserved": True}

    charge = account.function("charge", lambda event: {**event, "charged": True})
    states = {"Charge": task(charge, Next="Reserve"), "Reserve": task(account.function("reserve", reserve))}
    arn = account.executed(states, {"orderId": "1"})["executionArn"]
    broken[0] = False
    account.sfn.redrive_execution(executionArn=arn)
    account.run()
    found = account.execution(arn)
    assert (found["status"], found["redriveCount"]) == ("SUCCEEDED", 1)
    assert found["output"] == {"orderId": "1", "charged": True, "reserved": True}
    assert len(account.seen("charge")) == 1
