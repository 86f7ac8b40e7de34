"""What orders left behind that stopped in the middle: a bar for each remainder, parted by the call they stopped in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sagalab.history import Fact, History
from sagalab.pictures import palette
from sagalab.pictures.figures import figure_of, nothing, picture_of
from sagalab.pictures.picture import Picture
from sagalab.pictures.words import listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, RIGHT, HEAD, ROW, FOOT = 800.0, 80.0, 62.0, 34.0, 34.0  # points
LETTER, BAR = 5.6, 20.0
HEADING = "What is left behind"
QUIET = "#5B6570"
NOTHING = "nothing"

Remainder = tuple[str, ...]  # the effects of an order, in their order


def left_behind(history: History, orders: Sequence[str]) -> Picture:
    """Draws how many orders left which effects; an order counts for the participant's call that it made last.

    A remainder is hatched where something is half done: there are effects, and the customer was not told.
    """
    counts = remainders(history, orders)
    if not counts:
        return nothing(HEADING)
    rows = list(counts)
    whole = HEAD + ROW * len(rows) + FOOT
    left = 24 + LETTER * max(len(_name(row)) for row in rows)
    figure = figure_of(WIDTH, whole)
    axes: Axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(whole, 0)
    axes.axis("off")
    total = sum(sum(parts.values()) for parts in counts.values())
    axes.text(14, 20, f"{HEADING}: {total} orders", fontsize=12, weight="bold", color=palette.INK, va="center")
    under = "parted by the call in which they stopped, hatched where something is half done"
    axes.text(14, 40, under, fontsize=9, color=QUIET, va="center")
    scale = (WIDTH - left - RIGHT) / max(sum(parts.values()) for parts in counts.values())
    for number, row in enumerate(rows):
        y = HEAD + ROW * (number + 0.5)
        axes.text(14, y, _name(row), fontsize=9.5, color=palette.INK, va="center")
        _bar(axes, counts[row], (left, y), scale, half=bool(row) and "told" not in row)
    return picture_of(figure, _words(counts, rows, total))


def remainders(history: History, orders: Sequence[str]) -> dict[Remainder, Counter[str]]:
    """Counts orders by the effects that they left, fewest first, and these by the call that the order made last."""
    mine: dict[str, list[Fact]] = {order: [] for order in orders}
    for fact in history:
        if fact.order_id in mine and fact.kind in ("call", "effect"):
            mine[fact.order_id].append(fact)
    found: dict[Remainder, Counter[str]] = {}
    for facts in mine.values():
        calls = [fact.what for fact in facts if fact.kind == "call"]
        if calls:
            effects = tuple(fact.what for fact in facts if fact.kind == "effect")
            found.setdefault(effects, Counter())[calls[-1].partition(".")[2]] += 1
    rows = sorted(found, key=lambda row: (len(row), row))
    places = {call: place for place, row in reversed(list(enumerate(rows))) for call in found[row]}
    return {row: Counter(dict(sorted(found[row].items(), key=lambda part: places[part[0]]))) for row in rows}


def _bar(axes: Axes, parts: Counter[str], at: tuple[float, float], scale: float, *, half: bool) -> None:
    """Draws one row's parts, each with the name of its call where there is room, and the row's number of orders."""
    from matplotlib.patches import Rectangle

    x, y = at
    place: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 8.5}
    looks: dict[str, Any] = {"facecolor": palette.tint(palette.ORANGE, 0.75), "edgecolor": palette.INK}
    if half:
        face = palette.tint(palette.VERMILION, 0.18)
        looks = {"facecolor": face, "edgecolor": palette.VERMILION, "hatch": "xxxx"}
    for call, count in parts.items():
        wide = count * scale
        axes.add_patch(Rectangle((x, y - BAR / 2), wide, BAR, linewidth=1.0, **looks))
        words = f"{call} {count}"
        if wide > (len(words) + 1) * LETTER:
            paper = {"boxstyle": "round,pad=0.15", "fc": palette.PAPER, "ec": "none"}
            axes.text(x + wide / 2, y, words, color=palette.INK, bbox=paper, **place)
        x += wide
    axes.text(x + 8, y, str(sum(parts.values())), fontsize=10, weight="bold", color=palette.INK, va="center")


def _name(row: Remainder) -> str:
    return ", ".join(row) or NOTHING


def _words(counts: dict[Remainder, Counter[str]], rows: Sequence[Remainder], total: int) -> str:
    said = [f"{HEADING} by {total} orders, and the call in which they stopped."]
    for row in rows:
        parts = listed(f"{count} in {call}" for call, count in counts[row].items())
        said.append(f"{_name(row)[:1].upper()}{_name(row)[1:]}: {sum(counts[row].values())}, {parts}.")
    return " ".join(said)
