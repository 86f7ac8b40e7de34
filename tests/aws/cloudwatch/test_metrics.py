"""The metrics that the services publish, read through CloudWatch."""

import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from sagalab.aws.cloudwatch.datapoints import percentile
from sagalab.aws.cloudwatch.metrics import datum
from sagalab.faults import Fault
from tests.aws.building import Account, task

VISIBLE = "ApproximateNumberOfMessagesVisible"
AGE = "ApproximateAgeOfOldestMessage"


def test_a_queue_s_depth_is_what_it_was_at_the_end_of_each_minute(account):
    url, _ = account.queue("orders", VisibilityTimeout="90")
    account.sqs.send_message(QueueUrl=url, MessageBody="a")
    account.clock.advance(70)
    account.sqs.send_message(QueueUrl=url, MessageBody="b")
    account.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)
    account.clock.advance(240)
    queue = ("QueueName", "orders")
    assert account.minutes("AWS/SQS", VISIBLE, queue) == {0: 1, 1: 1, 2: 2, 3: 2}
    assert account.minutes("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", queue) == {1: 1}
    assert account.minutes("AWS/SQS", AGE, queue) == {0: 60, 1: 120, 2: 180, 3: 240}


def test_what_is_sent_received_and_deleted_is_counted_in_its_minute(account):
    url, _ = account.queue("orders")
    for body in "abc":
        account.sqs.send_message(QueueUrl=url, MessageBody=body)
    account.clock.advance(61)
    (message,) = account.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)["Messages"]
    account.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    names = ("NumberOfMessagesSent", "NumberOfMessagesReceived", "NumberOfMessagesDeleted")
    found = [account.minutes("AWS/SQS", name, ("QueueName", "orders")) for name in names]
    assert found == [{0: 3}, {1: 1}, {1: 1}]


def test_a_message_that_dies_is_a_depth_of_the_dead_letter_queue_not_sent_there_and_as_old_as_its_death(account):
    url, _ = account.queue_with_dlq("orders", 1, VisibilityTimeout="100")
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    account.messages(url)
    account.clock.advance(101)
    account.messages(url)
    account.clock.advance(180)
    dead = ("QueueName", "orders-dlq")
    assert account.minutes("AWS/SQS", VISIBLE, dead) == {0: 0, 1: 1, 2: 1}
    assert account.minutes("AWS/SQS", AGE, dead) == {1: 19, 2: 79}
    assert account.minutes("AWS/SQS", "NumberOfMessagesSent", dead) == {}


def test_a_delayed_message_is_counted_as_delayed_and_a_purge_empties_the_depth(account):
    url, _ = account.queue("orders", DelaySeconds="90")
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    account.clock.advance(130)
    account.sqs.purge_queue(QueueUrl=url)
    account.clock.advance(240)
    queue = ("QueueName", "orders")
    assert account.minutes("AWS/SQS", "ApproximateNumberOfMessagesDelayed", queue) == {0: 1}
    assert account.minutes("AWS/SQS", VISIBLE, queue) == {0: 0, 1: 1, 2: 0, 3: 0}


def test_a_poison_message_no_longer_counts_for_the_age(account):
    url, _ = account.queue("orders", VisibilityTimeout="0")
    account.sqs.send_message(QueueUrl=url, MessageBody="poison")
    for _ in range(3):
        account.messages(url)
        account.clock.advance(account.clock.now + 1)
    account.clock.advance(60)
    assert account.minutes("AWS/SQS", AGE, ("QueueName", "orders")) == {}


def test_a_queue_that_nobody_uses_falls_silent_after_six_hours(account):
    account.queue("orders")
    account.clock.advance(8 * 3600)
    assert max(account.minutes("AWS/SQS", VISIBLE, ("QueueName", "orders"))) == 6 * 60 - 1


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(["send", "receive", "delete", "wait"]), max_size=25))
def test_the_last_depth_is_what_the_queue_itself_says(steps):
    account = Account()
    url, _ = account.queue("orders", VisibilityTimeout="45")
    held = []
    for step in steps:
        if step == "send":
            account.sqs.send_message(QueueUrl=url, MessageBody="m")
        elif step == "receive":
            held += account.sqs.receive_message(QueueUrl=url).get("Messages", [])
        elif step == "delete" and held:
            account.sqs.delete_message(QueueUrl=url, ReceiptHandle=held.pop()["ReceiptHandle"])
        account.clock.advance(account.clock.now + 13)
    account.clock.advance((account.clock.now // 60 + 1) * 60)
    found = account.minutes("AWS/SQS", VISIBLE, ("QueueName", "orders"))
    names = ["ApproximateNumberOfMessages"]
    says = account.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"][names[0]]
    account.close()
    assert list(found.values())[-1] == int(says)


def test_executions_are_counted_by_how_they_end(account):
    arns = {name: account.function(name, behaviour) for name, behaviour in
            (("well", lambda event: None), ("badly", lambda event: 1 / 0))}  # fmt: skip
    ends = {"well": "ExecutionsSucceeded", "badly": "ExecutionsFailed", "late": "ExecutionsTimedOut"}
    for name, arn in arns.items():
        account.start(account.machine({"A": task(arn)}, name=name))
    late = account.machine({"A": {"Type": "Wait", "Seconds": 90, "End": True}}, name="late", TimeoutSeconds=30)
    stopped = account.start(account.machine({"A": {"Type": "Wait", "Seconds": 90, "End": True}}, name="stopped"))
    account.start(late)
    account.clock.advance(10)
    account.sfn.stop_execution(executionArn=stopped)
    account.run()
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:"
    for name, metric in (*ends.items(), ("stopped", "ExecutionsAborted")):
        about = ("StateMachineArn", machine + name)
        assert account.minutes("AWS/States", metric, about) == {0: 1}
        assert account.minutes("AWS/States", "ExecutionsStarted", about) == {0: 1}
    (lasted,) = account.minutes("AWS/States", "ExecutionTime", ("StateMachineArn", machine + "late")).values()
    assert 29_900 < lasted < 30_100


def test_a_function_s_invocations_errors_duration_and_throttles(account):
    account = Account(Fault("throttled", "lambda:f", call=3))
    account.function("f", lambda event: account.clock.sleep(2) or (1 / event["n"]))
    for number in (1, 0):
        account.functions.invoke(FunctionName="f", Payload=json.dumps({"n": number}))
    with pytest.raises(ClientError, match="TooManyRequests"):
        account.functions.invoke(FunctionName="f", Payload=b"{}")
    about = ("FunctionName", "f")
    for metric, value in (("Invocations", 2), ("Errors", 1), ("Throttles", 1)):
        assert account.minutes("AWS/Lambda", metric, about) == {0: value}
    assert 2000 < account.minutes("AWS/Lambda", "Duration", about, statistic="Average")[0] < 2100
    assert account.minutes("AWS/Lambda", "Errors", about, statistic="Average") == {0: 0.5}


def test_a_rule_s_matches_invocations_and_failures_carry_the_bus_unless_it_is_the_default_one(account):
    arn = account.function("service")
    gone = arn.replace(":service", ":gone")
    account.rule("both", {"source": ["orders"]}, {"Arn": arn}, {"Arn": gone})
    account.events.create_event_bus(Name="other")
    account.events.put_rule(Name="there", EventBusName="other", EventPattern='{"source": ["orders"]}')
    account.events.put_targets(Rule="there", EventBusName="other", Targets=[{"Id": "t", "Arn": arn}])
    account.publish("Created", {})
    account.publish("Created", {}, bus="other")
    account.run()
    there = (("EventBusName", "other"), ("RuleName", "there"))
    for about, counts in (((("RuleName", "both"),), (1, 2, 1)), (there, (1, 1, None))):
        names = ("TriggeredRules", "Invocations", "FailedInvocations")
        assert tuple(account.minutes("AWS/Events", name, *about).get(0) for name in names) == counts


def test_a_custom_metric_is_read_back_with_all_statistics(account):
    values = [{"MetricName": "Stuck", "Value": value, "Unit": "Count"} for value in (1, 2, 6)]
    account.cloudwatch.put_metric_data(Namespace="Orders", MetricData=values)
    account.clock.advance(120)
    found = {name: account.minutes("Orders", "Stuck", statistic=name)[0]
             for name in ("Sum", "Average", "Minimum", "Maximum", "SampleCount")}  # fmt: skip
    assert found == {"Sum": 9, "Average": 3, "Minimum": 1, "Maximum": 6, "SampleCount": 3}


def test_queries_are_answered_together_the_latest_point_first(account):
    url, _ = account.queue("orders")
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    account.clock.advance(180)
    metric = {"Namespace": "AWS/SQS", "MetricName": VISIBLE, "Dimensions": [{"Name": "QueueName", "Value": "orders"}]}
    queries = [{"Id": "q", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}]
    asked = {"StartTime": account.clock.epoch, "EndTime": account.clock.instant, "MetricDataQueries": queries}
    for order in ("TimestampDescending", "TimestampAscending"):
        (row,) = account.cloudwatch.get_metric_data(ScanBy=order, **asked)["MetricDataResults"]
        assert row["Timestamps"] == sorted(row["Timestamps"], reverse=order == "TimestampDescending")
        assert row["Values"] == [1, 1, 1] and row["StatusCode"] == "Complete"


@pytest.mark.parametrize("query", [{"Expression": "a + b"}, {"Expression": 'SELECT SUM(Errors) FROM "AWS/Lambda"'}])
def test_metric_math_is_refused_by_name(account, query):
    with pytest.raises(ClientError, match="metric math.*does not have it") as caught:
        account.cloudwatch.get_metric_data(
            StartTime=account.clock.epoch, EndTime=account.clock.epoch + timedelta(minutes=1),
            MetricDataQueries=[{"Id": "q", **query}],
        )  # fmt: skip
    assert caught.value.response["Error"]["Code"] == "NotSupportedHere"


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(0, 100))
def test_a_percentile_lies_among_the_values_and_the_ends_are_its_ends(values, share):
    rows = [datum(0, 0, value) for value in values]
    assert min(values) - 1e-6 <= percentile(rows, share) <= max(values) + 1e-6
    assert (percentile(rows, 0), percentile(rows, 100)) == (min(values), max(values))


def test_asking_for_metrics_leaves_the_run_as_it_is():
    histories = []
    for asks in (False, True):
        account = Account(seed=7)
        url, arn = account.queue("orders")
        account.function("f", lambda event: 1 / 0)
        account.mapping(arn, "f")
        account.alarm("any", "AWS/Lambda", "Errors", ("FunctionName", "f"))
        account.sqs.send_message(QueueUrl=url, MessageBody="m")
        for minute in range(1, 6):
            account.clock.advance(minute * 60)
            if asks:
                account.cloudwatch.list_metrics()
                account.alarm_state("any")
        histories.append(account.history.text())
        account.close()
    assert histories[0] == histories[1]
