"""The exercise that a learner names in `check`, `hint` or `solution`, and what is said to a name that none has."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from sagalab.course import Course, Criterion, Lesson
from sagalab.errors import LearnerError


def exercise(known: Course, name: object, call: str) -> Criterion:
    """Gives the exercise of that name; raises LearnerError that says which names there are. `call` is who asks."""
    rows = {row.id: row for lesson in known.lessons for row in known.criteria(lesson.name)}
    if isinstance(name, str) and name in rows:
        return rows[name]
    if not isinstance(name, str) or not name.strip():
        raise LearnerError(
            f"`{call}` needs the name of an exercise, as a text",
            do=f'Write it between the brackets, {call}("{next(iter(rows), "")}") for example. The names stand in the '
            "cells of the lesson that begin with check.",
        )
    near = next(iter(difflib.get_close_matches(name.strip().lower(), rows, 1, 0.6)), "")
    lesson = next((one for one in known.lessons if name.strip().startswith(f"{one.number}-")), None)
    if lesson is None or not known.criteria(lesson.name):
        lesson = known.lesson_of(near) if near else None
    if lesson is None:
        do = "Take the name from a cell of the lesson that begins with check."
    else:
        do = f"The exercises of lesson {lesson.number} are: {', '.join(row.id for row in known.criteria(lesson.name))}."
    slip = f'"{near}" is meant' if near else ""
    raise LearnerError(f'there is no exercise "{name[:80]}"', where=call, slip=slip, do=do)


def lesson_here(known: Course) -> Lesson | None:
    """Gives the lesson whose notebook this kernel serves, None where that is not known."""
    # Jupyter's server tells a kernel which notebook it serves; other front ends may not.
    name = Path(os.environ.get("JPY_SESSION_NAME", "")).stem
    return next((lesson for lesson in known.lessons if lesson.name == name), None)
