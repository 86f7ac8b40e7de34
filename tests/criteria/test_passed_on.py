"""A state that does not hand on its input is named, and not the function that missed the order."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sagalab.criteria import passed_on, slips
from sagalab.criteria.finding import invalid
from sagalab.deployment import Deployment, StateMachine
from sagalab.history import History

EVERYTHING = {"FunctionName": "f", "Payload.$": "$"}


def task(**rest: Any) -> dict[str, Any]:
    return {"Type": "Task", "Parameters": EVERYTHING, **rest}


def deployed(**states: Any) -> Deployment:
    definition = json.dumps({"StartAt": next(iter(states)), "States": states})
    return Deployment(state_machines=[StateMachine(name="OrderFlow", arn="a", definition=definition, role_arn="r")])


class Run:
    """An execution in the making."""

    def __init__(self, order: str | None = "7") -> None:
        self.history = History()
        self.order = order
        self.execution = self.history.record(0.0, "execution", "OrderFlow", order_id=order)

    def state(self, name: str, kind: str, **detail: Any) -> Run:
        row = {"type": kind, "execution": "run", **detail}
        self.history.record(1.0, "state", name, order_id=self.order, cause=self.execution, detail=row)
        return self

    def passed(self, name: str, *kinds: str) -> Run:
        for kind in ("TaskStateEntered", *kinds, "TaskStateExited"):
            self.state(name, kind)
        return self

    def failed(self, name: str, order: str | None = None, line: str = 'event["orderId"]') -> History:
        self.state(name, "TaskStateEntered")
        detail = {"execution": "run", "error": "KeyError", "message": "'orderId'"}
        self.history.record(2.0, "invocation", f"{name}-function", order_id=order, detail=detail)
        cause = json.dumps({"errorMessage": "'orderId'", "stackTrace": [f"  in f\n    {line}\n"]})
        self.state(name, "TaskFailed", error="KeyError", cause=cause)
        return self.history


def slip(history: History, deployment: Deployment) -> slips.Slip | None:
    return slips.lost_input(history, deployment)


def test_a_state_whose_answer_replaced_the_input_is_named() -> None:
    found = slip(Run().passed("A", "TaskSucceeded").failed("B"), deployed(A=task(Next="B"), B=task()))
    assert found is not None and "the answer of A had taken" in found.what
    assert "`B-function` is innocent. A says no" in found.hint and "ResultPath" in found.hint


def test_a_catcher_that_replaced_the_input_is_named() -> None:
    states = deployed(A=task(ResultPath=None, Catch=[{"ErrorEquals": ["X"], "Next": "B"}]), B=task())
    found = slip(Run().passed("A", "TaskFailed").failed("B"), states)
    assert found is not None and "the caught error of A" in found.what and "The catcher of A" in found.hint


def test_an_answer_is_followed_back_past_states_that_hand_on_what_they_got() -> None:
    states = deployed(A=task(Next="B"), W={"Type": "Wait", "Seconds": 1}, B=task(ResultPath=None), C=task())
    run = Run().passed("A", "TaskSucceeded").state("W", "WaitStateEntered").passed("B", "TaskSucceeded")
    found = slip(run.failed("C"), states)
    assert found is not None and "the answer of A" in found.what


def test_a_key_that_the_input_of_the_execution_never_had_is_named() -> None:
    found = slip(Run().failed("A", order="7"), deployed(A=task()))
    assert found is not None and "reads `orderId`" in found.what and "start_execution" in found.hint


KEEPS = deployed(A=task(ResultPath=None, Next="B"), B=task())


@pytest.mark.parametrize(
    ("history", "deployment"),
    [
        (Run().passed("A", "TaskSucceeded").failed("B"), KEEPS),
        (Run().passed("A", "TaskSucceeded").failed("B", order="7"), deployed(A=task(Next="B"), B=task())),
        (Run().failed("A", order="7", line='order["orderId"]'), KEEPS),
        (Run().failed("A", order="7"), deployed(A={"Type": "Task", "Parameters": {"Payload": {"id": 1}}})),
        (Run().passed("A", "TaskSucceeded").failed("B"), Deployment()),
        (Run(None).passed("A", "TaskSucceeded").failed("B"), deployed(A=task(Next="B"), B=task())),
        (Run().passed("A", "TaskSucceeded").failed("B"), deployed(A={"Type": "Task", "Arguments": {}}, B=task())),
    ],
    ids=["kept", "not lost", "another dictionary", "not handed in", "not deployed", "no order at all", "JSONata"],
)
def test_nobody_is_accused_without_a_reason(history: History, deployment: Deployment) -> None:
    assert slip(history, deployment) is None


@pytest.mark.parametrize("catch", ["B", ["B"], [{"Next": "C"}], {"Next": "B"}])
def test_a_catch_that_is_no_list_of_catchers_for_this_way_accuses_nobody(catch: Any) -> None:
    states = deployed(A=task(ResultPath=None, Catch=catch), B=task())
    assert slip(Run().passed("A", "TaskFailed").failed("B"), states) is None


def test_of_a_flood_of_failures_a_few_are_looked_into() -> None:
    run = Run()
    for _ in range(300):
        run.passed("A", "TaskSucceeded").failed("B")
    assert len(list(passed_on.failed_tasks(run.history, KEEPS))) == passed_on.MOST_FAILURES


def test_the_finding_accuses_the_state_and_not_the_function() -> None:
    history = Run().passed("A", "TaskSucceeded").failed("B")
    told = slips.explained(invalid("x", "Order 7 never ended.", history=history), deployed(A=task(Next="B"), B=task()))
    assert "answer of A" in told.message and "Mend" not in told.hint


def test_a_finding_about_what_was_started_keeps_its_own_thought() -> None:
    found = invalid("x", f"start(){slips.CARRIES}order 2.", hint="The input.", history=Run("2").failed("A"))
    assert slips.explained(found, deployed(A=task())) == found
