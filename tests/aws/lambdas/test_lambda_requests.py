"""Functions and event source mappings as they are made: what is refused, and what a mapping's filters let through."""

import json

import pytest
from botocore.exceptions import ClientError

from sagalab.aws import capture, restoring
from tests.aws.probes_of_requests import refused


def test_a_queue_that_shows_messages_again_too_early_is_refused(account):
    account.function("slow", timeout=60)
    _, arn = account.queue("orders", VisibilityTimeout="59")
    code, text = refused(account.functions.create_event_source_mapping, EventSourceArn=arn, FunctionName="slow")
    assert code == "InvalidParameterValueException"
    assert text.startswith("Queue visibility timeout: 59 seconds is less than Function timeout: 60 seconds")
    account.mapping(account.queue("patient", VisibilityTimeout="60")[1], "slow")


def test_a_queue_shortened_after_its_mapping_was_made_can_be_restored(account):
    account.function("slow", timeout=60)
    url, arn = account.queue("orders", VisibilityTimeout="60")
    account.mapping(arn, "slow")
    account.sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "5"})
    deployment = capture.capture()
    account.sqs.delete_queue(QueueUrl=url)
    for row in account.functions.list_event_source_mappings()["EventSourceMappings"]:
        account.functions.delete_event_source_mapping(UUID=row["UUID"])
    account.functions.delete_function(FunctionName="slow")
    account.clock.advance(account.clock.now + 60)  # A deleted queue's name is kept for so long.
    restoring.restore(deployment)
    assert capture.capture().queues == deployment.queues


@pytest.mark.parametrize(
    ("field", "value"),
    [("BisectBatchOnFunctionError", True), ("MaximumRetryAttempts", 3), ("StartingPosition", "LATEST")],
)
def test_what_belongs_to_a_stream_is_refused_for_a_queue(account, field, value):
    account.function("service")
    _, arn = account.queue("orders")
    code, text = refused(
        account.functions.create_event_source_mapping, EventSourceArn=arn, FunctionName="service", **{field: value}
    )
    assert code == "InvalidParameterValueException" and field in text


@pytest.mark.parametrize("pattern", ["{oops", '{"body": "x"}', '{"body": [{"prefx": "a"}]}'])
def test_a_filter_that_is_no_pattern_is_refused(account, pattern):
    account.function("service")
    _, arn = account.queue("orders")
    with pytest.raises(ClientError, match="Invalid filter pattern definition"):
        account.mapping(arn, "service", FilterCriteria={"Filters": [{"Pattern": pattern}]})


def test_filtered_messages_leave_the_queue_unseen(account):
    account.function("service")
    url, arn = account.queue("orders")
    patterns = [{"body": {"kind": ["paid"]}}, {"body": ["plain"]}]
    account.mapping(arn, "service", FilterCriteria={"Filters": [{"Pattern": json.dumps(one)} for one in patterns]})
    bodies = ['{"kind": "paid"}', '{"kind": "placed"}', "plain", "other"]
    for body in bodies:
        account.sqs.send_message(QueueUrl=url, MessageBody=body)
    account.run(120)
    seen = [record["body"] for event in account.seen("service") for record in event["Records"]]
    assert sorted(seen) == ["plain", '{"kind": "paid"}']
    assert account.bodies(url) == []


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({}, "ResourceConflictException", "already exists. Please update or delete the existing mapping with UUID"),
        ({"FunctionName": "other", "BatchSize": 11}, "InvalidParameterValueException", "Maximum batch window"),
        (
            {"EventSourceArn": "arn:aws:sqs:us-east-1:123456789012:lost"},
            "InvalidParameterValueException",
            "NonExistentQueue",
        ),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(account, fields, code, words):
    account.function("service")
    account.function("other")
    _, arn = account.queue("orders")
    account.mapping(arn, "service")
    call = account.functions.create_event_source_mapping
    found = refused(call, **{"EventSourceArn": arn, "FunctionName": "service", **fields})
    assert found[0] == code and words in found[1]


def test_a_window_allows_larger_batches(account):
    account.function("service")
    account.mapping(account.queue("orders")[1], "service", BatchSize=11, MaximumBatchingWindowInSeconds=1)
