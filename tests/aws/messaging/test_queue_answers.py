"""What a queue tells of itself."""

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
