"""SQS: attributes and policies of a queue that AWS refuses.

Each function below is one gap: what AWS does, its page, what moto does, and the seam.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

RANGES = {
    "DelaySeconds": (0, 900), "MaximumMessageSize": (1024, 1_048_576), "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20), "VisibilityTimeout": (0, 43_200),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
}  # fmt: skip
SWITCHES = ("FifoQueue", "ContentBasedDeduplication", "SqsManagedSseEnabled")
TEXTS = ("Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId", "DeduplicationScope", "FifoThroughputLimit")
RECEIVES = (1, 1000)


def _attributes() -> None:
    """AWS refuses attributes that a queue does not have, and values out of range; moto fails inside, or takes them.

    APIReference/API_SetQueueAttributes.html. Seams: `SQSBackend.create_queue`, `SQSBackend.set_queue_attributes`.
    """
    from moto.sqs.models import SQSBackend

    make, change = SQSBackend.create_queue, SQSBackend.set_queue_attributes

    def create_queue(backend: Any, name: str, tags: Any = None, **attributes: Any) -> Any:
        _check({key: value for key, value in attributes.items() if key != "region"})
        return make(backend, name, tags, **attributes)

    def set_queue_attributes(backend: Any, queue_name: str, attributes: dict[str, Any]) -> Any:
        backend.get_queue(queue_name)
        _check(attributes)
        return change(backend, queue_name, attributes)

    SQSBackend.create_queue, SQSBackend.set_queue_attributes = create_queue, set_queue_attributes


def _check(attributes: dict[str, Any]) -> None:
    from moto.sqs.exceptions import InvalidAttributeName, InvalidAttributeValue

    for name, value in attributes.items():
        if name in RANGES:
            low, high = RANGES[name]
            if not _is_whole(value) or not low <= int(value) <= high:
                raise InvalidAttributeValue(name)
        elif name in SWITCHES:
            if str(value).lower() not in ("true", "false"):
                raise InvalidAttributeValue(name)
        elif name not in TEXTS:
            raise InvalidAttributeName(name)


def _is_whole(value: Any) -> bool:
    text = str(value)
    return not isinstance(value, bool) and text.lstrip("-").isascii() and text.lstrip("-").isdigit() and len(text) < 12


def _redrive_policies() -> None:
    """AWS refuses a redrive policy that names no queue's ARN or no count from 1 to 1,000; moto fails inside.

    SQSDeveloperGuide/sqs-dead-letter-queues.html. An empty text takes the policy away. Seam: `Queue._setup_dlq`.
    """
    from moto.sqs.exceptions import SQSException
    from moto.sqs.models import Queue

    original = Queue._setup_dlq

    def _setup_dlq(queue: Any, policy: Any) -> None:
        if policy not in ("", {}) and (problem := redrive_problem(policy)):
            raise SQSException("InvalidParameterValue", problem)
        original(queue, policy)

    Queue._setup_dlq = _setup_dlq


def redrive_problem(policy: Any) -> str | None:
    """Gives what AWS says of a redrive policy that cannot be one, or None."""
    shown = f"Value {policy} for parameter RedrivePolicy is invalid. Reason: "
    try:
        row = json.loads(policy) if isinstance(policy, str) else policy
    except (ValueError, RecursionError):
        return shown + "Redrive policy is not a valid JSON map."
    if not isinstance(row, dict):
        return shown + "Redrive policy is not a valid JSON map."
    if row == {}:
        return None
    for name in ("maxReceiveCount", "deadLetterTargetArn"):
        if name not in row:
            return shown + f"Redrive policy does not contain mandatory attribute: {name}."
    if unknown := sorted(set(row) - {"maxReceiveCount", "deadLetterTargetArn"}):
        return (
            shown
            + f"Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount], not {unknown[0]!r}."
        )
    count, (low, high) = row["maxReceiveCount"], RECEIVES
    if not _is_whole(count) or not low <= int(count) <= high:
        words = f"Invalid value for maxReceiveCount: {count}, valid values are from {low} to {high} both inclusive."
        return shown + words
    target = row["deadLetterTargetArn"]
    if not isinstance(target, str) or not target.startswith("arn:") or target.split(":")[2:3] != ["sqs"]:
        return shown + "Invalid value for deadLetterTargetArn."
    return None


PATCHES: tuple[Callable[[], None], ...] = (_attributes, _redrive_policies)


def install() -> None:
    """Puts the patches in place."""
    for patch in PATCHES:
        patch()
