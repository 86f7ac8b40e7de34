"""What a naive design scores, criterion by criterion: it does the steps, without retries, keys and compensations.

The table is no opinion. `python -m tests.submissions.naive` has the judge judge such a project and writes it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_suffix(".json")


@cache
def naive_fractions() -> dict[str, float]:
    """Gives the fraction of each criterion's points that a naive design gets."""
    return {str(name): float(fraction) for name, fraction in json.loads(FILE.read_text(encoding="utf-8")).items()}


def naive_line(criterion: str, points: float) -> str:
    """Says what a naive design would have scored in a criterion of so many points, empty where nobody tried."""
    fraction = naive_fractions().get(criterion)
    if fraction is None:
        return ""
    scored = f"{round(fraction * points, 2):g} of {points:g}"
    return f"A naive design (the steps alone: no retries, keys or compensations) scores {scored} here."
