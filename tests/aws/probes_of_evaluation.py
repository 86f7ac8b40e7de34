"""Probes of how states read their paths, functions and queries, and of activities."""

from __future__ import annotations

import json
from typing import Any

from tests.aws.building import Account, task
from tests.aws.probing import SFN, probe

COMPONENT = f"{SFN}.asl.component"
END = {"Type": "Pass", "End": True}
ALL = [{"ErrorEquals": ["States.ALL"], "Next": "B"}]


def _computed(function: str, value: Any = None) -> dict[str, Any]:
    return Account().executed({"A": {**END, "Parameters": {"r.$": function}}}, value)


@probe(f"{COMPONENT}.common.error_name.error_equals_decl:ErrorEqualsDecl._eval_body")
def states_all_does_not_catch_what_is_wrong_with_the_machine() -> None:
    inner = {"StartAt": "P", "States": {"P": {**END, "InputPath": "$.gone"}}}
    states = {"A": {"Type": "Parallel", "Branches": [inner], "Catch": ALL, "End": True}, "B": END}
    assert Account().executed(states)["error"] == "States.Runtime"


@probe(
    f"{COMPONENT}.state.exec.state_parallel.branches_decl:CustomErrorName",
    f"{COMPONENT}.state.exec.state_map.iteration.iteration_worker:CustomErrorName",
)
def an_error_of_a_branch_can_be_caught_whatever_its_name() -> None:
    account = Account()
    slow = task(account.function("slow", lambda event: account.clock.sleep(9), timeout=20), TimeoutSeconds=1)
    inner, other = ({"StartAt": name, "States": {name: slow}} for name in "PQ")
    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "C"}]
    states = {
        "A": {"Type": "Parallel", "Branches": [inner], "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "B"}], "End": True},
        "B": {"Type": "Map", "ItemProcessor": other, "ItemsPath": "$$.Execution.Input", "Catch": catch, "End": True},
        "C": END,
    }  # fmt: skip
    found = account.executed(states, [1])
    assert found["output"] == {"Error": "States.Timeout", "Cause": ""}


@probe(f"{COMPONENT}.common.error_name.failure_event:FailureEventException.get_execution_failed_event_details")
def an_error_of_a_branch_says_once_where_it_was() -> None:
    inner = {"StartAt": "P", "States": {"P": {**END, "InputPath": "$.gone"}}}
    cause = Account().executed({"A": {"Type": "Parallel", "Branches": [inner], "End": True}})["cause"]
    assert cause.count("An error occurred") == 1 and "the state 'P'" in cause


@probe(
    f"{COMPONENT}.state.exec.execute_state:ExecutionState._evaluate_with_timeout",
    f"{COMPONENT}.state.state:CommonStateField._eval_body",
    f"{COMPONENT}.eval_component:EvalComponent.eval",
)
def a_path_of_a_task_that_leads_nowhere_ends_the_execution() -> None:
    account = Account()
    step = task(account.function("f"), Parameters={"order.$": "$.gone"}, Catch=ALL)
    found = account.executed({"A": step, "B": END}, {"n": 1})
    assert found["error"] == "States.Runtime"
    assert "The JSONPath '$.gone' specified for the field 'order.$' could not be found" in found["cause"]
    events = account.sfn.get_execution_history(executionArn=found["executionArn"])["events"]
    assert [event["type"] for event in events] == ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]


@probe(
    f"{SFN}.backend.execution:Execution.get_start_execution_details",
    f"{COMPONENT}.state.state:StateData",
)
def the_context_object_holds_dates_as_text() -> None:
    context = _computed("$$")["output"]["r"]
    assert context["Execution"]["StartTime"] == "2026-01-05T09:00:00.000Z"
    assert context["State"]["EnteredTime"].startswith("2026-01-05T09:00:00.") and len(
        context["State"]["EnteredTime"]
    ) == len("2026-01-05T09:00:00.000Z")


@probe(f"{SFN}.asl.parse.preprocessor:Preprocessor.visitString_intrinsic_function")
def a_text_of_a_function_may_hold_an_apostrophe() -> None:
    assert _computed(r"States.Format('it\'s {}', $.n)", {"n": 1})["output"] == {"r": "it's 1"}


@probe(f"{SFN}.asl.parse.intrinsic.preprocessor:Preprocessor.visitFunc_arg_float")
def a_function_takes_numbers_with_a_fraction() -> None:
    assert _computed("States.Array(1.5, -2)")["output"] == {"r": [1.5, -2]}


@probe(f"{SFN}.asl.parse.intrinsic.preprocessor:Preprocessor._text_of_str")
def a_text_loses_its_escapes() -> None:
    assert _computed(r"States.Array('it\'s')")["output"] == {"r": ["it's"]}


@probe(f"{COMPONENT}.intrinsic.function.statesfunction.generic.string_format:StringFormat._eval_body")
def an_escaped_brace_is_no_place_to_fill() -> None:
    assert _computed(r"States.Format('\{{}\} {\}', $.n)", {"n": 1})["output"] == {"r": "{1} {}"}


@probe(f"{COMPONENT}.common.string.string_expression:StringIntrinsicFunction._eval_body")
def a_failed_function_is_named() -> None:
    cause = _computed("States.Format('{}', $.gone)", {})["cause"]
    assert "The function 'States.Format('{}', $.gone)' had the following error: The JsonPath argument" in cause


@probe(f"{COMPONENT}.common.path.result_path:ResultPath._eval_body")
def a_result_does_not_fit_into_a_text() -> None:
    found = Account().executed({"A": {**END, "Result": 1, "ResultPath": "$.n"}}, "text")
    assert 'Unable to apply ReferencePath $.n to input "text"' in found["cause"]


@probe(f"{COMPONENT}.common.path.items_path:ItemsPath._eval_body")
def a_map_over_no_array_is_a_slip_of_the_machine() -> None:
    state = {"Type": "Map", "ItemsPath": "$.n", "ItemProcessor": {"StartAt": "P", "States": {"P": END}}, "End": True}
    found = Account().executed({"A": state}, {"n": 1})
    assert found["error"] == "States.Runtime" and 'Reference path "$.n" must point to array.' in found["cause"]


@probe(
    f"{COMPONENT}.state.exec.state_map.iteration.itemprocessor.distributed_item_processor_worker"
    ":DistributedItemProcessorWorker._eval_job"
)
def a_distributed_map_fails_with_its_items_unless_told_to_tolerate_them() -> None:
    inner = {"StartAt": "P", "States": {"P": {"Type": "Fail", "Error": "Declined"}}}
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **inner}
    ends = []
    for tolerance in ({}, {"ToleratedFailurePercentage": 100}, {"ToleratedFailureCount": 1}):
        state = {"Type": "Map", "ItemProcessor": processor, "End": True, **tolerance}
        ends.append(Account().executed({"A": state}, [1, 2]).get("error"))
    assert ends == ["States.ExceedToleratedFailureThreshold", None, "States.ExceedToleratedFailureThreshold"]


def _query(expression: str, value: Any = None) -> dict[str, Any]:
    states = {"A": {**END, "Output": "{% " + expression + " %}"}}
    return Account().executed(states, value, QueryLanguage="JSONata")


@probe(f"{COMPONENT}.intrinsic.jsonata:_DECLARATION_BY_VARIABLE_REFERENCE")
def the_query_language_has_the_functions_of_aws() -> None:
    assert _query("$hash('a', 'MD5')")["output"] == "0cc175b9c0f1b6a831c399e269772661"
    assert len(_query("$uuid()")["output"]) == 36
    assert _query("$parse('[1]')")["output"] == [1]


@probe(f"{COMPONENT}.state.choice.comparison.comparison:ConditionStringJSONata._eval_body")
def a_condition_that_gives_a_number_is_a_failed_query() -> None:
    states = {"A": {"Type": "Choice", "Choices": [{"Condition": "{% 1 %}", "Next": "B"}]}, "B": {"Type": "Succeed"}}
    found = Account().executed(states, QueryLanguage="JSONata")
    assert found["error"] == "States.QueryEvaluationError" and "Expected 'boolean', but was 'number'" in found["cause"]


@probe(
    f"{SFN}.asl.eval.variable_store:encode_jsonata_variable_declarations",
    f"{SFN}.asl.eval.variable_store:VariableStore.get_assigned_variables",
)
def a_variable_may_hold_a_text_with_quotes() -> None:
    account, text = Account(), 'so "said" she\n'
    states = {
        "A": {"Type": "Pass", "Assign": {"x": "{% $states.input.t %}"}, "Next": "B"},
        "B": {**END, "Output": "{% $x %}"},
    }
    found = account.executed(states, {"t": text}, QueryLanguage="JSONata")
    assert found["output"] == text
    history = account.sfn.get_execution_history(executionArn=found["executionArn"])["events"]
    assert json.loads(history[2]["stateExitedEventDetails"]["assignedVariables"]["x"]) == text


@probe(f"{COMPONENT}.state.wait.wait_function.timestamp:Timestamp._from_timestamp_string")
def a_wait_ends_at_a_moment_of_any_zone_and_a_number_is_none() -> None:
    wait = {"Type": "Wait", "TimestampPath": "$.at", "End": True}
    found = Account().executed({"A": wait}, {"at": "2026-01-05T11:00:00.5+01:00"})
    assert 3599 <= (found["stopDate"] - found["startDate"]).total_seconds() < 3601
    assert "does not reference a valid ISO-8601" in Account().executed({"A": wait}, {"at": 1})["cause"]


@probe(f"{COMPONENT}.state.wait.wait_function.seconds:SecondsJSONata._get_wait_seconds")
def a_wait_for_a_text_is_a_failed_query() -> None:
    wait = {"Type": "Wait", "Seconds": "{% 'soon' %}", "End": True}
    found = Account().executed({"A": wait}, QueryLanguage="JSONata")
    assert found["error"] == "States.QueryEvaluationError" and "Expected 'number', but was 'string'" in found["cause"]


# -- activities -----------------------------------------------------------------------------------


def _working(**fields: Any) -> tuple[Account, str, str]:
    """Starts a machine with one activity; gives the account, the execution and the activity."""
    account = Account()
    activity = account.sfn.create_activity(name="pack")["activityArn"]
    return account, account.start(account.machine({"A": task(activity, **fields)}), {"n": 1}), activity


@probe(
    f"{SFN}.asl.eval.callback.callback:CallbackPoolManager.add_activity_task",
    "moto.stepfunctions.responses:StepFunctionResponse.get_activity_task",
)
def a_worker_gets_a_task_and_answers_it() -> None:
    account, execution, activity = _working()
    account.run(5)
    taken = account.sfn.get_activity_task(activityArn=activity, workerName="Ann")
    account.run(10)
    assert json.loads(taken["input"]) == {"n": 1}
    account.sfn.send_task_success(taskToken=taken["taskToken"], output='{"packed": true}')
    account.run()
    assert account.execution(execution)["output"] == {"packed": True}


@probe(f"{SFN}.asl.eval.callback.callback:ActivityTaskStartEndpoint.wait")
def a_task_that_no_worker_takes_times_out() -> None:
    account, execution, activity = _working(TimeoutSeconds=5)
    account.run()
    assert account.execution(execution)["error"] == "States.Timeout"
    assert "taskToken" not in account.sfn.get_activity_task(activityArn=activity)


@probe(f"{COMPONENT}.state.exec.state_task.state_task_activitiy:StateTaskActivity._from_error")
def a_worker_that_falls_silent_misses_its_heartbeat() -> None:
    account, execution, activity = _working(TimeoutSeconds=60, HeartbeatSeconds=5)
    account.run(2)
    account.sfn.get_activity_task(activityArn=activity)
    account.run()
    assert account.execution(execution)["error"] == "States.HeartbeatTimeout"


@probe(f"{COMPONENT}.state.exec.state_task.state_task_activitiy:StateTaskActivity._eval_execution")
def the_activity_that_is_gone_is_named() -> None:
    arn = "arn:aws:states:us-east-1:123456789012:activity:gone"
    found = Account().executed({"A": task(arn)})
    assert found["error"] == "States.Runtime" and f"The activity {arn} does not exist." in found["cause"]


# -- requests -------------------------------------------------------------------------------------


def _refusal(call: Any, **fields: Any) -> str:
    from botocore.exceptions import ClientError

    try:
        call(**fields)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "accepted"


RUN = "arn:aws:states:us-east-1:123456789012:mapRun:Flow/label:one"


@probe(f"{SFN}.models:StepFunctionsParserBackend.describe_map_run")
def a_map_run_that_never_was_is_not_found() -> None:
    assert _refusal(Account().sfn.describe_map_run, mapRunArn=RUN) == "ResourceNotFound"


@probe(f"{SFN}.models:StepFunctionsParserBackend.update_map_run")
def a_map_run_that_never_was_is_not_changed() -> None:
    assert _refusal(Account().sfn.update_map_run, mapRunArn=RUN, maxConcurrency=1) == "ResourceNotFound"


@probe("moto.stepfunctions.responses:StepFunctionResponse.list_executions")
def the_children_of_a_map_run_are_not_listed_here() -> None:
    assert _refusal(Account().sfn.list_executions, mapRunArn=RUN) == "NotSupportedHere"


@probe("moto.core.exceptions:AWSError.TYPE")
def every_refusal_has_its_code() -> None:
    account = Account()
    machine = account.machine({"A": END})
    assert _refusal(account.sfn.update_state_machine, stateMachineArn=machine) == "MissingRequiredParameter"


@probe("moto.stepfunctions.responses:StepFunctionResponse.start_execution")
def a_name_with_a_blank_is_refused_and_an_input_that_is_no_json() -> None:
    account = Account()
    start, machine = account.sfn.start_execution, account.machine({"A": END})
    assert _refusal(start, stateMachineArn=machine, name="a b") == "InvalidName"
    assert _refusal(start, stateMachineArn=machine, input="{'a': 1}") == "InvalidExecutionInput"


@probe(
    f"{SFN}.models:StepFunctionsParserBackend.send_task_success",
    f"{SFN}.models:StepFunctionsParserBackend.send_task_failure",
    f"{SFN}.models:StepFunctionsParserBackend.send_task_heartbeat",
)
def a_token_whose_task_is_over_is_told_from_one_that_never_was() -> None:
    account, _, activity = _working()
    account.run(5)
    token = account.sfn.get_activity_task(activityArn=activity)["taskToken"]
    account.sfn.send_task_success(taskToken=token, output="1")
    account.run()
    sfn = account.sfn
    calls: tuple[tuple[Any, dict[str, str]], ...] = (
        (sfn.send_task_success, {"output": "1"}), (sfn.send_task_failure, {}), (sfn.send_task_heartbeat, {}),
    )  # fmt: skip
    for call, fields in calls:
        assert _refusal(call, taskToken=token, **fields) == "TaskTimedOut"
        assert _refusal(call, taskToken="never", **fields) == "InvalidToken"


@probe("moto.stepfunctions.responses:StepFunctionResponse.describe_state_machine_for_execution")
def an_execution_keeps_the_machine_that_it_started_with() -> None:
    account = Account()
    machine = account.machine({"A": END})
    execution = account.start(machine)
    changed = json.dumps({"StartAt": "B", "States": {"B": END}})
    account.sfn.update_state_machine(stateMachineArn=machine, definition=changed)
    found = account.sfn.describe_state_machine_for_execution(executionArn=execution)
    assert json.loads(found["definition"])["StartAt"] == "A"
