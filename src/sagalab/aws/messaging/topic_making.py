"""SNS: topics as they are made and described, and what of them AWS refuses.

Each function below is one gap: what AWS does, its page, what moto does, and the seam.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
DELIVERY = {
    "http": {
        "defaultHealthyRetryPolicy": {
            "minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3, "numMaxDelayRetries": 0,
            "numNoDelayRetries": 0, "numMinDelayRetries": 0, "backoffFunction": "linear",
        },
        "disableSubscriptionOverrides": False,
        "defaultRequestPolicy": {"headerContentType": "text/plain; charset=UTF-8"},
    }
}  # fmt: skip
FEEDBACK = [
    f"{way}{what}"
    for way in ("HTTP", "Firehose", "Lambda", "Application", "SQS")
    for what in ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")
]
SETTINGS = ["KmsMasterKeyId", "SignatureVersion", "TracingConfig", "FifoThroughputScope", "ArchivePolicy", *FEEDBACK]
DEFAULTS = {"SignatureVersion": "1", "TracingConfig": "PassThrough", "FifoThroughputScope": "Topic"}
CHANGEABLE = {"Policy", "DisplayName", "DeliveryPolicy", "ContentBasedDeduplication", *SETTINGS}


def _made_again() -> None:
    """AWS refuses a name that cannot be one, and a topic that is there with other tags or attributes.

    https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html. moto has other words for the first, takes the
    second, and takes "false" for true. Seam: `SNSBackend.create_topic`.
    """
    from moto.core.utils import camelcase_to_underscores
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.models import SNSBackend
    from moto.sns.utils import make_arn_for_topic

    original = SNSBackend.create_topic

    def create_topic(
        backend: Any, name: str, attributes: dict[str, str] | None = None, tags: dict[str, str] | None = None
    ) -> Any:
        given = dict(attributes or {})
        if str(given.get("FifoTopic")).lower() != "true":
            given.pop("FifoTopic", None)
            if NAME.fullmatch(name or "") is None:
                raise SNSInvalidParameter("Invalid parameter: Topic Name")
        known = backend.topics.get(make_arn_for_topic(backend.account_id, name, backend.region_name))
        if known is not None:
            if tags and tags != known._tags:
                raise SNSInvalidParameter("Invalid parameter: Tags Reason: Topic already exists with different tags")
            for attribute, value in given.items():
                if not same(getattr(known, camelcase_to_underscores(attribute), DEFAULTS.get(attribute)), value):
                    reason = "Topic already exists with different attributes"
                    raise SNSInvalidParameter(f"Invalid parameter: Attributes Reason: {reason}")
            return known
        return original(backend, name, given, tags)

    SNSBackend.create_topic = create_topic


def same(known: Any, value: Any) -> bool:
    """Says whether two values of an attribute mean the same: switches in any case, JSON with any blanks."""
    if str(known).lower() == str(value).lower():
        return True
    try:
        return bool(json.loads(str(known)) == json.loads(str(value)))
    except (ValueError, RecursionError):
        return False


def _described() -> None:
    """AWS counts a topic's subscriptions, tells of every setting, and leaves out what is not set; moto does none of it.

    https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html. Seam: `SNSResponse.get_topic_attributes`.
    """
    from moto.core.utils import camelcase_to_underscores
    from moto.sns.responses import SNSResponse

    original = SNSResponse.get_topic_attributes

    def get_topic_attributes(response: Any) -> Any:
        answer = original(response)
        found, backend = answer.result["Attributes"], response.backend
        topic = backend.topics[found["TopicArn"]]
        rows = backend._get_topic_subscriptions(topic)
        waiting = sum(str(row.attributes.get("PendingConfirmation")).lower() == "true" for row in rows)
        found |= {"SubscriptionsPending": waiting, "SubscriptionsConfirmed": len(rows) - waiting}
        own = json.loads(topic.delivery_policy) if topic.delivery_policy else {}
        found["EffectiveDeliveryPolicy"] = json.dumps(
            {"http": {**DELIVERY["http"], **own.get("http", {})}}, separators=(",", ":")
        )
        if not topic.delivery_policy:
            found.pop("DeliveryPolicy", None)
        if topic.fifo_topic:
            found["FifoThroughputScope"] = "Topic"
        for name in SETTINGS:
            if value := getattr(topic, camelcase_to_underscores(name), None):
                found[name] = value
        return answer

    SNSResponse.get_topic_attributes = get_topic_attributes


def _changed() -> None:
    """AWS refuses to change an attribute that is none, or the kind of a topic; moto keeps whatever it is told.

    https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html. Seam: `SNSResponse.set_topic_attributes`.
    """
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.responses import SNSResponse

    original = SNSResponse.set_topic_attributes

    def set_topic_attributes(response: Any) -> Any:
        response.backend.get_topic(response._get_param("TopicArn"))
        if response._get_param("AttributeName") not in CHANGEABLE:
            raise SNSInvalidParameter("Invalid parameter: AttributeName")
        return original(response)

    SNSResponse.set_topic_attributes = set_topic_attributes


PATCHES: tuple[Callable[[], None], ...] = (_made_again, _described, _changed)
