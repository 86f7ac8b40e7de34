"""What parts A and B conclude from histories: the audit, and events that nobody holds."""

from __future__ import annotations

from sagalab.criteria.workflow import Ran, accounted, attempts, audit
from sagalab.deployment import Deployment
from sagalab.history import History
from sagalab.scenario import healthy

SCENARIO = healthy("orchestration", "audit")
ORDER = SCENARIO.orders[0].order_id


def executed(status: str, outcome: str, order_in_input: bool = True) -> Ran:
    """A run in which one execution tells the customer, and ends with a status."""
    history = History()
    known = ORDER if order_in_input else None
    execution = history.record(0.0, "execution", "flow", order_id=known, detail={"arn": "run-1", "status": status})
    history.record(0.0, "state", "Tell", cause=execution, detail={"type": "TaskStateEntered", "execution": "run-1"})
    for call, effect in (("order_book.confirm", outcome), ("mailer.send", "told")):
        invocation = history.record(0.1, "invocation", call, cause=execution, detail={"execution": "run-1"})
        made = history.record(0.1, "call", call, order_id=ORDER, cause=invocation, detail={"effect": True})
        history.record(0.1, "effect", effect, order_id=ORDER, cause=made)
    return Ran(SCENARIO, history)


def test_how_a_learner_names_the_order_in_the_input_is_free() -> None:
    assert audit("a-audit", [executed("SUCCEEDED", "confirmed", order_in_input=False)]).verdict == "valid"


def test_a_refused_order_may_end_in_a_state_that_fails() -> None:
    assert audit("a-audit", [executed("FAILED", "cancelled")]).verdict == "valid"


def test_an_execution_that_fails_after_confirming_tells_the_wrong_outcome() -> None:
    finding = audit("a-audit", [executed("FAILED", "confirmed")])
    assert finding.verdict == "invalid"
    assert ORDER in finding.message


def test_an_execution_that_still_runs_tells_no_outcome() -> None:
    assert audit("a-audit", [executed("RUNNING", "confirmed")]).verdict == "invalid"


def invoked_by_event(*errors: str | None, ended_at: float = 7200.0, why: str = "horizon") -> Ran:
    """A run in which an event starts a function without a queue, once and then again after each error."""
    history = History()
    event = history.record(0.0, "published", "default")
    for number, error in enumerate(errors):
        history.record(60.0 * number, "invocation", "pay", cause=event, detail={"error": error} if error else {})
    history.record(ended_at, "end", why)
    return Ran(healthy("choreography", "events"), history)


def test_an_event_whose_function_fails_for_good_is_lost_without_a_queue() -> None:
    finding = accounted("b-accounted", [invoked_by_event("Down", "Down", "Down")], Deployment())
    assert finding.verdict == "invalid"
    assert "'pay'" in finding.message and "queue" in finding.hint


def test_an_event_whose_function_recovers_is_not_lost() -> None:
    assert accounted("b-accounted", [invoked_by_event("Down", None)], Deployment()).verdict == "valid"


def test_an_event_that_is_still_being_tried_is_pending() -> None:
    assert accounted("b-accounted", [invoked_by_event("Down", ended_at=60.0)], Deployment()).verdict == "valid"


def test_an_event_that_nothing_tries_any_more_is_lost() -> None:
    ran = invoked_by_event("Down", "Down", "Down", ended_at=130.0, why="quiet")
    assert accounted("b-accounted", [ran], Deployment()).verdict == "invalid"


def calling(every: float, times: int) -> Ran:
    """A run that calls the mailer again and again, through an outage."""
    history = History()
    history.record(0.0, "fault", "unavailable", cause=0)
    for number in range(times):
        history.record(every * number, "call", "mailer.send", order_id=ORDER)
    return Ran(SCENARIO, history)


def test_nineteen_minutes_of_growing_waits_are_bounded() -> None:
    assert attempts("a-attempts", [calling(90.0, 13)]).verdict == "valid"


def test_trying_for_more_than_an_hour_is_not_bounded() -> None:
    finding = attempts("a-attempts", [calling(300.0, 20)])
    assert finding.verdict == "invalid"
    assert "95 minutes" in finding.message


def test_a_hundred_calls_in_a_minute_are_not_bounded() -> None:
    assert "100 times" in attempts("a-attempts", [calling(0.6, 100)]).message
