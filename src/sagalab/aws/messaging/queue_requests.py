"""SQS: attributes of queues and batches that AWS refuses.

What AWS does: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
and the others of its kind. Each function below is one gap and its seam.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from sagalab.aws.messaging.redrive_policies import allow_problem, is_object, is_whole, permits, redrive_problem

RANGES = {
    "DelaySeconds": (0, 900), "MaximumMessageSize": (1024, 1048576), "MessageRetentionPeriod": (60, 1209600),
    "ReceiveMessageWaitTimeSeconds": (0, 20), "VisibilityTimeout": (0, 43200),
    "KmsDataKeyReusePeriodSeconds": (60, 86400),
}  # fmt: skip
FIFO_ONLY = {"FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"}
OTHERS = {"Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId", "SqsManagedSseEnabled"}
READ_ONLY = {
    "All", "QueueArn", "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed", "CreatedTimestamp", "LastModifiedTimestamp",
}  # fmt: skip
CHOICES = {
    "DeduplicationScope": ("queue", "messageGroup"), "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
    "ContentBasedDeduplication": ("true", "false"), "FifoQueue": ("true", "false"),
    "SqsManagedSseEnabled": ("true", "false"),
}  # fmt: skip
ENTRY_ID = re.compile(r"[\w-]{1,80}", re.ASCII)


def refusal(code: str, message: str) -> Exception:
    from moto.sqs.exceptions import SQSException

    return SQSException(code, message)


def invalid(value: Any, parameter: str, reason: str) -> Exception:
    return refusal("InvalidParameterValue", f"Value {value} for parameter {parameter} is invalid. Reason: {reason}")


# -- attributes of queues -------------------------------------------------------------------------


def _checked_attributes() -> None:
    """AWS refuses unknown attributes and values out of range; moto takes them, or fails inside.

    Seams: `SQSResponse.create_queue`, `SQSResponse.set_queue_attributes`.
    """
    from moto.sqs.exceptions import MissingParameter
    from moto.sqs.responses import SQSResponse

    create, change = SQSResponse.create_queue, SQSResponse.set_queue_attributes

    def create_queue(response: Any) -> Any:
        if response._get_param("QueueName") is None:
            raise MissingParameter("QueueName")
        name, attributes = str(response._get_param("QueueName")), response._get_param("Attributes") or {}
        fifo = str(attributes.get("FifoQueue", "")).lower() == "true"
        if name.endswith(".fifo") and not fifo:
            text = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
            raise refusal("InvalidParameterValue", text)
        if fifo and not re.fullmatch(r"[\w-]{1,75}\.fifo", name, re.ASCII):
            raise refusal(
                "InvalidParameterValue", "The name of a FIFO queue can only include alphanumeric characters, hyphens, "
                "or underscores, must end with .fifo suffix and be 1 to 80 in length.",
            )  # fmt: skip
        arn = f"arn:aws:sqs:{response.region}:{response.current_account}:{name}"
        _check_attributes(response.sqs_backend, attributes, fifo, arn)
        if (known := response.sqs_backend.queues.get(name)) is not None:
            _check_known(known, attributes)
        return create(response)

    def set_queue_attributes(response: Any) -> Any:
        queue = response.sqs_backend.get_queue(response._get_queue_name())
        attributes = response._get_param("Attributes") or {}
        if "FifoQueue" in attributes and queue.fifo_queue:
            raise refusal(
                "InvalidAttributeValue",
                "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
            )
        _check_attributes(
            response.sqs_backend, attributes, queue.fifo_queue, queue.queue_arn, queue.deduplication_scope
        )
        answer, policy = queue.policy, attributes.get("Policy")
        done = change(response)
        if policy is None:
            queue.policy = answer  # moto forgets it as soon as anything else is set
        return done

    SQSResponse.create_queue = create_queue
    SQSResponse.set_queue_attributes = set_queue_attributes


def _check_attributes(backend: Any, attributes: dict[str, Any], fifo: bool, arn: str, scope: str = "queue") -> None:
    for name, value in attributes.items():
        if name not in RANGES and name not in OTHERS and not (fifo and name in FIFO_ONLY):
            raise refusal("InvalidAttributeName", f"Unknown Attribute {name}.")
        bad = refusal("InvalidAttributeValue", f"Invalid value for the parameter {name}.")
        if name in RANGES:
            low, high = RANGES[name]
            if not is_whole(value) or not low <= int(value) <= high:
                raise bad
        elif (
            name in CHOICES
            and str(value).lower() not in [one.lower() for one in CHOICES[name]]
            or name == "Policy"
            and value
            and not is_object(value)
        ):
            raise bad
    if attributes.get("KmsMasterKeyId") and str(attributes.get("SqsManagedSseEnabled")).lower() == "true":
        text = "You can use one type of server-side encryption (SSE) at one time."
        raise refusal("InvalidAttributeName", f"{text} You can either enable KMS SSE or SQS SSE.")
    if (
        attributes.get("FifoThroughputLimit") == "perMessageGroupId"
        and attributes.get("DeduplicationScope", scope) != "messageGroup"
    ):
        reason = "The perMessageGroupId value is allowed only where DeduplicationScope is messageGroup."
        raise refusal("InvalidAttributeValue", f"Invalid value for the parameter FifoThroughputLimit. Reason: {reason}")
    if attributes.get("RedrivePolicy"):
        _check_redrive(backend, str(attributes["RedrivePolicy"]), fifo, arn)
    if attributes.get("RedriveAllowPolicy") and (problem := allow_problem(str(attributes["RedriveAllowPolicy"]))):
        raise invalid(attributes["RedriveAllowPolicy"], "RedriveAllowPolicy", problem)


def _check_redrive(backend: Any, text: str, fifo: bool, arn: str) -> None:
    if problem := redrive_problem(text):
        raise refusal("InvalidParameterValue", problem)
    policy = json.loads(text)
    if not policy:
        return
    dead = next((one for one in backend.queues.values() if one.queue_arn == policy["deadLetterTargetArn"]), None)
    if dead is None:
        raise invalid(text, "RedrivePolicy", "Dead letter target does not exist.")
    if bool(dead.fifo_queue) != fifo:
        raise invalid(text, "RedrivePolicy", "Dead-letter queue must be same type of queue as the source.")
    if not permits(dead.redrive_allow_policy, arn):
        raise invalid(text, "RedrivePolicy", "Queue is not permitted to use the dead letter target.")


def _check_known(queue: Any, attributes: dict[str, Any]) -> None:
    for name, value in attributes.items():
        if str(queue.attributes.get(name)).lower() != str(value).lower() and not _same_json(queue, name, value):
            raise refusal(
                "QueueAlreadyExists",
                f"A queue already exists with the same name and a different value for attribute {name}",
            )


def _same_json(queue: Any, name: str, value: Any) -> bool:
    try:
        # The receives of a redrive policy may be a number or a text of one.
        known, given = (json.loads(str(text), parse_int=str) for text in (queue.attributes.get(name), value))
        return bool(known == given)
    except ValueError:
        return False


def _whole_seconds() -> None:
    """AWS tells in whole seconds when a queue was made; moto with fractions. It refuses names that are no attribute.

    Seam: `SQSResponse.get_queue_attributes`.
    """
    from moto.sqs.responses import SQSResponse

    original = SQSResponse.get_queue_attributes

    def get_queue_attributes(response: Any) -> Any:
        response.sqs_backend.get_queue(response._get_queue_name())
        for name in response._get_param("AttributeNames") or []:
            if name not in RANGES and name not in OTHERS | FIFO_ONLY | READ_ONLY:
                raise refusal("InvalidAttributeName", f"Unknown Attribute {name}.")
        answer = original(response)
        found = (answer.result or {}).get("Attributes", {}) if isinstance(answer.result, dict) else {}
        for name in ("CreatedTimestamp", "LastModifiedTimestamp"):
            if name in found:
                found[name] = found[name].partition(".")[0]
        return answer

    SQSResponse.get_queue_attributes = get_queue_attributes


def _checked_batches() -> None:
    """AWS refuses an empty batch, more than ten entries, and ids that are no ids or not distinct, in this order.

    moto leaves some of it out, and compares receipt handles instead of ids. Seams: `SQSResponse.send_message_batch`,
    `SQSResponse.delete_message_batch`, `SQSResponse.change_message_visibility_batch`.
    """
    from moto.core.responses import ActionResult
    from moto.sqs.responses import SQSResponse

    def checking(original: Callable[..., Any], kind: str) -> Callable[..., Any]:
        def batch(response: Any) -> Any:
            response.sqs_backend.get_queue(response._get_queue_name())
            entries = response._get_param("Entries") or []
            _check_batch(entries, kind)
            if kind != "DeleteMessage":
                return original(response)
            done, failed = response.sqs_backend.delete_message_batch(response._get_queue_name(), entries)
            return ActionResult({"Successful": [{"Id": one} for one in done], "Failed": failed})

        return batch

    for name, kind in (
        ("send_message_batch", "SendMessage"),
        ("delete_message_batch", "DeleteMessage"),
        ("change_message_visibility_batch", "ChangeMessageVisibility"),
    ):
        setattr(SQSResponse, name, checking(getattr(SQSResponse, name), kind))


def _check_batch(entries: list[dict[str, Any]], kind: str) -> None:
    prefix = "AWS.SimpleQueueService"
    if not entries:
        text = f"There should be at least one {kind}BatchRequestEntry in the request."
        raise refusal(f"{prefix}.EmptyBatchRequest", text)
    if len(entries) > 10:
        text = f"Maximum number of entries per request are 10. You have sent {len(entries)}."
        raise refusal(f"{prefix}.TooManyEntriesInBatchRequest", text)
    seen: set[str] = set()
    for entry in entries:
        if not ENTRY_ID.fullmatch(str(entry.get("Id"))):
            text = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
            raise refusal(f"{prefix}.InvalidBatchEntryId", text + "It can be at most 80 letters long.")
        if entry["Id"] in seen:
            raise refusal(f"{prefix}.BatchEntryIdsNotDistinct", f"Id {entry['Id']} repeated.")
        seen.add(entry["Id"])


def _codes_of_errors() -> None:
    """AWS gives two errors a name that ends in Exception besides their code, and says 404 of a missing resource.

    moto has the code alone, and says 400.
    Seams: `BaseJSONSerializer._get_protocol_specific_error_code`, `BaseJSONSerializer._serialized_error_to_response`.
    """
    from moto.core.serialize import BaseJSONSerializer

    named, response = (
        BaseJSONSerializer._get_protocol_specific_error_code,
        BaseJSONSerializer._serialized_error_to_response,
    )

    def _get_protocol_specific_error_code(serializer: Any, error: Any) -> str:
        code = str(named(serializer, error))
        of_sqs = serializer.operation_model.service_model.service_name == "sqs"
        return f"{code}Exception" if of_sqs and code.endswith(("InvalidParameterValue", "Combination")) else code

    def _serialized_error_to_response(serializer: Any, resp: Any, error: Any, shape: Any, serialized_error: Any) -> Any:
        answer = response(serializer, resp, error, shape, serialized_error)
        if serializer.operation_model.service_model.service_name == "sqs" and shape.name == "ResourceNotFoundException":
            answer["status_code"] = 404
        return answer

    BaseJSONSerializer._get_protocol_specific_error_code = _get_protocol_specific_error_code
    BaseJSONSerializer._serialized_error_to_response = _serialized_error_to_response


PATCHES: tuple[Callable[[], None], ...] = (_checked_attributes, _whole_seconds, _checked_batches, _codes_of_errors)
