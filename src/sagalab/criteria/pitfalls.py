"""Lesson 08's exercises: advice for two companies, fewer states, lines that tell, and a border between two styles."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sagalab.criteria import recommendation as part_e
from sagalab.criteria.finding import Finding, invalid, valid
from sagalab.criteria.lessons import Problem, every_order, not_attempted, not_yet, promises, sentence
from sagalab.criteria.prices import transitions
from sagalab.criteria.recommendation import Again
from sagalab.criteria.watched import SHOWN, Watched
from sagalab.criteria.workflow import Ran, design_problem, refusal_retried
from sagalab.errors import NotSupportedHere
from sagalab.history import Fact, History
from sagalab.participants.orders import Order
from sagalab.recommendation import Recommendation

NEEDS = {  # of each company, a measured number and the most that it bears
    "pharmacy": ("records_to_find_a_stuck_order", 1.0),
    "marketplace": ("components_changed_to_add_a_participant", 0.0),
}
STATES = 4  # transitions of a healthy order that are enough

Advice = Mapping[str, Recommendation]


# -- two companies --------------------------------------------------------------------------------------


def incomplete(criterion: str, advice: Advice) -> Finding | None:
    """Says which company has no recommendation yet, None where both have one."""
    missing = [company for company in NEEDS if company not in advice]
    if not missing:
        return None
    message = f"There is no recommendation for the {missing[0]} yet."
    hint = "Fill in the scores, and call advise once for each company."
    return (
        not_attempted(criterion, message, hint)
        if len(missing) == len(NEEDS)
        else invalid(criterion, message, hint=hint)
    )


def two_companies(criterion: str, advice: Advice, again: Again) -> Finding:
    """Each pick has what its company cannot do without, measured again, and follows from weights and scores."""
    for company, (number, most) in NEEDS.items():
        pick = advice[company].approach
        try:
            found = again(number, pick)
        except NotSupportedHere as limit:
            return invalid(criterion, sentence(limit.what), hint="Run an order in each design first.")
        if found > most:
            return invalid(
                criterion,
                f"The {company} cannot have more than {most:g} {number}, and {pick} has {found:g}, measured again. "
                "A hard constraint is not weighed against anything.",
                promise="The pick has what the company cannot do without",
                hint="Print `numbers`. Which of the two approaches meets what this company needs?",
            )
        follows = part_e.follows(advice[company])
        if follows.verdict != "valid":
            return replace(follows, criterion=criterion, message=f"The {company}. {follows.message}")
    if advice["pharmacy"].scores != advice["marketplace"].scores:
        return invalid(
            criterion,
            "The two companies have different scores. What an approach can do does not depend on who asks; how much it "
            "counts does.",
            promise="One set of scores, two sets of weights",
            hint="Give both calls of advise the same scores, and let the weights tell the companies apart.",
        )
    return valid(criterion, "Both picks meet what cannot be done without, and follow from one set of scores.")


def flips(criterion: str, advice: Advice) -> Finding:
    """The named change of weights turns each decision round."""
    for company in NEEDS:
        found = part_e.flip(advice[company])
        if found.verdict != "valid":
            return replace(found, criterion=criterion, message=f"The {company}. {found.message}")
    return valid(criterion, "Both flips turn their decision round, by the arithmetic of your own numbers.")


# -- too many tiny steps --------------------------------------------------------------------------------


def merged(criterion: str, healthy: Sequence[Ran], refused: Sequence[Ran], outages: Sequence[Ran]) -> Finding:
    """Fewer states, and what they did before: promises kept, refusals asked once, short outages healed."""
    count = _most_transitions(healthy)
    finding = promises(criterion, [*healthy, *refused], "")
    if finding.verdict != "valid":
        return finding
    problem = design_problem([*healthy, *refused])
    if problem:
        hint = "A state that charges and reserves cannot repeat one of them alone. Which three need a state each?"
        return invalid(criterion, sentence(problem[0]), promise="Three steps", hint=hint, history=problem[1])
    if count > STATES:
        hint = "Which states cannot fail on their own? A function of `merged` may call several of `tiny`."
        message = f"A healthy order passes {count} states, and {STATES} are enough."
        return not_yet(criterion, healthy[0], (message, hint), "Fewer transitions")
    for ran in refused:
        if refusal_retried(ran.history) is not None:
            hint = "`task` brings both retriers along. Did you replace its Retry?"
            return not_yet(criterion, ran, ("A declined card was asked for again.", hint), "Business errors")
    hint = "Each state needs both retriers, as `task` gives them."
    holds = f"{count} transitions instead of 8 for a healthy order, and nothing else changed."
    return promises(criterion, outages, holds, dict.fromkeys(("Terminal", "Money", "Stock", "Voice"), hint))


def _most_transitions(runs: Sequence[Ran]) -> int:
    arns = ((ran.history, str(fact.detail["arn"])) for ran in runs for fact in ran.history.of("execution"))
    return max((transitions(history, arn) for history, arn in arns), default=0)


# -- eyes -----------------------------------------------------------------------------------------------


def lines_of(ran: Watched) -> list[dict[str, Any]]:
    """Gives the JSON objects that functions printed, one a line, in order of time."""
    found = []
    for _, text in sorted(ran.printed.items()):
        for line in text.splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue  # a function may print other lines, too
            if isinstance(row, dict) and "orderId" in row:
                found.append(row)
    return found


def unreadable(criterion: str, ran: Watched) -> Finding | None:
    """Says why a run that nothing struck left no line, where somebody tried; None where lines stand or nobody did."""
    if lines_of(ran):
        return None
    printed = next((text.strip() for _, text in sorted(ran.printed.items()) if text.strip()), "")
    if printed:
        said = f"A service printed {printed[:SHOWN]!r}: that is no line of JSON with an `orderId`."
        hint = "`json.dumps` makes the text: `print(json.dumps({...}))`, with `orderId` among the keys."
        return not_yet(criterion, ran, (said, hint), "Lines that a program can read")
    if not ran.history.of("effect", what="told") and ran.history.of("received"):
        said = (
            "No line was printed, and no order ends any more: `each` fails inside at every message, and says nothing."
        )
        hint = (
            "Its `except` swallows what your lines raise. The message has `detail-type` and `detail`; the order's id "
            "and the correlation id stand in its detail."
        )
        return not_yet(criterion, ran, (said, hint), "Lines that a program can read")
    return None


def eyes(criterion: str, runs: Sequence[Watched]) -> Finding:
    """From the lines alone: each order's way under one id, up to where it is stuck."""

    def problem(ran: Watched, order: Order) -> Problem | None:
        heard = [str(fact.detail.get("detail_type")) for fact in _heard(ran.history, order.order_id)]
        rows = [row for row in lines_of(ran) if row["orderId"] == order.order_id]
        whose, tried = f"order {order.order_id}", f"Tried: {ran.scenario.in_words()}."
        if not rows:
            hint = "One line of JSON for each message: `print(json.dumps({...}))`, before the service reacts."
            return f"{tried} No line names {whose}.", hint
        ids = {str(row.get("correlationId")) for row in rows}
        if ids == {"None"}:
            hint = "Who begins an order? The id is made there, and letters count: its key is `correlationId`."
            return f"{tried} The lines of {whose} carry no correlationId.", hint
        if len(ids) > 1:
            said = ", ".join(sorted(ids)[:3])
            return f"{tried} The lines of {whose} carry {len(ids)} ids: {said}.", "Made once, then handed on as it is."
        (own,) = ids
        strangers = {row["orderId"] for row in lines_of(ran) if str(row.get("correlationId")) == own} - {order.order_id}
        if strangers:
            hint = "What makes one order's id differ from the next one's?"
            return f"{tried} Orders {order.order_id} and {sorted(strangers)[0]} share the id {own!r}.", hint
        told = list(dict.fromkeys(str(row.get("heard")) for row in rows))
        if told != heard:
            missing = [kind for kind in heard if kind not in told]
            hint = "A line is due for each message, also for one whose handling fails: print before you react."
            if missing:
                return (
                    f"{tried} No line says that {missing[0]} of {whose} was heard. The lines say {', '.join(told)}.",
                    hint,
                )
            return f"{tried} The lines of {whose} say {', '.join(told)}; heard were {', '.join(heard)}.", hint
        return None

    holds = "From the printed lines alone: each order's way, under one id, up to the message that it is stuck at."
    return every_order(criterion, runs, "The box has eyes", problem, holds)


def _heard(history: History, order_id: str) -> list[Fact]:
    """Gives the publications of an order whose messages a service received, in order of time."""
    taken = {fact.cause for fact in history.of("sent", order_id=order_id) if fact.cause is not None}
    return [fact for fact in history.of("published", order_id=order_id) if _led_to(history, fact.index, taken)]


def _led_to(history: History, index: int, taken: set[int]) -> bool:
    return index in taken or any(history[cause].cause == index for cause in taken)


# -- a border -------------------------------------------------------------------------------------------


def border(criterion: str, runs: Sequence[Ran]) -> Finding:
    """Money, stock and order book are the machine's alone; mails are written by who hears the event."""
    hints = {
        "Stock": "Who reserves, and who told them to? Two answers are one too many.",
        "Voice": "Who writes the mail, and on whose word?",
    }
    finding = promises(criterion, runs, "", hints)
    if finding.verdict != "valid":
        return finding

    def problem(ran: Ran, order: Order) -> Problem | None:
        for call in ran.history.of("call", order_id=order.order_id):
            ours, event = call.what != "mailer.send", _by_message(ran.history, call)
            name = call.detail.get("function")
            if call.what.startswith("order_book.") and call.what not in ("order_book.confirm", "order_book.cancel"):
                continue
            if ours and event:
                hint = "A key hides the second call, and two places still decide. Which rule leads there?"
                return (
                    f"{name} called {call.what} for order {order.order_id} because of an event of the machine's.",
                    hint,
                )
            if not ours and not event:
                hint = "Which state of the machine does the other team's work?"
                return f"The machine told the customer of order {order.order_id}, through {name}.", hint
        return None

    count = sum(len(ran.scenario.orders) for ran in runs)
    holds = f"{count} orders: decided by the machine, told by who hears of it, each thing once."
    return every_order(criterion, runs, "Each thing on its own side", problem, holds)


def _by_message(history: History, call: Fact) -> bool:
    invocation = history[call.cause] if call.cause is not None else None
    cause = history[invocation.cause] if invocation is not None and invocation.cause is not None else None
    return cause is not None and cause.kind in ("sent", "delivered", "published")
