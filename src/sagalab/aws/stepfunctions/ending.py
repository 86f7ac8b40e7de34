"""Step Functions: executions that are stopped or run out of time, whatever they are doing, and what they leave behind.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html,
apireference/API_HistoryEvent.html and dg/connect-to-resource.html. Each function below is one gap and its seam.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sagalab.aws.current import Origin, cloud, origin
from sagalab.aws.stepfunctions.evaluation import fail

MOST_EVENTS = 25_000  # of one execution: dg/service-quotas.html
INSTANT = 0.001  # virtual seconds in which whatever waits comes to its end by itself


def _stopping() -> None:
    """AWS stops an execution whatever it does, with error and cause; moto forgets both.

    It lets the execution go on in a function, in the wait before a retry, or at a task's token.

    Seams: `StepFunctionResponse.stop_execution`, `Environment.set_error`.
    """
    from moto.core.responses import ActionResult
    from moto.stepfunctions.parser.asl.eval.environment import Environment
    from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped
    from moto.stepfunctions.responses import StepFunctionResponse

    set_error = Environment.set_error

    def stop_execution(response: Any) -> Any:
        found = response.stepfunction_backend.describe_execution(response._get_param("executionArn"))
        now = cloud().clock.instant
        stop(found, response._get_param("error"), response._get_param("cause"))
        return ActionResult({"stopDate": found.stop_date or now})

    def set_error_unless_stopped(env: Any, error: Any) -> None:
        # What a stopped task says while it winds up is no error of the execution.
        if not isinstance(env.program_state(), ProgramStopped):
            set_error(env, error)

    StepFunctionResponse.stop_execution = stop_execution
    Environment.set_error = set_error_unless_stopped


def stop(execution: Any, error: str | None = None, cause: str | None = None) -> None:
    """Stops an execution that runs, and the children that it waits for; nothing happens to one that has ended."""
    from moto.stepfunctions.parser.api import ExecutionAbortedEventDetails, ExecutionStatus, HistoryEventType
    from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

    if str(execution.status) != "RUNNING":
        return
    here = cloud()
    now: datetime = here.clock.instant
    while execution.exec_worker.env is None:  # Just started: it has not come to its first state yet.
        here.clock.sleep(INSTANT)
    env = execution.exec_worker.env
    execution.stop(stop_date=now, error=error, cause=cause)
    env.event_manager.stopped = True
    for endpoint in list(env.callback_pool_manager._pool.values()):
        endpoint.interrupt_all()
    stop_orphans(env.event_manager)
    here.clock.sleep(INSTANT)
    if str(execution.status) == "RUNNING":
        details = EventDetails(executionAbortedEventDetails=ExecutionAbortedEventDetails(error=error, cause=cause))
        env.event_history_context.source_event_id = 0
        end_now(env, execution.exec_arn, HistoryEventType.ExecutionAborted, details)
        execution.exec_status, execution.stop_date = ExecutionStatus.ABORTED, now
        vars(execution.exec_worker._execution_communication)["over"] = True
    if str(execution.status) == "ABORTED":
        execution.error, execution.cause = error, cause


def end_now(env: Any, arn: str, event_type: Any, details: Any) -> None:
    """Tells of an execution's end, and of nothing that comes after it."""
    here = cloud()
    token = origin.set(Origin(invocation=here.executions.get(arn), execution=arn))
    try:
        env.event_manager.add_event(context=env.event_history_context, event_type=event_type, event_details=details)
    finally:
        origin.reset(token)
    env.event_manager.ended = True


def _ends_are_told_once() -> None:
    """AWS tells nothing of an execution after its end; moto tells what a task does that was under way.

    Seams: `EventManager.add_event`, `BaseExecutionWorkerCommunication.terminated`.
    """
    from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
    from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication

    original, terminated = EventManager.add_event, BaseExecutionWorkerCommunication.terminated

    def add_event(manager: Any, *args: Any, **event: Any) -> Any:
        return 0 if getattr(manager, "ended", False) else original(manager, *args, **event)

    def terminated_unless_over(communication: Any) -> None:
        if not vars(communication).get("over"):
            terminated(communication)

    EventManager.add_event = add_event
    BaseExecutionWorkerCommunication.terminated = terminated_unless_over


def _timing_out() -> None:
    """AWS tells that an execution ran out of time at that moment; moto once its state has come to an end, or never.

    Seam: `Program.eval`.
    """
    from moto.stepfunctions.parser.api import ExecutionTimedOutEventDetails, HistoryEventType
    from moto.stepfunctions.parser.asl.component.program.program import Program
    from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
    from moto.stepfunctions.parser.asl.eval.program_state import ProgramTimedOut

    original = Program.eval

    def evaluate(program: Any, env: Any) -> None:
        original(program, env)
        if env.is_frame() or not isinstance(env.program_state(), ProgramTimedOut):
            return
        details = EventDetails(executionTimedOutEventDetails=ExecutionTimedOutEventDetails())
        end_now(env, str(origin.get().execution), HistoryEventType.ExecutionTimedOut, details)
        for endpoint in list(env.callback_pool_manager._pool.values()):
            endpoint.interrupt_all()
        stop_orphans(env.event_manager)

    Program.eval = evaluate


def _full_histories() -> None:
    """AWS fails an execution whose history has 25,000 events, so that a loop comes to an end; moto goes on for ever.

    dg/service-quotas.html. Seam: `CommonStateField._eval_body`.
    """
    from moto.stepfunctions.parser.asl.component.state.state import CommonStateField

    original = CommonStateField._eval_body

    def _eval_body(state: Any, env: Any) -> None:
        if len(env.event_manager._history_event_list) >= MOST_EVENTS - 1:
            words = f"The execution reached the maximum number of history events ({MOST_EVENTS})."
            fail(env, "StatesRuntime", words, "ExecutionFailed")
        original(state, env)

    CommonStateField._eval_body = _eval_body


# -- what a task leaves behind --------------------------------------------------------------------------


def is_over(endpoint: Any) -> bool:
    """Says whether the task that a token was for has ended."""
    return bool(vars(endpoint).get("over"))


def _attempts_end() -> None:
    """AWS knows a token no more once its attempt is over, and stops the execution that it waited for.

    moto takes a late answer and drops it, and lets the child go on. Seam: `ExecutionState._evaluate_with_timeout`.
    """
    from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState

    original = ExecutionState._evaluate_with_timeout

    def _evaluate_with_timeout(state: Any, env: Any) -> None:
        try:
            original(state, env)
        finally:
            token = (env.states.context_object.context_object_data.get("Task") or {}).get("Token")
            endpoint = env.callback_pool_manager.get(token) if token else None
            if endpoint is not None:
                vars(endpoint)["over"] = True
            stop_orphans(env.event_manager)

    ExecutionState._evaluate_with_timeout = _evaluate_with_timeout


def adopt(env: Any, child: Any) -> None:
    """Keeps the execution that a `.sync` task waits for."""
    env.event_manager.__dict__.setdefault("_children", []).append((env, child))


def stop_orphans(manager: Any) -> None:
    """Stops the children of tasks that wait no longer."""
    children: list[tuple[Any, Any]] = manager.__dict__.get("_children", [])
    orphans = [child for env, child in children if not env.is_running()]
    manager.__dict__["_children"] = [(env, child) for env, child in children if env.is_running()]
    for child in orphans:
        stop(child)


PATCHES: tuple[Callable[[], None], ...] = (
    _stopping, _ends_are_told_once, _timing_out, _full_histories, _attempts_end,
)  # fmt: skip
