"""Lesson 07's exercises: a fourth step in both designs, what an order is billed, where it stands, whom a loss hurts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sagalab.criteria.finding import Finding, valid
from sagalab.criteria.lessons import Problem, every_order, not_yet, promises, sentence
from sagalab.criteria.prices import transitions
from sagalab.criteria.workflow import Ran
from sagalab.history import History
from sagalab.participants.orders import Order

LATE = 60.0  # seconds after an order's start from which its mail is late
MANY = 4  # API calls with which one order's place can be found generously


@dataclass(frozen=True)
class Answer:
    """One call of a learner's function: when, with what, what came of it, and the API calls that it made."""

    at: float
    what: str
    result: Any = None
    error: str = ""
    calls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Counted(Ran):
    """A run, the loyalty points that each order had at its end, and the learner's answers."""

    points: Mapping[str, float] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()


def _tried(ran: Ran) -> str:
    return f"Tried: {ran.scenario.in_words()}."


# -- a fourth step --------------------------------------------------------------------------------------

WHERE = {
    "orchestration": "Which states does a confirmed order pass, and which one that is not? Yours belongs to the first.",
    "choreography": "Which event says that an order was confirmed, and nothing else? A rule of its own asks for it.",
}


def fourth_step(criterion: str, runs: Sequence[Counted], holds: str) -> Finding:
    """Each confirmed order has its points, no other order has any, and the orders end as before."""
    healthy = promises(criterion, [ran for ran in runs if not ran.scenario.faults], holds)
    if healthy.verdict != "valid":
        return healthy
    finding = every_order(criterion, runs, "Points for what was confirmed, and for nothing else", _points, holds)
    return finding


def _points(ran: Counted, order: Order) -> Problem | None:
    whose, found, due = f"Order {order.order_id}", ran.points.get(order.order_id), float(int(order.amount))
    hint = WHERE[ran.scenario.approach]
    confirmed = bool(ran.history.of("effect", what="confirmed", order_id=order.order_id))
    if confirmed and found is None:
        return f"{_tried(ran)} {whose} was confirmed, and has no points.", hint
    if confirmed and found != due:
        return f"{_tried(ran)} {whose} has {found:g} points, and {due:g} are due.", "Use the handler as it is given."
    if not confirmed and found is not None:
        cancelled = ran.history.of("effect", what="cancelled", order_id=order.order_id)
        became = "was cancelled" if cancelled else "was never confirmed"
        return f"{_tried(ran)} {whose} {became}, and has {found:g} points.", hint
    return None


# -- what an order is billed ----------------------------------------------------------------------------


def bill(criterion: str, runs: Sequence[Counted]) -> Finding:
    """The counted transitions are the states entered and the retries, for each execution."""
    for ran in runs:
        for answer in ran.answers:
            problem = _miscounted(ran, answer)
            if problem:
                return not_yet(criterion, ran, problem, "Each retry is billed")
    count = sum(len(ran.answers) for ran in runs)
    return valid(criterion, f"{count} executions counted, with retries and without.", history=runs[0].history)


def _miscounted(ran: Counted, answer: Answer) -> Problem | None:
    order = next((f.order_id for f in ran.history.of("execution") if f.detail.get("arn") == answer.what), "")
    call = f"{_tried(ran)} transitions_of(the execution of order {order})"
    if answer.error:
        return f"{_tried(ran)} {sentence(answer.error)}", "Call it in the notebook with what start_workflow returned."
    due = transitions(ran.history, answer.what)
    if answer.result == due:
        return None
    own = [fact for fact in ran.history.of("state") if fact.detail.get("execution") == answer.what]
    entered = sum(str(fact.detail["type"]).endswith("StateEntered") for fact in own)
    said = f"{call} gave {answer.result!r}; AWS bills {due}"
    if answer.result == entered:
        hint = "Entering a state is billed, and so is each further try of its task. Which event says that a try begins?"
        return f"{said}: {entered} states were entered, and {due - entered} tries came after a first one.", hint
    hint = "Print the types of all events of one execution. Which of them begins a state, which begins a try?"
    return f"{said}: {entered} states entered, {due - entered} retries.", hint


# -- where an order stands ------------------------------------------------------------------------------


def place(criterion: str, runs: Sequence[Counted]) -> Finding:
    """The named state is the one that the order entered last, found without reading other orders' executions."""
    for ran in runs:
        for answer in ran.answers:
            problem = _misplaced(ran, answer)
            if problem:
                return not_yet(criterion, ran, problem, "One order, one record")
    count = sum(len(ran.answers) for ran in runs)
    return valid(criterion, f"{count} orders found, each by its own record alone.", history=runs[0].history)


def _misplaced(ran: Counted, answer: Answer) -> Problem | None:
    call = f'{_tried(ran)} where_is("{answer.what}")'
    if answer.error:
        return f"{_tried(ran)} {sentence(answer.error)}", "Call it in the notebook with an order that has been started."
    entered = _entered(ran.history, answer)
    if answer.result != entered[-1]:
        said = f"{call} gave {answer.result!r}, and the order stands in {entered[-1]!r}."
        if answer.result == entered[0]:
            return said, "That is where it began. `reverseOrder=True` gives the newest event first."
        if answer.result in entered:
            return said, "It has left that state. Which type of event says that a state was entered, not left?"
        return said, "The last event that enters a state names it, in its `stateEnteredEventDetails`."
    listed = [name for name in answer.calls if name.endswith("ListExecutions")]
    if listed or len(answer.calls) > MANY:
        hint = "The execution's name is made of the order id, and its ARN of the machine's. Nothing has to be searched."
        orders = len(ran.history.of("execution"))
        return (
            f"{call} is right, and it took {len(answer.calls)} API calls for one of {orders} orders, "
            f"{len(listed)} of them a list of all executions. With a million orders nobody could wait for that.",
            hint,
        )
    return None


def _entered(history: History, answer: Answer) -> list[str]:
    """Gives the states that an order had entered when it was asked for."""
    return [
        fact.what
        for fact in history.of("state", order_id=answer.what)
        if str(fact.detail.get("type", "")).endswith("StateEntered") and fact.at <= answer.at
    ] or [""]


# -- whom a loss hurts ----------------------------------------------------------------------------------


def blast_radius(criterion: str, runs: Sequence[Counted]) -> Finding:
    """With the fourth step lost for half an hour every customer is told in time, and the points come later."""

    def problem(ran: Counted, order: Order) -> Problem | None:
        whose, approach = f"order {order.order_id}", ran.scenario.approach
        began = ran.history.of("accepted", order_id=order.order_id)[0].at
        told = ran.history.of("effect", what="told", order_id=order.order_id)
        lost = f"{approach.capitalize()}, the function of the points is lost for half an hour:"
        if not told or told[0].at - began > LATE:
            late = f"after {(told[0].at - began) / 60:.0f} minutes" if told else "never"
            hint = "Who waits for the points in your design? Nobody has to: the customer is told first."
            return f"{lost} the customer of {whose} was told {late}.", hint
        if order.order_id not in ran.points:
            hint = "The step has to be tried again. How long do its tries go on, from the first to the last?"
            return f"{lost} {whose} was told in time, and an hour after the outage it has no points.", hint
        return None

    orders = sum(len(ran.scenario.orders) for ran in runs)
    holds = f"{orders} orders during the outage: all told within a minute, and all points there an hour after it."
    return every_order(criterion, runs, "A lost function hurts nobody else", problem, holds)
