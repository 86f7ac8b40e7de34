"""The saga's promises, each on histories that keep it and on histories that break it."""

from __future__ import annotations

from typing import Any

import pytest

from sagalab.history import History
from sagalab.invariants import Expectation, violations

EXPECTED = Expectation({"7": 10.0})
REFUSED = Expectation({"7": 10.0}, refused=frozenset({"7"}))
LICENSED = Expectation({"7": 10.0}, licensed=frozenset({"7"}))
ITEMS = [{"sku": "mug", "quantity": 1}]


def ran(*effects: str | tuple[str, dict[str, Any]], cid: str | None = "c", at: float = 1.0) -> History:
    """Gives a history of an accepted order with these effects, one a second."""
    history = History()
    history.record(0.0, "accepted", "orchestration", order_id="7")
    for number, effect in enumerate(effects):
        what, detail = effect if isinstance(effect, tuple) else (effect, {})
        given = {"charged": {"amount": 10.0}, "refunded": {"amount": 10.0}, "told": {"outcome": "confirmed"}}
        filled = {"participant": "p", **given.get(what, {}), **detail}
        history.record(at + number, "effect", what, order_id="7", correlation_id=cid, detail=filled)
    return history


def broken(history: History, expected: Expectation = EXPECTED) -> list[str]:
    """Gives the names of the broken promises."""
    return [violation.invariant for violation in violations(history, expected)]


WELL = ("charged", "reserved", "confirmed", "told")
CANCELLED = ("charged", "refunded", "cancelled", ("told", {"outcome": "cancelled"}))


def test_a_confirmed_and_a_refused_order_keep_every_promise() -> None:
    assert broken(ran(*WELL)) == []
    assert broken(ran(*CANCELLED), REFUSED) == []
    assert broken(ran("cancelled", ("told", {"outcome": "cancelled"})), REFUSED) == []


@pytest.mark.parametrize(
    ("effects", "expected", "first"),
    [
        (("charged", *WELL), EXPECTED, "Money"),
        (("charged", "cancelled", ("told", {"outcome": "cancelled"})), REFUSED, "Money"),
        (("reserved", "confirmed", "told"), EXPECTED, "Money"),
        (("charged", "confirmed", "told"), EXPECTED, "Stock"),
        (("reserved", "cancelled", ("told", {"outcome": "cancelled"})), REFUSED, "Stock"),
        (("charged", "reserved", "reserved", "confirmed", "told"), EXPECTED, "Stock"),
        (("charged", "reserved", "told", "confirmed"), EXPECTED, "Voice"),
        (("charged", "reserved", "confirmed", ("told", {"outcome": "cancelled"})), EXPECTED, "Voice"),
        (("charged", "reserved", "confirmed", "told", "told"), EXPECTED, "Voice"),
        (("charged", "reserved", "confirmed"), EXPECTED, "Voice"),
        ((), EXPECTED, "Terminal"),
        (CANCELLED, EXPECTED, "Terminal"),
        (("charged", "refunded", "refunded", "cancelled", ("told", {"outcome": "cancelled"})), REFUSED, "Money"),
    ],
)
def test_a_broken_promise_is_named(effects: tuple[Any, ...], expected: Expectation, first: str) -> None:
    assert broken(ran(*effects), expected)[0] == first


def test_undoing_what_never_happened_or_twice_is_told_apart_from_money() -> None:
    early = ran("released", "reserved", "charged", "confirmed", "told")
    assert "Undo" in broken(early)
    twice = ran("charged", "refunded", ("refunded", {"amount": 0.0}), "cancelled", ("told", {"outcome": "cancelled"}))
    assert broken(twice, REFUSED) == ["Undo"]


def test_there_is_no_way_back_behind_the_pivot() -> None:
    assert "Forward" in broken(ran(*WELL, "refunded"))


def test_an_effect_without_the_one_correlation_id_breaks_the_trace() -> None:
    assert broken(ran(*WELL, cid=None)) == ["Trace"]
    mixed = ran("charged", "reserved")
    mixed.record(3.0, "effect", "confirmed", order_id="7", correlation_id="other", detail={})
    mixed.record(4.0, "effect", "told", order_id="7", correlation_id="c", detail={"outcome": "confirmed"})
    assert broken(mixed) == ["Trace"]


def test_an_order_that_ends_after_an_hour_is_late() -> None:
    assert broken(ran(*WELL, at=4000.0)) == ["Terminal"]


def test_a_licence_covers_an_open_order_but_never_a_second_charge() -> None:
    assert broken(ran("charged"), LICENSED) == []
    assert broken(ran("charged", "charged"), LICENSED) == ["Money"]
    assert broken(ran("charged", ("told", {"outcome": "confirmed"})), LICENSED) == ["Voice"]


def test_a_dropped_message_is_lost_and_a_parked_one_is_not() -> None:
    history = ran(*WELL)
    history.record(9.0, "delivered", "default", detail={"dropped": True, "error": "NO_SUCH_QUEUE"})
    history.record(9.0, "dead_lettered", "default", detail={"dropped": False, "to": "dlq"})
    assert broken(history) == ["Nothing lost"]


def test_an_order_whose_start_never_worked_and_that_had_no_effect_is_not_judged_twice() -> None:
    assert violations(History(), EXPECTED) == []
