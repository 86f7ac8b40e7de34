"""Facts in words: what the pictures write beside their marks, and their alternative text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from sagalab.history import Fact, History

COMPENSATIONS = frozenset({"refund", "release", "cancel", "refunded", "released", "cancelled"})
PHRASES = {
    "reply_lost": "reply lost",
    "crash_before": "crashed before its work",
    "crash_after": "crashed after its work",
    "out_of_stock": "out of stock",
    "down": "consumer down",
}


def plain(name: str) -> str:
    """Gives a fault's or a participant's name as words."""
    return PHRASES.get(name, name.replace("_", " "))


def seconds(at: float) -> str:
    """Gives a virtual instant, or a length of time, as a reader says it."""
    if at >= 3600:
        hours, minutes = divmod(round(at / 60), 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if at >= 180:
        whole, rest = divmod(round(at, 1), 60)
        return f"{whole:.0f} min {rest:.3g} s" if rest else f"{whole:.0f} min"
    return f"{at:.1f} s" if at >= 10 else f"{at:.2f} s"


def amount_of(fact: Fact) -> str:
    """Gives what an effect moved: money, things, or the outcome told."""
    detail = fact.detail
    if "amount" in detail:
        amount = detail["amount"]
        return f" {amount:.2f}" if isinstance(amount, float) else f" {amount}"
    items = detail.get("items")
    if isinstance(items, list) and items:
        return " " + ", ".join(f"{item.get('quantity', 1)} × {item.get('sku', '?')}" for item in items)
    return f" {detail['outcome']}" if "outcome" in detail else ""


def effect_in_words(fact: Fact) -> str:
    """Gives one line of the effects ledger."""
    if fact.what == "told":
        return f"customer told:{amount_of(fact)}".rstrip(":")
    return f"{fact.what}{amount_of(fact)}"


def fault_in_words(fact: Fact) -> str:
    """Gives a fault with where it struck."""
    target = fact.detail.get("target")
    return f"{plain(fact.what)} at {target}" if target else plain(fact.what)


def listed(things: Iterable[str], most: int = 12) -> str:
    """Joins words with commas and 'and'; beyond `most` it counts the rest."""
    rows = list(things)
    if len(rows) > most:
        rows = [*rows[:most], f"{len(rows) - most} more"]
    if len(rows) < 2:
        return "".join(rows)
    return ", ".join(rows[:-1]) + " and " + rows[-1]


def approach_of(history: Iterable[Fact]) -> str:
    """Names what coordinated a run: "orchestration", "choreography", both, or "" when nothing shows it."""
    kinds = {fact.kind for fact in history}
    orchestrated = bool(kinds & {"execution", "state"})
    # A state that asks a person sends a message, too, and nobody else leads the order for that.
    choreographed = "published" in kinds or ("sent" in kinds and not orchestrated)
    named = ["orchestration"] * orchestrated + ["choreography"] * choreographed
    return " and ".join(named)


def orders_of(history: Iterable[Fact]) -> str:
    """Names the orders of a run, "" when its facts name none."""
    orders = list(dict.fromkeys(fact.order_id for fact in history if fact.order_id))
    return f"{'order' if len(orders) == 1 else 'orders'} {listed(orders, 6)}" if orders else ""


def story(history: Iterable[Fact], origin: float = 0.0) -> list[str]:
    """Tells a run in sentences: calls and their tries, faults, effects; times count from `origin`."""
    facts = list(history)
    sentences = []
    tries = Counter(fact.what for fact in facts if fact.kind == "call")
    failed = Counter(fact.what for fact in facts if fact.kind == "call" and fact.detail.get("error"))
    called = [
        f"{what} {count} times ({failed[what]} failed)" if failed[what] else f"{what} {count} times"
        for what, count in tries.items()
        if count > 1
    ]
    once = [f"{what} (failed)" if failed[what] else what for what, count in tries.items() if count == 1]
    if called or once:
        sentences.append(f"Called: {listed(called + once)}.")
    faults = [f"{fault_in_words(fact)} at {seconds(fact.at - origin)}" for fact in facts if fact.kind == "fault"]
    if faults:
        sentences.append(f"Faults that struck: {listed(faults)}.")
    parked = [f"{fact.what} at {seconds(fact.at - origin)}" for fact in facts if fact.kind == "dead_lettered"]
    if parked:
        sentences.append(f"Parked in a dead-letter queue: a message of {listed(parked)}.")
    effects = [f"{effect_in_words(fact)} at {seconds(fact.at - origin)}" for fact in facts if fact.kind == "effect"]
    sentences.append(f"Effects: {listed(effects)}." if effects else "No effect.")
    return sentences


def of_order(history: History | Iterable[Fact], order_id: str | None) -> list[Fact]:
    """Gives the facts of one order, with the faults meanwhile that name no order; all facts when none is asked."""
    facts = list(history)
    if order_id is None:
        return facts
    mine = {fact.index: fact for fact in facts if fact.order_id == order_id}
    if not mine:
        return []
    # A batch holds messages of several orders: its invocation belongs to each of them.
    causes = {fact.cause for fact in mine.values() if fact.kind == "call"}
    mine |= {fact.index: fact for fact in facts if fact.index in causes and fact.kind == "invocation"}
    start = min(fact.at for fact in mine.values())
    end = max(fact.until or fact.at for fact in mine.values())
    return [
        fact
        for fact in facts
        if fact.index in mine
        or (fact.order_id is None and fact.kind == "fault" and _concerns(fact, mine, start, end))
        or (fact.order_id is None and fact.kind == "end")
    ]


def _concerns(fault: Fact, mine: Mapping[int, Fact], start: float, end: float) -> bool:
    return start <= fault.at <= end if fault.cause is None else fault.cause in mine
