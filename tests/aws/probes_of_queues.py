"""Probes of what SQS refuses, and of the order of FIFO queues."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from tests.aws.building import Account
from tests.aws.probing import probe

RESPONSE = "moto.sqs.responses:SQSResponse"


def answer(call: Any, **fields: Any) -> dict[str, Any]:
    """Gives the error of a refused call, with its HTTP status, or nothing of a call that was taken."""
    try:
        call(**fields)
    except ClientError as error:
        return {**error.response["Error"], "status": error.response["ResponseMetadata"]["HTTPStatusCode"]}
    return {"Code": "taken"}


@probe(f"{RESPONSE}.create_queue")
def a_queue_with_unknown_attributes_or_another_one_of_its_name_is_refused() -> None:
    create = Account().sqs.create_queue
    assert answer(create, QueueName="q", Attributes={"Speed": "9"})["Code"] == "InvalidAttributeName"
    assert answer(create, QueueName="q", Attributes={"DelaySeconds": "901"})["Code"] == "InvalidAttributeValue"
    assert answer(create, QueueName="q.fifo")["Code"] == "InvalidParameterValue"
    create(QueueName="q", Attributes={"DelaySeconds": "1"})
    again = answer(create, QueueName="q", Attributes={"DelaySeconds": "2"})
    assert again["Code"] == "QueueAlreadyExists" and "different value for attribute DelaySeconds" in again["Message"]


@probe(f"{RESPONSE}.set_queue_attributes")
def an_attribute_out_of_range_is_refused_and_a_policy_stays() -> None:
    account = Account()
    url, arn = account.queue("q")
    change = account.sqs.set_queue_attributes
    assert answer(change, QueueUrl=url, Attributes={"VisibilityTimeout": "soon"})["Code"] == "InvalidAttributeValue"
    policy = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": 0}}'
    assert "from 1 to 1000" in answer(change, QueueUrl=url, Attributes={"RedrivePolicy": policy})["Message"]


@probe(f"{RESPONSE}.get_queue_attributes")
def a_queue_tells_its_age_in_whole_seconds() -> None:
    account = Account()
    url, _ = account.queue("q")
    found = account.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["CreatedTimestamp"])["Attributes"]
    assert found["CreatedTimestamp"].isdigit()


@probe(f"{RESPONSE}.receive_message")
def a_receive_out_of_bounds_is_refused_in_plain_words() -> None:
    account = Account()
    url, _ = account.queue("q")
    refusal = answer(account.sqs.receive_message, QueueUrl=url, WaitTimeSeconds=21)
    reason = "Must be >= 0 and <= 20, if provided."
    assert refusal["Message"] == f"Value 21 for parameter WaitTimeSeconds is invalid. Reason: {reason}"
    unknown = answer(account.sqs.receive_message, QueueUrl=url, AttributeNames=["Colour"])
    assert unknown["Code"] == "InvalidAttributeName"


@probe(f"{RESPONSE}.delete_message", "moto.sqs.models:Queue.pending_message_groups")
def a_fifo_group_keeps_its_order_once_its_messages_are_visible_again() -> None:
    account = Account()
    url, _ = account.queue("q.fifo", FifoQueue="true", ContentBasedDeduplication="true", VisibilityTimeout="5")
    for body in ("first", "second", "third"):
        account.sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g")
    taken = account.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=2)["Messages"]
    assert account.bodies(url) == []
    account.clock.advance(account.clock.now + 6)
    late = answer(account.sqs.delete_message, QueueUrl=url, ReceiptHandle=taken[0]["ReceiptHandle"])
    assert late["Code"] == "InvalidParameterValue" and "has expired" in late["Message"]
    assert account.bodies(url) == ["first", "second", "third"]


@probe(f"{RESPONSE}.change_message_visibility")
def the_visibility_of_a_deleted_message_cannot_be_changed() -> None:
    account = Account()
    url, _ = account.queue("q")
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    (message,) = account.messages(url)
    handle = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
    change = account.sqs.change_message_visibility
    assert answer(change, **handle, VisibilityTimeout=-1)["Code"] == "InvalidParameterValue"
    account.sqs.delete_message(**handle)
    gone = answer(change, **handle, VisibilityTimeout=1)
    assert gone["Code"] == "InvalidParameterValue" and "Message does not exist" in gone["Message"]


@probe(f"{RESPONSE}.send_message_batch")
def eleven_messages_are_too_many_whatever_else_is_wrong() -> None:
    account = Account()
    url, _ = account.queue("q")
    entries = [{"Id": "a b", "MessageBody": "m"}] * 11
    code = answer(account.sqs.send_message_batch, QueueUrl=url, Entries=entries)["Code"]
    assert code == "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"


@probe(f"{RESPONSE}.delete_message_batch")
def a_batch_of_deletions_is_told_apart_by_its_ids() -> None:
    account = Account()
    url, _ = account.queue("q")
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    handle = account.messages(url)[0]["ReceiptHandle"]
    entries = [{"Id": f"{number}", "ReceiptHandle": handle} for number in range(2)]
    assert len(account.sqs.delete_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 2


@probe(f"{RESPONSE}.change_message_visibility_batch")
def an_empty_batch_is_refused() -> None:
    account = Account()
    url, _ = account.queue("q")
    code = answer(account.sqs.change_message_visibility_batch, QueueUrl=url, Entries=[])["Code"]
    assert code == "AWS.SimpleQueueService.EmptyBatchRequest"


@probe("moto.sqs.responses:validate_message_attributes")
def a_number_is_a_number_and_no_attribute_is_empty() -> None:
    account = Account()
    url, _ = account.queue("q")
    for row in ({"DataType": "Number", "StringValue": "many"}, {"DataType": "String", "StringValue": ""}):
        sent = {"QueueUrl": url, "MessageBody": "m", "MessageAttributes": {"n": row}}
        assert answer(account.sqs.send_message, **sent)["Code"] == "InvalidParameterValue", row


@probe(
    "moto.core.serialize:BaseJSONSerializer._get_protocol_specific_error_code",
    "moto.core.serialize:BaseJSONSerializer._serialized_error_to_response",
)
def an_error_has_its_code_its_name_and_its_status() -> None:
    account = Account()
    url, arn = account.queue("q")
    bad = answer(account.sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=0)
    assert (bad["Code"], bad["QueryErrorCode"]) == ("InvalidParameterValue", "InvalidParameterValueException")
    missing = answer(account.sqs.start_message_move_task, SourceArn=f"{arn}-gone")
    assert (missing["Code"], missing["status"]) == ("ResourceNotFoundException", 404)


@probe("moto.sqs.models:SQSBackend.create_queue", "moto.sqs.models:SQSBackend.delete_queue")
def the_name_of_a_deleted_queue_is_kept_for_a_minute() -> None:
    account = Account()
    url, _ = account.queue("q")
    account.sqs.delete_queue(QueueUrl=url)
    assert answer(account.sqs.create_queue, QueueName="q")["Code"] == "AWS.SimpleQueueService.QueueDeletedRecently"


@probe("moto.sqs.models:Message.visible")
def a_message_that_is_given_back_is_there_in_the_same_instant() -> None:
    account = Account()
    url, _ = account.queue("q")
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    handle = account.messages(url)[0]["ReceiptHandle"]
    account.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    assert account.bodies(url) == ["m"]


@probe("moto.sqs.models:SQSBackend.add_permission")
def the_first_permission_begins_a_policy_of_the_old_version() -> None:
    account = Account()
    url, _ = account.queue("q")
    account.sqs.add_permission(QueueUrl=url, Label="l", AWSAccountIds=["111122223333"], Actions=["SendMessage"])
    found = account.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    assert json.loads(found)["Version"] == "2008-10-17"


@probe(f"{RESPONSE}.list_dead_letter_source_queues", "moto.sqs.models:SQSBackend.list_queues")
def queues_are_listed_by_pages_and_plain_prefixes() -> None:
    account = Account()
    dead, arn = account.queue("dead")
    for name in ("a-b", "a-c"):
        account.queue(name, RedrivePolicy=json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3}))
    assert len(account.sqs.list_dead_letter_source_queues(QueueUrl=dead, MaxResults=1)["queueUrls"]) == 1
    assert "QueueUrls" not in account.sqs.list_queues(QueueNamePrefix="a.b")
