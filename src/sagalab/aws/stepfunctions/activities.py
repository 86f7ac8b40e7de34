"""Step Functions: activities, which workers outside of the machine ask for their tasks.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-activities.html. A worker's question
waits up to a minute for a task; the task's clocks start when a worker has taken it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sagalab.aws.current import cloud
from sagalab.aws.stepfunctions.evaluation import fail, named_heartbeats
from sagalab.clock import Waiter

PATIENCE = 60.0  # seconds that a worker's question waits for a task


@dataclass
class Tasks:
    """The tasks of one activity that no worker has taken, oldest first, and the workers that wait for one."""

    open: deque[Any] = field(default_factory=deque)
    waiters: list[Waiter] = field(default_factory=list)

    def take(self) -> Any:
        """Gives the oldest task that somebody still waits for, or None."""
        while self.open:
            task = self.open.popleft()
            if not getattr(task.get_activity_task_start_endpoint(), "given_up", False):
                return task
        return None


def _backend(arn: str) -> Any:
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends

    region, account = arn.split(":")[3:5]
    return stepfunctions_parser_backends[account][region]


def _scheduled_tasks() -> None:
    """AWS keeps a task until a worker asks for it; moto's executions know no activity at all.

    Seam: `CallbackPoolManager.add_activity_task`.
    """
    from moto.stepfunctions.parser.asl.eval.callback.callback import ActivityCallbackEndpoint, CallbackPoolManager

    def add_activity_task(pool: Any, callback_id: str, activity_arn: str, activity_input: str) -> Any:
        endpoint = ActivityCallbackEndpoint(callback_id=callback_id, activity_input=activity_input)
        pool._pool[callback_id] = endpoint
        tasks = cloud().activities.setdefault(activity_arn, Tasks())
        tasks.open.append(endpoint)
        for waiter in list(tasks.waiters)[:1]:
            cloud().clock.wake(waiter)
        return endpoint

    CallbackPoolManager.add_activity_task = add_activity_task


def _untaken_tasks() -> None:
    """AWS times a task out that no worker takes; moto fails inside. Seam: `ActivityTaskStartEndpoint.wait`."""
    from moto.stepfunctions.parser.asl.eval.callback.callback import ActivityTaskStartEndpoint

    def wait(endpoint: Any, timeout_seconds: float) -> Any:
        endpoint._next_activity_task_start_event.wait(timeout=timeout_seconds)
        taken = getattr(endpoint, "_outcome", None)
        endpoint.given_up = taken is None
        return taken

    ActivityTaskStartEndpoint.wait = wait


def _missed_heartbeats() -> None:
    """AWS names a worker's missed heartbeat States.HeartbeatTimeout; moto says States.Timeout.

    Seam: `StateTaskActivity._from_error`.
    """
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_activitiy import StateTaskActivity

    StateTaskActivity._from_error = named_heartbeats(StateTaskActivity._from_error, "activityTimedOutEventDetails")


def _known_activities() -> None:
    """AWS names the activity that does not exist; moto speaks of "activity_arn".

    Seam: `StateTaskActivity._eval_execution`.
    """
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_activitiy import StateTaskActivity

    original = StateTaskActivity._eval_execution

    def _eval_execution(state: Any, env: Any) -> None:
        arn = state.resource.resource_arn
        if arn not in _backend(arn).activities:
            fail(env, "StatesRuntime", f"The activity {arn} does not exist.")
        original(state, env)

    StateTaskActivity._eval_execution = _eval_execution


def _workers() -> None:
    """AWS hands a task to the worker that asks; moto has no such call.

    Seam: `StepFunctionResponse.get_activity_task`.
    """
    from moto.core.responses import ActionResult
    from moto.stepfunctions.responses import StepFunctionResponse

    def get_activity_task(response: Any) -> Any:
        arn, clock = response._get_param("activityArn"), cloud().clock
        response.stepfunction_backend.describe_activity(arn)  # refuses one that is not there
        tasks, until = cloud().activities.setdefault(arn, Tasks()), clock.now + PATIENCE
        while (task := tasks.take()) is None:
            if clock.now >= until:
                return ActionResult({})
            clock.wait(tasks.waiters, until - clock.now)
        task.notify_activity_task_start(response._get_param("workerName"))
        return ActionResult({"taskToken": task.callback_id, "input": task.get_activity_input()})

    StepFunctionResponse.get_activity_task = get_activity_task


PATCHES: tuple[Callable[[], None], ...] = (
    _scheduled_tasks,
    _untaken_tasks,
    _missed_heartbeats,
    _known_activities,
    _workers,
)
