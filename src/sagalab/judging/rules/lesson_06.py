"""Lesson 06's rules: which runs each exercise is judged by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sagalab.aws import observe
from sagalab.aws.account import REGION
from sagalab.clock import minutes
from sagalab.criteria import lessons, seeing, slips, workflow
from sagalab.criteria.finding import Finding
from sagalab.criteria.seeing import Asked, Day, Seen
from sagalab.faults import Fault
from sagalab.game_day import HIDDEN
from sagalab.judging.bench import Drive, Stage, in_words
from sagalab.judging.case import Case
from sagalab.judging.registry import rule
from sagalab.scenario import Scenario, healthy

LIMIT = 600.0  # seconds after which an open order is stuck
LOOK = minutes(10)  # when a game day's signals are looked at
LOG = "event_log"
DAY = 86_400.0  # seconds
OLD, LONG_TEXT = 4, 300_000  # orders of the day before, and characters of each of their records: more than one page

Question = tuple[float, str, str]  # when, the function's name, and what it is called with; "now" for that moment


def _judged(criterion: str, judge: Callable[[Case], Finding], needs: str = "", hint: str = "") -> None:
    """Registers an exercise of a deployment with an event log; `needs` is the function that it asks for."""

    @rule(criterion)
    def _(case: Case) -> Finding:
        if not any(table.name == LOG for table in case.evidence.deployment.tables):
            message = "There is no event log yet."
            return lessons.not_attempted(criterion, message, "Run the cells from the top: they deploy it.")
        if needs and needs not in case.evidence.defined:
            return lessons.not_attempted(criterion, f"There is no {needs}() yet.", hint)
        undefined = workflow.defined(criterion, "choreography", case.evidence.defined, case.evidence.deployment)
        return undefined or slips.explained(judge(case), case.evidence.deployment)


def _seen(case: Case, scenario: Scenario, *questions: Question, traces: bool = False, full: bool = False) -> Seen:
    """Runs a scenario and asks the learner's functions at some moments; with `traces` for each order at the end.

    `full` is for a log that does not fit into one page: orders of the day before fill the first one.
    """
    history, kept = case.bench.run(scenario, _asking(questions, traces, full))
    return Seen(scenario, history, tuple(kept["log"]), tuple(Asked(**row) for row in kept["asked"]), full)


def _fill(yesterday: float) -> None:
    """Writes the records of orders that ended the day before, too long for one page of a scan."""
    import boto3

    table = boto3.resource("dynamodb", region_name=REGION).Table(LOG)
    for number in range(2 * OLD):
        # The table sorts by this id, and these come first.
        row = {"eventId": f"00000000-0000-4000-8000-{number:012}", "orderId": f"{9900 + number // 2}"}
        kind = ("OrderCreated", "OrderConfirmed")[number % 2]
        table.put_item(Item={**row, "kind": kind, "at": int(yesterday), "note": "x" * LONG_TEXT})


def _asking(questions: Sequence[Question], traces: bool, full: bool) -> Drive:
    def drive(stage: Stage) -> dict[str, Any]:
        run, asked = stage.run, list[dict[str, Any]]()
        if full:
            _fill(run.clock.timestamp() - DAY)

        def ask(when: float, name: str, what: str) -> None:
            run.clock.sleep(when)
            asked.append(_answer(stage, name, run.clock.timestamp() if what == "now" else what))

        run.start_orders(stage.start)
        for when, name, what in questions:
            run.clock.spawn(partial(ask, when, name, what), f"ask {name}")
        run.until()
        log = [row for row in observe.tables().get(LOG, []) if "note" not in row]
        ids = dict.fromkeys(str(row["correlationId"]) for row in log if row.get("correlationId"))
        for correlation_id in ids if traces else ():
            asked.append(_answer(stage, "trace_of", correlation_id))
        return {"log": log, "asked": asked}

    return drive


def _answer(stage: Stage, name: str, argument: Any, **extra: Any) -> dict[str, Any]:
    """Calls one of the learner's functions and gives the call as `Asked` holds it."""
    history, at = stage.run.history, stage.run.clock.now
    before, notebook, replies = len(history), stage.notebook(), list[dict[str, Any]]()
    # A call needs time to pass, and at a run's end nobody else lets it.
    if stage.run.clock.driven:
        replies.append(notebook.call(name, argument, **extra))
    else:
        stage.run.clock.spawn(lambda: replies.append(notebook.call(name, argument, **extra)), name)
        stage.run.clock.run(until=at + minutes(15), done=lambda: bool(replies))
    notebook.close()
    reply = replies[0] if replies else {"error": "Timeout", "message": "did not return within 15 virtual minutes"}
    error = in_words(f"{name}()", reply) if "error" in reply else ""
    scans = sum(fact.what == "dynamodb:Scan" for fact in list(history)[before:] if fact.detail.get("operator"))
    what = argument if isinstance(argument, str) else ""
    return {"at": at, "what": what, "result": reply.get("result"), "error": error, "scans": scans}


# -- ids and trace --------------------------------------------------------------------------------------


def _ids(case: Case) -> Finding:
    name = "06-ids"
    runs = [_seen(case, healthy("choreography", case.seed_for(f"06-{count}"), count)) for count in (1, 3)]
    return seeing.without_ids(name, runs) or seeing.ids(name, runs)


def _trace(case: Case) -> Finding:
    name, base = "06-trace", healthy("choreography", case.seed_for("06-6"), 6)
    once = _seen(case, base)
    well = seeing.without_ids(name, [once]) or seeing.ids(name, [once])
    if well.verdict != "valid":
        return replace(
            well, criterion=name, attempted=True, message=f"This counts once the ids are right. {well.message}"
        )
    # A refused order tells another story than a confirmed one: who returns the same kinds each time is found out.
    refused = replace(base, orders=(replace(base.orders[0], declined=-1), *base.orders[1:]))
    runs = [_seen(case, base, traces=True), _seen(case, refused, traces=True)]
    # Fresh orders each time: whether two events of an order fall into one second is a matter of chance.
    for kind, number in (("delayed", 1), ("delayed", 2), ("duplicated", 1)):
        fresh = healthy("choreography", case.seed_for(f"06-{kind}-{number}"), 6)
        faults = [Fault(kind, "audit-queue", call=number, order=order.order_id) for order in fresh.orders]
        runs.append(_seen(case, fresh.with_faults(*faults), traces=True))
    return seeing.trace(name, runs)


# -- the report -----------------------------------------------------------------------------------------


def _stuck(case: Case) -> Finding:
    base = healthy("choreography", case.seed_for("06-stuck"), 3)
    first = base.orders[0].order_id
    moments = (1.0, minutes(5), minutes(12), minutes(31))
    questions = tuple((when, "stuck_at", "now") for when in moments)
    faults = [
        (),
        (Fault("unavailable", "warehouse.reserve", lasts=minutes(50), order=first),),
        (Fault("unavailable", "payment_gateway.charge", lasts=minutes(50), order=first),),
        (Fault("consumer_down", "inventory-service", lasts=minutes(20)),),
    ]
    refused = replace(base, orders=(replace(base.orders[0], declined=-1), *base.orders[1:]))
    runs = [_seen(case, base.with_faults(*struck), *questions) for struck in faults]
    runs.append(_seen(case, refused, *questions))
    runs.append(_seen(case, base.with_faults(*faults[1]), *questions[2:], full=True))
    return seeing.stuck("06-stuck", runs, LIMIT)


# -- the game day ---------------------------------------------------------------------------------------


def _game_day(case: Case) -> Finding:
    base = healthy("choreography", case.seed_for("06-game"), 3)
    days = [_day(case, base, "healthy")]
    days += [_day(case, base.with_faults(fault), words) for words, fault in HIDDEN.items()]
    return seeing.game_day("06-game-day", days)


def _day(case: Case, scenario: Scenario, words: str) -> Day:
    def drive(stage: Stage) -> dict[str, Any]:
        stage.run.start_orders(stage.start)
        stage.run.clock.advance(LOOK)
        signals = stage.signals()
        asked = _answer(stage, "diagnose", "", signals=signals)
        stage.run.history.record(stage.run.clock.now, "end", "looked")
        return {"asked": asked, "signals": signals}

    history, kept = case.bench.run(scenario, drive)
    return Day(words, Asked(**kept["asked"]), kept["signals"], history, scenario.line())


_judged("06-ids", _ids)
_judged("06-trace", _trace, "trace_of", "Define it in the cell that asks for it: it returns a list of kinds.")
_judged("06-stuck", _stuck, "stuck_at", "Define it in the cell that asks for it: it returns a list of order ids.")
_judged("06-game-day", _game_day, "diagnose", "Define it in the cell that asks for it: it returns one text.")
