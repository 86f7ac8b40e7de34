"""A drawing held against what is deployed: what agrees, what differs, in the learner's words.

Layout, boxes, repeated nodes and other words for the same thing never matter. What happens outside of
the cloud (customers, participants, the code that starts an order) may be drawn or not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import networkx as nx

from sagalab.architecture.drawing import DrawnEdge, DrawnGraph
from sagalab.architecture.graph import CHANNELS, DeployedEdge, DeployedGraph
from sagalab.architecture.matching import Match, match_nodes
from sagalab.architecture.names import mentioned, same, words_of

Kind = Literal["missing", "extra", "reversed", "mislabelled", "wrong-kind", "headless"]
HALF = 0.5  # what a thing is worth that is there, but drawn with a slip


@dataclass(frozen=True)
class Difference:
    """One thing that differs, in a sentence."""

    kind: Kind
    words: str


@dataclass
class Comparison:
    """How far a drawing and a deployment agree; `precision` and `recall` run over nodes and arrows."""

    differences: list[Difference] = field(default_factory=list)
    matches: dict[str, Match] = field(default_factory=dict)
    edges: list[tuple[DrawnEdge, DeployedEdge | None]] = field(default_factory=list)
    precision: float = 0.0
    recall: float = 0.0

    @property
    def agreement(self) -> float:
        """The harmonic mean of precision and recall: in a large picture, too, every difference costs its share."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    @property
    def words(self) -> str:
        """The differences, a line each, or that there are none."""
        return "\n".join(one.words for one in self.differences) or "The picture tells the truth."


def compare(drawn: DrawnGraph, graph: DeployedGraph) -> Comparison:
    """Compares a drawing with the part of a deployment that it is of (`DeployedGraph.part`)."""
    return _Comparing(drawn, graph).result()


class _Comparing:
    def __init__(self, drawn: DrawnGraph, graph: DeployedGraph) -> None:
        self.drawn, self.graph = drawn, graph
        self.matches = match_nodes(drawn, graph)
        self.differences: list[Difference] = []
        self.drawn_worth: list[float] = []  # of each drawn thing that is judged
        self.nodes: dict[str, float] = {}  # deployed node -> how well it is drawn
        self.covered: dict[tuple[str, str], float] = {}  # deployed arrow -> how well it is drawn
        self.edges: list[tuple[DrawnEdge, DeployedEdge | None]] = []

    def result(self) -> Comparison:
        self._nodes()
        directions = {
            (self._key(edge.source), self._key(edge.target)) for edge in self.drawn.edges if not edge.headless
        }
        for edge in self.drawn.edges:
            self._edge(edge, directions)
        recall = self._missing()
        precision = sum(self.drawn_worth) / len(self.drawn_worth) if self.drawn_worth else 0.0
        order = {"wrong-kind": 0, "mislabelled": 1, "reversed": 2, "headless": 3, "extra": 4, "missing": 5}
        differences = sorted(dict.fromkeys(self.differences), key=lambda one: order[one.kind])
        return Comparison(differences, self.matches, self.edges, precision, recall)

    def _key(self, id: str) -> str | None:
        return self.matches[id].key

    def _say(self, kind: Kind, words: str) -> None:
        self.differences.append(Difference(kind, words))

    # -- nodes ----------------------------------------------------------------------------------

    def _nodes(self) -> None:
        for match in self.matches.values():
            label = _one_line(match.drawn.label)
            if match.key is None:
                if match.wrong == "unknown":
                    self.drawn_worth.append(0.0)
                    kind = match.drawn.kind.replace("_", " ")
                    self._say("extra", f"You drew the {kind} '{label}', but nothing deployed has that name.")
                continue
            node = self.graph.nodes[match.key]
            if match.wrong == "kind":
                drawn = match.drawn.kind.replace("_", " ")
                real = node.kind.replace("_", " ")
                self._say("wrong-kind", f"You drew '{label}' as a {drawn}, but it is deployed as a {real}.")
            elif match.wrong == "label":
                self._say("mislabelled", f"You wrote '{label}'; did you mean the {self.graph.name(match.key)}?")
            worth = HALF if match.wrong else 1.0
            self.drawn_worth.append(worth)
            self.nodes[match.key] = max(worth, self.nodes.get(match.key, 0.0))
        self._boxed_machines()

    def _boxed_machines(self) -> None:
        """A machine is drawn, too, by a box of its name, or by its states."""
        for node in self.graph.of_kind("state_machine"):
            states = [key for key in self.nodes if key.startswith(f"state:{node.name}:")]
            boxed = any(same(node.name, box) for box in self.drawn.clusters)
            if states or boxed:
                self.nodes.setdefault(node.key, 1.0)

    # -- arrows ---------------------------------------------------------------------------------

    def _edge(self, edge: DrawnEdge, directions: set[tuple[str | None, str | None]]) -> None:
        source, target = self._key(edge.source), self._key(edge.target)
        real = self.graph.edges.get((source, target)) if source and target else None
        self.edges.append((edge, None if edge.headless else real))
        if source is None or target is None:
            if "unknown" in (self.matches[edge.source].wrong, self.matches[edge.target].wrong):
                self.drawn_worth.append(0.0)  # said once, at the node
            return
        if source == target:
            return
        back = self.graph.edges.get((target, source))
        if edge.headless and (real or back):
            self._headless(edge, real, back)
        elif real is not None and (real.certain or back is None or not back.certain):
            self._found(edge, real)
        elif back is not None and self._is_answer(back) and (target, source) in directions:
            return  # an arrow there and one back: the answer to a call
        elif back is not None and self._turned(source, target, back, directions):
            self.drawn_worth.append(0.0)
            self._say(
                "reversed",
                f"The arrow {self._arrow(edge)} points the wrong way: {self.graph.sentence(back)}.",
            )
        else:
            self.drawn_worth.append(0.0)
            through = " and then through ".join(f"'{self.graph.nodes[key].name}'" for key in self._road(source, target))
            way = f" It really goes through {through}." if through else ""
            self._say("extra", f"You drew an arrow {self._arrow(edge)}: nothing deployed does that.{way}")

    def _turned(
        self, source: str, target: str, back: DeployedEdge, directions: set[tuple[str | None, str | None]]
    ) -> bool:
        """Says whether an arrow is one that is deployed, drawn the wrong way round."""
        drawn_rightly = (target, source) in directions
        return back.certain and not drawn_rightly and not self._skips(source, target)

    def _is_answer(self, call: DeployedEdge) -> bool:
        caller, called = self.graph.nodes[call.source].kind, self.graph.nodes[call.target].kind
        return caller in ("state_machine", "state") or caller == called == "function"

    def _skips(self, source: str, target: str) -> bool:
        """Says whether an arrow stands for a longer way, whose middle is not drawn."""
        road = self._road(source, target)
        return bool(road) and not any(key in self.nodes for key in road)

    def _headless(self, edge: DrawnEdge, real: DeployedEdge | None, back: DeployedEdge | None) -> None:
        found = real or back
        assert found is not None
        self.drawn_worth.append(HALF)
        self._cover(found, HALF)
        ends = f"'{self._label(edge.source)}' and '{self._label(edge.target)}'"
        self._say("headless", f"The line between {ends} has no arrow head: who calls whom? Use >>.")

    def _found(self, edge: DrawnEdge, real: DeployedEdge) -> None:
        if not real.certain:
            return  # it may be so, in a case that the run did not show
        wrong = self._wrong_words(edge, real)
        if wrong:
            real_words = ", ".join(sorted(real.words))
            self._say(
                "mislabelled",
                f"On the arrow {self._arrow(edge)} you wrote {wrong}, but what is deployed there is: {real_words}.",
            )
        worth = HALF if wrong else 1.0
        self.drawn_worth.append(worth)
        self._cover(real, worth)

    def _cover(self, real: DeployedEdge, worth: float) -> None:
        for pair in ((real.source, real.target), *real.covers):
            self.covered[pair] = max(worth, self.covered.get(pair, 0.0))

    def _wrong_words(self, edge: DrawnEdge, real: DeployedEdge) -> str:
        """Gives the names on an arrow that belong to other arrows only; free wording is never wrong.

        What a function writes is seen only as far as the run went, so words on its arrows are not judged.
        """
        kind = self.graph.nodes[real.source].kind
        if not edge.label or not real.words or kind == "function":
            return ""
        elsewhere: set[str] = set()
        for other in self.graph.edges.values():
            if self.graph.nodes[other.source].kind == kind and other.certain:
                elsewhere |= {word for word in other.words if len(words_of(word)) > 1}
        named = mentioned(edge.label, elsewhere | real.words)
        wrong = {name for name in named - real.words if not any(_inside(name, own) for own in named & real.words)}
        if kind not in CHANNELS and named & real.words:
            return ""
        return " and ".join(f"'{name}'" for name in sorted(wrong))

    # -- what is not drawn ----------------------------------------------------------------------

    def _missing(self) -> float:
        """Says what the drawing leaves out, and gives the recall."""
        worth: list[float] = []
        for node in self.graph.nodes.values():
            if node.required:
                worth.append(self.nodes.get(node.key, 0.0))
                if not worth[-1]:
                    self._say("missing", f"The {self.graph.name(node.key)} is deployed but not in your picture.")
        for pair, edge in self.graph.edges.items():
            if not edge.required:
                continue
            worth.append(self.covered.get(pair, 0.0))
            if not worth[-1] and pair[0] in self.nodes and pair[1] in self.nodes:
                self._say("missing", f"There is no arrow for this: {self.graph.sentence(edge)}.")
        return sum(worth) / len(worth) if worth else 0.0

    # -- words ----------------------------------------------------------------------------------

    def _label(self, id: str) -> str:
        return _one_line(self.matches[id].drawn.label)

    def _arrow(self, edge: DrawnEdge) -> str:
        return f"from '{self._label(edge.source)}' to '{self._label(edge.target)}'"

    def _road(self, source: str, target: str) -> list[str]:
        """Gives what stands between two deployed things on the shortest way from one to the other."""
        roads = nx.DiGraph()
        roads.add_nodes_from(self.graph.nodes)
        middle = {"rule", "event", "state"}
        for edge in self.graph.edges.values():
            ends = {self.graph.nodes[edge.source].kind, self.graph.nodes[edge.target].kind}
            if edge.certain and not ends & middle:
                roads.add_edge(edge.source, edge.target)
        return nx.shortest_path(roads, source, target)[1:-1] if nx.has_path(roads, source, target) else []


def _one_line(label: str) -> str:
    return " ".join(label.split()) or "(no label)"


def _inside(name: str, other: str) -> bool:
    return " ".join(words_of(name)) in " ".join(words_of(other))
