"""Step Functions: redriving an execution, and what is left to do in its branches and iterations.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html. It goes on in the state
that failed; of a Parallel or inline Map state only the branches and iterations that failed or were aborted run again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NamedTuple

from sagalab.aws.current import cloud
from sagalab.aws.stepfunctions.machines import not_here

DISTRIBUTED = re.compile(r'"Mode": "DISTRIBUTED"')


class Step(NamedTuple):
    """One branch or iteration: the state that it belongs to, where it starts, and its item in a Map."""

    state: str
    start: str
    item: int


Key = tuple[Step, ...]  # from the outermost state inwards; () is the execution itself


@dataclass
class Part:
    """How far a branch or iteration has come: the state that it entered last, and its output once it is done."""

    state: str = ""
    text: str = "null"  # the input that it had there
    done: bool = False
    output: Any = None
    variables: Any = None


_within: ContextVar[Key] = ContextVar("within", default=())


def parts_of(manager: Any) -> dict[Key, Part]:
    """Gives how far each part of an execution has come; `manager` is the one that keeps its history."""
    found: dict[Key, Part] = manager.__dict__.setdefault("_parts", {})
    return found


def _progress() -> None:
    """Which state each branch entered last is not kept by moto. Seam: `EventManager.add_event`."""
    from moto.stepfunctions.parser.api import HistoryEventType
    from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager

    original = EventManager.add_event

    def add_event(manager: Any, *args: Any, **event: Any) -> Any:
        if getattr(manager, "stopped", False) and event.get("event_type") != HistoryEventType.ExecutionAborted:
            return 0  # What a stopped task says while it winds up: AWS tells nothing of it.
        entered = (event.get("event_details") or {}).get("stateEnteredEventDetails")
        if entered:
            part = parts_of(manager).setdefault(_within.get(), Part())
            part.state, part.text = entered["name"], entered["input"]
        return original(manager, *args, **event)

    EventManager.add_event = add_event


def _parts() -> None:
    """AWS runs only those branches and iterations again that did not succeed; moto has no redrive.

    Seam: `Program.eval`.
    """
    from moto.stepfunctions.parser.asl.component.program.program import Program
    from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded

    original = Program.eval

    def evaluate(program: Any, env: Any) -> None:
        if not env.is_frame():
            original(program, env)
            return
        manager, outer = env.event_manager, _within.get()
        item = env.states.context_object.context_object_data.get("Map") or {}
        owner = parts_of(manager).get(outer, Part()).state
        key = (*outer, Step(owner, program.start_at.start_at_name, (item.get("Item") or {}).get("Index", -1)))
        part = _resumed(manager, key)
        if part is not None and part.done:
            env.states.reset(input_value=part.output)
            return
        if part is not None and part.state:
            program, env.variable_store = _rest(program, part.state), part.variables
            env.states.reset(input_value=json.loads(part.text))
        part = parts_of(manager)[key] = Part(variables=env.variable_store)
        token = _within.set(key)
        try:
            original(program, env)
        finally:
            _within.reset(token)
        part.done, part.output = isinstance(env.program_state(), ProgramEnded), env.states.get_input()

    Program.eval = evaluate


def _resumed(manager: Any, key: Key) -> Part | None:
    """Takes out what an earlier attempt left of this part; what lay inside of a part that starts anew is forgotten."""
    left: dict[Key, Part] = manager.__dict__.get("_to_resume", {})
    part = left.pop(key, None)
    if part is None:
        for inner in [one for one in left if one[: len(key)] == key]:
            del left[inner]
    return part


def _rest(program: Any, state: str) -> Any:
    from moto.stepfunctions.parser.asl.component.common.flow.start_at import StartAt

    return type(program)(
        program.query_language, StartAt(state), program.states, program.timeout_seconds, program.comment
    )


def _redrive() -> None:
    """AWS redrives a failed execution from the state that failed; moto has no such call.

    Seam: `StepFunctionResponse.redrive_execution`.
    """
    from moto.core.exceptions import AWSError
    from moto.core.responses import ActionResult
    from moto.stepfunctions.responses import StepFunctionResponse

    class ExecutionNotRedrivable(AWSError):
        TYPE = "ExecutionNotRedrivable"
        STATUS = 400

    def redrive_execution(response: Any) -> Any:
        arn = response._get_param("executionArn")
        found = response.stepfunction_backend.describe_execution(arn)
        if str(found.status) not in ("FAILED", "TIMED_OUT", "ABORTED"):
            raise ExecutionNotRedrivable(
                f"Execution is not redrivable: '{arn}' is {found.status}; only one that failed, timed out or was "
                "aborted can be redriven."
            )
        if _is_distributed(found):
            raise not_here("a redrive of a distributed Map")
        now = cloud().clock.instant
        _again(found)
        found.redrive_date = now
        return ActionResult({"redriveDate": now})

    StepFunctionResponse.redrive_execution = redrive_execution


def _is_distributed(execution: Any) -> bool:
    """Says whether an execution ended in a Map run, of which AWS redrives the children that failed alone."""
    ended = parts_of(execution.exec_worker.env.event_manager).get((), Part()).state
    states = json.loads(execution.state_machine.definition)["States"]
    return DISTRIBUTED.search(json.dumps(states.get(ended, {}))) is not None


def _again(execution: Any) -> None:
    """Starts an ended execution again, in the state where it ended, with that state's input and its own history."""
    from moto.stepfunctions.parser.api import HistoryEventType
    from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

    old, worker = execution.exec_worker.env, execution._get_start_execution_worker()
    program: Any = worker._get_evaluation_entrypoint()
    parts = parts_of(old.event_manager)
    ended = parts.get((), Part())
    state = ended.state or program.start_at.start_at_name
    value = json.loads(ended.text) if ended.state else old.states.get_input()
    old.event_manager._to_resume = {key: part for key, part in parts.items() if key and key[0].state == state}
    execution.redrives = getattr(execution, "redrives", 0) + 1
    rest = _rest(program, state)

    def environment() -> Any:
        env = type(worker)._get_evaluation_environment(worker)
        env.event_manager, env.variable_store = old.event_manager, old.variable_store
        env.states.reset(input_value=value)
        env.event_history_context.last_published_event_id = old.event_history_context.last_published_event_id
        return env

    add = old.event_manager.add_event

    def add_event(*args: Any, **event: Any) -> Any:
        if event.get("event_type") == HistoryEventType.ExecutionStarted:
            details = {"redriveCount": execution.redrives}
            event |= {
                "event_type": HistoryEventType.ExecutionRedriven,
                "event_details": EventDetails(executionRedrivenEventDetails=details),
            }
        return add(*args, **event)

    old.event_manager.add_event, old.event_manager.stopped, old.event_manager.ended = add_event, False, False
    worker._get_evaluation_entrypoint, worker._get_evaluation_environment = (lambda: rest), environment
    vars(execution)["told"] = old.event_manager  # until it has begun again
    execution.stop_date = execution.error = execution.cause = execution.exec_worker = None
    execution._get_start_execution_worker = lambda: worker
    try:
        execution.start()
    finally:
        del execution._get_start_execution_worker


PATCHES: tuple[Callable[[], None], ...] = (_progress, _parts, _redrive)
