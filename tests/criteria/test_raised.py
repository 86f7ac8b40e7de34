"""A plain function that raised is told with the error and its place, and with a thought about the error."""

from __future__ import annotations

import pytest

from sagalab.criteria import drift, promises, raised
from sagalab.criteria.promises import Tried
from sagalab.history import History
from sagalab.participants.orders import Item, Order

ORDER = Order("4711", "c-17", (Item("mug", 1),), 49.90)
UNHASHABLE = {"error": "TypeError", "message": "unhashable type: 'list'", "where": "line 3 of drift"}
GOOD_DAY = "This is an order on a good day."


@pytest.mark.parametrize(
    ("reply", "said", "thought"),
    [
        (UNHASHABLE, "f raised TypeError in line 3 of drift (unhashable type: 'list')", "`tuple(arrow)`"),
        ({"error": "KeyError", "message": "'amount'"}, "f raised KeyError ('amount')", "lacks it"),
        ({"error": "Odd", "message": "what."}, "f raised Odd (what)", "an error ended f."),
        ({"error": "Hung", "message": "never came back: no end"}, "f never came back: no end", "Which loop"),
    ],
)
def test_an_error_is_told_with_its_place_and_a_thought(reply: dict[str, str], said: str, thought: str) -> None:
    message, hint = raised.problem_of("f", reply)
    assert message == said and thought in hint


def test_a_promise_that_raised_is_not_told_about_the_order_of_the_day() -> None:
    reply = {"error": "TypeError", "message": "no", "where": "line 5 of money_kept"}
    found = promises.told_right("01-money", [Tried(ORDER, History(), reply, GOOD_DAY)])
    assert "money_kept raised TypeError in line 5 of money_kept (no)" in found.message
    assert found.hint != GOOD_DAY and "line 5" in found.hint


def test_a_drift_that_raised_is_not_told_that_nothing_differs() -> None:
    picture = drift.Picture("a picture in which everything is right", (), (), "Nothing differs here.")
    found = drift.judged("10-drift", [(picture, UNHASHABLE)])
    assert "drift raised TypeError in line 3 of drift" in found.message
    assert "Nothing differs" not in found.hint and "tuple" in found.hint
