"""Probes of what is said of a state that fails: in which field, and in which words."""

from __future__ import annotations

from typing import Any

from tests.aws.building import Account
from tests.aws.probing import SFN, probe

COMPONENT = f"{SFN}.asl.component"
END = {"Type": "Pass", "End": True}


def _query(output: Any) -> dict[str, Any]:
    return Account().executed({"A": {**END, "Output": output}}, QueryLanguage="JSONata")


@probe(f"{SFN}.asl.parse.preprocessor:Preprocessor.visitString_jsonata")
def a_failed_query_names_the_field_that_it_stands_in() -> None:
    assert "specified for the field 'Output/a[1]/b' " in _query({"a": [1, {"b": "{% 1 + 'x' %}"}]})["cause"]


@probe(f"{COMPONENT}.common.string.string_expression:validate_jsonata_expression_output")
def a_query_that_gives_nothing_says_so_of_its_field() -> None:
    assert _query("{% $gone %}")["cause"].endswith(
        "The JSONata expression '$gone' specified for the field 'Output' returned nothing (undefined)."
    )


@probe(
    f"{COMPONENT}.common.assign.assign_template_binding:AssignTemplateBindingStringExpressionSimple._field_name",
)
def a_path_that_leads_nowhere_names_the_field_that_assigns() -> None:
    found = Account().executed({"A": {**END, "Assign": {"x.$": "$.gone"}}})
    assert "specified for the field 'x.$'" in found["cause"]


FUNCTIONS = f"{COMPONENT}.intrinsic.function.statesfunction"


def _refused(function: str, value: Any) -> str:
    found = Account().executed({"A": {**END, "Parameters": {"r.$": function}}}, value)
    return str(found.get("cause")).rpartition("had the following error: ")[2]


@probe(f"{FUNCTIONS}.array.array_length:ArrayLength._eval_body")
def the_length_of_an_object_is_refused_as_json() -> None:
    assert _refused("States.ArrayLength($)", {"a": 1}) == 'Expected an array, but got {"a": 1}.'


@probe(f"{FUNCTIONS}.array.array_partition:ArrayPartition._eval_body")
def an_array_has_no_parts_of_no_items() -> None:
    assert _refused("States.ArrayPartition($, 0)", [1]) == "Expected a whole number above 0, but got 0."


@probe(f"{FUNCTIONS}.string_operations.string_split:StringSplit._eval_body")
def a_number_is_not_split() -> None:
    assert _refused("States.StringSplit($, ',')", 5) == "Expected a string, but got 5."


@probe(f"{FUNCTIONS}.json_manipulation.string_to_json:StringToJson._eval_body")
def a_number_is_no_json_text() -> None:
    assert _refused("States.StringToJson($)", 5) == "Expected a string, but got 5."


@probe(f"{FUNCTIONS}.json_manipulation.json_merge:JsonMerge._eval_body")
def a_number_is_not_merged() -> None:
    assert _refused("States.JsonMerge($[0], $[1], false)", [5, {}]) == "Expected an object, but got 5."


@probe(f"{FUNCTIONS}.hash_calculations.hash_func:HashFunc._eval_body")
def an_object_has_no_hash() -> None:
    assert _refused("States.Hash($, 'MD5')", {"a": 1}) == 'Expected a string, but got {"a": 1}.'


TASKS = f"{COMPONENT}.state.exec.state_task"


@probe(f"{TASKS}.service.state_task_service:StateTaskService._before_eval_execution")
def a_call_without_what_it_needs_is_not_begun() -> None:
    account = Account()
    step = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"Payload": 1}, "End": True}
    found = account.executed({"A": step})
    words = "The Parameters '{\"Payload\":1}' could not be used to start the Task"
    assert f'{words}: [The field "FunctionName" is required but was missing]' in found["cause"]


@probe(f"{TASKS}.state_task:StateTask._eval_parameters")
def a_task_without_parameters_calls_with_its_input() -> None:
    account = Account()
    url, _ = account.queue("work")
    step = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}
    account.executed({"A": step}, {"QueueUrl": url, "MessageBody": "hello"})
    assert account.bodies(url) == ["hello"]


@probe(f"{COMPONENT}.common.assign.assign_decl:AssignDecl._eval_body")
def an_inner_workflow_does_not_set_a_variable_around_it() -> None:
    inner = {"StartAt": "P", "States": {"P": {**END, "Assign": {"x": 2}}}}
    states = {
        "A": {"Type": "Pass", "Assign": {"x": 1}, "Next": "B"},
        "B": {"Type": "Map", "ItemProcessor": inner, "End": True},
    }
    cause = Account().executed(states, [1])["cause"]
    assert "executing the state 'P' (entered at the event id #7). The variable 'x' belongs to an outer scope" in cause


@probe(f"{COMPONENT}.state.wait.wait_function.seconds_path:SecondsPath._validate_seconds_value")
def true_is_no_number_of_seconds() -> None:
    found = Account().executed({"A": {"Type": "Wait", "SecondsPath": "$.s", "End": True}}, {"s": True})
    assert found["cause"].endswith("The SecondsPath parameter cannot be parsed as a long value: $.s == true")
