"""Lesson 10's exercises: one drawing, held against what is deployed, as the project's two are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sagalab.architecture import DeployedEdge, DeployedGraph, DrawnEdge, compare
from sagalab.architecture.names import mentioned
from sagalab.criteria.diagrams import MOST_WORDS, Side, looks_failing, unlabelled
from sagalab.criteria.finding import Finding, invalid, valid
from sagalab.criteria.lessons import not_attempted

AGREES = "The picture agrees with what is deployed"
DIFFERS = "A way for failures looks different from the way of a good day"
BESIDE = "lab.deployed() draws what is really there. Lay it beside your own drawing, arrow by arrow."
DEAD = "dead letter"


def good_way(criterion: str, side: Side) -> Finding:
    """The drawing shows what good orders take, and nothing that is not deployed."""
    begun = _begun(criterion, side)
    if begun is not None:
        return begun
    assert side.drawing is not None
    found = compare(side.drawing, without_failures(side.graph))
    words = [one.words for one in found.differences] + list(unlabelled(side.drawing))
    if words:
        return _told(criterion, words, AGREES, BESIDE)
    count = sum(edge.required and not edge.only_failing for edge in side.graph.edges.values())
    return valid(criterion, f"All {count} arrows that a good order takes are drawn as they are deployed.")


def way_back(criterion: str, side: Side) -> Finding:
    """Every deployed way for failures is drawn, looks like one, and no other arrow does."""
    begun = _begun(criterion, side)
    if begun is not None:
        return begun
    assert side.compared is not None
    ways = [edge for edge in side.graph.edges.values() if edge.required and edge.only_failing]
    problems = list(_ways(side, ways))
    problems += [one.words for one in side.compared.differences if one.words not in problems]
    for drawn, real in side.compared.edges:
        if real is not None and not real.failing and _dashed(drawn):
            problems.append(f"You dashed the arrow of this, and good orders take it: {side.graph.sentence(real)}.")
    if problems:
        hint = "Which states does a good order never enter? Their arrows are dashed and say why; the others are solid."
        return _told(criterion, problems, DIFFERS, hint)
    names = " and ".join(side.graph.nodes[edge.target].name for edge in ways)
    return valid(criterion, f"The ways to {names} are drawn, and nobody takes them for a step of a good day.")


def whole(criterion: str, side: Side) -> Finding:
    """The drawing and the deployment agree in every node and arrow."""
    begun = _begun(criterion, side)
    if begun is not None:
        return begun
    assert side.drawing is not None and side.compared is not None
    words = [one.words for one in side.compared.differences] + list(unlabelled(side.drawing))
    if words:
        return _told(criterion, words, AGREES, BESIDE)
    count = sum(edge.required for edge in side.graph.edges.values())
    return valid(criterion, f"All {count} arrows that are deployed are in the picture, and no other.")


def dead_letters(criterion: str, side: Side) -> Finding:
    """Every dead-letter queue that is deployed is drawn behind its queue, and the arrow says when it is taken."""
    begun = _begun(criterion, side)
    if begun is not None:
        return begun
    assert side.compared is not None
    parked = [edge for edge in side.graph.edges.values() if DEAD in edge.words]
    drawn = {(real.source, real.target) for _, real in side.compared.edges if real is not None}
    if parked and not any((edge.source, edge.target) in drawn for edge in parked):
        tried = {edge.target for edge in parked} & {match.key for match in side.compared.matches.values()}
        if not tried:
            message = "No dead-letter queue is drawn yet."
            return not_attempted(criterion, message, "Each queue gets an SQS node for its DLQ, and an arrow to it.")
    problems = list(_ways(side, parked, says=True))
    wrong = [one.words for one in side.compared.differences if one.kind != "missing"]
    problems += [words for words in wrong if words not in problems]
    if problems:
        hint = "A message goes from the queue to its DLQ, without the service: queue >> Edge(...) >> SQS(...)."
        return _told(criterion, problems, "The last stop of a message is in the picture", hint)
    return valid(criterion, f"All {len(parked)} dead-letter queues are drawn: whoever looks for an order finds it.")


def without_failures(graph: DeployedGraph) -> DeployedGraph:
    """Gives the graph in which ways that only failures take, and what only they reach, may be left out."""
    found = DeployedGraph()
    for pair, edge in graph.edges.items():
        found.edges[pair] = replace(edge, required=edge.required and not edge.only_failing)
    joined = {end for pair, edge in found.edges.items() if edge.required for end in pair}
    for key, node in graph.nodes.items():
        found.nodes[key] = replace(node, required=node.required and key in joined)
    return found


def _begun(criterion: str, side: Side) -> Finding | None:
    """Gives the finding of a drawing that cannot be compared, or None."""
    if not side.problem:
        return None
    if side.drawing is None and side.problem == "There is no drawing yet.":
        hint = f"Begin a cell with `%%diagram {side.approach}`; the text above it shows the first arrow."
        return not_attempted(criterion, side.problem, hint)
    hint = "Correct that line, and run the cell again; the picture below it shows what was read."
    if side.drawing is not None:
        hint = "Run the cells above this one, from the top: they deploy what you draw."
    return invalid(criterion, side.problem, promise=AGREES, hint=hint)


def _ways(side: Side, wanted: Iterable[DeployedEdge], says: bool = False) -> Iterable[str]:
    """Says of each way for failures what its drawing lacks; with `says` dashes alone are not enough."""
    assert side.compared is not None
    for edge in wanted:
        sentence = side.graph.sentence(edge)
        drawn = [one for one, real in side.compared.edges if real and _same(real, edge)]
        if not drawn:
            yield f"There is no arrow for this: {sentence}."
        elif not any(_marked(one, edge) for one in drawn):
            yield f"This arrow looks like a step of a good day: {sentence}. Dash it, and say on it what went wrong."
        elif not any(one.label.strip() for one in drawn):
            when = "after how many receives" if says else "after which refusal"
            yield f"This arrow is dashed and has no words: {sentence}. Say on it {when}."


def _same(real: DeployedEdge, wanted: DeployedEdge) -> bool:
    """Says whether an arrow is the wanted one, or a finer one that stands for it."""
    pair = (wanted.source, wanted.target)
    return (real.source, real.target) == pair or pair in real.covers


def _marked(drawn: DrawnEdge, real: DeployedEdge) -> bool:
    return looks_failing(drawn) or bool(mentioned(drawn.label, real.failing))


def _dashed(drawn: DrawnEdge) -> bool:
    return any(style in drawn.style for style in ("dashed", "dotted"))


def _told(criterion: str, words: list[str], promise: str, hint: str) -> Finding:
    more = [f"And {len(words) - MOST_WORDS} more."] if len(words) > MOST_WORDS else []
    return invalid(criterion, " ".join([*words[:MOST_WORDS], *more]), promise=promise, hint=hint)
