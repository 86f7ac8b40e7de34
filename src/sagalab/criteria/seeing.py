"""Lesson 06's exercises: ids in events, a rebuilt trace, a report, and a fault named from the signals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sagalab.criteria.finding import Finding, invalid, valid
from sagalab.criteria.lessons import Problem, every_order, not_attempted, not_yet, sentence
from sagalab.criteria.workflow import Ran
from sagalab.game_day import HIDDEN
from sagalab.history import Fact, History
from sagalab.participants.orders import Order

SHOWN = 60  # characters of a learner's value in a message
Record = dict[str, Any]  # one event in the log: eventId, orderId, kind, at, and its ids where it carries them


@dataclass(frozen=True)
class Asked:
    """One call of a learner's function: when, in virtual seconds, with what, and what came of it."""

    at: float
    what: str
    result: Any = None
    error: str = ""
    scans: int = 0  # how often it read a whole table


@dataclass(frozen=True)
class Seen(Ran):
    """A run, the records that the event log held at its end, and what the learner's functions answered.

    `full` says that the log was too long for one page.
    """

    log: tuple[Record, ...] = ()
    asked: tuple[Asked, ...] = ()
    full: bool = False

    def records(self, order_id: str) -> list[Record]:
        """Gives an order's records."""
        return [record for record in self.log if record.get("orderId") == order_id]


def tried(ran: Ran) -> str:
    """Says what was tried, as the beginning of a message."""
    return f"Tried: {ran.scenario.in_words()}."


# -- ids ------------------------------------------------------------------------------------------------


def without_ids(criterion: str, runs: Sequence[Seen]) -> Finding | None:
    """Says that nobody has begun, None where any event carries one of the two ids."""
    if any(record.get("correlationId") or record.get("causationId") for ran in runs for record in ran.log):
        return None
    return not_attempted(
        criterion,
        "No event carries a correlationId or a causationId yet.",
        "Fill in publish and emit_order_created, and run the cell below them: it deploys your answer.",
    )


def ids(criterion: str, runs: Sequence[Seen]) -> Finding:
    """All events of an order share one id that no other order has, and each names the event that led to it."""

    def problem(ran: Seen, order: Order) -> Problem | None:
        records = ran.records(order.order_id)
        if not any(record["kind"] == "OrderConfirmed" for record in records):
            hint = "Run one order in the notebook: which service stopped with an error?"
            return f"{tried(ran)} No OrderConfirmed of order {order.order_id} came into the log.", hint
        return _correlated(ran, order, records) or _caused(ran, records)

    holds = f"{sum(len(ran.scenario.orders) for ran in runs)} orders: one correlation id each, and every event's cause."
    return every_order(criterion, runs, "One id for the order, one for the cause", problem, holds)


def _correlated(ran: Seen, order: Order, records: list[Record]) -> Problem | None:
    whose = f"order {order.order_id}"
    bare = next((record for record in records if not record.get("correlationId")), None)
    if bare is not None:
        return f"{tried(ran)} {bare['kind']} of {whose} carries no correlationId.", "Who publishes that event?"
    found = sorted({str(record["correlationId"]) for record in records})
    if len(found) > 1:
        hint = "It is made once, where the order begins. Everybody else copies what the cause carries."
        said = ", ".join(found[:3])
        return f"{tried(ran)} The events of {whose} carry {len(found)} correlation ids: {said}.", hint
    shared = next((row for row in ran.log if row.get("correlationId") == found[0] and row not in records), None)
    if shared is not None:
        hint = "What makes one order's id differ from the next one's?"
        return f"{tried(ran)} Orders {order.order_id} and {shared['orderId']} share the id {found[0]!r}.", hint
    return None


def _caused(ran: Seen, records: list[Record]) -> Problem | None:
    published, by_id = _events(ran.history), {record["eventId"]: record for record in ran.log}
    for record in records:
        said, truth = record.get("causationId"), _cause_of(ran.history, published.get(record["eventId"]))
        whose = f"{record['kind']} of order {record['orderId']}"
        if record["kind"] == "OrderCreated":
            if said:
                hint = "Nothing led to it: the order begins here. Leave the causation id away."
                return f"{tried(ran)} {whose} names a cause, {said!r}.", hint
            continue
        if not said:
            hint = "`publish` gets the event that is being answered: which of its fields is its id?"
            return f"{tried(ran)} {whose} carries no causationId.", hint
        if said not in by_id:
            hint = "It is the `id` of the event that is being answered, as the bus gave it."
            return f"{tried(ran)} {whose} names the cause {said!r}, and no event has this id.", hint
        if truth and by_id[said]["kind"] != truth:
            hint = "The cause is the event before it, not the first one of the order."
            return f"{tried(ran)} {whose} names {by_id[said]['kind']} as its cause; it was {truth}.", hint
    return None


def _events(history: History) -> dict[str, Fact]:
    """Gives each publication by the id of its event."""
    return {
        str(fact.detail["event"]): history[fact.cause]
        for fact in history.of("delivered")
        if fact.cause is not None and "event" in fact.detail
    }


def _cause_of(history: History, published: Fact | None) -> str:
    """Gives the kind of event that led to a publication, empty where a batch leaves it open or nothing did."""
    fact = published
    while fact is not None and fact.cause is not None:
        fact = history[fact.cause]
        if fact.kind == "published":
            return str(fact.detail.get("detail_type"))
    return ""


# -- the trace ------------------------------------------------------------------------------------------


def trace(criterion: str, runs: Sequence[Seen]) -> Finding:
    """The trace holds the order's own events in causal order, whenever the log heard of them."""
    for ran in runs:
        for asked in ran.asked:
            problem = _wrong_trace(ran, asked)
            if problem:
                return not_yet(criterion, ran, problem, "Causes come before their effects")
    count = sum(len(ran.asked) for ran in runs)
    holds = f"{count} traces rebuilt, of orders whose records came late, twice or in the same second."
    return valid(criterion, holds, history=runs[0].history)


def _wrong_trace(ran: Seen, asked: Asked) -> Problem | None:
    call = f"trace_of({asked.what!r})"
    if asked.error:
        return f"{tried(ran)} {sentence(asked.error)}", "Call it in the notebook with an order that has run."
    due = _chain([record for record in ran.log if record.get("correlationId") == asked.what])
    if not isinstance(asked.result, list):
        return f"{tried(ran)} {call} returned {asked.result!r}, and asked for is a list.", "What does it `return`?"
    other = next((item for item in asked.result if not isinstance(item, str)), None)
    if other is not None:
        said = f"{tried(ran)} {call} returned a list with {str(other)[:SHOWN]} in it; asked for are kinds, as texts."
        return said, 'A record has its kind under `kind`: `"OrderCreated"` and so on is all that the list holds.'
    if asked.result != due:
        said = f"{tried(ran)} {call} gave {', '.join(asked.result) or 'nothing'}; it was {', '.join(due)}."
        if sorted(asked.result) == sorted(due):
            return said, "All are there, in another order. Do you go by time, or from each event to the one it caused?"
        return said, "Which records does your query ask for, and which of them does the way from cause to effect reach?"
    if asked.scans:
        hint = "A scan reads the whole table, whatever it filters. Which index holds the order's records together?"
        return (
            f"{tried(ran)} {call} is right, and it read all {len(ran.log)} records of the log for {len(due)} events.",
            hint,
        )
    return None


def _chain(records: list[Record]) -> list[str]:
    """Gives the kinds of an order's events by how many causes stand before each."""
    causes = {str(record["eventId"]): str(record.get("causationId", "")) for record in records}

    def before(event: str) -> int:
        count = 0
        while (event := causes.get(event, "")) and count <= len(causes):
            count += 1
        return count

    return [str(record["kind"]) for record in sorted(records, key=lambda record: before(str(record["eventId"])))]


# -- the report -----------------------------------------------------------------------------------------


def stuck(criterion: str, runs: Sequence[Seen], limit: float) -> Finding:
    """At each moment the report names the orders that are open for longer than the limit, and nobody else."""
    for ran in runs:
        for asked in ran.asked:
            problem = _wrong_report(ran, asked, limit)
            if problem:
                return not_yet(criterion, ran, problem, "Who is stuck, and nobody else")
    count = sum(len(ran.asked) for ran in runs)
    holds = f"Asked {count} times, on good days and bad ones: who was stuck was named, and nobody else."
    return valid(criterion, holds, history=runs[0].history)


def _wrong_report(ran: Seen, asked: Asked, limit: float) -> Problem | None:
    when = f"After {asked.at / 60:.0f} minutes" if asked.at >= 60 else f"After {asked.at:.0f} s"
    if ran.full:
        when = f"The log holds more than one page. {when}"
    if asked.error:
        return f"{tried(ran)} {when}: {sentence(asked.error)}", "Call it in the notebook with the time of the lab."
    if not isinstance(asked.result, list):
        return f"{tried(ran)} {when} stuck_at(now) returned {asked.result!r}.", "Asked for is a list of order ids."
    named = set(asked.result)
    for order in ran.scenario.orders:
        began = next((fact.at for fact in ran.history.of("published", order_id=order.order_id)), asked.at)
        ends = [f for f in ran.history.of("effect", order_id=order.order_id) if f.what in ("confirmed", "cancelled")]
        ended = bool(ends) and ends[0].at < asked.at
        due = not ended and asked.at - began > limit
        if due and order.order_id not in named:
            hint = "When did it begin, and has its end been heard of? Look at its records in the log."
            if ran.full:
                hint = "One answer of `scan` ends after 1 MB. Who asks for the next page?"
            open_for = (asked.at - began) / 60
            return (
                f"{tried(ran)} {when} order {order.order_id} is open for {open_for:.0f} minutes, and is not named.",
                hint,
            )
        if not due and order.order_id in named:
            young = asked.at - began <= limit
            why = f"{asked.at - began:.0f} s old" if young else f"{ends[0].what} long ago"
            hint = "How old must an open order be to be stuck?" if young else "Which kinds of event end an order?"
            return f"{tried(ran)} {when} order {order.order_id} is named as stuck, and it is {why}.", hint
    strangers = sorted(named - {order.order_id for order in ran.scenario.orders})
    if strangers:
        return f"{tried(ran)} {when} it names {strangers[0]!r}, which is no order.", "The ids of orders, as texts."
    return None


# -- the game day ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Day:
    """One game day: what was hidden, what the learner's function said, and the signals that it saw."""

    hidden: str
    asked: Asked
    signals: dict[str, Any] = field(default_factory=dict)
    history: History | None = None
    schedule: str = ""


def game_day(criterion: str, days: Sequence[Day]) -> Finding:
    """Each hidden fault is named, and a healthy day is called healthy."""
    wrong = [day for day in days if day.asked.error or day.asked.result != day.hidden]
    if not wrong:
        return valid(criterion, f"{len(days)} game days, every hidden fault named.", history=days[0].history)
    day = wrong[0]
    said = sentence(day.asked.error) if day.asked.error else f"diagnose said {day.asked.result!r}."
    message = (
        f"Hidden was {day.hidden!r}, and after ten minutes {said} {len(days) - len(wrong)} of {len(days)} were named."
    )
    return invalid(
        criterion, f"{message} {_shown(day)}", promise="Named from the signals", schedule=day.schedule,
        hint=_handwriting(day), history=day.history,
    )  # fmt: skip


def _shown(day: Day) -> str:
    step = day.hidden.partition(":")[0]
    if f"{step}-queue" not in day.signals.get("queue", {}):
        return "All queues were empty."
    queue, function = day.signals["queue"][f"{step}-queue"], day.signals["function"][f"{step}-service"]
    return (
        f"The signals: {step}-queue visible {queue['visible']}, in flight {queue['in_flight']}; {step}-service "
        f"invocations {function['invocations']}, errors {function['errors']}, throttles {function['throttles']}."
    )


def _handwriting(day: Day) -> str:
    if day.asked.error:
        return (
            "Names count, letter by letter: `signals.queue(name)` has `.visible`, `.in_flight` and `.oldest_age`, "
            "`signals.function(name)` has `.invocations`, `.errors` and `.throttles`."
        )
    if day.asked.result not in ("healthy", *HIDDEN):
        said = "The answer is a text, letter by letter: a step, a colon, a space, and one of four words, such as"
        return f"{said} `{day.hidden}`; or `healthy`."
    return {
        "outage": "The handler catches the error, so errors stay 0. Where are messages that were taken and come back?",
        "standstill": "Nobody takes the messages. Are they visible, or in flight?",
        "crashes": "A function that dies is counted. Which counter moves, and do you look at it before the queue?",
        "throttled": "AWS refuses to run it. Which counter says so, and do you look at it before the queue?",
    }.get(day.hidden.partition(": ")[2], "Nothing was wrong that day. Which number was above your limit all the same?")
