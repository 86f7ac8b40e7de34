"""Retry policies on one axis: when each of them tries, beside the tries that a run really made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sagalab.history import History
from sagalab.pictures import palette
from sagalab.pictures.figures import figure_of, picture_of
from sagalab.pictures.picture import Picture
from sagalab.pictures.words import seconds

WIDTH, ROW = 800.0, 34.0  # points
LETTER = 5.6  # mean width of a letter at 9 points
QUIET = "#5B6570"
DEFAULTS = {"IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 2.0}  # of a retrier, as AWS has them
FEW = 8  # marks that are drawn one by one, however close
CLOSE = 7.0  # points between two marks, below which they run into each other
MOST = 1000  # tries of one policy that are worked out


class Tries(NamedTuple):
    """When something was tried, in seconds after the first try, and what it is called."""

    name: str
    at: tuple[float, ...]
    ran: bool = False


def tries_of(policy: Mapping[str, Any]) -> tuple[float, ...]:
    """Gives when a retrier tries, in seconds after the first try; jitter and the tries' own length left out."""
    row = {**DEFAULTS, **policy}
    at, wait, most = [0.0], float(row["IntervalSeconds"]), float(row.get("MaxDelaySeconds", float("inf")))
    for _ in range(min(int(row["MaxAttempts"]), MOST)):
        at.append(at[-1] + min(wait, most))
        wait = min(wait * float(row["BackoffRate"]), 1e9)
    return tuple(at)


def tries_in(history: History, order_id: str, call: str) -> tuple[float, ...]:
    """Gives when a participant was called for an order, in seconds after the first call."""
    at = [fact.at for fact in history.of("call", what=call, order_id=order_id)]
    return tuple(one - at[0] for one in at)


def retries(rows: Sequence[Tries], outage: float = 0.0) -> Picture:
    """Draws one row of tries for each policy or run; `outage` seconds are shaded from the first try on."""
    end = max([outage * 1.35, *(min(row.at[-1], max(outage * 2, 60.0)) for row in rows if row.at), 1.0])
    unit, name = (60.0, "minutes") if end >= 180 else (1.0, "seconds")
    head, foot = 58.0, 52.0
    whole = head + ROW * len(rows) + foot
    left = 24 + LETTER * 1.15 * max((len(row.name) for row in rows), default=8)
    said = [_in_words(row, outage) for row in rows]
    side = 24 + LETTER * max((len(words) for words in said), default=0)
    figure = figure_of(WIDTH, whole)
    box = (left / WIDTH, foot / whole, (WIDTH - left - side) / WIDTH, ROW * len(rows) / whole)
    axes = figure.add_axes(box)
    axes.set_xlim(-0.01 * end / unit, end / unit)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks([])
    for edge in ("left", "right", "top"):
        axes.spines[edge].set_visible(False)
    axes.spines["bottom"].set_color(palette.GREY)
    axes.tick_params(axis="x", colors=palette.INK, labelsize=9, length=3)
    axes.set_xlabel(f"{name} since the first try", fontsize=9, color=palette.INK)
    if outage:
        shade = palette.tint(palette.VERMILION, 0.12)
        axes.axvspan(0, outage / unit, facecolor=shade, edgecolor="none", zorder=0)
        axes.axvline(outage / unit, color=palette.VERMILION, linewidth=1.0, linestyle="--", zorder=1)
        words = f"outage, {seconds(outage)}"
        axes.text(outage / unit, -0.56, words, fontsize=8.5, color="#A84A00", ha="right", va="bottom")
    for number, (row, words) in enumerate(zip(rows, said, strict=True)):
        _row(axes, number, row, words, (outage, end, unit), (left - 12) / (WIDTH - left - side))
    figure.text(
        12 / WIDTH, 1 - 20 / whole, "Tries over time", fontsize=12, weight="bold", color=palette.INK, va="center"
    )
    under = "circle: in vain   ·   square: after the outage   ·   filled: from the run, open: from the policy"
    if any(_crowded(row, axes, (end, unit)) for row in rows):
        under += "   ·   bar: too many to tell apart"
    figure.text(12 / WIDTH, 10 / whole, under, fontsize=8.5, color=QUIET, va="center")
    until = f" under an outage of {seconds(outage)}" if outage else ""
    alt = [f"{row.name}: {words}." for row, words in zip(rows, said, strict=True)]
    return picture_of(figure, " ".join([f"Tries over time{until}.", *alt]))


def _row(axes: Any, number: int, row: Tries, words: str, times: tuple[float, float, float], left: float) -> None:
    outage, end, unit = times
    place = axes.get_yaxis_transform()
    axes.axhline(number + 0.5, color=palette.GREY, linewidth=0.5, alpha=0.8, zorder=0)
    axes.text(-left, number, row.name, transform=place, fontsize=9, color=palette.INK, va="center")
    axes.text(1 + 10 / WIDTH, number, words, transform=place, fontsize=9, color=palette.INK, va="center")
    for marker, colour, kept in (
        ("o", palette.VERMILION, [at for at in row.at if outage and at < outage]),
        ("s", palette.BLUE, [at for at in row.at if at >= outage]),
    ):
        shown = [at / unit for at in kept if at <= end]
        face = colour if row.ran else palette.PAPER
        if len(shown) > 1 and _crowded(Tries(row.name, tuple(kept)), axes, (end, unit)):
            box = {"height": 0.24, "edgecolor": colour, "facecolor": face}
            axes.barh(number, shown[-1] - shown[0], left=shown[0], linewidth=1.2, zorder=2, **box)
            shown = [shown[0], shown[-1]]
        axes.plot(
            shown, [number] * len(shown), linestyle="none", marker=marker, markersize=6, markeredgecolor=colour,
            markerfacecolor=face, markeredgewidth=1.2, zorder=3,
        )  # fmt: skip


def _crowded(row: Tries, axes: Any, times: tuple[float, float]) -> bool:
    """Says whether a row's marks would run into each other nearly everywhere."""
    end, unit = times
    shown = [at / unit for at in row.at if at <= end]
    if len(shown) < FEW:
        return False
    wide = axes.get_position().width * WIDTH / (axes.get_xlim()[1] - axes.get_xlim()[0])  # points for each unit
    return bool((shown[-1] - shown[0]) / (len(shown) - 1) * wide < CLOSE)


def _in_words(row: Tries, outage: float) -> str:
    if not row.at:
        return "never tried"
    count = f"{len(row.at)} tries" if len(row.at) != 1 else "1 try"
    last = row.at[-1]
    if not outage:
        return f"{count}, the last after {seconds(last)}"
    return f"{count} in {seconds(last)}: {'outlasts it' if last >= outage else 'gives up before'}"
