"""SQS: batches, of which some entries may fail while the others go through.

What AWS does: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html and the
two beside it. Each function below is one gap and its seam.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sagalab.aws.messaging.message_requests import check_message, check_visibility, size_of_message
from sagalab.aws.messaging.queue_requests import RANGES, refusal

LONGEST_BATCH = RANGES["MaximumMessageSize"][1]  # bytes
REFUSED = "\0refused"  # where an entry keeps the error that its attributes met


def _batches_of_messages() -> None:
    """AWS takes a batch's good messages and tells of each bad one; moto refuses the whole batch for most slips.

    Seam: `SQSBackend.send_message_batch`.
    """
    from moto.sqs.exceptions import SQSException
    from moto.sqs.models import SQSBackend

    original = SQSBackend.send_message_batch

    def send_message_batch(backend: Any, queue_name: str, entries: dict[str, dict[str, Any]]) -> Any:
        queue = backend.get_queue(queue_name)
        size = sum(
            size_of_message(entry.get("MessageBody"), entry.get("MessageAttributes")) for entry in entries.values()
        )
        if size > LONGEST_BATCH:
            text = f"Batch requests cannot be longer than {LONGEST_BATCH} bytes. You have sent {size} bytes."
            raise refusal("AWS.SimpleQueueService.BatchRequestTooLong", text)
        kept, failed = {}, []
        for key, entry in entries.items():
            try:
                check_entry(backend, queue, entry)
                kept[key] = entry
            except SQSException as error:
                row = {"Id": entry["Id"], "SenderFault": True, "Code": error.code, "Message": error.message}
                failed.append(row)
        messages, more = original(backend, queue_name, kept) if kept else ([], [])
        return messages, failed + more

    SQSBackend.send_message_batch = send_message_batch


def check_entry(backend: Any, queue: Any, entry: dict[str, Any]) -> None:
    """Raises AWS's refusal of one message of a batch."""
    if REFUSED in entry:
        raise entry[REFUSED]
    fields = {
        "message_attributes": entry.get("MessageAttributes"), "delay_seconds": entry.get("DelaySeconds"),
        "group_id": entry.get("MessageGroupId"), "deduplication_id": entry.get("MessageDeduplicationId"),
    }  # fmt: skip
    check_message(queue, entry.get("MessageBody"), fields)
    backend._validate_message(
        queue, entry["MessageBody"], int(entry.get("DelaySeconds") or 0), fields["deduplication_id"], fields["group_id"]
    )


def _attributes_of_one_message() -> None:
    """AWS fails the one entry whose attributes cannot be; moto refuses the batch for it.

    Seam: `SQSResponse.send_message_batch`.
    """
    from moto.sqs import responses
    from moto.sqs.exceptions import SQSException

    original = responses.SQSResponse.send_message_batch

    def send_message_batch(response: Any) -> Any:
        for entry in response._get_param("Entries") or []:
            try:
                responses.validate_message_attributes(entry.get("MessageAttributes"))
            except SQSException as error:
                entry.update({"MessageAttributes": {}, REFUSED: error})
        return original(response)

    responses.SQSResponse.send_message_batch = send_message_batch


def _changes_of_visibility() -> None:
    """AWS says of each entry what it says of a call of its own; moto has other words, and takes what is out of bounds.

    Seam: `SQSBackend.change_message_visibility_batch`.
    """
    from moto.sqs.exceptions import SQSException
    from moto.sqs.models import SQSBackend

    def change_message_visibility_batch(backend: Any, queue_name: str, entries: list[dict[str, Any]]) -> Any:
        queue, done, failed = backend.get_queue(queue_name), [], []
        for entry in entries:
            handle, timeout = entry["ReceiptHandle"], entry.get("VisibilityTimeout")
            try:
                check_visibility(queue, handle, timeout)
                backend.change_message_visibility(queue_name, receipt_handle=handle, visibility_timeout=timeout)
                done.append(entry["Id"])
            except SQSException as error:
                row = {"Id": entry["Id"], "SenderFault": True, "Code": error.code, "Message": error.message}
                failed.append(row)
        return done, failed

    SQSBackend.change_message_visibility_batch = change_message_visibility_batch


def _answers() -> None:
    """AWS leaves out of a batch's answer what no entry did; moto answers an empty list. Seams: the three of
    `SQSResponse`: `send_message_batch`, `delete_message_batch` and `change_message_visibility_batch`.
    """
    from moto.sqs.responses import SQSResponse

    def shorter(original: Callable[..., Any]) -> Callable[..., Any]:
        def batch(response: Any) -> Any:
            answer = original(response)
            for name in ("Successful", "Failed"):
                if not answer.result.get(name):
                    answer.result.pop(name, None)
            return answer

        return batch

    for name in ("send_message_batch", "delete_message_batch", "change_message_visibility_batch"):
        setattr(SQSResponse, name, shorter(getattr(SQSResponse, name)))


PATCHES: tuple[Callable[[], None], ...] = (
    _batches_of_messages, _attributes_of_one_message, _changes_of_visibility, _answers,
)  # fmt: skip
