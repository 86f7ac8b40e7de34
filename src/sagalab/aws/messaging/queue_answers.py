"""SQS: what a queue tells of itself, and which queues are told of.

Each function below is one gap: what AWS does, its page, what moto does, and the seam.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sagalab.aws.messaging.queue_requests import refusal

MOST_QUEUES = 1000  # of one ListQueues


def _policies() -> None:
    """AWS keeps who may use a queue as a dead-letter queue, writes a redrive policy without blanks, and encrypts once.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
    moto does not know RedriveAllowPolicy. Seams: `Queue.BASE_ATTRIBUTES`, `Queue.attributes`.
    """
    from moto.sqs.models import Queue

    original = Queue.attributes.fget

    def attributes(queue: Any) -> dict[str, Any]:
        found: dict[str, Any] = original(queue)
        for name in ("RedrivePolicy", "RedriveAllowPolicy"):
            text = found.get(name)
            found[name] = json.dumps(json.loads(text), separators=(",", ":")) if text else None
        if queue.kms_master_key_id:
            found["SqsManagedSseEnabled"] = "false"  # A queue has one kind of encryption.
        return found

    Queue.redrive_allow_policy = None
    Queue.BASE_ATTRIBUTES = [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]
    Queue.attributes = property(attributes)


def _tags() -> None:
    """AWS leaves the tags of a queue without any out; moto answers an empty map.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueueTags.html
    Seam: `SQSResponse.list_queue_tags`.
    """
    from moto.core.responses import EmptyResult
    from moto.sqs.responses import SQSResponse

    original = SQSResponse.list_queue_tags

    def list_queue_tags(response: Any) -> Any:
        answer = original(response)
        return answer if answer.result.get("Tags") else EmptyResult()

    SQSResponse.list_queue_tags = list_queue_tags


def _pages_of_queues() -> None:
    """AWS refuses pages of less than one queue, or of more than 1,000; moto takes any number, or knows no pages.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html
    and API_ListDeadLetterSourceQueues. Seams: `SQSResponse.list_queues`, `SQSResponse.list_dead_letter_source_queues`.
    """
    from moto.core.responses import PaginatedResult
    from moto.sqs.responses import SQSResponse

    listed, sources = SQSResponse.list_queues, SQSResponse.list_dead_letter_source_queues

    def check(response: Any) -> Any:
        most = response._get_param("MaxResults")
        if most is not None and not 1 <= int(most) <= MOST_QUEUES:
            text = (
                f"Value for parameter MaxResults is invalid. Reason: Must be between 1 and {MOST_QUEUES}, if provided."
            )
            raise refusal("InvalidParameterValue", text)
        return most

    def list_queues(response: Any) -> Any:
        check(response)
        return listed(response)

    def list_dead_letter_source_queues(response: Any) -> Any:
        most, answer = check(response), sources(response)
        return PaginatedResult(answer.result) if most else answer

    SQSResponse.list_queues, SQSResponse.list_dead_letter_source_queues = list_queues, list_dead_letter_source_queues


def _prefixes() -> None:
    """AWS lists the queues whose names begin with a prefix; moto takes the prefix for a regular expression.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html
    Seam: `SQSBackend.list_queues`.
    """
    from moto.sqs.models import SQSBackend

    def list_queues(backend: Any, queue_name_prefix: str | None) -> list[Any]:
        return [queue for name, queue in backend.queues.items() if name.startswith(queue_name_prefix or "")]

    SQSBackend.list_queues = list_queues


def _owners() -> None:
    """AWS finds the queues of another account there; moto takes any account for this one.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html
    Seam: `SQSResponse.get_queue_url`.
    """
    from moto.sqs.exceptions import QueueDoesNotExist
    from moto.sqs.responses import SQSResponse

    original = SQSResponse.get_queue_url

    def get_queue_url(response: Any) -> Any:
        if response._get_param("QueueOwnerAWSAccountId") not in (None, "", response.current_account):
            raise QueueDoesNotExist
        return original(response)

    SQSResponse.get_queue_url = get_queue_url


PATCHES: tuple[Callable[[], None], ...] = (_policies, _tags, _pages_of_queues, _prefixes, _owners)
