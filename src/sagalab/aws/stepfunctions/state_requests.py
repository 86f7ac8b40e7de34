"""Step Functions: calls that AWS refuses, and what it answers about machines, executions and task tokens.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html and, of each call,
its own page there. Each function below is one gap and its seam.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from sagalab.aws.stepfunctions.descriptions import LOGGING, variables_of
from sagalab.aws.stepfunctions.ending import is_over

# apireference/API_StartExecution.html
NOT_IN_NAMES = re.compile(r"""[\s<>{}\[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]""")
LONGEST_NAME = 80


def _names_of_refusals() -> None:
    """AWS gives each refusal its code; moto leaves out that of some. Seam: `AWSError.TYPE`."""
    from moto.core.exceptions import AWSError

    AWSError.TYPE = property(lambda error: type(error).__name__)


def _names_and_inputs() -> None:
    """AWS refuses names of executions with blanks and the like, and inputs that are no JSON.

    moto takes the names, and gives no code for the input. Seam: `StepFunctionResponse.start_execution`.
    """
    from moto.core.exceptions import AWSError
    from moto.stepfunctions.exceptions import InvalidExecutionInput, InvalidName
    from moto.stepfunctions.responses import StepFunctionResponse

    start = StepFunctionResponse.start_execution

    def start_execution(response: Any) -> Any:
        name = response._get_param("name")
        if name is not None and len(name) > LONGEST_NAME:
            words = f"failed to satisfy constraint: Member must have length less than or equal to {LONGEST_NAME}"
            problem = f"1 validation error detected: Value '{name}' at 'name' {words}"
            raise AWSError(problem, "ValidationException", 400)
        if name is not None and (NOT_IN_NAMES.search(name) or not name):
            raise InvalidName(f"Invalid Name: '{name}'")
        text = response._get_param("input")
        try:
            json.loads("{}" if text is None else text)
        except ValueError as error:
            raise InvalidExecutionInput(f"Invalid State Machine Execution Input: '{error}'") from None
        return start(response)

    StepFunctionResponse.start_execution = start_execution


def _closed_tokens() -> None:
    """AWS refuses a token that was used or whose task is over as TaskTimedOut; moto takes it, or says InvalidToken.

    apireference/API_SendTaskSuccess.html. Seams: `StepFunctionsParserBackend.send_task_success`,
    `StepFunctionsParserBackend.send_task_failure` and `StepFunctionsParserBackend.send_task_heartbeat`.
    """
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    def guarding(original: Callable[..., Any]) -> Callable[..., Any]:
        def send(backend: Any, task_token: str, *args: Any, **fields: Any) -> Any:
            if _is_closed(backend, task_token):
                raise _closed()
            return original(backend, task_token, *args, **fields)

        return send

    for name in ("send_task_success", "send_task_failure", "send_task_heartbeat"):
        setattr(StepFunctionsParserBackend, name, guarding(getattr(StepFunctionsParserBackend, name)))


def _is_closed(backend: Any, token: str) -> bool:
    for execution in backend._get_executions():
        env = execution.exec_worker.env if execution.exec_worker is not None else None
        endpoint = env.callback_pool_manager.get(token) if env is not None else None
        if endpoint is not None:
            over = str(execution.status) != "RUNNING"
            used = endpoint.get_outcome() is not None or endpoint.consumer_error is not None
            return bool(over or used or is_over(endpoint))
    return False


def _closed() -> Exception:
    from moto.core.exceptions import AWSError

    return AWSError("Task Timed Out: 'Provided task does not exist anymore'", "TaskTimedOut", 400)


def _machines_of_executions() -> None:
    """AWS describes the machine as it was when the execution started; moto as it is now.

    Seam: `StepFunctionResponse.describe_state_machine_for_execution`.
    """
    from moto.core.responses import ActionResult
    from moto.stepfunctions.responses import StepFunctionResponse

    def describe_state_machine_for_execution(response: Any) -> Any:
        found = response.stepfunction_backend.describe_execution(response._get_param("executionArn"))
        machine = found.state_machine
        row = {
            "stateMachineArn": found.state_machine_arn,
            "name": machine.name,
            "definition": machine.definition,
            "roleArn": found.role_arn,
            "updateDate": getattr(machine, "update_date", None) or machine.creation_date,
            "loggingConfiguration": LOGGING | (machine.loggingConfiguration or {}),
            "tracingConfiguration": machine.tracingConfiguration,
            "encryptionConfiguration": machine.encryptionConfiguration,
            "revisionId": vars(machine).get("revision_id"),
            "variableReferences": variables_of(machine.definition) or None,
        }
        return ActionResult({name: value for name, value in row.items() if value is not None})

    StepFunctionResponse.describe_state_machine_for_execution = describe_state_machine_for_execution


PATCHES: tuple[Callable[[], None], ...] = (
    _names_of_refusals,
    _names_and_inputs,
    _closed_tokens,
    _machines_of_executions,
)
