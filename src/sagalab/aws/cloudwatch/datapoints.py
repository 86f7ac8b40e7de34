"""Statistics of a metric: its data gathered into periods.

What AWS does: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html. A percentile
needs the single values, so that there is none of data that came as a summary.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import NamedTuple

from sagalab.aws.cloudwatch.metrics import Datum

PERCENTILE = re.compile(r"p(\d{1,2}(\.\d{1,10})?|100)")
SIMPLE: dict[str, Callable[[list[Datum]], float]] = {
    "Sum": lambda rows: sum(row.total for row in rows),
    "SampleCount": lambda rows: sum(row.samples for row in rows),
    "Average": lambda rows: sum(row.total for row in rows) / sum(row.samples for row in rows),
    "Minimum": lambda rows: min(row.low for row in rows),
    "Maximum": lambda rows: max(row.high for row in rows),
}


class Point(NamedTuple):
    """One period that has data; `start` in virtual seconds."""

    start: float
    rows: list[Datum]

    def value(self, statistic: str) -> float | None:
        """Gives a statistic such as "Sum" or "p99", or None where the data do not allow it."""
        if statistic in SIMPLE:
            return SIMPLE[statistic](self.rows) if SIMPLE["SampleCount"](self.rows) else None
        return percentile(self.rows, float(statistic[1:]))


def known_statistic(name: str) -> bool:
    """Says whether the local cloud has this statistic."""
    return name in SIMPLE or PERCENTILE.fullmatch(name) is not None


def percentile(rows: list[Datum], share: float) -> float | None:
    """Gives the value under which `share` per cent of the data lie, between two neighbours if need be."""
    if any(row.samples != 1 for row in rows):
        return None
    values = sorted(row.total for row in rows)
    place = (len(values) - 1) * share / 100
    low = math.floor(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def points(rows: list[Datum], start: float, end: float, period: float) -> list[Point]:
    """Gives the periods from `start` to `end` that have data, in order."""
    found: dict[int, list[Datum]] = {}
    for row in rows:
        if start <= row.at < end:
            found.setdefault(math.floor((row.at - start) / period), []).append(row)
    return [Point(start + number * period, found[number]) for number in sorted(found)]
