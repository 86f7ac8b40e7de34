"""Lesson 05's rules: which runs each exercise is struck with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sagalab.aws import observe
from sagalab.aws.account import ACCOUNT, REGION
from sagalab.clock import minutes
from sagalab.criteria import failures, lessons, slips, workflow
from sagalab.criteria.failures import Told
from sagalab.criteria.finding import Finding
from sagalab.faults import Fault
from sagalab.judging.bench import Drive, Stage, in_words
from sagalab.judging.case import Case
from sagalab.judging.registry import rule
from sagalab.scenario import Scenario, healthy, side_by_side

OUTAGE = minutes(40)  # longer than seven receives of three minutes
REFUSED = minutes(2)  # shorter than the time after which a message comes again
BUSY = (1.0, 2.0, 4.0)  # seconds for which a table refuses writes: clients try again by themselves for longer
SCHEDULE = 60.0  # seconds between two calls of the relay
MANY = 12  # orders between two calls of the relay; the bus takes 10 entries at a time
NORMAL, PATIENT = 3, 10  # how often the relay is called in a run; in one whose bus refuses for long
STEPS = ("payment", "inventory", "notification")


def _judged(criterion: str, begun: Callable[[Case], tuple[str, str] | None], judge: Callable[[Case], Finding]) -> None:
    """Registers an exercise; `begun` says what is missing and what to do, None where the learner has begun."""

    @rule(criterion)
    def _(case: Case) -> Finding:
        missing = begun(case)
        if missing is not None:
            return lessons.not_attempted(criterion, *missing)
        undefined = workflow.defined(criterion, "choreography", case.evidence.defined, case.evidence.deployment)
        return undefined or slips.explained(judge(case), case.evidence.deployment)


def _told(
    case: Case, scenario: Scenario, relays: int = NORMAL, operator_at: float | None = None, busy: str = ""
) -> Told:
    """Runs a scenario, with the relay on its schedule, and the operator who redrives twice at some second.

    Somebody else has just begun to redrive the queue `busy`, slowly.
    """
    relays = relays if "relay" in case.evidence.defined else 0
    history, kept = case.bench.run(scenario, _driving(relays, operator_at, busy))
    return Told(scenario, history, kept["tables"], kept["errors"], dict(kept["printed"]), busy)


def _begin_to_redrive(queue: str) -> None:
    import boto3

    sqs = boto3.client("sqs", region_name=REGION)
    sqs.start_message_move_task(SourceArn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}", MaxNumberOfMessagesPerSecond=1)


def _driving(relays: int, operator_at: float | None, busy: str = "") -> Drive:
    def drive(stage: Stage) -> dict[str, Any]:
        run, errors = stage.run, dict[str, str]()

        def call(name: str) -> None:
            reply = stage.ask(name)
            if "error" in reply:
                errors[name] = lessons.sentence(in_words(f"{name}()", reply))

        def schedule() -> None:
            for _ in range(relays):
                run.clock.sleep(SCHEDULE)
                call("relay")

        def operator() -> None:
            run.clock.sleep(operator_at or 0.0)
            if busy:
                _begin_to_redrive(busy)
            for _ in range(2):
                call("redrive_all")

        if relays:
            run.clock.spawn(schedule, "relay")
        if operator_at is not None:
            run.clock.spawn(operator, "operator")
        run.start_orders(stage.start)
        run.until()
        return {"tables": observe.tables(), "errors": errors, "printed": list(observe.printed().items())}

    return drive


def _base(case: Case, count: int = 2) -> Scenario:
    return healthy("choreography", case.seed_for(f"05-{count}"), count)


def _refused_writes(ran: Told, function: str | None) -> list[Fault]:
    """Gives a refusal of each write to a table that a function made in a healthy run; None stands for the notebook."""
    found = []
    for api in ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:TransactWriteItems"):
        for number, fact in enumerate(ran.history.of("api", what=api), 1):
            if fact.detail.get("function") == function:
                found.append(Fault("throttled", api, call=number, lasts=REFUSED))
    return found


# -- counted once, and only forward ---------------------------------------------------------------------


def _answered(service: str) -> Callable[[Case], tuple[str, str] | None]:
    def begun(case: Case) -> tuple[str, str] | None:
        handler = failures.handler_of(case.evidence.deployment, f"{service}-service")
        if handler == f"{service}.on_messages":
            return None
        return (
            f"The hurried {service} still runs.",
            f"Write the handler {service}, with on_messages, and run the cell below it: it deploys your answer.",
        )

    return begun


def _counted_once(case: Case) -> Finding:
    name, base = "05-counted-once", _base(case)
    first = _told(case, base)
    found = failures.counted_once(name, [first])
    if found.verdict != "valid":
        return found
    queue, service = "sales-queue", "sales-service"
    # Of one order alone: the shop, too, writes to a table, for the second order while the first one's is refused.
    one = _told(case, _base(case, 1))
    faults = [
        Fault("duplicated", queue),
        Fault("crash_after", service),
        Fault("cold_start", service),
        *_refused_writes(one, service),
        Fault("replayed", "default", calls=6),
    ]
    struck = [(one.scenario if fault.kind == "throttled" else base).with_faults(fault) for fault in faults]
    return failures.counted_once(name, [first, *(_told(case, scenario) for scenario in struck)])


def _only_forward(case: Case) -> Finding:
    name, base = "05-only-forward", _base(case, 1)
    first = _told(case, base)
    found = failures.only_forward(name, [first])
    if found.verdict != "valid":
        return found
    count = len(first.history.of("sent", what="board-queue"))
    late = [Fault("delayed", "board-queue", call=number) for number in range(1, count + 1)]
    faults = [*late, Fault("duplicated", "board-queue", call=1), Fault("replayed", "default", calls=6)]
    # While a write is refused and tried again, the next message reads what it has not yet changed, and may write first.
    faults += [replace(fault, lasts=lasts) for fault in _refused_writes(first, "board-service") for lasts in BUSY]
    return failures.only_forward(name, [first, *(_told(case, base.with_faults(fault)) for fault in faults)])


# -- parked, and got moving again -----------------------------------------------------------------------


def _nothing_parks(case: Case) -> tuple[str, str] | None:
    if any("RedrivePolicy" in queue.attributes for queue in case.evidence.deployment.queues):
        return None
    return "No queue has a dead-letter queue yet.", "Write `receiving` again, then give the three queues their policy."


def _poison_parked(case: Case) -> Finding:
    base = side_by_side("choreography", case.seed_for("05-poison"))
    bad = base.orders[0].order_id
    strikes = [Fault("poison", f"{name}-queue", order=bad) for name in STEPS]
    name = "05-poison-parked"
    found = failures.poison_parked(name, [_told(case, base.with_faults(one)) for one in strikes])
    if found.verdict != "valid":
        return found
    outage = Fault("unavailable", "payment_gateway.charge", lasts=minutes(10))
    ran = _told(case, _base(case, 1).with_faults(outage))
    problem = failures.patient(ran)
    return found if problem is None else lessons.not_yet(name, ran, problem, "Parked only when it cannot be healed")


START_TASKS = "Complete it in the cell that asks for it: it starts a task for each dead-letter queue."


def _no_redrive(case: Case) -> tuple[str, str] | None:
    if "redrive_all" in case.evidence.defined:
        return None
    return "There is no redrive_all() yet.", START_TASKS


def _touched_queues(ran: Told) -> bool:
    """Says whether the notebook did anything to a queue beyond looking for its ARN."""
    made = {fact.what for fact in ran.history.of("api") if fact.detail.get("operator")}
    return any(
        what.startswith("sqs:") for what in made - {"sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:CreateQueue"}
    )


def _redriven(case: Case) -> Finding:
    name = "05-redriven"
    # Until then the message that was parked last has been parked for a while.
    base = replace(_base(case), horizon=OUTAGE + minutes(30))
    calls = ("payment_gateway.charge", "warehouse.reserve", "mailer.send")
    strikes = [Fault("unavailable", call, lasts=OUTAGE) for call in calls]
    runs = [_told(case, base.with_faults(one), operator_at=OUTAGE + minutes(5)) for one in strikes]
    if not any(ran.errors or _touched_queues(ran) for ran in runs):
        return lessons.not_attempted(name, "redrive_all() starts no task yet.", START_TASKS)
    found = failures.redriven(name, runs)
    if found.verdict != "valid":
        return found
    both = [replace(one, order=order.order_id) for one, order in zip(strikes, base.orders, strict=False)]
    busy = _told(case, base.with_faults(*both), operator_at=OUTAGE + minutes(5), busy=f"{STEPS[0]}-dlq")
    return failures.redriven(name, [*runs, busy])


# -- outbox and relay -----------------------------------------------------------------------------------


def _no_relay(case: Case) -> tuple[str, str] | None:
    if "relay" in case.evidence.defined:
        return None
    return "There is no relay() yet.", "Write emit_order_created again, and relay beside it, in the exercise's cell."


def _outbox(case: Case) -> Finding:
    name, base = "05-outbox", _base(case, 3)
    first = _told(case, base)
    found = failures.outbox(name, [first])
    if found.verdict != "valid":
        return found
    bus = "events:PutEvents"
    faults = [
        Fault("publish_failed", bus),
        Fault("publish_failed", bus, calls=3),
        Fault("publish_failed", bus, lasts=minutes(5)),
        Fault("throttled", bus, lasts=minutes(5)),
        *_refused_writes(first, None),
    ]
    runs = [first, *(_told(case, base.with_faults(one), PATIENT) for one in faults)]
    # More lines than one call takes: an hour without the relay, or a busy minute.
    return failures.outbox(name, [*runs, _told(case, _base(case, MANY), PATIENT)])


_judged("05-counted-once", _answered("sales"), _counted_once)
_judged("05-only-forward", _answered("board"), _only_forward)
_judged("05-poison-parked", _nothing_parks, _poison_parked)
_judged("05-redriven", _no_redrive, _redriven)
_judged("05-outbox", _no_relay, _outbox)
