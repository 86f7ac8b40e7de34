"""SNS: subscriptions deliver to queues and functions on virtual time.

What AWS does: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
What moto does: it delivers inside Publish, makes a new RSA key for each envelope, and gives functions a
canned event. Seam: `Subscription.publish`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from sagalab.aws import detours
from sagalab.aws.current import Origin, cloud, origin
from sagalab.aws.detours import Undeliverable
from sagalab.aws.handing_over import to_function, to_queue
from sagalab.aws.lambdas.functions import order_of


def _publish(
    subscription: Any,
    message: str,
    message_id: str,
    subject: str | None = None,
    message_attributes: dict[str, Any] | None = None,
    group_id: str | None = None,
    deduplication_id: str | None = None,
    message_structure: str | None = None,
) -> None:
    matcher = subscription._filter_policy_matcher
    if matcher is not None and not matcher.matches(message_attributes, message):
        return
    if message_structure == "json":
        message = subscription._parse_message_structure(message, subscription.protocol)
    topic = subscription.topic
    here, caller = cloud(), origin.get()
    fact = here.history.record(
        here.clock.now, "published", subscription.topic.name, order_id=order_of(message), cause=caller.invocation,
        detail=caller.detail(),
    )  # fmt: skip
    token = origin.set(Origin(caller.function, fact, caller.execution, caller.operator))
    try:
        due = None if group_id is None else _in_turn(subscription, group_id)
        fifo = (group_id, deduplication_id)
        work = partial(_deliver, subscription, message, message_id, subject, message_attributes or {}, fifo, due)
        hand_out = partial(here.clock.spawn, work, f"topic {topic.name}")
        hand_out()
        detours.replay(topic.name, order_of(message), hand_out)
    finally:
        origin.reset(token)


def _envelope(
    subscription: Any,
    message: str,
    message_id: str,
    number: str | None,
    subject: str | None,
    attributes: dict[str, Any],
) -> Any:
    moment = cloud().clock.instant.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    body: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": message_id,
        "SequenceNumber": number,
        "TopicArn": subscription.topic.arn,
        "Subject": subject,
        "Message": message,
        "Timestamp": moment,
        "SignatureVersion": "1",
        # Nobody can check a signature here: there is no certificate behind a local cloud.
        "Signature": "not-signed-by-the-local-cloud",
        "SigningCertURL": f"https://sns.us-east-1.amazonaws.com/SimpleNotificationService-{'0' * 32}.pem",
        "UnsubscribeURL": f"https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription.arn}",
        "MessageAttributes": {name: {"Type": row["Type"], "Value": row["Value"]} for name, row in attributes.items()},
    }
    return {name: value for name, value in body.items() if value not in (None, {})}


def _deliver(
    subscription: Any,
    message: str,
    message_id: str,
    subject: str | None,
    attributes: dict[str, Any],
    fifo: tuple[str | None, str | None],
    due: float | None,
) -> None:
    here = cloud()
    here.clock.sleep(here.hop() if due is None else max(0.0, due - here.clock.now))
    parts = subscription.endpoint.split(":")
    region = parts[3] if len(parts) > 3 else "us-east-1"
    # Of a FIFO topic's message the envelope tells the number, too.
    _, number, _ = here.queues.published_first.get((subscription.topic.arn, str(fifo[1])), ("", None, 0.0))
    envelope = _envelope(subscription, message, message_id, number, subject, attributes)
    try:
        if subscription.protocol == "sqs":
            raw = str(subscription.attributes.get("RawMessageDelivery")).lower() == "true"
            passed = {name: _attribute(row) for name, row in attributes.items()}
            to_queue(
                subscription.account_id, region, subscription.endpoint, message if raw else json.dumps(envelope),
                fifo[0], passed if raw else {}, fifo[1],
            )  # fmt: skip
        elif subscription.protocol == "lambda":
            record = {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscription.arn,
                "Sns": envelope,
            }
            detours.without_queue(
                subscription.endpoint.split(":")[6], order_of(message), {"Records": [record]},
                partial(to_function, subscription.account_id, region, subscription.endpoint),
            )  # fmt: skip
        else:
            return  # E-mail, SMS and HTTP subscribers do not exist here.
    except Undeliverable as error:
        _dead_letter(subscription, region, envelope, error, fifo)
        return
    here.history.record(
        here.clock.now, "delivered", subscription.topic.name, order_id=order_of(message),
        cause=origin.get().invocation, detail={"subscription": subscription.arn, "to": subscription.endpoint},
    )  # fmt: skip


def _in_turn(subscription: Any, group: str) -> float:
    """Gives the second at which a message of a group is handed over: never before the one ahead of it."""
    here = cloud()
    due, key = here.clock.now + here.hop(), (subscription.arn, group)
    due = max(due, here.queues.handed_over.get(key, 0.0) + 0.001)
    here.queues.handed_over[key] = due
    return due


def _attribute(row: dict[str, Any]) -> dict[str, Any]:
    if str(row["Type"]).startswith("Binary"):
        return {"DataType": row["Type"], "BinaryValue": base64.b64decode(row["Value"])}
    return {"DataType": row["Type"], "StringValue": str(row["Value"])}


def _dead_letter(
    subscription: Any, region: str, envelope: dict[str, Any], error: Undeliverable, fifo: tuple[str | None, str | None]
) -> None:
    policy = subscription.attributes.get("RedrivePolicy")
    dead = json.loads(policy).get("deadLetterTargetArn") if isinstance(policy, str) else None
    here = cloud()
    here.history.record(
        here.clock.now, "dead_lettered" if dead else "delivered", subscription.topic.name,
        order_id=order_of(envelope),
        detail={"to": dead.split(":")[-1] if dead else None, "dropped": not dead, "error": error.code},
    )  # fmt: skip
    if dead:
        with suppress(Undeliverable):  # Without its dead-letter queue, too, the message is lost.
            to_queue(subscription.account_id, region, dead, json.dumps(envelope), fifo[0], deduplication=fifo[1])


def _publish_batch(original: Callable[..., Any]) -> Callable[..., Any]:
    """AWS may refuse entries of a batch that it takes; moto never does. Seam: `SNSBackend.publish_batch`."""

    def publish_batch(backend: Any, topic_arn: str, publish_batch_request_entries: list[dict[str, Any]]) -> Any:
        ids, texts = ([str(row[name]) for row in publish_batch_request_entries] for name in ("Id", "Message"))
        refused = detours.refused_entries("sns:PublishBatch", topic_arn.split(":")[-1], ids, texts)
        gone = {row["Id"] for row in refused}
        kept = [row for row in publish_batch_request_entries if row["Id"] not in gone]
        successful, failed = original(backend, topic_arn, kept) if kept or not refused else ([], [])
        return successful, refused + failed

    return publish_batch


def _to_missing_topics(original: Callable[..., Any]) -> Callable[..., Any]:
    """AWS says that a topic does not exist, https://docs.aws.amazon.com/sns/latest/api/API_Publish.html; moto speaks
    of an endpoint. It refuses an empty message, which moto takes. Seam: `SNSBackend.publish`.
    """

    def publish(backend: Any, message: str, arn: str | None = None, *args: Any, **fields: Any) -> Any:
        from moto.sns.exceptions import SNSInvalidParameter, TopicNotFound

        if not message:
            raise SNSInvalidParameter("Invalid parameter: Empty message")
        if arn is not None and ":endpoint/" not in arn and arn not in backend.topics:
            raise TopicNotFound()
        return original(backend, message, arn, *args, **fields)

    return publish


def _principals(original: Callable[..., Any]) -> Callable[..., Any]:
    """AWS says who subscribed; moto does not. Seam: `SNSBackend.get_subscription_attributes`."""

    def get_subscription_attributes(backend: Any, arn: str) -> Any:
        return {**original(backend, arn), "SubscriptionPrincipal": f"arn:aws:iam::{backend.account_id}:user/moto"}

    return get_subscription_attributes


def _subscriptions() -> None:
    """See the top of this module. Seams: those of `SNSBackend` below, `Subscription.publish`."""
    from moto.sns.models import SNSBackend, Subscription

    SNSBackend.publish = _to_missing_topics(SNSBackend.publish)
    SNSBackend.publish_batch = _publish_batch(SNSBackend.publish_batch)
    SNSBackend.get_subscription_attributes = _principals(SNSBackend.get_subscription_attributes)
    Subscription.publish = _publish


PATCHES: tuple[Callable[[], None], ...] = (_subscriptions,)
