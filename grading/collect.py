"""An inbox into nbgrader's submitted tree: `<folder>/<learner>/<lesson>/`. The inbox is only read.

Of several arrivals of one learner the latest counts. What it replaces in the tree is set aside, never lost.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from grading.arrivals import Arrival

TIME = "timestamp.txt"  # nbgrader reads the time of submission from it
FORMAT = "%Y-%m-%d %H:%M:%S %Z"
EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Collected:
    """What became of one arrival, in words; `taken` says whether it is in the tree now."""

    where: str
    student: str
    taken: bool
    words: str


def collect(found: Iterable[Arrival], folder: Path, lesson: str, lessons: Collection[str] = ()) -> Iterator[Collected]:
    """Puts each learner's latest arrival into the tree, and says of every arrival what became of it.

    `lessons` are the names of all lessons: what is named after another one is not taken for this one.
    """
    latest: dict[str, Arrival] = {}
    for arrival in found:
        if not arrival.problem and (words := _misfit(arrival, lesson, lessons)):
            arrival = Arrival(arrival.where, arrival.student, problem=words)
        if arrival.problem:
            yield Collected(arrival.where, arrival.student, False, arrival.problem)
            continue
        before = latest.get(arrival.student)
        first, last = (arrival, before) if before and _at(before) > _at(arrival) else (before, arrival)
        latest[arrival.student] = last
        if first is not None:
            yield Collected(first.where, first.student, False, f"an earlier one: {last.where} counts")
    for student, arrival in sorted(latest.items()):
        words = _put(arrival, folder / student / lesson, lesson)
        words = f"{words}; {arrival.note}" if arrival.note else words
        yield Collected(arrival.where, student, not words.startswith("older"), words)


def _misfit(arrival: Arrival, lesson: str, lessons: Collection[str]) -> str:
    """Says why an arrival cannot be this lesson's work of this learner; empty when it can."""
    if arrival.student in lessons:
        return "it is named after a lesson, so whose is it? Put it into a folder with the learner's name"
    if arrival.notebook(lesson) is None:
        return f"there are {len(arrival.files)} files, and it is not clear which is the notebook of {lesson}"
    names = [PurePosixPath(name).stem for name in arrival.files if name.endswith(".ipynb")]
    others = sorted(set(names) & set(lessons) - {lesson})
    return f"this is the notebook of {others[0]}, not of {lesson}" if others and lesson not in names else ""


def _at(arrival: Arrival) -> datetime:
    return arrival.at or EARLIEST


def _put(arrival: Arrival, target: Path, lesson: str) -> str:
    notebook = arrival.notebook(lesson)
    assert notebook is not None
    files = {f"{lesson}.ipynb": notebook}
    if (mail := arrival.files.get("packed.eml")) is not None:
        files[f"{lesson}.eml"] = mail
    if arrival.at is not None:
        files[TIME] = arrival.at.strftime(FORMAT).encode()
    words = "collected"
    if target.exists():
        if {path.name: path.read_bytes() for path in target.iterdir() if path.is_file()} == files:
            return "there already"
        if arrival.at is not None and arrival.at < (_time_of(target) or EARLIEST):
            return "older than what is there, which stays"
        aside = _free(target.parent.parent.with_name(f"{target.parent.parent.name}-replaced") / target.parent.name)
        aside.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(target, aside)
        words = f"collected; what was there is now in {aside.parent.name}/{aside.name}"
    target.mkdir(parents=True)
    for name, content in files.items():
        (target / name).write_bytes(content)
    return words


def _time_of(target: Path) -> datetime | None:
    try:
        text = (target / TIME).read_text(encoding="utf-8").strip()
        return datetime.strptime(text, FORMAT).replace(tzinfo=UTC)
    except (OSError, ValueError):
        return None


def _free(path: Path) -> Path:
    number = 1
    while (found := path.with_name(f"{path.name}-{number}")).exists():
        number += 1
    return found
