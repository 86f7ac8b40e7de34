"""Who may let messages die where."""

import json

import pytest

from sagalab.aws.messaging.redrive_policies import allow_problem
from tests.aws.probes_of_queues import answer


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("[]", "valid JSON map"),
        ('{"redrivePermission": "all"}', "Invalid redrivePermission"),
        ('{"redrivePermission": "byQueue"}', "sourceQueueArns"),
        ('{"redrivePermission": "denyAll", "sourceQueueArns": ["arn"]}', "sourceQueueArns"),
        (json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": ["arn"] * 11}), "at most 10"),
        ('{"redrivePermission": "byQueue", "sourceQueueArns": ["arn"]}', None),
        ('{"redrivePermission": "allowAll"}', None),
    ],
)
def test_a_policy_that_cannot_work_is_told_by_its_slip(policy, words):
    problem = allow_problem(policy)
    assert problem is None if words is None else words in problem


def test_only_a_queue_that_may_lets_its_messages_die_there(account):
    friend = "arn:aws:sqs:us-east-1:123456789012:friend"
    allowed = json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [friend]})
    _, dead = account.queue("dead", RedriveAllowPolicy=allowed)
    policy = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 3})
    account.queue("friend", RedrivePolicy=policy)
    refused = answer(account.sqs.create_queue, QueueName="stranger", Attributes={"RedrivePolicy": policy})
    assert refused["Code"] == "InvalidParameterValue" and "not permitted" in refused["Message"]


def test_the_same_queue_may_be_made_again_with_its_policies(account):
    allowed = json.dumps({"redrivePermission": "denyAll"})
    assert account.queue("dead", RedriveAllowPolicy=allowed) == account.queue("dead", RedriveAllowPolicy=allowed)
    url, _ = account.queue("dead")
    account.sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedriveAllowPolicy": ""})
    found = account.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert "RedriveAllowPolicy" not in found


def test_a_limit_per_group_needs_duplicates_told_by_group(account):
    fifo = {"FifoQueue": "true", "FifoThroughputLimit": "perMessageGroupId"}
    make = account.sqs.create_queue
    assert answer(make, QueueName="q.fifo", Attributes=fifo)["Code"] == "InvalidAttributeValue"
    make(QueueName="q.fifo", Attributes={**fifo, "DeduplicationScope": "messageGroup"})
