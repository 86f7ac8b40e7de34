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
from sagalab.pictures.words import COMPENSATIONS, approach_of, effect_in_words, of_order, orders_of, seconds, story

WIDTH = 800.0  # points; all lengths below are points, too
LEDGER = (170.0, 290.0)  # the least and the most
LETTER = 5.1  # mean width of a letter at 8.5 points
BAR, LINE, GAP, CAPTION = 11.0, 12.0, 9.0, 17.0
BESIDE = 6.0  # from the middle of a mark to its words
SHORTEST = 3.0  # a bar is never drawn shorter than this
SMALL = 8.5
QUIET = "#5B6570"
MOST_ROWS, MOST_LINES = 40, 60


def timeline(history: History, title: str = "", order_id: str | None = None) -> Picture:
    """Draws who did what and when, tries and faults included, beside the effects in words.

    Time counts from the first thing that is drawn. `order_id` keeps one order's facts. A history without
    facts gives a picture that says so.
    """
    facts = of_order(history, order_id)
    rows = rows_of(facts)
    heading = title or (f"Order {order_id}" if order_id else "What happened")
    if not rows:
        return nothing(heading)
    start, end = span(rows)
    origin = 0.0 if start < 0.05 * end else start
    about = _about(facts, heading)
    began = f"started at {seconds(origin)} of the lab's virtual time" if origin else ""
    under = "  ·  ".join(filter(None, (about, began)))
    drawing = Chart((heading, under[:1].upper() + under[1:]), rows, facts, origin)
    which = f"{heading} ({about})" if about else heading
    times = f"times count from its start at {seconds(origin)} of virtual time" if origin else "times are virtual"
    alt = " ".join([f"Timeline: {which}, until {seconds(end - origin)}; {times}.", *story(facts, origin)])
    return picture_of(drawing.figure, alt)


def span(rows: list[Row]) -> tuple[float, float]:
    """Gives when the first thing of these rows begins and the last one ends."""
    times = [t for row in rows for bar in row.bars for t in (bar.start, bar.end)]
    times += [mark.at for row in rows for mark in row.marks]
    return min(times), max(times)


def _about(facts: list[Fact], heading: str) -> str:
    """Names the orders and what coordinated them, as far as the heading does not."""
    orders, approach = orders_of(facts), approach_of(facts)
    return ", ".join(words for words in (orders, approach) if words and words.lower() not in heading.lower())


class Chart:
    """The layout of one timeline; y counts points downwards from the top of the chart."""

    def __init__(self, heading: tuple[str, str], rows: list[Row], facts: list[Fact], origin: float = 0.0) -> None:
        self.rows, left_out = rows[:MOST_ROWS], len(rows) - MOST_ROWS
        self.ledger = _ledger(facts, origin)
        self.origin, (self.start, self.end) = origin, span(self.rows)
        self.end = max(self.end, self.start + 0.05)
        self.start = self.start if origin else 0.0
        self.left = 24 + max(LETTER * 1.12 * len(row.name) for row in self.rows)
        self.times = 8 + max((len(at) * LETTER for at, _, _ in self.ledger), default=0)
        longest = max((len(words) for _, words, _ in self.ledger), default=0)
        self.side = min(max(LEDGER[0], 34 + self.times + longest * LETTER), LEDGER[1])
        self.wide = WIDTH - self.left - self.side - 16
        for room in (1.03, 1.12, 1.25, 1.4):  # words right of the last mark need theirs
            self.second = self.wide / ((self.end - self.start) * room)
            if all(self._fits(row) for row in self.rows):
                break
        self.stretched = False
        places, height = self._places()
        height = max(height, 24 + 13.5 * min(len(self.ledger), MOST_LINES))
        head, foot = 50.0 if heading[1] else 34.0, 66.0
        self.figure = figure_of(WIDTH, head + height + foot)
        whole = head + height + foot
        box = (self.left / WIDTH, foot / whole, self.wide / WIDTH, height / whole)
        self.axes = self.figure.add_axes(box)
        self._frame(heading, height, whole)
        for (top, middle), row in zip(places, self.rows, strict=True):
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
            above, below = (LINE if marks else 0 for marks in _sides(row.marks))
            places.append((y, y + GAP / 2 + above + BAR / 2))
            y += GAP + above + BAR + below
        return places, y + 4

    def _frame(self, heading: tuple[str, str], height: float, whole: float) -> None:
        from matplotlib.ticker import FuncFormatter, MaxNLocator

        axes, right = self.axes, self.start + self.wide / self.second
        axes.set_xlim(self.start - 0.005 * (self.end - self.start), right)
        axes.set_ylim(height, 0)
        axes.set_yticks([])
        for side in ("left", "right", "top"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(palette.GREY)
        unit, name = _unit(self.end - self.origin)
        steps = MaxNLocator(8, steps=[1, 2, 3, 5, 6, 10] if unit != 1 else [1, 2, 5, 10])
        first, last = ((at - self.origin) / unit for at in (self.start, right))
        ticks = [self.origin + tick * unit for tick in steps.tick_values(first, last)]
        axes.set_xticks([tick for tick in ticks if self.start - 1e-9 <= tick <= right])
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{round((value - self.origin) / unit, 6):g}"))
        axes.tick_params(axis="x", colors=palette.INK, labelsize=9, length=3)
        words = f"{name} since the start" if self.origin else f"virtual time, {name}"
        axes.set_xlabel(words, fontsize=9, color=palette.INK, labelpad=2)
        axes.grid(axis="x", color=palette.GREY, linewidth=0.5, alpha=0.5)
        axes.set_axisbelow(True)
        left, title, under = 12 / WIDTH, *heading
        self.figure.text(left, 1 - 20 / whole, title, fontsize=12, weight="bold", color=palette.INK, va="center")
        self.figure.text(left, 1 - 37 / whole, under, fontsize=9, color=QUIET, va="center")

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
        above, below = _sides(row.marks)
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
        """Draws marks in their own line, above or below the bars, so that they hide nothing."""
        edge = middle + (BAR / 2 if y > middle else -BAR / 2)
        for mark in marks:
            looks = mark_of(mark)
            self.axes.plot([mark.at, mark.at], [y, edge], color=looks["color"], linewidth=1.0, zorder=3)
            self.axes.plot([mark.at], [y], markeredgewidth=0.8, zorder=4, linestyle="none", clip_on=False, **looks)
        for first, last, words in self._labels(marks):
            words = words[: int(self.wide / LETTER)]
            start, end = self._reach(first, last, words)
            align, at = ("left", start) if start > last else ("right", end)
            colour = palette.INK if marks[0].look in ("effect", "compensation") else DARK_FAILURE
            self._text(at, y, words, color=colour, ha=align, zorder=5)

    def _labels(self, marks: Iterable[Mark]) -> list[tuple[float, float, str]]:
        """Joins the words of marks that stand too close for a label each, or that repeat a fault.

        Gives the first and the last mark that a label stands beside, and its words.
        """
        groups: list[tuple[float, float, list[str]]] = []
        for mark in sorted(marks, key=lambda mark: mark.at):
            if groups:
                first, last, words = groups[-1]
                crowded = mark.at - BESIDE / self.second < self._reach(first, last, _counted(words))[1]
                if crowded or self._reach(mark.at, mark.at, mark.words)[0] < last + BESIDE / self.second:
                    groups[-1] = (first, mark.at, [*words, mark.words])
                    continue
                if mark.look == "fault" and set(words) == {mark.words}:
                    words.append(mark.words)
                    continue
            groups.append((mark.at, mark.at, [mark.words]))
        return [(first, last, _counted(words)) for first, last, words in groups]

    def _fits(self, row: Row) -> bool:
        edge = self.start + self.wide / self.second
        sides = _sides(row.marks)
        return all(self._reach(*label)[1] <= edge for marks in sides for label in self._labels(marks))

    def _reach(self, first: float, last: float, words: str) -> tuple[float, float]:
        """Gives where a label starts and ends: right of its marks, or left of them near the right edge."""
        long, gap = len(words) * LETTER / self.second, BESIDE / self.second
        edge = self.start + self.wide / self.second
        if last + gap + long <= edge or first - gap - long < self.start:
            return last + gap, last + gap + long
        return first - gap - long, first - gap

    def _words(self, height: float, left_out: int) -> None:
        """Writes the effects ledger at the right."""
        lines = self.ledger[:MOST_LINES]
        if len(self.ledger) > MOST_LINES:
            lines[-1] = ("", f"and {len(self.ledger) - MOST_LINES + 1} more", False)
        place = self.axes.get_yaxis_transform()
        x = 1 + 14 / self.wide
        self._text(x, 12, "Effects", place, fontsize=9, weight="bold", color=QUIET)
        most = int((self.side - 34 - self.times) / LETTER) + 1
        for number, (at, words, compensation) in enumerate(lines):
            y = 28 + 13.5 * number
            words = words if len(words) <= most else words[: most - 1] + "…"
            self._text(x + self.times / self.wide, y, at, place, color=QUIET, ha="right")
            self._text(x + (self.times + 7) / self.wide, y, ("↩ " if compensation else "") + words, place)
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


def _sides(marks: list[Mark]) -> tuple[list[Mark], list[Mark]]:
    """Parts marks: what went wrong stands above the bars, effects below."""
    effects = [mark for mark in marks if mark.look in ("effect", "compensation")]
    return [mark for mark in marks if mark not in effects], effects


def _counted(words: list[str]) -> str:
    """Joins words, the same ones counted: 'unavailable ×3, reply lost'."""
    counts = {word: words.count(word) for word in words}
    return ", ".join(f"{word} ×{count}" if count > 1 else word for word, count in counts.items())


def _unit(end: float) -> tuple[float, str]:
    if end >= 3 * 3600:
        return 3600.0, "hours"
    return (60.0, "minutes") if end >= 180 else (1.0, "seconds")


def _ledger(facts: list[Fact], origin: float) -> list[tuple[str, str, bool]]:
    effects = [fact for fact in facts if fact.kind == "effect"]
    several = len({fact.order_id for fact in effects}) > 1
    return [
        (
            seconds(fact.at - origin),
            (f"{fact.order_id}: " if several else "") + effect_in_words(fact),
            fact.what in COMPENSATIONS,
        )
        for fact in effects
    ]
