"""What `sagalab check` prints: one row for each criterion, under the part that it belongs to."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from rich.console import Console

from sagalab.course import course_at
from sagalab.criteria.finding import Finding, invalid
from sagalab.judging.command import _table
from sagalab.judging.submission import Judged

KNOWN = course_at(Path(__file__).parents[2])
LESSON = "11_project"


def printed(*findings: Finding) -> str:
    console = Console(width=200, file=StringIO())
    console.print(_table(KNOWN, LESSON, Judged("graded", findings={one.criterion: one for one in findings})))
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_criteria_of_the_same_name_stand_under_their_parts() -> None:
    lines = printed().splitlines()
    places = [
        number for number, line in enumerate(lines) if "A. " in line or "B. " in line or "hold under faults" in line
    ]
    assert [lines[place].strip("│ ").split(".")[0][:1] for place in places] == ["A", "T", "B", "T"]


def test_brackets_in_a_message_are_text_and_no_markup() -> None:
    words = "The cell raised KeyError: [/b] is not in [bold] of ['x']."
    assert words in printed(invalid("a-healthy", words))
