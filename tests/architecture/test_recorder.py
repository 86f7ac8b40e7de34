"""What a diagram cell draws is read from its structure, and its slips are told in words."""

from __future__ import annotations

import pytest

from sagalab.architecture import DrawingError, NothingDrawn, drawn
from sagalab.architecture.drawing import alternative_text, kind_of_icon

HEAD = """from diagrams import Cluster, Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import SQS, StepFunctions
with Diagram("Saga"):
    a, b = StepFunctions("A"), Lambda("B")
"""


def arrows(code: str) -> list[tuple[str, str, bool]]:
    graph = drawn(HEAD + f"    {code}\n")
    label = {node.id: node.label for node in graph.nodes}
    return [(label[edge.source], label[edge.target], edge.headless) for edge in graph.edges]


def test_nodes_are_recorded_with_label_kind_and_clusters() -> None:
    code = HEAD + '    with Cluster("outer"):\n        with Cluster("inner"):\n            SQS("Q")\n'
    graph = drawn(code)
    assert [(node.label, node.kind) for node in graph.nodes] == [
        ("A", "state_machine"),
        ("B", "function"),
        ("Q", "queue"),
    ]
    assert graph.nodes[2].clusters == ("outer", "inner")
    assert graph.clusters == ("outer", "inner")
    assert graph.name == "Saga"


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        ("a >> b", [("A", "B", False)]),
        ("a << b", [("B", "A", False)]),
        ("a - b", [("A", "B", True)]),
        ("a >> Edge(label='x') >> b", [("A", "B", False)]),
        ("a << Edge(label='x') << b", [("B", "A", False)]),
        ("a >> Edge() << b", [("A", "B", False), ("B", "A", False)]),
        ("a >> [b, SQS('Q')]", [("A", "B", False), ("A", "Q", False)]),
        ("[a, b] >> SQS('Q')", [("A", "Q", False), ("B", "Q", False)]),
    ],
)
def test_arrows_point_as_their_heads_do(code: str, seen: list[tuple[str, str, bool]]) -> None:
    assert arrows(code) == seen


def test_an_arrow_keeps_its_label_style_and_colour() -> None:
    edge = drawn(HEAD + "    a >> Edge(label='refund', style='dashed', color='red') >> b\n").edges[0]
    assert (edge.label, edge.style, edge.color) == ("refund", "dashed", "red")


def test_drawing_the_same_cell_twice_gives_the_same_graph_and_leaves_the_package_alone() -> None:
    import diagrams

    before = diagrams.Node.__init__
    first, second = drawn(HEAD + "    a >> b\n"), drawn(HEAD + "    a >> b\n")
    assert (first.nodes, first.edges) == (second.nodes, second.edges)
    assert diagrams.Node.__init__ is before


def test_the_line_of_the_magic_is_no_part_of_the_code() -> None:
    assert len(drawn("%%diagram orchestration\n" + HEAD).nodes) == 2


@pytest.mark.parametrize(
    ("provider", "icon", "kind"),
    [
        ("aws", "SF", "state_machine"),
        ("aws", "ExpressWorkflows", "state_machine"),
        ("aws", "LambdaFunction", "function"),
        ("aws", "Eventbridge", "bus"),
        ("aws", "EventbridgeDefaultEventBusResource", "bus"),
        ("aws", "EventbridgeRule", "rule"),
        ("aws", "SimpleQueueServiceSqsQueue", "queue"),
        ("aws", "SimpleNotificationServiceSnsTopic", "topic"),
        ("aws", "DynamodbTable", "table"),
        ("aws", "User", "outside"),
        ("onprem", "Client", "outside"),
        ("gcp", "Functions", "outside"),
    ],
)
def test_the_icon_says_the_kind(provider: str, icon: str, kind: str) -> None:
    assert kind_of_icon(provider, icon) == kind


@pytest.mark.parametrize(
    ("source", "alt"),
    [
        ("# alt: The machine calls.\nx = 1", "The machine calls."),
        ("# alt: The machine\n# calls three steps.\nx = 1", "The machine calls three steps."),
        ("# alt: One.\n\n# another comment", "One."),
        ("# alt: One.\n### BEGIN SOLUTION", "One."),
        ('%%diagram orchestration alt="From the line."\nx = 1', "From the line."),
        ("x = 1", ""),
    ],
)
def test_the_alternative_text_is_found(source: str, alt: str) -> None:
    assert alternative_text(source) == alt


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("x = (", "line 1", "not Python"),
        (HEAD + "    a >> missing\n", "line 6", "misspelt"),
        (HEAD + "    [a] >> [b]\n", "line 6", "two lists"),
        ("from diagrams.aws.integration import EventBridge", "line 1", "Eventbridge"),
        ("from diagrams import Node\nNode('A')", "line 2", "outside of a `with Diagram"),
        ("\nimport os", "line 2", "'os'"),
        ("open('x')", "line 1", "opens a file"),
    ],
)
def test_a_slip_is_told_with_its_line_and_what_to_do(source: str, line: str, said: str) -> None:
    with pytest.raises(DrawingError) as told:
        drawn(source)
    assert told.value.where == line
    assert said in str(told.value)
    assert told.value.do


@pytest.mark.parametrize("source", ["", "x = 1", "raise NotImplementedError()"])
def test_a_cell_that_is_not_written_yet_is_told_apart_from_a_slip(source: str) -> None:
    with pytest.raises(NothingDrawn):
        drawn(source)


def test_a_loop_that_draws_for_ever_is_stopped() -> None:
    with pytest.raises(DrawingError, match="more than 300 nodes"):
        drawn(HEAD + "    while True:\n        Lambda('again')\n")
