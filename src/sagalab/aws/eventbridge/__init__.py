"""EventBridge: which events a rule matches, what its targets get, and how it reaches them."""

from __future__ import annotations


def install() -> None:
    """Puts the patches of this service in place; where two hold on to one place, the later stands in front."""
    from sagalab.aws.eventbridge import bus_requests, events

    for module in (events, bus_requests):
        module.install()
