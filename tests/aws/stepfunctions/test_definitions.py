"""What the cloud refuses when a state machine is made."""

import json

import pytest

from sagalab.aws.stepfunctions.definition_words import in_one_sentence
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
        (machine({"A": PASS}, start="B"), "Missing 'StartAt' target: B at /StartAt"),
        (machine({"A": {"Type": "Pass"}}), '"Next" or "End": true at /States/A'),
        (machine({"A": {"Type": "Pass", "Next": "Bee"}, "Be": PASS}), "did you mean Be?"),
        (machine({"A": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "X"}]}}), "/Choices[0]/Next"),
        (machine({"A": {"Type": "Choice", "Choices": [], "Default": "X"}}), "/States/A/Default"),
        (machine({"A": {"Type": "Task", "Resource": "r", "End": True, "Catch": [{"ErrorEquals": ["E"], "Next": "X"}]}}), "/Catch[0]/Next"),
        (machine({"A": {"Type": "Parallel", "End": True, "Branches": [{"StartAt": "Q", "States": {"B": PASS}}]}}), "/Branches[0]/StartAt"),
        (machine({"A": "Pass"}), "the state is no object"),
        (machine({"A": {"Type": "Psas", "End": True}}), "SCHEMA_VALIDATION_FAILED"),
        (machine({"A": PASS, "B": PASS}), 'MISSING_TRANSITION_TARGET: State "B" is not reachable. at /States/B'),
        (machine({"A": {"Type": "Pass", "Next": "A"}}), "MISSING_END_STATE: Workflow has no terminal state at null"),
        (machine({"A": {**PASS, "Foo": 1}}), "Field 'Foo' is not supported at /States/A"),
        (machine({"A": {"Type": "Task", "End": True}}), "The field 'Resource' is required but was missing at /States/A"),
        (machine({"A": {**PASS, "InputPath": "hello"}}), "Value is not a valid JSONPath at /States/A/InputPath"),
        (machine({"A": {**PASS, "Parameters": {"x.$": "y"}}}), "The value for the field 'x.$' must be a valid JSONPath or"),
        (machine({"A": {**PASS, "Assign": {"x.$": "y"}}}), "The value for the field 'x.$' must be a valid JSONPath or"),
        (machine({"A": {**PASS, "ResultPath": "$.a"}}, QueryLanguage="JSONata"), "Field 'ResultPath' is not supported at /States/A"),
        (machine({"A": {"Type": "Parallel", "TimeoutSeconds": 1, "Branches": [], "End": True}}), "Field 'TimeoutSeconds' is not"),
        (machine({"A": {"Type": "Wait", "Seconds": -1, "End": True}}), "'Seconds' is out of range at /States/A/Seconds"),
        (machine({"A": {"Type": "Wait", "Seconds": "1", "End": True}}), 'Seconds is "1" but should be an Integer at /States/A/Seconds'),
        (machine({"A": {"Type": "Succeed", "Assign": {"x": 1}}}), "Field 'Assign' is not supported at /States/A"),
        (machine({"x" * 81: PASS}, start="x" * 81), "has more than 80 characters"),
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


def test_a_port_gets_the_words_of_aws_alone():
    problems = definition_problems(machine({"A": {"Type": "Pass", "Next": "Bee"}, "Be": PASS}))
    said = "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: Bee at /States/A/Next'"
    assert in_one_sentence(problems, slips=False) == said
    assert in_one_sentence(problems, slips=True) == f"{said} Likely slip: did you mean Be?"


def test_a_field_is_no_slip_for_itself():
    problems = definition_problems(json.dumps({"StartAt": "A", "States": {"A": {"End": True}}}))
    assert problems and not any("did you mean End" in row for row in problems)
