"""Probes of the patches of metrics and alarms."""

from __future__ import annotations

from datetime import timedelta

from botocore.exceptions import ClientError

from tests.aws.building import Account
from tests.aws.probing import probe

VISIBLE = "ApproximateNumberOfMessagesVisible"
QUEUE = ("QueueName", "orders")
DEPTH = ("AWS/SQS", VISIBLE, QUEUE)
CLOUDWATCH = "moto.cloudwatch"


def _busy() -> Account:
    """Gives an account with one message in a queue for a minute."""
    account = Account()
    url, _ = account.queue("orders")
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    account.alarm("deep", *DEPTH)
    account.clock.advance(61)
    return account


@probe(f"{CLOUDWATCH}.responses:CloudWatchResponse.get_metric_statistics")
def a_queue_s_depth_is_read_by_the_minute() -> None:
    assert _busy().minutes(*DEPTH) == {0: 1}


@probe("moto.sqs.models:SQSBackend.purge_queue")
def a_purge_empties_the_depth() -> None:
    account = _busy()
    account.sqs.purge_queue(QueueUrl=account.sqs.get_queue_url(QueueName="orders")["QueueUrl"])
    account.clock.advance(120)
    assert account.minutes(*DEPTH) == {0: 1, 1: 0}


@probe(f"{CLOUDWATCH}.responses:CloudWatchResponse.get_metric_data")
def a_queue_s_depth_is_queried() -> None:
    account = _busy()
    metric = {"Namespace": "AWS/SQS", "MetricName": VISIBLE, "Dimensions": [{"Name": QUEUE[0], "Value": QUEUE[1]}]}
    (row,) = account.cloudwatch.get_metric_data(
        StartTime=account.clock.epoch, EndTime=account.clock.epoch + timedelta(minutes=1),
        MetricDataQueries=[{"Id": "q", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}],
    )["MetricDataResults"]  # fmt: skip
    assert row["Values"] == [1]


@probe(f"{CLOUDWATCH}.responses:CloudWatchResponse.list_metrics")
def a_queue_s_metrics_are_listed() -> None:
    names = {row["MetricName"] for row in _busy().cloudwatch.list_metrics(Namespace="AWS/SQS")["Metrics"]}
    assert {VISIBLE, "NumberOfMessagesSent"} <= names


@probe(f"{CLOUDWATCH}.models:CloudWatchBackend.put_metric_data")
def the_services_own_namespaces_are_theirs() -> None:
    try:
        _busy().cloudwatch.put_metric_data(Namespace="AWS/SQS", MetricData=[{"MetricName": VISIBLE, "Value": 9}])
    except ClientError as error:
        assert error.response["Error"]["Code"] == "InvalidParameterValue"
    else:
        raise AssertionError("a service's namespace was written to")


@probe(f"{CLOUDWATCH}.models:CloudWatchBackend.put_metric_alarm")
def a_new_alarm_has_no_data_yet() -> None:
    account = Account()
    account.alarm("deep", *DEPTH)
    assert account.alarm_state("deep") == "INSUFFICIENT_DATA"


@probe(f"{CLOUDWATCH}.responses:CloudWatchResponse.describe_alarms")
def an_alarm_s_data_put_it_into_its_state() -> None:
    assert _busy().alarm_state("deep") == "ALARM"


@probe(f"{CLOUDWATCH}.responses:CloudWatchResponse.describe_alarms_for_metric")
def the_alarms_of_a_metric_are_those_of_its_dimensions() -> None:
    account = _busy()
    asked = [
        account.cloudwatch.describe_alarms_for_metric(
            Namespace="AWS/SQS", MetricName=VISIBLE, Dimensions=[{"Name": "QueueName", "Value": name}]
        )["MetricAlarms"]
        for name in ("orders", "others")
    ]
    assert [[row["StateValue"] for row in rows] for rows in asked] == [["ALARM"], []]


@probe(f"{CLOUDWATCH}.models:CloudWatchBackend.set_alarm_state")
def a_state_set_by_hand_tells_the_topic() -> None:
    account = Account()
    topic = account.sns.create_topic(Name="operators")["TopicArn"]
    account.sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=account.function("pager"))
    account.alarm("deep", *DEPTH, AlarmActions=[topic])
    account.cloudwatch.set_alarm_state(AlarmName="deep", StateValue="ALARM", StateReason="a drill")
    account.run()
    (event,) = account.seen("pager")
    assert event["Records"][0]["Sns"]["Subject"].startswith('ALARM: "deep"')


@probe(f"{CLOUDWATCH}.responses:CloudWatchResponse.describe_alarm_history")
def an_alarm_s_history_is_told() -> None:
    rows = _busy().cloudwatch.describe_alarm_history(AlarmName="deep")["AlarmHistoryItems"]
    assert [row["HistoryItemType"] for row in rows] == ["StateUpdate", "ConfigurationUpdate"]


@probe(f"{CLOUDWATCH}.models:CloudWatchBackend.put_insight_rule")
def an_insight_rule_is_refused_by_name() -> None:
    try:
        Account().cloudwatch.put_insight_rule(RuleName="top", RuleDefinition="{}")
    except ClientError as error:
        assert error.response["Error"]["Code"] == "NotSupportedHere"
    else:
        raise AssertionError("the rule was taken, though nobody counts for it")
