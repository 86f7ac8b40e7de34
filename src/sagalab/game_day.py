"""A game day: one hidden fault, chosen by a seed, that somebody names from the signals alone."""

from __future__ import annotations

import random

from sagalab.clock import minutes
from sagalab.faults import Fault

HOURS = minutes(60)  # how long a hidden fault lasts: longer than anybody looks
CALLS = {"payment": "payment_gateway.charge", "inventory": "warehouse.reserve", "notification": "mailer.send"}


def _strikes(step: str) -> dict[str, Fault]:
    service = f"{step}-service"
    return {
        f"{step}: outage": Fault("unavailable", CALLS[step], lasts=HOURS),
        f"{step}: standstill": Fault("consumer_down", service, lasts=HOURS),
        f"{step}: crashes": Fault("crash_before", service, lasts=HOURS),
        f"{step}: throttled": Fault("throttled", f"lambda:{service}", lasts=HOURS),
    }


# what a game day may hide, by the words that name it
HIDDEN: dict[str, Fault] = {words: fault for step in CALLS for words, fault in _strikes(step).items()}


def revealed(seed: int | str) -> str:
    """Gives the words that name the fault of a seed."""
    return random.Random(f"game-day:{seed}").choice(sorted(HIDDEN))


def hidden(seed: int | str) -> Fault:
    """Gives the fault of a seed, to be injected without a look at it."""
    return HIDDEN[revealed(seed)]
