"""CloudWatch: metrics that are read, listed and put.

Each function below is one gap: what AWS does, its page, what moto does, and the seam. What the services publish is
`sagalab.aws.cloudwatch.metrics`; the calls about alarms are in `sagalab.aws.cloudwatch.alarm_calls`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sagalab.aws.cloudwatch.alarm_requests import not_here
from sagalab.aws.cloudwatch.datapoints import known_statistic, points
from sagalab.aws.cloudwatch.metrics import MINUTE, Datum, Metric, data, metric, published
from sagalab.aws.current import cloud

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
        first = page(response)
        more = {"NextToken": str(first + LISTED)} if first + LISTED < len(rows) else {}
        return ActionResult({"Metrics": [_shown(row) for row in rows[first : first + LISTED]], **more})

    CloudWatchResponse.list_metrics = list_metrics


def page(response: Any) -> int:
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


def _no_insight_rules() -> None:
    """AWS counts who contributes to a log with an insight rule; here nobody would, so that it is refused by name.

    AmazonCloudWatch/latest/monitoring/ContributorInsights.html. Seam: `CloudWatchBackend.put_insight_rule`.
    """
    from moto.cloudwatch.models import CloudWatchBackend

    def put_insight_rule(backend: Any, name: str, *args: Any, **fields: Any) -> Any:
        raise not_here(f"the insight rule {name!r}")

    CloudWatchBackend.put_insight_rule = put_insight_rule


PATCHES: tuple[Callable[[], None], ...] = (
    _statistics,
    _metric_data,
    _listing,
    _data_in_time,
    _no_insight_rules,
)
