"""A graded submission's feedback page: the kit's own page, with the gradebook's scores."""

from __future__ import annotations

from collections.abc import Mapping

from grading.cycle import Score
from grading.overrides import Override
from grading.report.record import Record
from sagalab.course import Course
from sagalab.learner.page import Feedback
from sagalab.learner.page import learner_page as page_of


def learner_page(
    course: Course,
    record: Record,
    scores: Mapping[str, Score],
    overrides: Mapping[str, Override] | None = None,
    comments: Mapping[str, str] | None = None,
) -> str:
    """Gives one learner's whole page; points are the gradebook's, `comments` what a person wrote beside cells."""
    points = {name: score.points for name, score in scores.items()}
    put_right = (*record.repairs, *record.notes)
    reasons = {name: override.reason for name, override in (overrides or {}).items()}
    given = Feedback(
        record.student,
        record.lesson,
        record.findings,
        points,
        record.pictures,
        put_right,
        record.note,
        record.slip,
        reasons,
        comments or {},
    )
    return page_of(course, given)
