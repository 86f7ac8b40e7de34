"""SQS message-move tasks: a dead-letter queue is redriven on virtual time.

What AWS does: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html.
A moved message is a new one: new id, receive count 0. Without a destination each message goes back to
the queue that it died in. What moto does: nothing; it lacks the three calls. Seams: `SQSResponse`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sagalab.aws.current import cloud
from sagalab.aws.messaging.sightings import note

RATE = 500  # messages per second where the call names none, as on AWS


@dataclass
class MoveTask:
    """One move of a queue's messages; `started` in virtual seconds since the run began."""

    handle: str
    source: str
    destination: str | None
    rate: int | None
    started: float
    to_move: int
    moved: int = 0
    status: str = "RUNNING"
    failure: str | None = None

    def row(self, started: float) -> dict[str, Any]:
        """Gives the task as `ListMessageMoveTasks` answers it; only a running one can be named."""
        row = {
            "TaskHandle": self.handle if self.status == "RUNNING" else None,
            "Status": self.status,
            "SourceArn": self.source,
            "DestinationArn": self.destination,
            "MaxNumberOfMessagesPerSecond": self.rate,
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.to_move,
            "FailureReason": self.failure,
            "StartedTimestamp": int(started * 1000),
        }
        return {name: value for name, value in row.items() if value is not None}


def _invalid(message: str) -> Exception:
    from moto.sqs.exceptions import SQSException

    return SQSException("InvalidParameterValue", message)


def _missing(parameter: str) -> Exception:
    from moto.sqs.exceptions import SQSException

    return SQSException(
        "ResourceNotFoundException",
        f"The resource that you specified for the {parameter} parameter doesn't exist.",
    )


def _queue(backend: Any, arn: str | None, parameter: str) -> Any:
    found = next((queue for queue in backend.queues.values() if queue.queue_arn == arn), None)
    if found is None:
        raise _missing(parameter)
    return found


def _start(response: Any) -> Any:
    from moto.core.responses import ActionResult

    here, backend = cloud(), response.sqs_backend
    source = _queue(backend, response._get_param("SourceArn"), "SourceArn")
    destination = response._get_param("DestinationArn")
    if destination is not None:
        _queue(backend, destination, "DestinationArn")
    if not any(queue.dead_letter_queue is source for queue in backend.queues.values()):
        raise _invalid("Source queue must be configured as a Dead Letter Queue.")
    tasks = here.queues.moves
    if any(task.source == source.queue_arn and task.status == "RUNNING" for task in tasks):
        raise _invalid(
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time."
        )
    rate = response._get_param("MaxNumberOfMessagesPerSecond")
    if rate is not None and not 1 <= int(rate) <= RATE:
        raise _invalid(f"Value for parameter MaxNumberOfMessagesPerSecond is invalid. It is between 1 and {RATE}.")
    task = MoveTask(
        _handle(source.queue_arn), source.queue_arn, destination, rate, here.clock.now, len(source._messages)
    )
    tasks.append(task)
    here.clock.spawn(lambda: _move(backend, source, task), f"move {source.name}")
    return ActionResult({"TaskHandle": task.handle})


def _move(backend: Any, source: Any, task: MoveTask) -> None:
    clock = cloud().clock
    while task.status == "RUNNING":
        message = next((one for one in source._messages if one.visible), None)
        if message is None:
            task.status = "COMPLETED"
            return
        target = _target(backend, source, message, task)
        if target is None:
            task.status, task.failure = "FAILED", "AWS.SimpleQueueService.NonExistentQueue"
            return
        source._messages.remove(message)
        note(source, "out", message)
        backend.send_message(
            target.name, message.body, message_attributes=message.message_attributes, group_id=message.group_id,
            # The old one would be taken for a duplicate of the message that died.
            deduplication_id=str(cloud().identifier()) if target.fifo_queue else None,
        )  # fmt: skip
        task.moved += 1
        clock.sleep(1.0 / float(task.rate or RATE))


def _target(backend: Any, source: Any, message: Any, task: MoveTask) -> Any:
    if task.destination is not None:
        return next((q for q in backend.queues.values() if q.queue_arn == task.destination), None)
    name = cloud().queues.died_in.get(message.id)
    feeding = [queue for queue in backend.queues.values() if queue.dead_letter_queue is source]
    return backend.queues.get(name) or next(iter(feeding), None)


def _list(response: Any) -> Any:
    from moto.core.responses import ActionResult

    here = cloud()
    source = _queue(response.sqs_backend, response._get_param("SourceArn"), "SourceArn")
    tasks = [task for task in reversed(here.queues.moves) if task.source == source.queue_arn]
    begun = here.clock.timestamp() - here.clock.now
    most = int(response._get_param("MaxResults") or 1)
    return ActionResult({"Results": [task.row(begun + task.started) for task in tasks[:most]]})


def _handle(source: str) -> str:
    """Gives a task's handle: as on AWS it tells, in base64, of the task and its source."""
    said = {"taskId": str(cloud().identifier()), "sourceArn": source}
    return base64.b64encode(json.dumps(said).encode()).decode()


def _cancel(response: Any) -> Any:
    from moto.core.responses import ActionResult
    from moto.sqs.exceptions import SQSException

    handle = response._get_param("TaskHandle")
    try:
        said = json.loads(base64.b64decode(handle, validate=True))
        source = said["sourceArn"] if said["taskId"] else None
    except (ValueError, KeyError, TypeError):
        raise _invalid("Value for parameter TaskHandle is invalid.") from None
    _queue(response.sqs_backend, source, "SourceArn")
    task = next((one for one in cloud().queues.moves if one.handle == handle), None)
    if task is None:
        raise SQSException("ResourceNotFoundException", "Task does not exist.")
    if task.status != "RUNNING":
        raise _invalid("Only active tasks can be cancelled.")
    task.status = "CANCELLED"
    return ActionResult({"ApproximateNumberOfMessagesMoved": task.moved})


def _move_tasks() -> None:
    """See the top of this module. Seams: `SQSResponse.start_message_move_task` and the two beside it."""
    from moto.sqs.responses import SQSResponse

    SQSResponse.start_message_move_task = _start
    SQSResponse.list_message_move_tasks = _list
    SQSResponse.cancel_message_move_task = _cancel


PATCHES: tuple[Callable[[], None], ...] = (_move_tasks,)
