"""What an operator sees: depths, ages, executions, counts, alarms."""

import json

import boto3

from sagalab.aws.observe import signals, tables
from sagalab.signals import Signals
from tests.aws.building import task


def seen(account):
    return Signals.from_json(signals())


def test_a_queue_s_depth_flight_and_age(account):
    url, _ = account.queue("orders", VisibilityTimeout="60")
    for body in "abc":
        account.sqs.send_message(QueueUrl=url, MessageBody=body)
    account.clock.advance(10)
    account.sqs.receive_message(QueueUrl=url)
    row = seen(account).queue("orders")
    assert (row.visible, row.in_flight, round(row.oldest_age)) == (2, 1, 10)


def test_an_empty_queue_has_no_age(account):
    account.queue("orders")
    assert seen(account).queue("orders").oldest_age == 0


def test_an_execution_is_unresolved_until_its_input_succeeds_under_any_name(account):
    broken = [True]
    arn = account.function("f", lambda event: 1 / 0 if broken[0] else None)
    machine = account.machine({"A": task(arn)})
    account.start(machine, {"orderId": "1"}, "first")
    account.run()
    assert (seen(account).state_machine("Flow").failed, seen(account).state_machine("Flow").unresolved) == (1, 1)
    broken[0] = False
    account.start(machine, {"orderId": "1"}, "second")
    account.run()
    assert (seen(account).state_machine("Flow").failed, seen(account).state_machine("Flow").unresolved) == (1, 0)


def test_a_redriven_execution_is_resolved(account):
    broken = [True]
    arn = account.function("f", lambda event: 1 / 0 if broken[0] else None)
    execution = account.start(account.machine({"A": task(arn)}))
    account.run()
    broken[0] = False
    account.sfn.redrive_execution(executionArn=execution)
    assert seen(account).state_machine("Flow").running == 1
    account.run()
    assert seen(account).state_machine("Flow").unresolved == 0


def test_a_function_s_counts(account):
    account.function("f", lambda event: 1 / 0)
    account.functions.invoke(FunctionName="f", Payload=b"{}")
    row = seen(account).function("f")
    assert (row.invocations, row.errors, row.throttles) == (1, 1, 0)


def test_an_alarm_has_a_state(account):
    boto3.client("cloudwatch", region_name="us-east-1").put_metric_alarm(
        AlarmName="deep", Namespace="AWS/SQS", MetricName="Depth", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    assert seen(account).alarm("deep") in ("OK", "INSUFFICIENT_DATA")


def test_a_table_s_items_are_read_page_after_page_and_numbers_are_floats(account):
    account.dynamodb.create_table(
        TableName="takings", KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST",
    )  # fmt: skip
    long = "x" * 300_000  # four of these are more than the megabyte of one page
    for name in "abcde":
        item = {"name": {"S": name}, "amount": {"N": "49.90"}, "text": {"S": long}, "tags": {"SS": ["one"]}}
        account.dynamodb.put_item(TableName="takings", Item=item)
    rows = tables()["takings"]
    assert sorted(row["name"] for row in rows) == list("abcde")
    assert {row["amount"] for row in rows} == {49.9}
    assert json.loads(json.dumps(rows)) == rows
