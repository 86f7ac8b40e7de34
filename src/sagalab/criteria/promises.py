"""Lesson 01: a learner's promises, tried on ledgers that keep them and on ledgers that break them.

The ledgers are made by the participants themselves; whether one keeps a promise is said by `sagalab.invariants`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sagalab.criteria import raised
from sagalab.criteria.finding import Finding, invalid, valid
from sagalab.criteria.lessons import not_attempted, sentence
from sagalab.history import Fact, History
from sagalab.invariants import Expectation, violations
from sagalab.participants.orders import Order

PROMISED = {
    "01-money": ("money_kept", "Money"),
    "01-goods": ("goods_kept", "Stock"),
    "01-customer": ("customer_kept", "Voice"),
}
READS = "Which key of an effect does your function read, and has every kind of effect that key?"
SOLD = ("charge", "reserve", "confirm", "tell confirmed")

# What happened to an order, and what somebody overlooks who judges it wrongly.
STORIES: dict[str, dict[tuple[str, ...], str]] = {
    "01-money": {
        SOLD: "This is an order on a good day.",
        ("charge",):
            "Nobody confirmed this order, so nothing is due. A sum that is right for a confirmed order is wrong here.",
        (): "To this order nothing happened. What is due, and what was paid?",
        ("cancel", "tell cancelled"): "A declined card: nothing was charged, and nothing is due.",
        ("charge", "refund", "cancel", "tell cancelled"): "A refund takes back what a charge took.",
        ("charge", "charge", *SOLD[1:]):
            "The customer paid twice. Does your function add the amounts up, or only look whether there is a charge?",
        ("reserve", "confirm", "tell confirmed"): "Goods without money: too little is as wrong as too much.",
        ("charge", "refund", "reserve", "confirm", "tell confirmed"):
            "The money went back, and the order was confirmed all the same.",
        ("charge", "cancel", "tell cancelled"):
            "Cancelled, and the shop kept the money. Which sum is due for a cancelled order?",
        ("charge a part", "reserve", "confirm", "tell confirmed"):
            "A charge took place, of another amount than the order's. Compare the sum.",
        ("charge", "refund"): "Nothing is due, and nothing was kept, although nobody wrote an outcome down.",
    },
    "01-goods": {
        SOLD: "This is an order on a good day.",
        (): "To this order nothing happened. What should be reserved?",
        ("charge", "confirm", "tell confirmed"): "Money without goods: a confirmed order needs its reservation.",
        ("charge", "reserve"): "Nobody confirmed this order, and its goods are kept from everybody else.",
        ("charge", "reserve", "refund", "release", "cancel", "tell cancelled"):
            "What was released does not stand any more.",
        ("charge", "reserve", "refund", "cancel", "tell cancelled"): "Cancelled, and its goods are still put aside.",
        ("charge", "reserve", "release", "confirm", "tell confirmed"): "Does your function count the releases as well?",
        ("charge", "reserve", "reserve", "confirm", "tell confirmed"):
            "Two reservations stand where one should. Counting is not the same as looking whether there is one.",
        ("charge", "cancel", "tell cancelled"):
            "Cancelled before anything was put aside: nothing is wrong with the goods.",
    },
    "01-customer": {
        SOLD: "This is an order on a good day.",
        (): "To this order nothing happened, so there is nothing to tell.",
        ("charge",): "Without an outcome there is nothing to tell yet; the other promises see what is wrong here.",
        ("cancel", "tell cancelled"): "A cancelled order is told as well, and this message is true.",
        ("charge", "reserve", "confirm"): "Confirmed, and the customer still waits for a word.",
        (*SOLD, "tell confirmed"): "The same message twice. Does your function count them?",
        ("charge", "refund", "cancel", "tell confirmed"):
            "One message, and it says the wrong thing. Compare it with the outcome.",
        ("charge", "tell confirmed", "reserve", "confirm"):
            "One message, and it is true in the end. It was not when it went out: look at the order of things.",
        ("charge", "tell confirmed"): "The customer was told an outcome that the order book does not have.",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Tried:
    """One order's ledger, what a learner's function said of it, and what its story teaches."""

    order: Order
    history: History
    reply: dict[str, Any]
    thought: str


def rows(history: History, order_id: str) -> list[dict[str, Any]]:
    """Gives an order's effects as the lesson's `ledger` gives them."""
    return [{"at": fact.at, "what": fact.what, **fact.detail} for fact in history.of("effect", order_id=order_id)]


def told_right(criterion: str, tried: Sequence[Tried]) -> Finding:
    """A learner's function says of each ledger what the course's own promise says of it."""
    name, promise = PROMISED[criterion]
    if all("error" not in one.reply and one.reply.get("result") is None for one in tried):
        message = f"{name} gives None for every order, so it does not judge yet."
        return not_attempted(criterion, message, "Set `kept` to True or False between the first line and the last.")
    for one in tried:
        message, thought = _raised(name, one) if "error" in one.reply else (_problem(name, promise, one), one.thought)
        if message:
            return invalid(
                criterion, message, promise=f"{name} tells right from wrong", hint=thought, history=one.history
            )
    wrong = sum(bool(_broken(promise, one)) for one in tried)
    return valid(
        criterion,
        f"{len(tried)} orders that you have never seen: {name} found the {wrong} that break the promise, and no other.",
        history=tried[0].history,
    )


def _raised(name: str, one: Tried) -> tuple[str, str]:
    message, thought = raised.problem_of(name, one.reply)
    return f"{message}. The order: {in_words(one)}.", thought


def _problem(name: str, promise: str, one: Tried) -> str:
    happened, costs = in_words(one), f"order {one.order.order_id} costs {one.order.amount:.2f}"
    said, broken = one.reply.get("result"), _broken(promise, one)
    if not isinstance(said, bool):
        return f"{name} gave {said!r}, and neither True nor False. The order: {happened}."
    if said and broken:
        return f"{name} said True of this: {happened}; {costs}. {sentence(broken)}"
    if not said and not broken:
        return f"{name} said False of this: {happened}; {costs}. The promise is kept here."
    return ""


def _broken(promise: str, one: Tried) -> str:
    """Says how the course's own promise is broken by an order, empty where it is kept."""
    found = violations(one.history, Expectation({one.order.order_id: one.order.amount}), [promise])
    return found[0].message if found else ""


def in_words(one: Tried) -> str:
    """Lists an order's effects."""
    return ", then ".join(map(_effect, one.history.of("effect"))) or "no effect at all"


def _effect(fact: Fact) -> str:
    if "amount" in fact.detail:
        return f"{fact.what} {fact.detail['amount']:.2f}"
    return f"told {fact.detail['outcome']!r}" if fact.what == "told" else fact.what
