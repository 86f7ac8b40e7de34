"""SNS: subscriptions and messages that AWS refuses.

Each function below is one gap: what AWS does, its page, what moto does, and the seam.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from sagalab.aws.early_refusals import json_problem
from sagalab.aws.messaging.redrive_policies import redrive_problem

LARGEST = 256 * 1024  # bytes of a message with its attributes
PLACE = r"[a-z]{2}-[a-z-]+-\d:\d{12}"
ENDPOINTS = {
    "sqs": ("SQS endpoint ARN", re.compile(rf"arn:aws[a-z-]*:sqs:{PLACE}:[A-Za-z0-9_-]{{1,80}}(\.fifo)?")),
    "lambda": (
        "Lambda endpoint ARN",
        re.compile(rf"arn:aws[a-z-]*:lambda:{PLACE}:function:[A-Za-z0-9_-]{{1,64}}(:[$A-Za-z0-9_-]+)?"),
    ),
}


def _attributes() -> None:
    """AWS refuses attributes that are no JSON or no switch; moto fails inside, or takes them.

    api/API_SetSubscriptionAttributes.html. Seam: `SNSBackend.set_subscription_attributes`.
    """
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.models import SNSBackend

    original = SNSBackend.set_subscription_attributes

    def set_subscription_attributes(backend: Any, arn: str, name: str, value: Any) -> None:
        if problem := _problem(name, value):
            raise SNSInvalidParameter(f"Invalid parameter: {problem}")
        original(backend, arn, name, value)

    SNSBackend.set_subscription_attributes = set_subscription_attributes


def _problem(name: str, value: Any) -> str | None:
    if name == "DeliveryPolicy" and value:
        problem = json_problem(value) or (None if isinstance(json.loads(value), dict) else "It is no object.")
        if problem:
            return f"{name}: failed to parse JSON. {problem}"
    if name == "RawMessageDelivery" and str(value).lower() not in ("true", "false"):
        return f"RawMessageDelivery: Invalid value [{value}]. Must be true or false."
    if name == "RedrivePolicy" and value:
        problem = json_problem(value)
        row = None if problem else json.loads(value)
        if not isinstance(row, dict) or redrive_problem(json.dumps({"maxReceiveCount": 1, **row})):
            return "RedrivePolicy: it must be an object with a queue's ARN as deadLetterTargetArn"
    return None


def _topics() -> None:
    """AWS says what is wrong with a topic's ARN that is none; moto fails inside. api/API_GetTopicAttributes.html.

    Seam: `SNSBackend.get_topic`.
    """
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.models import SNSBackend

    original = SNSBackend.get_topic

    def get_topic(backend: Any, arn: str) -> Any:
        count = len(str(arn).split(":"))
        if count < 6:
            words = f"TopicArn Reason: An ARN must have at least 6 elements, not {count}"
            raise SNSInvalidParameter(f"Invalid parameter: {words}")
        return original(backend, arn)

    SNSBackend.get_topic = get_topic


def _subscriptions() -> None:
    """AWS refuses an endpoint that is no ARN of its kind, and makes no subscription of what it refuses; moto does.

    api/API_Subscribe.html. Seams: `SNSBackend.subscribe`, `SNSResponse.subscribe`.
    """
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.models import SNSBackend
    from moto.sns.responses import SNSResponse

    in_backend, in_response = SNSBackend.subscribe, SNSResponse.subscribe

    def subscribe(backend: Any, topic_arn: str, endpoint: str, protocol: str) -> Any:
        what, pattern = ENDPOINTS.get(protocol, ("", re.compile(r"(?s).*")))
        if pattern.fullmatch(endpoint or "") is None:
            raise SNSInvalidParameter(f"Invalid parameter: {what}")
        return in_backend(backend, topic_arn, endpoint, protocol)

    def subscribe_whole(response: Any) -> Any:
        before = set(response.backend.subscriptions)
        try:
            return in_response(response)
        except Exception:
            for arn in set(response.backend.subscriptions) - before:
                del response.backend.subscriptions[arn]
            raise

    SNSBackend.subscribe, SNSResponse.subscribe = subscribe, subscribe_whole


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


PATCHES: tuple[Callable[[], None], ...] = (_attributes, _topics, _subscriptions, _sizes, _one_message)
