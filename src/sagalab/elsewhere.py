"""Whether this notebook is run for a judge in another process, and not by a learner at work."""

from __future__ import annotations

import os

VARIABLE = "SAGALAB_JUDGED_ELSEWHERE"


def judged_elsewhere() -> bool:
    """Says so; the one who runs the notebook sets `VARIABLE`."""
    return bool(os.environ.get(VARIABLE))
