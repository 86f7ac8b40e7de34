"""What a learner has tried so far, kept across restarts in `.sagalab/progress.json`.

The file belongs to the learner. One that cannot be read is set aside, never an error; where nothing
may be written, the kernel's own memory has to do.
"""

from __future__ import annotations

import html
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sagalab.course import Course, course, find_root
from sagalab.criteria.finding import Finding
from sagalab.elsewhere import judged_elsewhere
from sagalab.errors import SetupError
from sagalab.learner.card import points_text
from sagalab.learner.shown import Shown, box, paragraph

FOLDER, FILE = ".sagalab", "progress.json"
CELLS = 10  # of a lesson's bar
FULL, EMPTY = "▰", "▱"


class _Kept(BaseModel):
    model_config = ConfigDict(extra="ignore", validate_assignment=True)


class Tries(_Kept):
    """The checks of one criterion; `best` is the highest fraction of its points."""

    tries: int = Field(default=0, ge=0)
    attempted: bool = False
    best: float = Field(default=0.0, ge=0, le=1)


class Guess(_Kept):
    """One prediction: the first guess, and what was seen to happen."""

    guess: str | None = None
    happened: str | None = None


class Progress(_Kept):
    """Everything that is remembered about one learner's work."""

    version: int = 1
    checks: dict[str, Tries] = Field(default_factory=dict)
    hints: dict[str, int] = Field(default_factory=dict)
    guesses: dict[str, Guess] = Field(default_factory=dict)

    def tries(self, criterion: str) -> Tries:
        """Gives the tries of one criterion, none yet if it was never checked."""
        return self.checks.get(criterion, Tries())

    def done(self, criterion: str) -> bool:
        """Says whether a check of this criterion held in full."""
        return self.tries(criterion).best >= 1.0

    def record_check(self, criterion: str, fraction: float, attempted: bool) -> None:
        """Remembers one check; a check of an empty cell is no try."""
        if not attempted:
            return
        row = self.tries(criterion)
        self.checks[criterion] = Tries(tries=row.tries + 1, attempted=True, best=max(row.best, fraction))


# What a kernel remembers where the file cannot be written, by the file's path.
_unwritten: dict[Path, Progress] = {}


def place() -> Path:
    """Gives the path of the progress file: at the course's root, else in the current folder."""
    try:
        root = find_root()
    except SetupError:
        root = Path.cwd()
    return root / FOLDER / FILE


def load() -> Progress:
    """Reads the progress; a file that cannot be read is set aside and a new one begins."""
    path = place()
    if judged_elsewhere():
        return _unwritten.setdefault(path, Progress())  # A judged run is not the learner at work.
    if path in _unwritten:
        return _unwritten[path]
    try:
        return Progress.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Progress()
    except (ValidationError, ValueError):
        _set_aside(path)
        return Progress()
    except OSError:
        return Progress()


def _set_aside(path: Path) -> None:
    try:
        path.replace(path.with_suffix(".broken.json"))
    except OSError:
        return  # In a folder that nobody may write to, it stays and is passed over each time.


def save(progress: Progress) -> bool:
    """Writes the progress in one step; False where this folder may not be written to."""
    path = place()
    if judged_elsewhere():
        _unwritten[path] = progress
        return False
    draft = path.with_name(f"{FILE}.{os.getpid()}.draft")
    try:
        path.parent.mkdir(exist_ok=True)
        draft.write_text(json.dumps(progress.model_dump(), indent=1, sort_keys=True), encoding="utf-8")
        draft.replace(path)
    except OSError:
        _unwritten[path] = progress
        _discard(draft)
        return False
    _unwritten.pop(path, None)
    return True


def remember(findings: Iterable[Finding]) -> None:
    """Keeps what checks found; what could not be decided is no try."""
    record = load()
    for finding in findings:
        if finding.verdict != "unknown":
            record.record_check(finding.criterion, finding.fraction, finding.attempted)
    save(record)


@dataclass(frozen=True)
class Standing:
    """How far one lesson is: its points, and what was reached."""

    lesson: str
    reached: float
    possible: float

    @property
    def done(self) -> bool:
        """Whether every point was reached."""
        return self.possible > 0 and self.reached >= self.possible

    def bar(self) -> str:
        """Gives the share as a bar and in words; empty for a lesson without points."""
        if not self.possible:
            return "not graded"
        full = int(CELLS * self.reached / self.possible + 1e-9)
        return f"{FULL * full}{EMPTY * (CELLS - full)} {self.reached:g} of {self.possible:g}"


def standings(known: Course) -> list[Standing]:
    """Gives how far each lesson is."""
    record, rows = load(), list[Standing]()
    for lesson in known.lessons:
        own = [row for row in known.criteria(lesson.name) if not row.manual]
        reached = sum(record.tries(row.id).best * row.points for row in own)
        rows.append(Standing(lesson.name, reached, sum(row.points for row in own)))
    return rows


def finished_lessons(known: Course) -> list[str]:
    """Gives the names of the lessons whose checks all held.

    An ungraded lesson counts as finished once a later one is begun.
    """
    record, names = load(), list[str]()
    for number, lesson in enumerate(known.lessons):
        own = [row for row in known.criteria(lesson.name) if not row.manual]
        later = [row for after in known.lessons[number + 1 :] for row in known.criteria(after.name)]
        if all(record.done(row.id) for row in own) and (own or any(record.tries(row.id).attempted for row in later)):
            names.append(lesson.name)
    return names


def _discard(draft: Path) -> None:
    try:
        draft.unlink(missing_ok=True)
    except OSError:
        return  # The folder went away or turned read-only; there is nothing left to discard.


def progress() -> Shown:
    """Shows how far each lesson is, and each criterion that was tried."""
    kept, known = load(), course()
    rows = [row for lesson in known.lessons for row in _lesson_rows(known, kept, lesson.name)]
    note = (
        "This folder cannot be written to, so this is forgotten when the kernel stops." if place() in _unwritten else ""
    )
    width = max(len(what) for what, *_ in rows)
    text = "\n".join([*(_text_row(row, width) for row in rows), note]).rstrip()
    return Shown(text, box("Your progress", _table(rows) + (paragraph(note) if note else "")))


def _lesson_rows(known: Course, kept: Progress, name: str) -> list[tuple[str, str, str, str]]:
    """Gives a lesson's row and one for each criterion tried: what, points, tries, hints."""
    lesson = known.lesson(name)
    criteria = [row for row in known.criteria(name) if not row.manual]
    tried = [row for row in criteria if kept.tries(row.id).attempted or kept.hints.get(row.id)]
    heading = f"{lesson.number} {lesson.title}"
    if not criteria:
        return [(heading, "not graded", "", "")]
    reached = sum(kept.tries(row.id).best * row.points for row in criteria)
    possible = sum(row.points for row in criteria)
    rows = [(heading, f"{points_text(reached)} of {points_text(possible)}", "", "")]
    for row in tried:
        tries = kept.tries(row.id)
        points = f"{points_text(tries.best * row.points)} of {points_text(row.points)}"
        rows.append((f"· {row.id}: {row.title}", points, str(tries.tries), str(kept.hints.get(row.id, 0))))
    return rows


def _text_row(row: tuple[str, str, str, str], width: int) -> str:
    what, points, tries, hints = row
    spent = f"  (tries {tries}, hints {hints})" if tries else ""
    return f"{what:<{width}} {points:>12}{spent}"


def _table(rows: list[tuple[str, str, str, str]]) -> str:
    cell = "padding:.15em .8em;text-align:left;color:inherit;background:transparent"
    heads = "".join(
        f'<th scope="col" style="{cell}">{head}</th>' for head in ("Lesson", "Points", "Tries", "Hints seen")
    )
    body = "".join(
        "<tr>" + "".join(f'<td style="{cell}">{html.escape(value)}</td>' for value in row) + "</tr>" for row in rows
    )
    table = '<table style="color:inherit;font:inherit">'
    return f"{table}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
