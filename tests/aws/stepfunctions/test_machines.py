"""State machines as they are made: names, validation, and what is refused because it is not here."""

import json

import pytest

from sagalab.aws.account import ROLE_ARN
from sagalab.aws.stepfunctions.machines import lacking_features
from tests.aws.probes_of_requests import refused

PASS = {"Type": "Pass", "End": True}
INNER = {"StartAt": "A", "States": {"A": PASS}}


@pytest.mark.parametrize(
    ("state", "feature"),
    [
        ({"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "End": True}, "an HTTP Task"),
        ({"Type": "Map", "ItemBatcher": {"MaxItemsPerBatch": 2}, "ItemProcessor": INNER, "End": True}, "a Map's ItemBatcher"),
        ({"Type": "Parallel", "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Map", "ItemReader": {"Resource": "arn:aws:states:::s3:getObject"}, "ItemProcessor": INNER, "End": True}}}], "End": True}, "a Map's ItemReader"),
    ],
)  # fmt: skip
def test_a_definition_with_what_is_not_here_is_refused_by_the_feature_s_name(account, state, feature):
    definition = json.dumps({"StartAt": "S", "States": {"S": state}})
    call = account.sfn.create_state_machine
    code, text = refused(call, name="M", definition=definition, roleArn="arn:aws:iam::123456789012:role/sagalab")
    assert code == "NotSupportedHere"
    assert feature in text and "What the local cloud does not do" in text


def test_an_inline_map_is_here():
    config = {"ProcessorConfig": {"Mode": "INLINE"}}
    assert (
        list(lacking_features({"States": {"M": {"Type": "Map", "ItemProcessor": {**config, **INNER}}}}, served=False))
        == []
    )


def test_a_definition_that_is_no_json_fails_validation(account):
    found = account.sfn.validate_state_machine_definition(definition="{oops")
    assert found["result"] == "FAIL"
    assert found["diagnostics"][0]["code"] == "INVALID_JSON_DESCRIPTION"


def test_another_type_of_a_known_machine_is_refused(account):
    account.machine({"A": PASS})
    definition = json.dumps({"StartAt": "A", "States": {"A": PASS}})
    call = account.sfn.create_state_machine
    role = "arn:aws:iam::123456789012:role/other"
    assert (
        refused(call, name="Flow", definition=definition, roleArn=role, type="EXPRESS")[0]
        == "StateMachineAlreadyExists"
    )
    assert call(name="Flow", definition=definition, roleArn=role)["stateMachineArn"].endswith(":Flow")


def test_the_name_of_an_express_execution_may_come_again(account):
    machine = account.sfn.create_state_machine(
        name="Fast", type="EXPRESS", roleArn=ROLE_ARN, definition=json.dumps(INNER)
    )["stateMachineArn"]
    runs = [account.sfn.start_execution(stateMachineArn=machine, name="one")["executionArn"] for _ in range(3)]
    assert len(set(runs)) == 3 and all(":express:Fast:one:" in run for run in runs)


@pytest.mark.parametrize(
    ("fields", "state"),
    [({"Version": "2.0"}, {}), ({}, {"TimeoutSeconds": 5, "HeartbeatSeconds": 5}), ({}, {"Resource": "arn:aws:states:::foo:bar"})],
)  # fmt: skip
def test_a_diagnostic_says_its_problem_alone(account, fields, state):
    task = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "End": True, **state}
    text = json.dumps({**fields, "StartAt": "A", "States": {"A": task}})
    (row,) = account.sfn.validate_state_machine_definition(definition=text)["diagnostics"]
    assert row["code"] == "SCHEMA_VALIDATION_FAILED" and not row["message"].startswith(("Invalid", "SCHEMA"))
