"""The batching window of a mapping: how long its poller waits for a batch to fill."""

import pytest


@pytest.fixture
def batches(account):
    """Maps a queue to a function with a window of 20 s and batches of 4; gives a sender, and what came in each batch."""
    url, arn = account.queue("orders")
    seen = []
    account.function("f", lambda event: seen.append([row["body"] for row in event["Records"]]))
    account.mapping(arn, "f", BatchSize=4, MaximumBatchingWindowInSeconds=20)

    def send(*bodies, at=0):
        def later():
            account.clock.sleep(at)
            for body in bodies:
                account.sqs.send_message(QueueUrl=url, MessageBody=body)

        account.clock.spawn(later)

    return send, seen


def test_messages_of_the_window_come_in_one_batch(account, batches):
    send, seen = batches
    send("1")
    send("2", at=10)
    send("3", at=19)
    send("4", at=30)
    account.run(until=100)
    assert seen == [["1", "2", "3"], ["4"]]


def test_a_full_batch_waits_no_longer(account, batches):
    send, seen = batches
    send("1", "2", "3", "4", "5")
    account.run(until=5)
    assert seen == [["1", "2", "3", "4"]]
    account.run(until=100)
    assert seen[1:] == [["5"]]


def test_a_window_that_was_emptied_does_not_hurry_the_next_one(account, batches):
    send, seen = batches
    send("1")
    account.run(until=5)
    account.sqs.purge_queue(QueueUrl=account.sqs.get_queue_url(QueueName="orders")["QueueUrl"])
    send("2", at=40)
    send("3", at=50)
    account.run(until=100)
    assert seen == [["2", "3"]]


def test_without_a_window_nothing_waits(account):
    url, arn = account.queue("orders")
    seen = []
    account.function("f", lambda event: seen.append(len(event["Records"])))
    account.mapping(arn, "f")
    account.sqs.send_message(QueueUrl=url, MessageBody="1")
    account.run(until=5)
    assert seen == [1]
