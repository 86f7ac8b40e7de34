"""SQS: a receive from a FIFO queue that is tried again.

What AWS does: a call with the ReceiveRequestAttemptId of one within five minutes gets the same messages and handles
once more, as long as none of them was deleted, changed or seen again, and keeps them anew. What moto does: it does not
know the parameter. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sagalab.aws.current import cloud
from sagalab.aws.messaging.sightings import note

REPEATABLE = 300.0  # seconds


@dataclass
class Attempt:
    """What a receive got: the queue's messages, when each is visible again, and the answer."""

    at: float
    taken: list[tuple[Any, float]]
    result: dict[str, Any]

    def holds(self, queue: Any) -> bool:
        """Says whether its messages lie in the queue as the receive left them."""
        return cloud().clock.now < self.at + REPEATABLE and all(
            message in queue._messages and message.visible_at == visible_at and not message.visible
            for message, visible_at in self.taken
        )


def _tried_again() -> None:
    """See the top of this module. Seam: `SQSResponse.receive_message`."""
    from moto.core.responses import ActionResult
    from moto.sqs.responses import SQSResponse

    original = SQSResponse.receive_message

    def receive_message(response: Any) -> Any:
        attempt = response._get_param("ReceiveRequestAttemptId")
        queue = response.sqs_backend.get_queue(response._get_queue_name())
        if not attempt or not queue.fifo_queue:
            return original(response)
        here, key = cloud(), (queue.queue_arn, attempt)
        known = here.queues.attempts.get(key)
        if known is not None and known.holds(queue):
            timeout = response._get_param("VisibilityTimeout")
            for message, _ in known.taken:
                message.change_visibility(int(queue.visibility_timeout if timeout is None else timeout))
                note(queue, "changed", message)
            known.taken = [(message, message.visible_at) for message, _ in known.taken]
            return ActionResult(known.result)
        answer = original(response)
        ids = {row["MessageId"] for row in answer.result.get("Messages", [])}
        if ids:
            taken = [(message, message.visible_at) for message in queue._messages if message.id in ids]
            here.queues.attempts[key] = Attempt(here.clock.now, taken, answer.result)
        return answer

    SQSResponse.receive_message = receive_message


PATCHES: tuple[Callable[[], None], ...] = (_tried_again,)
