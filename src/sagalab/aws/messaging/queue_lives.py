"""SQS: what remains of a queue that was deleted, and of one that is made again.

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


PATCHES: tuple[Callable[[], None], ...] = (_names_of_the_deleted, _visible_in_time, _first_permission)
