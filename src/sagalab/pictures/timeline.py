"""The timeline: one row per component, virtual time to the right, and the effects in words."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sagalab.history import Fact, History
from sagalab.pictures import palette
from sagalab.pictures.picture import Picture
from sagalab.pictures.rows import Bar, Mark, Row, rows_of
from sagalab.pictures.words import COMPENSATIONS, effect_in_words, of_order, seconds, story

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 800.0  # points; all lengths below are points, too
LEDGER = 195.0
LETTER = 5.1  # mean width of a letter at 8.5 points
BAR, LINE, GAP, CAPTION = 11.0, 12.0, 9.0, 17.0
SHORTEST = 3.0  # a bar is never drawn shorter than this
SMALL = 8.5
MOST_ROWS, MOST_LINES = 40, 60

_COLOURS = {
    "state": palette.BLUE,
    "function": palette.SKY,
    "message": palette.GREEN,
    "call": palette.ORANGE,
    "read": palette.GREY,
}
_KEY = (
    ("state", "state", False, False),
    ("function", "function ran", False, False),
    ("message", "message in queue", False, False),
    ("call", "call", False, False),
    ("read", "lookup", False, False),
    ("call", "ended in an error", True, False),
    ("call", "compensation", False, True),
)


def timeline(history: History, title: str = "", order_id: str | None = None) -> Picture:
    """Draws who did what and when, tries and faults included, beside the effects in words.

    `order_id` keeps one order's facts. A history without facts gives a picture that says so.
    """
    facts = of_order(history, order_id)
    rows = rows_of(facts)
    heading = title or (f"Order {order_id}" if order_id else "What happened")
    if not rows:
        return _nothing(heading)
    drawing = _Timeline(heading, rows[:MOST_ROWS], facts, len(rows) - MOST_ROWS)
    last = max(
        bar_or_mark
        for row in rows
        for bar_or_mark in [*(b.end for b in row.bars), *(m.at for m in row.marks)]
    )
    alt = " ".join([f"Timeline: {heading}, until {seconds(last)} of virtual time.", *story(facts)])
    return _picture(drawing.figure, alt)


def _nothing(heading: str) -> Picture:
    figure = _figure(420, 90)
    figure.text(0.5, 0.66, heading, ha="center", va="center", fontsize=11, weight="bold", color=palette.INK)
    words = "Nothing happened: the history has no facts to draw."
    figure.text(0.5, 0.32, words, ha="center", va="center", fontsize=10, color=palette.INK)
    return _picture(figure, f"{heading}: nothing happened.")


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width / 72, height / 72), facecolor=palette.PAPER)


def _picture(figure: Figure, alt: str) -> Picture:
    def png() -> bytes:
        from PIL import Image

        sharp = io.BytesIO()
        _save(figure, sharp, format="png", dpi=130)
        content = io.BytesIO()
        # 256 colours hold every ink of the palette, in a third of the bytes
        Image.open(sharp).convert("RGB").quantize(
            256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
        ).save(content, "PNG", optimize=True)
        return content.getvalue()

    svg = io.BytesIO()
    _save(figure, svg, format="svg", metadata={"Date": None, "Creator": None})
    return Picture(svg.getvalue().decode(), alt, png)


def _save(figure: Figure, to: io.BytesIO, **options: Any) -> None:
    import matplotlib

    fixed = {
        "svg.hashsalt": "sagalab",
        "svg.fonttype": "path",
        "hatch.linewidth": 1.0,
        "font.family": "DejaVu Sans",
    }
    with matplotlib.rc_context(fixed):
        figure.savefig(to, facecolor=palette.PAPER, **options)


class _Timeline:
    """The layout of one timeline; y counts points downwards from the top of the chart."""

    def __init__(self, heading: str, rows: list[Row], facts: list[Fact], left_out: int) -> None:
        self.rows = rows
        self.ledger = _ledger(facts)
        times = [t for row in rows for bar in row.bars for t in (bar.start, bar.end)]
        times += [mark.at for row in rows for mark in row.marks]
        self.start, self.end = min(times), max(max(times), min(times) + 0.05)
        if self.start < 0.05 * self.end:
            self.start = 0.0
        self.left = 24 + max(LETTER * 1.12 * len(row.name) for row in rows)
        self.wide = WIDTH - self.left - LEDGER - 16
        self.second = self.wide / ((self.end - self.start) * 1.03)
        self.stretched = False
        places, height = self._places()
        height = max(height, 24 + 13.5 * min(len(self.ledger), MOST_LINES))
        head, foot = 34.0, 66.0
        self.figure = _figure(WIDTH, head + height + foot)
        whole = head + height + foot
        box = (self.left / WIDTH, foot / whole, self.wide / WIDTH, height / whole)
        self.axes = self.figure.add_axes(box)
        self._frame(heading, height, head, whole)
        for (top, middle), row in zip(places, rows, strict=True):
            self._row(row, top, middle)
        self._words(height, left_out)
        self._key(foot, whole)

    def _places(self) -> tuple[list[tuple[float, float]], float]:
        """Gives each row's top and the middle of its bars, and the height of all."""
        places, y, group = [], 4.0, ""
        for row in self.rows:
            if row.group != group:
                group = row.group
                y += CAPTION
            looks = {mark.look for mark in row.marks}
            above = LINE if looks & {"fault", "error", "parked"} else 0
            below = LINE if looks & {"effect", "compensation"} else 0
            places.append((y, y + GAP / 2 + above + BAR / 2))
            y += GAP + above + BAR + below
        return places, y + 4

    def _frame(self, heading: str, height: float, head: float, whole: float) -> None:
        axes = self.axes
        axes.set_xlim(self.start - 0.005 * (self.end - self.start), self.start + self.wide / self.second)
        axes.set_ylim(height, 0)
        axes.set_yticks([])
        for side in ("left", "right", "top"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(palette.GREY)
        unit, name = _unit(self.end)
        from matplotlib.ticker import FuncFormatter, MaxNLocator

        steps = MaxNLocator(8, steps=[1, 2, 3, 5, 6, 10] if unit != 1 else [1, 2, 5, 10])
        ticks = [tick * unit for tick in steps.tick_values(self.start / unit, self.end / unit)]
        axes.set_xticks(
            [tick for tick in ticks if self.start - 1e-9 <= tick <= self.start + self.wide / self.second]
        )
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / unit:g}"))
        axes.tick_params(axis="x", colors=palette.INK, labelsize=9, length=3)
        axes.set_xlabel(f"virtual time, {name}", fontsize=9, color=palette.INK, labelpad=2)
        axes.grid(axis="x", color=palette.GREY, linewidth=0.5, alpha=0.5)
        axes.set_axisbelow(True)
        self.figure.text(
            12 / WIDTH, 1 - 20 / whole, heading, fontsize=12, weight="bold", color=palette.INK, va="center"
        )

    def _row(self, row: Row, top: float, middle: float) -> None:
        axes = self.axes
        first = self.rows[0] is row or self.rows[self.rows.index(row) - 1].group != row.group
        left = -(self.left - 12) / self.wide
        place = axes.get_yaxis_transform()
        if first:
            axes.text(left, top - CAPTION / 2 + 1, row.group, transform=place, fontsize=SMALL, weight="bold",
                      color="#5B6570", va="center")  # fmt: skip
        axes.axhline(top, color=palette.GREY, linewidth=0.5, alpha=0.8, zorder=0)
        axes.text(
            left + 6 / self.wide,
            middle,
            row.name,
            transform=place,
            fontsize=9,
            color=palette.INK,
            va="center",
        )
        for bar in row.bars:
            self._bar(bar, middle)
        self._numbers(row, middle)
        above = [mark for mark in row.marks if mark.look in ("fault", "error", "parked")]
        below = [mark for mark in row.marks if mark.look in ("effect", "compensation")]
        self._marks(above, middle, middle - BAR / 2 - LINE / 2)
        self._marks(below, middle, middle + BAR / 2 + LINE / 2)

    def _bar(self, bar: Bar, middle: float) -> None:
        length = (bar.end - bar.start) * self.second
        if length < SHORTEST:
            self.stretched, length = True, SHORTEST
        self.axes.add_patch(_patch(bar.start, middle - BAR / 2, length / self.second, BAR, bar))

    def _numbers(self, row: Row, middle: float) -> None:
        """Writes the number of a try behind its bar, where there is room before the next one."""
        bars = sorted((bar for bar in row.bars), key=lambda bar: bar.start)
        for bar, following in zip(bars, [*bars[1:], None], strict=True):
            if not bar.number:
                continue
            end = max(bar.end, bar.start + SHORTEST / self.second)
            need = (len(bar.number) * LETTER + 3) / self.second
            limit = following.start if following else self.axes.get_xlim()[1]
            if end + need <= limit:
                self.axes.text(end + 2 / self.second, middle, bar.number, fontsize=SMALL, weight="bold",
                               color=palette.INK, va="center_baseline")  # fmt: skip
            elif (bar.end - bar.start) >= need:
                self.axes.text((bar.start + bar.end) / 2, middle, bar.number, fontsize=SMALL, weight="bold",
                               color=palette.INK, va="center_baseline", ha="center",
                               bbox={"boxstyle": "round,pad=0.1", "fc": palette.PAPER, "ec": "none"})  # fmt: skip

    def _marks(self, marks: list[Mark], middle: float, y: float) -> None:
        for mark in marks:
            if mark.look in ("fault", "error"):
                shape = {"marker": "X" if mark.look == "fault" else "x", "color": palette.VERMILION}
                edge = {"markeredgecolor": palette.PAPER if mark.look == "fault" else palette.VERMILION}
            else:
                colour = {"effect": palette.INK, "compensation": palette.PINK, "parked": palette.VERMILION}[
                    mark.look
                ]
                shape = {"marker": "s" if mark.look == "parked" else "D", "color": colour}
                edge = {"markeredgecolor": palette.PAPER if mark.look != "compensation" else palette.INK}
            size = 8.5 if mark.look == "fault" else 6.0
            self.axes.plot([mark.at], [middle], markersize=size, markeredgewidth=0.8, zorder=4, linestyle="none",
                           **shape, **edge)  # type: ignore[arg-type]  # fmt: skip
        for at, words in self._labels(marks):
            align, shift = ("left", -3) if self._reach(at, words)[0] >= at - 4 / self.second else ("right", 3)
            colour = (
                palette.INK if marks[0].look in ("effect", "compensation") else "#A84A00"
            )  # dark enough to read
            self.axes.text(at + shift / self.second, y, words, fontsize=SMALL, color=colour, va="center", ha=align,
                           zorder=5)  # fmt: skip

    def _labels(self, marks: Iterable[Mark]) -> list[tuple[float, str]]:
        """Joins the words of marks that stand too close for a label each, or that repeat a fault."""
        groups: list[tuple[float, list[str]]] = []
        for mark in sorted(marks, key=lambda mark: mark.at):
            if groups:
                words = groups[-1][1]
                same = mark.look == "fault" and set(words) == {mark.words}
                free_from = self._reach(groups[-1][0], _counted(words))[1]
                if same or self._reach(mark.at, mark.words)[0] < free_from + 6 / self.second:
                    words.append(mark.words)
                    continue
            groups.append((mark.at, [mark.words]))
        return [(at, _counted(words)) for at, words in groups]

    def _reach(self, at: float, words: str) -> tuple[float, float]:
        """Gives where a label would start and end: right of its mark, or left of it near the right edge."""
        long, shift = len(words) * LETTER / self.second, 3 / self.second
        edge = self.start + self.wide / self.second
        if at + long <= edge or at - long < self.start:
            return at - shift, at - shift + long
        return at + shift - long, at + shift

    def _words(self, height: float, left_out: int) -> None:
        """Writes the effects ledger at the right."""
        lines = self.ledger[:MOST_LINES]
        if len(self.ledger) > MOST_LINES:
            lines[-1] = ("", f"and {len(self.ledger) - MOST_LINES + 1} more", False)
        place = self.axes.get_yaxis_transform()
        x = 1 + 14 / self.wide
        self.axes.text(
            x, 12, "Effects", transform=place, fontsize=9, weight="bold", color="#5B6570", va="center"
        )
        for number, (at, words, compensation) in enumerate(lines):
            y = 28 + 13.5 * number
            self.axes.text(x + 50 / self.wide, y, at, transform=place, fontsize=SMALL, color="#5B6570", ha="right",
                           va="center")  # fmt: skip
            mark = "↩ " if compensation else ""
            self.axes.text(x + 57 / self.wide, y, mark + words, transform=place, fontsize=SMALL, color=palette.INK,
                           va="center")  # fmt: skip
        if not lines:
            self.axes.text(x, 28, "none", transform=place, fontsize=SMALL, color=palette.INK, va="center")
        if left_out > 0:
            self.axes.text(x, height - 8, f"{left_out} more rows left out", transform=place, fontsize=SMALL,
                           color=palette.INK, va="center")  # fmt: skip

    def _key(self, foot: float, whole: float) -> None:
        """Names the bars and marks that this picture uses, and owns up to stretched bars."""
        from matplotlib.lines import Line2D

        bars = [bar for row in self.rows for bar in row.bars]
        looks = {mark.look for row in self.rows for mark in row.marks}
        handles: list[Any] = []
        for look, words, failed, compensation in _KEY:
            if any(_has(bar, look, failed, compensation) for bar in bars):
                sample = Bar(0, 1, look, failed=failed, compensation=compensation)  # type: ignore[arg-type]
                handles.append(_patch(0, 0, 1, 1, sample, label=words))
        for look, words, marker, colour in (
            ("effect", "effect", "D", palette.INK),
            ("fault", "fault", "X", palette.VERMILION),
            ("error", "error", "x", palette.VERMILION),
            ("parked", "dead-lettered", "s", palette.VERMILION),
        ):
            if look in looks:
                handles.append(
                    Line2D([], [], linestyle="none", marker=marker, color=colour, label=words, markersize=6)
                )
        self.figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(8 / WIDTH, 6 / whole), ncol=len(handles),
                           fontsize=SMALL, frameon=False, handlelength=1.4, handletextpad=0.5, columnspacing=1.2,
                           borderaxespad=0, labelcolor=palette.INK)  # fmt: skip
        if self.stretched:
            self.axes.text(1 + 14 / self.wide, -30 / (whole - 100), "Very short bars are drawn longer.",
                           transform=self.axes.transAxes, fontsize=8, color="#5B6570", va="top")  # fmt: skip


def _has(bar: Bar, look: str, failed: bool, compensation: bool) -> bool:
    if failed:
        return bar.failed
    if compensation:
        return bar.compensation
    return bar.look == look and not bar.compensation


def _patch(x: float, y: float, width: float, height: float, bar: Bar, label: str = "") -> Any:
    """Makes a bar: errors have a vermilion edge and hatch, compensations a slanted pink one."""
    from matplotlib.patches import Rectangle

    face, edge, hatch = palette.tint(_COLOURS[bar.look], 0.75), _COLOURS[bar.look], ""
    if bar.compensation:
        face, edge, hatch = palette.tint(palette.PINK, 0.35), palette.PINK, "////"
    if bar.failed:
        face, edge, hatch = palette.tint(palette.VERMILION, 0.18), palette.VERMILION, hatch or "xxxx"
    return Rectangle((x, y), width, height, facecolor=face, edgecolor=edge, hatch=hatch, linewidth=1.0, label=label,
                     zorder=2)  # fmt: skip


def _counted(words: list[str]) -> str:
    """Joins words, the same ones counted: 'unavailable ×3, reply lost'."""
    counts = {word: words.count(word) for word in words}
    return ", ".join(f"{word} ×{count}" if count > 1 else word for word, count in counts.items())


def _unit(end: float) -> tuple[float, str]:
    if end >= 3 * 3600:
        return 3600.0, "hours"
    return (60.0, "minutes") if end >= 180 else (1.0, "seconds")


def _ledger(facts: list[Fact]) -> list[tuple[str, str, bool]]:
    effects = [fact for fact in facts if fact.kind == "effect"]
    several = len({fact.order_id for fact in effects}) > 1
    return [
        (
            seconds(fact.at),
            (f"{fact.order_id}: " if several else "") + effect_in_words(fact),
            fact.what in COMPENSATIONS,
        )
        for fact in effects
    ]
