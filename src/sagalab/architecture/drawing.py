"""A drawn architecture as data: nodes, arrows and what the drawing says of itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sagalab.errors import LearnerError

MOST_NODES, MOST_EDGES, MOST_LETTERS = 300, 1000, 300


class DrawingError(LearnerError):
    """A diagram cell that cannot be run, or that does what a drawing has no need to do."""


@dataclass(frozen=True)
class DrawnNode:
    """One node; `kind` comes from its icon's class, `clusters` are the boxes around it, outermost first."""

    id: str
    label: str
    kind: str
    icon: str = ""
    clusters: tuple[str, ...] = ()


@dataclass(frozen=True)
class DrawnEdge:
    """One arrow, from `source` to `target` as its head points; `headless` when it has no head."""

    source: str
    target: str
    label: str = ""
    style: str = ""
    color: str = ""
    headless: bool = False


@dataclass(frozen=True)
class DrawnGraph:
    """What one diagram cell draws; `name` and `alt` are its title and its alternative text.

    `dot` is the text that Graphviz draws, "" where it was not kept.
    """

    name: str = ""
    alt: str = ""
    nodes: tuple[DrawnNode, ...] = ()
    edges: tuple[DrawnEdge, ...] = ()
    clusters: tuple[str, ...] = ()
    dot: str = ""

    def node(self, id: str) -> DrawnNode:
        """Gives the node with that id."""
        return next(node for node in self.nodes if node.id == id)

    def to_json(self) -> dict[str, Any]:
        """Gives the drawing as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, row: object) -> DrawnGraph:
        """Rebuilds a drawing; raises `DrawingError` for what is none, or is too large to be one."""
        try:
            assert isinstance(row, dict)
            nodes = tuple(
                DrawnNode(
                    _text(one["id"]), _text(one["label"]), _text(one["kind"]), _text(one["icon"]),
                    tuple(_text(cluster) for cluster in one["clusters"]),
                )
                for one in row["nodes"][: MOST_NODES + 1]
            )  # fmt: skip
            edges = tuple(
                DrawnEdge(
                    _text(one["source"]), _text(one["target"]), _text(one["label"]), _text(one["style"]),
                    _text(one["color"]), bool(one["headless"]),
                )
                for one in row["edges"][: MOST_EDGES + 1]
            )  # fmt: skip
            clusters = tuple(_text(one) for one in row["clusters"][:MOST_NODES])
            alt, dot = str(row["alt"])[:2000], str(row["dot"])
            name = _text(row["name"])
        except (AssertionError, KeyError, TypeError) as error:
            raise DrawingError("the drawing came back damaged", do="run the cell again") from error
        if len(nodes) > MOST_NODES or len(edges) > MOST_EDGES:
            raise DrawingError(
                f"the drawing has more than {MOST_NODES} nodes or {MOST_EDGES} arrows",
                slip="a loop that draws again and again",
                do="draw each part of the architecture once",
            )
        known = {node.id for node in nodes}
        edges = tuple(edge for edge in edges if edge.source in known and edge.target in known)
        return cls(name, alt, nodes, edges, clusters, dot)


def _text(value: object) -> str:
    return str(value)[:MOST_LETTERS]
