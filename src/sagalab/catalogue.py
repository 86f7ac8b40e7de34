"""The fault catalogue: every kind of fault as data, with where it strikes and a paragraph about it.

Lessons and feedback print the paragraphs; `sagalab.faults` injects the kinds. Refusals (declined, out of
stock) are no faults: they are data of the scenario, so that a fault can strike a compensation alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Group = Literal["definite outage", "indefinite", "crash", "delivery", "refusal of the cloud"]
Place = Literal["participant", "function", "message", "bus", "api", "order"]
GROUPS: tuple[str, ...] = ("definite outage", "indefinite", "crash", "delivery", "refusal of the cloud", "pairs")
# What the target of a fault names, by where the fault strikes.
PLACES: dict[str, str] = {
    "participant": "a participant, or one call of it, such as 'warehouse.reserve'",
    "function": "a function's name",
    "message": "a queue's name, or the name of a function or state machine that a rule or topic feeds without one",
    "bus": "a bus's or topic's name, or 'order' for the request that starts an order",
    "api": "an AWS call, such as 'events:PutEvents', or 'lambda:' and a function's name",
    "order": "'order'",
}


@dataclass(frozen=True)
class FaultKind:
    """One row of the catalogue.

    `strikes` says where: a key of `PLACES`. After a `definite` fault the caller knows that nothing happened.
    """

    name: str
    group: Group
    strikes: Place
    definite: bool
    story: str


CATALOGUE: dict[str, FaultKind] = {
    kind.name: kind
    for kind in (
        FaultKind(
            "unavailable", "definite outage", "participant", True,
            "The participant cannot be reached. The caller knows that nothing happened. A good design tries again, "
            "slower each time, and not for ever. The same holds for a compensation: it has to happen in the end.",
        ),
        FaultKind(
            "consumer_down", "definite outage", "function", True,
            "The function that reads a queue stands still for a while. Messages wait; no receive is counted. A good "
            "design lets them wait.",
        ),
        FaultKind(
            "slow", "indefinite", "participant", False,
            "The participant answers too late. The caller sees a timeout, and the effect lands afterwards. A good "
            "design asks again with the same key, and never takes silence for a no.",
        ),
        FaultKind(
            "timed_out", "indefinite", "participant", False,
            "The participant does not answer until the function's own timeout is over and the function is killed. "
            "The call under way was not: its effect lands after the kill, and no line of the function learns of it. "
            "A good design asks again with the same key, and keeps nothing it needs in the function that died.",
        ),
        FaultKind(
            "reply_lost", "indefinite", "participant", False,
            "The effect happened, and the answer got lost. The caller sees a timeout and knows nothing. A good design "
            "asks again with the same idempotency key.",
        ),
        FaultKind(
            "crash_before", "crash", "function", True,
            "The function dies before it did anything: a bad host, a full disk. Nothing happened, and its caller "
            "sees an error. A good design runs it again.",
        ),
        FaultKind(
            "crash_after", "crash", "function", False,
            "The function did its work and died before it could say so. It will run again. A good design makes the "
            "second run harmless.",
        ),
        FaultKind(
            "cold_start", "crash", "function", False,
            "The function dies after its work, and the second run lands on a fresh instance that remembers nothing. "
            "A good design keeps what it must remember outside the function.",
        ),
        FaultKind(
            "duplicated", "delivery", "message", False,
            "A message is delivered twice, as at-least-once delivery allows. A good design does the work once.",
        ),
        FaultKind(
            "delayed", "delivery", "message", True,
            "A message is under way for minutes. Nothing is lost, and nobody is told. A good design waits for it, and "
            "never takes a late message for a lost one.",
        ),
        FaultKind(
            "reordered", "delivery", "message", True,
            "A message is overtaken by the next one of its queue. A good design needs no order between messages that "
            "no cause ties together, or asks a FIFO queue for it.",
        ),
        FaultKind(
            "replayed", "delivery", "bus", False,
            "Somebody replays the archive, and events of orders that ended long ago come again. Where nothing keeps an "
            "archive, the same message comes again that late. A good design recognises what it has done, for longer "
            "than the few minutes for which a FIFO queue does.",
        ),
        FaultKind(
            "started_twice", "delivery", "order", False,
            "Somebody starts the same order a second time: a double click, a client that tried again. A good design "
            "processes it once, and says so to neither of the two with an error.",
        ),
        FaultKind(
            "throttled", "refusal of the cloud", "api", True,
            "The cloud refuses a call because there were too many, up to three times in a row. Nothing happened. A "
            "good design tries again, also where it starts an order or a function is called for it.",
        ),
        FaultKind(
            "publish_failed", "refusal of the cloud", "api", True,
            "The bus answers, but did not take the entry: FailedEntryCount says so, no error does. A good design "
            "looks, and sends it again.",
        ),
        FaultKind(
            "poison", "refusal of the cloud", "message", True,
            "A message is malformed, and no try will ever read it. It arrives together with the next one. A good "
            "design parks it in a dead-letter queue after some receives, lets the messages beside it pass, and has an "
            "operator who finds the order.",
        ),
    )
}  # fmt: skip
