"""Probes of the patches of functions, queues, buses and topics."""

from __future__ import annotations

import json
from typing import Any

from sagalab.faults import Fault
from tests.aws.building import Account
from tests.aws.probing import probe

# -- calls and functions ----------------------------------------------------------------------------


@probe("moto.core.botocore_stubber:BotocoreStubber.process_request")
def a_throttled_call_is_refused() -> None:
    account = Account(Fault("throttled", "sqs:ListQueues"))
    try:
        account.sqs.list_queues()
    except account.sqs.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "ThrottlingException"
    else:
        raise AssertionError("the call was not refused")


@probe("moto.awslambda.models:LambdaFunction._invoke_lambda")
def a_function_s_own_code_answers() -> None:
    account = Account()
    account.function("double", lambda event: {"twice": event["n"] * 2})
    answer = account.functions.invoke(FunctionName="double", Payload=b'{"n": 21}')
    assert json.loads(answer["Payload"].read()) == {"twice": 42}


@probe("moto.awslambda.models:LambdaFunction.invoke")
def an_asynchronous_invocation_returns_before_the_function_ran() -> None:
    account = Account()
    account.function("later")
    account.functions.invoke(FunctionName="later", InvocationType="Event", Payload=b"{}")
    assert not account.seen("later")
    account.run()
    assert len(account.seen("later")) == 1


@probe("moto.awslambda.models:LambdaBackend.create_event_source_mapping")
def a_mapping_hands_messages_over_in_batches() -> None:
    account = Account()
    account.function("service")
    url, arn = account.queue("orders")
    for number in range(3):
        account.sqs.send_message(QueueUrl=url, MessageBody=str(number))
    account.mapping(arn, "service", BatchSize=10)
    account.run(60)
    assert [len(event["Records"]) for event in account.seen("service")] == [3]


# -- queues -----------------------------------------------------------------------------------------


@probe("moto.sqs.models:Queue.url")
def a_queue_of_a_served_cloud_lies_at_its_endpoint() -> None:
    account = Account()
    account.cloud.address = "http://127.0.0.1:5150"
    assert account.queue("orders")[0] == "http://127.0.0.1:5150/123456789012/orders"


@probe("moto.sqs.models:Queue.add_message")
def a_message_that_enters_a_queue_is_a_fact_and_may_be_duplicated() -> None:
    account = Account(Fault("duplicated", "orders"))
    url, _ = account.queue("orders")
    account.sqs.send_message(QueueUrl=url, MessageBody='{"orderId": "1"}')
    account.run(30)
    assert len(account.messages(url)) == 2
    assert [fact.order_id for fact in account.facts("sent", "orders")] == ["1"]


@probe("moto.sqs.models:Queue.delete_message")
def a_deleted_message_is_a_fact() -> None:
    account = Account()
    url, _ = account.queue("orders")
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    (message,) = account.messages(url)
    account.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert [fact.what for fact in account.facts("deleted")] == ["orders"]


@probe("moto.sqs.models:SQSBackend.receive_message")
def receiving_and_dead_lettering_are_facts() -> None:
    account = Account()
    url, _ = account.queue_with_dlq("orders", 1, VisibilityTimeout="10")
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    account.messages(url)
    account.clock.advance(11)
    account.messages(url)
    assert [fact.detail["count"] for fact in account.facts("received", "orders")] == [1]
    assert [fact.detail["to"] for fact in account.facts("dead_lettered")] == ["orders-dlq"]


@probe("moto.sqs.models:SQSBackend.change_message_visibility")
def a_message_made_visible_again_is_handed_over_at_once() -> None:
    account = Account()
    url, arn = account.queue("orders", VisibilityTimeout="300")
    account.function("service", lambda event: 1 / 0)
    account.mapping(arn, "service")
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    account.run(10)
    handle = account.seen("service")[0]["Records"][0]["receiptHandle"]
    account.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    account.run(20)
    assert len(account.seen("service")) == 2


@probe(
    "moto.sqs.responses:SQSResponse.start_message_move_task",
    "moto.sqs.responses:SQSResponse.list_message_move_tasks",
    "moto.sqs.responses:SQSResponse.cancel_message_move_task",
)
def a_dead_letter_queue_is_moved_back_on_virtual_time() -> None:
    account = Account()
    url, _ = account.queue_with_dlq("orders", 1, VisibilityTimeout="10")
    dead = account.queue("orders-dlq")[1]
    for number in range(4):
        account.sqs.send_message(QueueUrl=url, MessageBody=str(number))
    account.messages(url)
    account.clock.advance(11)
    account.messages(url)
    task = account.sqs.start_message_move_task(SourceArn=dead, MaxNumberOfMessagesPerSecond=1)["TaskHandle"]
    account.clock.advance(account.clock.now + 1.5)
    (row,) = account.sqs.list_message_move_tasks(SourceArn=dead)["Results"]
    assert (row["Status"], row["ApproximateNumberOfMessagesMoved"]) == ("RUNNING", 2)
    moved = account.sqs.cancel_message_move_task(TaskHandle=task)["ApproximateNumberOfMessagesMoved"]
    account.run()
    assert moved == 2 and sorted(account.bodies(url)) == ["0", "1"]


@probe("moto.sqs.models:SQSBackend.send_message_batch")
def an_entry_that_the_queue_does_not_take_is_named() -> None:
    account = Account(Fault("publish_failed", "sqs:SendMessageBatch"))
    url, _ = account.queue("orders")
    entries = [{"Id": one, "MessageBody": one} for one in ("a", "b")]
    answer = account.sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert [row["Id"] for row in answer["Failed"]] == ["a"] and account.bodies(url) == ["b"]
    assert not account.sqs.send_message_batch(QueueUrl=url, Entries=entries[:1]).get("Failed")


@probe("moto.sns.models:SNSBackend.publish_batch")
def an_entry_that_the_topic_does_not_take_is_named() -> None:
    account = Account(Fault("publish_failed", "sns:PublishBatch"))
    topic = account.sns.create_topic(Name="facts")["TopicArn"]
    account.sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=account.function("service"))
    entries = [{"Id": one, "Message": one} for one in ("a", "b")]
    answer = account.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    account.run()
    assert [row["Id"] for row in answer["Failed"]] == ["a"]
    assert [event["Records"][0]["Sns"]["Message"] for event in account.seen("service")] == ["b"]


# -- buses and topics -------------------------------------------------------------------------------


@probe("moto.events.models:Rule.send_to_targets")
def a_rule_hands_events_to_a_function() -> None:
    account = Account()
    arn = account.function("service")
    account.rule("all", {"source": ["orders"]}, {"Arn": arn})
    account.publish("OrderCreated", {"orderId": "1"})
    account.run(60)
    assert [event["detail-type"] for event in account.seen("service")] == ["OrderCreated"]


@probe("moto.events.models:EventsBackend.put_events")
def an_entry_that_the_bus_does_not_take_is_counted() -> None:
    account = Account(Fault("publish_failed", "events:PutEvents"))
    assert account.publish("OrderCreated", {"orderId": "1"})["FailedEntryCount"] == 1
    assert account.publish("OrderCreated", {"orderId": "1"})["FailedEntryCount"] == 0


@probe("moto.events.models:EventPatternParser.parse")
def a_misspelt_operator_is_refused() -> None:
    account = Account()
    try:
        account.events.put_rule(Name="r", EventPattern=json.dumps({"source": [{"prefx": "ord"}]}))
    except account.events.exceptions.InvalidEventPatternException as error:
        assert 'did you mean "prefix"?' in str(error)
    else:
        raise AssertionError("the pattern was accepted")


@probe("moto.events.responses:EventsHandler.test_event_pattern")
def an_event_is_tried_on_a_pattern() -> None:
    account = Account()
    event = {"id": "1", "account": "1", "source": "orders", "time": "2026-01-05T09:00:00Z", "region": "us-east-1",
             "resources": [], "detail-type": "OrderCreated", "detail": {"amount": 7}}  # fmt: skip

    def tried(pattern: dict[str, Any]) -> bool:
        answer = account.events.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(event))
        return bool(answer["Result"])

    assert tried({"detail": {"amount": [{"numeric": [">", 5]}]}})
    assert not tried({"source": ["payments"]})


@probe("moto.sns.models:Subscription.publish")
def a_topic_delivers_later_and_what_it_publishes_is_a_fact() -> None:
    account = Account()
    topic = account.sns.create_topic(Name="orders")["TopicArn"]
    url, arn = account.queue("inbox")
    account.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    account.sns.publish(TopicArn=topic, Message='{"orderId": "1"}')
    assert account.bodies(url) == []
    account.run(60)
    (body,) = account.bodies(url)
    assert json.loads(body)["Timestamp"].startswith("2026-01-05T09:00:0")
    assert [fact.order_id for fact in account.facts("published", "orders")] == ["1"]
