"""Requests to SQS that no SDK makes."""

import json

from tests.aws.probes_of_topics import asked


def test_an_action_in_the_url_of_a_queue_is_answered_in_xml(account):
    account.queue("q")
    status, body = asked("GET", "/123456789012/q?Action=GetQueueAttributes&AttributeName.1=QueueArn")
    assert status == 200 and "<Value>arn:aws:sqs:us-east-1:123456789012:q</Value>" in body
    status, body = asked("GET", "/123456789012/gone?Action=GetQueueAttributes&AttributeName.1=QueueArn")
    assert status == 400 and "<Code>AWS.SimpleQueueService.NonExistentQueue</Code>" in body


def test_a_form_is_answered_in_xml(account):
    url, _ = account.queue("q")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, body = asked("POST", "/123456789012/q", b"Action=SendMessage&MessageBody=%22a%22%0D%0A", **form)
    assert status == 200 and "<MD5OfMessageBody>" in body
    status, body = asked("POST", "/", f"Action=ReceiveMessage&QueueUrl={url}".encode(), **form)
    assert "<Body>&quot;a&quot;&#xD;\n</Body>" in body


def test_an_action_that_is_none_is_refused_in_either_protocol(account):
    assert asked("GET", "/?Action=FooBar")[0] == 400
    assert "The action FooBar is not valid for this endpoint." in asked("GET", "/?Action=FooBar")[1]
    fields = {"X-Amz-Target": "AmazonSQS.FooBar", "Content-Type": "application/x-amz-json-1.0"}
    status, body = asked("POST", "/", b"{}", **fields)
    assert (status, json.loads(body)["__type"].split("#")[1]) == (404, "UnknownOperationException")


def test_a_queue_has_a_name(account):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, body = asked("POST", "/", b"Action=CreateQueue", **form)
    assert status == 400 and "The request must contain the parameter QueueName." in body
