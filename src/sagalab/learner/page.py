"""The feedback page of one submission, at home and in class, and the card of a graded cell.

Every text that came out of a run is escaped. Pictures are embedded as images, so that nothing in
them can run, and are left out when they are too large.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from sagalab.course import Course, Criterion
from sagalab.criteria.finding import Finding
from sagalab.learner.card import promise_in_words, replay_command, schedule_in_words
from sagalab.learner.hints import first_hint
from sagalab.learner.look import inline, number, page, paragraphs
from sagalab.learner.naive import naive_line

MAX_WORDS = 4_000  # characters of one text
MAX_PICTURE = 400_000  # bytes of one embedded picture
MAX_PICTURES = 4_000_000  # characters of all pictures of one page

STATES = {
    "not attempted": ("soft", "Not attempted"),
    "right": ("good", "Holds"),
    "part": ("part", "Holds in part"),
    "wrong": ("bad", "Does not hold yet"),
    "person": ("person", "A person will look at this"),
}
ACCENTS = {"good": "#00664b", "bad": "#a63a00", "part": "#8a5a00", "person": "#00518a", "soft": "#57606a"}
NOT_YOURS = "The grading could not decide this. That is not your fault, and it costs no points."
COMMENTS = "What your teacher wrote beside your cells"
ALL_HOLD = "Every promise that was tried holds."


@dataclass(frozen=True)
class Feedback:
    """What a page is made of.

    `points` by criterion id, None while a person has to look; `pictures` holds runs that were drawn before,
    as HTML, "" for one that is not worth a picture; `put_right` tells what was repaired when the work came in;
    `note` why nothing was judged; `slip` which cell failed first; `reasons` says of each criterion whose points a
    teacher set why that is so; `comments` holds what a person wrote beside cells, by the cell's name.
    """

    who: str
    lesson: str
    findings: Mapping[str, Finding]
    points: Mapping[str, float | None]
    pictures: Mapping[str, str] = field(default_factory=dict)
    put_right: tuple[str, ...] = ()
    note: str = ""
    slip: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)


def card(finding: Finding, criterion: Criterion, drawn: str | None = None) -> str:
    """Gives the card of one finding, self-contained, for the output of a notebook's cell.

    `drawn` is the finding's picture where it was drawn before.
    """
    colour, state = STATES[state_of(finding)]
    accent = ACCENTS[colour]
    # a notebook's page has its own style and its own dark theme: the card brings its colours along
    return (
        f'<section style="border:1px solid #d0d7de;border-left:5px solid {accent};border-radius:6px;'
        f'padding:.7em 1em;background:#ffffff;color:#1b1f24;color-scheme:light;max-width:60em">'
        f'<h4 style="margin:0;color:#1b1f24">{escape(criterion.title)} '
        f'<span style="color:{accent}">· {state}</span></h4>'
        f"<p>{_points(finding, criterion)}</p>{_words(finding, criterion)}"
        f"{picture(finding) if drawn is None else drawn}{_replay(finding)}</section>"
    )


def state_of(finding: Finding) -> str:
    """Names a finding's state, one of STATES."""
    if finding.verdict == "unknown":
        return "person"
    if finding.fraction >= 1.0:
        return "right"
    if not finding.attempted:
        return "not attempted"
    return "part" if finding.fraction > 0 else "wrong"


def picture(finding: Finding) -> str:
    """Gives the timeline of the run that proves a finding, with its words; empty when there is no run."""
    if finding.history is None or not len(finding.history):
        return ""
    try:
        from sagalab.pictures import timeline

        title = "A healthy run" if finding.verdict == "valid" else finding.promise or "The run"
        drawn = timeline(finding.history, title=title)
        kind, content = "svg+xml", drawn.svg.encode("utf-8")
        if len(content) > MAX_PICTURE and drawn.png:
            kind, content = "png", drawn.png
    except Exception:
        # the words stand without their picture; a grader finds the cause in the log
        logging.getLogger("sagalab.grading").exception("The picture of %s failed.", finding.criterion)
        return "<p>The picture of this run could not be drawn.</p>"
    if len(content) > MAX_PICTURE:
        return f"<p>{escape(_cut(drawn.alt))}</p>"
    image = base64.b64encode(content).decode("ascii")
    return (
        f'<figure style="margin:.8em 0 0"><img style="max-width:100%" '
        f'alt="{escape(_cut(drawn.alt))}" src="data:image/{kind};base64,{image}"></figure>'
    )


def learner_page(course: Course, given: Feedback) -> str:
    """Gives one learner's whole page: the first broken promise on top, then every criterion."""
    criteria = course.criteria(given.lesson)
    total = sum(given.points.get(row.id) or 0.0 for row in criteria)
    most = sum(row.points for row in criteria)
    title = f"{given.who} · {course.lesson(given.lesson).title}"
    body = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="soft">{escape(course.title)} · {number(total)} of {number(most)} points so far</p>',
        _stumbled(given),
        _top(given, criteria, gallery := _Gallery(given.pictures)),
        _beside_cells(given, criteria),
        _handed_in(given.put_right),
    ]
    part = None
    for row in criteria:
        if row.part != part:
            part = row.part
            body.append(f"<h2>{escape(f'{part}. {course.parts[part]}' if part else 'Criteria')}</h2>")
        body.append(_criterion(row, given, gallery))
    return page(title, "\n".join(filter(None, body)))


def first_broken(findings: Mapping[str, Finding], criteria: list[Criterion]) -> Finding | None:
    """Gives the finding to read first: an attempted criterion, with a run if any has one."""
    found = [findings[row.id] for row in criteria if row.id in findings]
    broken = [one for one in found if one.verdict == "invalid" and one.fraction < 1]
    attempted = [one for one in broken if one.attempted]
    with_run = [one for one in attempted if one.history is not None and len(one.history)]
    return next(iter([*with_run, *attempted, *broken]), None)


def _top(given: Feedback, criteria: list[Criterion], gallery: _Gallery) -> str:
    decided = any(finding.verdict != "unknown" for finding in given.findings.values())
    if not decided:
        words = paragraphs(_cut(given.note)) or f"<p>{NOT_YOURS}</p>"
        heading = "The judge could not judge this" if given.reasons else "Nothing was scored yet"
        return f'<section class="first person"><h3>{heading}</h3>{words}</section>'
    # what a teacher has decided otherwise is no longer the place to begin
    broken = first_broken(given.findings, [row for row in criteria if row.id not in given.reasons])
    if broken is None:
        found = (given.findings.get(row.id) for row in criteria)
        run = next((one for one in found if one is not None and one.history is not None), None)
        drawn = f"<p>A run of yours that kept them:</p>{gallery.show(run)}" if run is not None else ""
        return f'<section class="first good"><h3>{ALL_HOLD}</h3>{drawn}</section>'
    name = broken.promise or next((row.title for row in criteria if row.id == broken.criterion), "")
    label = "The first broken promise" if broken.attempted else "Where to begin"
    return (
        f'<section class="first"><h3>{label}: {escape(_cut(name))}</h3>'
        f"{paragraphs(_cut(broken.message))}{_schedule(broken)}{gallery.show(broken)}{_replay(broken)}</section>"
    )


def _stumbled(given: Feedback) -> str:
    """Says what went wrong before anything could be judged: all that follows may hang on it."""
    if not given.slip:
        return ""
    return f'<section class="first person"><h3>Mend this first</h3>{paragraphs(_cut(given.slip))}</section>'


def _beside_cells(given: Feedback, criteria: list[Criterion]) -> str:
    """Gives what a person wrote beside cells that no criterion stands for."""
    named = {row.id for row in criteria}
    rows = [
        f"<dt><code>{escape(cell)}</code></dt><dd>{paragraphs(_cut(text))}</dd>"
        for cell, text in given.comments.items()
        if cell not in named
    ]
    return f"<section><h2>{COMMENTS}</h2><dl>{''.join(rows)}</dl></section>" if rows else ""


def _handed_in(lines: tuple[str, ...]) -> str:
    if not lines:
        return ""
    items = "".join(f"<li>{inline(line)}</li>" for line in lines)
    summary = f"What was put right when the work came in ({len(lines)})"
    return f"<details><summary>{summary}</summary><ul>{items}</ul></details>"


def _criterion(row: Criterion, given: Feedback, gallery: _Gallery) -> str:
    finding, points = given.findings.get(row.id), given.points.get(row.id)
    reason = given.reasons.get(row.id)
    if finding is not None:
        colour, state = STATES[state_of(finding)]
        words = _words(finding, row)
        if finding.verdict == "invalid" and finding.fraction < 1:
            words += gallery.show(finding) + _replay(finding)
    else:
        colour, state = STATES["person"]
        words = ""
    if row.manual and points is not None:
        colour, state = "good", "Read by a person"
    if reason is not None:
        colour, state = "person", "Points set by your teacher"
        words = f"<p><strong>Reason:</strong> {escape(_cut(reason))}</p>{_judged(row, finding, words)}"
    if comment := given.comments.get(row.id):
        words += f"<p><strong>Your teacher writes:</strong></p>{paragraphs(_cut(comment))}"
    got = number(points) if points is not None else "–"
    return (
        f'<article class="criterion" id="{escape(row.id)}"><div class="head"><h3>{escape(row.title)}</h3>'
        f'<span class="points">{got} of {number(row.points)}</span></div>'
        f'<p class="status {colour}">{state}</p>{words}</article>'
    )


def _judged(row: Criterion, finding: Finding | None, words: str) -> str:
    """Gives what the judge had found where a teacher set the points."""
    if finding is None or finding.verdict == "unknown":
        return ""
    found = f"The judge had found {number(finding.fraction * row.points)} of {number(row.points)}"
    return f"<details><summary>{found}</summary>{words}</details>"


class _Gallery:
    """The pictures of one page: each run is shown once, and all together stay within bounds."""

    def __init__(self, drawn: Mapping[str, str]) -> None:
        self._drawn, self._shown, self._left = drawn, set[str](), MAX_PICTURES

    def show(self, finding: Finding) -> str:
        """Gives the picture of the run that proves a finding, or says where it is; empty when there is no run."""
        drawn = self._drawn.get(finding.criterion)
        drawn = picture(finding) if drawn is None else drawn
        if not drawn:
            return ""
        run = drawn.rpartition("base64,")[2]
        if run in self._shown:
            return '<p class="soft">The picture of this run stands above.</p>'
        if len(drawn) > self._left:
            return '<p class="soft">This page holds no more pictures; the line below shows this run again.</p>'
        self._left -= len(drawn)
        self._shown.add(run)
        return drawn


def _words(finding: Finding, criterion: Criterion) -> str:
    """Gives the promise, what was found, the smallest schedule in words, one hint, and the naive design's points."""
    parts = [f"<p>{NOT_YOURS}</p>"] if finding.verdict == "unknown" else []
    broken = finding.fraction < 1
    if finding.promise and broken:
        parts.append(f"<p><strong>{escape(_cut(promise_in_words(finding)))}</strong></p>")
    parts.append(paragraphs(_cut(finding.message)))
    parts.append(_schedule(finding) if broken else "")
    if finding.verdict == "invalid" and broken and (hint := finding.hint or first_hint(finding.criterion)):
        parts.append(f"<p><em>Hint:</em> {inline(_cut(hint))}</p>")
    if naive := naive_line(criterion.id, criterion.points):
        parts.append(f'<p class="soft">{escape(naive)}</p>')
    return "".join(parts)


def _schedule(finding: Finding) -> str:
    words = schedule_in_words(finding)
    return f"<p>The smallest run that shows it: {escape(_cut(words))}.</p>" if words else ""


def _replay(finding: Finding) -> str:
    if not finding.schedule:
        return ""
    line = escape(_cut(replay_command(finding)))
    return f"<details><summary>See it again</summary><p><code>{line}</code></p></details>"


def _points(finding: Finding, criterion: Criterion) -> str:
    if finding.verdict == "unknown":
        return f"– of {number(criterion.points)} points"
    return f"{number(finding.fraction * criterion.points)} of {number(criterion.points)} points"


def _cut(text: str) -> str:
    return text if len(text) <= MAX_WORDS else text[: MAX_WORDS - 1] + "…"
