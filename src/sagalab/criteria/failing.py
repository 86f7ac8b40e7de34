"""Lesson 03's exercises: patience with an end, a way back, compensations that fail, a person, a redrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sagalab.clock import minutes
from sagalab.criteria.finding import Finding, valid
from sagalab.criteria.lessons import Problem, every_order, not_attempted, not_yet, promises, sentence
from sagalab.criteria.slips import stopped
from sagalab.criteria.workflow import Ran, refusal_retried
from sagalab.history import History
from sagalab.invariants import Expectation, Violation, violations
from sagalab.participants.orders import Order

HEALS, OVER, MOST = minutes(20), minutes(40), 20  # what the lesson asks of a retry policy: seconds, seconds, tries
COMPENSATIONS = ("payment_gateway.refund", "warehouse.release")
CLOSED = ("Undo", "Money", "Stock", "Voice", "Forward")

SUM = (
    "Add the waits up: the sum has to lie between 20 and 40 minutes. (With full jitter a wait is half as long on "
    "average, and some are much shorter.)"
)
BACK = "Which compensation undoes what is left standing, and which Catch leads to it?"
KEY = "A compensation is tried again, too. Which value is the same in each of its tries?"


# -- retries -------------------------------------------------------------------------------------------


def patient(criterion: str, healing: Sequence[Ran], refused: Ran, too_long: Sequence[Ran]) -> Finding:
    """Outages heal, longer ones are given up in time and after few tries, and an answer is taken for one."""
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
    for ran in too_long:
        problem = _without_end(ran)
        if problem:
            return not_yet(criterion, ran, problem, "Tries come to an end")
    holds = (
        f"{len(healing)} outages of 20 minutes healed; {len(too_long)} that lasted two hours were given up in time, "
        "and a declined card was asked once."
    )
    return valid(criterion, holds, history=healing[0].history)


def _struck(ran: Ran) -> str:
    return ran.scenario.faults[0].target


def _tries(ran: Ran, order: Order) -> list[float]:
    return [fact.at for fact in ran.history.of("call", what=_struck(ran), order_id=order.order_id)]


def _gave_up(ran: Ran, order: Order) -> Problem:
    at = _tries(ran, order)
    tried = (
        f"the call {_struck(ran)} was tried {len(at)} times in {_long(at[-1] - at[0])}" if at else "it was not tried"
    )
    where = stopped(ran.history, order.order_id)
    return f"Tried: {ran.scenario.in_words()}. {sentence(tried)} Then it was given up.{where}", SUM


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


def compensates(criterion: str, refused: Sequence[Ran], healing: Sequence[Ran]) -> Finding:
    """Refused orders are undone and told; orders that met a short fault are confirmed, and never undone."""
    for ran in refused:
        asked = refusal_retried(ran.history)
        if asked is not None:
            message = f"{asked.what} refused order {asked.order_id} ({asked.detail['error']}), and was asked again."
            hint = "The first retrier that matches decides: BUSINESS stands before TRANSIENT."
            return not_yet(criterion, ran, (message, hint), "Business errors are never retried")
    holds = (
        f"{len(refused)} refused orders were undone, cancelled and told; {len(healing)} that met a passing fault were "
        "confirmed."
    )
    hints = {**dict.fromkeys(("Money", "Stock", "Terminal"), BACK), "Forward": _FORWARD}
    return promises(criterion, [*refused, *healing], holds, hints)


_FORWARD = "Past the pivot nothing leads back. Which state after ConfirmOrder has a Catch?"


def undone_in_the_end(criterion: str, runs: Sequence[Ran], unsure: Sequence[Ran]) -> Finding:
    """A compensation that is struck happens in the end, once; a step that timed out is undone, not forgotten."""
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
    return found


def closed(ran: Ran) -> list[Violation]:
    """Gives what is wrong with orders that were cancelled, however long the fault lasted."""
    strict = replace(ran.scenario.expectation, licensed=frozenset())
    ended = {fact.order_id for fact in ran.history.of("effect", what="cancelled")}
    return [one for one in violations(ran.history, strict, CLOSED) if one.order_id in ended]


# -- a person ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked(Ran):
    """One order's run; a person answered after `facts` facts, or (None) never."""

    answer: bool | None = None
    facts: int = 0
    error: str = ""
    said: str = ""

    @property
    def order(self) -> Order:
        """The order."""
        return self.scenario.orders[0]

    @property
    def large(self) -> bool:
        """Says whether a person has to look at it."""
        return self.order.amount >= 100

    def broken(self, names: Any = None) -> list[Violation]:
        """Gives the broken promises; an order that no person approved may be cancelled."""
        allowed: Expectation = self.scenario.expectation
        if self.large:
            unapproved = self.scenario.orders[1 if self.answer else 0 :]
            allowed = replace(allowed, refused=frozenset(order.order_id for order in unapproved))
        return violations(self.history, allowed, names)


def asks(criterion: str, runs: Sequence[Asked]) -> Finding:
    """Large orders wait for a person and do as told; nobody's answer is a no; small ones do not wait."""
    for ran in runs:
        problem = _unasked(ran) or _disobeyed(ran)
        if problem:
            return not_yet(criterion, ran, problem, "A large order waits for a person")
    holds = (
        f"{len(runs)} orders of 99.99 to 312.50: approved, refused and forgotten ones ended as they should, and the "
        "small one asked nobody."
    )
    return promises(criterion, runs, holds, dict.fromkeys(("Money", "Stock", "Terminal"), BACK))


def _unasked(ran: Asked) -> Problem | None:
    order, before = f"Order {ran.order.order_id} over {ran.order.amount:.2f}", History(list(ran.history)[: ran.facts])
    outcome = [fact.what for fact in before.of("effect") if fact.what in ("confirmed", "cancelled")]
    if ran.large and outcome:
        hint = "Which state comes after ReserveStock, and from which amount on does its Choice lead to the question?"
        return f"{order} was {outcome[0]} before anybody was asked.", hint
    if ran.large and not before.of("sent", order_id=ran.order.order_id):
        where = stopped(before, ran.order.order_id)
        return f"{order} put no question into a queue.{where}", "Does the first Choice lead to the state made with ask?"
    if not ran.large and not outcome:
        return f"{order} still waits after 15 minutes; below 100 nobody is asked.", "Look at the Choice's operator."
    return None


def _disobeyed(ran: Asked) -> Problem | None:
    if not ran.large:
        return None
    order_id = ran.order.order_id
    if ran.error:
        return (
            f'decide("{order_id}", {ran.answer}) raised {ran.error}: {ran.said}.',
            "What is in the message, and what is its token?",
        )
    sent = [fact for fact in ran.history.of("api") if fact.what in ("states:SendTaskSuccess", "states:SendTaskFailure")]
    if ran.answer is not None and not sent:
        hint = "The token in the message is the address; `sfn.send_task_success` takes it, and the answer as JSON text."
        return f'decide("{order_id}", {ran.answer}) came back, and no token was sent: the order went on waiting.', hint
    effects = {fact.what: fact for fact in ran.history.of("effect", order_id=order_id)}
    if ran.answer is None:
        if not effects.keys() & {"confirmed", "cancelled"}:
            hint = "`TimeoutSeconds` ends the wait with States.Timeout, and a Catch leads somewhere from there."
            return f"Nobody answered about order {order_id}, and after 58 minutes it still has no outcome.", hint
        if "confirmed" in effects:
            hint = "Where does the Catch for States.Timeout lead?"
            return f"Nobody answered about order {order_id}, and it was confirmed.", hint
    wanted = "confirmed" if ran.answer else "cancelled"
    if wanted not in effects:
        said = "said yes" if ran.answer else "said no" if ran.answer is False else "never answered"
        ended = " and ".join(effects.keys() & {"confirmed", "cancelled"}) or "left without an outcome"
        where = stopped(ran.history, order_id)
        hint = "What does `decide` send as its output, and which path does the second Choice read?"
        return f"A person {said} about order {order_id}, and it was {ended}.{where}", hint
    for other in ran.scenario.orders[1:]:
        if ran.history.of("effect", what="confirmed", order_id=other.order_id):
            told = f'decide("{order_id}", {ran.answer}) answered the question about order {other.order_id} as well.'
            return told, "Each message names its order. Does `decide` look at it before it answers?"
    if {"released", "refunded"} <= effects.keys() and effects["refunded"].index < effects["released"].index:
        hint = "The last step is undone first: where does a refused order's way back begin?"
        return f"Order {order_id} was refunded first and released after that; compensations run in reverse order.", hint
    return None


# -- a redrive -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Redriven(Ran):
    """Three orders, one of which failed past the pivot; what `redrive_failed` answered, twice."""

    replies: tuple[dict[str, Any], ...] = ()


def redriven(criterion: str, ran: Redriven) -> Finding:
    """The failed execution goes on where it stopped; nothing else runs again, and running it twice does no harm."""
    struck = next(fault.order for fault in ran.scenario.faults)
    for order in ran.scenario.orders:
        count = len({fact.detail.get("arn") for fact in ran.history.of("execution", order_id=order.order_id)})
        if count > 1:
            pieces = f"Order {order.order_id} has {count} executions now: its audit trail is in pieces."
            hint = "`redrive_execution` goes on in the old execution, so that one history tells the whole story."
            return not_yet(criterion, ran, (pieces, hint), "One order, one history")
    for number, reply in enumerate(ran.replies):
        if "error" in reply:
            when = "a second time, when nothing was left to redrive," if number else "after the outage"
            problem = (
                f"redrive_failed() was called {when} and raised {reply['error']}: "
                f"{str(reply.get('message', '')).rstrip('.')}.",
                "Which executions does `list_executions` give you, and in which of them is there something to redrive?",
            )
            return not_yet(criterion, ran, problem, "Running it twice is harmless")
    if not ran.history.of("api", what="states:ListExecutions") and not _told(ran, struck):
        message = "redrive_failed() looks at no execution yet."
        return not_attempted(criterion, message, "Begin with `sfn.list_executions`, and its `statusFilter`.")
    if ran.replies[0].get("result") == 0 and not _told(ran, struck):
        message = f"redrive_failed() found nothing, and the execution of order {struck} stands failed."
        return not_yet(
            criterion, ran, (message, "Which statusFilter do failed executions have?"), "Nobody is forgotten"
        )

    def problem_of(one: Redriven, order: Order) -> Problem | None:
        history, order_id = one.history, order.order_id
        if not _told(one, order_id):
            where = f" after the redrive{stopped(history, order_id)}"
            return f"The customer of order {order_id} was not told{where}.", "Was this order's execution redriven?"
        return None

    holds = "The failed execution went on in the state that had failed; the others were left alone, twice."
    found = every_order(criterion, [ran], "What failed goes on where it stopped", problem_of, holds)
    if found.verdict != "valid":
        return found
    return promises(criterion, [ran], holds, {"Forward": _FORWARD})


def _told(ran: Ran, order_id: str | None) -> bool:
    return bool(ran.history.of("effect", what="told", order_id=order_id))
