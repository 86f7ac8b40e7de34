"""The learners' own copies of the lessons, in `my-lessons/`, which git ignores.

A copy is brought up to date only while nobody has worked in it. What was copied is remembered by
digest in `my-lessons/.released.json`, so that work is told from an old release.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from sagalab.course import Course, Lesson
from sagalab.errors import SetupError

FOLDER = "my-lessons"
REMEMBERED = ".released.json"


@dataclass(frozen=True)
class Opened:
    """What bringing the copies up to date did, in paths relative to `my-lessons/`."""

    made: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def notebook(course: Course, lesson: str) -> Path:
    """Gives the path of a lesson's working copy, whether it exists or not."""
    name = course.lesson(lesson).name
    return course.root / FOLDER / name / f"{name}.ipynb"


def bring_up_to_date(course: Course) -> Opened:
    """Copies what is missing and renews what nobody has worked in; the learner's work stays as it is.

    `kept` names the files that have a newer release than the one the learner works on.
    """
    opened = Opened()
    remembered = _remembered(course)
    for lesson in _released(course):
        for source in _files(course, lesson):
            key = source.relative_to(course.root / "lessons").as_posix()
            copy, new = course.root / FOLDER / key, _digest(source)
            if not copy.exists():
                opened.made.append(key)
            elif remembered.get(key) == new:
                continue
            elif _digest(copy) == remembered.get(key):
                opened.updated.append(key)
            elif _digest(copy) == new:
                pass  # the same already, and only to be remembered
            else:
                opened.kept.append(key)
                continue
            _write(source, copy)
            remembered[key] = new
    _remember(course, remembered)
    return opened


def reset(course: Course, lesson: str) -> list[Path]:
    """Restores a lesson's working copy as released; gives the backups of what had been changed.

    Backups stand beside the copy and carry the next free number, such as `02_orchestration.backup-1.ipynb`.
    Files of the learner's own are left alone.
    """
    backups: list[Path] = []
    remembered = _remembered(course)
    sources = _files(course, course.lesson(lesson))
    if not sources:
        raise SetupError(f"{course.lesson(lesson).name} is not released yet", do="Choose another lesson.")
    for source in sources:
        key = source.relative_to(course.root / "lessons").as_posix()
        copy = course.root / FOLDER / key
        if copy.exists() and _digest(copy) != _digest(source):
            backups.append(_set_aside(copy))
        _write(source, copy)
        remembered[key] = _digest(source)
    _remember(course, remembered)
    return backups


def first_unfinished(course: Course, finished: Collection[str]) -> Lesson:
    """Gives the first released lesson that is not finished, or the last one when all are."""
    released = _released(course)
    if not released:
        raise SetupError(
            "the folder lessons/ holds no released lesson",
            do="Run `make release` in a full clone, or restore the folder from the course.",
        )
    return next((lesson for lesson in released if lesson.name not in finished), released[-1])


def _released(course: Course) -> list[Lesson]:
    return [lesson for lesson in course.lessons if course.release(lesson.name).is_file()]


def _files(course: Course, lesson: Lesson) -> list[Path]:
    folder = course.root / "lessons" / lesson.name
    hidden = (".ipynb_checkpoints", "__pycache__")
    return sorted(p for p in folder.rglob("*") if p.is_file() and not any(part in hidden for part in p.parts))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write(source: Path, copy: Path) -> None:
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        half = copy.with_name(f".{copy.name}.half")
        shutil.copyfile(source, half)
        os.replace(half, copy)
    except OSError as error:
        raise _unwritable(copy.parent, error) from error


def _set_aside(copy: Path) -> Path:
    number = 1
    while (backup := copy.with_name(f"{copy.stem}.backup-{number}{copy.suffix}")).exists():
        number += 1
    try:
        os.replace(copy, backup)
    except OSError as error:
        raise _unwritable(copy.parent, error) from error
    return backup


def _remembered(course: Course) -> dict[str, str]:
    try:
        rows = json.loads((course.root / FOLDER / REMEMBERED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # every copy then counts as worked in, which loses nothing
    return {str(key): str(value) for key, value in rows.items()} if isinstance(rows, dict) else {}


def _remember(course: Course, rows: dict[str, str]) -> None:
    folder = course.root / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        half = folder / f"{REMEMBERED}.half"
        half.write_text(json.dumps(rows, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        os.replace(half, folder / REMEMBERED)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> SetupError:
    why = error.strerror or str(error)
    return SetupError(
        f"{folder} cannot be written to ({why})",
        do="Clone the course into a folder of your own, or make this one writable.",
    )
