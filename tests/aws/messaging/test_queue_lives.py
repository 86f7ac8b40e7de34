"""What remains of a queue that was deleted, and of one that is made again."""

import json

from tests.aws.probes_of_queues import answer


def test_the_name_of_a_deleted_queue_is_free_after_a_minute(account):
    url, _ = account.queue("q")
    account.queue("other")
    account.sqs.delete_queue(QueueUrl=url)
    account.clock.advance(account.clock.now + 59)
    refused = answer(account.sqs.create_queue, QueueName="q")
    assert refused["Code"] == "AWS.SimpleQueueService.QueueDeletedRecently" and "60 seconds" in refused["Message"]
    account.clock.advance(account.clock.now + 1)
    assert account.queue("q")[0] == url


def test_a_queue_that_is_made_anew_knows_no_message_of_the_one_before(account):
    sent = {"MessageBody": "m", "MessageGroupId": "g", "MessageDeduplicationId": "d"}
    url, _ = account.queue("line.fifo", FifoQueue="true")
    account.sqs.send_message(QueueUrl=url, **sent)
    account.sqs.delete_queue(QueueUrl=url)
    account.clock.advance(account.clock.now + 60)
    account.queue("line.fifo", FifoQueue="true")
    account.sqs.send_message(QueueUrl=url, **sent)
    assert account.bodies(url) == ["m"]


def test_the_tags_of_a_queue_stay_when_it_is_made_again(account):
    url = account.sqs.create_queue(QueueName="q", tags={"team": "orders"})["QueueUrl"]
    account.sqs.create_queue(QueueName="q", tags={"team": "stock"})
    assert account.sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "orders"}


def test_a_message_that_is_kept_for_no_time_is_there_in_the_same_instant(account):
    url, _ = account.queue("q", VisibilityTimeout="0")
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    assert [account.bodies(url), account.bodies(url)] == [["m"], ["m"]]


def test_a_policy_that_was_there_keeps_its_version(account):
    policy = (
        '{"Version": "2012-10-17", "Statement": [{"Sid": "s", "Effect": "Allow", "Principal": "*", "Action": "*"}]}'
    )
    url, _ = account.queue("q", Policy=policy)
    account.sqs.add_permission(QueueUrl=url, Label="l", AWSAccountIds=["111122223333"], Actions=["SendMessage"])
    found = account.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    assert '"2012-10-17"' in found and '"l"' in found


def test_a_message_is_given_up_for_the_receives_of_its_queue_alone(account):
    last, last_arn = account.queue("last")
    policy = json.dumps({"deadLetterTargetArn": last_arn, "maxReceiveCount": 1})
    second, second_arn = account.queue("second", VisibilityTimeout="1", RedrivePolicy=policy)
    policy = json.dumps({"deadLetterTargetArn": second_arn, "maxReceiveCount": 1})
    first, _ = account.queue("first", VisibilityTimeout="1", RedrivePolicy=policy)
    account.sqs.send_message(QueueUrl=first, MessageBody="m")
    seen = []
    for _ in range(3):
        for url in (first, second, last):
            found = account.messages(url)
            seen += [(url.rpartition("/")[2], row["Attributes"]["ApproximateReceiveCount"]) for row in found]
        account.clock.advance(account.clock.now + 2)
    assert seen == [("first", "1"), ("second", "2"), ("last", "3")]
