"""Probes of what Lambda, SQS and SNS answer: mappings, queues, batches and errors."""

from __future__ import annotations

import json

from tests.aws.building import Account
from tests.aws.probes_of_queues import RESPONSE, answer
from tests.aws.probing import probe

LAMBDA, SQS = "moto.awslambda", "moto.sqs.models"


@probe(f"{LAMBDA}.models:EventSourceMapping.get_configuration")
def a_mapping_tells_also_of_its_defaults() -> None:
    account = Account()
    account.function("service")
    uuid = account.mapping(account.queue("orders")[1], "service")
    found = account.functions.get_event_source_mapping(UUID=uuid)
    assert (found["MaximumBatchingWindowInSeconds"], found["FunctionResponseTypes"]) == (0, [])
    assert (found["State"], found["StateTransitionReason"]) == ("Enabled", "USER_INITIATED")


@probe(f"{LAMBDA}.responses:LambdaResponse.create_event_source_mapping")
def a_mapping_is_made_for_later() -> None:
    account = Account()
    account.function("service")
    made = account.functions.create_event_source_mapping(
        EventSourceArn=account.queue("orders")[1], FunctionName="service"
    )
    assert (made["State"], made["ResponseMetadata"]["HTTPStatusCode"]) == ("Creating", 202)


@probe(f"{LAMBDA}.responses:LambdaResponse.update_event_source_mapping")
def a_mapping_says_what_it_is_about_to_become() -> None:
    account = Account()
    account.function("service")
    uuid = account.mapping(account.queue("orders")[1], "service")
    change = account.functions.update_event_source_mapping
    states = [
        change(UUID=uuid, **fields)["State"] for fields in ({"Enabled": False}, {"Enabled": True}, {"BatchSize": 1})
    ]
    assert states == ["Disabling", "Enabling", "Updating"]


@probe(f"{LAMBDA}.models:LambdaBackend.update_event_source_mapping")
def a_change_of_a_mapping_that_cannot_work_is_refused() -> None:
    account = Account()
    account.function("service")
    uuid = account.mapping(account.queue("orders")[1], "service")
    change = account.functions.update_event_source_mapping
    for fields in ({"BatchSize": 11}, {"FilterCriteria": {"Filters": [{"Pattern": "no pattern"}]}}):
        assert answer(change, UUID=uuid, **fields)["Code"] == "InvalidParameterValueException", fields


@probe(f"{LAMBDA}.models:LambdaBackend.delete_event_source_mapping")
def a_mapping_that_is_gone_is_missed_by_name() -> None:
    uuid = "11111111-2222-3333-4444-555555555555"
    assert answer(Account().functions.delete_event_source_mapping, UUID=uuid)["Code"] == "ResourceNotFoundException"


@probe(f"{LAMBDA}.exceptions:LambdaClientError.description")
def an_error_of_lambda_says_whose_fault_it_is() -> None:
    account = Account()
    account.function("service")
    try:
        account.function("service")
    except account.functions.exceptions.ResourceConflictException as error:
        assert error.response["Type"] == "User" and error.response["message"].startswith("Function already exist")
    else:
        raise AssertionError("the function was made twice")


@probe(f"{LAMBDA}.models:EventInvokeConfig.response")
def a_configuration_of_asynchronous_invocations_is_that_of_a_version() -> None:
    account = Account()
    arn = account.function("service")
    made = account.functions.put_function_event_invoke_config(FunctionName="service", MaximumRetryAttempts=0)
    assert made["FunctionArn"] == f"{arn}:$LATEST"
    assert made["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}


@probe(f"{SQS}:Queue.BASE_ATTRIBUTES")
def a_queue_keeps_who_may_use_it_for_dead_letters() -> None:
    account = Account()
    url, _ = account.queue("dead", RedriveAllowPolicy='{"redrivePermission": "denyAll"}')
    found = account.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedriveAllowPolicy"])["Attributes"]
    assert json.loads(found["RedriveAllowPolicy"]) == {"redrivePermission": "denyAll"}


@probe(f"{SQS}:Queue.attributes")
def a_redrive_policy_has_no_blanks() -> None:
    account = Account()
    url, _ = account.queue_with_dlq("work", 3)
    found = account.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]
    assert " " not in found["RedrivePolicy"] and json.loads(found["RedrivePolicy"])["maxReceiveCount"] == 3


@probe(f"{SQS}:Message.mark_received")
def a_message_that_waited_for_long_may_be_kept_as_long_as_any() -> None:
    account = Account()
    url, _ = account.queue("q")
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    account.clock.advance(50_000)
    (message,) = account.messages(url)
    kept = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 600}
    account.sqs.change_message_visibility(**kept)


@probe(f"{SQS}:SQSBackend.get_queue_attributes")
def what_is_older_than_its_queue_keeps_it_is_not_counted() -> None:
    account = Account()
    url, _ = account.queue("q", MessageRetentionPeriod="60")
    account.sqs.send_message(QueueUrl=url, MessageBody="old")
    account.clock.advance(61)
    name = "ApproximateNumberOfMessages"
    found = account.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"]
    assert found[name] == "0"


@probe(f"{SQS}:SQSBackend.change_message_visibility_batch")
def a_batch_of_changes_fails_entry_by_entry_in_the_words_of_one() -> None:
    account = Account()
    url, _ = account.queue("q")
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    handle = account.messages(url)[0]["ReceiptHandle"]
    entries = [{"Id": str(n), "ReceiptHandle": handle, "VisibilityTimeout": n} for n in (43201, 1)]
    found = account.sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)
    assert [row["Id"] for row in found["Successful"]] == ["1"]
    assert "Must be >= 0 and <= 43200" in found["Failed"][0]["Message"]


@probe(f"{RESPONSE}.get_queue_url")
def a_queue_of_another_account_is_not_ours() -> None:
    account = Account()
    account.queue("q")
    code = answer(account.sqs.get_queue_url, QueueName="q", QueueOwnerAWSAccountId="111122223333")["Code"]
    assert code == "AWS.SimpleQueueService.NonExistentQueue"


@probe(f"{RESPONSE}.list_queues")
def a_page_of_no_queues_is_refused() -> None:
    assert answer(Account().sqs.list_queues, MaxResults=0)["Code"] == "InvalidParameterValue"


@probe(f"{RESPONSE}.list_queue_tags")
def a_queue_without_tags_tells_of_none() -> None:
    account = Account()
    assert "Tags" not in account.sqs.list_queue_tags(QueueUrl=account.queue("q")[0])


@probe("moto.core.serialize:BaseXMLSerializer._serialize_error_metadata")
def an_error_in_xml_has_its_words_once() -> None:
    account = Account()
    try:
        account.sns.get_topic_attributes(TopicArn="none")
    except account.sns.exceptions.InvalidParameterException as error:
        assert "message" not in error.response and error.response["Error"]["Message"]
    else:
        raise AssertionError("the topic was found")


@probe("moto.sns.responses:SNSResponse.publish", "moto.sns.responses:SNSResponse.publish_batch")
def messages_of_a_fifo_topic_are_numbered() -> None:
    account = Account()
    topic = account.sns.create_topic(Name="t.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    fields = {"Message": "m", "MessageGroupId": "g", "MessageDeduplicationId": "d"}
    assert account.sns.publish(TopicArn=topic, **fields)["SequenceNumber"]
    batch = account.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": "1", **fields}])
    assert batch["Successful"][0]["SequenceNumber"]


@probe("moto.sns.models:SNSBackend._get_values_nexttoken")
def a_page_of_topics_that_was_never_given_is_refused() -> None:
    assert answer(Account().sns.list_topics, NextToken="abc")["Code"] == "InvalidParameter"
