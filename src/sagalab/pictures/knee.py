"""Latency against load: flat as long as nobody waits, then climbing. The bend between the two is the knee."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sagalab.pictures import palette
from sagalab.pictures.figures import figure_of, nothing, picture_of
from sagalab.pictures.picture import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 560.0, 300.0  # points
HEADING = "Latency under load"
LOOKS = {"orchestration": (palette.BLUE, "-", "o"), "choreography": (palette.GREEN, "--", "s")}
MOST_TICKS = 8
WAITS = 2.0  # times the lowest latency from which orders count as waiting for each other

Point = tuple[float, float]


def knee(curves: Mapping[str, Sequence[Point]]) -> Picture:
    """Draws a curve for each approach, of its points: orders started per virtual second, and seconds until one ends."""
    curves = {name: sorted(points) for name, points in curves.items() if points}
    if not curves:
        return nothing(HEADING)
    figure = figure_of(WIDTH, HEIGHT)
    axes: Axes = figure.add_axes((0.1, 0.17, 0.66, 0.66))
    figure.text(14 / WIDTH, 1 - 18 / HEIGHT, HEADING, fontsize=12, weight="bold", color=palette.INK, va="center")
    highest = max(seconds for points in curves.values() for _, seconds in points)
    for name, points in curves.items():
        colour, line, marker = LOOKS.get(name, (palette.INK, ":", "^"))
        rates, seconds = zip(*points, strict=True)
        axes.plot(rates, seconds, line, marker=marker, color=colour, markersize=5, linewidth=1.8)
        if (found := bend(points)) is not None:
            _ring(axes, found, [other for key, other in curves.items() if key != name], highest)
    _beside(axes, {name: points[-1] for name, points in curves.items()})
    marks = sorted({rate for points in curves.values() for rate, _ in points})
    axes.set_xscale("log")
    axes.set_xticks(marks[:: -(-len(marks) // MOST_TICKS)])
    axes.set_xticks([], minor=True)
    axes.xaxis.set_major_formatter("{x:.3g}")
    axes.set_ylim(0, 1.1 * highest or 1)
    axes.set_xlabel("orders started per virtual second", fontsize=9.5, color=palette.INK)
    axes.set_title("seconds from an order's start to its end (median)", fontsize=9.5, loc="left", color=palette.INK)
    axes.tick_params(colors=palette.INK, labelsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(palette.GREY)
    axes.set_facecolor(palette.PAPER)
    axes.grid(axis="y", color=palette.PALE)
    return picture_of(figure, _words(curves))


def _ring(axes: Axes, found: Point, others: Sequence[Sequence[Point]], highest: float) -> None:
    """Marks a knee; the word stands on the side where neither another curve passes nor the axis is."""
    rate, seconds = found
    axes.plot(rate, seconds, marker="o", markersize=13, markerfacecolor="none", color=palette.INK)
    near = [min(points, key=lambda point: abs(point[0] - rate))[1] for points in others]
    above = seconds < highest / 6 or any(0 <= seconds - other < seconds / 2 for other in near)
    axes.annotate(
        # to the left of a curve that rises
        "knee", found, xytext=(-5 if above else 0, 16 if above else -16), textcoords="offset points", fontsize=9.5,
        ha="right" if above else "center", va="center", color=palette.INK,
    )  # fmt: skip


def _beside(axes: Axes, ends: Mapping[str, Point]) -> None:
    """Writes each curve's name at its end; names that would lie on one another are moved apart."""
    highest = max(seconds for _, seconds in ends.values()) or 1.0
    least, last = 0.09 * highest, float("-inf")
    for name, (rate, seconds) in sorted(ends.items(), key=lambda end: end[1][1]):
        height = max(seconds, last + least)
        last = height
        axes.annotate(
            name, (rate, seconds), xytext=(rate * 1.12, height), fontsize=9.5, va="center", color=palette.INK,
            annotation_clip=False,
        )  # fmt: skip


def bend(points: Sequence[Point]) -> Point | None:
    """Gives the last point before latency reaches twice its lowest value; None where it never does."""
    lowest = min(seconds for _, seconds in points)
    for before, after in zip(points, points[1:], strict=False):
        if after[1] >= WAITS * lowest:
            return before
    return None


def _words(curves: Mapping[str, Sequence[Point]]) -> str:
    said = [f"{HEADING}, in seconds from an order's start to its end."]
    for name, points in curves.items():
        (low, first), (high, last) = points[0], points[-1]
        said.append(f"{name}: {first:.3g} s at {low:.3g} orders per second, {last:.3g} s at {high:.3g}.")
        found = bend(points)
        if found is not None:
            said.append(f"Beyond {found[0]:.3g} per second orders wait for each other.")
    return " ".join(said)
