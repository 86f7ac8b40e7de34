"""Runs diagram code and writes down what it draws, without rendering anything.

DOT text has no kind of node, only the path of an icon. So this module listens at the places where the
`diagrams` package makes diagrams, nodes, clusters and arrows. It runs in the learner's process for a
look, and in a child of its own for judgement (`sagalab.architecture.child`).
"""

from __future__ import annotations

import builtins
import io
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

from sagalab.architecture.drawing import (
    MAGIC,
    MOST_EDGES,
    MOST_NODES,
    DrawingError,
    DrawnEdge,
    DrawnGraph,
    DrawnNode,
    NothingDrawn,
    alternative_text,
    kind_of_icon,
)

CELL = "<diagram>"
MOST_PRINTED = 64 * 1024


def drawn(source: str) -> DrawnGraph:
    """Runs a diagram cell in this process and gives what it draws.

    Raises `DrawingError` with the line and the likely slip when the code fails.
    """
    code = _compiled(MAGIC.sub(r"\1", source, count=1))
    recorder = Recorder()
    printed = _Printed()
    scope = {"__name__": CELL, "__builtins__": _builtins()}
    with recorder.listening(), redirect_stdout(printed):
        try:
            exec(code, scope)
        except DrawingError:
            raise
        except NotImplementedError:
            raise NothingDrawn("the cell is not written yet", do="draw your architecture in it") from None
        except MemoryError:
            raise DrawingError(
                "the drawing needs too much memory",
                slip="a list or text that grows and grows",
                do="draw less",
            ) from None
        except (Exception, SystemExit) as error:
            raise _explained(error) from None
    return recorder.graph(alternative_text(source))


class Recorder:
    """What has been drawn so far."""

    def __init__(self) -> None:
        self.diagrams: list[Any] = []
        self.nodes: dict[str, DrawnNode] = {}
        self.edges: list[DrawnEdge] = []
        self.clusters: list[str] = []

    def graph(self, alt: str) -> DrawnGraph:
        """Gives the drawing, its nodes numbered in the order in which they were drawn."""
        if not self.diagrams:
            raise NothingDrawn(
                "the cell draws no Diagram",
                slip="the code stands outside of a `with Diagram(...)` block",
                do='start with `from diagrams import Diagram` and `with Diagram("Order saga"):`',
            )
        ids = {old: f"n{number}" for number, old in enumerate(self.nodes, 1)}
        return DrawnGraph(
            name=next((diagram.name for diagram in self.diagrams if diagram.name), ""),
            alt=alt,
            nodes=tuple(
                DrawnNode(ids[node.id], node.label, node.kind, node.icon, node.clusters) for node in self.nodes.values()
            ),
            edges=tuple(
                DrawnEdge(ids[one.source], ids[one.target], one.label, one.style, one.color, one.headless)
                for one in self.edges
            ),
            clusters=tuple(dict.fromkeys(self.clusters)),
            dot=self.diagrams[-1].dot.source,
        )

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listens to the `diagrams` package, and leaves it as it was."""
        import diagrams

        heard: list[tuple[type, str, Any]] = [
            (diagrams.Diagram, "__init__", self._diagram(diagrams.Diagram.__init__)),
            (diagrams.Diagram, "render", lambda diagram: None),
            (diagrams.Diagram, "__exit__", lambda diagram, *error: diagrams.setdiagram(None)),
            (diagrams.Diagram, "connect", self._connect(diagrams.Diagram.connect)),
            (diagrams.Cluster, "__init__", self._cluster(diagrams.Cluster.__init__)),
            (diagrams.Node, "__init__", self._node(diagrams.Node.__init__)),
        ]
        before = [(owner, name, owner.__dict__[name]) for owner, name, _ in heard]
        for owner, name, wrapper in heard:
            setattr(owner, name, wrapper)
        try:
            yield
        finally:
            for owner, name, original in before:
                setattr(owner, name, original)
            diagrams.setdiagram(None)
            diagrams.setcluster(None)

    def _diagram(self, original: Callable[..., None]) -> Callable[..., None]:
        def init(diagram: Any, *given: Any, **named: Any) -> None:
            original(diagram, *given, **named)
            self.diagrams.append(diagram)

        return init

    def _cluster(self, original: Callable[..., None]) -> Callable[..., None]:
        def init(cluster: Any, *given: Any, **named: Any) -> None:
            original(cluster, *given, **named)
            self.clusters.append(str(cluster.label))

        return init

    def _node(self, original: Callable[..., None]) -> Callable[..., None]:
        def init(node: Any, label: str = "", *given: Any, **named: Any) -> None:
            original(node, str(label), *given, **named)
            boxes, cluster = [], node._cluster
            while cluster is not None:
                boxes.append(str(cluster.label))
                cluster = cluster._parent
            icon = type(node).__name__
            kind = kind_of_icon(str(node._provider), icon)
            self.nodes[node.nodeid] = DrawnNode(node.nodeid, str(node.label), kind, icon, tuple(reversed(boxes)))
            _not_more(self.nodes, MOST_NODES, "nodes")

        return init

    def _connect(self, original: Callable[..., None]) -> Callable[..., None]:
        def connect(diagram: Any, node: Any, other: Any, edge: Any) -> None:
            original(diagram, node, other, edge)
            looks = edge.attrs
            label = next(
                (str(looks[name]) for name in ("label", "xlabel", "headlabel", "taillabel") if name in looks),
                "",
            )
            style, color = str(looks.get("style", "")), str(looks.get("color", ""))
            direction = looks.get("dir", "none")
            if direction in ("forward", "both", "none"):
                headless = direction == "none"
                self.edges.append(DrawnEdge(node.nodeid, other.nodeid, label, style, color, headless))
            if direction in ("back", "both"):
                self.edges.append(DrawnEdge(other.nodeid, node.nodeid, label, style, color))
            _not_more(self.edges, MOST_EDGES, "arrows")

        return connect


def _not_more(things: Any, most: int, name: str) -> None:
    if len(things) > most:
        raise DrawingError(
            f"the drawing has more than {most} {name}",
            slip="a loop that draws again and again",
            do="draw each part of the architecture once",
        )


class _Printed(io.TextIOBase):
    """Takes what the cell prints, up to a limit."""

    def __init__(self) -> None:
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.size += len(text)
        if self.size > MOST_PRINTED:
            raise DrawingError(
                f"the cell prints more than {MOST_PRINTED // 1024} KB",
                slip="a print inside a loop",
                do="take the print out: a diagram cell only draws",
            )
        return len(text)


def _builtins() -> dict[str, Any]:
    """Gives the built-in names without the ones that reach out of the drawing."""
    names = dict(vars(builtins))
    for name in ("open", "input", "breakpoint", "exit", "quit", "help"):
        names[name] = _forbidden(name)
    names["__import__"] = _import
    return names


def _forbidden(name: str) -> Callable[..., Any]:
    def refuse(*given: Any, **named: Any) -> Any:
        what = "opens a file" if name == "open" else f"calls {name}()"
        raise DrawingError(
            f"the cell {what}",
            where=f"line {_line_now()}",
            slip="a diagram cell only draws",
            do="take that line out",
        )

    return refuse


def _import(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
    """Lets the cell import `diagrams`; what that package itself imports does not pass here."""
    if level or name.split(".")[0] not in ("diagrams", "__future__"):
        raise DrawingError(
            f"the cell imports {name!r}",
            where=f"line {_line_now()}",
            slip="in a diagram cell only the package `diagrams` can be imported",
            do="draw with `diagrams` alone",
        )
    return __import__(name, globals, locals, fromlist, level)


def _line_now() -> int:
    frame: Any = sys._getframe()
    while frame is not None and frame.f_code.co_filename != CELL:
        frame = frame.f_back
    return frame.f_lineno if frame is not None else 0


def _compiled(source: str) -> Any:
    try:
        return compile(source, CELL, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise DrawingError(
            f"the code is not Python: {getattr(error, 'msg', error)}",
            where=f"line {line}" if line else "",
            slip="a bracket, a quote or a colon is missing, or a line is indented wrongly",
            do="look at that line and the one before it",
        ) from None


_SLIPS = (
    (ImportError, "a name of the `diagrams` package that does not exist",
     "look at the names in the lesson: StepFunctions, Lambda, Eventbridge, SQS, SNS"),
    (NameError, "a node is used before it is drawn, or its name is misspelt", "draw the node first"),
    (OSError, "a node or cluster stands outside of a `with Diagram(...)` block",
     "indent it under the diagram"),
    (TypeError, "an arrow needs a node on both sides; two lists cannot be joined by one arrow",
     "write node >> node, node >> [node, node], or node >> Edge(label=...) >> node"),
)  # fmt: skip


def _explained(error: BaseException) -> DrawingError:
    walked = traceback.walk_tb(error.__traceback__)  # reads no source, as the ready-made stack summary would
    lines = [line for frame, line in walked if frame.f_code.co_filename == CELL]
    slip, do = "", "correct that line and run the cell again"
    for kind, likely, remedy in _SLIPS:
        if isinstance(error, kind):
            slip, do = likely, remedy
            break
    words = re.sub(r" \(/[^)]*\)$", "", str(error))  # an ImportError ends in a path of this machine
    return DrawingError(
        f"{type(error).__name__}: {words}"[:500], where=f"line {lines[-1]}" if lines else "", slip=slip, do=do
    )
