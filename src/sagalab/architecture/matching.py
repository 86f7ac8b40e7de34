"""Which deployed thing each drawn node stands for."""

from __future__ import annotations

from dataclasses import dataclass

from sagalab.architecture.drawing import DrawnGraph, DrawnNode
from sagalab.architecture.graph import DeployedGraph, DeployedNode
from sagalab.architecture.names import CLOSE, bare, likeness, same, same_but_kind, spellings, words_of

# Kinds that share an icon: an EventBridge icon may be a bus, a rule or an event.
ALIKE = ({"bus", "rule", "event"}, {"state_machine", "state"})
UNNAMED = ("bus", "state_machine")  # of these, a drawing with one and a deployment with one mean the same
GUESSED = ("function", "queue", "topic", "state_machine", "bus")


@dataclass(frozen=True)
class Match:
    """What a drawn node stands for: `key` of the deployed node, or None for the world outside.

    `wrong` says what is the matter: "kind" (another icon), "label" (misspelt), "unknown" (nothing deployed).
    """

    drawn: DrawnNode
    key: str | None
    wrong: str = ""


def match_nodes(drawn: DrawnGraph, graph: DeployedGraph) -> dict[str, Match]:
    """Matches every drawn node, by id: by its name first, by its likeness to what is left over last."""
    matches: dict[str, Match] = {}
    for node in drawn.nodes:
        key, wrong = _by_name(node, graph)
        if key is not None:
            matches[node.id] = Match(node, key, wrong)
    named = dict(matches)
    for node in drawn.nodes:
        if node.id not in matches:
            matches[node.id] = _left_over(node, drawn, graph, named)
    return {node.id: matches[node.id] for node in drawn.nodes}


def alike(drawn: str, deployed: str) -> bool:
    """Says whether an icon's kind may stand for a deployed kind."""
    return drawn in ("outside", deployed) or any(drawn in kinds and deployed in kinds for kinds in ALIKE)


def _by_name(node: DrawnNode, graph: DeployedGraph) -> tuple[str | None, str]:
    """Tries the whole label and then its parts: names in full, names without their kind, other kinds."""
    texts = spellings(node.label)
    for text in texts:
        for found in (
            [one for one in graph.nodes.values() if same(text, one.name)],
            [one for one in graph.nodes.values() if same_but_kind(text, one.name, one.kind)],
        ):
            exact = [one for one in found if one.kind == node.kind]
            best = sorted(exact or [one for one in found if alike(node.kind, one.kind)], key=_rank)
            if best and (len(best) == 1 or best[0].kind != best[1].kind):
                return best[0].key, ""
    for text in texts:
        other = sorted((one for one in graph.nodes.values() if same(text, one.name)), key=_rank)
        if other:
            return other[0].key, "kind"
    return None, ""


def _rank(one: DeployedNode) -> int:
    """Orders kinds for labels that name several things: what is certainly drawn comes first."""
    kinds = ("state_machine", "function", "bus", "queue", "topic", "table", "state")
    return kinds.index(one.kind) if one.kind in kinds else len(kinds)


def _left_over(node: DrawnNode, drawn: DrawnGraph, graph: DeployedGraph, named: dict[str, Match]) -> Match:
    """Matches a node without a deployed name: the only one of its kind, a part of a name, a slip."""
    if node.kind == "outside":
        return Match(node, None)
    taken = {match.key for match in named.values()}
    free = [one for one in graph.nodes.values() if one.key not in taken and alike(node.kind, one.kind)]
    same_kind = [one for one in free if one.kind == node.kind]
    spelt = {words_of(one.label) for one in drawn.nodes if one.kind == node.kind and one.id not in named}
    all_of_kind = [one for one in graph.of_kind(node.kind) if one.required]
    if node.kind in UNNAMED and len(all_of_kind) == 1 and all_of_kind[0] in free and len(spelt) == 1:
        return Match(node, all_of_kind[0].key)
    partial = [one for one in same_kind if _is_part(node.label, one)]
    partial = partial or [one for one in free if one.kind in ("rule", "event") and _is_part(node.label, one)]
    if len(partial) == 1:
        return Match(node, partial[0].key)
    if node.kind in GUESSED:
        close = sorted(((likeness(node.label, one.name, one.kind), one.key) for one in same_kind), reverse=True)
        if close and close[0][0] >= CLOSE:
            return Match(node, close[0][1], "label")
    return Match(node, None, "unknown")


def _is_part(label: str, one: DeployedNode) -> bool:
    """Says whether a label's words are all in the name, or the name's all in the label."""
    left, right = set(bare(label, one.kind)), set(bare(one.name, one.kind))
    return bool(left) and bool(right) and (left <= right or right <= left)
