"""A drawn architecture as data: nodes, arrows and what the drawing says of itself."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

from sagalab.errors import LearnerError

MOST_NODES, MOST_EDGES, MOST_LETTERS = 300, 1000, 300
MAGIC = re.compile(r"\A(\s*)%%diagram[^\n]*")
_MAGIC_ALT = re.compile(r"""\balt\s*=\s*(["'])(.*?)\1""")
_ALT_LINE = re.compile(r"^\s*#\s*alt\s*:\s*(.*)$", re.IGNORECASE)
_COMMENT = re.compile(r"^\s*#+\s?(.*)$")
_ICON_KINDS = (  # a word in the icon's class name -> the kind of node
    ("StepFunctions", "state_machine"),
    ("ExpressWorkflows", "state_machine"),
    ("Lambda", "function"),
    ("EventbridgeRule", "rule"),
    ("EventBus", "bus"),
    ("EventbridgeEvent", "event"),
    ("EventResource", "event"),
    ("EventbridgeScheduler", "outside"),
    ("EventbridgePipes", "outside"),
    ("EventbridgeSchema", "outside"),
    ("Eventbridge", "bus"),
    ("Sqs", "queue"),
    ("Sns", "topic"),
    ("Dynamodb", "table"),
)


class DrawingError(LearnerError):
    """A diagram cell that cannot be run, or that does what a drawing has no need to do."""


class NothingDrawn(DrawingError):
    """A diagram cell that draws nothing yet."""


class TooEarly(DrawingError):
    """A drawing of an approach that does not work yet: it is not looked at."""


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


def kind_of_icon(provider: str, name: str) -> str:
    """Gives the kind of node that an icon of the `diagrams` package stands for.

    Icons that stand for nothing which the course deploys are `outside`: people, shops, databases, clouds.
    """
    if provider != "aws":
        return "outside"
    name = {"SF": "StepFunctions", "SQS": "Sqs", "SNS": "Sns", "DDB": "Dynamodb"}.get(name, name)
    return next((kind for word, kind in _ICON_KINDS if word in name), "outside")


def alternative_text(source: str) -> str:
    """Gives the alternative text: of a comment `# alt: ...`, which may run on, or of the magic line."""
    lines = source.splitlines()
    for place, line in enumerate(lines):
        if match := _ALT_LINE.match(line):
            words = [match[1]]
            for following in lines[place + 1 :]:
                more = _COMMENT.match(following)
                if more is None or not more[1].strip() or following.lstrip().startswith("###"):
                    break
                words.append(more[1].strip())
            return " ".join(words).strip()
    magic = MAGIC.match(source)
    found = _MAGIC_ALT.search(magic[0]) if magic else None
    return found[2].strip() if found else ""
