"""The architecture as drawn, held against the architecture as deployed."""

from __future__ import annotations

from sagalab.architecture.child import drawn_in_child
from sagalab.architecture.comparison import Comparison, Difference, compare
from sagalab.architecture.deployed import DeployedEdge, DeployedGraph, DeployedNode, deployed
from sagalab.architecture.drawing import DrawingError, DrawnEdge, DrawnGraph, DrawnNode
from sagalab.architecture.recorder import drawn

__all__ = [
    "Comparison", "DeployedEdge", "DeployedGraph", "DeployedNode", "Difference", "DrawingError", "DrawnEdge",
    "DrawnGraph", "DrawnNode", "compare", "deployed", "drawn", "drawn_in_child",
]  # fmt: skip
