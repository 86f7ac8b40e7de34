"""Lesson 03's exercises about people: an approval that a machine waits for, and a redrive of what failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sagalab.criteria.failing import BACK, FORWARD, REFUNDED_FIRST, REVERSE, refunded_first
from sagalab.criteria.finding import Finding
from sagalab.criteria.lessons import Problem, every_order, not_attempted, not_yet, promises
from sagalab.criteria.slips import stopped
from sagalab.criteria.workflow import Ran
from sagalab.history import History
from sagalab.invariants import Expectation, Violation, violations
from sagalab.participants.orders import Order

# -- a person ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked(Ran):
    """One order's run; a person answered after `facts` facts, or (None) never."""

    answer: bool | None = None
    facts: int = 0
    error: str = ""
    said: str = ""
    left: int = 0  # questions about the order that lie in a queue at the end

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
    order, before = (
        f"Order {ran.order.order_id}, which costs {ran.order.amount:.2f},",
        History(list(ran.history)[: ran.facts]),
    )
    outcome = [fact.what for fact in before.of("effect") if fact.what in ("confirmed", "cancelled")]
    questions = before.of("sent", order_id=ran.order.order_id)
    if ran.large and outcome and questions:
        waited = next(fact.at for fact in before.of("effect") if fact.what == outcome[0]) - questions[0].at
        hint = "How long may a person take? `TimeoutSeconds` counts seconds, and half an hour has 1800 of them."
        return f"{order} was {outcome[0]} {waited:.0f} s after the question was asked, before anybody answered.", hint
    if ran.large and outcome:
        hint = "Which state comes after ReserveStock, and from which amount on does its Choice lead to the question?"
        return f"{order} was {outcome[0]} before anybody was asked.", hint
    if ran.large and not questions:
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
            "What stands in the message's body, under which key is its token, and is the output a JSON text?",
        )
    sent = [fact for fact in ran.history.of("api") if fact.what in ("states:SendTaskSuccess", "states:SendTaskFailure")]
    if ran.answer is not None and not sent:
        hint = "The token in the message is the address; `sfn.send_task_success` takes it, and the answer as JSON text."
        return f'decide("{order_id}", {ran.answer}) came back, and no token was sent: the order went on waiting.', hint
    effects = {fact.what: fact for fact in ran.history.of("effect", order_id=order_id)}
    if ran.answer is None:
        if not effects.keys() & {"confirmed", "cancelled"}:
            hint = (
                "`TimeoutSeconds` ends the wait with States.Timeout, and a Catch leads somewhere from there. Half an "
                "hour has 1800 seconds."
            )
            return (
                f"Nobody answered about order {order_id}, and after 58 minutes, where 30 were asked for, it still has "
                "no outcome.",
                hint,
            )
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
    if ran.answer is not None and ran.left:
        hint = "Who answers takes the question out of the queue: `sqs.delete_message`, with the ReceiptHandle."
        return f"Order {order_id} was answered, and its question still lies in the queue.", hint
    for other in ran.scenario.orders[1:]:
        if ran.history.of("effect", what="confirmed", order_id=other.order_id):
            told = f'decide("{order_id}", {ran.answer}) answered the question about order {other.order_id} as well.'
            return told, "Each message names its order. Does `decide` look at it before it answers?"
    if refunded_first(ran.history, order_id):
        return REFUNDED_FIRST.format(order_id), REVERSE
    return None


# -- a redrive -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Redriven(Ran):
    """Three orders, two of which failed past the pivot; what `redrive_failed` answered, twice.

    `second` is the count of facts when it was called for the second time.
    """

    replies: tuple[dict[str, Any], ...] = ()
    second: int = 0


def redriven(criterion: str, ran: Redriven) -> Finding:
    """The failed execution goes on where it stopped; nothing else runs again, and running it twice does no harm."""
    struck = [str(fault.order) for fault in ran.scenario.faults]
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
    told = [order_id for order_id in struck if _told(ran.history, order_id)]
    if not ran.history.of("api", what="states:ListExecutions") and not told:
        message = "redrive_failed() looks at no execution yet."
        return not_attempted(criterion, message, "Begin with `sfn.list_executions`, and its `statusFilter`.")
    if ran.replies[0].get("result") == 0 and not told:
        message = f"redrive_failed() found nothing, and the execution of order {struck[0]} stands failed."
        return not_yet(
            criterion, ran, (message, "Which statusFilter do failed executions have?"), "Nobody is forgotten"
        )

    first_time = History(list(ran.history)[: ran.second])
    late = [order_id for order_id in told if not _told(first_time, order_id)]
    if late:
        message = (
            f"{len(struck)} executions had failed. redrive_failed() was called, and five minutes later order {late[0]} "
            "still waited; only the second call helped it."
        )
        hint = "It redrives every failed execution. How often does the line with `redrive_execution` run?"
        return not_yet(criterion, ran, (message, hint), "Nobody is forgotten")

    def problem_of(one: Redriven, order: Order) -> Problem | None:
        history, order_id = one.history, order.order_id
        if not _told(history, order_id):
            where = f" after the redrive{stopped(history, order_id)}"
            return f"The customer of order {order_id} was not told{where}.", "Was this order's execution redriven?"
        return None

    holds = "Failed executions went on in the state that had failed; the others were left alone, twice."
    found = every_order(criterion, [ran], "What failed goes on where it stopped", problem_of, holds)
    if found.verdict != "valid":
        return found
    return promises(criterion, [ran], holds, {"Forward": FORWARD})


def _told(history: History, order_id: str) -> bool:
    return bool(history.of("effect", what="told", order_id=order_id))
