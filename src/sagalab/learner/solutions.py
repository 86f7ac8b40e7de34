"""`solution("…")`: shows how the course itself solved a criterion, after an honest try or the last hint.

The answers stand in the lesson's text source, which learners' archives do not hold; this package
holds none.
"""

from __future__ import annotations

from sagalab.course import Criterion, course
from sagalab.learner import kept
from sagalab.learner.hints import STEPS
from sagalab.learner.named import exercise
from sagalab.learner.shown import Shown, box, code_block, paragraph

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


def solution(criterion: str = "") -> Shown:
    """Shows the cells that solve a criterion, once a check of one's own work was run or all hints were read."""
    known = course()
    row = exercise(known, criterion, "solution")
    if row.manual:
        return _said(row, "This part is your own reasoning, read by a person: there is no solution to it.")
    record = kept.load()
    if not record.tries(criterion).attempted and record.hints.get(criterion, 0) < STEPS:
        return _said(
            row,
            f'The solution opens after a try of your own. Write something, then run `check("{criterion}")`; '
            f'`hint("{criterion}")` helps in small steps. After the third hint it opens as well.',
        )
    source = known.source(known.lesson_of(criterion).name)
    if not source.is_file():
        return _said(row, "This copy of the course comes without solutions. Your teacher has them.")
    cells = solution_cells(source.read_text(encoding="utf-8"), criterion)
    if not cells:
        return _said(row, "The lesson has no cell of its own for this one; it is judged on the cells before it.")
    heading = f"One way to do it: {row.title}"
    note = "Any design that keeps the promises counts; this is one of them."
    text = "\n\n".join([heading, *cells, note])
    return Shown(text, box(heading, "".join(map(code_block, cells)) + paragraph(note)))


def _said(row: Criterion, message: str) -> Shown:
    heading = f"Solution: {row.title}"
    return Shown(f"{heading}\n  {message}", box(heading, paragraph(message)))


def solution_cells(text: str, criterion: str) -> list[str]:
    """Gives the solution cells that a check is about, from a lesson's text source.

    Those are the cells between the check before and this one; where a check follows another one
    directly, it is about the same cells.
    """
    import jupytext

    group: list[str] = []
    checked = False
    for cell in jupytext.reads(text, fmt="py:percent").cells:
        if "solution" in cell.metadata:
            group = [] if checked else group
            group.append(_without_marks(cell.source))
            checked = False
        elif "check" in cell.metadata:
            checked = True
            if cell.metadata["check"] == criterion:
                return group
    return []


def _without_marks(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if line.strip() not in (BEGIN, END))
