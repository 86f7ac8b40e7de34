"""SQS: what remains of a queue that was deleted or is made again, and of a message that changed its queue.

Each function below is one gap: what AWS does, its page, what moto does, and the seam.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sagalab.aws.current import cloud
from sagalab.aws.messaging.queue_requests import refusal

PAUSE = 60.0  # seconds until a deleted queue's name is free
VERSION = "2008-10-17"  # of the policy that AddPermission begins


def _names_of_the_deleted() -> None:
    """AWS keeps the name of a deleted queue for 60 seconds, and forgets its messages; moto has neither rule.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html
    Seams: `SQSBackend.create_queue`, `SQSBackend.delete_queue`.
    """
    from moto.sqs.models import SQSBackend

    create, delete = SQSBackend.create_queue, SQSBackend.delete_queue

    def create_queue(backend: Any, name: str, tags: dict[str, str] | None = None, **fields: Any) -> Any:
        here = cloud()
        gone = here.queues.deleted.get((backend.account_id, backend.region_name, name))
        if gone is not None and here.clock.now < gone + PAUSE:
            text = "You must wait 60 seconds after deleting a queue before you can create another with the same name."
            raise refusal("AWS.SimpleQueueService.QueueDeletedRecently", text)
        # The tags of a queue that is there stay: only TagQueue changes them.
        return create(backend, name, None if name in backend.queues else tags, **fields)

    def delete_queue(backend: Any, queue_name: str) -> None:
        here, queue = cloud(), backend.get_queue(queue_name)
        delete(backend, queue_name)
        here.queues.forget(queue)
        here.queues.deleted[backend.account_id, backend.region_name, queue_name] = here.clock.now

    SQSBackend.create_queue, SQSBackend.delete_queue = create_queue, delete_queue


def _visible_in_time() -> None:
    """AWS hands a message out again as soon as its timeout is over, of 0 at once; moto a moment later.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
    On virtual time that moment may never come. Seam: `Message.visible`.
    """
    from moto.core.utils import unix_time_millis
    from moto.sqs.models import Message

    def visible(message: Any) -> bool:
        return bool(unix_time_millis() >= message.visible_at)

    Message.visible = property(visible)


def _receives_of_each_queue() -> None:
    """AWS tells how often a message was received in all queues, and lets a queue give it up for the receives in that
    queue alone; moto goes by all of them, so that a queue behind a dead-letter queue gets its messages unseen.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    Seams: `Queue.add_message`, `SQSBackend.receive_message`.
    """
    from moto.sqs.models import Message, Queue, SQSBackend

    add, receive = Queue.add_message, SQSBackend.receive_message

    def add_message(queue: Any, message: Any) -> None:
        if message.approximate_receive_count:
            message.received_before += message.approximate_receive_count
            message.approximate_receive_count = 0
        add(queue, message)

    def receive_message(backend: Any, *args: Any, **fields: Any) -> Any:
        messages = receive(backend, *args, **fields)
        for message in messages:  # They are copies.
            message.approximate_receive_count += message.received_before
        return messages

    Message.received_before = 0
    Queue.add_message, SQSBackend.receive_message = add_message, receive_message


def _first_permission() -> None:
    """AWS writes a policy of an old version where AddPermission begins one; moto one of the new version.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
    Seam: `SQSBackend.add_permission`.
    """
    from moto.sqs.models import SQSBackend

    original = SQSBackend.add_permission

    def add_permission(backend: Any, region_name: str, queue_name: str, *args: Any, **fields: Any) -> None:
        queue = backend.get_queue(queue_name)
        begun = not queue.policy
        original(backend, region_name, queue_name, *args, **fields)
        if begun:
            queue._policy_json["Version"] = VERSION

    SQSBackend.add_permission = add_permission


PATCHES: tuple[Callable[[], None], ...] = (
    _names_of_the_deleted, _visible_in_time, _receives_of_each_queue, _first_permission,
)  # fmt: skip
