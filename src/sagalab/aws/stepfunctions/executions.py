"""Step Functions: describing executions, and the error names of states.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html and
apireference/API_DescribeExecution.html. Each function below is one gap and its seam.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from sagalab.aws.stepfunctions.evaluation import named_heartbeats
from sagalab.aws.stepfunctions.versions import page

LARGEST_PAGE = 1000  # events of a history
DATA = ("input", "output", "inputDetails", "outputDetails", "parameters", "result")
ENDED = ("ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted")


def _texts_and_dates_of_a_description() -> None:
    """AWS gives an output as JSON text, and a stop date after a timeout, too; moto leaves both out.

    Seam: `StepFunctionResponse.describe_execution`.
    """
    from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
    from moto.stepfunctions.responses import StepFunctionResponse

    original = StepFunctionResponse.describe_execution

    def describe_execution(response: Any) -> Any:
        answer = original(response)
        found = response.stepfunction_backend.describe_execution(response._get_param("executionArn"))
        row: dict[str, Any] = answer.result
        if str(found.status) == "SUCCEEDED":  # null is an output, too
            row["output"] = to_json_str(found.output)
        if str(found.status) != "RUNNING" and found.stop_date is not None:
            row["stopDate"] = found.stop_date
        row["inputDetails"] = {"included": True}
        row |= {"redriveCount": getattr(found, "redrives", 0), **redriven_at(found)}
        row |= redrive_status(str(found.status))
        return answer

    StepFunctionResponse.describe_execution = describe_execution


def _compact_texts() -> None:
    """AWS writes JSON without blanks, and letters as they are; moto with blanks, and escapes.

    So it does in the texts of a history, in the body of a message, and in what it says of an error.
    Seam: `encoding.json`, by which every such text is written.
    """
    import moto.stepfunctions.parser.asl.utils.encoding as module

    def dumps(value: Any, separators: tuple[str, str] | None = None, **how: Any) -> str:
        between = separators or (",", ":")
        text = json.dumps(value, separators=between, ensure_ascii=False, **how)
        try:
            text.encode()
        except UnicodeEncodeError:  # Half a surrogate pair is no letter.
            return json.dumps(value, separators=between, **how)
        return text

    module.json = SimpleNamespace(dumps=dumps)


def redriven_at(execution: Any) -> dict[str, Any]:
    """Gives when an execution was redriven last, or nothing."""
    moment = vars(execution).get("redrive_date")
    return {} if moment is None else {"redriveDate": moment}


def redrive_status(status: str) -> dict[str, str]:
    """Gives whether an execution can be redriven, and why not."""
    if status in ("FAILED", "TIMED_OUT", "ABORTED"):
        return {"redriveStatus": "REDRIVABLE"}
    reason = f"Execution is {status} and cannot be redriven"
    return {"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason}


def _history_pages() -> None:
    """AWS gives a history backwards when asked, 100 events a page, and nothing of a task that timed out; moto all.

    It gives no data where none is asked for, and refuses a page that is none of it.
    apireference/API_GetExecutionHistory.html. Seam: `StepFunctionResponse.get_execution_history`.
    """
    from moto.core.exceptions import AWSError
    from moto.core.responses import ActionResult
    from moto.stepfunctions.responses import StepFunctionResponse

    original = StepFunctionResponse.get_execution_history

    def get_execution_history(response: Any) -> Any:
        found = dict(original(response).result)
        # One that was just redriven has not begun again, and has its history.
        told = vars(response.stepfunction_backend.describe_execution(response._get_param("executionArn"))).get("told")
        events = in_time(found["events"] or (told.get_event_history() if told is not None else []))
        if response._get_param("reverseOrder"):
            events.reverse()
        most = int(response._get_param("maxResults") or 0)
        if not 0 <= most <= LARGEST_PAGE:
            limit = f"Member must have value less than or equal to {LARGEST_PAGE}"
            problem = f"Value '{most}' at 'maxResults' failed to satisfy constraint: {limit}"
            raise AWSError(f"1 validation error detected: {problem}", "ValidationException", 400)
        if response._get_param("includeExecutionData") is False:
            events = [_without_data(event) for event in events]
        return ActionResult(found | page(response, "events", events))

    StepFunctionResponse.get_execution_history = get_execution_history


def _without_data(event: dict[str, Any]) -> dict[str, Any]:
    """Leaves the inputs and outputs of an event out."""
    return {
        name: {key: inner for key, inner in value.items() if key not in DATA} if isinstance(value, dict) else value
        for name, value in event.items()
    }


def in_time(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leaves out what a task told after it timed out or its execution ended; the ids are counted anew.

    The function itself goes on, and so does the effect of it.
    """
    kept: list[dict[str, Any]] = []
    new_ids: dict[int, int] = {0: 0}
    timed_out: set[int] = set()
    over = False
    for event in events:
        kind, cause = str(getattr(event["type"], "value", event["type"])), event["previousEventId"]
        over = over and kind != "ExecutionRedriven"
        told = kind.startswith(("Task", "LambdaFunction")) and "State" not in kind
        if over or (told and cause in timed_out):
            new_ids[event["id"]] = new_ids.get(cause, 0)
            timed_out.add(event["id"])
            continue
        if kind in ("TaskTimedOut", "LambdaFunctionTimedOut"):
            timed_out.add(cause)
        over = kind in ENDED
        new_ids[event["id"]] = len(kept) + 1
        kept.append({**event, "id": len(kept) + 1, "previousEventId": new_ids.get(cause, cause)})
    return kept


def _missed_heartbeat() -> None:
    """AWS names a missed heartbeat States.HeartbeatTimeout; moto States.Timeout.

    Seam: `StateTaskServiceCallback._from_error`.
    """
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
        StateTaskServiceCallback,
    )

    original = StateTaskServiceCallback._from_error
    StateTaskServiceCallback._from_error = named_heartbeats(original, "taskTimedOutEventDetails")


def _refused_invocations() -> None:
    """AWS names a refused invocation by its code, Lambda.TooManyRequestsException; moto says Exception.

    Seam: `StateTaskLambda._from_error`, the state whose Resource is a function's own ARN.
    """
    from botocore.exceptions import ClientError
    from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda import StateTaskLambda

    original = StateTaskLambda._from_error

    def _from_error(state: Any, env: Any, ex: Exception) -> Any:
        event = original(state, env, ex)
        if isinstance(ex, ClientError):
            name = f"Lambda.{ex.response['Error']['Code']}"
            event.error_name = CustomErrorName(name)
            event.event_details["lambdaFunctionFailedEventDetails"]["error"] = name
        return event

    StateTaskLambda._from_error = _from_error


PATCHES: tuple[Callable[[], None], ...] = (
    _compact_texts,
    _texts_and_dates_of_a_description,
    _history_pages,
    _missed_heartbeat,
    _refused_invocations,
)
