"""Draws the diagram that a `%%diagram` cell describes, for the learner to look at while they work.

The cell runs in the learner's own process, under the same rules as before the judge: it may import
`diagrams` and nothing else. Judging reads the structure in a child (`sagalab.architecture`).
"""

from __future__ import annotations

from sagalab.architecture import NothingDrawn, drawn
from sagalab.pictures import dot
from sagalab.pictures.picture import Picture

# Where a learner left the package's own settings, ones that place labels beside their arrows.
LOOK = {
    "pad=2.0": "pad=0.3",
    "splines=ortho": "splines=spline",
    "nodesep=0.60": "nodesep=0.35",
    "ranksep=0.75": "ranksep=1.4",
}


def drawn_picture(source: str) -> Picture | None:
    """Draws the diagram of a cell; None when the cell draws none. Raises LearnerError in words."""
    try:
        graph = drawn(source)
    except NothingDrawn:
        return None
    head, inside, rest = graph.dot.partition("\n\tnode [")
    for usual, better in LOOK.items():
        head = head.replace(usual, better)
    text = head + inside + rest
    alt = graph.alt or f"Architecture diagram: {graph.name}."
    return Picture(lambda: dot.draw(text, "svg").decode(), alt, lambda: dot.draw(text, "png"))
