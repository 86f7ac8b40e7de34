"""Event source mappings: what a function is told of a message, and what is said of the mapping."""

import json

import pytest

from tests.aws.probes_of_queues import answer


@pytest.mark.parametrize(("window", "known"), [(0, False), (1, True)])
def test_a_message_without_attributes_has_no_digest_of_them(account, window, known):
    account.function("service")
    url, arn = account.queue("orders")
    account.mapping(arn, "service", MaximumBatchingWindowInSeconds=window)
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    account.run(until=5)
    (record,) = account.seen("service")[0]["Records"]
    assert ("md5OfMessageAttributes" in record) is known and record.get("md5OfMessageAttributes") is None


def test_a_record_has_the_digest_and_the_values_of_its_attributes(account):
    account.function("service")
    url, arn = account.queue("orders")
    account.mapping(arn, "service")
    attributes = {
        "kind": {"DataType": "String", "StringValue": "paid"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x01\x02"},
    }
    sent = account.sqs.send_message(QueueUrl=url, MessageBody="m", MessageAttributes=attributes)
    account.run(until=5)
    (record,) = account.seen("service")[0]["Records"]
    assert record["md5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert record["messageAttributes"]["kind"]["stringValue"] == "paid"
    assert record["messageAttributes"]["raw"]["binaryValue"] == "AQI="


def test_a_record_of_a_fifo_queue_has_its_number(account):
    account.function("service")
    url, arn = account.queue("orders.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    account.mapping(arn, "service")
    sent = account.sqs.send_message(QueueUrl=url, MessageBody="m", MessageGroupId="g")
    account.run(until=5)
    (record,) = account.seen("service")[0]["Records"]
    assert record["attributes"]["SequenceNumber"] == sent["SequenceNumber"]


def test_a_mapping_of_a_version_invokes_that_version(account, monkeypatch):
    told, run = [], account.runtime.run
    monkeypatch.setattr(
        account.runtime, "run", lambda f, e, context, fresh: (told.append(context), run(f, e, context, fresh))[1]
    )
    account.function("service")
    version = account.functions.publish_version(FunctionName="service")["FunctionArn"]
    url, arn = account.queue("orders")
    account.mapping(arn, version)
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    account.run(until=5)
    account.functions.invoke(FunctionName="service")
    assert [row["function_version"] for row in told] == ["1", "$LATEST"]
    assert told[0]["invoked_function_arn"] == version


def test_an_empty_filter_takes_the_filters_of_a_mapping_away(account):
    account.function("service")
    pattern = {"Filters": [{"Pattern": json.dumps({"body": {"a": [1]}})}]}
    uuid = account.mapping(account.queue("orders")[1], "service", FilterCriteria=pattern)
    assert account.functions.get_event_source_mapping(UUID=uuid)["FilterCriteria"] == pattern
    account.functions.update_event_source_mapping(UUID=uuid, FilterCriteria={})
    assert "FilterCriteria" not in account.functions.get_event_source_mapping(UUID=uuid)


def test_a_mapping_that_is_not_there_is_missed_by_every_call(account):
    uuid = "11111111-2222-3333-4444-555555555555"
    calls = (
        account.functions.get_event_source_mapping,
        account.functions.update_event_source_mapping,
        account.functions.delete_event_source_mapping,
    )
    found = [answer(call, UUID=uuid) for call in calls]
    assert {(row["Code"], row["status"]) for row in found} == {("ResourceNotFoundException", 404)}
