"""How the diagrams of this folder look: colours, sizes, and the arrows that mean something."""

from __future__ import annotations

from diagrams import Edge

INK, STEP, EVENT, PUBLISH, FAILURE = "#222831", "#0072B2", "#007355", "#9C4A7D", "#B34700"
OUTSIDE = "#6B7580"
GRAPH = {
    "fontname": "Arial", "fontsize": "20", "fontcolor": INK, "labelloc": "t", "pad": "0.4",
    "splines": "spline", "nodesep": "0.3", "ranksep": "1.6", "bgcolor": "white",
}  # fmt: skip
NODE = {"fontname": "Arial", "fontsize": "14", "fontcolor": INK}
SIZE = {"width": "1.05", "height": "1.4", "imagepos": "tc"}
EDGE = {"fontname": "Arial", "fontsize": "13", "penwidth": "2"}
BOX = {
    "fontname": "Arial",
    "fontsize": "14",
    "bgcolor": "#F4F6F8",
    "pencolor": "#B8BEC6",
    "margin": "26",
    "labeljust": "l",
}


def step(label: str, **attributes: str) -> Edge:
    """An arrow of the healthy path: one calls the other."""
    return Edge(label=label, color=STEP, fontcolor=STEP, **attributes)


def event(label: str, **attributes: str) -> Edge:
    """An arrow of the healthy path: an event or a message travels."""
    attributes = {"tailport": "e", "headport": "w", **attributes}
    return Edge(label=label, color=EVENT, fontcolor=EVENT, **attributes)


def publish(label: str, **attributes: str) -> Edge:
    """An arrow back to the bus: a service says what happened."""
    return Edge(label=label, color=PUBLISH, fontcolor=PUBLISH, **attributes)


def failure(label: str, **attributes: str) -> Edge:
    """An arrow taken only when something went wrong."""
    attributes = {"tailport": "e", "headport": "w", **attributes}
    return Edge(label=label, color=FAILURE, fontcolor=FAILURE, style="dashed", **attributes)


def call() -> Edge:
    """An arrow to the outside world."""
    return Edge(color=OUTSIDE, tailport="e", headport="w")
