"""SQS: which queue's messages die where, and who may let them.

What AWS does: a policy names the queue and the receives, and a dead-letter queue may say whose it is.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
"""

from __future__ import annotations

import json
import re
from typing import Any

RECEIVES = (1, 1000)
WHOLE = re.compile(r"-?\d{1,11}", re.ASCII)
PERMISSIONS = ("allowAll", "denyAll", "byQueue")
MOST_SOURCES = 10


def redrive_problem(text: str) -> str | None:
    """Gives what AWS says of a redrive policy that cannot be one, or None: sqs-dead-letter-queues.html."""
    shown = f"Value {text} for parameter RedrivePolicy is invalid. Reason: "
    if not is_object(text):
        return shown + "Redrive policy is not a valid JSON map."
    policy = json.loads(text)
    if not policy:
        return None
    for name in ("deadLetterTargetArn", "maxReceiveCount"):
        if name not in policy:
            return shown + f"Redrive policy does not contain mandatory attribute: {name}."
    if unknown := sorted(set(policy) - {"maxReceiveCount", "deadLetterTargetArn"}):
        supported = "Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount]"
        return f"{shown}{supported}, not {unknown[0]!r}."
    count, (low, high) = policy["maxReceiveCount"], RECEIVES
    if not is_whole(count) or not low <= int(count) <= high:
        words = f"Invalid value for maxReceiveCount: {count}, valid values are from {low} to {high} both inclusive."
        return shown + words
    target = policy["deadLetterTargetArn"]
    if not isinstance(target, str) or not target.startswith("arn:") or target.split(":")[2:3] != ["sqs"]:
        return shown + "Invalid value for deadLetterTargetArn."
    return None


def allow_problem(text: str) -> str | None:
    """Gives what is wrong with a policy of who may use a queue as a dead-letter queue, or None."""
    if not is_object(text):
        return "Redrive allow policy is not a valid JSON map."
    policy = json.loads(text)
    permission, sources = policy.get("redrivePermission"), policy.get("sourceQueueArns")
    if permission not in PERMISSIONS:
        return f"Invalid redrivePermission, valid values are {', '.join(PERMISSIONS)}."
    if (permission == "byQueue") != bool(sources):
        return "sourceQueueArns are given with the redrivePermission byQueue, and with no other."
    if sources and (not isinstance(sources, list) or len(sources) > MOST_SOURCES):
        return f"sourceQueueArns is a list of at most {MOST_SOURCES} queues."
    return None


def permits(text: str | None, source: str) -> bool:
    """Says whether a dead-letter queue with this policy takes the messages of a source."""
    policy = json.loads(text) if text else {}
    permission = policy.get("redrivePermission", "allowAll")
    return permission == "allowAll" or (permission == "byQueue" and source in policy["sourceQueueArns"])


def is_object(text: Any) -> bool:
    """Says whether a text is a JSON object."""
    try:
        return isinstance(json.loads(str(text)), dict)
    except (ValueError, RecursionError):
        return False


def is_whole(value: Any) -> bool:
    """Says whether a value is a whole number, or a text of one."""
    return not isinstance(value, bool) and WHOLE.fullmatch(str(value)) is not None
