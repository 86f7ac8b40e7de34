"""`check("…")`: judges one criterion of the learner's own work and shows what was found.

How a criterion is judged is not known here: the lab says so once, by `judged_by`.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable

from sagalab.course import Course, Criterion, course
from sagalab.criteria.finding import Finding, invalid, unknown
from sagalab.errors import GraderError, LearnerError
from sagalab.learner import kept
from sagalab.learner.card import Drawn, card_html, card_text
from sagalab.learner.hints import question_after
from sagalab.learner.named import exercise, lesson_here
from sagalab.learner.shown import in_notebook

Judging = Callable[[str], Finding]
_judging: Judging | None = None


def judged_by(judging: Judging | None) -> None:
    """Says who judges a criterion from now on; None for nobody."""
    global _judging
    _judging = judging


class Result(float):
    """The points of one check, which show themselves as a card.

    Its plain text is the number alone, because nbgrader takes a cell's plain text as partial credit. It is
    not a number where the kit itself failed.
    """

    finding: Finding
    text: str
    html: str

    @classmethod
    def of(cls, finding: Finding, criterion: Criterion, picture: Drawn | None, contact: str) -> Result:
        """Makes the result of a finding."""
        undecided = finding.verdict == "unknown" and not finding.facts.get("manual")
        result = cls("nan" if undecided else finding.fraction * criterion.points)
        question = question_after(criterion.id)
        result.finding = finding
        result.text = card_text(
            finding, criterion.title, criterion.points, picture=picture, contact=contact, question=question
        )
        result.html = card_html(
            finding, criterion.title, criterion.points, picture=picture, contact=contact, question=question
        )
        return result

    def __repr__(self) -> str:
        return float.__repr__(self)

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return self.html


def check(criterion: str = "") -> Result:
    """Judges one criterion, remembers the try and shows the card; the value is the points."""
    known = course()
    row = exercise(known, criterion, "check")
    # nbgrader takes anything on stderr as a failed cell, so what a learner's code says there goes to stdout.
    with contextlib.redirect_stderr(sys.stdout):
        finding = _of_another_lesson(known, row) or (_for_a_person(row) if row.manual else _judged(criterion))
        picture = _drawn(finding)
    kept.remember([finding])
    result = Result.of(finding, row, picture, known.contact)
    if not in_notebook():
        print(result.text)
    return result


def _of_another_lesson(known: Course, row: Criterion) -> Finding | None:
    """Says that a check stands in another lesson's notebook, None for one that is at home or where nobody knows."""
    here, home = lesson_here(known), known.lesson_of(row.id)
    if here is None or here.name == home.name:
        return None
    own = ", ".join(one.id for one in known.criteria(here.name))
    return invalid(
        row.id,
        f"`{row.id}` belongs to lesson {home.number}, and this notebook is lesson {here.number}: a check judges what "
        "its own notebook deployed.",
        attempted=False,
        hint=f"Open lesson {home.number} for it. The exercises of this notebook are: {own}.",
    )


def _for_a_person(row: Criterion) -> Finding:
    return unknown(
        row.id,
        "A person reads this part, so there is nothing to check. `hint(…)` says what makes it worth reading.",
        facts={"manual": True},
    )


def _judged(criterion: str) -> Finding:
    if _judging is None:
        return invalid(
            criterion,
            "No lab is open in this kernel, so there is nothing to judge. Run the cell with `lab = Lab()`, "
            "then the cells above this one.",
            attempted=False,
        )
    try:
        return _judging(criterion)
    except LearnerError as error:
        return invalid(criterion, str(error), promise="the work can be judged at all")
    except GraderError as error:
        return unknown(criterion, str(error))
    except Exception as error:  # whatever the kit trips over, it is never the learner's fault
        return unknown(criterion, f"{type(error).__name__}: {error}")


def _drawn(finding: Finding) -> Drawn | None:
    """Draws the run that a finding shows; a card without its picture still says what happened."""
    if finding.history is None:
        return None
    try:
        from sagalab.pictures import timeline

        return timeline(finding.history, title=finding.promise)
    except Exception as error:
        print(f"The picture of this run could not be drawn ({type(error).__name__}: {error}).")
        return None
