"""What is deployed, and what a learner drew, as pictures."""

from __future__ import annotations

import html
import re

import pytest

from sagalab.architecture import deployed
from sagalab.deployment import Deployment
from sagalab.errors import LearnerError
from sagalab.pictures import deployed_picture, dot, drawn_picture
from sagalab.pictures.deployed import source_of
from sagalab.pictures.labels import read
from tests.architecture import designs
from tests.pictures.test_labels import flaws


def test_a_deployment_is_told_in_sentences() -> None:
    alt = deployed_picture(designs.both()).alt
    assert "the state machine 'OrderFlow' calls the function 'charge-payment'" in alt
    assert "the queue 'payment-queue' hands its poison messages to the queue 'payment-dlq'" in alt
    assert "writes to" not in alt


def test_a_run_adds_what_functions_write_to() -> None:
    picture = deployed_picture(designs.both(), designs.choreographed_run())
    assert "the function 'payment-service' writes to the bus 'default'" in picture.alt


def test_the_picture_shows_every_thing_once_with_its_icon() -> None:
    deployment = designs.both()
    svg = deployed_picture(deployment).svg
    assert len(re.findall(r'href="data:image/png;base64,', svg)) == 1 + 6 + 3 + 1 + 6
    assert svg.count("payment&#45;dlq</text>") == 1
    assert "resources" not in svg


def test_it_says_that_published_events_are_those_of_the_runs() -> None:
    seen = "What functions publish is drawn as seen in this lab's runs"
    ran, read = deployed_picture(designs.both(), designs.choreographed_run()), deployed_picture(designs.both())
    assert seen in ran.alt and seen in html.unescape(ran.svg.partition("</desc>")[2])
    assert "What functions publish stands in their code and is not shown." in html.unescape(read.svg)


def test_where_nothing_can_publish_nothing_is_said_about_it() -> None:
    assert "publish" not in deployed_picture(designs.orchestrated(), designs.HISTORIES["orchestration"]).svg


def test_both_designs_stand_side_by_side_and_nothing_crosses_words() -> None:
    graph = deployed(designs.both(), designs.choreographed_run())
    layout = read(dot.placed(source_of(graph, True)))
    assert layout.whole is not None
    assert layout.whole.high - layout.whole.low < 1.1 * (layout.whole.right - layout.whole.left)
    assert flaws(layout) == []


def test_a_label_that_came_early_makes_room_for_those_after_it() -> None:
    steps = {"ChargePayment": "charge-payment", "ReserveStock": "reserve-stock", "ConfirmOrder": "confirm-order"}
    back = {"RefundPayment": "refund-payment", "CancelOrder": "cancel-order"}
    states = {state: designs.task(name, None) for state, name in {**steps, **back}.items()}
    for (state, row), following in zip(states.items(), [*list(states)[1:], None], strict=True):
        row |= {"Next": following} if following and state != "ConfirmOrder" else {"End": True}
    states["ReserveStock"]["Catch"] = [{"ErrorEquals": ["OutOfStock"], "Next": "RefundPayment"}]
    deployment = Deployment(
        state_machines=[designs.machine({"StartAt": "ChargePayment", "States": states})],
        functions=[designs.function(name) for name in [*steps.values(), *back.values()]],
    )
    assert flaws(read(dot.placed(source_of(deployed(deployment), False)))) == []


def test_an_empty_deployment_says_so() -> None:
    picture = deployed_picture(Deployment())
    assert picture.alt == "Nothing is deployed yet."
    assert picture.png.startswith(b"\x89PNG")


def test_a_learner_s_drawing_is_shown_with_its_own_words() -> None:
    picture = drawn_picture(designs.TRUE_ORCHESTRATION)
    assert picture is not None
    assert picture.alt.startswith("The machine OrderFlow calls a function")
    assert picture.svg.count("data:image/png;base64,") == 7


def test_a_cell_that_draws_nothing_shows_nothing() -> None:
    assert drawn_picture("# not yet") is None


def test_a_slip_is_told_in_words() -> None:
    with pytest.raises(LearnerError, match="line 2"):
        drawn_picture("from diagrams import Diagram\nDiagram(")
