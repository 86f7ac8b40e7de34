"""Part C: two architecture diagrams, held against what was really deployed.

A drawing counts only where its approach is deployed, so drawing alone scores nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sagalab.architecture import (
    Comparison,
    DeployedEdge,
    DeployedGraph,
    DrawingError,
    DrawnEdge,
    DrawnGraph,
    NothingDrawn,
    TooEarly,
    compare,
    deployed,
)
from sagalab.architecture.names import mentioned, words_of
from sagalab.architecture.style import coordinated, uncoordinated
from sagalab.criteria.finding import Finding, invalid, valid
from sagalab.deployment import Deployment
from sagalab.history import History

APPROACHES = ("orchestration", "choreography")
ENTRY = {"orchestration": "a state machine with tasks", "choreography": "a rule on the default bus"}
MOST_WORDS = 6  # differences told for one drawing
ENOUGH = 0.5  # the share of the deployment that a drawing must show before its style is looked at
SHORTEST_ALT = 5  # words of an alternative text
FAILURE_WORDS = {
    "back", "cancel", "cancels", "cancelled", "catch", "caught", "compensate", "compensates",
    "compensation", "dead", "declined", "dlq", "error", "errors", "fail", "fails", "failed", "failure",
    "letter", "poison", "receives", "refund", "refunds", "refunded", "refusal", "refuse", "refused",
    "refuses", "release", "releases", "released", "reverse", "rollback", "stuck", "unavailable", "undo",
    "undoes", "unhappy",
}  # fmt: skip

Drawings = Mapping[str, DrawnGraph | DrawingError]


@dataclass(frozen=True)
class Side:
    """One approach: its drawing beside what is deployed; `problem` says why there is nothing to judge."""

    approach: str
    graph: DeployedGraph
    drawing: DrawnGraph | None = None
    compared: Comparison | None = None
    problem: str = ""


def agreement(drawings: Drawings, deployment: Deployment, histories: Mapping[str, History]) -> Finding:
    """Nodes and arrows agree with what is deployed: precision and recall of both drawings."""

    def judged(side: Side, drawing: DrawnGraph, compared: Comparison) -> tuple[float, str]:
        if compared.agreement == 1.0:
            return 1.0, ""
        words = compared.words.splitlines()
        more = [f"and {len(words) - MOST_WORDS} more"] if len(words) > MOST_WORDS else []
        return compared.agreement, " ".join([*words[:MOST_WORDS], *more])

    return _both(
        "c-agreement",
        _sides(drawings, deployment, histories),
        judged,
        "Both pictures tell the truth: every node and arrow is deployed as drawn.",
        "The picture agrees with what is deployed",
        "lab.deployed() draws what is really there. Lay it beside your own drawing, arrow by arrow.",
    )


def style(drawings: Drawings, deployment: Deployment, histories: Mapping[str, History]) -> Finding:
    """The approach shows: a coordinator that every step hangs on, or no service that calls another."""

    def judged(side: Side, drawing: DrawnGraph, compared: Comparison) -> tuple[float, str]:
        if compared.recall < ENOUGH:
            return 0.0, "The drawing shows too little of what is deployed to tell its approach."
        look = coordinated if side.approach == "orchestration" else uncoordinated
        problem = look(side.graph, drawing, compared)
        return (0.0, problem) if problem else (1.0, "")

    return _both(
        "c-style",
        _sides(drawings, deployment, histories),
        judged,
        "The approaches show: a coordinator that every step hangs on; services that meet through events.",
        "The approach shows in the picture",
        "Cover the coordinator with a finger: the orchestrated steps fall apart; choreography has none.",
    )


def failure_path(drawings: Drawings, deployment: Deployment, histories: Mapping[str, History]) -> Finding:
    """Each drawing has a way for failures, compensation or dead-letter queue, that is deployed."""

    def judged(side: Side, drawing: DrawnGraph, compared: Comparison) -> tuple[float, str]:
        tellers = _tellers(side.graph, histories.get(side.approach))
        if any(real and _is_failure(edge, real, side.graph, tellers) for edge, real in compared.edges):
            return 1.0, ""
        if not any(edge.failing for edge in side.graph.edges.values()):
            return 0.0, "Nothing deployed is a way for failures: no compensation, no dead-letter queue."
        if any(looks_failing(edge) for edge, real in compared.edges if real is None):
            return 0.0, "A failure path is drawn, but nothing like it is deployed."
        return (
            0.0,
            "No failure path is drawn: where does an order go when a step is refused, or fails for good?",
        )

    return _both(
        "c-failure",
        _sides(drawings, deployment, histories),
        judged,
        "Both pictures show where failures go, and that is deployed.",
        "The failure path is drawn, and deployed",
        "Draw and label the arrow taken when stock is refused, or a queue's way to its dead-letter queue.",
    )


def labels(drawings: Drawings, deployment: Deployment, histories: Mapping[str, History]) -> Finding:
    """Each drawing has a title and an alternative text, and no node without label or arrow."""

    def judged(side: Side, drawing: DrawnGraph, compared: Comparison) -> tuple[float, str]:
        if compared.recall < ENOUGH:
            return 0.0, "The drawing shows too little of what is deployed."
        problems = list(unlabelled(drawing))
        return max(0.0, 1.0 - len(problems) / 4), " ".join(problems)

    return _both(
        "c-labels",
        _sides(drawings, deployment, histories),
        judged,
        "Titles, labels and alternative texts are there, and no node stands alone.",
        "Everything in the picture has a name",
        'A title is Diagram("Order saga"); an alternative text is a comment: # alt: The machine calls ...',
    )


def _sides(drawings: Drawings, deployment: Deployment, histories: Mapping[str, History]) -> list[Side]:
    return [side_of(approach, drawings.get(approach), deployment, histories.get(approach)) for approach in APPROACHES]


def side_of(
    approach: str, drawing: DrawnGraph | DrawingError | None, deployment: Deployment, history: History | None
) -> Side:
    """Gives one approach's drawing beside what is deployed of it; `history` has every path taken."""
    graph = deployed(deployment, history).part(approach)
    if drawing is None or isinstance(drawing, NothingDrawn):
        return Side(approach, graph, problem="There is no drawing yet.")
    if isinstance(drawing, TooEarly):
        return Side(approach, graph, problem=str(drawing))
    if isinstance(drawing, DrawingError):
        return Side(approach, graph, problem=f"The drawing cannot be read. {drawing}")
    if not any(edge.required for edge in graph.edges.values()):
        needs = f"Nothing of this approach is deployed yet ({ENTRY[approach]}), so the drawing cannot be true."
        return Side(approach, graph, drawing, problem=needs)
    return Side(approach, graph, drawing, compare(drawing, graph))


def _both(
    criterion: str,
    sides: list[Side],
    judged: Callable[[Side, DrawnGraph, Comparison], tuple[float, str]],
    praise: str,
    promise: str,
    hint: str,
) -> Finding:
    """Takes the mean over both drawings, and tells for each what is the matter."""
    fractions: dict[str, float] = {}
    messages = []
    for side in sides:
        fraction, words = 0.0, side.problem
        if side.drawing is not None and side.compared is not None:
            fraction, words = judged(side, side.drawing, side.compared)
        fractions[side.approach] = round(fraction, 4)
        if words:
            messages.append(f"{side.approach.capitalize()}: {words}")
    mean = sum(fractions.values()) / len(sides)
    attempted = any(side.problem != "There is no drawing yet." for side in sides)
    if mean == 1.0:
        return valid(criterion, praise, facts=dict(fractions))
    return invalid(
        criterion,
        "\n".join(messages),
        mean,
        promise=promise,
        hint=hint,
        attempted=attempted,
        facts=dict(fractions),
    )


# -- failure path, labels -----------------------------------------------------------------------


def looks_failing(edge: DrawnEdge) -> bool:
    """Says whether an arrow is drawn as a way for failures: by its line or by its words."""
    dashed = any(style in edge.style for style in ("dashed", "dotted"))
    return dashed or bool(set(words_of(edge.label)) & FAILURE_WORDS)


def _tellers(graph: DeployedGraph, history: History | None) -> set[str]:
    """Gives the functions that only tell the customer, and what feeds only those: telling undoes nothing."""
    callers: dict[str, set[str]] = {}
    for fact in history.of("call") if history is not None else ():
        callers.setdefault(str(fact.detail.get("function")), set()).add(fact.what.partition(".")[0])
    tellers = {node.key for node in graph.of_kind("function") if callers.get(node.name) == {"mailer"}}
    for channel in graph.of_kind("queue", "topic"):
        fed = {edge.target for edge in graph.edges.values() if edge.source == channel.key and not edge.failing}
        if fed and fed <= tellers:
            tellers.add(channel.key)
    return tellers


def _is_failure(edge: DrawnEdge, real: DeployedEdge, graph: DeployedGraph, tellers: set[str]) -> bool:
    """Says whether a drawn arrow shows a way for failures: by where it leads, or by its words or dashes."""
    if not real.failing or real.target in tellers or graph.nodes[real.source].kind == "function":
        return False
    return real.only_failing or bool(mentioned(edge.label, real.failing)) or looks_failing(edge)


def unlabelled(drawing: DrawnGraph) -> Iterable[str]:
    """Says what a drawing leaves without a name, an alternative text or an arrow."""
    if not drawing.name.strip():
        yield "The diagram has no title."
    if len(drawing.alt.split()) < SHORTEST_ALT:
        yield "There is no alternative text that says in a sentence what the picture shows."
    if any(not node.label.strip() for node in drawing.nodes):
        yield "A node has no label."
    joined = {end for edge in drawing.edges for end in (edge.source, edge.target)}
    alone = [" ".join(node.label.split()) for node in drawing.nodes if node.id not in joined]
    if alone:
        yield f"No arrow touches {', '.join(repr(label) for label in alone[:3])}."
