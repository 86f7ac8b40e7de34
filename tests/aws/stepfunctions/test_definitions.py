"""What the cloud refuses when a state machine is made."""

import json

import pytest

from sagalab.aws.stepfunctions.definitions import definition_problems

PASS = {"Type": "Pass", "End": True}


def machine(states, start="A", **fields):
    return json.dumps({"StartAt": start, "States": states, **fields})


@pytest.mark.parametrize(
    "states",
    [
        {"A": PASS},
        {"A": {"Type": "Wait", "Seconds": 1, "Next": "B"}, "B": {"Type": "Succeed"}},
        {"A": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "B"}]}, "B": {"Type": "Fail"}},
        {"A": {"Type": "Parallel", "End": True, "Branches": [{"StartAt": "B", "States": {"B": PASS}}]}},
        {"A": {"Type": "Map", "End": True, "ItemProcessor": {"StartAt": "B", "States": {"B": PASS}}}},
        {"A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}, "End": True,
               "Retry": [{"ErrorEquals": ["States.ALL"], "BackoffRate": 2, "MaxDelaySeconds": 60, "JitterStrategy": "FULL"}]}},
    ],
)  # fmt: skip
def test_sound_definitions_pass(states):
    assert definition_problems(machine(states)) == ()


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ("{oops", "INVALID_JSON_DESCRIPTION: the definition is no JSON"),
        ("[]", "no JSON object"),
        ("{}", "States is missing or empty"),
        (machine({}), "States is missing or empty"),
        (machine({"A": PASS}, start="B"), "Missing 'StartAt' target: B (at /StartAt)"),
        (machine({"A": {"Type": "Pass"}}), '"Next" or "End": true (at /States/A)'),
        (machine({"A": {"Type": "Pass", "Next": "Bee"}, "Be": PASS}), "did you mean Be?"),
        (machine({"A": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "X"}]}}), "/Choices[0]/Next"),
        (machine({"A": {"Type": "Choice", "Choices": [], "Default": "X"}}), "/States/A/Default"),
        (machine({"A": {"Type": "Task", "Resource": "r", "End": True, "Catch": [{"ErrorEquals": ["E"], "Next": "X"}]}}), "/Catch[0]/Next"),
        (machine({"A": {"Type": "Parallel", "End": True, "Branches": [{"StartAt": "Q", "States": {"B": PASS}}]}}), "/Branches[0]/StartAt"),
        (machine({"A": "Pass"}), "the state is no object"),
        (machine({"A": {"Type": "Psas", "End": True}}), "SCHEMA_VALIDATION_FAILED"),
    ],
)  # fmt: skip
def test_broken_definitions_are_refused_with_place_and_slip(definition, words):
    problems = definition_problems(definition)
    assert any(words in problem for problem in problems), problems


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
@pytest.mark.parametrize("field", ["Retry", "Catch"])
def test_a_wildcard_stands_alone_and_last(field, language):
    def problems(*names):
        rows = [{"ErrorEquals": list(row), **({"Next": "B"} if field == "Catch" else {})} for row in names]
        task = {
            "Type": "Task",
            "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f",
            "End": True,
            field: rows,
        }
        return definition_problems(
            machine({"A": task, **({"B": PASS} if field == "Catch" else {})}, QueryLanguage=language)
        )

    assert problems(["Declined", "OutOfStock"], ["States.ALL"]) == ()
    (early,) = problems(["States.ALL"], ["Declined"])
    assert "States.ALL must appear alone and at end of list" in early and f"/States/A/{field}[0]" in early
    (joined,) = problems(["Declined", "States.ALL"])
    assert f"/States/A/{field}[0]" in joined


def test_jsonata_definitions_are_checked_for_their_transitions_only():
    states = {"A": {"Type": "Pass", "Output": "{% 1 + 1 %}", "Next": "Nowhere"}}
    (problem,) = definition_problems(machine(states, QueryLanguage="JSONata"))
    assert "Nowhere" in problem
    assert definition_problems(machine({"A": {**states["A"], "Next": "B"}, "B": PASS}, QueryLanguage="JSONata")) == ()


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Pass", "Assign": {"kept.$": "$.n", "fixed": 1}, "End": True},
        {"Type": "Pass", "Parameters": {"a.$": "$kept", "b.$": "States.Format('{}', $kept.n)"}, "End": True},
        {
            "Type": "Choice",
            "Choices": [{"Variable": "$kept", "NumericEqualsPath": "$other", "Next": "B"}],
            "Default": "B",
        },
    ],
)
def test_variables_of_jsonpath_definitions_pass(state):
    states = {"A": state, "B": {"Type": "Succeed"}} if state["Type"] == "Choice" else {"A": state}
    assert definition_problems(machine(states)) == ()


def test_a_field_is_no_slip_for_itself():
    problems = definition_problems(json.dumps({"StartAt": "A", "States": {"A": {"End": True}}}))
    assert problems and not any("did you mean End" in row for row in problems)
