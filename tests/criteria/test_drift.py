"""What differs between drawn and deployed arrows: found once each, and as the project's comparison finds it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagalab.architecture import DeployedGraph, DrawnEdge, DrawnGraph, DrawnNode, compare
from sagalab.criteria import drift
from sagalab.criteria.drift import Arrow, Picture

NAMES = ("bus", "one", "two", "three")
ARROWS = [("bus", "one-queue"), ("bus", "two-queue"), ("one-queue", "one"), ("two-queue", "two"), ("one", "bus")]
PICTURES = drift.pictures(ARROWS, "seed")
arrows = st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda one: one[0] != one[1]))


def right(picture: Picture) -> dict[str, Any]:
    found = drift.differing(picture.drawn, picture.deployed)
    return {"result": [f"{kind}: {a} -> {b}" for kind, rows in found.items() for a, b in rows]}


def judged(**changed: Any) -> Any:
    """Judges right answers, one of which is changed: that of the picture in which one arrow is reversed."""
    rows = [(picture, right(picture)) for picture in PICTURES]
    at = next(number for number, row in enumerate(PICTURES) if "wrong way round" in row.words)
    rows[at] = (rows[at][0], {**rows[at][1], **changed})
    return drift.judged("10-drift", rows)


@given(drawn=arrows, deployed=arrows)
def test_each_arrow_that_differs_stands_under_one_word(drawn: set[Arrow], deployed: set[Arrow]) -> None:
    found = drift.differing(drawn, deployed)
    rows = [arrow for kind in found.values() for arrow in kind]
    told = {*found["extra"], *found["reversed"], *found["missing"], *map(drift.turned, found["reversed"])}
    assert len(rows) == len(set(rows)) and told == drawn ^ deployed


@given(drawn=arrows, deployed=arrows)
def test_the_project_s_comparison_finds_the_same_arrows_extra_and_reversed(
    drawn: set[Arrow], deployed: set[Arrow]
) -> None:
    graph = DeployedGraph()
    for name in NAMES:
        graph.add_node(name, name, "queue", required=False)
    for source, target in deployed:
        graph.add_edge(source, target)
    nodes = tuple(DrawnNode(name, name, "queue") for name in NAMES)
    picture = DrawnGraph("a picture", nodes=nodes, edges=tuple(DrawnEdge(*arrow) for arrow in sorted(drawn)))
    found = drift.differing(drawn, deployed)
    told = [one.kind for one in compare(picture, graph).differences]
    assert told.count("extra") == len(found["extra"])
    assert told.count("reversed") == len(found["reversed"])
    # It says of a reversed arrow, too, that the right one is missing.
    assert told.count("missing") == len(deployed - drawn)


def test_right_answers_are_right() -> None:
    assert judged().fraction == 1


def test_the_pictures_hold_every_kind_of_difference_alone_and_together() -> None:
    kinds = [{kind for kind, rows in drift.differing(p.drawn, p.deployed).items() if rows} for p in PICTURES]
    assert [set(), {"missing"}, {"extra"}, {"reversed"}] == kinds[:4]
    assert {"missing", "extra", "reversed"} in kinds


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"result": None}, "drift returned nothing (None)."),
        ({"result": True}, "drift returned something that is no list of texts."),
        ({"result": []}, "drift did not say what is the matter."),
        ({"result": ["('a', 'b')"]}, "the form of a line is 'missing: a -> b'."),
        ({"result": ["missing: x -> y"]}, "drift said 'missing: x -> y', and that is not so."),
        ({"error": "KeyError", "message": "'a'"}, "drift raised KeyError ('a')."),
    ],
)
def test_a_wrong_answer_is_told_with_the_picture_that_shows_it(changed: dict[str, Any], words: str) -> None:
    found = judged(**changed)
    assert (found.fraction, found.attempted) == (0, True)
    assert "drawn the wrong way round" in found.message and found.message.endswith(words)


def test_a_line_that_is_said_twice_is_one_too_many() -> None:
    twice = next(row for row in PICTURES if "wrong way round" in row.words)
    assert judged(result=right(twice)["result"] * 2).message.endswith("drift said one thing twice.")


def test_no_function_is_nothing_attempted() -> None:
    found = drift.judged("10-drift", [(PICTURES[0], {"error": "Unknown", "message": "defines no function drift()"})])
    assert not found.attempted
