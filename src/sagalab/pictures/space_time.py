"""The space-time picture: a lane for each component, time running down, an arrow for each message."""

from __future__ import annotations

from dataclasses import replace
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
WIDEST, NARROWEST, ALL_LANES = 118.0, 54.0, 820.0  # of one lane, and of all together
ROOMY = 70.0  # a lane in which names have their usual size
LETTER = 5.4  # mean width of a letter of a note
BOLD = 1.15  # how much wider bold letters are
LEAST = 420.0  # width that the heading and the notes need
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

    Without `order_id` it draws the order that came last, and names the others. Lookups are left out.
    """
    orders = history.orders()
    if order_id is None and orders:
        order_id = orders[-1]
    heading = f"Messages of order {order_id}" if order_id else "Messages"
    messages = messages_of(history, order_id)
    if not messages:
        return nothing(heading)
    others = [order for order in orders if order != order_id]
    origin = 0.0 if messages[0].at < 0.05 * messages[-1].at else messages[0].at
    notes = [_left_out(max(0, len(messages) - MOST_STEPS)), _counted_from(origin), _choice(others)]
    messages = [replace(message, at=message.at - origin) for message in messages[:MOST_STEPS]]
    lanes = lanes_of(messages)
    lane = min(WIDEST, max(NARROWEST, ALL_LANES / len(lanes)))
    places = {name: LEFT + lane * (number + 0.5) for number, name in enumerate(lanes)}
    width = max(LEFT + lane * len(lanes) + 14, LEAST)
    height = HEAD + STEP * len(messages) + 28
    figure = figure_of(width, height)
    axes: Axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    axes.text(14, 18, heading, fontsize=12, weight="bold", color=palette.INK, va="center")
    _lanes(axes, places, height - 8, narrow=lane < ROOMY)
    for number, message in enumerate(messages):
        _step(axes, message, places, HEAD + STEP * (number + 0.5), lane, width)
    words = " ".join(filter(None, notes))
    axes.text(14, height - 10, words, fontsize=8.5, color=palette.INK, va="center")
    return picture_of(figure, " ".join(filter(None, [_words(heading, messages), *notes])))


def _counted_from(origin: float) -> str:
    return f"Times count from its start, at {seconds(origin)} of virtual time." if origin else ""


def _left_out(count: int) -> str:
    if not count:
        return ""
    return f"{count} later {'message is' if count == 1 else 'messages are'} left out."


def _choice(others: list[str]) -> str:
    if not others:
        return ""
    return f"Other orders: {listed(others, 6)}; see one with lab.space_time({others[0]!r})."


def _lanes(axes: Axes, places: dict[str, float], height: float, *, narrow: bool) -> None:
    pad, size, letters = (0.2, 8, 8) if narrow else (0.35, 9, 11)
    for lane, x in places.items():
        axes.plot([x, x], [HEAD - 14, height - 18], color=palette.GREY, linewidth=1, zorder=0)
        box: dict[str, Any] = {"boxstyle": f"round,pad={pad}", "fc": palette.PALE, "ec": palette.GREY}
        words = _folded(lane, letters)
        axes.text(x, HEAD - 32, words, fontsize=size, color=palette.INK, ha="center", va="center", bbox=box)


def _folded(name: str, letters: int) -> str:
    """Breaks a name that is longer than so many letters at a dash or space near its middle."""
    if len(name) <= letters:
        return name
    breaks = [at for at, letter in enumerate(name) if letter in " -_"]
    if not breaks:
        return name
    at = min(breaks, key=lambda place: abs(place - len(name) // 2))
    return f"{name[: at + 1].rstrip()}\n{name[at + 1 :]}"


def _step(axes: Axes, message: Message, places: dict[str, float], y: float, lane: float, width: float) -> None:
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
        note = message.note if message.looks not in ("failed",) else f"✕ {message.note}"
        long = len(note) * LETTER * BOLD
        beyond = end + 6 + long > width if toward > 0 else end - 6 - long < 0
        looks: dict[str, Any] = {"fontsize": 8.5, "color": colour, "va": "center", "weight": "bold", "bbox": paper}
        if beyond:  # where there is no room beyond the target, the words stand below their arrow
            axes.text(end - toward * 6, y + 9, note, ha="right" if toward > 0 else "left", **looks)
        else:
            axes.text(end + toward * 6, y, note, ha="left" if toward > 0 else "right", **looks)


def _words(heading: str, messages: list[Message]) -> str:
    steps = [
        f"{message.source} to {message.target}: {message.label or 'message'}"
        f"{f' ({message.note})' if message.note else ''}"
        for message in messages
    ]
    return f"{heading}, from {seconds(messages[0].at)} to {seconds(messages[-1].at)}. {listed(steps, 40)}."
