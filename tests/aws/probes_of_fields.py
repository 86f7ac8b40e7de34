"""Probes of fields that get another value than they can hold, and of paths and queries into what is there."""

from __future__ import annotations

from typing import Any

from tests.aws.building import Account, task
from tests.aws.probing import SFN, probe

COMPONENT = f"{SFN}.asl.component"
TIMES = f"{COMPONENT}.common.timeouts"
MAP = f"{COMPONENT}.state.exec.state_map"
END = {"Type": "Pass", "End": True}
QUERY = "States.QueryEvaluationError"


def ended(state: dict[str, Any], value: Any = None, **fields: Any) -> tuple[Any, str]:
    """Runs one state; gives its output, or its error and cause."""
    found = Account().executed({"A": state}, value, **fields)
    return (found["output"], "") if found["status"] == "SUCCEEDED" else (found.get("error"), str(found.get("cause")))


def queried(state: dict[str, Any], value: Any = None) -> tuple[Any, str]:
    """Runs one state whose fields are JSONata."""
    return ended(state, value, QueryLanguage="JSONata")


def _task(value: Any = None, waits: bool = False, **fields: Any) -> tuple[Any, str]:
    account = Account()
    state = task(account.function("f"), **fields)
    if waits:
        state["Resource"] = "arn:aws:states:::lambda:invoke.waitForTaskToken"
        queries = "QueryLanguage" in fields
        state["Arguments" if queries else "Parameters"] = {"FunctionName": "f"}
    found = account.executed({"A": state}, value)
    return found.get("error"), str(found.get("cause"))


@probe(f"{SFN}.asl.component.state.exec.execute_state:ExecutionState.from_state_props")
def a_task_that_beats_has_no_time_limit_of_its_own() -> None:
    account = Account()
    url, _ = account.queue("questions")
    ask = {"QueueUrl": url, "MessageBody.$": "$$.Task.Token"}
    wait = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Parameters": ask}
    arn = account.machine({"Ask": {**wait, "HeartbeatSeconds": 600, "End": True}})
    run = account.sfn.start_execution(stateMachineArn=arn)["executionArn"]
    account.clock.advance(300.0)
    assert account.sfn.describe_execution(executionArn=run)["status"] == "RUNNING"
    account.clock.advance(900.0)
    assert account.sfn.describe_execution(executionArn=run)["error"] == "States.HeartbeatTimeout"


@probe(f"{TIMES}.timeout:TimeoutSecondsPath._eval_seconds")
def a_task_cannot_have_a_text_for_its_time() -> None:
    error, cause = _task({"t": "soon"}, TimeoutSecondsPath="$.t")
    assert error == "States.Runtime" and "The TimeoutSecondsPath parameter does not refer to a whole number" in cause


@probe(f"{TIMES}.heartbeat:HeartbeatSecondsPath._eval_seconds")
def a_task_cannot_have_no_time_between_heartbeats() -> None:
    error, cause = _task({"t": 0}, waits=True, HeartbeatSecondsPath="$.t", TimeoutSeconds=5)
    assert error == "States.Runtime" and "HeartbeatSecondsPath" in cause


@probe(f"{TIMES}.timeout:TimeoutSecondsJSONata._eval_seconds")
def a_task_s_time_is_a_number() -> None:
    error, cause = _task(TimeoutSeconds="{% 'soon' %}", QueryLanguage="JSONata")
    assert error == QUERY and "specified for the field 'TimeoutSeconds'" in cause


@probe(f"{TIMES}.heartbeat:HeartbeatSecondsJSONata._eval_seconds")
def the_time_between_heartbeats_is_above_0() -> None:
    error, cause = _task(waits=True, HeartbeatSeconds="{% 0 %}", TimeoutSeconds=5, QueryLanguage="JSONata")
    assert error == QUERY and "'HeartbeatSeconds' returned 0, which is not between 1" in cause


def _map(**fields: Any) -> tuple[Any, str]:
    processor = {"StartAt": "P", "States": {"P": END}}
    if "MaxConcurrency" not in fields:
        processor["ProcessorConfig"] = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    return queried({"Type": "Map", "Items": [1], "ItemProcessor": processor, "End": True, **fields})


@probe(f"{MAP}.max_concurrency:MaxConcurrencyJSONata._eval_max_concurrency")
def a_map_s_concurrency_is_a_number() -> None:
    error, cause = _map(MaxConcurrency="{% 'many' %}")
    assert error == QUERY and "Expected 'number', but was 'string' for value: \"many\"" in cause


@probe(f"{SFN}.asl.parse.preprocessor:Preprocessor.visitTolerated_failure_count_string_jsonata")
def a_number_of_tolerated_failures_is_no_share() -> None:
    assert _map(ToleratedFailureCount="{% 101 %}") == ([1], "")


@probe(f"{MAP}.tolerated_failure:ToleratedFailureCountStringJSONata._eval_tolerated_failure_count")
def a_number_of_tolerated_failures_is_a_number() -> None:
    error, cause = _map(ToleratedFailureCount="{% 'many' %}")
    assert error == QUERY and "for the field 'ToleratedFailureCount' returned an unexpected result type" in cause


@probe(f"{MAP}.tolerated_failure:ToleratedFailurePercentageStringJSONata._eval_tolerated_failure_percentage")
def a_share_of_tolerated_failures_ends_at_100() -> None:
    assert "returned 101, which is not between 0 and 100" in _map(ToleratedFailurePercentage="{% 101 %}")[1]


@probe(f"{COMPONENT}.state.wait.wait_function.timestamp:Timestamp._get_wait_seconds")
def a_wait_until_no_moment_is_a_failed_query() -> None:
    error, cause = queried({"Type": "Wait", "Timestamp": "{% 'soon' %}", "End": True})
    assert error == QUERY and "returned no valid ISO-8601 timestamp: soon" in cause


@probe(f"{COMPONENT}.state.fail.error_decl:Error._eval_body", f"{COMPONENT}.state.fail.cause_decl:Cause._eval_body")
def a_failure_has_texts() -> None:
    for field in ("Error", "Cause"):
        error, cause = ended({"Type": "Fail", f"{field}Path": "$.n"}, {"n": 1})
        assert error == "States.Runtime" and f"The {field}Path parameter does not refer to a string: $.n" in cause


@probe(f"{COMPONENT}.common.string.string_expression:StringVariableSample._eval_body")
def a_variable_that_nobody_assigned_is_a_slip_of_the_machine() -> None:
    error, cause = ended({**END, "Parameters": {"a.$": "$gone.b"}})
    assert error == "States.Runtime" and "The variable '$gone' in '$gone.b' is not assigned in this scope." in cause


@probe(f"{SFN}.asl.utils.json_path:_contains_slice_or_wildcard_array")
def a_filter_may_find_nothing() -> None:
    assert ended({**END, "Parameters": {"a.$": "$.l[?(@.n > 1)]"}}, {"l": [{"n": 1}]})[0] == {"a": []}


@probe(f"{SFN}.asl.jsonata.jsonata:_ILLEGAL_VARIABLE_REFERENCES")
def a_predicate_of_a_query_sees_its_item() -> None:
    assert queried({**END, "Output": "{% [1, 2, 3][$ > 1] %}"})[0] == [2, 3]


@probe(f"{SFN}.asl.eval.states:States.to_variable_declarations")
def there_is_no_error_where_nothing_failed() -> None:
    error, cause = queried({**END, "Output": "{% $states.errorOutput %}"})
    assert error == QUERY and "returned nothing (undefined)" in cause
