"""How long a queue keeps a message, and how long a receiver may."""

import pytest

from tests.aws.probes_of_queues import answer


def test_what_became_too_old_goes_and_does_not_stand_in_the_way_of_the_next(account):
    url, _ = account.queue("q", MessageRetentionPeriod="60")
    account.sqs.send_message(QueueUrl=url, MessageBody="old")
    account.clock.advance(61)
    account.sqs.send_message(QueueUrl=url, MessageBody="new")
    assert account.bodies(url) == ["new"]


def test_a_receiver_keeps_a_message_for_twelve_hours_at_most(account):
    url, _ = account.queue("q")
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    account.clock.advance(20_000)
    handle = account.messages(url)[0]["ReceiptHandle"]
    change = account.sqs.change_message_visibility
    change(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=43_200)
    account.clock.advance(20_001)
    found = answer(change, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=43_200)
    assert found["Code"] == "InvalidParameterValue" and "beyond the limit" in found["Message"]


def test_a_message_that_is_let_go_is_there_again_at_once(account):
    url, _ = account.queue("q")
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    handle = account.messages(url)[0]["ReceiptHandle"]
    account.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    account.clock.advance(0.1)
    (message,) = account.messages(url)
    assert message["Attributes"]["ApproximateReceiveCount"] == "2"


@pytest.mark.parametrize("seconds", [1, 3, 20])
def test_a_long_poll_that_finds_nothing_lasts_as_long_as_it_was_told(account, seconds):
    url, _ = account.queue("q")
    account.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=seconds)
    assert account.clock.now == pytest.approx(seconds)
