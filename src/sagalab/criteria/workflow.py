"""Parts A and B: what a design does when nothing fails, when something does, and how it is built."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sagalab.accounting import given_up
from sagalab.criteria.finding import Finding, invalid, valid
from sagalab.criteria.hints import HINTS, hint_for
from sagalab.criteria.slips import stopped
from sagalab.deployment import Deployment
from sagalab.explore import Coverage, Schedule
from sagalab.faults import CATALOGUE, GROUPS
from sagalab.history import Fact, History
from sagalab.invariants import Violation, violations
from sagalab.participants.errors import REFUSALS
from sagalab.scenario import ENTRY, Scenario

MOST_ATTEMPTS = 40  # calls of one participant for one order that still count as bounded
LONGEST = 3600.0  # seconds after the first attempt until which a design may go on trying
# What a healthy order needs to count as complete; Trace and Nothing lost are asked for under faults.
ENDS_WELL = ("Money", "Stock", "Voice", "Terminal", "Undo", "Forward")
SERVICES = ("payment_gateway", "warehouse", "mailer")
WORD = {"orchestration": "orchestrated", "choreography": "choreographed"}


@dataclass(frozen=True)
class Ran:
    """A scenario and its history."""

    scenario: Scenario
    history: History

    def broken(self, names: Iterable[str] | None = None) -> list[Violation]:
        """Gives the broken promises of this run (all, or the named), a start function that raised first."""
        first = start_errors(self.history) + floods(self.history)
        return first + violations(self.history, self.scenario.expectation, names)


def start_errors(history: History) -> list[Violation]:
    """Gives the orders whose start function raised: it must absorb three refusals in a row."""
    return [
        Violation("Start", fact.order_id or "", str(fact.detail["error"]), (fact.index,))
        for fact in history.of("accepted")
        if "error" in fact.detail
    ]


def floods(history: History) -> list[Violation]:
    """Says when a run was ended because it would not settle."""
    return [
        Violation(
            "Settles",
            "",
            "the design does not settle: it goes on causing new work without an end",
            (fact.index,),
        )
        for fact in history.of("end")
        if fact.what == "flood"
    ]


def defined(criterion: str, approach: str, names: Iterable[str], deployment: Deployment) -> Finding | None:
    """Gives a "not attempted" finding when the approach's start function does not exist yet."""
    entry = ENTRY[approach]
    if entry in names:
        return None
    return invalid(
        criterion,
        f"There is no {entry}(order_id) yet, so nothing of the {WORD[approach]} workflow can run.",
        attempted=False,
        hint=f"Define {entry}(order_id) in the cell that asks for it.",
    )


def design_problem(runs: list[Ran]) -> tuple[str, History] | None:
    """Gives why this is no three-step design: an invocation, or the start function, that does two steps."""
    for ran in runs:
        by_invocation: dict[int | None, set[str]] = {}
        for effect in ran.history.of("effect"):
            service = effect.detail["participant"]
            if service not in SERVICES or effect.order_id is None:
                continue
            call = ran.history[effect.cause] if effect.cause is not None else None
            by_invocation.setdefault(call.cause if call else None, set()).add(service)
        for invocation, services in by_invocation.items():
            if invocation is None:
                return (
                    f"{sorted(services)[0]} was reached without a function: by the start function itself",
                    ran.history,
                )
            if len(services) > 1:
                name = ran.history[invocation].what
                both = " and ".join(sorted(services))
                return (
                    f"one invocation of {name!r} caused effects at {both}; each needs its own step",
                    ran.history,
                )
    return None


def healthy(criterion: str, approach: str, runs: list[Ran], refused: list[Ran]) -> Finding:
    """Healthy orders end as they should, and they and the refused ones go through three separate steps.

    Whether refused orders end well is asked with the faults: a design that forgets one compensation still
    stands on its feet.
    """
    for ran in runs:
        broken = ran.broken(ENDS_WELL)
        if broken:
            order = broken[0].order_id
            return invalid(
                criterion,
                f"Without any fault: {broken[0].message}.{stopped(ran.history, order) if order else ''}",
                promise=broken[0].invariant,
                schedule=ran.scenario.line(),
                history=ran.history,
                hint=hint_for(broken[0], ran.history),
            )
    problem = design_problem(runs + refused)
    if problem:
        return invalid(
            criterion,
            f"The orders end well, but {problem[0]}.",
            promise="Three steps",
            history=problem[1],
            hint="Give payment, inventory and notification a function each, called from its own state or message.",
        )
    orders = sum(len(ran.scenario.orders) for ran in runs)
    return valid(criterion, f"{orders} healthy orders ended as they should.", history=runs[0].history)


@dataclass(frozen=True)
class GroupResult:
    """What one fault group showed: how many schedules ran, and the first that failed."""

    group: str
    ran: int
    failed: int
    schedule: Schedule | None = None
    violation: Violation | None = None
    history: History | None = None


def faults(criterion: str, results: list[GroupResult], covered: Coverage | None = None) -> Finding:
    """Two points for each fault group whose every schedule keeps every promise."""
    total = sum(result.ran for result in results)
    bad = [result for result in results if result.failed]
    facts = {result.group: {"ran": result.ran, "failed": result.failed} for result in results}
    share = f" {covered.in_words()}." if covered is not None else ""
    if covered is not None:
        facts["coverage"] = asdict(covered)
    good = len(results) - len(bad)
    if not bad:
        return valid(
            criterion, f"{total} schedules in {len(results)} fault groups, every promise kept.{share}", facts=facts
        )
    first = bad[0]
    assert first.schedule is not None and first.violation is not None
    names = ", ".join(f"{result.group} ({result.failed} of {result.ran})" for result in bad)
    struck = first.schedule.scenario.faults
    story = CATALOGUE[struck[0].kind].story if struck else ""
    stands = stopped(first.history, first.violation.order_id) if first.history and first.violation.order_id else ""
    return invalid(
        criterion,
        f"Tried: {first.schedule.scenario.in_words()}. Then {first.violation.message}.{stands} "
        f"Fault groups that break a promise: {names}.",
        fraction=good / len(GROUPS),
        promise=first.violation.invariant,
        schedule=first.schedule.scenario.line(),
        history=first.history,
        hint=f"{story} {hint_for(first.violation, first.history)}".strip(),
        facts=facts,
    )


def attempts(criterion: str, runs: list[Ran]) -> Finding:
    """Attempts are bounded, and a business error is never retried."""
    for ran in runs:
        retried = refusal_retried(ran.history)
        if retried is not None:
            return invalid(
                criterion,
                f"{retried.what} refused order {retried.order_id} ({retried.detail['error']}), and was asked again.",
                promise="Business errors are never retried",
                schedule=ran.scenario.line(),
                history=ran.history,
                hint="A refusal is an answer: put the business errors first, with no retry.",
            )
        unbounded = _unbounded(ran.history)
        if unbounded:
            return invalid(
                criterion,
                unbounded,
                promise="Attempts are bounded",
                schedule=ran.scenario.line(),
                history=ran.history,
                hint="Bound the retries by a number, and let the waits grow: after an hour a person has to know.",
            )
    return valid(criterion, "Retries are bounded, and refusals are taken as answers.")


def refusal_retried(history: History) -> Fact | None:
    """Gives a refused call that was made again although no fault and no new message asked for it."""
    refused: dict[tuple[str, str | None], Fact] = {}
    struck = {fact.cause for fact in history.of("fault") if fact.cause is not None}
    for call in history.of("call"):
        key = (call.what, call.order_id)
        if key in refused and not struck:
            return refused[key]
        if call.detail.get("error") in REFUSALS:
            refused[key] = call
    return None


def _unbounded(history: History) -> str:
    """Says what was called for one order too often, or for too long; empty for nothing."""
    calls: dict[tuple[str, str | None], list[float]] = {}
    for call in history.of("call"):
        if not call.what.startswith("order_book."):
            calls.setdefault((call.what, call.order_id), []).append(call.at)
    for (what, _), at in calls.items():
        if len(at) > MOST_ATTEMPTS:
            return f"{what} was called {len(at)} times for one order."
        if at[-1] - at[0] > LONGEST:
            return f"{what} was still called for the same order {(at[-1] - at[0]) / 60:.0f} minutes later."
    return ""


def audit(criterion: str, runs: list[Ran]) -> Finding:
    """The executions' own histories tell every step and outcome of each order."""
    for ran in runs:
        for call in ran.history.of("call"):
            if call.what.split(".")[0] not in SERVICES or not call.detail.get("effect"):
                continue
            invocation = ran.history[call.cause] if call.cause is not None else None
            if invocation is None or not _told_by_a_state(invocation, ran.history):
                return invalid(
                    criterion,
                    f"{call.what} of order {call.order_id} appears in no execution history: "
                    "its function was not called by a state.",
                    promise="Audit",
                    history=ran.history,
                    hint="Let a state of its own call each step, so that the execution history names it.",
                )
        untold = next((order for order in ran.scenario.orders if not _outcome_told(order.order_id, ran.history)), None)
        if untold is not None:
            return invalid(
                criterion,
                f"No execution tells how order {untold.order_id} ended: the one that did its last step "
                "has not ended itself, or failed although the order is confirmed.",
                promise="Audit",
                history=ran.history,
                hint="Let the execution that finishes an order come to its own end, and succeed when the order does.",
            )
    return valid(criterion, "Each step of each order stands in an execution's history.")


def _outcome_told(order_id: str, history: History) -> bool:
    """Says whether the execution that did an order's last step has ended as the order has.

    The execution is found by its effects: how a learner names the order in the input is free. A refused order
    may end in a state that fails: that tells its outcome as well.
    """
    effects = history.of("effect", order_id=order_id)
    made_by = [history[effect.cause].cause for effect in effects if effect.cause is not None]
    if not made_by or made_by[-1] is None:
        return False
    arn = history[made_by[-1]].detail.get("execution")
    status = next(
        (fact.detail.get("status") for fact in history.of("execution") if fact.detail.get("arn") == arn), None
    )
    confirmed = any(effect.what == "confirmed" for effect in effects)
    return status == "SUCCEEDED" or (status == "FAILED" and not confirmed)


def _told_by_a_state(invocation: Fact, history: History) -> bool:
    """Says whether an execution led to this invocation, directly or by a message, from one of its states."""
    execution = _execution_behind(invocation, history)
    return execution is not None and any(
        fact.detail.get("execution") == execution and str(fact.detail.get("type", "")).endswith("StateEntered")
        for fact in history.of("state")
        if fact.index < invocation.index
    )


def _execution_behind(fact: Fact, history: History) -> str | None:
    """Follows causes back to the execution that led to a fact."""
    for _ in range(10):
        found = fact.detail.get("execution") or fact.detail.get("arn")
        if found:
            return str(found)
        if fact.cause is None:
            return None
        fact = history[fact.cause]
    return None


def decoupled(criterion: str, runs: list[Ran]) -> Finding:
    """No service calls another, each is reached from its own message's handler, refusals are final."""
    for ran in runs:
        for fact in ran.history.of("api"):
            caller = fact.detail.get("function")
            if caller and fact.what in ("lambda:Invoke", "states:StartExecution"):
                return invalid(
                    criterion,
                    f"The function {caller!r} calls another component directly ({fact.what}).",
                    promise="No service calls another",
                    history=ran.history,
                    hint="Publish an event instead, and let the other service react to it.",
                )
        for invocation in ran.history.of("invocation"):
            if not _from_message(invocation, ran.history):
                return invalid(
                    criterion,
                    f"The function {invocation.what!r} was not started by a message.",
                    promise="Each participant is reached from its own message's handler",
                    history=ran.history,
                    hint="Feed each service from a queue, a topic or a rule.",
                )
        retried = refusal_retried(ran.history)
        if retried is not None:
            return invalid(
                criterion,
                f"{retried.what} refused order {retried.order_id} ({retried.detail['error']}), and was asked again.",
                promise="Business errors are never retried",
                schedule=ran.scenario.line(),
                history=ran.history,
                hint="Catch the refusal in the handler and publish what follows from it; a raised error "
                "brings the message back.",
            )
    return valid(criterion, "Services know events, not each other, and refusals are taken as answers.")


def _from_message(invocation: Fact, history: History) -> bool:
    if invocation.detail.get("execution"):
        return False
    cause = history[invocation.cause] if invocation.cause is not None else None
    return cause is not None and cause.kind in ("sent", "published", "delivered")


def accounted(criterion: str, runs: list[Ran], deployment: Deployment) -> Finding:
    """Every message is done, pending, or in a dead-letter queue, also one that can never be handled."""
    for ran in runs:
        lost = violations(ran.history, ran.scenario.expectation, ["Nothing lost"])
        if lost:
            return invalid(
                criterion,
                f"{lost[0].message}.",
                promise="Nothing lost",
                history=ran.history,
                hint=HINTS["Nothing lost"],
            )
        last = given_up(ran.history)
        if last is not None:
            return invalid(
                criterion,
                f"The function {last.what!r}, started by an event without a queue, failed at every "
                "attempt; then the event is gone.",
                promise="Nothing lost",
                schedule=ran.scenario.line(),
                history=ran.history,
                hint="Let the event wait in a queue with a dead-letter queue in front of the function.",
            )
    sources = {row.source_arn for row in deployment.event_source_mappings if row.enabled}
    for queue in deployment.queues:
        if queue.arn in sources and queue.dead_letter_arn is None:
            return invalid(
                criterion,
                f"The queue {queue.name!r} feeds a function and has no dead-letter queue: a message that "
                "always fails blocks it until it expires, and then it is gone.",
                promise="Nothing lost",
                hint="Give the queue a RedrivePolicy with a deadLetterTargetArn and a maxReceiveCount.",
            )
    return valid(criterion, "No message is ever dropped; what cannot be handled is parked in a dead-letter queue.")
