"""Which function judges which criterion: rules register themselves here by the rubric's ids."""

from __future__ import annotations

from collections.abc import Callable

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
    """Judges one criterion; raises KeyError for one that no rule knows."""
    return RULES[criterion](case)
