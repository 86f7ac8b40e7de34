"""Where every message is at the end of a run."""

import pytest

from sagalab.accounting import given_up, losses, parked, reported
from sagalab.history import History


def poisoned(*ends, order="7"):
    """Gives a run in which a message of an order is malformed and then meets these ends."""
    history = History()
    sent = history.record(0, "sent", "q", order_id=order, detail={"message": "m"})
    history.record(0, "fault", "poison", order_id=order, detail={"target": "q", "message": "m"})
    invocation = history.record(1, "invocation", "service", cause=sent)
    for end in ends:
        if end in ("deleted", "dead_lettered"):
            history.record(9, end, "q", order_id=order, detail={"message": "m", "to": "q-dlq"})
        elif end in ("sent", "published"):
            history.record(2, end, "parking", cause=invocation, detail={"message": "n"})
        else:
            history.record(3, "effect", end, order_id=order)
    return history


@pytest.mark.parametrize(
    "ends",
    [
        (), ("dead_lettered",), ("confirmed", "told", "deleted"), ("dead_lettered", "confirmed", "told", "deleted"),
        ("sent", "deleted"), ("published", "deleted"),
    ],
)  # fmt: skip
def test_a_malformed_message_is_accounted_for(ends):
    assert losses(poisoned(*ends)) == []


@pytest.mark.parametrize(
    "ends",
    [
        ("deleted",),
        ("confirmed", "deleted"),
        ("told", "deleted"),
        ("deleted", "confirmed", "told"),
        ("deleted", "sent"),
    ],
)
def test_a_malformed_message_that_somebody_took_for_done_is_lost(ends):
    (loss,) = losses(poisoned(*ends))
    assert loss.order_id == "7" and "nobody could read" in loss.message and len(loss.facts) == 2


@pytest.mark.parametrize(("sent_for", "lost"), [(None, False), ("7", False), ("8", True)])
def test_what_a_batch_published_for_another_order_is_not_the_malformed_message(sent_for, lost):
    history = poisoned()
    invocation = history.of("invocation")[0].index
    history.record(2, "published", "default", cause=invocation, order_id=sent_for)
    history.record(9, "deleted", "q", order_id="7", detail={"message": "m"})
    assert bool(losses(history)) is lost


def test_an_event_that_no_target_takes_and_no_dead_letter_queue_is_lost():
    history = History()
    history.record(0, "delivered", "default", detail={"dropped": True, "error": "NO_SUCH_QUEUE"})
    history.record(0, "dead_lettered", "default", detail={"dropped": False, "to": "rule-dlq"})
    assert [loss.facts for loss in losses(history)] == [(0,)]


def test_an_order_waits_in_a_dead_letter_queue_until_its_message_is_taken_out():
    history = poisoned("dead_lettered")
    assert parked(history, "7") and not parked(history, "8")
    history.record(20, "deleted", "q-dlq", order_id="7", detail={"message": "m"})
    assert not parked(history, "7")


def test_a_message_that_comes_back_to_its_queue_is_parked_no_longer():
    history = poisoned("dead_lettered")
    history.record(20, "sent", "q", order_id="7", detail={"message": "m"})
    assert not parked(history, "7")


def test_the_last_report_counts():
    history = History()
    assert reported(history) is None
    for orders in (["1"], ["2"]):
        history.record(0, "signal", "stuck_orders", detail={"orders": orders})
    assert reported(history).detail["orders"] == ["2"]


def test_nobody_has_given_up_what_a_queue_holds():
    history = History()
    sent = history.record(0, "sent", "q")
    history.record(1, "invocation", "service", cause=sent, detail={"error": "Down"})
    history.record(7200, "end", "quiet")
    assert given_up(history) is None
