"""Whether a drawing looks like its approach: a coordinator that everything hangs on, or none."""

from __future__ import annotations

from collections.abc import Iterable

import networkx as nx

from sagalab.architecture.comparison import Comparison
from sagalab.architecture.drawing import DrawnGraph
from sagalab.architecture.graph import CHANNELS, DeployedGraph


def _roads(drawing: DrawnGraph, compared: Comparison) -> nx.DiGraph:
    """Gives the drawn arrows between what the nodes stand for; several nodes of one thing are one."""
    roads = nx.DiGraph()
    names = {id: match.key or f"drawn:{id}" for id, match in compared.matches.items()}
    for id, name in names.items():
        roads.add_node(name, label=" ".join(compared.matches[id].drawn.label.split()))
    for edge in drawing.edges:
        if not edge.headless and names[edge.source] != names[edge.target]:
            roads.add_edge(names[edge.source], names[edge.target])
    return roads


def _kinds(graph: DeployedGraph, compared: Comparison, roads: nx.DiGraph, *kinds: str) -> set[str]:
    """Gives the drawn things of some kinds: as deployed, or as drawn where nothing deployed fits."""
    found = {key for key in roads if key in graph.nodes and graph.nodes[key].kind in kinds}
    unknown = {
        f"drawn:{id}" for id, match in compared.matches.items() if match.key is None and match.drawn.kind in kinds
    }
    return found | unknown


def coordinated(graph: DeployedGraph, drawing: DrawnGraph, compared: Comparison) -> str:
    """Says what speaks against one coordinator; "" when nothing does."""
    roads = _roads(drawing, compared)
    services = _kinds(graph, compared, roads, "function")
    coordinators = _kinds(graph, compared, roads, "state_machine", "state")
    if not coordinators:
        return "No state machine is drawn: who tells each step what to do?"
    direct = _direct(roads, services)
    if direct:
        return f"The service {direct[0]} calls the service {direct[1]}: only the coordinator should."
    services -= _starters(graph)
    told = set().union(*(nx.descendants(roads, one) for one in coordinators))
    if untold := services - told:
        return f"No arrow leads from the coordinator to {_named(roads, untold)}."
    rest = roads.subgraph(set(roads) - coordinators)
    entries = [key for key in rest if key.startswith("drawn:") and roads.in_degree(key) == 0]
    around = {service for entry in entries for service in services if nx.has_path(rest, entry, service)}
    if around:
        return f"{_named(roads, around)} can be reached around the coordinator."
    return ""


def _starters(graph: DeployedGraph) -> set[str]:
    """Gives the functions that were seen to start a state machine: they stand in front of the coordinator."""
    machines = {node.key for node in graph.of_kind("state_machine")}
    return {edge.source for edge in graph.edges.values() if edge.certain and edge.target in machines} - machines


def uncoordinated(graph: DeployedGraph, drawing: DrawnGraph, compared: Comparison) -> str:
    """Says what speaks against services that only react; "" when nothing does."""
    roads = _roads(drawing, compared)
    services = _kinds(graph, compared, roads, "function")
    direct = _direct(roads, services)
    if direct:
        ends = f"The service {direct[0]} calls the service {direct[1]}"
        return f"{ends}: no bus, queue or topic stands between them."
    machines = _kinds(graph, compared, roads, "state_machine")
    if any(roads.has_edge(machine, service) for machine in machines for service in services):
        return f"{_named(roads, machines)} calls services: that is a coordinator."
    channels = _kinds(graph, compared, roads, *CHANNELS, "table")
    rest = roads.subgraph(set(roads) - channels)
    for one in sorted(services):
        for other in sorted(services - {one}):
            if nx.has_path(rest, one, other):
                ends = f"{_label(roads, one)} and {_label(roads, other)}"
                return f"The way between {ends} passes no bus, queue or topic."
    return ""


def _direct(roads: nx.DiGraph, services: set[str]) -> tuple[str, str] | None:
    for source, target in roads.edges:
        if source in services and target in services:
            return _label(roads, source), _label(roads, target)
    return None


def _label(roads: nx.DiGraph, key: str) -> str:
    return f"'{roads.nodes[key]['label']}'"


def _named(roads: nx.DiGraph, keys: Iterable[str]) -> str:
    return " and ".join(_label(roads, key) for key in sorted(keys))
