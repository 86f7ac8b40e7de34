"""Where every message of a run is at its end: done, pending, or in a dead-letter queue. Pure functions of a history.

A message is done when its consumer deleted it. One that a fault made malformed cannot be done: whoever deletes
it before its order has ended and its customer was told has lost it, unless it was handed on first.
"""

from __future__ import annotations

from dataclasses import dataclass

from sagalab.history import Fact, History

LAST_PAUSE = 120.0  # seconds before the last attempt of an asynchronous invocation
REPORT = "stuck_orders"  # the signal that holds the operator's report


@dataclass(frozen=True)
class Loss:
    """A message that is gone, in words, and the facts that prove it."""

    order_id: str
    message: str
    facts: tuple[int, ...]


def losses(history: History) -> list[Loss]:
    """Gives what was lost: dropped on its way, given up by its function, or deleted unread.

    Broken by: a rule whose target is gone and that has no dead-letter queue, so that the event is dropped.
    """
    return dropped(history) + unread(history)


def dropped(history: History) -> list[Loss]:
    """Gives the messages that could not be delivered and that no dead-letter queue took."""
    return [
        Loss(
            fact.order_id or "",
            f"a message of {fact.what} could not be delivered and was dropped ({fact.detail.get('error')})",
            (fact.index,),
        )
        for fact in history.of("delivered")
        if fact.detail.get("dropped")
    ]


def unread(history: History) -> list[Loss]:
    """Gives the malformed messages that somebody deleted although their order was not over."""
    found = []
    for fault in history.of("fault", what="poison"):
        message, order_id = fault.detail.get("message"), fault.order_id or ""
        deletion = next((fact for fact in history.of("deleted") if fact.detail.get("message") == message), None)
        if message is None or deletion is None:
            continue
        if not _over(history, fault.order_id, deletion) and not _handed_on(history, fault, deletion):
            words = f"a message of {deletion.what} that nobody could read was taken for done, and is gone"
            found.append(Loss(order_id, words, (fault.index, deletion.index)))
    return found


def _over(history: History, order_id: str | None, until: Fact) -> bool:
    """Says whether an order had ended, and its customer was told, before a fact."""
    done = {fact.what for fact in history.of("effect", order_id=order_id) if fact.index < until.index}
    return "told" in done and bool(done & {"confirmed", "cancelled"})


def _handed_on(history: History, fault: Fact, deletion: Fact) -> bool:
    """Says whether one who received the message sent something on before it was deleted: its own parking place.

    A batch is caused by its first message, so that the invocation is known by its queue and its time. What it
    sent for another order of the batch is not that message.
    """
    message = fault.detail.get("message")
    received = [fact.index for fact in history.of("received", "sent") if fact.detail.get("message") == message]
    last = max((index for index in received if index < deletion.index), default=0)
    handlers = {
        fact.index
        for fact in history.of("invocation")
        if last < fact.index < deletion.index
        and fact.cause is not None
        and (history[fact.cause].kind, history[fact.cause].what) == ("sent", deletion.what)
    }
    operator = bool(deletion.detail.get("operator"))
    return any(
        last < fact.index < deletion.index and (fact.cause in handlers or (operator and fact.detail.get("operator")))
        for fact in history.of("sent", "published")
        if fault.order_id is None or fact.order_id in (None, fault.order_id)
    )


def given_up(history: History) -> Fact | None:
    """Gives the last invocation of an event that no queue held and whose every attempt failed."""
    last: dict[tuple[str, int], Fact] = {}
    for fact in history.of("invocation"):
        if fact.cause is not None and history[fact.cause].kind in ("published", "delivered"):
            last[fact.what, fact.cause] = fact
    # Still being tried at the end of the run: pending, not lost.
    settled = any(fact.what == "quiet" for fact in history.of("end"))
    end = history.ended_at - LAST_PAUSE
    final = (fact for fact in last.values() if settled or (fact.until or fact.at) < end)
    return next((fact for fact in final if fact.detail.get("error")), None)


def parked(history: History, order_id: str) -> bool:
    """Says whether a message of the order lies in a dead-letter queue at the end."""
    ends: dict[str, Fact] = {}
    for fact in history.of("sent", "deleted", "dead_lettered"):
        if "message" in fact.detail:
            ends[str(fact.detail["message"])] = fact
    dead = {fact.detail.get("to") for fact in history.of("dead_lettered")} - {None}
    return any(
        fact.order_id == order_id and (fact.kind == "dead_lettered" or (fact.kind == "sent" and fact.what in dead))
        for fact in ends.values()
    )


def reported(history: History) -> Fact | None:
    """Gives the operator's last report: a signal with the ids of stuck orders; None when nobody asked for it."""
    asked = history.of("signal", what=REPORT)
    return asked[-1] if asked else None
