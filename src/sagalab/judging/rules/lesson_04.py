"""Lesson 04's rules: which runs each exercise is judged by."""

from __future__ import annotations

from dataclasses import replace

from sagalab.clock import minutes
from sagalab.criteria import lessons, slips, watched, workflow
from sagalab.criteria.finding import Finding
from sagalab.criteria.workflow import Ran
from sagalab.faults import Fault
from sagalab.judging.case import Case
from sagalab.judging.rules.watching import Judging, explained, once_healthy, undefined, watching
from sagalab.points import points
from sagalab.scenario import declined, healthy

PARKED = "A handler raised an error each time. Start an order in the notebook: the cell prints which one."
UNANSWERED = (
    "A message whose handler failed once has to come again. What does `on_messages` return? Without the answer of "
    "`each` SQS hears that all went well."
)
LAST_HEARD = "Which service should have heard that event? Follow it: rule, queue, function."


def _among_services(criterion: str, judge: Judging, needs_health: bool = True) -> None:
    """Registers an exercise of lesson 04: it begins when a second service reads a queue."""

    def begun(case: Case) -> Finding:
        if len(lessons.consumers(case.evidence.deployment)) < 2:
            message = "Only the payment service reads a queue so far, so nobody hears what it publishes."
            hint = "Write the handlers inventory and notification, and wire them up."
            return lessons.not_attempted(criterion, message, hint)
        missing = undefined(case, criterion, "choreography")
        if missing is not None or not needs_health:
            return missing or judge(case)
        return once_healthy(criterion, _converges(case), case, judge)

    explained(criterion, begun)


def _declined_or_not(case: Case) -> list[Ran]:
    return case.healthy("choreography") + [case.ran(declined("choreography", case.seed_for("04")))]


def _converges(case: Case) -> Finding:
    runs = _declined_or_not(case)
    finding = lessons.three_steps("04-converges", runs)
    if finding.verdict != "valid":
        if finding.promise in lessons.PROMISES:
            return replace(finding, hint=PARKED if slips.PARKED in finding.message else LAST_HEARD)
        return finding
    count = sum(len(ran.scenario.orders) for ran in runs)
    holds = f"{count} orders, one with a declined card, came to their right end, and nobody led them."
    return replace(finding, message=holds)


def _converges_and_answers(case: Case) -> Finding:
    """Judges healthy orders, then whether a message comes again whose handler failed once."""
    found = _converges(case)
    if found.verdict != "valid":
        return found
    base = case.healthy("choreography")[0].scenario
    for call in ("warehouse.reserve", "mailer.send"):
        struck = case.ran(base.with_faults(Fault("unavailable", call)))
        lost = lessons.promises("04-converges", [struck], "", dict.fromkeys(lessons.PROMISES, UNANSWERED))
        if lost.verdict != "valid":
            return lost
    return found


def _entry_refused(case: Case) -> Finding:
    name, base = "04-entry-refused", healthy("choreography", case.seed_for("04-bus"))
    hint = "put_events raises nothing when the bus refuses an entry. Which field of its answer says so?"
    strikes = [Fault("publish_failed", "events:PutEvents", calls=count) for count in (1, 3)]
    runs = [case.ran(base.with_faults(fault)) for fault in strikes]
    for ran in runs:
        if not ran.history.of("published"):
            return lessons.not_yet(name, ran, watched.silent(ran, hint), "Nothing lost")
    holds = (
        "The bus refused the entry once, and three times in a row; the order got through. When it refused for ever, "
        "the caller got an error."
    )
    finding = lessons.promises(name, runs, holds, {"Terminal": hint})
    if finding.verdict == "valid":
        finding = watched.announced_once(name, runs, finding.message)
    if finding.verdict != "valid":
        return finding
    for_ever = base.with_faults(Fault("publish_failed", "events:PutEvents", lasts=minutes(60)))
    return watched.gives_up(name, watching(case, for_ever)) or finding


def _fourth(case: Case) -> Finding:
    name, deployment = "04-fourth-subscriber", case.evidence.deployment
    if len(lessons.consumers(deployment)) < 4:
        message = "Three services read queues so far; the fourth is missing."
        hint = "A handler, a function, a queue, a rule: the same as for any other service."
        return lessons.not_attempted(name, message, hint)
    runs = case.healthy("choreography")
    parking = {queue.dead_letter_arn for queue in deployment.queues}
    heard = lessons.outsiders(runs[-1].history)
    queues = [queue.name for queue in deployment.queues if queue.name in heard and queue.arn not in parking]
    finding = lessons.fourth_subscriber(name, runs, queues)
    if finding.verdict != "valid":
        return finding
    edited = watched.own_rule(name, deployment, queues)
    if edited is not None:
        return edited
    arns = {queue.arn for queue in deployment.queues if queue.name in queues}
    readers = {row.function_arn.split(":")[6] for row in deployment.event_source_mappings if row.source_arn in arns}
    scenarios = [ran.scenario for ran in _declined_or_not(case)]
    paid = scenarios[0].with_faults(Fault("unavailable", "warehouse.reserve", lasts=scenarios[0].horizon * 2))
    runs_watched = [watching(case, scenario) for scenario in [*scenarios, paid]]
    counted = watched.counts_the_confirmed(name, runs_watched, readers, finding.message)
    if counted.verdict != "valid":
        return watched.with_old_rules(counted, deployment, queues)
    down = [Fault("consumer_down", reader, lasts=minutes(15)) for reader in sorted(readers)]
    holds = (
        f"{', '.join(queues)} hears of every order and each sale is printed once; the orders end just as well while "
        "its reader stands still for 15 minutes."
    )
    return lessons.promises(name, [runs[-1], case.ran(runs[-1].scenario.with_faults(*down))], holds)


def _duplicates(case: Case) -> Finding:
    base = case.healthy("choreography")[0]
    queues = points(base.history).messages
    runs = [case.ran(base.scenario.with_faults(Fault("duplicated", queue))) for queue in queues]
    three = case.healthy("choreography")[-1].scenario
    # A key that is made of what is bought, or of what it costs, takes two orders for one.
    alike = tuple(replace(row, amount=three.orders[0].amount, items=three.orders[0].items) for row in three.orders)
    plenty = dict.fromkeys(three.stock, 30)
    runs.append(case.ran(replace(three, orders=alike, stock=plenty)))
    hint = "Which value do the message and its double share, and two orders never? The call takes it as its key."
    holds = f"A message was doubled in each of {len(queues)} queues; the order was paid, reserved, told once."
    promises = dict.fromkeys(("Money", "Stock", "Voice"), hint)
    return lessons.promises("04-duplicate-harmless", runs, holds, promises)


_among_services("04-converges", _converges_and_answers, needs_health=False)
_among_services(
    "04-nobody-calls-anybody",
    lambda case: workflow.decoupled("04-nobody-calls-anybody", _declined_or_not(case)),
)
_among_services("04-entry-refused", _entry_refused)
_among_services("04-fourth-subscriber", _fourth)
_among_services("04-duplicate-harmless", _duplicates)
