"""SNS: FIFO topics, which number their messages and know a repeated one for five minutes.

Each function below is one gap: what AWS does, its page, what moto does, and the seam.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from sagalab.aws.current import cloud
from sagalab.aws.messaging.queues import DEDUPLICATION

FIRST = 10000000000000000000  # sequence numbers have 20 digits
NO_GROUP = "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"
NO_ID = (
    "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
    "provided explicitly"
)


def _known_messages() -> None:
    """AWS takes a repeated message and hands it out once, also to queues that would take it twice, and refuses one
    without a group or an id as an invalid parameter; moto hands it out again, and speaks of a missing parameter.

    https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html. Seam: `SNSBackend.publish`.
    """
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.models import SNSBackend

    original = SNSBackend.publish

    def publish(backend: Any, message: str, arn: str | None = None, **fields: Any) -> Any:
        topic = backend.topics.get(arn)
        if topic is None or not topic.fifo_topic:
            return original(backend, message, arn, **fields)
        drawn = str(topic.content_based_deduplication).lower() == "true"
        if not fields.get("group_id"):
            raise SNSInvalidParameter(NO_GROUP)
        if not fields.get("deduplication_id") and not drawn:
            raise SNSInvalidParameter(NO_ID)
        here = cloud()
        # The topic draws the id where none is given, so that its queues need not.
        own = fields.get("deduplication_id") or hashlib.sha256(message.encode()).hexdigest()
        known = here.queues.published_first.get((str(arn), own))
        if known is not None and here.clock.now < known[2] + DEDUPLICATION:
            return known[0]
        message_id = original(backend, message, arn, **{**fields, "deduplication_id": own})
        here.queues.last_number += 1000
        here.queues.published_first[str(arn), own] = (
            message_id, str(FIRST + here.queues.last_number), here.clock.now,
        )  # fmt: skip
        return message_id

    SNSBackend.publish = publish


def _numbers() -> None:
    """AWS answers with the number of a FIFO topic's message; moto leaves it out.

    https://docs.aws.amazon.com/sns/latest/api/API_Publish.html. Seams: `SNSResponse.publish`,
    `SNSResponse.publish_batch`.
    """
    from moto.sns.responses import SNSResponse

    one, several = SNSResponse.publish, SNSResponse.publish_batch

    def publish(response: Any) -> Any:
        answer = one(response)
        answer.result.update(_number_of(answer.result["MessageId"]))
        return answer

    def publish_batch(response: Any) -> Any:
        answer = several(response)
        for row in answer.result["Successful"]:
            row.update(_number_of(row["MessageId"]))
        return answer

    SNSResponse.publish, SNSResponse.publish_batch = publish, publish_batch


def _number_of(message_id: str) -> dict[str, str]:
    rows = cloud().queues.published_first.values()
    return next(({"SequenceNumber": number} for known, number, _ in rows if known == message_id), {})


PATCHES: tuple[Callable[[], None], ...] = (_known_messages, _numbers)
