"""The card of a finding: what a learner reads after a check, and on the feedback page.

Four states with words of their own: not started, not yet, holds, and the kit's own fault, which
never shows a score. No scripts, no outside resources; a state is told by its heading, not by colour.
"""

from __future__ import annotations

import base64
import html
import shlex
from typing import Literal, NamedTuple, Protocol

from sagalab.criteria.finding import Finding
from sagalab.errors import LearnerError
from sagalab.invariants import PER_ORDER, lost_messages
from sagalab.learner.naive import naive_line
from sagalab.learner.shown import BLUE, CODE, GREEN, PURPLE, VERMILION, box, paragraph
from sagalab.scenario import Scenario

State = Literal["not started", "not yet", "holds", "undecided", "for a person"]
NO_LOSS = "Nothing is lost by trying: a check can be run as often as you like."
NOT_YOU = "This is not your fault, and it costs no points: a person looks at it."


class Drawn(Protocol):
    """What a card needs of a picture."""

    @property
    def svg(self) -> str:
        """The picture as SVG text."""

    @property
    def alt(self) -> str:
        """What the picture shows, in sentences."""


class Line(NamedTuple):
    """One paragraph of a card; `label` stands in front of it, and alone where the rest is folded away."""

    text: str
    label: str = ""
    code: str = ""
    folded: bool = False


def state_of(finding: Finding) -> State:
    """Gives the state that a card speaks from."""
    if finding.facts.get("manual"):
        return "for a person"
    if finding.verdict == "unknown":
        return "undecided"
    if not finding.attempted:
        return "not started"
    return "holds" if finding.verdict == "valid" else "not yet"


_HEADINGS: dict[State, tuple[str, str]] = {
    "not started": ("Not started", BLUE),
    "not yet": ("Not yet", VERMILION),
    "holds": ("This holds", GREEN),
    "undecided": ("The kit could not decide", PURPLE),
    "for a person": ("Read by a person", BLUE),
}


def points_text(value: float) -> str:
    """Gives points without needless digits."""
    return f"{round(value, 2):g}"


def _heading(finding: Finding, title: str, points: float) -> str:
    state = state_of(finding)
    earned = f" ({points_text(finding.fraction * points)} of {points_text(points)})"
    return f"{_HEADINGS[state][0]}: {title}{earned if state in ('not yet', 'holds') else ''}"


def schedule_in_words(finding: Finding) -> str:
    """Says the smallest schedule that breaks a promise; empty where there is none, or the message says it already."""
    if not finding.schedule:
        return ""
    try:
        words = Scenario.from_line(finding.schedule).in_words()
    except LearnerError:
        return ""
    return "" if words in finding.message else words


def promise_in_words(finding: Finding) -> str:
    """Says the first broken promise: an invariant by its name and its sentence, others in their own words."""
    invariant = {**PER_ORDER, "Nothing lost": lost_messages}.get(finding.promise)
    sentence = (invariant.__doc__ or "").partition("\n")[0] if invariant is not None else ""
    return f"{finding.promise}. {sentence}" if sentence else finding.promise


def replay_command(finding: Finding) -> str:
    """Gives the command that runs the finding's schedule again; a lesson's names the lesson."""
    if not finding.schedule:
        return ""
    number = finding.criterion.partition("-")[0]
    lesson = f"--lesson {number} " if number.isdigit() else ""
    return f"sagalab replay {lesson}{shlex.quote(finding.schedule)}"


def _lines(finding: Finding, points: float, contact: str, question: str) -> list[Line]:
    state = state_of(finding)
    message = Line(finding.message)
    compared = naive_line(finding.criterion, points)
    naive = [Line(compared, "For comparison")] if compared else []
    if state == "not started":
        where = [Line(finding.hint, "Where to begin")] if finding.hint else []
        return [message, *where, Line(NO_LOSS)]
    if state == "undecided":
        to = f" Please send the notebook and this text to {contact}." if contact else ""
        return [Line(NOT_YOU), Line(finding.message, "What happened"), Line(f"Run the check once more.{to}")]
    if state == "for a person":
        return [message]
    if state == "holds":
        return [message, *naive, *([Line(question, "One step further")] if question else [])]
    lines = [Line(promise_in_words(finding), "The first promise that breaks")] if finding.promise else []
    lines.append(message)
    if words := schedule_in_words(finding):
        lines.append(Line(f"{words}.", "The smallest run that shows it"))
    if finding.hint:
        lines.append(Line(finding.hint, "A first thought"))
    lines += [Line("", "The next hint", f'hint("{finding.criterion}")'), *naive]
    if replay := replay_command(finding):
        lines.append(Line("", "See it again in a terminal (save the notebook first)", replay, folded=True))
    return lines


def card_html(
    finding: Finding,
    criterion_title: str,
    points: float,
    *,
    picture: Drawn | None = None,
    contact: str = "",
    question: str = "",
) -> str:
    """Gives the card as HTML; everything that comes from a learner is escaped and bounded.

    `question` goes further once a criterion holds; `contact` is who gets what the kit could not decide.
    """
    state = state_of(finding)
    body = "".join(_line_html(line) for line in _lines(finding, points, contact, question))
    if picture is not None and state in ("not yet", "holds"):
        body += _image(picture)
    return box(_heading(finding, criterion_title, points), body, _HEADINGS[state][1])


def _line_html(line: Line) -> str:
    if not line.label:
        return paragraph(line.text)
    said = f'<code style="{CODE}">{html.escape(line.code)}</code>' if line.code else ""
    if line.folded:
        return f"<details><summary>{html.escape(line.label)}</summary>{said}</details>"
    inner = paragraph(line.text)[len('<p style="margin:.4em 0">') : -len("</p>")] if line.text else said
    return f'<p style="margin:.4em 0"><strong>{html.escape(line.label)}:</strong> {inner}</p>'


def _image(picture: Drawn) -> str:
    # An image element runs no script, whatever the SVG holds.
    code = base64.b64encode(picture.svg.encode()).decode()
    alt = html.escape(picture.alt, quote=True)
    return f'<img src="data:image/svg+xml;base64,{code}" alt="{alt}" style="max-width:100%;height:auto">'


def card_text(
    finding: Finding,
    criterion_title: str,
    points: float,
    *,
    picture: Drawn | None = None,
    contact: str = "",
    question: str = "",
) -> str:
    """Gives the card as plain text for a terminal; a picture is told by its alt text."""
    lines = _lines(finding, points, contact, question)
    rows = [_heading(finding, criterion_title, points), *(_line_text(line) for line in lines if not line.folded)]
    if picture is not None and state_of(finding) in ("not yet", "holds"):
        rows.append(picture.alt)
    rows += [_line_text(line) for line in lines if line.folded]
    return "\n  ".join(rows)


def _line_text(line: Line) -> str:
    said = line.text or line.code
    return f"{line.label}: {said}" if line.label else said
