"""The timeline: one row per component, virtual time to the right, and the effects in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sagalab.history import Fact, History
from sagalab.pictures import palette
from sagalab.pictures.bars import DARK_FAILURE, key_of, mark_of, patch
from sagalab.pictures.figures import figure_of, nothing, picture_of
from sagalab.pictures.picture import Picture
from sagalab.pictures.rows import Bar, Mark, Row, rows_of
from sagalab.pictures.words import COMPENSATIONS, effect_in_words, of_order, seconds, story

WIDTH = 800.0  # points; all lengths below are points, too
LEDGER = (170.0, 290.0)  # the least and the most
LETTER = 5.1  # mean width of a letter at 8.5 points
BAR, LINE, GAP, CAPTION = 11.0, 12.0, 9.0, 17.0
SHORTEST = 3.0  # a bar is never drawn shorter than this
SMALL = 8.5
QUIET = "#5B6570"
MOST_ROWS, MOST_LINES = 40, 60


def timeline(history: History, title: str = "", order_id: str | None = None) -> Picture:
    """Draws who did what and when, tries and faults included, beside the effects in words.

    `order_id` keeps one order's facts. A history without facts gives a picture that says so.
    """
    facts = of_order(history, order_id)
    rows = rows_of(facts)
    heading = title or (f"Order {order_id}" if order_id else "What happened")
    if not rows:
        return nothing(heading)
    drawing = _Timeline(heading, rows[:MOST_ROWS], facts, len(rows) - MOST_ROWS)
    last = max(bar_or_mark for row in rows for bar_or_mark in [*(b.end for b in row.bars), *(m.at for m in row.marks)])
    alt = " ".join([f"Timeline: {heading}, until {seconds(last)} of virtual time.", *story(facts)])
    return picture_of(drawing.figure, alt)


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
        longest = max((len(words) for _, words, _ in self.ledger), default=0)
        self.side = min(max(LEDGER[0], 84 + longest * LETTER), LEDGER[1])
        self.wide = WIDTH - self.left - self.side - 16
        self.second = self.wide / ((self.end - self.start) * 1.03)
        self.stretched = False
        places, height = self._places()
        height = max(height, 24 + 13.5 * min(len(self.ledger), MOST_LINES))
        head, foot = 34.0, 66.0
        self.figure = figure_of(WIDTH, head + height + foot)
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
        axes.set_xticks([tick for tick in ticks if self.start - 1e-9 <= tick <= self.start + self.wide / self.second])
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
            self._text(left, top - CAPTION / 2 + 1, row.group, place, weight="bold", color=QUIET)
        axes.axhline(top, color=palette.GREY, linewidth=0.5, alpha=0.8, zorder=0)
        self._text(left + 6 / self.wide, middle, row.name, place, fontsize=9)
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
        self.axes.add_patch(patch(bar.start, middle - BAR / 2, length / self.second, BAR, bar))

    def _numbers(self, row: Row, middle: float) -> None:
        """Writes the number of a try behind its bar, where there is room before the next one."""
        bars = sorted((bar for bar in row.bars), key=lambda bar: bar.start)
        for bar, following in zip(bars, [*bars[1:], None], strict=False):
            if not bar.number:
                continue
            end = max(bar.end, bar.start + SHORTEST / self.second)
            need = (len(bar.number) * LETTER + 3) / self.second
            limit = following.start if following else self.axes.get_xlim()[1]
            strong = {"weight": "bold", "va": "center_baseline"}
            if end + need <= limit:
                self._text(end + 2 / self.second, middle, bar.number, **strong)
            elif (bar.end - bar.start) >= need:
                paper = {"boxstyle": "round,pad=0.1", "fc": palette.PAPER, "ec": "none"}
                self._text((bar.start + bar.end) / 2, middle, bar.number, **strong, ha="center", bbox=paper)

    def _text(self, x: float, y: float, words: str, place: Any = None, **looks: Any) -> None:
        """Writes words; `place` is the coordinate system, that of the chart by default."""
        usual: dict[str, Any] = {"fontsize": SMALL, "color": palette.INK, "va": "center"}
        self.axes.text(x, y, words, transform=place or self.axes.transData, **(usual | looks))

    def _marks(self, marks: list[Mark], middle: float, y: float) -> None:
        for mark in marks:
            looks = mark_of(mark)
            self.axes.plot([mark.at], [middle], markeredgewidth=0.8, zorder=4, linestyle="none", **looks)
        for at, words in self._labels(marks):
            words = words[: int(self.wide / LETTER)]
            align, shift = ("left", -3) if self._reach(at, words)[0] >= at - 4 / self.second else ("right", 3)
            colour = palette.INK if marks[0].look in ("effect", "compensation") else DARK_FAILURE
            self._text(at + shift / self.second, y, words, color=colour, ha=align, zorder=5)

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
        self._text(x, 12, "Effects", place, fontsize=9, weight="bold", color=QUIET)
        most = int((self.side - 84) / LETTER) + 1
        for number, (at, words, compensation) in enumerate(lines):
            y = 28 + 13.5 * number
            words = words if len(words) <= most else words[: most - 1] + "…"
            self._text(x + 50 / self.wide, y, at, place, color=QUIET, ha="right")
            self._text(x + 57 / self.wide, y, ("↩ " if compensation else "") + words, place)
        if not lines:
            self._text(x, 28, "none", place)
        if left_out > 0:
            self._text(x, height - 8, f"{left_out} more rows left out", place)

    def _key(self, foot: float, whole: float) -> None:
        """Names the bars and marks that this picture uses, and owns up to stretched bars."""
        handles = key_of(self.rows)
        self.figure.legend(
            handles=handles,
            loc="lower left",
            bbox_to_anchor=(8 / WIDTH, 6 / whole),
            ncol=len(handles),
            fontsize=SMALL,
            frameon=False,
            handlelength=1.4,
            handletextpad=0.5,
            columnspacing=1.2,
            borderaxespad=0,
            labelcolor=palette.INK,
        )
        if self.stretched:
            words, place = "Very short bars are drawn longer.", self.axes.transAxes
            self._text(1 + 14 / self.wide, -30 / (whole - 100), words, place, color=QUIET, va="top")


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
