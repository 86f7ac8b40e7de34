"""The words of an alarm: its reason, its message to a topic, its event.

What AWS does: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Acting_Alarm_Changes.html and
cloudwatch-and-eventbridge.html. What moto does: an alarm tells nobody.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sagalab.aws.cloudwatch.alarm_rules import COMPARISONS, Finding, Rule

REGION_NAME = "US East (N. Virginia)"


def stamp(when: datetime) -> str:
    """Gives a time as CloudWatch writes it."""
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}+0000"


def reason(rule: Rule, finding: Finding, old: str, values: Sequence[float | None], starts: Sequence[datetime]) -> str:
    """Says why an alarm went from one state into another."""
    if finding.state == "INSUFFICIENT_DATA":
        count = finding.filled
        return f"Insufficient Data: {_counted(count, 'datapoint')} {'was' if count == 1 else 'were'} unknown."
    if not finding.used:
        count = finding.filled
        treated = "Breaching" if rule.missing == "breaching" else "NonBreaching"
        verb = "was" if count == 1 else "were"
        return (
            f"Threshold Crossed: no datapoints were received for {_counted(count, 'period')} and "
            f"{count} missing {'datapoint' if count == 1 else 'datapoints'} {verb} treated as [{treated}]."
        )
    alarmed = finding.state == "ALARM"
    shown = [place for place in finding.used if rule.breaches(values[place]) == alarmed]  # type: ignore[arg-type]
    shown = shown or list(finding.used)
    points = ", ".join(f"{values[place]} ({starts[place]:%d/%m/%y %H:%M:%S})" for place in shown)
    verb = ("was" if len(shown) == 1 else "were") + ("" if alarmed else " not")
    needed = rule.to_alarm if alarmed else rule.evaluation_periods - rule.to_alarm + 1
    return (
        f"Threshold Crossed: {len(shown)} out of the last {rule.evaluation_periods} datapoints [{points}] "
        f"{verb} {COMPARISONS[rule.comparison][1]} the threshold ({rule.threshold}) "
        f"(minimum {_counted(needed, 'datapoint')} for {old} -> {finding.state} transition)."
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def reason_data(alarm: Any, finding: Finding, values: Sequence[float | None], now: datetime, start: datetime) -> str:
    """Gives the data of a reason, as JSON text."""
    named = {"statistic": alarm.statistic} if alarm.statistic else {"extendedStatistic": alarm.extended_statistic}
    data = {
        "version": "1.0",
        "queryDate": stamp(now),
        "startDate": stamp(start),
        **named,
        "period": alarm.period,
        "recentDatapoints": [values[place] for place in reversed(finding.used)],
        "threshold": alarm.threshold,
    }
    return json.dumps(data)


def message(alarm: Any, old: str, account: str) -> tuple[str, str]:
    """Gives subject and text of what a topic gets."""
    statistic = (
        {"StatisticType": "Statistic", "Statistic": _shouted(alarm.statistic)}
        if alarm.statistic
        else {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": alarm.extended_statistic}
    )
    text = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": stamp(alarm.configuration_updated_timestamp),
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": stamp(alarm.state_updated_timestamp),
        "Region": REGION_NAME,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": old,
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
        "Trigger": {
            "MetricName": alarm.metric_name,
            "Namespace": alarm.namespace,
            **statistic,
            "Unit": alarm.unit,
            "Dimensions": [{"value": one.value, "name": one.name} for one in alarm.dimensions],
            "Period": alarm.period,
            "EvaluationPeriods": alarm.evaluation_periods,
            **({"DatapointsToAlarm": alarm.datapoints_to_alarm} if alarm.datapoints_to_alarm else {}),
            "ComparisonOperator": alarm.comparison_operator,
            "Threshold": alarm.threshold,
            "TreatMissingData": alarm.treat_missing_data or "missing",
            "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile or "",
        },
    }
    return f'{alarm.state_value}: "{alarm.name}" in {REGION_NAME}', json.dumps(text)


def _shouted(statistic: str) -> str:
    return {"SampleCount": "SAMPLE_COUNT"}.get(statistic, statistic.upper())


def event(alarm: Any, before: dict[str, Any], identifier: uuid.UUID) -> dict[str, Any]:
    """Gives the entry that the default bus gets; `before` is the state that the alarm left."""
    detail = {
        "alarmName": alarm.name,
        "state": state(alarm),
        "previousState": before,
        "configuration": {
            **({"description": alarm.description} if alarm.description else {}),
            "metrics": [
                {
                    "id": str(identifier),
                    "metricStat": {
                        "metric": {
                            "namespace": alarm.namespace,
                            "name": alarm.metric_name,
                            "dimensions": {one.name: one.value for one in alarm.dimensions},
                        },
                        "period": alarm.period,
                        "stat": alarm.statistic or alarm.extended_statistic,
                    },
                    "returnData": True,
                }
            ],
        },
    }
    return {
        "Source": "aws.cloudwatch", "DetailType": "CloudWatch Alarm State Change", "Detail": json.dumps(detail),
        "Resources": [alarm.alarm_arn],
    }  # fmt: skip


def state(alarm: Any) -> dict[str, Any]:
    """Gives an alarm's state as an event tells of it."""
    return {
        "value": alarm.state_value, "reason": alarm.state_reason,
        **({"reasonData": alarm.state_reason_data} if alarm.state_reason_data else {}),
        "timestamp": stamp(alarm.state_updated_timestamp),
    }  # fmt: skip
