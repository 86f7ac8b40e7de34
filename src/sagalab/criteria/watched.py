"""What the lessons ask beyond the history: what start functions gave back, what events held, what functions printed.

None of it is a fact of the history: a text may hold what differs from run to run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sagalab.criteria.finding import Finding, invalid
from sagalab.criteria.lessons import Problem, every_order, not_yet, sentence
from sagalab.criteria.workflow import Ran
from sagalab.deployment import Deployment
from sagalab.history import Fact
from sagalab.participants.orders import Order
from sagalab.scenario import ENTRY

SHOWN = 60  # characters of a learner's text in a message


@dataclass(frozen=True)
class Call:
    """One call of a start function: what it gave back, or the kind of error that it ended in."""

    order_id: str
    result: Any = None
    error: str | None = None


@dataclass(frozen=True)
class Watched(Ran):
    """A run whose start calls, waiting messages and functions' output were kept.

    `waiting` holds the texts left in each queue, `printed` what an invocation printed, by its fact's index.
    """

    calls: tuple[Call, ...] = ()
    waiting: dict[str, list[str]] = field(default_factory=dict)
    printed: dict[int, str] = field(default_factory=dict)


# -- 00 and 02: what a start gives back ----------------------------------------------------------------


def gives_the_arn(criterion: str, runs: list[Watched], holds: str) -> Finding:
    """Each start gives the ARN of the execution that carries its order, the second start the same."""
    return every_order(criterion, runs, "A start says which execution it means", _other_than_its_arn, holds)


def _other_than_its_arn(ran: Watched, order: Order) -> Problem | None:
    arns = [str(fact.detail.get("arn")) for fact in ran.history.of("execution", order_id=order.order_id)]
    results = [call.result for call in ran.calls if call.order_id == order.order_id and call.error is None]
    for number, result in enumerate(results, 1):
        if result in arns:
            continue
        which = f", called for the {_ordinal(number)} time," if number > 1 else ""
        said = f'start_workflow("{order.order_id}"){which} returned {_shown(result)}'
        if result is None:
            hint = "A function without `return` gives None. Which field of the answer of `start_execution` names it?"
        elif number > 1:
            hint = "Compare the two ARNs letter by letter: the first call gave one that AWS made."
        else:
            hint = "`start_execution` answers a dictionary; one of its fields is the ARN, as a text."
        return f"{said}. The execution of this order is {', '.join(arns)}.", hint
    return None


def _ordinal(number: int) -> str:
    return {2: "second", 3: "third"}.get(number, f"{number}th")


def _shown(result: Any) -> str:
    if result is None:
        return "nothing (None)"
    return f"the text {result!r}" if isinstance(result, str) else "something that is no text"


# -- 00: what an event holds ---------------------------------------------------------------------------


def holds_the_order_id(criterion: str, runs: list[Watched], holds: str) -> Finding:
    """The detail of each event names its order under the key that the lesson asks for."""
    return every_order(criterion, runs, "The detail names the order as `orderId`", _other_key, holds)


def _other_key(ran: Watched, order: Order) -> Problem | None:
    details = [detail for texts in ran.waiting.values() for text in texts if (detail := _detail(text)) is not None]
    own = [detail for detail in details if order.order_id in json.dumps(detail)]
    if not own or any(isinstance(detail, dict) and detail.get("orderId") == order.order_id for detail in own):
        return None
    shown = json.dumps(own[0])
    said = f"{shown[:SHOWN]} …" if len(shown) > SHOWN else shown
    return (
        f'emit_order_created("{order.order_id}") published the detail {said}; '
        f'asked for is {{"orderId": "{order.order_id}"}}.',
        "Whoever hears the event reads one key, and letters count: `orderId`, at the top of the detail.",
    )


def _detail(text: str) -> Any:
    try:
        body = json.loads(text)
    except ValueError:
        return None
    return body.get("detail") if isinstance(body, dict) else None


# -- 04: a bus that never accepts ----------------------------------------------------------------------


def silent(ran: Ran, unread: str) -> Problem:
    """Says that a start function returned although its event was never taken; `unread` is for one that tried once."""
    order = ran.scenario.orders[0].order_id
    tries = len([fact for fact in ran.history.of("api", what="events:PutEvents") if fact.detail.get("operator")])
    tried, lost = f"Tried: {ran.scenario.in_words()}.", f"nobody ever heard of order {order}"
    raised = next((str(fact.detail["error"]) for fact in ran.history.of("accepted") if fact.detail.get("error")), "")
    if raised:
        return (
            f"{tried} emit_order_created sent the entry {_times(tries)} and then raised; {lost}. {sentence(raised)}",
            "To raise is right where nothing helps, and three refusals in a row are not that. How many tries are "
            "enough? An error of your own code before the next try ends them, too.",
        )
    if tries < 2:
        return f"{tried} emit_order_created returned, and {lost}.", unread
    return (
        f"{tried} emit_order_created sent the entry {tries} times, and then returned as if all were well; {lost}.",
        "The answer is read, and that is right. But nothing is raised after the last try, and three refusals in a row "
        "are not the end: how many tries does that take, and which line follows the loop?",
    )


def announced_once(criterion: str, runs: Sequence[Ran], holds: str) -> Finding:
    """An entry that the bus has taken is not sent again."""

    def problem(ran: Ran, order: Order) -> Problem | None:
        said = [fact for fact in ran.history.of("published", order_id=order.order_id) if _is_new(fact)]
        if len(said) < 2:
            return None
        hint = "When the bus has the entry, the work is done: which line leaves the loop?"
        return f"Tried: {ran.scenario.in_words()}. OrderCreated was published {len(said)} times.", hint

    return every_order(criterion, runs, "Announced once", problem, holds)


def _is_new(fact: Fact) -> bool:
    return fact.detail.get("detail_type") == "OrderCreated"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def gives_up(criterion: str, ran: Watched) -> Finding | None:
    """Says what a start function does when the bus refuses for ever, None where it raises an error of its own."""
    answered = {call.order_id for call in ran.calls}
    # A call that goes on until the run is ended has no answer at all.
    endless = tuple(Call(one.order_id, None, "Hung") for one in ran.scenario.orders if one.order_id not in answered)
    for call in ran.calls + endless:
        entry = f'{ENTRY[ran.scenario.approach]}("{call.order_id}")'
        tried = f"Tried: order {call.order_id}; the bus refuses every entry, for as long as anybody asks. "
        if call.error in ("Hung", "Timeout"):
            problem = (
                f"{tried}{entry} never came back.",
                "Whoever calls it waits for ever, too. How many tries are enough, and what happens after the last?",
            )
            return not_yet(criterion, ran, problem, "The caller gets an answer")
        if call.error is None:
            problem = (
                f"{tried}{entry} returned as if all were well, and nobody ever heard of the order.",
                "The loop ends after its last try. What does the caller learn from the line that follows it?",
            )
            return not_yet(criterion, ran, problem, "The caller is told")
    return None


# -- 04: what the fourth service does ------------------------------------------------------------------


def own_rule(criterion: str, deployment: Deployment, queues: Iterable[str]) -> Finding | None:
    """Says which older service's rule was given the new queue as one more target, None where none was."""
    new = {queue.arn for queue in deployment.queues if queue.name in set(queues)}
    names = {queue.arn: queue.name for queue in deployment.queues}
    for rule in deployment.rules:
        targets = {str(target.get("Arn")) for target in rule.targets}
        older = sorted(names[arn] for arn in targets - new if arn in names)
        if targets & new and older:
            fresh = ", ".join(sorted(names[arn] for arn in targets & new))
            return invalid(
                criterion,
                f"The rule {rule.name} brings events to {', '.join(older)}, and now to {fresh} as well: the older "
                "service's own rule was edited.",
                promise="Zero edits elsewhere",
                hint="Give the newcomer a rule under a name of its own; `put_rule` with a new name makes one. "
                f"{_take_away(rule.name, targets & new, rule.targets)}",
            )
    return None


def _take_away(rule: str, arns: Iterable[str], targets: Iterable[dict[str, Any]]) -> str:
    """Says how a target leaves a rule: a new rule does not take an old one's place."""
    ids = [str(target.get("Id")) for target in targets if str(target.get("Arn")) in set(arns)]
    return (
        "What the old rule brings it goes on bringing, until "
        f'`eventbridge.remove_targets(Rule="{rule}", Ids={json.dumps(ids)})` is run once.'
    )


def with_old_rules(finding: Finding, deployment: Deployment, queues: Iterable[str]) -> Finding:
    """Adds to a finding's hint that more than one rule brings events to the new queue: one may be an old try's."""
    new = {queue.arn for queue in deployment.queues if queue.name in set(queues)}
    heard = [rule for rule in deployment.rules if new & {str(target.get("Arn")) for target in rule.targets}]
    if finding.verdict != "invalid" or len(heard) < 2:
        return finding
    names = " and ".join(rule.name for rule in heard)
    first = heard[0]
    said = f"{len(heard)} rules bring events there: {names}. {_take_away(first.name, new, first.targets)}"
    return replace(finding, hint=f"{finding.hint} {said}")


def counts_the_confirmed(criterion: str, runs: list[Watched], readers: set[str], holds: str) -> Finding:
    """The new service prints the id of each confirmed order once, and of no other."""

    def problem(ran: Watched, order: Order) -> Problem | None:
        texts = [text for index, text in ran.printed.items() if ran.history[index].what in readers]
        times = sum(bool(re.search(rf"\b{re.escape(order.order_id)}\b", text)) for text in texts)
        who = " and ".join(sorted(readers))
        if not ran.history.of("effect", what="confirmed", order_id=order.order_id):
            hint = "A sale is an order that was confirmed. Which event says so, and which does your rule let through?"
            return (f"Order {order.order_id} was never confirmed, and {who} printed its id.", hint) if times else None
        if times == 0:
            said = f"printed {texts[-1].strip()[:SHOWN]!r}" if texts and texts[-1].strip() else "printed nothing"
            hint = "What does `on_messages` print for each record? The id stands in the event's detail."
            return f"Order {order.order_id} was confirmed, and {who} {said}: its id is missing.", hint
        if times > 1:
            hint = "One sale is one event. Does more than one of the events of an order reach the new queue?"
            return f"Order {order.order_id} was sold once, and {who} printed its id {times} times.", hint
        return None

    return every_order(criterion, runs, "Each confirmed order is printed once", problem, holds)
