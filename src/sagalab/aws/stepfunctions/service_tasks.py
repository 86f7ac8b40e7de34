"""Step Functions: how a Task state tells of the service that it called.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html, connect-eventbridge.html and
connect-stepfunctions.html. Each function below is one gap and its seam.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

SERVICES = "moto.stepfunctions.parser.asl.component.state.exec.state_task.service"
REFUSED_BY_SQS = ("MissingParameter", "InvalidParameterValue", "InvalidMessageContents")


def _refused_messages() -> None:
    """AWS names a message that SQS refuses SQS.AmazonSQSException, with service and code; moto SQS.SdkClientException.

    That name is for a queue that nobody can reach. Seam: `StateTaskServiceSqs._from_error`.
    """
    from botocore.exceptions import ClientError
    from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName

    service = importlib.import_module(f"{SERVICES}.state_task_service_sqs").StateTaskServiceSqs
    original = service._from_error

    def _from_error(task: Any, env: Any, ex: Exception) -> Any:
        event = original(task, env, ex)
        if isinstance(ex, ClientError) and ex.response["Error"]["Code"] in REFUSED_BY_SQS:
            row = event.event_details["taskFailedEventDetails"]
            about = ex.response["ResponseMetadata"]
            event.error_name = CustomErrorName("SQS.AmazonSQSException")
            row["error"] = "SQS.AmazonSQSException"
            row["cause"] = (
                f"{ex.response['Error']['Message']} (Service: AmazonSQS; Status Code: {about['HTTPStatusCode']}; "
                f"Error Code: {ex.response['Error']['Code']}; Request ID: {about.get('RequestId')}; Proxy: null)"
            )
        return event

    service._from_error = _from_error


def _refused_entries() -> None:
    """AWS gives the answer with the failed entries as JSON in the cause; moto as Python writes it.

    Seam: `StateTaskServiceEvents._from_error`.
    """
    module = importlib.import_module(f"{SERVICES}.state_task_service_events")
    service, failed = module.StateTaskServiceEvents, module.SfnFailedEntryCountException
    original = service._from_error

    def _from_error(task: Any, env: Any, ex: Exception) -> Any:
        event = original(task, env, ex)
        if isinstance(ex, failed):
            cause = json.dumps(ex.cause, separators=(",", ":"))
            event.event_details["taskFailedEventDetails"]["cause"] = cause
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

            def resolved() -> Any:
                child = stepfunctions_parser_backends[account][region].describe_execution(arn)
                return None if str(child.status) == "RUNNING" else resolve()

            return resolved

        return build_resolver

    StateTaskServiceSfn._build_sync_resolver = watching(StateTaskServiceSfn._build_sync_resolver)
    StateTaskServiceSfn._build_sync2_resolver = watching(StateTaskServiceSfn._build_sync2_resolver)


PATCHES: tuple[Callable[[], None], ...] = (
    _refused_messages,
    _refused_entries,
    _nested_executions,
    _refused_starts,
    _watched_children,
)
