"""CloudWatch: metrics that are read, and alarms that are made and read.

Each function below is one gap: what AWS does, its page, what moto does, and the seam. What the services publish is
`sagalab.aws.metrics`, how alarms change `sagalab.aws.alarms`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sagalab.aws import alarm_notices
from sagalab.aws.alarm_requests import CHECKS, not_here
from sagalab.aws.alarms import remember
from sagalab.aws.current import cloud
from sagalab.aws.datapoints import known_statistic, points
from sagalab.aws.metrics import MINUTE, Datum, Metric, data, metric, published

MOST = 1440  # data points that GetMetricStatistics gives
LISTED = 500  # metrics on a page of ListMetrics


def seconds(when: Any) -> float:
    """Gives a request's time in virtual seconds."""
    if isinstance(when, int | float):
        when = datetime.fromtimestamp(when, UTC)
    at: datetime = when if when.tzinfo else when.replace(tzinfo=UTC)
    return (at - cloud().clock.epoch).total_seconds()


def _read(which: Metric, start: float, end: float, unit: str | None) -> list[Datum]:
    until = min(end, cloud().clock.now) + 1e-6  # what is known now, this instant included
    return [row for row in data(which, start, until) if unit in (None, row.unit or which.unit)]


def _whole(start: float, period: float) -> float:
    """Rounds a start down, as AWS does: to the minute, and to less for periods of less."""
    step = min(period, MINUTE)
    return start // step * step


def _statistics() -> None:
    """AWS answers with the statistics of each period, from the start asked for; moto knows no service's metric.

    AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html.
    Seam: `CloudWatchResponse.get_metric_statistics`.
    """
    from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue
    from moto.cloudwatch.responses import CloudWatchResponse
    from moto.core.responses import ActionResult

    def get_metric_statistics(response: Any) -> Any:
        plain, extended = response._get_param("Statistics") or [], response._get_param("ExtendedStatistics") or []
        if not plain and not extended:
            raise InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics")
        for name in (*plain, *extended):
            _check_statistic(name)
        period = _period(response._get_param("Period"))
        start, end = (seconds(response._get_param(name)) for name in ("StartTime", "EndTime"))
        if start >= end:
            raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")
        if (end - start) / period > MOST:
            raise InvalidParameterCombination(
                f"You have requested up to {int((end - start) / period)} datapoints, "
                f"which exceeds the limit of {MOST}. "
                "You may reduce the datapoints requested by increasing Period, or decreasing the time range."
            )
        which = metric(
            response._get_param("Namespace"), response._get_param("MetricName"), response._get_param("Dimensions") or []
        )
        begin, rows = _whole(start, period), []
        for point in points(_read(which, begin, end, response._get_param("Unit")), begin, end, period):
            row = {"Timestamp": _instant(point.start), "Unit": point.rows[0].unit or which.unit or "None"}
            row |= {name: point.value(name) for name in plain}
            if extended:
                row["ExtendedStatistics"] = {name: point.value(name) for name in extended}
            rows.append(row)
        return ActionResult({"Label": which.name, "Datapoints": rows})

    CloudWatchResponse.get_metric_statistics = get_metric_statistics


def _instant(at: float) -> datetime:
    return cloud().clock.epoch + timedelta(seconds=at)


def _period(given: Any) -> float:
    from moto.cloudwatch.exceptions import InvalidParameterValue

    period = float(given or 0)
    if period not in (1, 5, 10, 20, 30) and (period < MINUTE or period % MINUTE):
        raise InvalidParameterValue("The parameter Period must be 1, 5, 10, 20, 30, or a multiple of 60")
    return period


def _check_statistic(name: Any) -> None:
    from moto.cloudwatch.exceptions import InvalidParameterValue

    if known_statistic(str(name)):
        return
    if str(name).startswith(("tm", "tc", "ts", "wm", "TM", "TC", "TS", "WM", "IQM", "PR", "pr", "p")):
        raise not_here(f"the statistic {name!r}")
    raise InvalidParameterValue(f"The value {name} for parameter Statistic is not supported.")


def _metric_data() -> None:
    """AWS answers several queries at once, the latest point first; moto knows no service's metric.

    Metric math and Metrics Insights are not here. AmazonCloudWatch/latest/APIReference/API_GetMetricData.html.
    Seam: `CloudWatchResponse.get_metric_data`.
    """
    from moto.cloudwatch.exceptions import ValidationError
    from moto.cloudwatch.responses import CloudWatchResponse
    from moto.core.responses import ActionResult

    def get_metric_data(response: Any) -> Any:
        asked = response._get_params()
        start, end = seconds(asked["StartTime"]), seconds(asked["EndTime"])
        if start == end:
            raise ValidationError("The parameter StartTime must not equal parameter EndTime.")
        if start > end:
            raise ValidationError("The parameter EndTime must be greater than StartTime.")
        rows = []
        for number, query in enumerate(asked.get("MetricDataQueries") or [], 1):
            if "Expression" in query:
                raise not_here(f"metric math, the expression {query['Expression']!r}")
            if "MetricStat" not in query:
                raise ValidationError(f"The parameter MetricDataQueries.member.{number}.MetricStat is required.\n")
            if query.get("ReturnData", True):
                rows.append(_answered(query, start, end, asked.get("ScanBy") != "TimestampAscending"))
        return ActionResult({"MetricDataResults": rows, "Messages": []})

    CloudWatchResponse.get_metric_data = get_metric_data


def _answered(query: dict[str, Any], start: float, end: float, latest_first: bool) -> dict[str, Any]:
    stat = query["MetricStat"]
    _check_statistic(stat["Stat"])
    period, named = _period(stat["Period"]), stat["Metric"]
    which = metric(named.get("Namespace", ""), named.get("MetricName", ""), named.get("Dimensions") or [])
    begin = _whole(start, period)
    found = points(_read(which, begin, end, stat.get("Unit")), begin, end, period)
    pairs = [(_instant(point.start), value) for point in found if (value := point.value(stat["Stat"])) is not None]
    if latest_first:
        pairs.reverse()
    return {
        "Id": query["Id"], "Label": query.get("Label") or which.name, "StatusCode": "Complete",
        "Timestamps": [when for when, _ in pairs], "Values": [value for _, value in pairs],
    }  # fmt: skip


def _listing() -> None:
    """AWS lists the metrics that have data, the services' own, too; moto lists those that learners put.

    AmazonCloudWatch/latest/APIReference/API_ListMetrics.html. Seam: `CloudWatchResponse.list_metrics`.
    """
    from moto.cloudwatch.responses import CloudWatchResponse
    from moto.core.responses import ActionResult

    def list_metrics(response: Any) -> Any:
        names = {name: response._get_param(name) for name in ("Namespace", "MetricName", "NextToken")}
        wanted = [(row["Name"], row.get("Value")) for row in response._get_params().get("Dimensions") or []]
        rows = [
            one
            for one in published(cloud().clock.now + 1e-6)
            if names["Namespace"] in (None, one.namespace)
            and names["MetricName"] in (None, one.name)
            and all(any(name == has and value in (None, it) for has, it in one.dimensions) for name, value in wanted)
        ]
        first = _page(response)
        more = {"NextToken": str(first + LISTED)} if first + LISTED < len(rows) else {}
        return ActionResult({"Metrics": [_shown(row) for row in rows[first : first + LISTED]], **more})

    CloudWatchResponse.list_metrics = list_metrics


def _page(response: Any) -> int:
    """Gives the number of the first row that is asked for."""
    from moto.cloudwatch.exceptions import InvalidParameterValue

    token = str(response._get_param("NextToken") or "0")
    if not token.isascii() or not token.isdigit():
        raise InvalidParameterValue("Request parameter NextToken is invalid")
    return int(token)


def _shown(row: Metric) -> dict[str, Any]:
    pairs = [{"Name": name, "Value": value} for name, value in row.dimensions]
    return {"Namespace": row.namespace, "MetricName": row.name, "Dimensions": pairs}


def _data_in_time() -> None:
    """What a learner puts counts from that moment, whatever time it bears; an alarm looked at before did not see it.

    AmazonCloudWatch/latest/APIReference/API_PutMetricData.html. Seam: `CloudWatchBackend.put_metric_data`.
    """
    from moto.cloudwatch.exceptions import InvalidParameterValue
    from moto.cloudwatch.models import CloudWatchBackend

    original = CloudWatchBackend.put_metric_data

    def put_metric_data(backend: Any, namespace: str, metric_data: list[dict[str, Any]]) -> None:
        if str(namespace).startswith("AWS/"):
            raise InvalidParameterValue("The value AWS/ for parameter Namespace is invalid.")
        before = len(backend.metric_data)
        original(backend, namespace, metric_data)
        for row in backend.metric_data[before:]:
            row.known = cloud().clock.now

    CloudWatchBackend.put_metric_data = put_metric_data


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
        first = _page(response)
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
    import json

    from moto.cloudwatch.responses import CloudWatchResponse
    from moto.core.responses import ActionResult

    def describe_alarm_history(response: Any) -> Any:
        here = cloud()
        here.alarms.catch_up()
        name, kind = response._get_param("AlarmName"), response._get_param("HistoryItemType")
        most, first = int(response._get_param("MaxRecords") or 100), _page(response)
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


def _no_insight_rules() -> None:
    """AWS counts who contributes to a log with an insight rule; here nobody would, so that it is refused by name.

    AmazonCloudWatch/latest/monitoring/ContributorInsights.html. Seam: `CloudWatchBackend.put_insight_rule`.
    """
    from moto.cloudwatch.models import CloudWatchBackend

    def put_insight_rule(backend: Any, name: str, *args: Any, **fields: Any) -> Any:
        raise not_here(f"the insight rule {name!r}")

    CloudWatchBackend.put_insight_rule = put_insight_rule


PATCHES: tuple[Callable[[], None], ...] = (
    _statistics, _metric_data, _listing, _data_in_time, _alarms, _alarms_now, _alarms_set, _alarm_history,
    _no_insight_rules,
)  # fmt: skip


def install() -> None:
    """Puts the patches in place."""
    for patch in PATCHES:
        patch()
