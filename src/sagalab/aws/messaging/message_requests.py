"""SQS: messages that AWS refuses, their order and numbers in FIFO queues, and what they say when received.

What AWS does: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html,
API_ReceiveMessage.html and API_ChangeMessageVisibility.html. Each function below is one gap and its seam.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sagalab.aws.current import cloud
from sagalab.aws.messaging.queue_requests import RANGES, invalid, refusal

OF_MESSAGES = {
    "All", "AWSTraceHeader", "ApproximateFirstReceiveTimestamp", "ApproximateReceiveCount", "MessageDeduplicationId",
    "MessageGroupId", "SenderId", "SentTimestamp", "SequenceNumber", "DeadLetterQueueSourceArn",
}  # fmt: skip
FIFO_ID = re.compile(r"""[a-zA-Z0-9!"#$%&'()*+,./:;<=>?@\[\\\]^_`{|}~-]{1,128}""")
UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ALLOWED = "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
DEDUPLICATION = 300.0  # seconds
FIRST = 18850000000000000000  # sequence numbers have 20 digits


def _checked_messages() -> None:
    """AWS refuses bodies, ids and delays that are out of bounds; moto takes them.

    Seam: `SQSBackend.send_message`, through which batches go, too.
    """
    from moto.sqs.models import SQSBackend

    original = SQSBackend.send_message

    def send_message(backend: Any, queue_name: str, message_body: Any, *args: Any, **fields: Any) -> Any:
        queue = backend.get_queue(queue_name)
        check_message(queue, message_body, fields)
        message = original(backend, queue_name, message_body, *args, **fields)
        if queue.fifo_queue:
            _number(queue, message)
        return message

    SQSBackend.send_message = send_message


def check_message(queue: Any, body: Any, fields: dict[str, Any]) -> None:
    """Raises AWS's refusal of a message for this queue."""
    if not body:
        from moto.sqs.exceptions import MissingParameter

        raise MissingParameter("MessageBody")
    attributes = fields.get("message_attributes") or {}
    values = [str(row.get("StringValue") or row.get("string_value") or "") for row in attributes.values()]
    if any(UNFIT.search(text) for text in (str(body), *values)):
        raise refusal("InvalidMessageContents", f"Invalid characters found. Valid unicode characters are {ALLOWED}")
    longest = int(queue.maximum_message_size or RANGES["MaximumMessageSize"][1])
    if size_of_message(body, attributes) > longest:
        reason = f"One or more parameters are invalid. Reason: Message must be shorter than {longest} bytes."
        raise refusal("InvalidParameterValue", reason)
    delay = fields.get("delay_seconds")
    if delay is not None and not 0 <= int(delay) <= 900:
        raise invalid(delay, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.")
    for name, field in (("MessageGroupId", "group_id"), ("MessageDeduplicationId", "deduplication_id")):
        value = fields.get(field)
        if value and not FIFO_ID.fullmatch(str(value)):
            reason = f"{name} can only include alphanumeric and punctuation characters. 1 to 128 in length."
            raise invalid(value, name, reason)
    if fields.get("deduplication_id") and not queue.fifo_queue:
        reason = "The request include parameter that is not valid for this queue type."
        raise invalid(fields["deduplication_id"], "MessageDeduplicationId", reason)


def size_of_message(body: Any, attributes: dict[str, Any] | None) -> int:
    """Gives the bytes of a message as SQS counts them: body, and names, types and values of its attributes.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
    """
    parts: list[Any] = [body]
    for name, row in (attributes or {}).items():
        parts += [name, row.get("DataType") or row.get("data_type"), row.get("StringValue") or row.get("string_value")]
        parts.append(row.get("BinaryValue") or row.get("binary_value"))
    return sum(len(part if isinstance(part, bytes) else str(part).encode()) for part in parts if part)


def _number(queue: Any, message: Any) -> None:
    """Gives a message of a FIFO queue the next number, or a repeated one the id and number of the first."""
    here = cloud()
    key = (queue.queue_arn, _scoped(queue, message))
    first = here.queues.sent_first.get(key)
    if first is not None and here.clock.now < first[2] + DEDUPLICATION:
        message.id, message.sequence_number = first[:2]
        return
    here.queues.last_number += 256
    message.sequence_number = str(FIRST + here.queues.last_number)
    here.queues.sent_first[key] = (message.id, message.sequence_number, here.clock.now)


def _scoped(queue: Any, message: Any) -> str:
    scope = message.group_id if str(getattr(queue, "deduplication_scope", "")) == "messageGroup" else ""
    return f"{scope}\0{message.deduplication_id}"


def _scope_of_deduplication() -> None:
    """AWS tells duplicates in a group or in the whole queue, as the queue says; moto always in the queue.

    Seam: `Queue.add_message`.
    """
    from moto.sqs.models import Queue

    original = Queue.add_message

    def add_message(queue: Any, message: Any) -> None:
        own = message.deduplication_id
        if queue.fifo_queue and own and str(getattr(queue, "deduplication_scope", "")) == "messageGroup":
            message.deduplication_id = _scoped(queue, message)
        try:
            original(queue, message)
        finally:
            message.deduplication_id = own

    Queue.add_message = add_message


def _checked_attributes_of_messages() -> None:
    """AWS refuses attributes that are empty, no number, too many, or named as its own; moto takes them.

    Seam: `responses.validate_message_attributes`.
    """
    import moto.sqs.responses as module

    original = module.validate_message_attributes

    def validate_message_attributes(attributes: dict[str, Any] | None) -> None:
        if attributes:
            check_attributes_of_message(attributes)
        original(attributes)

    module.validate_message_attributes = validate_message_attributes


def check_attributes_of_message(attributes: dict[str, Any]) -> None:
    """Raises AWS's refusal of a message's attributes."""
    if len(attributes) > 10:
        text = f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [10]."
        raise refusal("InvalidParameterValue", text)
    for name, row in attributes.items():
        if name.lower().startswith(("aws.", "amazon.")):
            text = "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. "
            raise refusal("InvalidParameterValue", text + "These strings are reserved for internal use.")
        if name.startswith(".") or name.endswith(".") or ".." in name:
            text = f"The message attribute name '{name}' is invalid. Periods stand alone between other characters."
            raise refusal("InvalidParameterValue", text)
        kind = str(row.get("DataType") or "")
        if kind.startswith(("String", "Number", "Binary")):
            value = row.get("BinaryValue" if kind.startswith("Binary") else "StringValue")
            if not value:
                text = f"Message (user) attribute '{name}' must contain a non-empty value of type '{kind}'."
                raise refusal("InvalidParameterValue", text)
            if kind.startswith("Number") and not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", str(value)):
                text = f"Can't cast the value of message (user) attribute '{name}' to a number."
                raise refusal("InvalidParameterValue", text)


def _groups_in_order() -> None:
    """AWS hands a FIFO group's messages out in their order, also once their visibility has ended.

    moto frees those messages one by one while it looks at them, so that a later one may overtake.
    Seam: `Queue.pending_message_groups`.
    """
    from moto.sqs.models import Queue

    def pending_message_groups(queue: Any) -> set[str]:
        queue.pending_messages.difference_update([one for one in queue.pending_messages if one.visible])
        return {one.group_id for one in queue.pending_messages if one.group_id is not None}

    Queue.pending_message_groups = property(pending_message_groups)


def _received() -> None:
    """AWS refuses limits out of bounds and unknown attributes, and says which queue a dead letter came from.

    moto says so of limits alone. Seam: `SQSResponse.receive_message`.
    """
    from moto.sqs.responses import SQSResponse

    original = SQSResponse.receive_message

    def receive_message(response: Any) -> Any:
        queue = response.sqs_backend.get_queue(response._get_queue_name())
        asked = {
            *(response._get_param("AttributeNames") or []), *(response._get_param("MessageSystemAttributeNames") or [])
        }  # fmt: skip
        for name, low, high, bounds in (
            ("MaxNumberOfMessages", 1, 10, "Must be between 1 and 10, if provided."),
            ("WaitTimeSeconds", 0, 20, "Must be >= 0 and <= 20, if provided."),
            ("VisibilityTimeout", 0, 43200, "Must be >= 0 and <= 43200, if provided."),
        ):
            value = response._get_param(name)
            if value is not None and not low <= int(value) <= high:
                raise invalid(value, name, bounds)
        if unknown := sorted(asked - OF_MESSAGES):
            raise refusal("InvalidAttributeName", f"Unknown Attribute {unknown[0]}.")
        answer = original(response)
        if asked & {"All", "DeadLetterQueueSourceArn"}:
            for row in answer.result.get("Messages", []):
                if (source := cloud().queues.died_in.get(row["MessageId"])) not in (None, queue.name):
                    arn = f"{queue.queue_arn.rpartition(':')[0]}:{source}"
                    row.setdefault("Attributes", {})["DeadLetterQueueSourceArn"] = arn
        return answer

    SQSResponse.receive_message = receive_message


def _receipt_handles() -> None:
    """AWS tells a handle that is none from one whose message is gone or back in the queue; moto does not.

    Seams: `SQSResponse.change_message_visibility`, `SQSResponse.delete_message`.
    """
    from moto.sqs.responses import SQSResponse

    change, delete = SQSResponse.change_message_visibility, SQSResponse.delete_message

    def change_message_visibility(response: Any) -> Any:
        queue = response.sqs_backend.get_queue(response._get_queue_name())
        check_visibility(queue, response._get_param("ReceiptHandle"), response._get_param("VisibilityTimeout"))
        return change(response)

    def delete_message(response: Any) -> Any:
        queue = response.sqs_backend.get_queue(response._get_queue_name())
        handle = response._get_param("ReceiptHandle")
        message = _known(queue, handle)
        if queue.fifo_queue and message is not None and message.visible:
            raise invalid(handle, "ReceiptHandle", "The receipt handle has expired.")
        return delete(response)

    SQSResponse.change_message_visibility = change_message_visibility
    SQSResponse.delete_message = delete_message


def check_visibility(queue: Any, handle: str, timeout: Any) -> None:
    """Raises AWS's refusal of a change of a message's visibility."""
    if timeout is None or not 0 <= int(timeout) <= 43200:
        raise invalid(timeout, "VisibilityTimeout", "Must be >= 0 and <= 43200, if provided.")
    message = _known(queue, handle)
    if message is None or message.visible:
        reason = "Message does not exist or is not available for visibility timeout change."
        raise invalid(handle, "ReceiptHandle", reason)


def _known(queue: Any, handle: str) -> Any:
    """Gives the message of a receipt handle, or None if it was deleted. Raises AWS's refusal of one that is none."""
    message = next((one for one in queue._messages if one.had_receipt_handle(handle)), None)
    if message is None and handle not in queue.deleted_messages:
        text = f'The input receipt handle "{handle}" is not a valid receipt handle.'
        raise refusal("ReceiptHandleIsInvalid", text)
    return message


PATCHES: tuple[Callable[[], None], ...] = (
    _checked_messages,
    _scope_of_deduplication,
    _checked_attributes_of_messages,
    _groups_in_order,
    _received,
    _receipt_handles,
)
