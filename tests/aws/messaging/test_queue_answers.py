"""What a queue tells of itself."""

import json

from tests.aws.probes_of_queues import answer


def test_a_queue_has_one_kind_of_encryption(account):
    url, _ = account.queue("q", KmsMasterKeyId="alias/ours")
    found = account.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (found["KmsMasterKeyId"], found["SqsManagedSseEnabled"]) == ("alias/ours", "false")
    both = {"KmsMasterKeyId": "alias/ours", "SqsManagedSseEnabled": "true"}
    assert (
        "one type of server-side encryption"
        in answer(account.sqs.create_queue, QueueName="other", Attributes=both)["Message"]
    )


def test_queues_are_listed_page_by_page(account):
    names = [f"p-{number}" for number in range(3)]
    for name in (*names, "other"):
        account.queue(name)
    pages, more = [], {}
    while not pages or more:
        found = account.sqs.list_queues(QueueNamePrefix="p-", MaxResults=2, **more)
        pages.append([url.rpartition("/")[2] for url in found["QueueUrls"]])
        more = {"NextToken": found["NextToken"]} if "NextToken" in found else {}
    assert pages == [names[:2], names[2:]]
    assert "QueueUrls" not in account.sqs.list_queues(QueueNamePrefix="none")


def test_tags_come_and_go(account):
    url, _ = account.queue("q")
    account.sqs.tag_queue(QueueUrl=url, Tags={"team": "orders", "empty": ""})
    account.sqs.untag_queue(QueueUrl=url, TagKeys=["team", "never"])
    assert account.sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"empty": ""}


def test_the_sources_of_a_dead_letter_queue_are_listed_page_by_page(account):
    dead, arn = account.queue("dead")
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
    for number in range(3):
        account.queue(f"source-{number}", RedrivePolicy=policy)
    call = account.sqs.list_dead_letter_source_queues
    first = call(QueueUrl=dead, MaxResults=2)
    second = call(QueueUrl=dead, MaxResults=2, NextToken=first["NextToken"])
    assert [len(page["queueUrls"]) for page in (first, second)] == [2, 1] and "NextToken" not in second
    assert len(call(QueueUrl=dead)["queueUrls"]) == 3
    assert answer(call, QueueUrl=dead, MaxResults=0)["Code"] == "InvalidParameterValue"


def test_a_prefix_is_no_pattern(account):
    account.queue("a-b")
    assert "QueueUrls" not in account.sqs.list_queues(QueueNamePrefix="a.b")
    assert "QueueUrls" not in account.sqs.list_queues(QueueNamePrefix="a(")


def test_a_queue_is_made_again_with_the_receives_as_a_text(account):
    _, arn = account.queue("dead")
    for count in ("3", 3, "3"):
        account.queue("q", RedrivePolicy=json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": count}))
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "4"})
    refused = answer(account.sqs.create_queue, QueueName="q", Attributes={"RedrivePolicy": policy})
    assert refused["Code"] == "QueueAlreadyExists"
