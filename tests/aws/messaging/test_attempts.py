"""A receive from a FIFO queue that is tried again."""

import pytest


@pytest.fixture
def receive(account):
    """Sends two messages of a group to a FIFO queue; gives what receives them as one attempt."""
    url, _ = account.queue("q.fifo", FifoQueue="true", ContentBasedDeduplication="true", VisibilityTimeout="30")
    for body in "ab":
        account.sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g")

    def handles(attempt="one"):
        found = account.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, ReceiveRequestAttemptId=attempt)
        return [row["ReceiptHandle"] for row in found.get("Messages", [])]

    return url, handles


def test_an_attempt_gets_the_same_messages_again_and_keeps_them_anew(account, receive):
    _, handles = receive
    first = handles()
    account.clock.advance(20)
    assert len(first) == 2 and handles() == first and handles("other") == []
    account.clock.advance(45)
    assert handles("other") == []


def test_an_attempt_whose_messages_were_touched_is_a_new_one(account, receive):
    url, handles = receive
    account.sqs.delete_message(QueueUrl=url, ReceiptHandle=handles()[0])
    assert handles() == []


def test_an_attempt_is_forgotten_once_its_messages_are_seen_again(account, receive):
    _, handles = receive
    first = handles()
    account.clock.advance(31)
    again = handles()
    assert len(again) == 2 and not set(again) & set(first)
