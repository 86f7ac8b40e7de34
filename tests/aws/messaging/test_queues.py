"""Queues and the mappings that feed functions from them."""

import json

import pytest

from sagalab.faults import Fault
from tests.aws.building import Account


def failing_for(*bodies):
    """Gives a function that reports the messages with these bodies as failed."""

    def behaviour(event):
        failed = [row["messageId"] for row in event["Records"] if row["body"] in bodies]
        return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}

    return behaviour


def fed(account, behaviour, partial=True, receives=3, **fields):
    """Deploys a queue with a dead-letter queue that feeds the function; gives the queue's URL."""
    url, arn = account.queue_with_dlq("orders", receives, VisibilityTimeout="30")
    account.function("service", behaviour)
    types = ["ReportBatchItemFailures"] if partial else []
    account.mapping(arn, "service", FunctionResponseTypes=types, **fields)
    return url


def send(account, url, *bodies):
    for body in bodies:
        account.sqs.send_message(QueueUrl=url, MessageBody=body)


def dead(account):
    return sorted(account.bodies(account.queue("orders-dlq")[0]))


def counts(account):
    return [
        row["attributes"]["ApproximateReceiveCount"] for event in account.seen("service") for row in event["Records"]
    ]


def test_only_the_reported_messages_come_back(account):
    url = fed(account, failing_for("bad"))
    send(account, url, "good", "bad")
    account.run()
    assert dead(account) == ["bad"]
    assert [fact.what for fact in account.facts("deleted")] == ["orders"]


def test_a_function_that_raises_gets_the_whole_batch_again_until_it_is_parked(account):
    url = fed(account, lambda event: 1 / 0)
    send(account, url, "a")
    account.run()
    assert counts(account) == ["1", "2", "3"] and dead(account) == ["a"]


def test_without_partial_failures_an_answer_means_that_all_is_done(account):
    url = fed(account, failing_for("a"), partial=False)
    send(account, url, "a")
    account.run()
    assert counts(account) == ["1"] and dead(account) == []


@pytest.mark.parametrize(
    "answer",
    [
        {"batchItemFailures": [{"itemIdentifier": "nobody"}]},
        {"batchItemFailures": [{"id": "x"}]},
        {"batchItemFailures": "all"},
    ],
)
def test_an_unreadable_answer_fails_the_whole_batch(account, answer):
    url = fed(account, lambda event: answer, receives=2)
    send(account, url, "a")
    account.run()
    assert dead(account) == ["a"]


@pytest.mark.parametrize("answer", [None, {}, "", {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_an_empty_answer_means_success(account, answer):
    url = fed(account, lambda event: answer)
    send(account, url, "a")
    account.run()
    assert counts(account) == ["1"] and dead(account) == []


def test_batches_are_no_larger_than_the_mapping_says(account):
    url, arn = account.queue("orders")
    send(account, url, *"abcde")
    account.function("service")
    account.mapping(arn, "service", BatchSize=2)
    account.run()
    assert sorted(len(event["Records"]) for event in account.seen("service")) == [1, 2, 2]


def test_a_disabled_mapping_lets_messages_wait(account):
    url, arn = account.queue("orders")
    account.function("service")
    account.mapping(arn, "service", Enabled=False)
    send(account, url, "a")
    account.run(600)
    assert account.seen("service") == [] and account.bodies(url) == ["a"]


def test_a_consumer_that_is_down_counts_no_receive():
    account = Account(Fault("consumer_down", "service", lasts=300))
    url = fed(account, lambda event: None)
    send(account, url, "a")
    account.run()
    assert counts(account) == ["1"] and account.facts("invocation")[0].at >= 295


def test_a_throttled_function_counts_no_receive_either():
    account = Account(Fault("throttled", "lambda:service", calls=3))
    url = fed(account, lambda event: None)
    send(account, url, "a")
    account.run()
    assert counts(account) == ["1"] and account.cloud.functions.counts["service"]["throttles"] == 3


def test_a_duplicate_is_the_same_message_handed_over_twice():
    account = Account(Fault("duplicated", "orders"))
    url = fed(account, lambda event: None)
    send(account, url, "a")
    account.run()
    ids = [row["messageId"] for event in account.seen("service") for row in event["Records"]]
    assert len(ids) == 2 and len(set(ids)) == 1


def test_a_delayed_message_is_handed_over_when_its_delay_ends(account):
    url = fed(account, lambda event: None)
    account.sqs.send_message(QueueUrl=url, MessageBody="a", DelaySeconds=90)
    account.run()
    assert 90 <= account.facts("invocation")[0].at < 91


def test_message_attributes_reach_the_function(account):
    url = fed(account, lambda event: None)
    attributes = {"orderId": {"DataType": "String", "StringValue": "1001"}}
    account.sqs.send_message(QueueUrl=url, MessageBody="broken", MessageAttributes=attributes)
    account.run()
    (row,) = account.seen("service")[0]["Records"]
    assert row["messageAttributes"]["orderId"]["stringValue"] == "1001"


def test_a_long_poll_waits_on_virtual_time_and_ends_early_when_a_message_comes(account):
    url, _ = account.queue("orders")
    account.clock.at(7, lambda: send(account, url, "a"))
    got = account.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20).get("Messages", [])
    assert [row["Body"] for row in got] == ["a"] and 7 <= account.clock.now < 8


def test_a_fifo_queue_drops_a_duplicate_even_after_the_first_is_gone(account):
    url, _ = account.queue("orders.fifo", FifoQueue="true")
    for _ in range(2):
        account.sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g", MessageDeduplicationId="order-1")
        for row in account.messages(url):
            account.sqs.delete_message(QueueUrl=url, ReceiptHandle=row["ReceiptHandle"])
    assert len(account.facts("sent")) == 1
    account.clock.advance(301)
    account.sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g", MessageDeduplicationId="order-1")
    assert account.bodies(url) == ["a"]


def test_moving_a_dead_letter_queue_sends_each_message_home_with_its_attributes(account):
    homes = {}
    for name in ("payment", "inventory"):
        _, parked = account.queue("parked")
        policy = json.dumps({"deadLetterTargetArn": parked, "maxReceiveCount": 1})
        homes[name], _ = account.queue(name, RedrivePolicy=policy, VisibilityTimeout="5")
        attributes = {"orderId": {"DataType": "String", "StringValue": name}}
        account.sqs.send_message(QueueUrl=homes[name], MessageBody=name, MessageAttributes=attributes)
        account.messages(homes[name])
    account.clock.advance(6)
    assert [account.messages(url) for url in homes.values()] == [[], []]
    account.sqs.start_message_move_task(SourceArn=parked)
    account.run()
    for name, url in homes.items():
        (message,) = account.messages(url)
        assert (message["Body"], message["Attributes"]["ApproximateReceiveCount"]) == (name, "1")
        assert message["MessageAttributes"]["orderId"]["StringValue"] == name


def test_a_queue_that_is_nobodys_dead_letter_queue_cannot_be_moved(account):
    _, arn = account.queue("orders")
    with pytest.raises(account.sqs.exceptions.ClientError, match="must be configured as a Dead Letter Queue"):
        account.sqs.start_message_move_task(SourceArn=arn)
    with pytest.raises(account.sqs.exceptions.ClientError, match="doesn't exist"):
        account.sqs.start_message_move_task(SourceArn=f"{arn}-not-there")


def test_only_one_move_of_a_queue_runs_at_a_time(account):
    account.queue_with_dlq("orders", 1)
    dead_arn = account.queue("orders-dlq")[1]
    account.sqs.start_message_move_task(SourceArn=dead_arn)
    with pytest.raises(account.sqs.exceptions.ClientError, match="already a task running"):
        account.sqs.start_message_move_task(SourceArn=dead_arn)


def test_what_a_purge_took_may_be_sent_again(account):
    url, _ = account.queue("q.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    for _ in range(2):
        account.sqs.send_message(QueueUrl=url, MessageBody="m", MessageGroupId="g")
        account.sqs.purge_queue(QueueUrl=url)
        account.clock.advance(account.clock.now + 61)
    account.sqs.send_message(QueueUrl=url, MessageBody="m", MessageGroupId="g")
    assert account.bodies(url) == ["m"]
