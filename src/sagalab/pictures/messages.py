"""A run as messages between components, each with its cause: what the space-time picture draws."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sagalab.history import Fact, History
from sagalab.pictures.rows import READS
from sagalab.pictures.words import COMPENSATIONS, effect_in_words, of_order, plain

START = "start"


@dataclass(frozen=True)
class Message:
    """Something that went from one lane to another; `note` is what came of it, `looks` how it is drawn."""

    at: float
    source: str
    target: str
    label: str
    note: str = ""
    looks: str = "message"  # or "call", "compensation", "failed", "parked"


def messages_of(history: History, order_id: str | None) -> list[Message]:
    """Gives the messages of a run in the order in which they were sent; lookups are left out."""
    facts = of_order(history, order_id)
    known = {fact.index: fact for fact in facts}
    notes: dict[int, list[str]] = {}
    for fact in facts:
        if fact.cause is not None and fact.kind == "effect":
            notes.setdefault(fact.cause, []).append(effect_in_words(fact))
        if fact.cause is not None and fact.kind == "fault":
            notes.setdefault(fact.cause, []).append(plain(fact.what))
    receives: dict[str, int] = {}
    found = []
    for fact in facts:
        if fact.kind == "received":
            receives[str(fact.detail.get("message"))] = int(fact.detail.get("count", 1))
        message = _message(fact, known, receives, notes.get(fact.index, []))
        if message is not None:
            found.append(message)
    return found


def _message(fact: Fact, known: dict[int, Fact], receives: dict[str, int], notes: list[str]) -> Message | None:
    cause = known.get(fact.cause) if fact.cause is not None else None
    sender = cause.what if cause is not None else str(fact.detail.get("function") or START)
    if fact.kind == "call":
        return _call(fact, sender if cause is None or cause.kind == "invocation" else START, notes)
    note = "; ".join(notes)
    if fact.kind == "execution":
        return Message(fact.at, sender, fact.what, "start execution", note)
    if fact.kind == "published":
        return Message(fact.at, sender, fact.what, str(fact.detail.get("detail_type") or "publish"), note)
    if fact.kind == "sent":
        return Message(fact.at, sender, fact.what, "", note)
    if fact.kind == "invocation":
        count = receives.get(str(cause.detail.get("message")), 1) if cause is not None else 1
        label = f"receive {count}" if count > 1 else "invoke"
        error = str(fact.detail.get("error") or "")
        looks = "failed" if error else "message"
        return Message(fact.at, sender, fact.what, label, "; ".join([*notes, *([error] if error else [])]), looks)
    if fact.kind == "dead_lettered":
        return Message(fact.at, fact.what, str(fact.detail.get("to") or "dropped"), "parked", note, "parked")
    return None


def _call(fact: Fact, sender: str, notes: list[str]) -> Message | None:
    participant, _, verb = fact.what.partition(".")
    if verb in READS:
        return None
    error = str(fact.detail.get("error") or "")
    looks = "failed" if error else "compensation" if verb in COMPENSATIONS else "call"
    words = notes or ([error] if error else [])
    return Message(fact.at, sender, plain(participant), verb, "; ".join(words) or "no new effect", looks)


def lanes_of(messages: Iterable[Message]) -> list[str]:
    """Gives the components in the order in which they first appear."""
    return list(dict.fromkeys(end for message in messages for end in (message.source, message.target)))
