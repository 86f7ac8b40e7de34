"""CloudWatch: alarms that are made, described and set, and what became of them.

Each function below is one gap: what AWS does, its page, what moto does, and the seam. How alarms change is
`sagalab.aws.cloudwatch.alarms`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sagalab.aws.cloudwatch import alarm_notices
from sagalab.aws.cloudwatch.alarm_requests import CHECKS
from sagalab.aws.cloudwatch.alarms import remember
from sagalab.aws.cloudwatch.metric_calls import page, seconds
from sagalab.aws.current import cloud


def _alarms() -> None:
    """A new alarm waits for data, a changed one keeps its state; moto's are OK, and stay what they were set to.

    AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html. What nobody would look at or tell is refused by name.
    Seam: `CloudWatchBackend.put_metric_alarm`.
    """
    from moto.cloudwatch.models import CloudWatchBackend

    original = CloudWatchBackend.put_metric_alarm

    def put_metric_alarm(backend: Any, **fields: Any) -> Any:
        for check in CHECKS:
            check(fields)
        here, known = cloud(), backend.alarms.get(fields["name"])
        here.alarms.catch_up()
        alarm = original(backend, **fields)
        if known is None:
            alarm.state_value = "INSUFFICIENT_DATA"
        else:
            kept = ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "told")
            alarm.__dict__.update({name: known.__dict__[name] for name in kept if name in known.__dict__})
        what = "created" if known is None else "updated"
        remember(alarm, here.clock.instant, "ConfigurationUpdate", f'Alarm "{alarm.name}" {what}',
                 {"version": "1.0", "type": "Create" if known is None else "Update"})  # fmt: skip
        here.alarms.begin(alarm)
        return alarm

    CloudWatchBackend.put_metric_alarm = put_metric_alarm


def _alarms_now() -> None:
    """AWS describes an alarm with the state that its data put it into; moto with the state that it was set to.

    AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html.
    Seams: `CloudWatchResponse.describe_alarms`, `CloudWatchResponse.describe_alarms_for_metric`.
    """
    from moto.cloudwatch.responses import CloudWatchResponse

    all_of_them, of_one = CloudWatchResponse.describe_alarms, CloudWatchResponse.describe_alarms_for_metric

    def describe_alarms(response: Any) -> Any:
        cloud().alarms.catch_up()
        answer = all_of_them(response)
        state, most = response._get_param("StateValue"), int(response._get_param("MaxRecords") or 100)
        rows = sorted(answer.result["MetricAlarms"], key=lambda alarm: str(alarm.name))
        rows = [row for row in rows if state in (None, row.state_value)]
        first = page(response)
        more = {"NextToken": str(first + most)} if first + most < len(rows) else {}
        answer.result.update({"MetricAlarms": rows[first : first + most], **more})
        return answer

    def describe_alarms_for_metric(response: Any) -> Any:
        cloud().alarms.catch_up()
        answer = of_one(response)
        wanted = sorted((row["Name"], row["Value"]) for row in response._get_param("Dimensions") or [])
        rows = answer.result["MetricAlarms"]
        answer.result["MetricAlarms"] = [
            row for row in rows if sorted((one.name, one.value) for one in row.dimensions) == wanted
        ]
        return answer

    CloudWatchResponse.describe_alarms = describe_alarms
    CloudWatchResponse.describe_alarms_for_metric = describe_alarms_for_metric


def _alarms_set() -> None:
    """An alarm set to a state by hand acts as if its data had done it, until it is judged again; moto's just changes.

    AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html. Seam: `CloudWatchBackend.set_alarm_state`.
    """
    from moto.cloudwatch.models import CloudWatchBackend

    original = CloudWatchBackend.set_alarm_state

    def set_alarm_state(backend: Any, alarm_name: str, reason: str, reason_data: str, state_value: str) -> None:
        here = cloud()
        here.alarms.catch_up()
        alarm = backend.alarms.get(alarm_name)
        if alarm is None or state_value not in ("OK", "ALARM", "INSUFFICIENT_DATA"):
            original(backend, alarm_name, reason, reason_data, state_value)  # refuses it
            return
        before, kept = alarm_notices.state(alarm), dict(alarm.__dict__)
        original(backend, alarm_name, reason, reason_data, state_value)
        alarm.__dict__.update({name: kept[name] for name in ("state_value", "state_reason", "state_reason_data")})
        here.alarms.set(alarm, state_value, reason, reason_data, here.clock.instant, before, True)

    CloudWatchBackend.set_alarm_state = set_alarm_state


def _alarm_history() -> None:
    """AWS tells what became of an alarm; moto has no such call.

    AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html.
    Seam: `CloudWatchResponse.describe_alarm_history`.
    """
    from moto.cloudwatch.responses import CloudWatchResponse
    from moto.core.responses import ActionResult

    def describe_alarm_history(response: Any) -> Any:
        here = cloud()
        here.alarms.catch_up()
        name, kind = response._get_param("AlarmName"), response._get_param("HistoryItemType")
        most, first = int(response._get_param("MaxRecords") or 100), page(response)
        span = [response._get_param(name) for name in ("StartDate", "EndDate")]
        start, end = (seconds(when) if when else None for when in span)
        rows = [
            {"AlarmName": alarm.name, "AlarmType": "MetricAlarm", "Timestamp": row["when"],
             "HistoryItemType": row["kind"], "HistorySummary": row["summary"], "HistoryData": json.dumps(row["data"])}
            for alarm in here.alarms.all()
            for row in getattr(alarm, "told", [])
            if name in (None, alarm.name) and kind in (None, row["kind"])
            and (start is None or seconds(row["when"]) >= start) and (end is None or seconds(row["when"]) <= end)
        ]  # fmt: skip
        rows.sort(key=lambda row: row["Timestamp"])
        if response._get_param("ScanBy") != "TimestampAscending":
            rows.reverse()
        more = {"NextToken": str(first + most)} if first + most < len(rows) else {}
        return ActionResult({"AlarmHistoryItems": rows[first : first + most], **more})

    CloudWatchResponse.describe_alarm_history = describe_alarm_history


PATCHES: tuple[Callable[[], None], ...] = (_alarms, _alarms_now, _alarms_set, _alarm_history)
