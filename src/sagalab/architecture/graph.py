"""The deployed architecture as data: nodes, arrows, and the part that belongs to one approach."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

SERVICES = ("function",)
VERBS = {
    "state_machine": "calls",
    "state": "calls",
    "function": "writes to",
    "queue": "feeds",
    "topic": "feeds",
    "bus": "sends to",
    "rule": "sends to",
}
CHANNELS = ("bus", "queue", "topic", "rule", "event")


@dataclass(frozen=True)
class DeployedNode:
    """One deployed thing; `required` when a drawing without it leaves something out."""

    key: str
    name: str
    kind: str
    required: bool = True


@dataclass(frozen=True)
class DeployedEdge:
    """One deployed arrow; `words` are the states, rules or events behind it, `failing` those of failures.

    A finer arrow `covers` the coarser ones that it stands for: a rule's arrow to its target covers the
    bus's arrow to that target. `certain` is false for what may happen, but was not seen in the run.
    """

    source: str
    target: str
    required: bool = True
    words: frozenset[str] = frozenset()
    failing: frozenset[str] = frozenset()
    covers: tuple[tuple[str, str], ...] = ()
    certain: bool = True

    @property
    def only_failing(self) -> bool:
        """Whether nothing but a failure takes this arrow."""
        return bool(self.failing) and self.failing >= self.words


class DeployedGraph:
    """Nodes by key (an ARN, or kind and name) and arrows by their two keys."""

    def __init__(self) -> None:
        self.nodes: dict[str, DeployedNode] = {}
        self.edges: dict[tuple[str, str], DeployedEdge] = {}

    def add_node(self, key: str, name: str, kind: str, required: bool = True) -> str:
        """Adds a node and gives its key."""
        self.nodes.setdefault(key, DeployedNode(key, name, kind, required))
        return key

    def add_edge(self, source: str, target: str, **fields: Any) -> None:
        """Adds an arrow, or joins it with the one that is there."""
        edge = DeployedEdge(source, target, **fields)
        known = self.edges.get((source, target))
        if known is not None:
            edge = replace(
                edge,
                required=known.required or edge.required,
                words=known.words | edge.words,
                failing=known.failing | edge.failing,
                covers=tuple(dict.fromkeys(known.covers + edge.covers)),
                certain=known.certain or edge.certain,
            )
        self.edges[(source, target)] = edge

    def of_kind(self, *kinds: str) -> list[DeployedNode]:
        """Gives the nodes of some kinds."""
        return [node for node in self.nodes.values() if node.kind in kinds]

    def name(self, key: str) -> str:
        """Gives a node's name for a sentence, with its kind."""
        node = self.nodes[key]
        return f"{node.kind.replace('_', ' ')} '{node.name}'"

    def sentence(self, edge: DeployedEdge) -> str:
        """Says in words what an arrow does."""
        source, target = self.nodes[edge.source], self.nodes[edge.target]
        words = ", ".join(sorted(edge.words))
        if source.kind in ("bus", "event") and words and "dead letter" not in edge.words:
            return f"rules ({words}) send from '{source.name}' to '{target.name}'"
        verb = "calls" if source.kind == target.kind == "function" else VERBS.get(source.kind, "goes to")
        if "dead letter" in edge.words:
            verb = "hands its poison messages to"
        return f"the {self.name(edge.source)} {verb} the {self.name(edge.target)}"

    def entries(self, approach: str) -> set[str]:
        """Gives where the approach begins: the state machines, or the default bus."""
        if approach == "orchestration":
            return {node.key for node in self.of_kind("state_machine")}
        return {node.key for node in self.of_kind("bus") if node.name == "default"}

    def part(self, approach: str) -> DeployedGraph:
        """Gives the part that a drawing of the approach shows.

        What only the other approach reaches is left out. What nothing reaches for certain, or only over
        arrows that a drawing may leave out, may be left out of the drawing itself.
        """
        other = "choreography" if approach == "orchestration" else "orchestration"
        mine = self._reached(self.entries(approach), lambda edge: edge.certain)
        theirs = self._reached(self.entries(other), lambda edge: edge.certain) - mine
        needed = self._reached(self.entries(approach), self._is_needed)
        part = DeployedGraph()
        for key, node in self.nodes.items():
            if key not in theirs:
                part.nodes[key] = replace(node, required=node.required and key in needed)
        for (source, target), edge in self.edges.items():
            if source in part.nodes and target in part.nodes:
                required = edge.required and part.nodes[source].required and part.nodes[target].required
                part.edges[(source, target)] = replace(edge, required=required)
        return part

    def _is_needed(self, edge: DeployedEdge) -> bool:
        return edge.required and self.nodes[edge.source].required

    def _reached(self, entries: Iterable[str], follows: Callable[[DeployedEdge], bool]) -> set[str]:
        seen: set[str] = set()
        waiting = list(entries)
        while waiting:
            key = waiting.pop()
            if key not in seen:
                seen.add(key)
                waiting += [edge.target for edge in self.edges.values() if edge.source == key and follows(edge)]
        return seen
