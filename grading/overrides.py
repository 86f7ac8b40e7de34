"""Points that a teacher sets against the judge, each with its reason, in a file of their own.

`<out>/overrides.json` lies beside the gradebook; no batch removes it, not even with `--fresh`. After each judging its
points go into nbgrader's gradebook as manual scores, so that formgrader, export and reports agree.
"""

from __future__ import annotations

import difflib
import json
import math
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sagalab.course import Course
from sagalab.errors import SetupError

FILE = "overrides.json"


@dataclass(frozen=True)
class Override:
    """One criterion's points for one student, and why; `before` is what a person had given it by hand."""

    lesson: str
    student: str
    criterion: str
    points: float
    reason: str
    before: float | None = None


class Overrides:
    """All overrides of one gradebook; raises SetupError for a file that cannot be read."""

    def __init__(self, out: Path) -> None:
        self.path = out / FILE
        self.rows = _read(self.path)

    def of(self, lesson: str, student: str) -> dict[str, Override]:
        """Gives one student's overrides by criterion."""
        return {row.criterion: row for row in self.rows if (row.lesson, row.student) == (lesson, student)}

    def put(self, override: Override) -> Override:
        """Keeps an override in place of an older one, with what stood there before both; gives the one kept."""
        older = self.of(override.lesson, override.student).get(override.criterion)
        kept = override if older is None else Override(**{**asdict(override), "before": older.before})
        self._save([row for row in self.rows if row is not older] + [kept])
        return kept

    def remove(self, override: Override) -> None:
        """Forgets an override."""
        self._save([row for row in self.rows if row != override])

    def _save(self, rows: Iterable[Override]) -> None:
        self.rows = sorted(rows, key=lambda row: (row.lesson, row.student, row.criterion))
        self.path.parent.mkdir(parents=True, exist_ok=True)
        half = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        half.write_text(
            json.dumps([asdict(row) for row in self.rows], indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        half.replace(self.path)


def _read(path: Path) -> list[Override]:
    if not path.is_file():
        return []
    try:
        return [Override(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise SetupError(
            f"the overrides cannot be read: {error}",
            where=str(path),
            slip="the file was edited by hand",
            do="Mend it, or move it away and set the overrides again; nothing was changed.",
        ) from error


def beside(db_url: str, root: Path) -> Overrides:
    """Gives the overrides that belong to a gradebook."""
    file = db_url.removeprefix("sqlite:///")
    return Overrides(root / "grading" / "out" if file == db_url else Path(file).parent)


def checked(course: Course, student: str, criterion: str, points: float, reason: str) -> Override:
    """Makes an override of what was typed; raises SetupError in words."""
    row = course.criterion(criterion)
    if not (math.isfinite(points) and 0 <= points <= row.points):
        raise SetupError(
            f"{points:g} points are not possible",
            where=criterion,
            do=f"Give 0 to {row.points:g} points: that is what the criterion has.",
        )
    if not reason.strip():
        raise SetupError("there is no reason", where=criterion, do='Say why with --reason "…"; the student reads it.')
    return Override(course.lesson_of(criterion).name, student, criterion, points, reason.strip())


def known_criterion(course: Course, criterion: str) -> str:
    """Gives the criterion's lesson; raises SetupError that names a near one."""
    ids = [row.id for rows in course.rubric.values() for row in rows]
    if criterion in ids:
        return course.lesson_of(criterion).name
    near = difflib.get_close_matches(criterion, ids, n=1)
    raise SetupError(
        f"there is no criterion {criterion!r}",
        slip=f"did you mean {near[0]!r}" if near else "a name that is not in the rubric",
        do="The names are in grading/rubric.toml, and on the feedback page's address after the #.",
    )


def apply(gradebook: Any, lesson: str, student: str, overrides: Overrides) -> None:
    """Writes a student's overrides into an open gradebook: each stays what it is until it is removed.

    A criterion that the lesson no longer has is left out; more points than it now has become all of them.
    """
    from nbgrader.api import MissingEntry

    for name, override in overrides.of(lesson, student).items():
        try:
            grade = gradebook.find_grade(name, lesson, lesson, student)
        except MissingEntry:
            continue  # the gradebook has no such cell yet; the override stays for when it has
        grade.manual_score = min(override.points, float(grade.max_score))
        grade.needs_manual_grade = False
    gradebook.db.commit()


def unset(gradebook: Any, override: Override) -> None:
    """Takes one override out of an open gradebook: the judge's points count again, or what a person gave before."""
    grade = gradebook.find_grade(override.criterion, override.lesson, override.lesson, override.student)
    grade.manual_score = override.before
    grade.needs_manual_grade = override.before is None and grade.auto_score is None
    gradebook.db.commit()
