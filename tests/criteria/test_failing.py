"""Lesson 03's exercises about machines, judged on histories written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from sagalab.criteria import failing
from sagalab.faults import Fault
from tests.criteria.stories import SOLD, effects, story

CALL: tuple[str, str, dict[str, Any]] = ("call", "mailer.send", {})


def test_patience_with_an_end_is_right() -> None:
    found = failing.patient("x", [story(CALL, CALL, *SOLD)], [story(CALL, *SOLD)], story(), [story(CALL, CALL)])
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
    found = failing.patient("x", [story(*healing)], [], story(), [story(*too_long)])
    assert (found.verdict, found.attempted) == ("invalid", True)
    assert said in found.message


def test_an_order_that_was_cancelled_is_judged_however_long_the_fault_lasted() -> None:
    long = (Fault("reply_lost", "payment_gateway.charge", lasts=7200.0),)
    kept = story(*effects("charged", "cancelled", "told"), faults=long)
    assert kept.broken(["Money"]) == []
    assert [one.invariant for one in failing.closed(kept)] == ["Money"]
    assert failing.closed(story(*effects("charged"), faults=long)) == []


OUTAGE = (Fault("unavailable", "warehouse.reserve", lasts=7200.0),)
UNDONE = effects("charged", "refunded", "cancelled", "told")


def calls(*names: str) -> list[tuple[str, str, dict[str, Any]]]:
    return [("call", name, {}) for name in names]


def test_a_saga_that_goes_back_also_from_what_was_given_up_is_right() -> None:
    found = failing.compensates("x", [], [story(*SOLD)], [story(*UNDONE, faults=OUTAGE)])
    assert (found.fraction, found.message.count("1 that met an outage")) == (1, 1), found.message


@pytest.mark.parametrize(
    ("given_up", "said"),
    [
        (effects("charged"), "order 4711 was accepted and never ended"),
        (effects("charged", "cancelled", "told"), "0.00 should be paid, but 49.90 is"),
        (
            [*calls("payment_gateway.refund", "warehouse.release"), *UNDONE],
            "was refunded first and released after that",
        ),
    ],
)
def test_a_saga_that_forgets_what_was_given_up_is_shown(given_up: Any, said: str) -> None:
    found = failing.compensates("x", [], [story(*SOLD)], [story(*given_up, faults=OUTAGE)])
    assert (found.verdict, found.attempted) == ("invalid", True)
    assert said in found.message.replace("Order", "order")
    assert found.hint


def test_a_retrier_that_matches_nothing_is_not_told_to_add_waits_up() -> None:
    found = failing.patient("x", [story(CALL)], [], story(), [])
    assert "was tried once. Then it was given up." in found.message
    assert "letter by letter" in found.hint


def test_a_retrier_for_outages_alone_is_shown_the_answer_that_got_lost() -> None:
    lost = story(CALL, faults=(Fault("reply_lost", "mailer.send"),))
    found = failing.patient("x", [story(CALL, CALL, *SOLD)], [lost], story(), [])
    assert found.promise == "Everything that passes by itself heals"
