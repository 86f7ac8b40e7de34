"""Lesson 03's approval and redrive, judged on histories written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from sagalab.criteria import by_a_person
from sagalab.criteria.by_a_person import Asked, Redriven
from tests.criteria.stories import SOLD, effects, story


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
    assert by_a_person.asks("x", [ran]).fraction == 1


@pytest.mark.parametrize(
    ("ran", "said"),
    [
        (asked(True, *SOLD, before=9), "which costs 240.00, was confirmed before anybody was asked."),
        (asked(None, QUESTION, *BACK, before=9), "was cancelled 50 s after the question was asked"),
        (asked(True, *SOLD), "put no question into a queue."),
        (asked(True, QUESTION, *effects("charged")), "came back, and no token was sent"),
        (asked(None, *SOLD, amount=20.0), "still waits after 15 minutes"),
        (asked(None, QUESTION, *effects("charged")), "it still has no outcome."),
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
    found = by_a_person.asks("x", [ran])
    assert (found.verdict, found.attempted) == ("invalid", True)
    assert said in found.message
    assert found.hint


LISTED: tuple[str, str, dict[str, Any]] = ("api", "states:ListExecutions", {})
RAN: tuple[str, str, dict[str, Any]] = ("execution", "OrderFlow", {"arn": "one"})


def redriven(*facts: Any, second: dict[str, Any] | None = None, at: int = 0) -> Redriven:
    ran = story(*facts)
    return Redriven(ran.scenario, ran.history, ({"result": 1}, second or {"result": 0}), at or len(ran.history))


def test_a_failed_execution_that_goes_on_is_right() -> None:
    assert by_a_person.redriven("x", redriven(RAN, LISTED, *SOLD)).fraction == 1


@pytest.mark.parametrize(
    ("ran", "said"),
    [
        (redriven(RAN, LISTED, ("execution", "OrderFlow", {"arn": "two"}), *SOLD), "has 2 executions now"),
        (
            redriven(RAN, LISTED, *effects("charged", "reserved", "confirmed")),
            "The customer of order 4711 was not told",
        ),
        (redriven(RAN, LISTED, *SOLD, second={"error": "KeyError", "message": "'x'"}), "called a second time"),
        (redriven(RAN, LISTED, *SOLD, at=3), "only the second call helped it"),
    ],
)
def test_a_redrive_that_misses_is_shown(ran: Redriven, said: str) -> None:
    assert said in by_a_person.redriven("x", ran).message


def test_a_redrive_that_looks_at_nothing_is_not_attempted() -> None:
    assert by_a_person.redriven("x", redriven(RAN, *effects("charged", "reserved", "confirmed"))).attempted is False
