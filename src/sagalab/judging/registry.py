"""Which function judges which criterion: rules register themselves here by the rubric's ids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sagalab.criteria.finding import Finding
from sagalab.judging.case import Case

Rule = Callable[[Case], Finding]
RULES: dict[str, Rule] = {}


def rule(criterion: str) -> Callable[[Rule], Rule]:
    """Registers the rule of one criterion."""

    def register(function: Rule) -> Rule:
        RULES[criterion] = function
        return function

    return register


def judge(case: Case, criterion: str) -> Finding:
    """Judges one criterion; raises KeyError for one that no rule knows.

    What AWS refused to deploy was a try, though nothing of it is there.
    """
    found = RULES[criterion](case)
    if found.verdict != "invalid" or not case.evidence.refused:
        return found
    said = case.evidence.refused[-1].rstrip(".")
    if found.attempted:
        hint = f"{found.hint} First mend what AWS refused to deploy: what was there before is still at work.".strip()
        return replace(found, message=f"{found.message} AWS refused a call of this notebook: {said}.", hint=hint)
    return replace(
        found,
        attempted=True,
        message=f"{found.message} AWS refused what was to be deployed: {said}.",
        hint="Nothing of a refused call is kept, and what was there before is as it was. Mend what AWS names, and "
        "run the cell again.",
    )
