"""What is really deployed, drawn with the same icons that learners draw with."""

from __future__ import annotations

from pathlib import Path

from sagalab.architecture import DeployedEdge, DeployedGraph, deployed
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


def deployed_picture(deployment: Deployment, history: History | None = None) -> Picture:
    """Draws a deployment; `history`, of a run, adds what functions wrote to.

    Rules and states stand as words on the arrows. Dead-letter queues are dashed.
    """
    graph = deployed(deployment, history)
    source = _source(graph, history is not None)
    return Picture(dot.draw(source, "svg").decode(), _words(graph), lambda: dot.draw(source, "png"))


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


def _source(graph: DeployedGraph, ran: bool) -> str:
    edges = _shown(graph)
    joined = {end for edge in edges for end in (edge.source, edge.target)}
    nodes = [node for node in graph.of_kind(*ICONS) if node.key in joined or node.kind != "bus"]
    title = "What is deployed" if nodes else "Nothing is deployed yet"
    note = "" if ran or not nodes else "\\nWhat functions write to stands in their code and is not shown"
    rows = [
        "digraph {",
        f"graph [rankdir=LR bgcolor=white pad=0.4 nodesep=0.3 ranksep=1.5 splines=spline fontname=Arial "
        f'fontsize=16 labelloc=t fontcolor="{palette.INK}" label="{title}{note}"]',
        f"node [shape=none fixedsize=true width=1.05 height=1.4 imagepos=tc imagescale=true labelloc=b "
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
        rows.append(f"{ends[0]} -> {ends[1]} [{looks}]")
    return "\n".join([*rows, "}"])


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
