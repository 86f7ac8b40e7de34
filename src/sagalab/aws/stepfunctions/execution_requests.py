"""Step Functions: inputs of an execution that AWS refuses, and tokens that come before a state is entered.

Each function below is one gap: what AWS does, its page, what moto does, and the seam.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

from sagalab.aws.early_refusals import json_problem
from sagalab.aws.stepfunctions.intrinsics import in_words

INSIDE = re.compile(r"Error=\w+ Args=\[(.*?)\] in definition", re.DOTALL)  # how moto tells of its parser's errors
LARGEST = 262_144  # bytes of an input or output, in UTF-8


def _inputs_within_limits() -> None:
    """AWS refuses an input of more than 256 KiB, and one nested too deeply; moto takes one and dies of the other.

    apireference/API_StartExecution.html. Seam: `StepFunctionResponse.start_execution`.
    """
    from moto.core.exceptions import AWSError
    from moto.stepfunctions.exceptions import InvalidExecutionInput
    from moto.stepfunctions.responses import StepFunctionResponse

    original = StepFunctionResponse.start_execution

    def start_execution(response: Any) -> Any:
        text = response._get_param("input", "{}")
        if len(str(text).encode()) > LARGEST:
            words = f"Member must have length less than or equal to {LARGEST}"
            problem = f"1 validation error detected: Value at 'input' failed to satisfy constraint: {words}"
            raise AWSError(problem, "ValidationException", 400)
        if (wrong := json_problem(text)) is not None:
            raise InvalidExecutionInput(f"Invalid State Machine Execution Input: '{wrong}'")
        return original(response)

    StepFunctionResponse.start_execution = start_execution


def _early_tokens() -> None:
    """AWS knows no token of an execution that has not begun; moto fails inside at one.

    apireference/API_SendTaskSuccess.html. Seam: `StepFunctionsParserBackend._get_executions`.
    """
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    original = StepFunctionsParserBackend._get_executions

    def _get_executions(backend: Any, *args: Any, **fields: Any) -> Any:
        return [row for row in original(backend, *args, **fields) if getattr(row.exec_worker, "env", None) is not None]

    StepFunctionsParserBackend._get_executions = _get_executions


def _definitions_apart() -> None:
    """AWS reads each definition for itself; moto reads the next one in the query language of one that it refused.

    step-functions/latest/dg/transforming-data.html. Seam: `Preprocessor.visitState_machine`.
    """
    from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor

    original = Preprocessor.visitState_machine

    def visit(preprocessor: Any, tree: Any) -> Any:
        preprocessor._query_language_per_scope = []  # moto's lies with the class
        return original(preprocessor, tree)

    Preprocessor.visitState_machine = visit


def _readable_definitions() -> None:
    """AWS says what is wrong with a definition; moto at times says which Python error its parser died of.

    apireference/API_CreateStateMachine.html. Seam: `StepFunctionsParserBackend._validate_definition`.
    """
    from moto.core.exceptions import AWSError
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    class InvalidDefinition(AWSError):
        TYPE = "InvalidDefinition"
        STATUS = 400

    original = StepFunctionsParserBackend._validate_definition

    def _validate_definition(definition: str) -> None:
        try:
            original(definition=definition)
        except Exception as error:
            found = INSIDE.search(str(getattr(error, "message", "")))
            if found is None:
                raise
            words = in_words(_inside(found[1])) or "the definition cannot be read"
            raise InvalidDefinition(f"Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: {words}'") from None

    StepFunctionsParserBackend._validate_definition = staticmethod(_validate_definition)


def _inside(written: str) -> str:
    """Gives the text that Python writes between quotes."""
    try:
        return str(ast.literal_eval(written))
    except (ValueError, SyntaxError):
        return written.strip("\"'")


def _redrives_in_the_context() -> None:
    """AWS's context object knows how often an execution was redriven; moto's does not.

    step-functions/latest/dg/input-output-contextobject.html. Seam: `ExecutionWorker._get_evaluation_environment`.
    """
    from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

    original = ExecutionWorker._get_evaluation_environment

    def _get_evaluation_environment(worker: Any) -> Any:
        env = original(worker)
        execution = getattr(worker._execution_communication, "execution", None)
        env.states.context_object.context_object_data["Execution"]["RedriveCount"] = getattr(execution, "redrives", 0)
        return env

    ExecutionWorker._get_evaluation_environment = _get_evaluation_environment


PATCHES: tuple[Callable[[], None], ...] = (
    _inputs_within_limits,
    _early_tokens,
    _definitions_apart,
    _readable_definitions,
    _redrives_in_the_context,
)
