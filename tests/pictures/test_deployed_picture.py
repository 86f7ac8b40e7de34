"""What is deployed, and what a learner drew, as pictures."""

from __future__ import annotations

import re

import pytest

from sagalab.deployment import Deployment
from sagalab.errors import LearnerError
from sagalab.pictures import deployed_picture, drawn_picture
from tests.architecture import designs


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
