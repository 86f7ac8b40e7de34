"""What state an alarm's data put it into: thresholds, M out of N data points, and data that are missing.

What AWS does: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html and
alarms-and-missing-data.html. AWS looks back over some more periods than the evaluation periods; their number varies.
In its examples it is two more, as here. Everything here is a function of its arguments.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

FURTHER = 2  # periods that an evaluation looks back over beyond its evaluation periods
COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
MISSING = ("breaching", "notBreaching", "ignore", "missing")


@dataclass(frozen=True)
class Rule:
    """The part of an alarm that decides on its state: M of N points breach a threshold."""

    comparison: str
    threshold: float
    evaluation_periods: int
    to_alarm: int
    missing: str = "missing"

    def breaches(self, value: float) -> bool:
        """Says whether a value is on the wrong side of the threshold."""
        return COMPARISONS[self.comparison][0](value, self.threshold)


@dataclass(frozen=True)
class Finding:
    """The state that an evaluation came to, and why; `used` are places of the points that counted, the latest first."""

    state: str
    used: tuple[int, ...] = ()
    filled: int = 0


def evaluate(rule: Rule, values: Sequence[float | None], state: str) -> Finding:
    """Judges the values of an evaluation range, the oldest first and None where there is none.

    `state` is the one that the alarm is in: where the data leave it open, it stays.
    """
    there = [place for place, value in enumerate(values) if value is not None]
    used = tuple(reversed(there[-rule.evaluation_periods :]))
    breaching = [place for place in used if rule.breaches(values[place])]  # type: ignore[arg-type]
    filled = max(0, rule.evaluation_periods - len(there))
    if not filled or rule.missing in ("breaching", "notBreaching"):
        count = len(breaching) + (filled if rule.missing == "breaching" else 0)
        return Finding("ALARM" if count >= rule.to_alarm else "OK", used, filled)
    if len(breaching) >= rule.to_alarm:
        return Finding("ALARM", used, filled)
    if not used:
        return Finding("INSUFFICIENT_DATA" if rule.missing == "missing" else state, used, filled)
    if len(breaching) < len(used):
        return Finding("OK", used, filled)
    # Fewer points than it takes, and all of them breach: that is an alarm once the oldest could have been followed
    # by enough others, though none came.
    old_enough = len(values) - min(used) >= rule.to_alarm
    return Finding("ALARM" if old_enough and rule.missing == "missing" else state, used, filled)
