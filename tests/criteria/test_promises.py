"""Lesson 01's promises: what a learner's function says is held against what the course's own promise says."""

from __future__ import annotations

from typing import Any

import pytest

from sagalab.criteria import promises
from sagalab.criteria.promises import Tried
from sagalab.history import History
from sagalab.participants.orders import Item, Order

ORDER = Order("4711", "c-17", (Item("mug", 1),), 49.90)


def tried(reply: dict[str, Any], *effects: tuple[str, dict[str, Any]]) -> Tried:
    history = History()
    for at, (what, detail) in enumerate(effects):
        history.record(float(at), "effect", what, order_id="4711", detail=detail)
    return Tried(ORDER, history, reply, "a thought")


CHARGED = ("charged", {"amount": 49.90})
CONFIRMED: tuple[str, dict[str, Any]] = ("confirmed", {})


def test_a_function_that_says_what_the_promise_says_is_right() -> None:
    found = promises.told_right(
        "01-money", [tried({"result": True}, CHARGED, CONFIRMED), tried({"result": False}, CHARGED)]
    )
    assert found.fraction == 1
    assert "found the 1 that break the promise" in found.message


@pytest.mark.parametrize(
    ("reply", "effects", "said"),
    [
        ({"result": True}, (CHARGED,), "said True of this: charged 49.90; order 4711 costs 49.90. Order 4711 never ended"),
        ({"result": False}, (CHARGED, CONFIRMED), "said False of this: charged 49.90, then confirmed"),
        ({"result": False}, (), "said False of this: no effect at all"),
        ({"result": 0.5}, (CHARGED,), "gave 0.5, and neither True nor False"),
        ({"error": "KeyError", "message": "'amount'"}, (CONFIRMED,), "raised KeyError"),
    ],
)  # fmt: skip
def test_a_function_that_says_otherwise_is_shown_the_order(
    reply: dict[str, Any], effects: tuple[tuple[str, dict[str, Any]], ...], said: str
) -> None:
    found = promises.told_right("01-money", [tried(reply, *effects)])
    assert (found.verdict, found.attempted) == ("invalid", True)
    assert said in found.message
    assert found.hint


def test_a_function_that_does_not_judge_yet_is_not_attempted() -> None:
    assert promises.told_right("01-money", [tried({"result": None}, CHARGED)] * 2).attempted is False


def test_every_promise_is_tried_on_ledgers_that_keep_and_on_ledgers_that_break_it() -> None:
    assert set(promises.STORIES) == set(promises.PROMISED)
    assert all(len(stories) >= 8 and all(stories.values()) for stories in promises.STORIES.values())
