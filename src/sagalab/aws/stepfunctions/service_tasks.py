"""Step Functions: how a Task state tells of the service that it called.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html, connect-eventbridge.html,
connect-stepfunctions.html and connect-lambda.html. Each function below is one gap and its seam.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sagalab.aws.stepfunctions.ending import adopt
from sagalab.aws.stepfunctions.evaluation import refused_by

SERVICES = "moto.stepfunctions.parser.asl.component.state.exec.state_task.service"
LAMBDA = "moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda"
UNREACHED = "Unable to execute HTTP request"


def _refused_messages() -> None:
    """AWS names what SQS refuses by its class, with service and code; moto always SQS.SdkClientException.

    That name is for a queue that nobody can reach. Seam: `StateTaskServiceSqs._from_error`.
    """
    from botocore.exceptions import ClientError

    service = importlib.import_module(f"{SERVICES}.state_task_service_sqs").StateTaskServiceSqs
    original = service._from_error

    def _from_error(task: Any, env: Any, ex: Exception) -> Any:
        event = original(task, env, ex)
        if isinstance(ex, ClientError) and not ex.response["Error"]["Message"].startswith(UNREACHED):
            gone = ex.response["Error"]["Code"].endswith("NonExistentQueue")
            told_as(event, f"SQS.{'QueueDoesNotExistException' if gone else 'AmazonSQSException'}", "AmazonSQS", ex)
        return event

    service._from_error = _from_error


def told_as(event: Any, name: str, service: str, error: Any) -> None:
    """Names the failure of a task after what its service refused, and says so as AWS does."""
    from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName

    row = event.event_details["taskFailedEventDetails"]
    event.error_name = CustomErrorName(name)
    row["error"], row["cause"] = name, refused_by(service, error)


def _refused_entries() -> None:
    """AWS gives the answer with the failed entries as JSON in the cause; moto as Python writes it.

    A call that is refused as a whole, such as a throttled one, can be retried by its name; moto says States.Runtime.
    Seam: `StateTaskServiceEvents._from_error`.
    """
    from botocore.exceptions import ClientError

    module = importlib.import_module(f"{SERVICES}.state_task_service_events")
    service, failed = module.StateTaskServiceEvents, module.SfnFailedEntryCountException
    original = service._from_error

    def _from_error(task: Any, env: Any, ex: Exception) -> Any:
        event = original(task, env, ex)
        if isinstance(ex, failed):
            cause = json.dumps(ex.cause, separators=(",", ":"))
            event.event_details["taskFailedEventDetails"]["cause"] = cause
        elif isinstance(ex, ClientError):
            row = event.event_details["taskFailedEventDetails"]
            row["resource"], row["resourceType"] = task._get_sfn_resource(), task._get_sfn_resource_type()
            code = ex.response["Error"]["Code"].removesuffix("Exception")
            told_as(event, f"EventBridge.{code}Exception", "AmazonEventBridge", ex)
        return event

    service._from_error = _from_error


def described(response: dict[str, Any]) -> None:
    """Changes the description of a child execution to what AWS shows its parent: dates as numbers, no redrives."""
    for name, value in response.items():
        if isinstance(value, datetime):
            response[name] = int(value.timestamp() * 1000)
    for name in list(response):
        response[name[:1].upper() + name[1:]] = response.pop(name)
    if "Status" in response:
        for name in ("RedriveCount", "RedriveStatus", "RedriveStatusReason"):
            response.pop(name, None)
        for name in ("Input", "Output"):
            response.pop(f"{name}Details", None)
            if response.get(name) is not None:
                response[f"{name}Details"] = {"Included": True}


def _nested_executions() -> None:
    """AWS starts an execution from a state, and waits for it with .sync; moto passes fields that boto refuses.

    Seams: `StateTaskServiceSfn._normalise_parameters`, `StateTaskServiceSfn._normalise_response`.
    """
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
        StateTaskServiceSfn,
    )

    original = StateTaskServiceSfn._normalise_parameters

    def _normalise_parameters(task: Any, parameters: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        original(task, parameters, *args, **kwargs)
        for name in list(parameters):
            parameters[name[:1].lower() + name[1:]] = parameters.pop(name)

    def _normalise_response(task: Any, response: Any, *args: Any, **kwargs: Any) -> None:
        described(response)

    StateTaskServiceSfn._normalise_parameters = _normalise_parameters
    StateTaskServiceSfn._normalise_response = _normalise_response


def _refused_starts() -> None:
    """AWS names an error of a nested start by its class, ending in one "Exception"; moto appends a second one.

    Seam: `StateTaskServiceSfn._from_error`.
    """
    from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
        StateTaskServiceSfn,
    )

    original = StateTaskServiceSfn._from_error

    def _from_error(task: Any, env: Any, ex: Exception) -> Any:
        failure = original(task, env, ex)
        name = str(getattr(failure.error_name, "error_name", ""))
        if name.endswith("ExceptionException"):
            name = name.removesuffix("Exception")
            failure.error_name = CustomErrorName(name)
            failure.event_details["taskFailedEventDetails"]["error"] = name
        return failure

    StateTaskServiceSfn._from_error = _from_error


def _watched_children() -> None:
    """A parent waits for its child by asking twice a second; moto does so by a whole API call each time.

    An hour of waiting is 7200 calls. Here it looks first whether the child still runs. Seams:
    `StateTaskServiceSfn._build_sync_resolver`, `StateTaskServiceSfn._build_sync2_resolver`.
    """
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
        StateTaskServiceSfn,
    )
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends

    def watching(build: Callable[..., Any]) -> Callable[..., Any]:
        def build_resolver(task: Any, env: Any, *args: Any, **kwargs: Any) -> Callable[[], Any]:
            arn = env.stack[-1]["ExecutionArn"]
            region, account = arn.split(":")[3:5]
            resolve = build(task, env, *args, **kwargs)
            adopt(env, stepfunctions_parser_backends[account][region].describe_execution(arn))

            def resolved() -> Any:
                child = stepfunctions_parser_backends[account][region].describe_execution(arn)
                return None if str(child.status) == "RUNNING" else resolve()

            return resolved

        return build_resolver

    StateTaskServiceSfn._build_sync_resolver = watching(StateTaskServiceSfn._build_sync_resolver)
    StateTaskServiceSfn._build_sync2_resolver = watching(StateTaskServiceSfn._build_sync2_resolver)


def _events_as_they_are() -> None:
    """AWS hands the input over as JSON, whatever it is; moto makes an object of null, and reads a text that is JSON.

    Seam: `state_task_lambda.lambda_eval_utils`, which `lambda:invoke` has, too: there a Payload's text is its JSON.
    """
    module: Any = importlib.import_module(LAMBDA)

    def to_payload_type(payload: Any) -> bytes:
        return payload if isinstance(payload, bytes) else json.dumps(payload).encode()

    module.lambda_eval_utils = SimpleNamespace(**{**vars(module.lambda_eval_utils), "to_payload_type": to_payload_type})


def _errors_as_they_are() -> None:
    """AWS gives the error of a function as its runtime wrote it, with blanks; moto without.

    `lambda:invoke` writes it anew, without blanks. Seam: `StateTaskLambda._from_error`.
    """
    module: Any = importlib.import_module(LAMBDA)
    original = module.StateTaskLambda._from_error

    def _from_error(state: Any, env: Any, ex: Exception) -> Any:
        event = original(state, env, ex)
        if isinstance(ex, module.lambda_eval_utils.LambdaFunctionErrorException):
            row = event.event_details["lambdaFunctionFailedEventDetails"]
            row["cause"] = json.dumps(json.loads(ex.payload))
        return event

    module.StateTaskLambda._from_error = _from_error


def _invocation_types() -> None:
    """AWS invokes for later, or only tries whether it may, where a Task says so; moto drops InvocationType.

    step-functions/latest/dg/connect-lambda.html. Seam: `StateTaskServiceLambda._get_supported_parameters`.
    """
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_lambda import (
        StateTaskServiceLambda,
    )

    original = StateTaskServiceLambda._get_supported_parameters

    def _get_supported_parameters(task: Any) -> set[str] | None:
        known = original(task)
        return None if known is None else known | {"InvocationType"}

    StateTaskServiceLambda._get_supported_parameters = _get_supported_parameters


PATCHES: tuple[Callable[[], None], ...] = (
    _invocation_types,
    _refused_messages,
    _refused_entries,
    _nested_executions,
    _refused_starts,
    _watched_children,
    _events_as_they_are,
    _errors_as_they_are,
)
