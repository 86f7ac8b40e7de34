"""SNS: subscriptions and messages that AWS refuses.

Each function below is one gap: what AWS does, its page, what moto does, and the seam.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from sagalab.aws.early_refusals import json_problem
from sagalab.aws.lacking import not_supported
from sagalab.aws.messaging.published import arn_problem

CONFIRMED_BY_HAND = ("email", "email-json", "http", "https")
ELSEWHERE = ("sms", "application", "firehose")  # protocols of AWS that lead out of this cloud
LARGEST = 256 * 1024  # bytes of a message with its attributes
PLACE = r"[a-z]{2}-[a-z-]+-\d:\d{12}"
ENDPOINTS = {
    "sqs": ("SQS endpoint ARN", re.compile(rf"arn:aws[a-z-]*:sqs:{PLACE}:[A-Za-z0-9_-]{{1,80}}(\.fifo)?")),
    "lambda": (
        "Lambda endpoint ARN",
        re.compile(rf"arn:aws[a-z-]*:lambda:{PLACE}:function:[A-Za-z0-9_-]{{1,64}}(:[$A-Za-z0-9_-]+)?"),
    ),
}


def _topics() -> None:
    """AWS says what is wrong with a topic's ARN that is none; moto fails inside. api/API_GetTopicAttributes.html.

    Seam: `SNSBackend.get_topic`.
    """
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.models import SNSBackend

    original = SNSBackend.get_topic

    def get_topic(backend: Any, arn: str) -> Any:
        if problem := arn_problem(arn, "TopicArn"):
            raise SNSInvalidParameter(problem)
        return original(backend, arn)

    SNSBackend.get_topic = get_topic


def _subscriptions() -> None:
    """AWS refuses a protocol or an endpoint that is none, and makes no subscription of what it refuses; moto does.

    An address of mail or the web waits until somebody there confirms, and gets nothing before that: here nobody can.
    api/API_Subscribe.html. Seams: `SNSBackend.subscribe`, `SNSResponse.subscribe`.
    """
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.models import SNSBackend
    from moto.sns.responses import SNSResponse

    in_backend, in_response = SNSBackend.subscribe, SNSResponse.subscribe

    def subscribe(backend: Any, topic_arn: str, endpoint: str, protocol: str) -> Any:
        if protocol in ELSEWHERE:
            raise _not_here(f"the SNS protocol {protocol}")
        if protocol not in ENDPOINTS and protocol not in CONFIRMED_BY_HAND:
            raise SNSInvalidParameter(f"Invalid parameter: Does not support this protocol string: {protocol}")
        if protocol != "sqs" and topic_arn.endswith(".fifo"):
            raise SNSInvalidParameter("Invalid parameter: Protocol Reason: FIFO topics deliver to queues alone")
        if protocol in ("http", "https") and not str(endpoint).startswith(f"{protocol}://"):
            raise SNSInvalidParameter("Invalid parameter: Endpoint must match the specified protocol")
        what, pattern = ENDPOINTS.get(protocol, ("", re.compile(r"(?s).*")))
        if pattern.fullmatch(endpoint or "") is None:
            raise SNSInvalidParameter(f"Invalid parameter: {what}")
        return in_backend(backend, topic_arn, endpoint, protocol)

    def subscribe_whole(response: Any) -> Any:
        before = set(response.backend.subscriptions)
        try:
            answer = in_response(response)
            if response._get_param("Protocol") in CONFIRMED_BY_HAND:
                made = response.backend.subscriptions[answer.result["SubscriptionArn"]]
                made.attributes["PendingConfirmation"] = "true"
                if str(response._get_param("ReturnSubscriptionArn")).lower() != "true":
                    answer.result["SubscriptionArn"] = "pending confirmation"
            return answer
        except Exception:
            for arn in set(response.backend.subscriptions) - before:
                del response.backend.subscriptions[arn]
            raise

    SNSBackend.subscribe, SNSResponse.subscribe = subscribe, subscribe_whole


def _not_here(feature: str) -> Exception:
    from moto.sns.exceptions import SNSException

    return SNSException("NotSupportedHere", not_supported(feature))


def _sizes() -> None:
    """AWS counts the bytes of a message; moto its characters. api/API_Publish.html. Seam: `SNSBackend.publish`."""
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.models import SNSBackend

    original = SNSBackend.publish

    def publish(backend: Any, message: str, *args: Any, **fields: Any) -> Any:
        attributes = fields.get("message_attributes") or {}
        about = "".join(f"{name}{row.get('Type', '')}{row.get('Value', '')}" for name, row in attributes.items())
        if len(f"{message}{about}".encode()) > LARGEST:
            raise SNSInvalidParameter("Invalid parameter: Message too long")
        return original(backend, message, *args, **fields)

    SNSBackend.publish = publish


def _one_message() -> None:
    """AWS writes the words of an error once, as Message; moto as message, too, where the model of the error has one.

    https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html. Seam: `BaseXMLSerializer._serialize_error_metadata`.
    """
    from moto.core.serialize import BaseXMLSerializer

    original = BaseXMLSerializer._serialize_error_metadata

    def _serialize_error_metadata(serializer: Any, serialized: Any, error: Exception, shape: Any) -> None:
        original(serializer, serialized, error, shape)
        if "Message" in serialized:
            serialized.pop("message", None)

    BaseXMLSerializer._serialize_error_metadata = _serialize_error_metadata


def _texts_by_protocol() -> None:
    """AWS refuses texts by protocol without a default one; moto takes them. A phone has no number here.

    api/API_Publish.html. Seam: `SNSBackend.publish`.
    """
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.models import SNSBackend

    original = SNSBackend.publish

    def publish(backend: Any, message: str, arn: str | None = None, **fields: Any) -> Any:
        if fields.get("phone_number"):
            raise _not_here("a text message to a phone")
        if fields.get("message_structure") == "json":
            row = None if json_problem(message) else json.loads(message)
            if not isinstance(row, dict):
                raise SNSInvalidParameter("Invalid parameter: Message Structure - JSON message body failed to parse")
            if "default" not in row:
                words = "Invalid parameter: Message Structure - No default entry in JSON message body"
                raise SNSInvalidParameter(words)
        return original(backend, message, arn, **fields)

    SNSBackend.publish = publish


def _pages() -> None:
    """AWS refuses a page that it never gave as an invalid parameter; moto fails inside.

    api/API_ListTopics.html. Seam: `SNSBackend._get_values_nexttoken`.
    """
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.models import SNSBackend

    original = SNSBackend._get_values_nexttoken

    def _get_values_nexttoken(backend: Any, values_map: Any, next_token: str | None = None) -> Any:
        if next_token and not str(next_token).isdecimal():
            raise SNSInvalidParameter("Invalid parameter: NextToken")
        return original(backend, values_map, next_token)

    SNSBackend._get_values_nexttoken = _get_values_nexttoken


PATCHES: tuple[Callable[[], None], ...] = (
    _topics, _subscriptions, _sizes, _one_message, _texts_by_protocol, _pages,
)  # fmt: skip
