"""SQS on virtual time: what enters a queue, is received, deleted and dead-lettered is a fact.

What AWS does: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html.
What moto does: it forgets a deduplication id once its message is deleted, hands a message to a function inside
SendMessage, and fails at a message without a body. Seams: `Queue.add_message`, `Queue.delete_message`,
`SQSBackend.receive_message`, `send_message`, `send_message_batch`, `purge_queue` and `change_message_visibility`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sagalab.aws import detours
from sagalab.aws.current import cloud, origin
from sagalab.aws.lambdas.functions import order_of
from sagalab.aws.messaging.attempts import Attempt
from sagalab.aws.messaging.message_moves import MoveTask
from sagalab.aws.messaging.sightings import note
from sagalab.clock import Waiter

DEDUPLICATION = 300.0  # seconds; moto forgets a deduplication id once its message is deleted


class Queues:
    """What is known about queues beyond moto's own state."""

    def __init__(self) -> None:
        self.waiters: dict[str, list[Waiter]] = {}
        self.causes: dict[str, int] = {}
        self.polled: set[str] = set()
        self.under_way: dict[str, int] = {}  # batches that a mapping has handed over, by its id
        self.gathering: dict[str, float] = {}  # since when a mapping waits for its batch to fill, by its id
        self.rest_until: dict[str, float] = {}  # when the poller of a throttled mapping looks again
        self.died_in: dict[str, str] = {}  # message id → the queue that gave it up
        self.moves: list[MoveTask] = []
        self.held: dict[str, list[tuple[Any, float]]] = {}  # messages that wait to be overtaken, by queue
        self.orders: dict[str, str | None] = {}  # malformed message id → the order that it spoke of
        self.stopped: set[str] = set()  # functions whose poller a fault has stopped
        self.sent_first: dict[tuple[str, str], tuple[str, str, float]] = {}  # FIFO: id, number and time of the first
        self.published_first: dict[tuple[str, str], tuple[str, str, float]] = {}  # the same of FIFO topics
        self.handed_over: dict[tuple[str, str], float] = {}  # when a FIFO topic hands a group's last message over
        self.last_number = 0
        self.deleted: dict[tuple[str, str, str], float] = {}  # when a queue went, by account, region and name
        self.attempts: dict[tuple[str, str], Attempt] = {}  # receives that may be tried again, by queue and attempt
        self._accepted: dict[tuple[str, str], float] = {}

    def is_repeated(self, queue: Any, message: Any) -> bool:
        """Says whether a FIFO queue took a message of this deduplication id within five minutes."""
        if not queue.fifo_queue or not message.deduplication_id:
            return False
        key, now = (queue.queue_arn, message.deduplication_id), cloud().clock.now
        if key in self._accepted and now < self._accepted[key] + DEDUPLICATION:
            return True
        self._accepted[key] = now
        return False

    def forget(self, queue: Any) -> None:
        """Forgets which deduplication ids a queue took."""
        for seen in (self._accepted, self.sent_first):
            for key in [key for key in seen if key[0] == queue.queue_arn]:
                del seen[key]

    def wake(self, queue: Any) -> None:
        """Lets whoever polls this queue look again."""
        for waiter in list(self.waiters.get(queue.queue_arn, [])):
            cloud().clock.wake(waiter)


def _record(kind: Any, queue: Any, message: Any, **detail: Any) -> int:
    here = cloud()
    order_id = here.queues.orders.get(message.id) or order_of(message.body)
    return here.history.record(
        here.clock.now, kind, queue.name, order_id=order_id,
        cause=here.queues.causes.get(message.id), detail={"message": message.id, **detail},
    )  # fmt: skip


def _add_message(original: Callable[..., Any]) -> Callable[..., Any]:
    def add_message(queue: Any, message: Any) -> None:
        here = cloud()
        if here.queues.is_repeated(queue, message):
            return
        mappings, queue.lambda_event_source_mappings = queue.lambda_event_source_mappings, {}
        before = len(queue._messages)
        try:
            original(queue, message)
        finally:
            queue.lambda_event_source_mappings = mappings
        if len(queue._messages) == before:
            return  # A FIFO queue dropped a duplicate.
        caller = origin.get()
        if message.id not in here.queues.causes and caller.invocation is not None:
            here.queues.causes[message.id] = caller.invocation
        note(queue, "in", message)
        here.queues.causes[message.id] = _record("sent", queue, message, **caller.detail())
        detours.on_queue(queue, message)
        here.queues.wake(queue)

    return add_message


def _send_message(original: Callable[..., Any]) -> Callable[..., Any]:
    """AWS refuses a message without a body, and one of too many bytes; moto fails inside, and counts characters.

    A state's null body is the usual way to the first.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    Seam: `SQSBackend.send_message`.
    """

    def send_message(backend: Any, queue_name: str, message_body: str | None, *args: Any, **fields: Any) -> Any:
        from moto.sqs.exceptions import InvalidParameterValue, MissingParameter

        if message_body is None:
            raise MissingParameter("MessageBody")
        most = int(backend.get_queue(queue_name).maximum_message_size)
        if 4 * len(message_body) > most and len(message_body.encode()) > most:
            raise InvalidParameterValue(
                f"One or more parameters are invalid. Reason: Message must be shorter than {most} bytes."
            )
        return original(backend, queue_name, message_body, *args, **fields)

    return send_message


def _send_batch(original: Callable[..., Any]) -> Callable[..., Any]:
    def send_message_batch(backend: Any, queue_name: str, entries: dict[str, dict[str, Any]]) -> Any:
        ids, bodies = ([str(entry[name]) for entry in entries.values()] for name in ("Id", "MessageBody"))
        refused = detours.refused_entries("sqs:SendMessageBatch", queue_name, ids, bodies)
        gone = {row["Id"] for row in refused}
        kept = {key: entry for key, entry in entries.items() if entry["Id"] not in gone}
        messages, failed = original(backend, queue_name, kept) if kept else ([], [])
        return messages, refused + failed

    return send_message_batch


def _delete_message(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete_message(queue: Any, receipt_handle: str) -> None:
        gone = [m for m in queue._messages if m.had_receipt_handle(receipt_handle)]
        original(queue, receipt_handle)
        for message in gone:
            note(queue, "out", message)
            _record("deleted", queue, message, **origin.get().detail())
        cloud().queues.wake(queue)

    return delete_message


def _receive_message(original: Callable[..., Any]) -> Callable[..., Any]:
    def receive_message(backend: Any, queue_name: str, *args: Any, **kwargs: Any) -> Any:
        here, queue = cloud(), backend.get_queue(queue_name)
        before = {message.id: message for message in queue._messages}
        messages = original(backend, queue_name, *args, **kwargs)
        left = {message.id for message in queue._messages}
        for message_id, message in before.items():
            dead = queue.dead_letter_queue
            if message_id not in left:
                note(queue, "out", message)
            if message_id not in left and dead is not None and message in dead._messages:
                here.queues.died_in[message_id] = queue.name
                _record("dead_lettered", queue, message, to=dead.name)
        if not messages:
            note(queue, "asked")
        for message in messages:
            note(queue, "received", message)
            _record("received", queue, message, count=message.approximate_receive_count, **origin.get().detail())
        return messages

    return receive_message


def _url(original: Callable[..., Any]) -> Callable[..., Any]:
    """A queue's URL leads to the endpoint that made it; moto's to AWS, which no client shall reach from here.

    Only a cloud that is served has an endpoint. Seam: `Queue.url`.
    """

    def url(queue: Any, request_url: Any) -> str:
        address = cloud().address
        return f"{address}/{queue.account_id}/{queue.name}" if address else str(original(queue, request_url))

    return url


def _change_visibility(original: Callable[..., Any]) -> Callable[..., Any]:
    def change_message_visibility(backend: Any, queue_name: str, *args: Any, **kwargs: Any) -> Any:
        answer = original(backend, queue_name, *args, **kwargs)
        queue, handle = backend.get_queue(queue_name), kwargs.get("receipt_handle") or args[0]
        for message in queue._messages:
            if message.had_receipt_handle(handle):
                note(queue, "changed", message)
        cloud().queues.wake(queue)
        return answer

    return change_message_visibility


def _purge(original: Callable[..., Any]) -> Callable[..., Any]:
    """AWS tells CloudWatch of a queue's depth; what a purge took is no part of it, and may be sent again.

    Seam: `SQSBackend.purge_queue`.
    """

    def purge_queue(backend: Any, queue_name: str) -> None:
        queue = backend.get_queue(queue_name)
        gone = list(queue._messages)
        original(backend, queue_name)
        cloud().queues.forget(queue)
        for message in gone:
            note(queue, "out", message)

    return purge_queue


def _facts_of_queues() -> None:
    """See the top of this module. Seams: those of `Queue` and `SQSBackend` below."""
    from moto.sqs.models import Queue, SQSBackend

    Queue.url = _url(Queue.url)
    Queue.add_message = _add_message(Queue.add_message)
    Queue.delete_message = _delete_message(Queue.delete_message)
    SQSBackend.send_message = _send_message(SQSBackend.send_message)
    SQSBackend.send_message_batch = _send_batch(SQSBackend.send_message_batch)
    SQSBackend.receive_message = _receive_message(SQSBackend.receive_message)
    SQSBackend.purge_queue = _purge(SQSBackend.purge_queue)
    SQSBackend.change_message_visibility = _change_visibility(SQSBackend.change_message_visibility)


PATCHES: tuple[Callable[[], None], ...] = (_facts_of_queues,)
