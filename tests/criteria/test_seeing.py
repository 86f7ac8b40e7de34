"""Lesson 06's findings, on runs written by hand: ids, traces, reports and game days, in words."""

from __future__ import annotations

from typing import Any

import pytest

from sagalab.criteria import seeing
from sagalab.criteria.seeing import Asked, Day, Seen
from sagalab.history import History
from sagalab.participants.orders import Item, Order
from sagalab.scenario import Scenario

ORDER = Order("4711", "c-17", (Item("mug", 1),), 12.0)
KINDS = ("OrderCreated", "PaymentCharged", "OrderConfirmed")


def record(number: int, **ids: Any) -> dict[str, Any]:
    """Gives the record of one of the order's three events, the one before it as its cause."""
    cause = {"causationId": f"e{number - 1}"} if number else {}
    row = {"eventId": f"e{number}", "orderId": "4711", "kind": KINDS[number], "correlationId": "corr-4711"}
    return {name: value for name, value in {**row, **cause, **ids}.items() if value is not None}


GOOD = tuple(record(number) for number in range(3))


def ran(*log: dict[str, Any], asked: tuple[Asked, ...] = (), ended: float | None = 3.0, began: float = 1.0) -> Seen:
    history = History()
    history.record(began, "published", "default", order_id="4711", detail={"detail_type": "OrderCreated"})
    if ended is not None:
        history.record(ended, "effect", "confirmed", order_id="4711", detail={"participant": "order_book"})
    return Seen(Scenario("choreography", (ORDER,), {"mug": 5}), history, log, asked)


def test_ids_as_they_should_be_are_right():
    assert seeing.ids("c", [ran(*GOOD)]).verdict == "valid"


def test_a_log_without_any_id_is_not_begun():
    bare = [record(number, correlationId=None, causationId=None) for number in range(3)]
    found = seeing.without_ids("c", [ran(*bare)])
    assert found is not None and not found.attempted
    assert seeing.without_ids("c", [ran(*GOOD)]) is None


@pytest.mark.parametrize(
    ("number", "ids", "words"),
    [
        (1, {"correlationId": None}, "PaymentCharged of order 4711 carries no correlationId"),
        (2, {"correlationId": "other"}, "carry 2 correlation ids: corr-4711, other"),
        (2, {"causationId": None}, "OrderConfirmed of order 4711 carries no causationId"),
        (2, {"causationId": "e9"}, "names the cause 'e9', and no event has this id"),
        (0, {"causationId": "e2"}, "OrderCreated of order 4711 names a cause"),
    ],
)
def test_an_id_that_is_missing_or_wrong_is_named(number: int, ids: dict[str, Any], words: str):
    log = [*GOOD]
    log[number] = record(number, **ids)
    found = seeing.ids("c", [ran(*log)])
    assert words in found.message and found.hint and found.verdict == "invalid"


def test_two_orders_with_one_id_are_named():
    stranger = {**record(0), "orderId": "4712", "eventId": "e7"}
    assert "Orders 4711 and 4712 share the id 'corr-4711'" in seeing.ids("c", [ran(*GOOD, stranger)]).message


def trace(result: Any, **more: Any) -> str:
    return seeing.trace("c", [ran(*GOOD, asked=(Asked(10.0, "corr-4711", result, **more),))]).message


def test_a_trace_is_told_what_is_wrong_with_it():
    assert "1 traces rebuilt" in trace(list(KINDS))
    assert "gave PaymentCharged, OrderCreated, OrderConfirmed; it was OrderCreated" in trace(
        [KINDS[1], KINDS[0], KINDS[2]]
    )
    assert "gave nothing; it was" in trace([])
    assert "asked for is a list" in trace(None)
    assert "it read all 3 records of the log for 3 events" in trace(list(KINDS), scans=1)
    assert "Trace_of() raised" not in trace(None, error="trace_of() raised KeyError: 'x'")


def report(result: Any, at: float, ended: float | None, error: str = "") -> str:
    asked = (Asked(at, "", result, error),)
    return seeing.stuck("c", [ran(*GOOD, asked=asked, ended=ended)], 600.0).message


def test_a_report_is_told_whom_it_missed_and_whom_it_named_for_nothing():
    assert "was named, and nobody else" in report([], 700.0, 3.0)
    assert "was named, and nobody else" in report(["4711"], 700.0, None)
    assert "is open for 12 minutes, and is not named" in report([], 721.0, None)
    assert "named as stuck, and it is confirmed long ago" in report(["4711"], 700.0, 3.0)
    assert "named as stuck, and it is 59 s old" in report(["4711"], 60.0, None)
    assert "named as stuck, and it is 59 s old" in report(["4711"], 60.0, 59.9)
    assert "'x', which is no order" in report(["x"], 60.0, 3.0)
    assert "returned None" in report(None, 60.0, 3.0)


def day(hidden: str, said: Any) -> Day:
    queue = {"visible": 0, "in_flight": 3, "oldest_age": 600.0}
    signals = {
        "queue": {"payment-queue": queue},
        "function": {"payment-service": {"invocations": 12, "errors": 0, "throttles": 0}},
    }
    return Day(hidden, Asked(600.0, "", said), signals, History())


def test_a_game_day_shows_the_signals_that_were_there_to_be_read():
    days = [day("healthy", "healthy"), day("payment: outage", "healthy")]
    found = seeing.game_day("c", days)
    assert "Hidden was 'payment: outage', and after ten minutes diagnose said 'healthy'. 1 of 2" in found.message
    assert "payment-queue visible 0, in flight 3; payment-service invocations 12, errors 0" in found.message
    assert seeing.game_day("c", days[:1]).verdict == "valid"


def test_each_fault_has_its_own_hint():
    words = ("payment: outage", "payment: standstill", "payment: crashes", "payment: throttled", "healthy")
    said = dict.fromkeys(words, "healthy") | {"healthy": "payment: outage"}
    assert len({seeing.game_day("c", [day(one, said[one])]).hint for one in words}) == len(words)


def test_a_diagnosis_that_trips_or_misspells_is_not_sent_to_the_signals():
    asked = Asked(600.0, "", None, "diagnose() raised AttributeError: 'QueueNow' has no attribute 'inflight'")
    tripped = Day("payment: outage", asked, history=History())
    assert "has `.visible`, `.in_flight` and `.oldest_age`" in seeing.game_day("c", [tripped]).hint
    assert "such as `payment: crashes`" in seeing.game_day("c", [day("payment: crashes", "payment: crash")]).hint


def test_a_trace_of_whole_records_is_asked_for_kinds():
    answer = Asked(60.0, "corr-4711", list(GOOD))
    found = seeing.trace("c", [ran(*GOOD, asked=(answer,))])
    assert "asked for are kinds, as texts" in found.message
