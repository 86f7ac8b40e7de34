"""Step Functions: what is left undone in a Parallel or Map state once one of its branches or iterations has failed.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html, state-map.html and
apireference/API_HistoryEvent.html: all other branches and iterations are stopped; the history tells which states and
iterations were aborted, and nothing more of them. A function that is under way comes to its end all the same.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from sagalab.aws.stepfunctions.ending import stop_orphans

EXEC = "moto.stepfunctions.parser.asl.component.state.exec"
KINDS = ("Task", "Wait", "Map", "Parallel")  # the others are over at once, and the history knows no end of them


def _open_states() -> None:
    """Which states and iterations are open is not kept by moto; what comes from an aborted one is not told.

    Seam: `EventManager.add_event`.
    """
    from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager

    original = EventManager.add_event

    def add_event(manager: Any, context: Any, event_type: Any, event_details: Any = None, **more: Any) -> Any:
        kept: dict[str, Any] = vars(context)
        if kept.get("left"):
            return 0
        kind = str(getattr(event_type, "value", event_type))
        if kind.endswith("StateEntered"):
            name = kind.removesuffix("StateEntered")
            kept["open_state"] = name if name in KINDS else None
        elif kind.endswith("StateExited"):
            kept["open_state"] = None
        elif kind == "MapIterationStarted":
            kept["open_iteration"] = (event_details or {}).get("mapIterationStartedEventDetails")
        elif kind.startswith("MapIteration"):
            kept["open_state"] = kept["open_iteration"] = None
        number: int = original(manager, context=context, event_type=event_type, event_details=event_details, **more)
        if kind.endswith("StateEntered"):
            entered = str((event_details or {}).get("stateEnteredEventDetails", {}).get("name"))
            kept["entered"] = manager.__dict__.setdefault("entered", {})[entered] = (entered, number)
        return number

    EventManager.add_event = add_event


def entered_at(env: Any, state: str) -> int | None:
    """Gives the number of the event by which a state was entered, in this branch or else in any."""
    here = vars(env.event_history_context).get("entered")
    found = here if here is not None and here[0] == state else vars(env.event_manager).get("entered", {}).get(state)
    return None if found is None else int(found[1])


def _entered_states() -> None:
    """AWS says of a failed state where it was entered; moto the event that came before its end.

    Seam: `CommonStateField._eval_body`.
    """
    from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
    from moto.stepfunctions.parser.asl.component.state.state import CommonStateField

    original = CommonStateField._eval_body

    def _eval_body(state: Any, env: Any) -> None:
        try:
            original(state, env)
        except FailureEventException as error:
            if error.failure_event.state_name == state.name:
                name_entry(env, error)
            raise

    CommonStateField._eval_body = _eval_body


def name_entry(env: Any, error: Any) -> None:
    """Writes into a failure which event its state was entered by."""
    entered = entered_at(env, str(error.failure_event.state_name))
    if entered is not None:
        error.failure_event.source_event_id = entered


def abort(env: Any) -> None:
    """Ends all that is open in a branch or iteration, from the inside outwards, and tells of it."""
    from moto.stepfunctions.parser.api import HistoryEventType
    from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackConsumerLeft
    from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

    context = env.event_history_context
    state, iteration = vars(context).get("open_state"), vars(context).get("open_iteration")
    for frame in list(env._frames):
        abort(frame)
        if state == "Task":  # What a Task has told so far stands before its end.
            context.integrate(frame.event_history_context)
    tell = {"context": context, "update_source_event_id": False}
    if state is not None:
        env.event_manager.add_event(event_type=HistoryEventType[f"{state}StateAborted"], **tell)
    if iteration is not None:
        details = EventDetails(mapIterationAbortedEventDetails=iteration)
        env.event_manager.add_event(event_type=HistoryEventType.MapIterationAborted, event_details=details, **tell)
    vars(context)["left"] = True
    token = (env.states.context_object.context_object_data.get("Task") or {}).get("Token")
    endpoint = env.callback_pool_manager.get(token) if token else None
    if endpoint is not None:
        endpoint.report(CallbackConsumerLeft())
        endpoint.interrupt_all()
    stop_orphans(env.event_manager)


def _stopped_branches() -> None:
    """AWS tells that a state of a branch was aborted; moto lets a waiting task go on. Seam: `BranchWorker.stop`."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branch_worker import BranchWorker

    original = BranchWorker.stop

    def stop(worker: Any, *args: Any, **fields: Any) -> None:
        original(worker, *args, **fields)
        abort(worker.env)

    BranchWorker.stop = stop


def _stopped_iterations() -> None:
    """AWS stops the other iterations once one has failed; moto lets them go on behind the failed Map.

    Seam: `InlineIterationComponent._eval_body`.
    """
    module: Any = importlib.import_module(f"{EXEC}.state_map.iteration.inline_iteration_component")
    original = module.InlineIterationComponent._eval_body

    def _eval_body(component: Any, env: Any) -> None:
        try:
            original(component, env)
        except Exception:
            for frame in list(env._frames):
                frame.set_stop(stop_date=None, cause=None, error=None)
                abort(frame)
            raise

    module.InlineIterationComponent._eval_body = _eval_body


PATCHES: tuple[Callable[[], None], ...] = (_open_states, _entered_states, _stopped_branches, _stopped_iterations)
