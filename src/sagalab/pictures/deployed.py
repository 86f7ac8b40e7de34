"""What is really deployed, drawn with the same icons that learners draw with."""

from __future__ import annotations

import html
from pathlib import Path

from sagalab.architecture import DeployedEdge, DeployedGraph, DeployedNode, deployed
from sagalab.deployment import Deployment
from sagalab.history import History
from sagalab.pictures import dot, palette
from sagalab.pictures.picture import Picture

ICONS = {
    "state_machine": "aws/integration/step-functions.png",
    "function": "aws/compute/lambda.png",
    "bus": "aws/integration/eventbridge.png",
    "queue": "aws/integration/simple-queue-service-sqs.png",
    "topic": "aws/integration/simple-notification-service-sns.png",
    "table": "aws/database/dynamodb.png",
}
COLOURS = {"state_machine": palette.BLUE, "state": palette.BLUE, "function": "#9C4A7D"}
EVENTS = "#007355"  # the palette's green, dark enough to read
MOST_WORDS = 4
BESIDE = 8  # things from which on unconnected parts stand side by side
STARTS = ("state_machine", "bus", "topic")
SEEN = "What functions publish is drawn as seen in this lab's runs: run a refused order to see its events, too."
UNSEEN = "What functions publish stands in their code and is not shown."


def deployed_picture(deployment: Deployment, history: History | None = None) -> Picture:
    """Draws a deployment; `history`, of a run, adds what functions wrote to, as far as it was seen.

    Rules and states stand as words on the arrows. Dead-letter queues are dashed.
    """
    graph = deployed(deployment, history)
    source = source_of(graph, history is not None)
    seen = f" {SEEN}" if history is not None and _publishing(_nodes(graph)) else ""
    return Picture(lambda: dot.draw(source, "svg").decode(), _words(graph) + seen, lambda: dot.draw(source, "png"))


def _shown(graph: DeployedGraph) -> list[DeployedEdge]:
    return [
        edge
        for edge in graph.edges.values()
        if edge.certain and graph.nodes[edge.source].kind in ICONS and graph.nodes[edge.target].kind in ICONS
    ]


def _words(graph: DeployedGraph) -> str:
    edges = _shown(graph)
    if not edges and not graph.of_kind(*ICONS):
        return "Nothing is deployed yet."
    sentences = [graph.sentence(edge) for edge in edges]
    return "What is deployed: " + ("; ".join(sentences) if sentences else "nothing that is connected") + "."


def _nodes(graph: DeployedGraph) -> list[DeployedNode]:
    """Gives what is drawn: every thing, but the default bus only where something is connected to it."""
    joined = {end for edge in _shown(graph) for end in (edge.source, edge.target)}
    return [node for node in graph.of_kind(*ICONS) if node.key in joined or node.kind != "bus"]


def _publishing(nodes: list[DeployedNode]) -> bool:
    return {"function"} < {node.kind for node in nodes if node.kind in ("function", "bus", "topic")}


def source_of(graph: DeployedGraph, ran: bool) -> str:
    """Gives the picture as DOT text; `ran` when a run's events are among its arrows."""
    edges, nodes = _shown(graph), _nodes(graph)
    title = "What is deployed" if nodes else "Nothing is deployed yet"
    note = (SEEN if ran else UNSEEN) if _publishing(nodes) else ""
    gap = '<FONT POINT-SIZE="5"> </FONT><BR/>'
    label = (
        f'<<B>{title}</B><BR/>{gap}<FONT POINT-SIZE="13">{html.escape(note)}</FONT><BR/> >' if note else f'"{title}"'
    )
    rows = [
        "digraph {",
        f"graph [rankdir=LR bgcolor=white pad=0.3 nodesep=0.18 ranksep=1.3 splines=spline fontname=Arial "
        f'fontsize=16 labelloc=t fontcolor="{palette.INK}" label={label}]',
        f"node [shape=none fixedsize=true width=0.95 height=1.25 imagepos=tc imagescale=true labelloc=b "
        f'fontname=Arial fontsize=13 fontcolor="{palette.INK}"]',
        "edge [fontname=Arial fontsize=12 penwidth=2]",
    ]
    names = {node.key: f"d{number}" for number, node in enumerate(nodes)}
    folder = _icons()
    for node in nodes:
        image = (folder / ICONS[node.kind]).as_posix()
        rows.append(f"{names[node.key]} [label={_quoted(node.name)} image={_quoted(image)}]")
    for edge in edges:
        ends, looks = (names[edge.source], names[edge.target]), _arrow(graph, edge)
        if graph.nodes[edge.source].kind == "function":
            ends, looks = (ends[1], ends[0]), looks + " dir=back"  # keeps buses left of what they feed
        else:
            looks += " tailport=e headport=w"
        rows.append(f"{ends[0]} -> {ends[1]} [{looks}]")
    rows += [f"{names[left]} -> {names[right]} [style=invis]" for left, right in _side_by_side(nodes, edges)]
    return "\n".join([*rows, "}"])


def _side_by_side(nodes: list[DeployedNode], edges: list[DeployedEdge]) -> list[tuple[str, str]]:
    """Gives pairs to hold apart so that the second of two unconnected parts stands right of the first."""
    import networkx

    whole: networkx.DiGraph[str] = networkx.DiGraph()
    whole.add_edges_from((edge.source, edge.target) for edge in edges)
    parts = sorted(networkx.weakly_connected_components(whole), key=lambda part: (-len(part), min(part)))
    if len(nodes) < BESIDE or len(parts) < 2:
        return []
    kinds = [*STARTS, *(kind for kind in ICONS if kind not in STARTS)]
    found = []
    for part in parts:
        things = sorted((node for node in nodes if node.key in part), key=lambda node: kinds.index(node.kind))
        functions = [node for node in things if node.kind == "function"] or things
        found.append((things[0].key, functions[len(functions) // 2].key))
    return [(found[0][1], start) for start, _ in found[1:]]


def _arrow(graph: DeployedGraph, edge: DeployedEdge) -> str:
    colour = COLOURS.get(graph.nodes[edge.source].kind, EVENTS)
    words = sorted(word for word in edge.words if not any(word == rule.name for rule in graph.of_kind("rule")))
    words = words or sorted(edge.words)
    style = ""
    if edge.only_failing:
        colour, style = "#B34700", " style=dashed"
    if len(words) > MOST_WORDS:
        words = [*words[:MOST_WORDS], f"and {len(words) - MOST_WORDS} more"]
    label = "\\n".join(word.replace('"', "'") for word in words)
    return f'label="{label}" color="{colour}" fontcolor="{colour}"{style}'


def _icons() -> Path:
    import diagrams

    return Path(str(diagrams.__file__)).parent.parent / "resources"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
