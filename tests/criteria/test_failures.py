"""Lesson 05's findings, on runs written by hand: what a table, a queue and the outbox hold, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sagalab.criteria import failures
from sagalab.criteria.failures import Told
from sagalab.faults import Fault
from sagalab.history import History
from sagalab.participants.orders import Item, Order
from sagalab.scenario import Scenario

ONE, TWO = (Order(number, "c-17", (Item("mug", 1),), 12.0) for number in ("4711", "4712"))


def ran(*faults: Fault, tables: Any = None, orders: tuple[Order, ...] = (ONE,), errors: Any = None) -> Told:
    """Gives a run in which each order was announced, and confirmed and told a second later."""
    history = History()
    for order in orders:
        history.record(0, "accepted", "choreography", order_id=order.order_id)
        history.record(1, "published", "default", order_id=order.order_id, detail={"detail_type": "OrderCreated"})
        history.record(2, "effect", "confirmed", order_id=order.order_id, detail={"participant": "order_book"})
        history.record(2, "effect", "told", order_id=order.order_id, detail={"outcome": "confirmed"})
    scenario = Scenario("choreography", orders, {"mug": 5}, faults)
    return Told(scenario, history, tables or {}, errors or {})


def takings(amount: float) -> dict[str, list[dict[str, Any]]]:
    return {"takings": [{"name": "all", "amount": amount}]}


def test_the_right_sum_is_right():
    assert failures.counted_once("c", [ran(tables=takings(24.0), orders=(ONE, TWO))]).verdict == "valid"


@pytest.mark.parametrize(
    ("amount", "marks", "words"),
    [
        (24.0, ["4711"], "something was counted twice"),
        (0.0, ["4711"], "was marked as counted, and never was"),
        (0.0, [], "was neither marked nor counted"),
    ],
)
def test_a_wrong_sum_says_which_way_it_is_wrong(amount: float, marks: list[str], words: str):
    held = {**takings(amount), "counted": [{"orderId": mark} for mark in marks]}
    found = failures.counted_once("c", [ran(Fault("duplicated", "sales-queue"), tables=held)])
    assert words in found.message and "12.00" in found.message and found.schedule and found.history is not None


def test_the_hint_about_a_double_depends_on_what_struck():
    hints = {
        failures.counted_once("c", [ran(fault, tables=takings(24.0))]).hint
        for fault in (Fault("duplicated", "sales-queue"), Fault("throttled", "dynamodb:PutItem"))
    }
    assert len(hints) == 2


def test_takings_that_stand_elsewhere_are_looked_for_in_vain():
    assert "have no item `all`" in failures.counted_once("c", [ran(tables={"takings": []})]).message


@pytest.mark.parametrize(
    ("row", "words"),
    [({"status": "paid"}, "the board says 'paid'"), ({}, "the board does not show it")],
)
def test_a_board_that_lags_is_quoted(row: dict[str, str], words: str):
    tables = {"board": [{"orderId": "4711", **row}]} if row else {}
    assert words in failures.only_forward("c", [ran(Fault("delayed", "board-queue"), tables=tables)]).message


def test_an_order_that_was_never_confirmed_comes_before_everything_else():
    bare = replace(ran(tables=takings(12.0)), history=History())
    assert "was never confirmed" in failures.counted_once("c", [bare]).message


def poisoned(**changed: Any) -> Told:
    run = ran(Fault("poison", "payment-queue", order="4711"), orders=(ONE, TWO), **changed)
    detail = {"target": "payment-queue", "message": "m1"}
    run.history.record(3, "fault", "poison", order_id="4711", detail=detail)
    run.history.record(4, "received", "payment-queue", order_id="4711", detail={"message": "m1", "count": 7})
    return run


def test_a_parked_message_beside_a_sound_order_is_right():
    run = poisoned()
    to = {"message": "m1", "to": "payment-dlq"}
    run.history.record(5, "dead_lettered", "payment-queue", order_id="4711", detail=to)
    assert failures.poison_parked("c", [run]).verdict == "valid"


def test_a_message_that_is_parked_in_another_queue_is_told_where():
    run = poisoned()
    run.history.record(5, "dead_lettered", "payment-queue", order_id="4711", detail={"message": "m1", "to": "dlq"})
    assert "was parked in dlq; asked for is payment-dlq" in failures.poison_parked("c", [run]).message


def test_a_message_that_comes_back_for_ever_is_counted():
    found = failures.poison_parked("c", [poisoned()])
    assert "7 times so far, and no dead-letter queue takes it" in found.message


def test_a_message_that_was_deleted_is_gone():
    run = poisoned()
    run.history.record(5, "deleted", "payment-queue", order_id="4711", detail={"message": "m1"})
    assert "was taken for done, and is gone" in failures.poison_parked("c", [run]).message


def test_nothing_parked_is_nothing_to_redrive():
    run = ran(Fault("unavailable", "warehouse.reserve", lasts=2400))
    assert "nothing to redrive" in failures.redriven("c", [run]).message


def test_a_customer_who_is_told_twice_after_a_redrive_is_named():
    run = ran(Fault("unavailable", "warehouse.reserve", lasts=2400))
    run.history.record(5, "dead_lettered", "q", order_id="4711", detail={"message": "m1", "to": "dlq"})
    run.history.record(6, "effect", "told", order_id="4711", detail={"outcome": "confirmed"})
    assert "was told 2 times" in failures.redriven("c", [run]).message


STORED = {"orders": [{"orderId": "4711"}]}


def test_a_stored_order_that_was_announced_is_right():
    assert failures.outbox("c", [ran(tables=STORED)]).verdict == "valid"


def test_an_order_that_was_announced_and_stored_nowhere_is_named():
    assert "the table `orders` does not hold it" in failures.outbox("c", [ran()]).message


def test_a_shop_that_cannot_take_an_order_because_the_bus_is_away_is_told():
    run = ran(Fault("publish_failed", "events:PutEvents", lasts=300))
    history = History()
    history.record(0, "accepted", "choreography", order_id="4711", detail={"error": "emit_order_created raised"})
    found = failures.outbox("c", [replace(run, history=history)])
    assert "The shop could not take order 4711" in found.message


def test_a_relay_that_stopped_is_quoted():
    run = ran(Fault("throttled", "events:PutEvents"), tables=STORED, errors={"relay": "relay() raised KeyError."})
    found = failures.outbox("c", [replace(run, history=History())])
    assert found.message.endswith("the outbox holds no line for it. relay() raised KeyError.")


def test_a_queue_that_does_not_get_its_turn_beside_a_busy_one_is_told_of():
    run = replace(ran(Fault("unavailable", "warehouse.reserve", lasts=2400)), busy="payment-dlq")
    history = History()
    history.record(
        5, "dead_lettered", "inventory-queue", order_id="4711", detail={"message": "m1", "to": "inventory-dlq"}
    )
    history.record(5, "sent", "inventory-dlq", order_id="4711", detail={"message": "m1"})
    found = failures.redriven("c", [replace(run, history=history)])
    assert "redrive_all() was called while a task of payment-dlq was under way. " in found.message
    assert "try" in found.hint
