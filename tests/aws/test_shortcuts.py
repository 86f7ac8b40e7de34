"""Shortcuts answer what the long way answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sagalab.aws import shortcuts
from sagalab.aws.shortcuts import FUNCTION_ARN, paths_in
from tests.aws.building import Account


class Refusing:
    """Faults that could refuse a call, and do not."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_: {"failed_entries": set(), "refuses_calls": True}.get(name)


HANDLERS = {
    "echo": lambda event: {"got": event},
    "fail": lambda event: 1 / 0,
    "none": lambda event: None,
}


def invoked(account: Account, **parameters: Any) -> dict[str, Any]:
    """Invokes through the client that tasks use; gives the answer without its HTTP part and the invocation's own id."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils

    client = lambda_eval_utils.boto_client_for(region="us-east-1", service="lambda")
    answer = client.invoke(**parameters)
    payload = json.load(answer["Payload"])
    if isinstance(payload, dict):
        payload.pop("requestId", None)
    return {**{k: v for k, v in answer.items() if k != "ResponseMetadata"}, "Payload": payload}


@pytest.mark.parametrize("name", HANDLERS)
@pytest.mark.parametrize("payload", [None, b'{"orderId": "7"}', b"{}"])
@pytest.mark.parametrize("by_arn", [True, False])
def test_a_task_s_call_answers_as_the_long_way_does(account: Account, name: str, payload: Any, by_arn: bool) -> None:
    account.function(name, HANDLERS[name])
    parameters: dict[str, Any] = {"FunctionName": f"{FUNCTION_ARN if by_arn else ''}{name}"}
    if payload is not None:
        parameters["Payload"] = payload
    short = invoked(account, **parameters)
    account.cloud.faults = Refusing()  # type: ignore[assignment]
    assert shortcuts._plain(parameters) is None
    assert invoked(account, **parameters) == short


@pytest.mark.parametrize(
    "parameters",
    [
        {"FunctionName": "gone"},
        {"FunctionName": "echo", "InvocationType": "Event"},
        {"FunctionName": "echo", "Qualifier": "1"},
        {"FunctionName": f"{FUNCTION_ARN}echo:1"},
        {"FunctionName": 7},
        {},
    ],
)
def test_what_is_not_plain_goes_the_long_way(account: Account, parameters: dict[str, Any]) -> None:
    account.function("echo", HANDLERS["echo"])
    assert shortcuts._plain(parameters) is None


def test_the_paths_of_a_definition_are_found_wherever_they_stand() -> None:
    definition = {"States": {"A": {"InputPath": "$.a", "Choices": [{"Variable": "$.b[0]", "Next": "B"}]}}, "x": "no"}
    assert list(paths_in(definition)) == ["$.a", "$.b[0]"]


def test_rehearsing_survives_what_is_no_path(account: Account) -> None:
    shortcuts.rehearse([json.dumps({"a": "$.x[", "b": "$$.Execution.Name", "c": "$", "d": "$.fine"})])
