"""Step Functions: named patches on moto's own ASL interpreter.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html,
API_SendTaskSuccess.html, API_SendTaskFailure.html, API_CreateStateMachine.html and API_HistoryEvent.html, and
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html. Each function below is one gap: what
AWS does, what moto does, and the seam.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from sagalab.aws.current import Origin, cloud, origin
from sagalab.aws.lambdas.functions import order_of
from sagalab.aws.stepfunctions.definition_words import in_one_sentence
from sagalab.aws.stepfunctions.definitions import definition_problems

DEFINITE = re.compile(r"""\$\$?(\.[^.\[\]*?@()]+|\[\s*-?\d+\s*\]|\[\s*'[^']*'\s*\]|\[\s*"[^"]*"\s*\])*""")
TOLD = (  # the events of an execution's history that become facts
    "StateEntered", "StateExited", "TaskFailed", "TaskTimedOut", "TaskSucceeded", "LambdaFunctionFailed",
    "LambdaFunctionTimedOut", "ExecutionStarted", "ExecutionRedriven", "ExecutionSucceeded", "ExecutionFailed",
    "ExecutionTimedOut", "ExecutionAborted",
)  # fmt: skip


def _anonymous_start() -> None:
    """AWS names an unnamed execution with a UUID; moto calls each one None. Seam: `start_execution`."""
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    original = StepFunctionsParserBackend.start_execution

    def start_execution(
        backend: Any,
        state_machine_arn: str,
        name: str | None = None,
        execution_input: Any = None,
        trace_header: Any = None,
    ) -> Any:
        return original(backend, state_machine_arn, name or str(cloud().identifier()), execution_input, trace_header)

    StepFunctionsParserBackend.start_execution = start_execution


def _executions_as_origins() -> None:
    """Everything an execution causes names it, and the end of an execution becomes a fact. Seam: `ExecutionWorker`."""
    from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

    original = ExecutionWorker._execution_logic

    def _execution_logic(worker: Any) -> None:
        details = worker._evaluation_details.execution_details
        here = cloud()
        fact = here.history.record(
            here.clock.now, "execution", details.arn.split(":")[6], order_id=order_of(details.inpt),
            cause=origin.get().invocation, detail={"arn": details.arn, "status": "RUNNING"},
        )  # fmt: skip
        token = origin.set(Origin(invocation=fact, execution=details.arn))
        here.executions[details.arn] = fact
        try:
            here.clock.sleep(here.hop())
            original(worker)
        finally:
            origin.reset(token)

    ExecutionWorker._execution_logic = _execution_logic


def _events_as_facts() -> None:
    """The events of an execution's history are facts, too. Seam: `EventManager._publish_history_event`."""
    from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager

    original = EventManager._publish_history_event

    def _publish_history_event(manager: Any, **event: Any) -> None:
        original(manager, **event)
        kind = str(getattr(event["event_type"], "value", event["event_type"]))
        if not kind.endswith(TOLD):
            return
        here, caller = cloud(), origin.get()
        details: dict[str, Any] = next(iter((event["event_details"] or {}).values()), {})
        name = details.get("name") or manager.__dict__.get("_state_name", "")
        if kind.endswith("StateEntered"):
            manager._state_name = name
            if caller.execution not in here.express:  # AWS bounds Standard workflows alone
                here.quotas.transitions.take()
        fact = here.executions.get(caller.execution or "")
        row = {"type": kind, "execution": caller.execution}
        if details.get("error"):
            row |= {"error": details["error"], "cause": str(details.get("cause") or "")[:300]}
        order = here.history[fact].order_id if fact is not None else None
        here.history.record(here.clock.now, "state", name or kind, order_id=order, cause=fact, detail=row)
        if (
            kind in ("ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted")
            and fact is not None
        ):
            here.history.close(fact, here.clock.now, status=kind.removeprefix("Execution").upper())

    EventManager._publish_history_event = _publish_history_event


def _self_catch() -> None:
    """A Catch may lead back to its own state; moto then ends the execution as succeeded.

    Seam: `CommonStateField._set_next`, which reads "next is still me" as "use my own Next".
    """
    from moto.stepfunctions.parser.asl.component.state.state import CommonStateField

    original = CommonStateField._set_next

    def set_next(state: Any, env: Any) -> None:
        if not _was_caught(env):
            original(state, env)

    CommonStateField._set_next = set_next


def _was_caught(env: Any) -> bool:
    from moto.stepfunctions.parser.asl.component.common.catch.catch_outcome import CatchOutcome

    return any(value is CatchOutcome.Caught for value in env.stack)


def _paths_into_arrays() -> None:
    """AWS gives the value that a path names, such as $[0].total; moto gives a list of one.

    A path with a wildcard, slice or filter may name many, and gives a list:
    https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html.
    Seam: `json_path._is_singleton_array_access`.
    """
    import moto.stepfunctions.parser.asl.utils.json_path as module

    def names_one(path: str) -> bool:
        return DEFINITE.fullmatch(path) is not None

    module._is_singleton_array_access = names_one


def _send_task_failure_cause() -> None:
    """AWS keeps the cause of a failed token task; moto drops it. Seam: `StepFunctionResponse.send_task_failure`."""
    from moto.core.responses import ActionResult
    from moto.stepfunctions.responses import StepFunctionResponse

    def send_task_failure(response: Any) -> Any:
        response.stepfunction_backend.send_task_failure(
            response._get_param("taskToken"), error=response._get_param("error"), cause=response._get_param("cause")
        )
        return ActionResult({})

    StepFunctionResponse.send_task_failure = send_task_failure


def _outputs_of_tasks_are_json() -> None:
    """AWS refuses an answer that is no JSON; moto takes it, and the execution fails. Seam: `send_task_success`."""
    from moto.core.exceptions import AWSError
    from moto.stepfunctions.responses import StepFunctionResponse

    original = StepFunctionResponse.send_task_success

    class InvalidOutput(AWSError):
        TYPE = "InvalidOutput"
        STATUS = 400

    def send_task_success(response: Any) -> Any:
        try:
            json.loads(response._get_param("output"))
        except (ValueError, RecursionError) as error:
            raise InvalidOutput(f"The provided JSON output data is not valid: {error}") from None
        return original(response)

    StepFunctionResponse.send_task_success = send_task_success


def _fresh_token_per_attempt() -> None:
    """AWS gives a retried callback task a new token; moto reuses the old one with its stale outcome.

    Seam: `StateTaskServiceCallback._eval_execution`.
    """
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
        StateTaskServiceCallback,
    )

    original = StateTaskServiceCallback._eval_execution

    def _eval_execution(task: Any, env: Any) -> None:
        state = env.states.context_object.context_object_data.get("State", {})
        waits = getattr(task.resource, "condition", None) == ResourceCondition.WaitForTaskToken
        if waits and state.get("RetryCount", 0) > 0:
            token = env.states.context_object.update_task_token()
            env.callback_pool_manager.add(token)
        original(task, env)

    StateTaskServiceCallback._eval_execution = _eval_execution


def _definitions_are_checked() -> None:
    """AWS refuses a definition with dangling transitions; moto finds out at run time.

    Seam: `StepFunctionsParserBackend._validate_definition`. Checked by `sagalab.aws.stepfunctions.definitions`.
    """
    from moto.stepfunctions.exceptions import AWSError
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    class InvalidDefinition(AWSError):
        TYPE = "InvalidDefinition"
        STATUS = 400

    original = StepFunctionsParserBackend._validate_definition

    def _validate_definition(definition: str) -> None:
        problems = definition_problems(definition)
        if problems:
            raise InvalidDefinition(in_one_sentence(problems, slips=cloud().address is None))
        try:
            original(definition=definition)
        except Exception as error:
            raise InvalidDefinition(in_one_sentence((_plain(error),), slips=False)) from error

    StepFunctionsParserBackend._validate_definition = staticmethod(_validate_definition)


def _plain(error: Exception) -> str:
    text = str(getattr(error, "message", "") or error)
    return f"SCHEMA_VALIDATION_FAILED: {text.removeprefix('ASLParserException ')[:400]}"


PATCHES: tuple[Callable[[], None], ...] = (
    _anonymous_start,
    _executions_as_origins,
    _events_as_facts,
    _self_catch,
    _paths_into_arrays,
    _send_task_failure_cause,
    _outputs_of_tasks_are_json,
    _fresh_token_per_attempt,
    _definitions_are_checked,
)
