"""A first thought for each promise that a run can break, by what the run shows."""

from __future__ import annotations

from sagalab.history import History
from sagalab.invariants import Violation

HINTS = {
    "Money": "Which value stays the same when the charge is tried again, and differs between two orders?",
    "Stock": "Look at who releases the reservation of a cancelled order, and whether it can run twice.",
    "Voice": "Tell the customer last, under a key, and only what the order book holds.",
    "Terminal": "Find the step where the order stopped: was its error retried, caught, or dropped?",
    "Undo": "Give the compensation an idempotency key of its own.",
    "Forward": "After confirm there is no way back: retry what is left until it works.",
    "Trace": "Pass the correlation id on in every call, event and task input.",
    "Nothing lost": "A message that cannot be delivered needs a dead-letter queue.",
    "Open": "An order that stands open has to be found: by its message in a dead-letter queue, or by stuck_orders(). "
    "An order that ended well is in neither.",
    "Start": "Start functions must try again when the cloud refuses: three refusals in a row are normal.",
}

UNSTRUCK = {  # where nothing was struck
    "Start": "Read the last part of the error first: it says what was asked for and could not be had.",
    "Settles": "Likely slips: the start function starts an order many times, a state leads back to an earlier one, or "
    "a service reacts to what it publishes itself.",
}

MONEY_STAYS = (
    "Follow the money: which step gives it back, what leads there after each step that can be refused, and what the "
    "customer pays when the order is confirmed?"
)


def hint_for(broken: Violation, history: History | None = None) -> str:
    """Gives the thought that fits a broken promise: a second charge needs another than money that stays."""
    unstruck = history is None or not history.of("fault")
    if unstruck and broken.invariant in UNSTRUCK:
        return UNSTRUCK[broken.invariant]
    twice = history is None or len(history.of("effect", what="charged", order_id=broken.order_id)) > 1
    if broken.invariant == "Money" and not twice:
        return MONEY_STAYS
    return HINTS.get(broken.invariant, "")
