"""How the bars and marks of a timeline look, and the key that names them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sagalab.pictures import palette
from sagalab.pictures.rows import Bar, Mark, Row

_COLOURS = {
    "state": palette.BLUE,
    "function": palette.SKY,
    "message": palette.GREEN,
    "call": palette.ORANGE,
    "read": palette.GREY,
}
_BARS = (
    ("state", "state", False, False),
    ("function", "function ran", False, False),
    ("message", "message in queue", False, False),
    ("call", "call", False, False),
    ("read", "lookup", False, False),
    ("call", "ended in an error", True, False),
    ("call", "compensation", False, True),
)
_MARKS = (
    ("effect", "effect", "D", palette.INK),
    ("fault", "fault", "X", palette.VERMILION),
    ("error", "error", "x", palette.VERMILION),
    ("parked", "dead-lettered", "s", palette.VERMILION),
)


DARK_FAILURE = "#A84A00"  # vermilion, dark enough for words


def mark_of(mark: Mark) -> dict[str, Any]:
    """Gives matplotlib's looks for a mark: its shape says what it is, as much as its colour."""
    shape, colour, edge = {
        "fault": ("X", palette.VERMILION, palette.PAPER),
        "error": ("x", palette.VERMILION, palette.VERMILION),
        "effect": ("D", palette.INK, palette.PAPER),
        "compensation": ("D", palette.PINK, palette.INK),
        "parked": ("s", palette.VERMILION, palette.PAPER),
    }[mark.look]
    size = 8.5 if mark.look == "fault" else 6.0
    return {"marker": shape, "color": colour, "markeredgecolor": edge, "markersize": size}


def key_of(rows: Iterable[Row]) -> list[Any]:
    """Gives a legend entry for each kind of bar and mark that these rows use."""
    from matplotlib.lines import Line2D

    rows = list(rows)
    bars = [bar for row in rows for bar in row.bars]
    marked = {mark.look for row in rows for mark in row.marks}
    tries = any(bar.number.isdigit() for bar in bars)
    entries: list[Any] = []
    for look, words, failed, compensation in _BARS:
        if any(_has(bar, look, failed, compensation) for bar in bars):
            sample = Bar(0, 1, look, failed=failed, compensation=compensation)  # type: ignore[arg-type]
            entries.append(patch(0, 0, 1, 1, sample, label=words))
    for look, words, marker, colour in _MARKS:
        if look in marked:
            entries.append(Line2D([], [], linestyle="none", marker=marker, color=colour, label=words, markersize=6))
    if tries:
        looks: dict[str, Any] = {"marker": "$2$", "color": palette.INK, "markersize": 6, "markeredgewidth": 0}
        entries.append(Line2D([], [], linestyle="none", label="number of the call", **looks))
    return entries


def _has(bar: Bar, look: str, failed: bool, compensation: bool) -> bool:
    if failed:
        return bar.failed
    if compensation:
        return bar.compensation
    return bar.look == look and not bar.compensation


def patch(x: float, y: float, width: float, height: float, bar: Bar, label: str = "") -> Any:
    """Makes a bar: errors have a vermilion edge and hatch, compensations a slanted pink one."""
    from matplotlib.patches import Rectangle

    face, edge, hatch = palette.tint(_COLOURS[bar.look], 0.75), _COLOURS[bar.look], ""
    if bar.compensation:
        face, edge, hatch = palette.tint(palette.PINK, 0.35), palette.PINK, "////"
    if bar.failed:
        face, edge, hatch = palette.tint(palette.VERMILION, 0.18), palette.VERMILION, hatch or "xxxx"
    return Rectangle(
        (x, y),
        width,
        height,
        facecolor=face,
        edgecolor=edge,
        hatch=hatch,
        linewidth=1.0,
        label=label,
        zorder=2,
    )
