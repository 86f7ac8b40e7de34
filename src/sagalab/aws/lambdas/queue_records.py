"""Lambda: the record of a queue's message in the event of a function.

What AWS does: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
"""

from __future__ import annotations

import base64
from typing import Any


def record_of(mapping: Any, queue: Any, message: Any) -> dict[str, Any]:
    """Gives what a function is told of one message."""
    record = {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": _attributes(message),
        "messageAttributes": {name: _attribute(row) for name, row in message.message_attributes.items()},
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.queue_arn,
        "awsRegion": queue.region,
    }
    if message.message_attributes:
        record["md5OfMessageAttributes"] = message.attribute_md5
    elif mapping.max_batch_window:
        record["md5OfMessageAttributes"] = None  # Who gathers messages for a while writes down that there is none.
    return record


def _attributes(message: Any) -> dict[str, str]:
    attributes = {
        "ApproximateReceiveCount": str(message.approximate_receive_count),
        "SentTimestamp": str(message.sent_timestamp),
        "SenderId": message.sender_id,
        "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
        "SequenceNumber": message.sequence_number,
        "MessageGroupId": message.group_id,
        "MessageDeduplicationId": message.deduplication_id,
    }
    return {name: value for name, value in attributes.items() if value is not None}


def _attribute(row: dict[str, Any]) -> dict[str, Any]:
    kind, binary = row.get("DataType") or row.get("data_type"), row.get("BinaryValue") or row.get("binary_value")
    if binary is not None:
        raw = binary if isinstance(binary, bytes) else str(binary).encode()
        value: dict[str, Any] = {"binaryValue": base64.b64encode(raw).decode()}
    else:
        value = {"stringValue": row.get("StringValue") or row.get("string_value")}
    return {**value, "stringListValues": [], "binaryListValues": [], "dataType": kind}
