"""SNS: messages as they are published, alone and in batches, and what of them AWS refuses.

Each function below is one gap: what AWS does, its page, what moto does, and the seam.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sagalab.aws.messaging.fifo_topics import NO_GROUP, NO_ID
from sagalab.aws.messaging.queue_requests import ENTRY_ID

LONGEST_SUBJECT = 100  # characters
LONGEST_BATCH = 256 * 1024  # bytes of all messages of a batch
MOST = 10  # messages of a batch
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
KINDS = re.compile(r"(String|Number|Binary)(\..+)?")


def arn_problem(arn: str, parameter: str) -> str | None:
    """Gives what AWS says of an ARN that lacks elements, or None."""
    count = len(str(arn).split(":"))
    return (
        f"Invalid parameter: {parameter} Reason: An ARN must have at least 6 elements, not {count}"
        if count < 6
        else None
    )


def _addressed() -> None:
    """AWS refuses a message without an address or with a broken one, and a subject that cannot be one.

    https://docs.aws.amazon.com/sns/latest/api/API_Publish.html. moto misses the topic, and has other words for it.
    Seam: `SNSResponse.publish`.
    """
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.responses import SNSResponse

    original = SNSResponse.publish

    def publish(response: Any) -> Any:
        given = {name: response._get_param(name) for name in ("TopicArn", "TargetArn") if response._get_param(name)}
        if not given and response._get_param("PhoneNumber") is None:
            reason = "TopicArn or TargetArn Reason: no value for required parameter"
            raise SNSInvalidParameter(f"Invalid parameter: {reason}")
        subject = response._get_param("Subject")
        problem = next((words for name, arn in given.items() if (words := arn_problem(arn, name))), None)
        if not problem and subject is not None and not is_subject(subject):
            problem = "Invalid parameter: Subject"
        if problem:
            raise SNSInvalidParameter(problem)
        return original(response)

    SNSResponse.publish = publish


def is_subject(text: str) -> bool:
    """Says whether a text can be a subject: a line of 1 to 100 characters."""
    return 0 < len(text) <= LONGEST_SUBJECT and CONTROL.search(text) is None


def _attributes() -> None:
    """AWS refuses attributes of no known type and without a fitting value; moto takes some, and has another code.

    https://docs.aws.amazon.com/sns/latest/api/API_MessageAttributeValue.html
    Seam: `SNSResponse._transform_message_attributes`.
    """
    from moto.sns.exceptions import SNSException
    from moto.sns.responses import SNSResponse

    original = SNSResponse._transform_message_attributes

    def _transform_message_attributes(response: Any, message_attributes: dict[str, Any]) -> dict[str, Any]:
        for name, row in message_attributes.items():
            if problem := attribute_problem(name, row):
                raise SNSException("ParameterValueInvalid", problem)
        changed: dict[str, Any] = original(response, message_attributes)
        return changed

    SNSResponse._transform_message_attributes = _transform_message_attributes


def attribute_problem(name: str, row: dict[str, Any]) -> str | None:
    """Gives what AWS says of a message's attribute that cannot be one, or None."""
    kind, about = str(row.get("DataType") or ""), f"The message attribute '{name}'"
    if not kind:
        return f"{about} must contain non-empty message attribute value."
    if KINDS.fullmatch(kind) is None:
        supported = "the set of supported type prefixes is Binary, Number, and String."
        return f"{about} has an invalid message attribute type, {supported}"
    field = "Binary" if kind.startswith("Binary") else "String"
    other = "StringValue" if field == "Binary" else "BinaryValue"
    value = row.get(f"{field}Value")
    if value is None and row.get(other) is not None:
        return f"{about} with type '{kind}' must use field '{field}'."
    if not value:
        return f"{about} must contain non-empty message attribute value for message attribute type '{kind}'."
    if kind == "Number" and NUMBER.fullmatch(str(value)) is None:
        return f"Could not cast message attribute '{name}' value to number."
    return None


def _batches() -> None:
    """AWS refuses a batch that is empty, too long, or has ids that are none, and tells of each message that it refused.

    https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html. moto loses what it refuses from its answer.
    Seam: `SNSBackend.publish_batch`.
    """
    from moto.sns.exceptions import SNSException, SNSInvalidParameter
    from moto.sns.models import SNSBackend

    def publish_batch(backend: Any, topic_arn: str, publish_batch_request_entries: list[dict[str, Any]]) -> Any:
        entries = publish_batch_request_entries
        topic = backend.get_topic(topic_arn)
        if refusal := batch_problem(entries):
            raise SNSException(*refusal)
        if topic.fifo_topic and not all(entry.get("MessageGroupId") for entry in entries):
            raise SNSInvalidParameter(NO_GROUP)
        drawn = str(topic.content_based_deduplication).lower() == "true"
        if topic.fifo_topic and not drawn and not all(entry.get("MessageDeduplicationId") for entry in entries):
            raise SNSInvalidParameter(NO_ID)
        taken, failed = [], []
        for entry in entries:
            try:
                taken.append({"MessageId": _published(backend, topic_arn, entry), "Id": entry["Id"]})
            except (SNSException, ValueError) as error:
                code = getattr(error, "code", "InvalidParameter")
                words = getattr(error, "message", str(error))
                failed.append({"Id": entry["Id"], "Code": code, "Message": words, "SenderFault": True})
        return taken, failed

    SNSBackend.publish_batch = publish_batch


def _published(backend: Any, topic_arn: str, entry: dict[str, Any]) -> Any:
    from moto.sns.exceptions import SNSInvalidParameter

    if entry.get("Subject") is not None and not is_subject(entry["Subject"]):
        raise SNSInvalidParameter("Invalid parameter: Subject")
    return backend.publish(
        message=entry["Message"], arn=topic_arn, subject=entry.get("Subject"),
        message_attributes=entry.get("MessageAttributes", {}), group_id=entry.get("MessageGroupId"),
        deduplication_id=entry.get("MessageDeduplicationId"), message_structure=entry.get("MessageStructure"),
    )  # fmt: skip


def batch_problem(entries: list[dict[str, Any]]) -> tuple[str, str] | None:
    """Gives the code and words of AWS's refusal of a whole batch, or None."""
    if not entries:
        return "EmptyBatchRequest", "The batch request doesn't contain any entries."
    if len(entries) > MOST:
        return "TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible."
    ids = [str(entry.get("Id")) for entry in entries]
    if any(ENTRY_ID.fullmatch(one) is None for one in ids):
        return "InvalidBatchEntryId", "The Id of a batch entry in a batch request doesn't abide by the specification."
    if len(set(ids)) < len(ids):
        return "BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id."
    if sum(len(str(entry.get("Message", "")).encode()) for entry in entries) > LONGEST_BATCH:
        return "BatchRequestTooLong", "The length of all the messages put together is more than the limit."
    return None


PATCHES: tuple[Callable[[], None], ...] = (_addressed, _attributes, _batches)
