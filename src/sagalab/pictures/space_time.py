"""The space-time picture: a lane for each component, time running down, an arrow for each message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sagalab.history import History
from sagalab.pictures import palette
from sagalab.pictures.figures import figure_of, nothing, picture_of
from sagalab.pictures.messages import Message, lanes_of, messages_of
from sagalab.pictures.picture import Picture
from sagalab.pictures.words import listed, seconds

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEP, LEFT, HEAD = 27.0, 66.0, 78.0  # points
WIDEST, NARROWEST, ALL_LANES = 118.0, 82.0, 900.0  # of one lane, and of all together
LETTER = 5.4  # mean width of a letter of a note
MOST_STEPS = 60
_LOOKS = {
    "message": ("#007355", "-"),
    "call": ("#8A5F00", "-"),
    "compensation": ("#9C4A7D", "--"),
    "failed": ("#A84A00", "-"),
    "parked": ("#A84A00", "--"),
}


def space_time(history: History, order_id: str | None = None) -> Picture:
    """Draws who sent what to whom, in order, with what came of it. Steps are evenly spaced.

    `order_id` keeps one order's facts. Lookups are left out.
    """
    heading = f"Messages of order {order_id}" if order_id else "Messages"
    messages = messages_of(history, order_id)
    if not messages:
        return nothing(heading)
    left_out = max(0, len(messages) - MOST_STEPS)
    messages = messages[:MOST_STEPS]
    lanes = lanes_of(messages)
    lane = min(WIDEST, max(NARROWEST, ALL_LANES / len(lanes)))
    places = {name: LEFT + lane * (number + 0.5) for number, name in enumerate(lanes)}
    notes = [places[message.target] + len(message.note) * LETTER + 36 for message in messages if message.note]
    width = max([LEFT + lane * len(lanes) + 14, *notes])
    height = HEAD + STEP * len(messages) + 24
    figure = figure_of(width, height)
    axes: Axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    axes.text(14, 18, heading, fontsize=12, weight="bold", color=palette.INK, va="center")
    _lanes(axes, places, height)
    for number, message in enumerate(messages):
        _step(axes, message, places, HEAD + STEP * (number + 0.5), lane)
    if left_out:
        axes.text(14, height - 10, f"{left_out} later messages left out", fontsize=8.5, color=palette.INK)
    return picture_of(figure, _words(heading, messages, left_out))


def _lanes(axes: Axes, places: dict[str, float], height: float) -> None:
    for lane, x in places.items():
        axes.plot([x, x], [HEAD - 14, height - 18], color=palette.GREY, linewidth=1, zorder=0)
        box: dict[str, Any] = {"boxstyle": "round,pad=0.35", "fc": palette.PALE, "ec": palette.GREY}
        words = _folded(lane)
        axes.text(x, HEAD - 32, words, fontsize=9, color=palette.INK, ha="center", va="center", bbox=box)


def _folded(name: str) -> str:
    """Breaks a long name at a dash or space near its middle."""
    if len(name) <= 13:
        return name
    breaks = [at for at, letter in enumerate(name) if letter in " -_"]
    if not breaks:
        return name
    at = min(breaks, key=lambda place: abs(place - len(name) // 2))
    return f"{name[: at + 1].rstrip()}\n{name[at + 1 :]}"


def _step(axes: Axes, message: Message, places: dict[str, float], y: float, lane: float) -> None:
    colour, line = _LOOKS[message.looks]
    start, end = places[message.source], places[message.target]
    axes.text(LEFT - 14, y, seconds(message.at), fontsize=8.5, color="#5B6570", ha="right", va="center")
    axes.annotate(
        "",
        xy=(end, y),
        xytext=(start, y),
        arrowprops={
            "arrowstyle": "-|>",
            "color": colour,
            "linestyle": line,
            "linewidth": 1.5,
            "shrinkA": 0,
            "shrinkB": 0,
        },
    )
    # words stand over their arrow, at the side of the target, on paper that hides the lanes behind them
    toward = 1 if end > start else -1
    paper: dict[str, Any] = {"boxstyle": "round,pad=0.08", "fc": palette.PAPER, "ec": "none", "alpha": 0.85}
    middle = end - toward * lane / 2
    axes.text(middle, y - 7, message.label, fontsize=8.5, color=colour, ha="center", va="center", bbox=paper)
    if message.note:
        align = "left" if toward > 0 else "right"
        note = message.note if message.looks not in ("failed",) else f"✕ {message.note}"
        axes.text(
            end + toward * 6,
            y,
            note,
            fontsize=8.5,
            color=colour,
            ha=align,
            va="center",
            weight="bold",
            bbox=paper,
        )


def _words(heading: str, messages: list[Message], left_out: int) -> str:
    steps = [
        f"{message.source} to {message.target}: {message.label or 'message'}"
        f"{f' ({message.note})' if message.note else ''}"
        for message in messages
    ]
    more = f" {left_out} later messages are left out." if left_out else ""
    return f"{heading}, from {seconds(messages[0].at)} to {seconds(messages[-1].at)}. {listed(steps, 40)}.{more}"
