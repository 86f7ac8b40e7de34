"""Alarms on virtual time: their states, whom they tell, and that an idle clock comes to rest."""

import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from sagalab.aws import observe
from sagalab.aws.capture import capture
from sagalab.aws.cloud import Cloud
from sagalab.aws.restoring import restore
from sagalab.clock import VirtualClock
from sagalab.history import History
from tests.aws.building import Account, Scripted

VISIBLE = "ApproximateNumberOfMessagesVisible"
AGE = "ApproximateAgeOfOldestMessage"
DEPTH = ("AWS/SQS", VISIBLE, ("QueueName", "orders"))


def told(account, url):
    """Gives the state changes that a queue heard of."""
    found = [json.loads(json.loads(body)["Message"]) for body in account.bodies(url)]
    return [(row["OldStateValue"], row["NewStateValue"]) for row in found]


def listener(account):
    """Makes a topic and a queue behind it; gives the ARN and the URL."""
    topic = account.sns.create_topic(Name="operators")["TopicArn"]
    url, arn = account.queue("pager")
    account.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic, url


def test_an_alarm_waits_for_data_goes_off_and_calms_down(account):
    url, _ = account.queue("orders")
    account.alarm("deep", *DEPTH, Threshold=1)
    assert account.alarm_state("deep") == "INSUFFICIENT_DATA"
    account.clock.advance(61)
    assert account.alarm_state("deep") == "OK"
    for body in "ab":
        account.sqs.send_message(QueueUrl=url, MessageBody=body)
    account.clock.advance(119)
    assert account.alarm_state("deep") == "OK"
    account.clock.advance(120)
    assert account.alarm_state("deep") == "ALARM"
    account.sqs.purge_queue(QueueUrl=url)
    account.clock.advance(180)
    assert account.alarm_state("deep") == "OK"


def test_two_points_of_three_are_enough_when_asked(account):
    url, _ = account.queue("orders")
    account.alarm("deep", *DEPTH, EvaluationPeriods=3, DatapointsToAlarm=2)
    states = []
    for minute, body in enumerate(["", "m", "", "m", ""], 1):
        if body:
            account.sqs.send_message(QueueUrl=url, MessageBody=body)
        account.clock.advance(minute * 60)
        account.sqs.purge_queue(QueueUrl=url)
        states.append(account.alarm_state("deep"))
    assert states == ["OK", "OK", "OK", "ALARM", "OK"]


@pytest.mark.parametrize(
    ("missing", "state"),
    [(None, "INSUFFICIENT_DATA"), ("ignore", "ALARM"), ("breaching", "ALARM"), ("notBreaching", "OK")],
)
def test_once_a_function_is_silent_missing_data_are_treated_as_said(account, missing, state):
    account.function("f", lambda event: 1 / 0)
    fields = {"TreatMissingData": missing} if missing else {}
    account.alarm("errors", "AWS/Lambda", "Errors", ("FunctionName", "f"), **fields)
    account.functions.invoke(FunctionName="f")
    account.clock.advance(60)
    assert account.alarm_state("errors") == "ALARM"
    account.clock.advance(600)
    assert account.alarm_state("errors") == state


def test_a_topic_hears_of_each_change_that_it_asked_for(account):
    topic, pager = listener(account)
    url, _ = account.queue("orders")
    account.alarm("deep", *DEPTH, AlarmActions=[topic], OKActions=[topic])
    account.clock.advance(61)
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    account.clock.advance(121)
    account.sqs.purge_queue(QueueUrl=url)
    account.clock.advance(182)
    assert sorted(told(account, pager)) == [("ALARM", "OK"), ("INSUFFICIENT_DATA", "OK"), ("OK", "ALARM")]


def test_the_message_is_aws_s_own(account):
    topic, pager = listener(account)
    url, _ = account.queue("orders")
    account.alarm("deep", *DEPTH, AlarmActions=[topic], AlarmDescription="Too deep.", TreatMissingData="ignore")
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    account.run()
    (body,) = account.bodies(pager)
    note = json.loads(body)
    assert note["Subject"] == 'ALARM: "deep" in US East (N. Virginia)'
    text = json.loads(note["Message"])
    assert text["NewStateReason"] == (
        "Threshold Crossed: 1 out of the last 1 datapoints [1.0 (05/01/26 09:00:00)] was greater than the threshold "
        "(0.0) (minimum 1 datapoint for INSUFFICIENT_DATA -> ALARM transition)."
    )
    assert text["StateChangeTime"] == "2026-01-05T09:01:00.000+0000" and text["AWSAccountId"] == "123456789012"
    assert text["Trigger"]["Dimensions"] == [{"value": "orders", "name": "QueueName"}]
    assert (text["Trigger"]["Statistic"], text["AlarmDescription"]) == ("SUM", "Too deep.")


def test_letting_time_pass_until_all_is_quiet_still_lets_the_alarm_go_off_and_then_ends(account):
    topic, pager = listener(account)
    url, _ = account.queue("orders")
    account.alarm("deep", *DEPTH, AlarmActions=[topic])
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    assert account.run() == "quiet" and 60 <= account.clock.now < 62
    assert told(account, pager) == [("INSUFFICIENT_DATA", "ALARM")]
    assert account.run() == "quiet" and account.clock.now < 62


def test_an_alarm_that_only_time_brings_goes_off_while_time_passes_and_not_before(account):
    topic, pager = listener(account)
    url, _ = account.queue("orders")
    account.alarm("old", "AWS/SQS", AGE, ("QueueName", "orders"), Threshold=1800, AlarmActions=[topic])
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    assert account.run() == "quiet" and account.clock.now < 1
    account.clock.advance(3600)
    (body,) = account.bodies(pager)
    text = json.loads(json.loads(body)["Message"])
    assert text["StateChangeTime"] == "2026-01-05T09:31:00.000+0000"


def test_an_alarm_without_anybody_to_tell_never_keeps_the_clock_alive(account):
    account.queue("orders")
    account.alarm("deep", *DEPTH)
    assert account.run() == "quiet" and account.clock.now == 0


def test_disabled_actions_tell_nobody(account):
    topic, pager = listener(account)
    url, _ = account.queue("orders")
    account.alarm("deep", *DEPTH, AlarmActions=[topic])
    account.cloudwatch.disable_alarm_actions(AlarmNames=["deep"])
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    account.clock.advance(300)
    assert account.alarm_state("deep") == "ALARM" and told(account, pager) == []
    account.cloudwatch.enable_alarm_actions(AlarmNames=["deep"])
    account.cloudwatch.set_alarm_state(AlarmName="deep", StateValue="OK", StateReason="try")
    account.clock.advance(421)
    assert told(account, pager) == [("OK", "ALARM")]


def test_a_rule_on_the_default_bus_hears_of_a_change(account):
    url, _ = account.queue("orders")
    account.rule("alarms", {"source": ["aws.cloudwatch"]}, {"Arn": account.function("operator")})
    account.alarm("deep", *DEPTH)
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    account.run()
    (event,) = account.seen("operator")
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["detail"]["state"]["value"] == "ALARM"
    assert event["detail"]["previousState"]["value"] == "INSUFFICIENT_DATA"
    assert event["resources"] == ["arn:aws:cloudwatch:us-east-1:123456789012:alarm:deep"]


def test_a_state_set_by_hand_tells_and_lasts_until_the_next_look(account):
    topic, pager = listener(account)
    account.queue("orders")
    account.alarm("deep", *DEPTH, AlarmActions=[topic])
    account.clock.advance(61)
    account.cloudwatch.set_alarm_state(AlarmName="deep", StateValue="ALARM", StateReason="a drill")
    account.clock.advance(62)
    assert account.alarm_state("deep") == "ALARM" and told(account, pager) == [("OK", "ALARM")]
    account.clock.advance(121)
    assert account.alarm_state("deep") == "OK"


def test_an_alarm_s_history_says_what_became_of_it(account):
    url, _ = account.queue("orders")
    account.alarm("deep", *DEPTH)
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    account.clock.advance(61)
    rows = account.cloudwatch.describe_alarm_history(AlarmName="deep", ScanBy="TimestampAscending")["AlarmHistoryItems"]
    assert [(row["HistoryItemType"], row["HistorySummary"]) for row in rows] == [
        ("ConfigurationUpdate", 'Alarm "deep" created'),
        ("StateUpdate", "Alarm updated from INSUFFICIENT_DATA to ALARM"),
    ]
    assert rows[1]["Timestamp"] == account.clock.epoch + timedelta(seconds=60)
    assert json.loads(rows[1]["HistoryData"])["newState"]["value"] == "ALARM"


def test_a_changed_alarm_keeps_its_state_until_it_is_judged_anew(account):
    url, _ = account.queue("orders")
    account.alarm("deep", *DEPTH)
    account.sqs.send_message(QueueUrl=url, MessageBody="m")
    account.clock.advance(61)
    account.alarm("deep", *DEPTH, Threshold=5)
    assert account.alarm_state("deep") == "ALARM"
    account.clock.advance(121)
    assert account.alarm_state("deep") == "OK"


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["send", "take", "fail", "wait"]), min_size=1, max_size=12), st.integers(1, 3))
def test_an_alarm_read_now_is_the_same_as_one_read_each_minute(steps, periods):
    states = []
    for often in (False, True):
        account = Account(seed=3)
        url, _ = account.queue("orders", VisibilityTimeout="100")
        account.function("f", lambda event: 1 / 0)
        account.alarm("deep", *DEPTH, EvaluationPeriods=periods, DatapointsToAlarm=1)
        account.alarm("errors", "AWS/Lambda", "Errors", ("FunctionName", "f"), EvaluationPeriods=periods)
        for step in steps:
            if step == "send":
                account.sqs.send_message(QueueUrl=url, MessageBody="m")
            elif step == "take":
                account.sqs.receive_message(QueueUrl=url)
            elif step == "fail":
                account.functions.invoke(FunctionName="f")
            account.clock.advance((account.clock.now // 60 + 1) * 60)
            if often:
                observe.signals()
        names = ("deep", "errors")
        found = [account.cloudwatch.describe_alarm_history(AlarmName=name)["AlarmHistoryItems"] for name in names]
        states.append([[(row["Timestamp"], row["HistorySummary"]) for row in rows] for rows in found])
        account.close()
    assert states[0] == states[1]


def test_a_restored_alarm_is_seen_by_a_detector_on_a_new_run():
    account = Account()
    account.queue("orders")
    account.alarm("deep", *DEPTH)
    deployment = capture()
    account.close()
    clock, runtime = VirtualClock("bench"), Scripted()
    cloud = Cloud(clock, History(), runtime).start()
    restore(deployment)
    cloud.begin(clock, History(), runtime, None, "run")
    account.sqs.send_message(QueueUrl=deployment.queues[0].url, MessageBody="m")
    clock.advance(60)
    assert observe.signals()["alarm"] == {"deep": {"state": "ALARM"}}
    cloud.stop()


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"Period": 45}, "ValidationError", "multiple of 60"),
        ({"Period": 3000, "EvaluationPeriods": 30}, "ValidationError", "more than a day"),
        ({"DatapointsToAlarm": 2}, "ValidationError", "DatapointsToAlarm"),
        ({"ComparisonOperator": "Above"}, "ValidationError", "comparisonOperator"),
        ({"TreatMissingData": "never"}, "ValidationError", "Supported options"),
        ({"AlarmActions": ["operators"]}, "ValidationError", "Invalid arn syntax"),
        ({"ExtendedStatistic": "q9"}, "ValidationError", "ExtendedStatistic"),
        ({"ExtendedStatistic": "tm99"}, "NotSupportedHere", "tm99"),
        ({"AlarmActions": ["arn:aws:lambda:us-east-1:123456789012:function:f"]}, "NotSupportedHere", "function:f"),
        ({"ComparisonOperator": "LessThanLowerOrGreaterThanUpperThreshold"}, "NotSupportedHere", "anomalies"),
    ],
)
def test_an_alarm_that_cannot_be_is_refused_in_words(account, fields, code, words):
    with pytest.raises(ClientError, match=words) as caught:
        account.alarm("a", *DEPTH, **fields)
    assert caught.value.response["Error"]["Code"] == code
    assert account.cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_an_alarm_on_metric_math_is_refused_and_one_on_a_single_metric_is_taken(account):
    account.queue("orders")
    stat = {"Metric": {"Namespace": "AWS/SQS", "MetricName": VISIBLE,
                       "Dimensions": [{"Name": "QueueName", "Value": "orders"}]}, "Period": 60, "Stat": "Sum"}  # fmt: skip
    given = {"EvaluationPeriods": 1, "Threshold": 0, "ComparisonOperator": "LessThanOrEqualToThreshold"}
    plain = [{"Id": "m", "MetricStat": stat}]
    account.cloudwatch.put_metric_alarm(AlarmName="plain", Metrics=plain, **given)
    with pytest.raises(ClientError, match="metric math"):
        account.cloudwatch.put_metric_alarm(
            AlarmName="math", Metrics=[*plain, {"Id": "e", "Expression": "m * 2"}], **given
        )
    account.clock.advance(60)
    assert account.alarm_state("plain") == "ALARM"


def test_composite_alarms_are_refused_by_name(account):
    with pytest.raises(ClientError, match="PutCompositeAlarm") as caught:
        account.cloudwatch.put_composite_alarm(AlarmName="a", AlarmRule='ALARM("b")')
    assert caught.value.response["Error"]["Code"] == "NotSupportedHere"
