"""The architecture as drawn, held against the architecture as deployed."""

from __future__ import annotations

from sagalab.architecture.child import drawn_in_child
from sagalab.architecture.comparison import Comparison, Difference, compare
from sagalab.architecture.deployed import deployed
from sagalab.architecture.drawing import DrawingError, DrawnEdge, DrawnGraph, DrawnNode, NothingDrawn, TooEarly
from sagalab.architecture.graph import DeployedEdge, DeployedGraph, DeployedNode
from sagalab.architecture.recorder import drawn

__all__ = [
    "Comparison", "DeployedEdge", "DeployedGraph", "DeployedNode", "Difference", "DrawingError", "DrawnEdge",
    "DrawnGraph", "DrawnNode", "NothingDrawn", "compare", "TooEarly", "deployed", "drawn", "drawn_in_child",
]  # fmt: skip
