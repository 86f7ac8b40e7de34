"""The page that `sagalab learn` opens: every lesson in one click, with how far the learner is."""

from __future__ import annotations

from pathlib import Path

from sagalab.course import Course
from sagalab.learner.kept import Standing
from sagalab.working_copies import FOLDER

NAME = "START.md"
HARD_SPACE = "\N{NO-BREAK SPACE}"


def page(course: Course, standings: list[Standing]) -> str:
    """Gives the page as Markdown."""
    found = {row.lesson: row for row in standings}
    undone = [lesson for lesson in course.lessons if not found[lesson.name].done]
    lines = [f"# {course.title}", ""]
    if undone:
        words = "Go on with" if any(row.reached for row in standings) else "Begin with"
        lines += [f"{words} **[{undone[0].number} {undone[0].title}]({_link(undone[0].name)})**.", ""]
    else:
        lines += ["Every lesson is solved.", ""]
    lines += ["| | lesson | what it is about | points |", "|---|---|---|---|"]
    for lesson in course.lessons:
        title = f"[{lesson.title}]({_link(lesson.name)})"
        bar = found[lesson.name].bar().replace(" ", HARD_SPACE)
        lines.append(f"| {lesson.number} | {title} | {lesson.about} | {bar} |")
    lines += [
        "",
        "A click opens a lesson; *Run → Restart Kernel and Run All Cells* begins it afresh, and `progress()` in it",
        "shows each check; your best try counts. `sagalab reset 02` in a terminal of JupyterLab restores a lesson and",
        "keeps what you wrote. This page is written anew each time the course is opened.",
        *_by_hand(course),
        "",
    ]
    return "\n".join(lines)


def _by_hand(course: Course) -> list[str]:
    """Says which points no check gives."""
    lines = []
    for lesson in course.lessons:
        if points := sum(row.points for row in course.criteria(lesson.name) if row.manual):
            lines += ["", f"{points:g} more points of “{lesson.title}” are a person's to give."]
    return lines


def write(course: Course, standings: list[Standing]) -> Path:
    """Writes the page into the learner's folder and gives its path."""
    path = course.root / FOLDER / NAME
    path.parent.mkdir(exist_ok=True)
    path.write_text(page(course, standings), encoding="utf-8")
    return path


def _link(lesson: str) -> str:
    return f"{lesson}/{lesson}.ipynb"
