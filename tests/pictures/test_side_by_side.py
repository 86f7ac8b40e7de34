"""Orders of both styles stand under each other, each counted from its own start."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sagalab.history import History
from sagalab.pictures import side_by_side
from sagalab.pictures.side_by_side import _band, _from_zero
from sagalab.pictures.timeline import span
from sagalab.pictures.words import approach_of, of_order
from tests.pictures import runs


def both(apart: float = 100.0) -> History:
    """An orchestrated order 1, and a choreographed order 2 that starts so many seconds later."""
    whole = History()
    for number, run in enumerate((runs.refused(), runs.choreographed()), 1):
        shift, before = apart * (number - 1), len(whole)
        for fact in run:
            whole.record(
                fact.at + shift,
                fact.kind,
                fact.what,
                order_id=str(number) if fact.order_id else None,
                until=None if fact.until is None else fact.until + shift,
                cause=None if fact.cause is None else fact.cause + before,
                detail=fact.detail,
            )
    return whole


def test_each_order_is_named_with_what_coordinates_it_and_its_effects() -> None:
    alt = side_by_side(both(), ["1", "2"]).alt
    first, second = alt.split("Choreography, order 2")
    assert alt.startswith("Orders 1 and 2 on one time axis, each counted from its own start. Orchestration, order 1")
    assert "refunded 42.00 at 71.3 s" in first and "unavailable at warehouse.reserve" in first
    assert "customer told: confirmed at 1.53 s" in second and "refunded" not in second


@given(st.floats(0.0, 1e5))
def test_how_far_apart_the_orders_started_does_not_matter(apart: float) -> None:
    bands = [_band("order", _from_zero(of_order(both(apart), order))) for order in ("1", "2")]
    for rows, expected in zip(bands, (71.8, 1.62), strict=True):
        start, end = span(rows)
        assert start == 0 and abs(end - expected) < 0.05


def test_what_coordinates_comes_first_and_participants_keep_rows_of_their_own() -> None:
    facts = [_from_zero(of_order(both(), order)) for order in ("1", "2")]
    names = [[row.name for row in _band("order", one)] for one in facts]
    assert names[0][:2] == ["states", "functions"] and names[1][:2] == ["messages", "functions"]
    assert {"payment gateway", "warehouse", "order book", "mailer"} <= set(names[0]) & set(names[1])


def test_an_order_that_never_ran_is_left_out() -> None:
    assert side_by_side(both(), ["1", "9"]).alt.startswith("Order 1 on one time axis")
    assert side_by_side(both(), ["9"]).alt == "On one time axis: nothing happened."


def test_a_fault_that_names_no_order_is_told_of_the_order_whose_component_it_struck() -> None:
    history = both()
    for at in (0.5, 100.5, 900.0):
        for target in ("payment-task", "payment-service", "loyalty-service"):
            history.record(at, "fault", "throttled", detail={"target": target})
    first, second = side_by_side(history, ["1", "2"]).alt.split("Choreography, order 2")
    assert "throttled at payment-task at 0.50 s" in first and "payment-service" not in first
    assert "throttled at payment-service at 0.45 s" in second and "payment-task" not in second
    assert "loyalty" not in first + second


def test_a_function_that_got_a_batch_of_several_orders_is_told_of_each() -> None:
    history = both()
    history.record(101.0, "fault", "throttled", detail={"target": "loyalty-service"})
    batch = history.record(101.2, "invocation", "loyalty-service", order_id="1", until=101.3)
    history.record(101.25, "call", "order_book.get", order_id="2", until=101.26, cause=batch)
    assert "throttled at loyalty-service" in side_by_side(history, ["2"]).alt


def test_a_state_that_asks_a_person_by_a_message_makes_no_choreography() -> None:
    history = runs.refused()
    history.record(80.0, "sent", "approvals", order_id=history.of("effect")[0].order_id, detail={"message": "m"})
    assert approach_of(history) == "orchestration"


def test_the_same_orders_give_the_same_picture() -> None:
    assert side_by_side(both(), ["1", "2"]).svg == side_by_side(both(), ["1", "2"]).svg
