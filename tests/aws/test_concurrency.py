"""Reserved concurrency of a function, and the most batches that a mapping hands over at the same time."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.aws.building import Account, task
from tests.aws.probes_of_bad_input import code_of


def slow(account, name, seconds=20, most=None):
    """Makes a function that takes its time, and notes how many of it run at once."""
    seen = []

    def behave(event):
        seen.append(account.cloud.functions.running[name])
        account.clock.sleep(seconds)

    arn = account.function(name, behave, timeout=60)
    if most is not None:
        account.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=most)
    return arn, seen


def test_an_invocation_beyond_the_reserved_concurrency_is_refused_as_aws_does(account):
    _, seen = slow(account, "f", most=1)
    account.functions.invoke(FunctionName="f", InvocationType="Event", Payload=b"{}")
    account.clock.run(until=5)
    with pytest.raises(ClientError, match=r"Rate Exceeded\.") as caught:
        account.functions.invoke(FunctionName="f", Payload=b"{}")
    answer = caught.value.response
    assert answer["Error"]["Code"] == "TooManyRequestsException"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert answer["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    account.run()
    account.functions.invoke(FunctionName="f", Payload=b"{}")
    assert seen == [1, 1]
    assert account.minutes("AWS/Lambda", "Throttles", ("FunctionName", "f")) == {0: 1}


def test_asynchronous_events_wait_for_their_turn(account):
    _, seen = slow(account, "f", most=1)
    for _ in range(4):
        account.functions.invoke(FunctionName="f", InvocationType="Event", Payload=b"{}")
    account.run()
    assert seen == [1, 1, 1, 1]


def test_with_nothing_reserved_an_asynchronous_event_goes_to_the_dead_letter_queue_at_once(account):
    url, arn = account.queue("dead")
    _, seen = slow(account, "f", most=0)
    account.functions.update_function_configuration(FunctionName="f", DeadLetterConfig={"TargetArn": arn})
    account.functions.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"n": 1}')
    account.run(until=60)
    assert (seen, [json.loads(body) for body in account.bodies(url)]) == ([], [{"n": 1}])


def test_a_task_that_is_throttled_can_be_retried_by_its_error_name(account):
    arn, seen = slow(account, "f", seconds=5, most=1)
    retry = [{"ErrorEquals": ["Lambda.TooManyRequestsException"], "IntervalSeconds": 10, "MaxAttempts": 3}]
    machine = account.machine({"A": task(arn, Retry=retry)})
    for name in "ab":
        account.start(machine, name=name)
    account.run()
    assert seen == [1, 1]


@pytest.mark.parametrize(("most", "receives"), [(1, 2), (None, 1)])
def test_a_throttled_mapping_leaves_its_messages_in_the_queue_with_a_receive_more(account, most, receives):
    url, arn = account.queue("orders", VisibilityTimeout="70")
    slow(account, "f", most=most)
    account.mapping(arn, "f", BatchSize=1)
    account.sqs.send_message(QueueUrl=url, MessageBody="a")
    account.run(until=5)
    account.sqs.send_message(QueueUrl=url, MessageBody="b")
    account.run()
    counts = [fact.detail["count"] for fact in account.facts("received", "orders")]
    assert len(account.seen("f")) == 2 and max(counts) == receives


def test_messages_of_a_function_that_is_always_throttled_die(account):
    url, arn = account.queue_with_dlq("orders", 2, VisibilityTimeout="60")
    slow(account, "f", most=0)
    account.mapping(arn, "f")
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    account.run()
    assert account.seen("f") == [] and [fact.what for fact in account.facts("dead_lettered")] == ["orders"]


@pytest.mark.parametrize(("most", "at_once"), [(2, 2), (5, 5), (None, 12)])
def test_a_mapping_hands_over_so_many_batches_at_once_and_no_message_counts_a_receive_more(account, most, at_once):
    url, arn = account.queue("orders", VisibilityTimeout="60")
    _, seen = slow(account, "f")
    account.mapping(arn, "f", BatchSize=1, **({"ScalingConfig": {"MaximumConcurrency": most}} if most else {}))
    for number in range(12):
        account.sqs.send_message(QueueUrl=url, MessageBody=str(number))
    account.run()
    assert len(account.seen("f")) == 12 and max(seen) == at_once
    assert {fact.detail["count"] for fact in account.facts("received", "orders")} == {1}


def test_what_is_reserved_is_shown_and_given_back(account):
    account.function("f")
    account.functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=3)
    assert account.functions.get_function_concurrency(FunctionName="f")["ReservedConcurrentExecutions"] == 3
    account.functions.delete_function_concurrency(FunctionName="f")
    assert "ReservedConcurrentExecutions" not in account.functions.get_function_concurrency(FunctionName="f")


def test_a_hundred_executions_stay_unreserved(account):
    for name in ("f", "g"):
        account.function(name)
    put = account.functions.put_function_concurrency
    assert code_of(put, FunctionName="f", ReservedConcurrentExecutions=900) == ""
    assert code_of(put, FunctionName="g", ReservedConcurrentExecutions=1) == "InvalidParameterValueException"


def test_a_mapping_may_be_changed_to_fewer_batches_at_once():
    account = Account(seed=2)
    url, arn = account.queue("orders", VisibilityTimeout="60")
    _, seen = slow(account, "f")
    made = account.mapping(arn, "f", BatchSize=1)
    account.functions.update_event_source_mapping(UUID=made, ScalingConfig={"MaximumConcurrency": 2})
    for number in range(6):
        account.sqs.send_message(QueueUrl=url, MessageBody=str(number))
    account.run()
    assert max(seen) == 2
    account.close()
