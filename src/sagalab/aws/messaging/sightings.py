"""What is known about a queue's past: when its messages came, were handed out, and went.

moto knows a queue's present alone. CloudWatch tells of any minute, so each change leaves one short row here; nothing is
counted until somebody asks.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from sagalab.aws.current import cloud

What = Literal["in", "received", "changed", "out", "asked"]


class Sighting(NamedTuple):
    """One change of a queue, in virtual seconds; nobody receives the message until `hidden_until` is over."""

    at: float
    what: What
    message: str
    hidden_until: float


def note(queue: Any, what: What, message: Any = None) -> None:
    """Notes what just happened to a message of a queue, or that somebody asked the queue and got nothing."""
    clock = cloud().clock
    hidden = max(message.visible_at, message.delayed_until) / 1000 - clock.epoch.timestamp() if message else 0.0
    past(queue).append(Sighting(clock.now, what, message.id if message else "", hidden))


def past(queue: Any) -> list[Sighting]:
    """Gives all that was noted of a queue, in order."""
    rows: list[Sighting] = queue.__dict__.setdefault("sightings", [])
    return rows
