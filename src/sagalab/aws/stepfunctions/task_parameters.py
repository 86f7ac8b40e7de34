"""Step Functions: what a Task's call needs before it is begun: a service that is here, and the parameters of the call.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html: a Task whose
parameters do not fit its call fails as States.Runtime, and nothing is scheduled. DynamoDB and the SDKs say themselves
what is missing. Each function below is one gap and its seam.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sagalab.aws.lacking import not_supported
from sagalab.aws.stepfunctions.evaluation import fail, in_json
from sagalab.aws.stepfunctions.resources import OPTIMIZED, operation_of

REQUIRED = {
    "lambda": ("FunctionName",), "sqs": ("QueueUrl", "MessageBody"), "sns": ("Message",), "events": ("Entries",),
    "states": ("StateMachineArn",),
}  # fmt: skip


def _parameters_of_a_call() -> None:
    """AWS names the parameters that a call lacks or does not know; moto dies of them once the task has started.

    Seam: `StateTaskService._before_eval_execution`.
    """
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import (
        StateTaskService,
    )

    original = StateTaskService._before_eval_execution

    def _before_eval_execution(task: Any, env: Any, *args: Any, raw_parameters: Any, **fields: Any) -> None:
        service, sdk = task.resource.service_name, task.resource.service_name == "aws-sdk"
        if service not in OPTIMIZED and not sdk:
            fail(env, "StatesRuntime", not_supported(f"a Task that calls {service}"), "ExecutionFailed")
        problems = list(_problems(task.resource, sdk, raw_parameters if isinstance(raw_parameters, dict) else {}))
        if problems:
            field = "Parameters" if task._is_language_query_jsonpath() else "Arguments"
            words = f"The {field} '{in_json(raw_parameters)}' could not be used to start the Task"
            fail(env, "StatesRuntime", f"{words}: [{', '.join(problems)}]", "ExecutionFailed")
        original(task, env, *args, raw_parameters=raw_parameters, **fields)

    StateTaskService._before_eval_execution = _before_eval_execution


def _inputs_as_parameters() -> None:
    """AWS calls a service with the state's input where a Task gives no parameters; moto with none.

    step-functions/latest/dg/input-output-inputpath-params.html. Seam: `StateTask._eval_parameters`.
    """
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import (
        StateTaskService,
    )
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task import StateTask

    original = StateTask._eval_parameters

    def _eval_parameters(task: Any, env: Any) -> Any:
        if task.parargs is None and isinstance(task, StateTaskService) and isinstance(env.stack[-1], dict):
            supported = task._get_supported_parameters()
            return {name: value for name, value in env.stack[-1].items() if not supported or name in supported}
        return original(task, env)

    StateTask._eval_parameters = _eval_parameters


def _problems(resource: Any, sdk: bool, given: dict[str, Any]) -> Iterator[str]:
    """Gives what is wrong with the parameters of a call, in AWS's words."""
    for name in REQUIRED.get(resource.service_name, ()):
        if name not in given:
            yield f'The field "{name}" is required but was missing'
    operation = operation_of(resource.api_name, resource.api_action) if sdk and given else None
    if operation is not None:
        known = {name.lower() for name in operation.input_shape.members} if operation.input_shape is not None else set()
        for name in given:
            if name.lower() not in known:
                yield f'The field "{name}" is not supported by Step Functions'


PATCHES: tuple[Callable[[], None], ...] = (_inputs_as_parameters, _parameters_of_a_call)
