"""SQS: how long a queue keeps a message, and how long a receiver may.

Each function below is one gap: what AWS does, its page, what moto does, and the seam.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sagalab.aws.current import cloud
from sagalab.aws.messaging.queue_requests import invalid
from sagalab.aws.messaging.sightings import note

INSTANT = 0.001  # seconds
LONGEST = 43200  # seconds that a receiver may keep a message


def _retention() -> None:
    """AWS deletes a message once its queue's retention period is over; moto counts it still, and hands out nothing that
    lies behind it.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    Seams: `SQSBackend.receive_message`, `SQSBackend.get_queue_attributes`.
    """
    from moto.sqs.models import SQSBackend

    receive, show = SQSBackend.receive_message, SQSBackend.get_queue_attributes

    def receive_message(backend: Any, queue_name: str, *args: Any, **fields: Any) -> Any:
        _drop_old(backend.get_queue(queue_name))
        return receive(backend, queue_name, *args, **fields)

    def get_queue_attributes(backend: Any, queue_name: str, attribute_names: list[str]) -> Any:
        _drop_old(backend.get_queue(queue_name))
        return show(backend, queue_name, attribute_names)

    SQSBackend.receive_message, SQSBackend.get_queue_attributes = receive_message, get_queue_attributes


def _drop_old(queue: Any) -> None:
    oldest = (cloud().clock.timestamp() - int(queue.message_retention_period)) * 1000
    for message in [one for one in queue._messages if one.sent_timestamp <= oldest]:
        queue._messages.remove(message)
        queue.pending_messages.discard(message)
        queue.deleted_messages.update(one for one in message.all_receipt_handles if one)
        note(queue, "out", message)


def _polls() -> None:
    """AWS ends a long poll when its time is over; moto looks each second, and once more after the last one.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
    Seam: `SQSBackend.receive_message`.
    """
    from moto.sqs.models import SQSBackend

    original = SQSBackend.receive_message

    def receive_message(
        backend: Any, queue_name: str, count: int, wait_seconds_timeout: float, *args: Any, **fields: Any
    ) -> Any:
        # On virtual time the last look is exactly at the end, which moto takes for before it.
        patience = wait_seconds_timeout - INSTANT if wait_seconds_timeout else 0
        return original(backend, queue_name, count, patience, *args, **fields)

    SQSBackend.receive_message = receive_message


def _kept_by_a_receiver() -> None:
    """AWS lets a receiver keep a message for 12 hours since it got it; moto for 12 hours since it was sent.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
    Seams: `Message.mark_received`, `SQSBackend.change_message_visibility`.
    """
    from moto.sqs.exceptions import ReceiptHandleIsInvalid
    from moto.sqs.models import Message, SQSBackend

    original = Message.mark_received

    def mark_received(message: Any, *args: Any, **fields: Any) -> None:
        message.received = cloud().clock.now
        original(message, *args, **fields)

    def change_message_visibility(
        backend: Any, queue_name: str, receipt_handle: str, visibility_timeout: int | str
    ) -> None:
        queue, timeout = backend.get_queue(queue_name), int(visibility_timeout)
        message = next((one for one in queue._messages if one.had_receipt_handle(receipt_handle)), None)
        if message is None:
            raise ReceiptHandleIsInvalid
        if cloud().clock.now + timeout - message.received > LONGEST:
            reason = f"Total VisibilityTimeout for the message is beyond the limit [{LONGEST} seconds]"
            raise invalid(timeout, "VisibilityTimeout", reason)
        message.change_visibility(timeout)
        if message.visible:
            queue.pending_messages.discard(message)

    Message.mark_received, SQSBackend.change_message_visibility = mark_received, change_message_visibility


PATCHES: tuple[Callable[[], None], ...] = (_retention, _polls, _kept_by_a_receiver)
