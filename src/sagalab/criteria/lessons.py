"""The lessons' exercises: small designs, judged by the promises that they can keep already.

Correlation ids are no subject of these lessons, so the promise Trace is not asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from sagalab.criteria.finding import Finding, invalid, valid
from sagalab.criteria.hints import UNSTRUCK, hint_for
from sagalab.criteria.slips import NO_EXECUTION, stopped
from sagalab.criteria.workflow import (
    ENDS_WELL,
    SERVICES,
    Ran,
    design_problem,
    refusal_retried,
    start_errors,
)
from sagalab.deployment import Deployment, StateMachine
from sagalab.history import Fact, History
from sagalab.invariants import Violation
from sagalab.participants.orders import Order

PROMISES = (*ENDS_WELL, "Nothing lost")
TAKEN = "ExecutionAlreadyExists"  # what AWS says to a name whose execution has ended
Problem = tuple[str, str]  # what the run shows, and a first thought
OneRun = TypeVar("OneRun", bound=Ran)


def not_attempted(criterion: str, message: str, hint: str) -> Finding:
    """Gives the finding of an exercise that nobody has begun yet."""
    return invalid(criterion, message, hint=hint, attempted=False)


def not_yet(criterion: str, ran: Ran, problem: Problem, promise: str) -> Finding:
    """Gives the finding of an exercise that a run speaks against."""
    return invalid(
        criterion,
        problem[0],
        promise=promise,
        hint=problem[1],
        schedule=ran.scenario.line(),
        history=ran.history,
    )


def promises(criterion: str, runs: Iterable[Ran], holds: str, hints: dict[str, str] | None = None) -> Finding:
    """Every promise is kept in every run; the first one that breaks is shown with where its order stopped.

    `holds` is said when all are kept; `hints` has a first thought by promise, before the project's own.
    """
    shown: History | None = None
    for ran in runs:
        shown = shown or ran.history
        for violation in ran.broken(PROMISES):
            where = stopped(ran.history, violation.order_id)
            message = f"Tried: {ran.scenario.in_words()}. {sentence(violation.message)}{where}"
            hint = (hints or {}).get(violation.invariant) or hint_for(violation, ran.history)
            return not_yet(criterion, ran, (message, hint), violation.invariant)
    return valid(criterion, holds, history=shown)


def every_order(
    criterion: str,
    runs: Sequence[OneRun],
    promise: str,
    problem: Callable[[OneRun, Order], Problem | None],
    holds: str,
) -> Finding:
    """Looks at each order of each run; a start function that raised comes first."""
    for ran in runs:
        for violation in start_errors(ran.history):
            return not_yet(criterion, ran, _start_problem(ran.history, violation), "Start")
        for order in ran.scenario.orders:
            found = problem(ran, order)
            if found:
                return not_yet(criterion, ran, found, promise)
    return valid(criterion, holds, history=runs[0].history)


def _start_problem(history: History, violation: Violation) -> Problem:
    """Says which of an order's start calls raised; a second one raises because there was a first."""
    calls = history.of("accepted", order_id=violation.order_id)
    first, raised = calls[0], history[violation.facts[0]]
    if raised.index == first.index:
        return sentence(violation.message), UNSTRUCK["Start"]
    later = f"{(raised.at - first.at) / 60:.0f} minutes later" if raised.at - first.at >= 60 else "at once"
    told = f"Order {violation.order_id} was started a second time, {later}. {sentence(violation.message)}"
    if TAKEN not in violation.message:
        return told, "The first call went well. What is different when the same order is started again?"
    return told, (
        f"The name is taken: it is the second call that AWS refuses, and the order is in good hands. Catch `{TAKEN}`, "
        "and return the ARN that the first call returned."
    )


def sentence(words: str) -> str:
    """Makes a sentence; a function's name at its beginning stays as it is written."""
    first = words.split()[0] if words else ""
    end = "" if words.endswith((".", "?", "!")) else "."
    return f"{words if '(' in first else words[:1].upper() + words[1:]}{end}"


def states_of(machine: StateMachine) -> dict[str, Any]:
    """Gives the states of a machine's top level."""
    states = json.loads(machine.definition).get("States", {})
    return states if isinstance(states, dict) else {}


# -- 02: orchestration ------------------------------------------------------------------------------

KEPT_INPUT = (
    "Which state was it, and what did that state get? A task's answer takes the place of its input unless "
    'the state says `"ResultPath": None`.'
)
SAME_NAME = "Which name would two starts of one order share, and two orders never?"


def three_steps(criterion: str, runs: Sequence[Ran]) -> Finding:
    """Healthy orders end confirmed and told, through a step for each participant."""
    count = sum(len(ran.scenario.orders) for ran in runs)
    holds = f"{count} orders were paid, reserved, confirmed and told, a step each."
    finding = promises(criterion, runs, holds, dict.fromkeys(("Terminal", "Money", "Stock"), KEPT_INPUT))
    if NO_EXECUTION in finding.message:
        return Finding(**{**finding.__dict__, "hint": SAME_NAME})
    problem = design_problem(list(runs)) if finding.verdict == "valid" else None
    if problem:
        hint = "Payment, inventory and notification get a function each, called from its own state or message."
        message = sentence(problem[0])
        return invalid(criterion, message, promise="Three steps", hint=hint, history=problem[1])
    return finding


def paid_first(criterion: str, runs: Sequence[Ran], holds: str) -> Finding:
    """Nothing is put aside before it is paid."""

    def problem(ran: Ran, order: Order) -> Problem | None:
        charged, reserved = (
            ran.history.of("effect", what=what, order_id=order.order_id) for what in ("charged", "reserved")
        )
        if charged and reserved and reserved[0].index < charged[0].index:
            said = f"Order {order.order_id} was put aside in the warehouse first, and paid after that."
            return said, "Asked for is the payment first. Follow StartAt and each Next with a finger."
        return None

    return every_order(criterion, runs, "Paid, then put aside", problem, holds)


def starts_once(criterion: str, runs: Sequence[Ran]) -> Finding:
    """An order that is started again, at once or after it ended, is processed once."""
    holds = "Started twice at once, and again after its end: one execution, one charge."
    finding = every_order(criterion, runs, "One order, one execution", _one_execution, holds)
    return promises(criterion, runs, holds) if finding.verdict == "valid" else finding


def _one_execution(ran: Ran, order: Order) -> Problem | None:
    history = ran.history
    count = len(history.of("execution", order_id=order.order_id))
    starts = len(history.of("accepted", order_id=order.order_id))
    if count == 0:
        return f"Order {order.order_id} was started.{NO_EXECUTION}.", SAME_NAME
    if count > 1:
        charges = history.of("effect", what="charged", order_id=order.order_id)
        paid = sum(fact.detail["amount"] for fact in charges)
        return (
            f"Order {order.order_id} was started {starts} times and has {count} executions: {paid:.2f} was "
            f"charged, and it costs {order.amount:.2f}.",
            SAME_NAME,
        )
    return None


def declined(criterion: str, runs: Sequence[Ran]) -> Finding:
    """A declined card is an answer: asked once, the order cancelled, the customer told."""
    for ran in runs:
        asked = refusal_retried(ran.history)
        if asked is not None:
            message = f"The card of order {asked.order_id} was declined, and the gateway was asked again."
            hint = "The first retrier that matches decides. Where does one say that a refusal is not tried again?"
            return not_yet(criterion, ran, (message, hint), "Business errors are never retried")
    holds = "The gateway was asked once; the order was cancelled and the customer told."
    hints = {
        "Terminal": "Which state does the error lead to? One that no catcher names, letter by letter, ends the run.",
        "Voice": "Which state comes after the one that cancels? The customer waits for a word, too.",
    }
    return promises(criterion, runs, holds, hints)


def short_outage(criterion: str, runs: Sequence[Ran]) -> Finding:
    """An outage of a few calls at any participant heals by itself."""
    holds = f"{len(runs)} outages of three calls each, and every order came to its right end."
    for ran in runs:
        found = promises(criterion, [ran], holds, dict.fromkeys(("Terminal", "Money", "Stock", "Voice"), _tried(ran)))
        if found.verdict != "valid":
            return found
    return valid(criterion, holds, history=runs[0].history)


def _tried(ran: Ran) -> str:
    """Gives a thought about an outage that did not heal: nobody tried again, or not often enough."""
    struck = ran.scenario.faults[0].target if ran.scenario.faults else ""
    tries = len(ran.history.of("call", what=struck))
    if tries < 2:
        return "Which error did the state see, and which of its retriers matches it? Every step needs one."
    return f"`{struck}` was tried {tries} times, and then given up. How often does its retrier let the state try?"


def mentions(machine: StateMachine, *words: str) -> bool:
    """Says whether a definition uses one of these keys, or has a state of such a type."""
    return any(f'"{word}"' in machine.definition for word in words)


# -- 04: choreography -------------------------------------------------------------------------------


def consumers(deployment: Deployment) -> set[str]:
    """Gives the ARNs of the functions that are fed by a queue."""
    return {row.function_arn for row in deployment.event_source_mappings if row.enabled}


def outsiders(history: History) -> list[str]:
    """Gives the queues that hear of orders, and whose messages lead to no participant."""
    queues = {fact.what for fact in history.of("sent")}
    calls = [fact for fact in history.of("call") if fact.what.split(".")[0] in SERVICES]
    return sorted(queues - {_queue_of(history, call) for call in calls})


def _queue_of(history: History, call: Fact) -> str:
    """Gives the queue whose message made a function call a participant, empty if there was none."""
    invocation = history[call.cause] if call.cause is not None else None
    sent = history[invocation.cause] if invocation is not None and invocation.cause is not None else None
    return sent.what if sent is not None and sent.kind == "sent" else ""


def fourth_subscriber(criterion: str, runs: Sequence[Ran], queues: list[str]) -> Finding:
    """A service that no participant depends on hears of every order by a rule, and handles it."""

    def problem(ran: Ran, order: Order) -> Problem | None:
        history = ran.history
        sent = [fact for name in queues for fact in history.of("sent", what=name, order_id=order.order_id)]
        if not sent:
            hint = "It needs a queue of its own, and a rule whose pattern matches what was published."
            return f"No new subscriber heard of order {order.order_id}.", hint
        for fact in sent:
            if fact.cause is not None and history[fact.cause].kind == "invocation":
                hint = "So the old service was edited, and knows the new one. Let a rule bring the event."
                return f"A service put the message of order {order.order_id} into {fact.what} itself.", hint
            if not history.of("deleted", what=fact.what, order_id=order.order_id):
                hint = "Does a function read that queue, and does it end without an error?"
                return f"Nobody was done with the message of order {order.order_id} in {fact.what}.", hint
        return None

    promise, holds = "Somebody new hears of every order", "A fourth service hears of every order."
    return every_order(criterion, runs, promise, problem, holds)
