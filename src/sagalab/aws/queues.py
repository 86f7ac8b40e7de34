"""SQS on virtual time, and the event source mapping that hands its messages to functions.

What AWS does: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html (batches,
receive counts, partial failures, a paused poller counts no receive).
What moto does: it calls the function inside the sender's SendMessage, one message at a time, with a
receive count of "1". Seams: `Queue.add_message`, `Queue.delete_message`, `SQSBackend.receive_message`,
`send_message_batch` and `change_message_visibility`, `LambdaBackend.create_event_source_mapping`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sagalab.aws import detours
from sagalab.aws.current import Origin, cloud, origin, running
from sagalab.aws.functions import Outcome, order_of, spec_of
from sagalab.aws.lambda_requests import passes
from sagalab.aws.message_moves import MoveTask
from sagalab.clock import Waiter

DEDUPLICATION = 300.0  # seconds; moto forgets a deduplication id once its message is deleted
THROTTLE_PAUSE = 5.0  # seconds that a poller waits while its function is throttled or down


class Queues:
    """What is known about queues beyond moto's own state."""

    def __init__(self) -> None:
        self.waiters: dict[str, list[Waiter]] = {}
        self.causes: dict[str, int] = {}
        self.polled: set[str] = set()
        self.died_in: dict[str, str] = {}  # message id → the queue that gave it up
        self.moves: list[MoveTask] = []
        self.held: dict[str, list[tuple[Any, float]]] = {}  # messages that wait to be overtaken, by queue
        self.orders: dict[str, str | None] = {}  # malformed message id → the order that it spoke of
        self.stopped: set[str] = set()  # functions whose poller a fault has stopped
        self.sent_first: dict[tuple[str, str], tuple[str, str, float]] = {}  # FIFO: id, number and time of the first
        self.last_number = 0
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
        here.queues.causes[message.id] = _record("sent", queue, message, **caller.detail())
        detours.on_queue(queue, message)
        here.queues.wake(queue)

    return add_message


def _send_message(original: Callable[..., Any]) -> Callable[..., Any]:
    """AWS refuses a message without a body; moto fails inside. A state's null body is the usual way there.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    Seam: `SQSBackend.send_message`.
    """

    def send_message(backend: Any, queue_name: str, message_body: str | None, *args: Any, **fields: Any) -> Any:
        from moto.sqs.exceptions import MissingParameter

        if message_body is None:
            raise MissingParameter("MessageBody")
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
            if message_id not in left and dead is not None and message in dead._messages:
                here.queues.died_in[message_id] = queue.name
                _record("dead_lettered", queue, message, to=dead.name)
        for message in messages:
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
        cloud().queues.wake(backend.get_queue(queue_name))
        return answer

    return change_message_visibility


# -- event source mappings ----------------------------------------------------------------------


def _create_mapping(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_event_source_mapping(backend: Any, spec: dict[str, Any]) -> Any:
        mapping = original(backend, spec)
        watch(backend, mapping)
        return mapping

    return create_event_source_mapping


def watch(backend: Any, mapping: Any) -> None:
    """Starts the poller of a mapping whose source is a queue."""
    here = cloud()
    if ":sqs:" not in mapping.event_source_arn or mapping.uuid in here.queues.polled:
        return
    here.queues.polled.add(mapping.uuid)
    token = origin.set(Origin())
    try:
        here.clock.spawn(lambda: _poll(backend, mapping), f"poller {mapping.uuid}")
    finally:
        origin.reset(token)


def _poll(backend: Any, mapping: Any) -> None:
    from moto.sqs.models import sqs_backends

    here = cloud()
    sqs = sqs_backends[backend.account_id][backend.region_name]
    while running() is here and mapping.uuid in backend._event_source_mappings:
        queue = next((q for q in sqs.queues.values() if q.queue_arn == mapping.event_source_arn), None)
        if queue is None:
            return
        function = _function_of(backend, mapping)
        pause = _pause(mapping, function)
        if pause is not None:
            here.clock.wait(here.queues.waiters.setdefault(queue.queue_arn, []), pause)
            continue
        if queue.messages:
            here.quotas.invocations.take()  # first: what waits for its turn waits in the queue, not in flight
        messages = sqs.receive_message(
            queue.name, int(mapping.batch_size or 10), 0, int(queue.visibility_timeout), ["All"]
        )
        messages = _let_through(mapping, queue, messages)
        if messages:
            here.clock.spawn(partial(_hand_over, function, mapping, queue, messages), "batch")
        else:
            here.clock.wait(here.queues.waiters.setdefault(queue.queue_arn, []), _next_visible(queue))


def _let_through(mapping: Any, queue: Any, messages: list[Any]) -> list[Any]:
    """Deletes what the mapping's filters hold back, and gives the rest."""
    kept = []
    for message in messages:
        if passes(mapping, _record_of(queue, message)):
            kept.append(message)
        else:
            _delete_quietly(queue, message)
    return kept


def _function_of(backend: Any, mapping: Any) -> Any:
    return backend.get_function(mapping.function_arn)


def _pause(mapping: Any, function: Any) -> float | None:
    """Gives how long the poller stands still: disabled, or its consumer down or throttled."""
    here = cloud()
    if str(mapping.enabled).lower() == "false":
        return 60.0
    name = function.function_name
    if here.faults is not None and here.faults.consumer_down(name):
        if name not in here.queues.stopped:
            here.queues.stopped.add(name)
            here.history.record(here.clock.now, "fault", "consumer_down", detail={"target": name})
        return THROTTLE_PAUSE
    if here.functions.is_throttled(name):
        return THROTTLE_PAUSE
    return None


def _next_visible(queue: Any) -> float | None:
    """Gives the seconds until the next message shows up by itself, or None."""
    now = cloud().clock.timestamp() * 1000
    waits = [max(m.visible_at, m.delayed_until) - now for m in queue._messages if not (m.visible and not m.delayed)]
    # Visibility ends strictly after its instant, hence the extra millisecond.
    return max(0.0, min(waits)) / 1000 + 0.001 if waits else None


def _hand_over(function: Any, mapping: Any, queue: Any, messages: list[Any]) -> None:
    here = cloud()
    here.clock.sleep(here.hop())
    cause = here.queues.causes.get(messages[0].id)
    token = origin.set(Origin(invocation=cause))
    try:
        event = {"Records": [_record_of(queue, message) for message in messages]}
        outcome = here.functions.invoke(spec_of(function), event)
        for message in _done(mapping, messages, outcome):
            _delete_quietly(queue, message)
    finally:
        origin.reset(token)


def _record_of(queue: Any, message: Any) -> dict[str, Any]:
    attributes = {
        "ApproximateReceiveCount": str(message.approximate_receive_count),
        "SentTimestamp": str(message.sent_timestamp),
        "SenderId": message.sender_id,
        "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
    }
    if message.group_id is not None:
        attributes["MessageGroupId"] = message.group_id
    if message.deduplication_id is not None:
        attributes["MessageDeduplicationId"] = message.deduplication_id
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": attributes,
        "messageAttributes": {
            name: {
                "stringValue": value.get("StringValue") or value.get("string_value"),
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": value.get("DataType") or value.get("data_type"),
            }
            for name, value in message.message_attributes.items()
        },
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.queue_arn,
        "awsRegion": queue.region,
    }


def _done(mapping: Any, messages: list[Any], outcome: Outcome) -> list[Any]:
    """Gives the messages that the batch finished: all, none, or all but the reported failures."""
    if outcome.error is not None:
        return []
    if "ReportBatchItemFailures" not in (mapping.function_response_types or []):
        return messages
    answer = outcome.payload
    if answer in (None, {}, "") or not isinstance(answer, dict):
        return messages
    failures = answer.get("batchItemFailures") or []
    try:
        failed = {row["itemIdentifier"] for row in failures}
    except (TypeError, KeyError):
        return []  # AWS takes an unreadable answer for a failed batch.
    known = {message.id for message in messages}
    if not failed <= known:
        return []
    return [message for message in messages if message.id not in failed]


def _delete_quietly(queue: Any, message: Any) -> None:
    from moto.sqs.exceptions import ReceiptHandleIsInvalid

    try:
        queue.delete_message(message.receipt_handle)
    except ReceiptHandleIsInvalid:
        pass  # The queue was purged, or the message moved on after its visibility ended.


def install() -> None:
    """Puts the patches in place."""
    from moto.awslambda.models import LambdaBackend
    from moto.sqs.models import Queue, SQSBackend

    Queue.url = _url(Queue.url)
    Queue.add_message = _add_message(Queue.add_message)
    Queue.delete_message = _delete_message(Queue.delete_message)
    SQSBackend.send_message = _send_message(SQSBackend.send_message)
    SQSBackend.send_message_batch = _send_batch(SQSBackend.send_message_batch)
    SQSBackend.receive_message = _receive_message(SQSBackend.receive_message)
    SQSBackend.change_message_visibility = _change_visibility(SQSBackend.change_message_visibility)
    LambdaBackend.create_event_source_mapping = _create_mapping(LambdaBackend.create_event_source_mapping)
