"""Lesson 07's criteria on small histories: points, bills, places and blast radius."""

from __future__ import annotations

from typing import Any

from sagalab.criteria.tradeoffs import Answer, Counted, bill, blast_radius, fourth_step, place
from sagalab.history import History
from sagalab.scenario import healthy

BASE = healthy("orchestration", "tradeoffs")
ORDER = BASE.orders[0]
ARN = "arn:aws:states:us-east-1:123456789012:execution:OrderFlow:1"


def ran(told_after: float = 1.0, effects: tuple[str, ...] = ("charged", "reserved", "confirmed", "told")) -> History:
    """Gives a run of one order with these effects and two states, the first of them tried twice."""
    history, whose = History(), ORDER.order_id
    history.record(0, "accepted", "orchestration", order_id=whose)
    history.record(0, "execution", "OrderFlow", order_id=whose, detail={"arn": ARN})
    for at, kind, state in (
        (0, "TaskStateEntered", "Charge"), (1, "TaskFailed", "Charge"), (2, "TaskSucceeded", "Charge"),
        (2, "TaskStateExited", "Charge"), (3, "TaskStateEntered", "Tell"),
    ):  # fmt: skip
        history.record(at, "state", state, order_id=whose, detail={"type": kind, "execution": ARN})
    details: dict[str, dict[str, Any]] = {
        "charged": {"participant": "payment_gateway", "amount": ORDER.amount},
        "reserved": {
            "participant": "warehouse",
            "items": [{"sku": item.sku, "quantity": item.quantity} for item in ORDER.items],
        },
        "confirmed": {"participant": "order_book"},
        "told": {"participant": "mailer", "outcome": "confirmed"},
    }
    for what in effects:
        history.record(told_after, "effect", what, order_id=whose, detail=details[what])
    return history


def counted(history: History, points: float | None, *answers: Answer) -> Counted:
    return Counted(BASE, history, {} if points is None else {ORDER.order_id: points}, answers)


def test_points_are_due_for_whole_euros_of_a_confirmed_order() -> None:
    due = float(int(ORDER.amount))
    messages = [fourth_step("x", [counted(ran(), points)], "holds").message for points in (due, None, due + 1)]
    assert messages[0] == "holds"
    assert messages[1].endswith("was confirmed, and has no points.")
    assert messages[2].endswith(f"has {due + 1:g} points, and {due:g} are due.")


def test_a_bill_counts_states_and_retries() -> None:
    def message(count: int) -> str:
        return bill("x", [counted(ran(), None, Answer(9, ARN, count))]).message

    assert message(3) == "1 executions counted, with retries and without."
    assert "gave 2; AWS bills 3: 2 states were entered, and 1 tries came after a first one." in message(2)


def test_an_order_stands_where_it_stood_when_it_was_asked_for() -> None:
    def message(at: float, state: str, *calls: str) -> str:
        return place("x", [counted(ran(), None, Answer(at, ORDER.order_id, state, calls=calls))]).message

    assert message(2.5, "Charge", "states:GetExecutionHistory").startswith("1 orders found")
    assert "gave 'Charge', and the order stands in 'Tell'" in message(4, "Charge")
    assert "1 of them a list of all executions" in message(4, "Tell", "states:ListExecutions")


def test_a_mail_after_a_minute_and_points_that_never_came_are_told_apart() -> None:
    late = blast_radius("x", [counted(ran(told_after=600), 1.0)])
    lost = blast_radius("x", [counted(ran(), None)])
    assert "was told after 10 minutes" in late.message
    assert "was told in time, and an hour after the outage it has no points" in lost.message
    assert blast_radius("x", [counted(ran(), 1.0)]).verdict == "valid"
