"""Labels of arrows beside their arrows: Graphviz lays them on lines, on other words and on borders.

Reads a graph that Graphviz has laid out (its own DOT output, with positions in points), and gives
the same text in which every arrow's label has a place where nothing crosses it, if there is one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sagalab.pictures.lettering import width

GAP = 3.0  # points between a label and anything else
ROUNDS = 4  # of placing every label
STEPS = 24  # places tried along an arrow
LINE_HEIGHT = 1.2

_STRING = r'"(?:[^"\\]|\\.)*"'
_STATEMENT = re.compile(
    rf"(?P<head>(?:{_STRING}|[\w.:]+)(?:\s*->\s*(?:{_STRING}|[\w.:]+))?)\s*"
    rf"\[(?P<looks>(?:{_STRING}|<(?:[^<>]|<[^<>]*>)*>|[^\]\"<])*)\]",
    re.DOTALL,
)
_LOOK = re.compile(rf"(\w+)=({_STRING}|<(?:[^<>]|<[^<>]*>)*>|[^\s,\]]+)", re.DOTALL)
_PAIR = re.compile(r"(-?[\d.]+(?:e-?\d+)?),(-?[\d.]+(?:e-?\d+)?)")

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle in points."""

    left: float
    low: float
    right: float
    high: float

    @classmethod
    def around(cls, middle: Point, wide: float, high: float) -> Box:
        """Gives the box of this size around a point."""
        x, y = middle
        return cls(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)

    def shared(self, other: Box) -> float:
        """Gives the area that two boxes share."""
        across = min(self.right, other.right) - max(self.left, other.left)
        up = min(self.high, other.high) - max(self.low, other.low)
        return across * up if across > 0 and up > 0 else 0.0

    def holds(self, point: Point) -> bool:
        """Says whether a point lies inside."""
        return self.left < point[0] < self.right and self.low < point[1] < self.high


@dataclass
class Arrow:
    """One arrow: its line as points, its label's size and place, and where the statement stands."""

    line: list[Point]
    size: Point
    place: Point | None
    span: tuple[int, int]


@dataclass
class Layout:
    """What stands where: arrows, boxes that hold things, words, and borders as points."""

    arrows: list[Arrow] = field(default_factory=list)
    taken: list[Box] = field(default_factory=list)
    borders: list[Point] = field(default_factory=list)
    whole: Box | None = None


def beside(laid_out: str) -> str:
    """Moves the labels of arrows to free places; the rest of the text stays as it is."""
    laid_out = laid_out.replace("\\\n", "")
    layout = read(laid_out)
    labelled = [arrow for arrow in layout.arrows if arrow.place is not None and len(arrow.line) > 1]
    places: dict[tuple[int, int], Point] = {}
    # the first round takes labels as they come, the widest first; in later ones each knows where all the others stand
    for _ in range(ROUNDS):
        before = dict(places)
        for arrow in sorted(labelled, key=lambda one: -one.size[0]):
            others = (one for one in labelled if one.span != arrow.span and one.span in places)
            placed = [Box.around(places[one.span], *one.size) for one in others]
            places[arrow.span] = _best(arrow, layout, placed)
        if places == before:
            break
    for (start, end), (x, y) in sorted(places.items(), reverse=True):
        moved = re.sub(r'\blp="[^"]*"', f'lp="{x:.2f},{y:.2f}"', laid_out[start:end], count=1)
        laid_out = laid_out[:start] + moved + laid_out[end:]
    return laid_out


def read(laid_out: str) -> Layout:
    """Reads nodes, arrows, clusters and their labels out of Graphviz's own output."""
    layout, usual = Layout(), dict[str, dict[str, str]]()
    for match in _STATEMENT.finditer(laid_out):
        head, looks = match["head"], {name: _plain(text) for name, text in _LOOK.findall(match["looks"])}
        if head in ("node", "edge"):
            usual.setdefault(head, looks)
        elif head == "graph":
            _frame(layout, looks)
        elif "->" in head:
            looks = usual.get("edge", {}) | looks
            size = _size(looks.get("label", ""), float(looks.get("fontsize", 14)))
            place = next(iter(_pairs(looks.get("lp", ""))), None)
            layout.arrows.append(Arrow(list(_curve(looks.get("pos", ""))), size, place, match.span()))
        else:
            layout.taken += _node(usual.get("node", {}) | looks)
    return layout


def _plain(text: str) -> str:
    return text[1:-1].replace('\\"', '"') if text.startswith('"') else text


def _pairs(text: str) -> list[Point]:
    return [(float(x), float(y)) for x, y in _PAIR.findall(text)]


def _size(words: str, size: float) -> Point:
    """Gives the width and height of a label, "" taking no room."""
    lines = [line for line in re.split(r"\\[nlr]|\n", words) if line.strip()]
    wide = max((width(line, size) or size * 0.6 * len(line) for line in lines), default=0.0)
    return wide, len(lines) * size * LINE_HEIGHT


def _node(looks: dict[str, str]) -> list[Box]:
    middle = next(iter(_pairs(looks.get("pos", ""))), None)
    if middle is None:
        return []
    wide, high = float(looks.get("width", 0.75)) * 72, float(looks.get("height", 0.5)) * 72
    words, tall = _size(looks.get("label", "").replace("<", " "), float(looks.get("fontsize", 14)))
    boxes = [Box.around(middle, wide, high)]
    if looks.get("labelloc") == "b" and words > wide:  # words under an icon may be wider than their node
        boxes.append(Box.around((middle[0], middle[1] - high / 2 + tall / 2), words, tall))
    return boxes


def _frame(layout: Layout, looks: dict[str, str]) -> None:
    """Takes in a graph or cluster: the border of a cluster, and its title."""
    corners = _pairs(looks.get("bb", ""))
    if len(corners) == 2:
        (left, low), (right, high) = corners
        if layout.whole is None:
            layout.whole = Box(left, low, right, high)
        else:
            across = [left + (right - left) * step / 60 for step in range(61)]
            up = [low + (high - low) * step / 60 for step in range(61)]
            layout.borders += [(x, y) for x in across for y in (low, high)]
            layout.borders += [(x, y) for y in up for x in (left, right)]
    for place in _pairs(looks.get("lp", "")):
        layout.taken.append(Box.around(place, *_size(looks.get("label", ""), float(looks.get("fontsize", 14)))))


def _curve(text: str) -> Iterator[Point]:
    """Gives points along an arrow, about four points of length apart, its heads included."""
    for spline in text.split(";"):
        heads = {mark: _pairs(found)[0] for mark, found in re.findall(r"([se]),(\S+)", spline)}
        points = _pairs(re.sub(r"[se],\S+", "", spline))
        if "s" in heads:
            yield heads["s"]
        for at in range(0, len(points) - 3, 3):
            yield from _bezier(points[at : at + 4])
        if "e" in heads:
            yield heads["e"]


def _bezier(corners: list[Point]) -> Iterator[Point]:
    length = sum(math.dist(one, other) for one, other in zip(corners, corners[1:], strict=False))
    steps = max(2, int(length / 4))
    for step in range(steps + 1):
        t = step / steps
        shares = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        yield (
            sum(share * corner[0] for share, corner in zip(shares, corners, strict=True)),
            sum(share * corner[1] for share, corner in zip(shares, corners, strict=True)),
        )


def _best(arrow: Arrow, layout: Layout, placed: list[Box]) -> Point:
    """Gives the best place for a label; looks only at what the label can reach."""
    wide, high = (length + 12 * GAP for length in arrow.size)
    across, up = zip(*arrow.line, strict=True)
    reach = Box(min(across) - wide, min(up) - high, max(across) + wide, max(up) + high)
    others = [point for other in layout.arrows if other is not arrow for point in other.line if reach.holds(point)]
    borders = [point for point in layout.borders if reach.holds(point)]
    taken = [box for box in layout.taken if box.shared(reach)]
    costs = {place: _cost(place, arrow, others, borders, taken, placed, layout.whole) for place in _places(arrow)}
    return min(costs, key=lambda place: costs[place])


def _places(arrow: Arrow) -> Iterator[Point]:
    """Gives places beside the arrow, on both sides of it."""
    wide, high = arrow.size
    for step in range(2, STEPS - 1):
        at = int(step / STEPS * (len(arrow.line) - 1))
        (x, y), before, after = arrow.line[at], arrow.line[max(0, at - 2)], arrow.line[min(at + 2, len(arrow.line) - 1)]
        length = math.dist(before, after) or 1.0
        across, up = -(after[1] - before[1]) / length, (after[0] - before[0]) / length
        away = abs(across) * wide / 2 + abs(up) * high / 2 + GAP
        for side in (away, -away, away + 2 * GAP, -away - 2 * GAP):
            yield x + across * side, y + up * side


def _cost(
    place: Point,
    arrow: Arrow,
    others: list[Point],
    borders: list[Point],
    taken: list[Box],
    placed: list[Box],
    whole: Box | None,
) -> float:
    """Says how bad a place is: crossed words count most, then the way from the middle of the arrow."""
    wide, high = arrow.size
    box = Box.around(place, wide + GAP, high + GAP / 2)
    struck = sum(map(box.holds, arrow.line)) + sum(map(box.holds, others)) + sum(map(box.holds, borders))
    apart = Box.around(place, wide + 6 * GAP, high + 4 * GAP)  # two labels must not read as one
    covered = sum(map(box.shared, taken)) + sum(map(apart.shared, placed))
    outside = 0.0 if whole is None else wide * high - Box.around(place, wide, high).shared(whole)
    near = Box.around(place, wide + 5 * GAP, high + 5 * GAP)  # there a label would seem to be another arrow's
    far = math.dist(place, arrow.line[len(arrow.line) // 2]) / 10
    return 40 * struck + covered + outside + far + 1.5 * sum(map(near.holds, others))
