"""Step Functions: what is said of machines and executions, which are asked for by which ARN, and lists of them.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html,
API_DescribeExecution.html and API_ListExecutions.html. Each function below is one gap and its seam.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from sagalab.aws.stepfunctions.api_refusals import not_of_this_type
from sagalab.aws.stepfunctions.executions import redriven_at
from sagalab.aws.stepfunctions.versions import page

STATUS = ("SUCCEEDED", "TIMED_OUT", "PENDING_REDRIVE", "ABORTED", "FAILED", "RUNNING")
LOGGING = {"level": "OFF", "includeExecutionData": False}


def _machines() -> None:
    """AWS says which revision a machine is, what it logs, and which variables its states refer to; moto leaves it out.

    Seam: `StepFunctionResponse.describe_state_machine`.
    """
    from moto.stepfunctions.responses import StepFunctionResponse

    original = StepFunctionResponse.describe_state_machine

    def describe_state_machine(response: Any) -> Any:
        answer = original(response)
        found = response.stepfunction_backend.describe_state_machine(response._get_param("stateMachineArn"))
        row: dict[str, Any] = answer.result
        row["loggingConfiguration"] = LOGGING | (row.get("loggingConfiguration") or {})
        if revision := vars(found).get("revision_id"):
            row["revisionId"] = revision
        if variables := variables_of(found.definition):
            row["variableReferences"] = variables
        return answer

    StepFunctionResponse.describe_state_machine = describe_state_machine


@functools.lru_cache(maxsize=256)
def variables_of(definition: str) -> dict[str, list[str]]:
    """Gives the variables that each state refers to, by the state's name."""
    from moto.stepfunctions.parser.asl.static_analyser.variable_references_static_analyser import (
        VariableReferencesStaticAnalyser,
    )

    if "$" not in definition:
        return {}
    found = VariableReferencesStaticAnalyser.process_and_get(definition)
    return {state: list(names) for state, names in found.items()}


def _executions() -> None:
    """AWS says by which version and alias an execution was started, and refuses one that keeps no history; moto none.

    Seams: `StepFunctionResponse.describe_execution`, `StepFunctionResponse.list_executions`.
    """
    from moto.core.exceptions import AWSError
    from moto.core.responses import ActionResult
    from moto.stepfunctions.responses import StepFunctionResponse

    describe, listed = StepFunctionResponse.describe_execution, StepFunctionResponse.list_executions

    def describe_execution(response: Any) -> Any:
        answer = describe(response)
        found = response.stepfunction_backend.describe_execution(response._get_param("executionArn"))
        answer.result.update(_started_by(found))
        return answer

    def list_executions(response: Any) -> Any:
        arn, status = response._get_param("stateMachineArn"), response._get_param("statusFilter")
        if response._get_param("mapRunArn"):
            return listed(response)
        if not arn:
            raise AWSError("Must provide a StateMachine ARN or MapRun ARN", "ValidationException", 400)
        if status is not None and status not in STATUS:
            words = f"Member must satisfy enum value set: [{', '.join(STATUS)}]"
            problem = f"Value '{status}' at 'statusFilter' failed to satisfy constraint: {words}"
            raise AWSError(f"1 validation error detected: {problem}", "ValidationException", 400)
        rows = [_row(one) for one in _executions_of(response.stepfunction_backend, arn) if status in (None, one.status)]
        return ActionResult(page(response, "executions", rows))

    StepFunctionResponse.describe_execution, StepFunctionResponse.list_executions = describe_execution, list_executions


def _executions_of(backend: Any, arn: str) -> list[Any]:
    """Gives the executions of a machine, version or alias, the latest first."""
    qualifier = arn.partition(":stateMachine:")[2].partition(":")[2]
    if qualifier and not qualifier.isdecimal():
        alias = backend.describe_state_machine_alias(arn)
        machine = backend.describe_state_machine(alias.statemachine_arn)
    else:
        machine = backend.describe_state_machine(arn)
    if machine.type == "EXPRESS":
        raise not_of_this_type()
    found = [
        one
        for one in machine.executions
        if not qualifier or arn in (vars(one).get("version_arn"), vars(one).get("alias_arn"))
    ]
    return sorted(found, key=lambda one: one.start_date, reverse=True)


def _row(execution: Any) -> dict[str, Any]:
    row = {
        "executionArn": execution.execution_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": str(execution.status),
        "startDate": execution.start_date,
        "redriveCount": getattr(execution, "redrives", 0),
        **redriven_at(execution),
        **_started_by(execution),
    }
    if row["status"] != "RUNNING" and execution.stop_date is not None:
        row["stopDate"] = execution.stop_date
    return row


def _started_by(execution: Any) -> dict[str, str]:
    arns = {"stateMachineVersionArn": "version_arn", "stateMachineAliasArn": "alias_arn"}
    return {name: value for name, kept in arns.items() if (value := vars(execution).get(kept))}


PATCHES: tuple[Callable[[], None], ...] = (_machines, _executions)
