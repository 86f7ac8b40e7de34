"""What is said of queries that fail, and of states that fail by them."""

import pytest

END = {"Type": "Pass", "End": True}
INNER = {"StartAt": "P", "States": {"P": END}}


def told(account, states, value=None, **fields):
    """Runs a machine, and gives its error's cause and the events of its history."""
    found = account.executed(states, value, **fields)
    return found["cause"], account.sfn.get_execution_history(executionArn=found["executionArn"])["events"]


@pytest.mark.parametrize(
    ("state", "place"),
    [
        ({**END, "Output": "{% $gone %}"}, "Output"),
        ({**END, "Output": {"a": ["{% $gone %}"]}}, "Output/a[0]"),
        ({**END, "Assign": {"x": {"y": "{% $gone %}"}}}, "Assign/x/y"),
        ({"Type": "Fail", "Error": "{% $gone %}"}, "Error"),
        ({"Type": "Wait", "Seconds": "{% $gone %}", "End": True}, "Seconds"),
        ({"Type": "Choice", "Choices": [{"Condition": "{% $gone %}", "Next": "B"}]}, "Choices[0]/Condition"),
        ({"Type": "Map", "Items": [1, "{% $gone %}"], "ItemProcessor": INNER, "End": True}, "Items[1]"),
        ({"Type": "Map", "Items": [1], "ItemSelector": {"q": "{% $gone %}"}, "ItemProcessor": INNER, "End": True}, "ItemSelector/q"),
    ],
)  # fmt: skip
def test_a_failed_query_is_told_once_with_its_place(account, state, place):
    cause, events = told(account, {"A": state, "B": {"Type": "Succeed"}}, QueryLanguage="JSONata")
    failed = [event["evaluationFailedEventDetails"] for event in events if event["type"] == "EvaluationFailed"]
    assert [(row["location"], row["state"]) for row in failed] == [(place, "A")]
    start = "An error occurred while executing the state 'A' (entered at the event id #2). "
    words = f"{start}The JSONata expression '$gone' specified for the field '{place}' returned nothing (undefined)."
    assert cause == words == failed[0]["cause"]


@pytest.mark.parametrize("query", ["$sum", "function($x){$x}", "/a/"])
def test_a_function_is_no_result(account, query):
    cause, _ = told(account, {"A": {**END, "Output": f"{{% {query} %}}"}}, QueryLanguage="JSONata")
    assert cause.endswith(f"expression '{query}' specified for the field 'Output' returned an unsupported result type.")


def test_an_item_selector_that_fails_ends_its_iteration_and_the_map(account):
    state = {"Type": "Map", "ItemSelector": {"q.$": "$.gone"}, "ItemProcessor": INNER, "End": True}
    cause, events = told(account, {"A": state}, [1])
    assert "'A' (entered at the event id #2). The JSONPath '$.gone' specified for the field 'q.$'" in cause
    assert [event["type"] for event in events][-3:] == ["MapIterationFailed", "MapStateFailed", "ExecutionFailed"]


def test_a_map_whose_result_fits_nowhere_has_succeeded_itself(account):
    state = {"Type": "Map", "ResultPath": "$.x", "ItemProcessor": INNER, "End": True}
    _, events = told(account, {"A": state}, [1])
    assert [event["type"] for event in events][-2:] == ["MapStateSucceeded", "ExecutionFailed"]


@pytest.mark.parametrize(
    "field", [{"ResultSelector": {"r.$": "$.gone"}}, {"OutputPath": "$.gone"}, {"ResultSelector": {"r.$": "States.ArrayLength('')"}}]
)  # fmt: skip
def test_a_state_that_fails_at_its_end_says_where_it_was_entered(account, field):
    cause, _ = told(account, {"A": {"Type": "Map", "ItemProcessor": INNER, "End": True, **field}}, [1])
    assert cause.startswith("An error occurred while executing the state 'A' (entered at the event id #2). ")


def test_a_choice_without_a_match_says_that_it_leads_nowhere(account):
    rule = {"Variable": "$.n", "NumericEquals": 1, "Next": "B"}
    found = account.executed({"A": {"Type": "Choice", "Choices": [rule]}, "B": {"Type": "Succeed"}}, {"n": 2})
    assert found["error"] == "States.NoChoiceMatched"
    assert "'A' (entered at the event id #2). Failed to transition out of the state." in found["cause"]


def test_a_query_without_an_end_is_stopped(account):
    endless = "{% ($again := function($n) { $again($n + 1) }; $again(0)) %}"
    found = account.executed({"A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": endless, "End": True}})
    assert (found["status"], found["error"]) == ("FAILED", "States.QueryEvaluationError")
    assert "Expression evaluation timeout" in found["cause"]
