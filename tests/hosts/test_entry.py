"""Calls of the learner's own functions, in forks of the notebook's process."""

import json
import math

import pytest

from sagalab import RecoveryPlan
from sagalab.faults import Fault
from sagalab.hosts.entry import answer


class Stubborn(Exception):
    """An error whose own words fail."""

    def __str__(self):
        raise ValueError("no words")


class Nameless:
    """A value that cannot be shown."""

    def __str__(self):
        raise ValueError("no words")


def plan(detector, actions=lambda: None):
    return RecoveryPlan(
        approach="orchestration", fault=Fault("unavailable", "warehouse.reserve", lasts=1200), effect="late",
        detector=detector, detect_within=60, recover_within=60, actions=actions, expected={"order": "confirmed"},
    )  # fmt: skip


def called(namespace, target="start_workflow", **message):
    reply = answer(namespace, {"target": target, **message})
    json.dumps(reply, allow_nan=False)
    return reply


@pytest.mark.parametrize(
    ("result", "travels"),
    [
        ("arn:1", "arn:1"),
        (None, None),
        (True, True),
        (3, 3),
        (["7", 8], ["7", "8"]),
        ({"a": 1}, True),
        (math.nan, True),
        (math.inf, True),
        pytest.param(10**5000, True, id="huge"),
        ("x" * 10_000, "x" * 2000),
        ([str(n) for n in range(5000)], [str(n) for n in range(1000)]),
    ],
)
def test_what_a_function_returns_travels_as_plain_data(result, travels):
    assert called({"start_workflow": lambda order_id: result}, arguments=["7"]) == {"result": travels}


@pytest.mark.parametrize("error", [LookupError("no order"), SystemExit(3), KeyboardInterrupt(), Stubborn()])
def test_whatever_a_function_raises_comes_back_in_words(error):
    def start_workflow(order_id):
        raise error

    reply = called({"start_workflow": start_workflow}, arguments=["7"])
    assert reply["error"] == type(error).__name__ and "in start_workflow" not in reply["message"]
    assert reply["where"].endswith("of start_workflow")


@pytest.mark.parametrize("result", [Nameless(), [Nameless()]])
def test_an_answer_that_cannot_be_shown_is_an_error_not_an_end(result):
    reply = called({"start_workflow": lambda order_id: result}, arguments=["7"])
    assert reply in ({"result": True}, {**reply, "error": "ValueError"})


@pytest.mark.parametrize("namespace", [{}, {"start_workflow": 5}])
def test_a_function_that_is_not_there_is_named(namespace):
    assert called(namespace, arguments=["7"])["message"] == (
        "cannot be called: the notebook defines no function start_workflow()"
    )


def test_a_start_function_with_other_arguments_says_so():
    assert "positional argument" in called({"start_workflow": lambda: None}, arguments=["7"])["message"]


def test_a_detector_sees_signals_and_the_operator_s_report():
    def detector(signals):
        return signals.queue("dlq").visible > 0 and signals.stuck_orders == ["7"]

    rows = {"now": 5, "queue": {"dlq": {"visible": 1, "in_flight": 0, "oldest_age": 2.0}}}
    namespace = {"recovery_plans": [plan(detector)], "stuck_orders": lambda: ["7"]}
    assert called(namespace, "plan:0:detector", signals=rows) == {"result": True}


def test_a_detector_that_reads_what_is_not_deployed_names_its_slip():
    namespace = {"recovery_plans": [plan(lambda signals: signals.queue("dql").visible)]}
    reply = called(namespace, "plan:0:detector", signals={"now": 0, "queue": {"dlq": {}}})
    assert "'dql' that is not deployed" in reply["message"] and "deployed are dlq" in reply["message"]


def test_a_plan_s_actions_run_as_they_stand():
    done = []
    namespace = {"recovery_plans": [plan(lambda s: True, lambda: done.append(1))]}
    assert called(namespace, "plan:0:actions") == {"result": None} and done == [1]
