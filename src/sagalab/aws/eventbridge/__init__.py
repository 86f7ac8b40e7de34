"""EventBridge: which events a rule matches, what its targets get, and how it reaches them."""

from __future__ import annotations

from sagalab.aws.patching import put_in_place


def install() -> None:
    """Puts the patches of this service in place, in this order."""
    from sagalab.aws.eventbridge import archives, bus_requests, events, listings, names, schedules

    put_in_place(events, bus_requests, schedules, listings, names, archives)
