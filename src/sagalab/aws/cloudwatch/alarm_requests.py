"""What AWS refuses when an alarm is made, and what the local cloud does not do for one.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html. Each check takes the fields of
the request, as moto names them, and raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sagalab.aws.cloudwatch.alarm_rules import COMPARISONS, MISSING
from sagalab.aws.cloudwatch.datapoints import PERCENTILE, SIMPLE
from sagalab.aws.cloudwatch.metrics import MINUTE
from sagalab.aws.lacking import not_supported

DAY = 86_400
TOPIC = re.compile(r"arn:aws:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?")
ARN = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:\d*:.+")


def not_here(feature: str) -> Exception:
    """Gives the error that refuses a feature by name."""
    from moto.cloudwatch.exceptions import CloudWatchException

    class NotSupportedHere(CloudWatchException):
        code = "NotSupportedHere"

    return NotSupportedHere(not_supported(feature))


def invalid(words: str) -> Exception:
    """Gives AWS's error for a request that says something impossible."""
    from moto.cloudwatch.exceptions import ValidationError

    return ValidationError(words)


def lacking(fields: dict[str, Any]) -> None:
    """Refuses alarms on other alarms, on metric math and on anomalies; one plain metric in `Metrics` is taken over."""
    if fields.get("rule"):
        raise not_here("a composite alarm")
    if fields.get("evaluate_low_sample_count_percentile") == "ignore":
        raise not_here("EvaluateLowSampleCountPercentile 'ignore'")
    queries = fields.get("metric_data_queries") or []
    if fields.get("threshold_metric_id") or "UpperThreshold" in str(fields.get("comparison_operator")):
        raise not_here("an alarm on anomalies")
    if len(queries) > 1 or any(query.expression or query.metric_stat is None for query in queries):
        raise not_here("an alarm on metric math")
    if queries:
        stat = queries[0].metric_stat
        simple = stat.stat in SIMPLE
        fields |= {
            "namespace": stat.metric.namespace, "metric_name": stat.metric.metric_name, "unit": stat.unit,
            "dimensions": [{"Name": one.name, "Value": one.value} for one in stat.metric.dimensions],
            "period": stat.period, "statistic": stat.stat if simple else None,
            "extended_statistic": None if simple else stat.stat, "metric_data_queries": None,
        }  # fmt: skip


def complete(fields: dict[str, Any]) -> None:
    """Refuses an alarm that lacks its metric, its statistic or its threshold."""
    names = {"metric_name": "MetricName", "namespace": "Namespace", "period": "Period", "threshold": "Threshold"}
    for name, shown in names.items():
        if fields.get(name) is None:
            raise invalid(f"{shown} must not be null")
    if bool(fields.get("statistic")) == bool(fields.get("extended_statistic")):
        raise invalid("Exactly one of Statistic and ExtendedStatistic must be specified")


def known_words(fields: dict[str, Any]) -> None:
    """Refuses a comparison, a statistic or a treatment of missing data that AWS does not know."""
    for field, shown, known in (
        ("comparison_operator", "comparisonOperator", tuple(COMPARISONS)),
        ("statistic", "statistic", tuple(SIMPLE)),
    ):
        value = fields.get(field)
        if value is not None and value not in known:
            raise invalid(
                f"1 validation error detected: Value '{value}' at '{shown}' failed to satisfy constraint: "
                f"Member must satisfy enum value set: [{', '.join(known)}]"
            )
    extended = fields.get("extended_statistic")
    if extended and not PERCENTILE.fullmatch(str(extended)):
        if re.fullmatch(r"(tm|tc|ts|wm|TM|TC|TS|WM|PR|IQM).*", str(extended)):
            raise not_here(f"the statistic {extended!r}")
        raise invalid(f"The value {extended} for parameter ExtendedStatistic is not supported.")
    missing = fields.get("treat_missing_data")
    if missing is not None and missing not in MISSING:
        raise invalid(
            f"Option {missing} is not supported. "
            "Supported options for parameter TreatMissingData are breaching, notBreaching, ignore, and missing."
        )


def possible_times(fields: dict[str, Any]) -> None:
    """Refuses periods that AWS does not evaluate, and looks over more than a day."""
    period, count = int(fields["period"]), int(fields["evaluation_periods"])
    if period in (10, 20, 30) and not str(fields["namespace"]).startswith("AWS/"):
        raise not_here("an alarm that is looked at more often than once a minute")
    if period < MINUTE or period % MINUTE:
        raise invalid("Period must be 10, 20, 30 or a multiple of 60")
    if period * count > (DAY if period < 3600 else 7 * DAY):
        raise invalid(
            "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400)."
            if period < 3600
            else "Metrics cannot be checked across more than seven days (EvaluationPeriods * Period must be <= 604800)."
        )
    wanted = fields.get("datapoints_to_alarm")
    if wanted is not None and not 1 <= int(wanted) <= count:
        raise invalid("DatapointsToAlarm must be at least 1 and must not be greater than EvaluationPeriods")


def reachable_actions(fields: dict[str, Any]) -> None:
    """Refuses what is no ARN, and actions other than a message to a topic."""
    for field in ("alarm_actions", "ok_actions", "insufficient_data_actions"):
        for arn in fields.get(field) or []:
            if not ARN.fullmatch(str(arn)):
                raise invalid(f"Invalid arn syntax: {arn}")
            if not TOPIC.fullmatch(str(arn)):
                raise not_here(f"the alarm action {arn}")


CHECKS: tuple[Callable[[dict[str, Any]], None], ...] = (
    lacking, complete, known_words, possible_times, reachable_actions,
)  # fmt: skip
