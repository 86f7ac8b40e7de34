"""Lesson 03's exercises about machines: patience with an end, a way back, compensations that fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sagalab.clock import minutes
from sagalab.criteria.finding import Finding, valid
from sagalab.criteria.lessons import Problem, not_yet, promises, sentence
from sagalab.criteria.slips import stopped
from sagalab.criteria.workflow import Ran, refusal_retried
from sagalab.history import History
from sagalab.invariants import Violation, violations
from sagalab.participants.orders import Order

HEALS, OVER, MOST = minutes(20), minutes(40), 20  # what the lesson asks of a retry policy: seconds, seconds, tries
COMPENSATIONS = ("payment_gateway.refund", "warehouse.release")
CLOSED = ("Undo", "Money", "Stock", "Voice", "Forward")
GONE_BACK = ("Terminal", *CLOSED)

SUM = (
    "Add the waits up: the sum has to lie between 20 and 40 minutes. (With full jitter a wait is half as long on "
    "average, and some are much shorter.)"
)
UNTRIED = (
    "It was not tried again. Which error did the state see, and does `ErrorEquals` name it, letter by letter? "
    "`States.ALL` means every error."
)
EVERY_ERROR = (
    "Which errors do your catchers name? An outage that outlasts every retry arrives as `ParticipantUnavailable` or "
    "`ParticipantTimeout`, and the order goes back after them as well."
)
REVERSE = "The last step is undone first: where does the way back begin?"
BACK = "Which compensation undoes what is left standing, and which Catch leads to it?"
KEY = "A compensation is tried again, too. Which value is the same in each of its tries?"


# -- retries -------------------------------------------------------------------------------------------


def patient(
    criterion: str, healing: Sequence[Ran], unsure: Sequence[Ran], refused: Ran, too_long: Sequence[Ran]
) -> Finding:
    """Outages and lost answers heal, longer ones end in time and after few tries, and a refusal is taken for one."""
    asked = refusal_retried(refused.history)
    if asked is not None:
        message = f"The card of order {asked.order_id} was declined, and the gateway was asked again."
        hint = "The first retrier that matches decides: BUSINESS stands before yours."
        return not_yet(criterion, refused, (message, hint), "Business errors are never retried")
    for ran in healing:
        problem = _without_end(ran)
        if problem:
            return not_yet(criterion, ran, problem, "Tries come to an end")
        for order in ran.scenario.orders:
            if not ran.history.of("effect", what="confirmed", order_id=order.order_id) or not ran.history.of(
                "effect", what="told", order_id=order.order_id
            ):
                return not_yet(criterion, ran, _gave_up(ran, order), "Outages of 20 minutes heal")
    for ran in unsure:
        for order in ran.scenario.orders:
            if not ran.history.of("effect", what="confirmed", order_id=order.order_id):
                return not_yet(criterion, ran, _gave_up(ran, order), "Everything that passes by itself heals")
    for ran in too_long:
        problem = _without_end(ran)
        if problem:
            return not_yet(criterion, ran, problem, "Tries come to an end")
    holds = (
        f"{len(healing)} outages of 20 minutes and {len(unsure)} passing faults healed; {len(too_long)} outages that "
        "lasted two hours were given up in time, and a declined card was asked once."
    )
    return valid(criterion, holds, history=healing[0].history)


def _struck(ran: Ran) -> str:
    return ran.scenario.faults[0].target


def _tries(ran: Ran, order: Order) -> list[float]:
    return [fact.at for fact in ran.history.of("call", what=_struck(ran), order_id=order.order_id)]


def _gave_up(ran: Ran, order: Order) -> Problem:
    at = _tries(ran, order)
    tried = f"the call {_struck(ran)} was tried {_times(len(at))}" if at else "it was not tried"
    took = f" in {_long(at[-1] - at[0])}" if len(at) > 1 else ""
    where = stopped(ran.history, order.order_id)
    told = f"Tried: {ran.scenario.in_words()}. {sentence(tried + took)} Then it was given up.{where}"
    return told, SUM if len(at) > 1 else UNTRIED


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _without_end(ran: Ran) -> Problem | None:
    for order in ran.scenario.orders:
        at = _tries(ran, order)
        if len(at) > MOST:
            hint = "Each try is a state transition, and a call to a system in trouble. Let the waits grow."
            return f"The call {_struck(ran)} was tried {len(at)} times for one order; {MOST} are allowed.", hint
        if at and at[-1] - at[0] > OVER:
            hint = "Doubling without a cap outgrows every deadline: `MaxDelaySeconds` holds the waits down."
            late = f"The call {_struck(ran)} was still tried {_long(at[-1] - at[0])} after the first try"
            return f"{late}; 40 minutes are allowed.", hint
    return None


def _long(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 180 else f"{seconds:.0f} s"


# -- the saga ------------------------------------------------------------------------------------------


def compensates(
    criterion: str, refused: Sequence[Ran], healing: Sequence[Ran], given_up: Sequence[Ran] = ()
) -> Finding:
    """Refused orders and those whose step was given up are undone and told; a short fault undoes nothing."""
    for ran in refused:
        asked = refusal_retried(ran.history)
        if asked is not None:
            message = f"{asked.what} refused order {asked.order_id} ({asked.detail['error']}), and was asked again."
            hint = "The first retrier that matches decides: BUSINESS stands before TRANSIENT."
            return not_yet(criterion, ran, (message, hint), "Business errors are never retried")
    holds = (
        f"{len(refused)} refused orders were undone, cancelled and told; {len(healing)} that met a passing fault were "
        f"confirmed; {len(given_up)} that met an outage of two hours before the pivot went back."
    )
    hints = {**dict.fromkeys(("Money", "Stock", "Terminal"), BACK), "Forward": FORWARD}
    found = promises(criterion, [*refused, *healing], holds, hints)
    if found.verdict != "valid":
        return found
    for ran in given_up:
        problem = _did_not_go_back(ran)
        if problem:
            return not_yet(criterion, ran, problem, "What is given up before the pivot goes back")
    for ran in [*refused, *healing, *given_up]:
        for order in ran.scenario.orders:
            if refunded_first(ran.history, order.order_id):
                said = f"Tried: {ran.scenario.in_words()}. {REFUNDED_FIRST.format(order.order_id)}"
                return not_yet(criterion, ran, (said, REVERSE), "Compensations run in reverse order")
    return found


REFUNDED_FIRST = "Order {} was refunded first and released after that; compensations run in reverse order."


UNDOES = [("payment_gateway.refund", "refunded"), ("warehouse.release", "released")]


def refunded_first(history: History, order_id: str) -> bool:
    """Says whether an order's money went back before its stock did."""
    facts = history.of("call", "effect", order_id=order_id)
    refunds, releases = ([fact.index for fact in facts if fact.what in names] for names in UNDOES)
    return bool(refunds and releases) and refunds[0] < releases[0]


def _did_not_go_back(ran: Ran) -> Problem | None:
    every = frozenset(order.order_id for order in ran.scenario.orders)
    strict = replace(ran.scenario.expectation, licensed=frozenset(), refused=every)
    for violation in violations(ran.history, strict, GONE_BACK):
        where = stopped(ran.history, violation.order_id)
        hint = EVERY_ERROR if violation.invariant == "Terminal" else BACK
        return f"Tried: {ran.scenario.in_words()}. {sentence(violation.message)}{where}", hint
    return None


FORWARD = "Past the pivot nothing leads back. Which state after ConfirmOrder has a Catch?"


def undone_in_the_end(
    criterion: str, runs: Sequence[Ran], unsure: Sequence[Ran], given_up: Sequence[Ran] = ()
) -> Finding:
    """A compensation that is struck happens in the end, once; a step that timed out is undone, not forgotten.

    One that is given up is never passed over: its order is not cancelled.
    """
    holds = f"Compensations were struck {len(runs)} times, and each happened in the end, once."
    hints = {
        **dict.fromkeys(("Undo", "Money", "Stock"), KEY),
        "Terminal": "Which retriers has the struck compensation?",
    }
    for ran in runs:
        for violation in ran.broken(["Undo"]):
            said = f"Tried: {ran.scenario.in_words()}. {sentence(violation.message)}"
            return not_yet(criterion, ran, (said, hints.get(violation.invariant, BACK)), violation.invariant)
    found = promises(criterion, runs, holds, hints)
    if found.verdict != "valid":
        return found
    for ran in unsure:
        for violation in closed(ran):
            message = (
                f"Tried: {ran.scenario.in_words()}. The step happened, and every answer was lost. "
                f"{sentence(violation.message)}"
            )
            no = "A timeout does not mean no: what may have happened is undone before the order is cancelled."
            hint = KEY if violation.invariant == "Undo" else no
            return not_yet(criterion, ran, (message, hint), violation.invariant)
    for ran in given_up:
        for violation in closed(ran):
            message = f"Tried: {ran.scenario.in_words()}. {sentence(violation.message)}"
            hint = (
                "A compensation that is given up is no reason to go on: what it should have undone still stands. Let "
                "the execution fail there, where a person finds it and redrives it."
            )
            return not_yet(criterion, ran, (message, hint), violation.invariant)
    return found


def closed(ran: Ran) -> list[Violation]:
    """Gives what is wrong with orders that were cancelled, however long the fault lasted."""
    strict = replace(ran.scenario.expectation, licensed=frozenset())
    ended = {fact.order_id for fact in ran.history.of("effect", what="cancelled")}
    return [one for one in violations(ran.history, strict, CLOSED) if one.order_id in ended]
