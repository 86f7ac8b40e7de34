"""Lesson 03's exercises, judged on histories written by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sagalab.criteria import failing
from sagalab.criteria.failing import Asked, Redriven
from sagalab.criteria.workflow import Ran
from sagalab.faults import Fault
from sagalab.history import History
from sagalab.participants.orders import Item, Order
from sagalab.scenario import Scenario

ORDER = Order("4711", "c-17", (Item("mug", 1),), 49.90)
MAIL = Fault("unavailable", "mailer.send", order="4711")


def story(*facts: tuple[str, str, dict[str, Any]], amount: float = 49.90, faults: tuple[Fault, ...] = (MAIL,)) -> Ran:
    """Gives a run of one order; each fact is (kind, what, detail), ten seconds after the one before it."""
    history = History()
    history.record(0.0, "accepted", "orchestration", order_id="4711")
    for number, (kind, what, detail) in enumerate(facts, 1):
        fact: Any = kind
        history.record(10.0 * number, fact, what, order_id="4711", detail=detail)
    return Ran(Scenario("orchestration", (replace(ORDER, amount=amount),), {"mug": 5}, faults), history)


def effects(*names: str) -> list[tuple[str, str, dict[str, Any]]]:
    more = {
        "charged": {"amount": 49.90},
        "refunded": {"amount": 49.90},
        "told": {"outcome": "cancelled" if "cancelled" in names else "confirmed"},
        "reserved": {"items": [{"sku": "mug", "quantity": 1}]},
        "released": {"items": [{"sku": "mug", "quantity": 1}]},
    }
    return [("effect", name, {"participant": "any", **more.get(name, {})}) for name in names]


SOLD = effects("charged", "reserved", "confirmed", "told")
CALL: tuple[str, str, dict[str, Any]] = ("call", "mailer.send", {})


def test_patience_with_an_end_is_right() -> None:
    found = failing.patient("x", [story(CALL, CALL, *SOLD)], story(), [story(CALL, CALL)])
    assert found.fraction == 1


@pytest.mark.parametrize(
    ("healing", "too_long", "said"),
    [
        ([CALL, CALL], [CALL], "was tried 2 times in 10 s. Then it was given up."),
        (SOLD, [CALL] * 21, "was tried 21 times for one order; 20 are allowed."),
        (SOLD, [CALL, *effects(*["confirmed"] * 300), CALL], "was still tried 50 minutes after the first try"),
    ],
)
def test_too_little_and_too_much_patience_are_told_apart(healing: Any, too_long: Any, said: str) -> None:
    found = failing.patient("x", [story(*healing)], story(), [story(*too_long)])
    assert (found.verdict, found.attempted) == ("invalid", True)
    assert said in found.message


def test_an_order_that_was_cancelled_is_judged_however_long_the_fault_lasted() -> None:
    long = (Fault("reply_lost", "payment_gateway.charge", lasts=7200.0),)
    kept = story(*effects("charged", "cancelled", "told"), faults=long)
    assert kept.broken(["Money"]) == []
    assert [one.invariant for one in failing.closed(kept)] == ["Money"]
    assert failing.closed(story(*effects("charged"), faults=long)) == []


def asked(answer: bool | None, *facts: Any, amount: float = 240.0, before: int = 2, **kept: Any) -> Asked:
    ran = story(*[(kind, what, {**detail, **({"amount": amount} if "amount" in detail else {})}) for kind, what, detail in facts],
                amount=amount, faults=())  # fmt: skip
    return Asked(ran.scenario, ran.history, answer, before, **kept)


QUESTION = ("sent", "approvals", {"message": "m"})
ANSWER: tuple[str, str, dict[str, Any]] = ("api", "states:SendTaskSuccess", {})
BACK = effects("charged", "reserved", "released", "refunded", "cancelled", "told")


@pytest.mark.parametrize(
    "ran", [asked(True, QUESTION, ANSWER, *SOLD), asked(False, QUESTION, ANSWER, *BACK), asked(None, QUESTION, *BACK)]
)
def test_an_order_that_waits_for_its_answer_is_right(ran: Asked) -> None:
    assert failing.asks("x", [ran]).fraction == 1


@pytest.mark.parametrize(
    ("ran", "said"),
    [
        (asked(True, *SOLD, before=9), "was confirmed before anybody was asked."),
        (asked(True, *SOLD), "put no question into a queue."),
        (asked(True, QUESTION, *effects("charged")), "came back, and no token was sent"),
        (asked(None, *SOLD, amount=20.0), "still waits after 15 minutes"),
        (asked(None, QUESTION, *effects("charged")), "still has no outcome."),
        (asked(None, QUESTION, *SOLD), "and it was confirmed."),
        (asked(False, QUESTION, ANSWER, *SOLD), "A person said no about order 4711, and it was confirmed."),
        (asked(True, QUESTION, error="KeyError", said="'token'"), "raised KeyError: 'token'."),
        (
            asked(
                False, QUESTION, ANSWER, *effects("charged", "reserved", "refunded", "released", "cancelled", "told")
            ),
            "compensations run in reverse order.",
        ),
    ],
)
def test_an_order_that_does_not_do_as_told_is_shown(ran: Asked, said: str) -> None:
    found = failing.asks("x", [ran])
    assert (found.verdict, found.attempted) == ("invalid", True)
    assert said in found.message
    assert found.hint


LISTED: tuple[str, str, dict[str, Any]] = ("api", "states:ListExecutions", {})
RAN: tuple[str, str, dict[str, Any]] = ("execution", "OrderFlow", {"arn": "one"})


def redriven(*facts: Any, second: dict[str, Any] | None = None) -> Redriven:
    ran = story(*facts)
    return Redriven(ran.scenario, ran.history, ({"result": 1}, second or {"result": 0}))


def test_a_failed_execution_that_goes_on_is_right() -> None:
    assert failing.redriven("x", redriven(RAN, LISTED, *SOLD)).fraction == 1


@pytest.mark.parametrize(
    ("ran", "said"),
    [
        (redriven(RAN, LISTED, ("execution", "OrderFlow", {"arn": "two"}), *SOLD), "has 2 executions now"),
        (
            redriven(RAN, LISTED, *effects("charged", "reserved", "confirmed")),
            "The customer of order 4711 was not told",
        ),
        (redriven(RAN, LISTED, *SOLD, second={"error": "KeyError", "message": "'x'"}), "called a second time"),
    ],
)
def test_a_redrive_that_misses_is_shown(ran: Redriven, said: str) -> None:
    assert said in failing.redriven("x", ran).message


def test_a_redrive_that_looks_at_nothing_is_not_attempted() -> None:
    assert failing.redriven("x", redriven(RAN, *effects("charged", "reserved", "confirmed"))).attempted is False
