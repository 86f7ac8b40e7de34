"""Lesson 05's exercises: what tables, dead-letter queues and the outbox hold once a choreography was struck."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sagalab.accounting import parked
from sagalab.clock import minutes
from sagalab.criteria.finding import Finding
from sagalab.criteria.lessons import Problem, every_order, not_yet, sentence
from sagalab.criteria.slips import stopped
from sagalab.criteria.workflow import Ran
from sagalab.deployment import Deployment
from sagalab.faults import Fault
from sagalab.history import Fact
from sagalab.participants.orders import Order

ITSELF = ("JSONDecodeError", "UnboundLocalError", "NameError")  # what `each` dies of outside of its `try`
SOON = minutes(5)  # seconds within which an order beside a message that nobody can read has to end
NEXT_ONE = "AWS refuses a second task of that queue. Which lines does your `try` hold, the loop or what is in it?"
MISSED = (
    "Which of the dead-letter queues does your function ask for, and does one error keep the next from its turn? "
    "Reading a message is not sending it back."
)
BACK, MOST_WORDS = re.compile(r"comes back: (.+)"), 300  # what `each` prints; characters of it in a message
UNSAID = (
    "What does `on_messages` return? What `each` gives names the messages that failed; without it all count as done."
)
MOST_SAID = 6  # times that an order may be announced: a relay may repeat itself, and not for ever


@dataclass(frozen=True)
class Told(Ran):
    """A run, what its tables held at the end, and how calls of the notebook's own functions ended in an error.

    `printed` holds what an invocation printed, by its fact's index; `busy` is the queue of which a redrive was under
    way already.
    """

    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    printed: dict[int, str] = field(default_factory=dict)
    busy: str = ""

    @property
    def tried(self) -> str:
        """What was tried, as the beginning of a message."""
        return f"Tried: {self.scenario.in_words()}."

    def item(self, table: str, key: str, value: str) -> dict[str, Any]:
        """Gives a table's item by its key, empty where there is none."""
        return next((row for row in self.tables.get(table, []) if row.get(key) == value), {})

    def complaint(self, function: str) -> str:
        """Gives the last error that a function's messages came back with, in words; empty where it printed none."""
        texts = [text for index, text in sorted(self.printed.items()) if self.history[index].what == function]
        found = [line for text in texts for line in BACK.findall(text)]
        return f" In {function} each message came back: {found[-1][:MOST_WORDS].rstrip('. ')}." if found else ""


def handler_of(deployment: Deployment, function: str) -> str:
    """Gives a function's handler, empty where there is no such function."""
    return next((row.handler for row in deployment.functions if row.name == function), "")


def confirmed(ran: Ran, order: Order) -> bool:
    """Says whether an order was confirmed."""
    return bool(ran.history.of("effect", what="confirmed", order_id=order.order_id))


def _not_confirmed(ran: Ran, order: Order) -> Problem:
    where = stopped(ran.history, order.order_id)
    return (
        f"Tried: {ran.scenario.in_words()}. Order {order.order_id} was never confirmed.{where}",
        "Something before this exercise is broken: run one order in the notebook and follow it.",
    )


# -- counted once, and only forward ---------------------------------------------------------------------


def counted_once(criterion: str, runs: Sequence[Told]) -> Finding:
    """The takings are the sum of what was confirmed, in every run."""

    def problem(ran: Told, order: Order) -> Problem | None:
        if not confirmed(ran, order):
            return _not_confirmed(ran, order)
        row = ran.item("takings", "name", "all")
        if not isinstance(row.get("amount"), float) and not ran.scenario.faults:
            why = ran.complaint("sales-service")
            hint = "Which table, which item and which attribute does the exercise name?"
            if why:
                hint = "AWS says what it did not take. `Put` and `Update` have a capital, and carry a table each."
            return f"{ran.tried} Order {order.order_id} was confirmed, and the takings have no item `all`.{why}", hint
        amounts = [one.amount for one in ran.scenario.orders]
        due, stands = round(sum(amounts), 2), round(row.get("amount") or 0.0, 2)
        if stands == due:
            return None
        which = "orders were" if len(amounts) > 1 else "order was"
        said = f"{ran.tried} {len(amounts)} {which} confirmed, {due:.2f} in all, and the takings say {stands:.2f}"
        if stands > due:
            return f"{said}: something was counted twice.", _twice(ran.scenario.faults)
        marked = [one for one in ran.scenario.orders if ran.item("counted", "orderId", one.order_id)]
        if len(marked) < len(amounts):
            return f"{said}: a message was taken for done, and its order was neither marked nor counted.", UNSAID
        return (
            f"{said}: something was marked as counted, and never was.",
            "The mark was written, and then the service failed. When the message came again, what did it find?",
        )

    holds = (
        f"{len(runs)} runs, with doubles, deaths, refused writes and a replay: the takings are the sum of the orders."
    )
    return every_order(criterion, runs, "Counted once", problem, holds)


def _twice(faults: Sequence[Fault]) -> str:
    if any(fault.kind == "throttled" for fault in faults):
        return "The amount was added, the mark was not: the write of the mark failed, and the message came again."
    return "Who remembers that this order was counted? A variable of the function does not outlive it."


def only_forward(criterion: str, runs: Sequence[Told]) -> Finding:
    """The board ends at what the order book holds, in whatever order messages come."""

    def problem(ran: Told, order: Order) -> Problem | None:
        if not confirmed(ran, order):
            return _not_confirmed(ran, order)
        status = ran.item("board", "orderId", order.order_id).get("status")
        if status == "confirmed":
            return None
        kinds = {fault.kind for fault in ran.scenario.faults}
        late = bool(kinds & {"delayed", "replayed", "throttled"})
        said = f"the board says {status!r}" if status else "the board does not show it"
        if status == "placed" and not late:
            hint = "The board got stuck: does your condition let anything in once an item is there?"
        elif status and "throttled" in kinds:
            hint = (
                "While one write waited for its next try, the next message was read and written. What was compared "
                "before that wait is no longer so: let the write itself compare, by its ConditionExpression."
            )
        elif status:
            hint = "Older news took the place of newer news. What does the write compare before it replaces an item?"
        else:
            hint = "Does `board` write an item with the key `orderId` and the attribute `status`?"
        why = ran.complaint("board-service")
        if why and not late:
            hint = "AWS says what it did not take. Look at the names in `when`, letter by letter, and at its values."
        return f"{ran.tried} Order {order.order_id} is confirmed, and {said}.{'' if late else why}", hint

    struck = "late messages, doubles, a replay and refused writes"
    holds = f"{len(runs)} runs, with {struck}: the board always ended at confirmed."
    return every_order(criterion, runs, "Only forward", problem, holds)


# -- parked, and got moving again -----------------------------------------------------------------------


def poison_parked(criterion: str, runs: Sequence[Told]) -> Finding:
    """A message that nobody can read is parked, and the sound one beside it is not held up."""
    for ran in runs:
        bad, sound = ran.scenario.orders
        (fault,) = ran.scenario.faults
        if _taken_for_done(ran) and not parked(ran.history, bad.order_id):
            message = f"{ran.tried} The message of order {bad.order_id} was taken for done, and is gone."
            hint = "What does `each` answer for the message that it could not read? What is not named counts as done."
            return not_yet(criterion, ran, (message, hint), "Nothing lost")
        problem = _beside(ran, sound, fault)
        if problem:
            return not_yet(criterion, ran, problem, "The neighbour goes on")
        if not parked(ran.history, bad.order_id):
            problem = (
                f"{ran.tried} An hour later {fault.target} still hands out the message of order {bad.order_id}, "
                f"{_receives(ran, fault.target)} times so far, and no dead-letter queue takes it.",
                f"Has {fault.target} a RedrivePolicy?",
            )
            return not_yet(criterion, ran, problem, "Parked")
        wanted = fault.target.replace("-queue", "-dlq")
        to = next((fact.detail.get("to") for fact in ran.history.of("dead_lettered", order_id=bad.order_id)), wanted)
        if to != wanted:
            problem = (
                f"{ran.tried} The message was parked in {to}; asked for is {wanted}.",
                "Each of the three queues has a dead-letter queue of its own, named after it.",
            )
            return not_yet(criterion, ran, problem, "Parked")
    holds = f"A message was malformed in each of {len(runs)} queues: parked alone, and the one beside it went on."
    return every_order(criterion, runs, "Parked alone", lambda ran, order: None, holds)


def patient(ran: Told) -> Problem | None:
    """Says which order was parked though what it needed came back within minutes, None where none was."""
    for order in ran.scenario.orders:
        if parked(ran.history, order.order_id):
            return (
                f"{ran.tried} Order {order.order_id} was parked, though the outage was over after ten minutes.",
                "A queue hands a message out again every three minutes. How many receives outlast the outage?",
            )
    return None


def _taken_for_done(ran: Told) -> bool:
    """Says whether somebody deleted the message that nobody could read."""
    bad = {fact.detail.get("message") for fact in ran.history.of("fault", what="poison")}
    return any(fact.detail.get("message") in bad for fact in ran.history.of("deleted"))


def _beside(ran: Told, sound: Order, fault: Fault) -> Problem | None:
    """Says what became of the sound order, None where it ended soon."""
    told = ran.history.of("effect", what="told", order_id=sound.order_id)
    began = ran.history.of("published", order_id=sound.order_id)
    if told and began and told[0].at - began[0].at <= SOON:
        return None
    if not told:
        where = "was parked along with it" if parked(ran.history, sound.order_id) else "never came to its end"
    else:
        where = f"was held up by it for {(told[0].at - began[0].at) / 60:.0f} minutes" if began else "came late"
    said = f"{ran.tried} Order {sound.order_id}, whose message was sound, {where}."
    failed = [fact for fact in ran.history.of("invocation") if fact.detail.get("error") in ITSELF]
    if failed:
        error, word = failed[0].detail["error"], str(failed[0].detail.get("message", "")).rstrip(". ")
        function = failed[0].what
        if error == "JSONDecodeError":
            hint = (
                f"{function} has a `receiving` that reads outside of its `try`. Where is `json.loads` in yours? If it "
                "is inside: functions keep the code that they were deployed with, until `deploy_steps()` runs."
            )
        else:
            hint = "A name that the `except` uses was not set yet when the `try` failed. What does it know for sure?"
        return f"{said} `each` itself failed in {function}: {error} ({word}).", hint
    return (
        said,
        f"Both messages came to {fault.target} in one batch. Which of them does `each` report as failed when one "
        "cannot be read?",
    )


def _receives(ran: Ran, queue: str) -> int:
    facts: list[Fact] = ran.history.of("received", what=queue)
    return max((int(fact.detail.get("count") or 0) for fact in facts), default=0)


def redriven(criterion: str, runs: Sequence[Told]) -> Finding:
    """What was parked during a long outage goes on once the operator redrives; a second time does no harm."""
    for ran in runs:
        if not ran.history.of("dead_lettered"):
            problem = (f"{ran.tried} Nothing was parked, so there is nothing to redrive.", "First park what failed.")
            return not_yet(criterion, ran, problem, "Parked")
        if "redrive_all" in ran.errors:
            message = f"{ran.tried} {ran.errors['redrive_all']}"
            hint = "A task that is still under way refuses the next one with an error. Who catches it?"
            return not_yet(criterion, ran, (message, hint), "Twice is harmless")
        for order in ran.scenario.orders:
            told = ran.history.of("effect", what="told", order_id=order.order_id)
            if len(told) == 1 and confirmed(ran, order):
                continue
            tried = f"{ran.tried} Once it was over, redrive_all() was called."
            if ran.busy:
                tried = f"{tried[:-1]} while a task of {ran.busy} was under way."
            if told:
                problem = f"{tried} The customer of order {order.order_id} was told {len(told)} times.", "Which key?"
            else:
                problem = f"{tried} {_where(ran, order)}", NEXT_ONE if ran.busy else MISSED
            return not_yet(criterion, ran, problem, "The order goes on")
    holds = f"{len(runs)} outages of forty minutes; every parked order went on, and calling twice did no harm."
    return every_order(criterion, runs, "Redriven", lambda ran, order: None, holds)


def _where(ran: Told, order: Order) -> str:
    dead = ran.history.of("dead_lettered", order_id=order.order_id)
    if not parked(ran.history, order.order_id):
        return f"The message of order {order.order_id} left the dead-letter queue, and nobody worked on it again."
    return f"Order {order.order_id} still lies in {dead[-1].detail.get('to') if dead else 'a dead-letter queue'}."


# -- outbox and relay -----------------------------------------------------------------------------------


def outbox(criterion: str, runs: Sequence[Told]) -> Finding:
    """Whatever order the shop stored is announced in the end, whatever refuses in between."""
    for ran in runs:
        for order in ran.scenario.orders:
            problem = _unsaid(ran, order)
            if problem:
                return not_yet(criterion, ran, problem, "What is stored is announced")
    holds = f"{len(runs)} runs in which writes and entries were refused: every stored order was announced."
    return every_order(criterion, runs[:1], "Announced", lambda ran, order: None, holds)


def _unsaid(ran: Told, order: Order) -> Problem | None:
    order_id = order.order_id
    stored = bool(ran.item("orders", "orderId", order_id))
    published, starts = ran.history.of("published", order_id=order_id), ran.history.of("accepted", order_id=order_id)
    said = [fact for fact in published if fact.detail.get("detail_type") == "OrderCreated"]
    raised = next((str(fact.detail["error"]) for fact in starts if "error" in fact.detail), "")
    writes = [fault for fault in ran.scenario.faults if fault.target.startswith("dynamodb:")]
    if raised and not writes:
        hint = "Taking an order needs no bus: store the order and the line, and leave publishing to the relay."
        return f"{ran.tried} {sentence(raised)} The shop could not take order {order_id}.", hint
    if stored and not said:
        heard = f"{ran.tried} Order {order_id} is stored, and nobody ever heard of it:"
        kept = bool(ran.item("outbox", "orderId", order_id))
        if writes and not kept:
            hint = "Two writes, and the second was refused. One call can write both or neither."
            return f"{heard} no line stands in the outbox.", hint
        left = "its line still stands in the outbox" if kept else "the outbox holds no line for it"
        why = f" {ran.errors['relay']}" if "relay" in ran.errors else ""
        hint = "Was a line written at all? And was it taken away before the bus had taken the entry?"
        return f"{heard} {left}.{why}", hint
    if said and not stored:
        hint = "Which table does the exercise name for the order itself?"
        return f"{ran.tried} Order {order_id} was announced, and the table `orders` does not hold it.", hint
    if not stored and not raised:
        return f"{ran.tried} emit_order_created returned, and order {order_id} is stored nowhere.", "Which two tables?"
    if len(said) > MOST_SAID:
        hint = "A line that was said has to go. Which key does your delete name?"
        return f"{ran.tried} Order {order_id} was announced {len(said)} times.", hint
    if stored and not confirmed(ran, order):
        return _not_confirmed(ran, order)
    return None
