"""Step Functions: how a state reads its paths, and which failures are final.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
and input-output-contextobject.html. Each function below is one gap and its seam.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NoReturn

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def fail(env: Any, name: str, cause: str, event: str = "TaskFailed") -> NoReturn:
    """Fails the state with one of the error names of the states language, such as "StatesRuntime"."""
    raise failure(env, name, cause, event)


def failure(env: Any, name: str, cause: str, event: str = "TaskFailed") -> Exception:
    """Gives the exception of a failed state; `event` is the history event that tells of it."""
    from moto.stepfunctions.parser.api import HistoryEventType
    from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
        FailureEvent,
        FailureEventException,
    )
    from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
    from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
    from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

    kind = StatesErrorNameType[name]
    details = {f"{event[:1].lower()}{event[1:]}EventDetails": {"error": kind.to_name(), "cause": cause}}
    return FailureEventException(
        FailureEvent(
            env=env,
            error_name=StatesErrorName(typ=kind),
            event_type=HistoryEventType[event],
            event_details=EventDetails(**details),
        )
    )


def named_heartbeats(from_error: Callable[..., Any], details: str) -> Callable[..., Any]:
    """Gives a `_from_error` that names a missed heartbeat as AWS does; `details` is where the event tells of it."""
    from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
    from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
    from moto.stepfunctions.parser.asl.eval.callback.callback import HeartbeatTimeoutError

    def _from_error(state: Any, env: Any, ex: Exception) -> Any:
        event = from_error(state, env, ex)
        if isinstance(ex, HeartbeatTimeoutError):
            kind = StatesErrorNameType.StatesHeartbeatTimeout
            event.error_name = StatesErrorName(typ=kind)
            event.event_details[details]["error"] = kind.to_name()
        return event

    return _from_error


def _names_of_errors() -> None:
    """AWS fails the execution on States.Runtime, whatever States.ALL says; moto lets it be retried and caught.

    States.TaskFailed stands for any error but a timeout, and States.Timeout for a missed heartbeat, too.
    Seam: `ErrorEqualsDecl._eval_body`.
    """
    from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl

    def _eval_body(decl: Any, env: Any) -> None:
        error = str(getattr(env.stack.pop(), "error_name", ""))
        names = {name.error_name for name in decl.error_names}
        if error in names:
            matches = True
        elif error == "States.Runtime":
            matches = False
        elif error in ("States.Timeout", "States.HeartbeatTimeout"):
            matches = bool(names & {"States.ALL", "States.Timeout"})
        else:
            matches = bool(names & {"States.ALL", "States.TaskFailed"})
        env.stack.append(matches)

    ErrorEqualsDecl._eval_body = _eval_body


class Final(BaseException):
    """Carries a failure past Retry and Catch of the state that it happened in."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(str(reason))
        self.reason = reason


def _paths_of_a_task() -> None:
    """AWS fails a Task, Map or Parallel state whose path leads nowhere as it does any state, as States.Runtime.

    moto tells of a failed function or task, which can be caught. Seams: `EvalComponent.eval`, which also forgets
    which field the path stands in, `ExecutionState._evaluate_with_timeout` and `CommonStateField._eval_body`.
    """
    from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
    from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
    from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
    from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
    from moto.stepfunctions.parser.asl.utils.json_path import NoSuchJsonPathError

    evaluate_with_timeout, evaluate_state = ExecutionState._evaluate_with_timeout, CommonStateField._eval_body

    def evaluate(component: Any, env: Any) -> None:
        if not env.is_running():
            return
        if (name := component._field_name()) is not None:
            env.next_field_name = name
        try:
            component._eval_body(env)
        except NoSuchJsonPathError as error:
            error.__dict__.setdefault("field", env.next_field_name)
            raise

    def _evaluate_with_timeout(state: Any, env: Any) -> None:
        try:
            evaluate_with_timeout(state, env)
        except NoSuchJsonPathError as error:
            cause = (
                f"The JSONPath '{error.json_path}' specified for the field '{error.__dict__.get('field')}' "
                f"could not be found in the input '{in_json(error.data)}'"
            )
            failed = failure(env, "StatesRuntime", cause)
            raise (
                failed if hasattr(state, "iteration_component") and _in_an_iteration(env) else Final(failed)
            ) from None
        except FailureEventException as error:
            inside = hasattr(state, "iteration_component") or hasattr(state, "branches")
            if inside or getattr(error.failure_event.error_name, "error_name", "") != "States.Runtime":
                raise
            raise Final(error) from None

    def _eval_body(state: Any, env: Any) -> None:
        try:
            evaluate_state(state, env)
        except Final as error:
            raise error.reason from None

    EvalComponent.eval = evaluate
    ExecutionState._evaluate_with_timeout = _evaluate_with_timeout
    CommonStateField._eval_body = _eval_body


def _in_an_iteration(env: Any) -> bool:
    """Says whether what failed last was an iteration, such as by its ItemSelector."""
    told = env.event_manager._history_event_list
    return bool(told) and str(getattr(told[-1]["type"], "value", told[-1]["type"])) == "MapIterationFailed"


def _fields_of_assignments() -> None:
    """AWS names the field whose path leads nowhere, as it is written; moto its own class where the field assigns.

    Seam: `AssignTemplateBindingStringExpressionSimple._field_name`, which Assign and ItemSelector have.
    """
    from moto.stepfunctions.parser.asl.component.common.assign import assign_template_binding as module

    def _field_name(binding: Any) -> str:
        return f"{binding.identifier}.$"

    module.AssignTemplateBindingStringExpressionSimple._field_name = _field_name


def _dates_of_the_context() -> None:
    """AWS gives the dates of the context object as ISO text, in milliseconds; moto one of them as a Python object.

    A state whose output holds the whole context object then breaks DescribeExecution.
    Seams: `Execution.get_start_execution_details`, `states.StateData`.
    """
    import moto.stepfunctions.parser.asl.component.state.state as state_module
    from moto.stepfunctions.parser.backend.execution import Execution

    original, state_data = Execution.get_start_execution_details, state_module.StateData

    def get_start_execution_details(execution: Any) -> Any:
        details = original(execution)
        details.start_time = iso(details.start_time)
        return details

    def entered(EnteredTime: str, **fields: Any) -> Any:
        return state_data(EnteredTime=iso(datetime.fromisoformat(EnteredTime)), **fields)

    Execution.get_start_execution_details = get_start_execution_details
    state_module.StateData = entered


def iso(moment: datetime) -> str:
    """Writes a moment as AWS does, such as 2026-01-05T09:00:00.000Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def refused_by(service: str, error: Any) -> str:
    """Gives what a service refused, in the words of the Java SDK, which AWS hands on as a cause."""
    found, about = error.response["Error"], error.response.get("ResponseMetadata") or {}
    return (
        f"{found['Message']} (Service: {service}; Status Code: {about.get('HTTPStatusCode')}; "
        f"Error Code: {found['Code']}; Request ID: {about.get('RequestId')}; Proxy: null)"
    )


def in_json(value: Any) -> str:
    """Writes a value as a cause tells it."""
    return json.dumps(value, separators=(",", ":"), default=str)


def _moments() -> None:
    """AWS waits until a moment in any zone, and says of a value that is none what it is; moto knows UTC alone.

    https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html. Seam: `Timestamp._from_timestamp_string`.
    """
    from moto.stepfunctions.parser.asl.component.state.wait.wait_function.timestamp import Timestamp

    def _from_timestamp_string(timestamp: Any) -> datetime | None:
        if not isinstance(timestamp, str) or MOMENT.fullmatch(timestamp) is None:
            return None
        try:
            return datetime.fromisoformat(timestamp).astimezone(UTC).replace(tzinfo=None, microsecond=0)
        except (ValueError, OverflowError):
            return None

    Timestamp._from_timestamp_string = staticmethod(_from_timestamp_string)


PATCHES: tuple[Callable[[], None], ...] = (
    _names_of_errors,
    _paths_of_a_task,
    _fields_of_assignments,
    _dates_of_the_context,
    _moments,
)
