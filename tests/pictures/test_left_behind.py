"""What stopped orders left behind is counted and drawn as it happened."""

from __future__ import annotations

import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sagalab.history import History
from sagalab.pictures import left_behind
from sagalab.pictures.left_behind import remainders

STEPS = [
    ("payment_gateway.charge", "charged"), ("warehouse.reserve", "reserved"), ("order_book.confirm", "confirmed"),
    ("mailer.send", "told"),
]  # fmt: skip


def stopped(places: list[tuple[int, bool]]) -> History:
    """Gives a history in which order i stopped in a step, with or without the step's effect."""
    history = History()
    for number, (step, landed) in enumerate(places):
        for place, (call, effect) in enumerate(STEPS[: step + 1]):
            history.record(number, "call", call, order_id=str(number))
            if place < step or landed:
                history.record(number, "effect", effect, order_id=str(number))
    return history


def orders(count: int) -> list[str]:
    return [str(number) for number in range(count)]


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=60))
def test_every_order_is_counted_once_by_its_effects_and_its_last_call(places: list[tuple[int, bool]]) -> None:
    found = remainders(stopped(places), orders(len(places)))
    expected: dict[tuple[str, ...], Counter[str]] = {}
    for step, landed in places:
        left = tuple(effect for _, effect in STEPS[: step + landed])
        expected.setdefault(left, Counter())[STEPS[step][0].partition(".")[2]] += 1
    assert found == expected


def test_the_words_name_what_is_left_and_where_it_stopped() -> None:
    picture = left_behind(stopped([(3, True), (1, False), (0, True), (0, False)]), orders(4))
    assert picture.alt == (
        "What is left behind by 4 orders, and the call in which they stopped. Nothing: 1, 1 in charge. "
        "Charged: 2, 1 in charge and 1 in reserve. Charged, reserved, confirmed, told: 1, 1 in send."
    )


def test_what_is_half_done_is_hatched_and_what_is_not_is_not() -> None:
    def hatched(places: list[tuple[int, bool]]) -> int:
        return len(re.findall(r"fill: url\(#", left_behind(stopped(places), orders(len(places))).svg))

    assert hatched([(0, False), (3, True)]) == 0
    assert hatched([(0, False), (0, True)]) == 1
    assert hatched([(0, False), (1, True), (2, True), (3, True)]) == 2


def test_orders_that_never_called_anybody_give_a_picture_that_says_so() -> None:
    assert left_behind(History(), ["1"]).alt == "What is left behind: nothing happened."
