"""The words a learner reads: check, hint, solution, predict, progress, submit."""

from __future__ import annotations

from sagalab.learner.checking import Result, check, judged_by
from sagalab.learner.guesses import happened, predict
from sagalab.learner.hints import hint
from sagalab.learner.kept import finished_lessons, progress
from sagalab.learner.solutions import solution
from sagalab.learner.submit import submit

__all__ = [
    "Result", "check", "finished_lessons", "happened", "hint", "judged_by", "predict", "progress", "solution",
    "submit",
]  # fmt: skip
