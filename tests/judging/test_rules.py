"""Rules and rubric name the same criteria."""

from __future__ import annotations

from sagalab.course import course
from sagalab.evidence import Evidence
from sagalab.judging import lesson_rules, rules  # noqa: F401 - they register
from sagalab.judging.case import Case
from sagalab.judging.registry import RULES, judge

ELSEWHERE = {"f-submission"}  # judged where the mail is, beside the notebook


def test_every_automatic_criterion_of_the_rubric_has_a_rule_and_no_rule_is_without_points() -> None:
    known = {row.id for lesson in course().lessons for row in course().criteria(lesson.name) if not row.manual}
    assert set(RULES) == known - ELSEWHERE


def test_nothing_handed_in_scores_nothing_and_counts_as_not_attempted() -> None:
    case = Case(Evidence(), None, "seed")
    for criterion in RULES:
        finding = judge(case, criterion)
        assert (finding.criterion, finding.fraction, finding.attempted) == (criterion, 0.0, False)
