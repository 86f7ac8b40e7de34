"""The class on one page, as a table in the terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from statistics import median
from typing import Any
from urllib.parse import quote

from grading.cycle import Score
from grading.overrides import Override
from grading.report.record import Record, Row, RowStatus
from sagalab.course import Course, Criterion
from sagalab.learner.look import bar, inline, number, page

WORDS: dict[RowStatus, tuple[str, str]] = {
    "graded": ("good", "graded"),
    "repaired": ("part", "repaired, graded"),
    "failed": ("bad", "not graded"),
    "quarantined": ("bad", "quarantined"),
    "missing": ("soft", "missing"),
}


def row_of(
    record: Record,
    scores: Mapping[str, Score],
    criteria: list[Criterion],
    overrides: Mapping[str, Override] | None = None,
) -> Row:
    """Gives a submission's line: points by part, from the gradebook's scores alone."""
    parts = dict.fromkeys(parts_of(criteria), 0.0)
    total = 0.0
    waiting = record.status == "quarantined" or (record.status == "failed" and not scores)
    for criterion in criteria:
        score = scores.get(criterion.id)
        if score is None:
            continue
        points = score.points or 0.0
        total += points
        if criterion.part:
            parts[criterion.part] += points
        waiting = waiting or (score.needs_person and record.status != "missing")
    set_by_hand = {
        name: {"points": override.points, "reason": override.reason} for name, override in (overrides or {}).items()
    }
    return Row(
        record.student, record.status, total, parts, waiting, f"{record.note} {record.slip}".strip(), set_by_hand
    )


def parts_of(criteria: list[Criterion]) -> dict[str, float]:
    """Gives the parts of a lesson with their points, in order."""
    parts: dict[str, float] = {}
    for criterion in criteria:
        if criterion.part:
            parts[criterion.part] = parts.get(criterion.part, 0.0) + criterion.points
    return parts


def table(course: Course, lesson: str, rows: list[Row]) -> Any:
    """Gives the class as a table for the terminal."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    criteria = course.criteria(lesson)
    made = Table(
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        title=f"{course.lesson(lesson).title}: {len(rows)} submissions",
        title_justify="left",
    )
    made.add_column("student", overflow="fold", min_width=8)
    made.add_column("status", no_wrap=True)
    for part, most in parts_of(criteria).items():
        made.add_column(f"{part}\n/{number(most)}", justify="right", no_wrap=True)
    made.add_column(f"total\n/{number(sum(row.points for row in criteria))}", justify="right", no_wrap=True)
    made.add_column("needs a\nperson", no_wrap=True)
    for row in rows:
        cells = [number(points) for points in row.parts.values()]
        # a folder's name may hold brackets, which are no markup
        made.add_row(Text(row.student), row.status, *cells, number(row.total), "yes" if row.needs_person else "")
    return made


def class_page(course: Course, lesson: str, rows: list[Row], records: Mapping[str, Record]) -> str:
    """Gives the class page: tiles, one line per student, and where points were lost."""
    criteria = course.criteria(lesson)
    most = sum(row.points for row in criteria)
    title = f"{course.lesson(lesson).title}: the class"
    body = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="soft">{escape(course.title)}. Scores as they stand in the gradebook.</p>',
        _tiles(rows, most),
        "<h2>Students</h2>",
        _students(rows, parts_of(criteria), course, most),
        _overrides(rows, {row.id: row for row in criteria}, records),
        "<h2>Where points were lost, as the judge found it</h2>",
        _criteria(criteria, rows, records),
    ]
    return page(title, "\n".join(body))


def _tiles(rows: list[Row], most: float) -> str:
    scored = [row.total for row in rows if row.status in ("graded", "repaired")]
    middle = f"{number(median(scored))} of {number(most)}" if scored else "–"
    tiles = [
        (str(len(rows)), "submissions"),
        (str(len(scored)), "graded"),
        (str(sum(row.needs_person for row in rows)), "need a person"),
        (middle, "median total"),
    ]
    return (
        '<div class="tiles">'
        + "".join(f'<div class="tile"><b>{value}</b>{label}</div>' for value, label in tiles)
        + "</div>"
    )


def _students(rows: list[Row], parts: dict[str, float], course: Course, most: float) -> str:
    heads = "".join(
        f'<th scope="col" class="number" title="{escape(course.parts[part])}">{escape(part)} / {number(points)}</th>'
        for part, points in parts.items()
    )
    lines = []
    for row in rows:
        colour, word = WORDS[row.status]
        cells = "".join(_cell(points, parts[part]) for part, points in row.parts.items())
        person = '<br><span class="person">needs a person</span>' if row.needs_person else ""
        note = f'<br><span class="soft">{inline(row.note)}</span>' if row.note else ""
        count = len(row.overrides)
        by_hand = f'<br><span class="person">{count} set by a teacher</span>' if count else ""
        lines.append(
            f'<tr><th scope="row"><a href="{quote(row.student)}.html">{escape(row.student)}</a></th>'
            f'<td><span class="status {colour}">{word}</span>{person}{by_hand}{note}</td>'
            f"{cells}{_cell(row.total, most)}</tr>"
        )
    return (
        '<div class="scroll"><table><thead><tr><th scope="col">Student</th><th scope="col">Status</th>'
        f'{heads}<th scope="col" class="number">Total / {number(most)}</th></tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _overrides(rows: list[Row], criteria: Mapping[str, Criterion], records: Mapping[str, Record]) -> str:
    lines = []
    for row in rows:
        for name, override in row.overrides.items():
            if name not in criteria:
                continue
            finding = records[row.student].findings.get(name)
            decided = finding is not None and finding.verdict != "unknown"
            judged = number(finding.fraction * criteria[name].points) if finding is not None and decided else "–"
            lines.append(
                f'<tr><th scope="row"><a href="{quote(row.student)}.html#{quote(name)}">{escape(row.student)}</a></th>'
                f"<td>{escape(criteria[name].title)}</td>"
                f'<td class="number">{judged}</td>'
                f'<td class="number">{number(override["points"])} of {number(criteria[name].points)}</td>'
                f"<td>{escape(override['reason'])}</td></tr>"
            )
    if not lines:
        return ""
    return (
        '<h2>Set by a teacher</h2><div class="scroll"><table><thead><tr><th scope="col">Student</th>'
        '<th scope="col">Criterion</th><th scope="col" class="number">The judge</th>'
        '<th scope="col" class="number">The teacher</th><th scope="col">Reason</th></tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _criteria(criteria: list[Criterion], rows: list[Row], records: Mapping[str, Record]) -> str:
    judged = [records[row.student].findings for row in rows if records[row.student].findings]
    if not judged:
        return '<p class="soft">Nothing was judged.</p>'
    lines = []
    for criterion in (row for row in criteria if not row.manual):
        found = [findings[criterion.id] for findings in judged if criterion.id in findings]
        met = sum(finding.verdict != "unknown" and finding.fraction >= 1 for finding in found)
        mean = sum(finding.fraction for finding in found if finding.verdict != "unknown") / max(len(found), 1)
        lines.append(
            f'<tr><th scope="row">{escape(criterion.title)}</th><td>{escape(criterion.part)}</td>'
            f'<td class="number">{met} of {len(found)}</td>'
            f"{_cell(mean * criterion.points, criterion.points)}</tr>"
        )
    return (
        '<div class="scroll"><table><thead><tr><th scope="col">Criterion</th><th scope="col">Part</th>'
        '<th scope="col" class="number">Met by</th>'
        '<th scope="col" class="number">Mean points</th></tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _cell(points: float, most: float) -> str:
    return f'<td class="number">{number(points)}{bar(points, most)}</td>'
