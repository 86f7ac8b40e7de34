"""Schedules run out of one run have the histories that they have when each is run from the start."""

import os
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagalab.clock import VirtualClock
from sagalab.explore import singles
from sagalab.faults import Fault, FaultPlan
from sagalab.judging.branching import Branches
from sagalab.judging.case import report_if_needed
from sagalab.participants.market import Caller
from sagalab.scenario import declined, healthy, out_of_stock
from tests.judging.designs import STEPS

HEALTHY = healthy("orchestration", "s")
KINDS = ("slow", "reply_lost", "unavailable", "timed_out")


def results(made, scenarios):
    return {number: history.text() for number, history, _ in made.run_each(scenarios)}


def from_the_start(made, scenarios):
    return {number: made.run(scenario)[0].text() for number, scenario in enumerate(scenarios)}


@pytest.mark.parametrize("make", [healthy, declined, out_of_stock])
def test_every_single_fault_gives_the_history_of_a_run_from_the_start(bench, make):
    made, base = bench(), make("orchestration", "s")
    scenarios = [one.scenario for one in singles([(base, made.run(base)[0])])][::3]
    assert len(scenarios) > 4
    forks = made._runs
    branched = results(made, scenarios)
    assert made._runs == forks + 1, "they were not run out of one run"
    assert branched == from_the_start(made, scenarios)


def test_two_faults_of_one_schedule_strike_one_after_the_other(bench):
    made = bench()
    first = Fault("reply_lost", "payment_gateway.charge")
    scenarios = [HEALTHY.with_faults(first, Fault("unavailable", "warehouse.reserve", calls=n)) for n in (1, 2, 3)]
    assert results(made, scenarios) == from_the_start(made, scenarios)


def test_a_fault_that_strikes_nothing_gives_the_run_that_nothing_strikes(bench):
    made = bench()
    scenarios = [
        HEALTHY,
        HEALTHY.with_faults(Fault("crash_before", "nowhere")),
        HEALTHY.with_faults(Fault("cold_start", "charge")),
    ]
    found = results(made, scenarios)
    assert found[0] == found[1] != found[2] and found == from_the_start(made, scenarios)


def test_a_child_that_lived_before_the_strike_is_left_to_the_first_run(bench):
    made = bench()
    made._transcripts.keep = lambda told, message: None  # Nothing is known, so that children live at every point.
    scenarios = [HEALTHY.with_faults(Fault("slow", call)) for call in ("payment_gateway.charge", "mailer.send")]
    assert results(made, scenarios) == from_the_start(made, scenarios)


def test_a_handler_that_hangs_in_one_branch_holds_up_no_other(bench):
    steps = STEPS.replace(
        "def charge(event, context):",
        "tries = []\ndef charge(event, context):\n    tries.append(1)\n    while len(tries) > 1: pass",
    )
    made = bench(steps)
    scenarios = [HEALTHY.with_faults(Fault("crash_after", "charge")), HEALTHY.with_faults(Fault("slow", "mailer.send"))]
    found = results(made, scenarios)
    assert set(found) == {0, 1} and found == from_the_start(made, scenarios)


def test_a_branch_that_dies_is_run_again_from_the_start(bench):
    made, judge = bench(), os.getpid()

    def dies(stage):
        stage.run.start_orders(stage.start)
        stage.run.until()
        if stage.run.scenario.faults and os.getppid() != judge:
            os.kill(os.getpid(), signal.SIGKILL)
        return {}

    scenarios = [HEALTHY.with_faults(Fault("slow", call)) for call in ("payment_gateway.charge", "mailer.send")]
    found = {number: history.text() for number, history, _ in made.run_each(scenarios, dies)}
    assert found == from_the_start(made, scenarios)


def test_functions_that_throw_dice_are_run_from_the_start(bench):
    made = bench(STEPS.replace('key="c"', "key=__import__('os').urandom(4).hex()"))
    scenarios = [HEALTHY.with_faults(Fault("reply_lost", "payment_gateway.charge", call=n)) for n in (1, 2, 3)]
    assert set(results(made, scenarios)) == {0, 1, 2}


# -- the questions ----------------------------------------------------------------------------------

CALLS = st.lists(st.sampled_from(["payment_gateway.charge", "warehouse.reserve", "mailer.send"]), max_size=8)
FAULTS = st.builds(
    Fault, st.sampled_from(KINDS), st.sampled_from(["payment_gateway.charge", "mailer"]), call=st.integers(1, 3)
)


@given(CALLS, st.lists(FAULTS, min_size=1, max_size=4, unique=True))
def test_each_plan_answers_as_if_it_were_asked_alone(calls, faults):
    clock = VirtualClock("s")

    def answers(plan):
        return [plan.on_call(call, "7", Caller()) for call in calls]

    for followed in range(len(faults)):
        plans = {number: FaultPlan((fault,), clock, "s") for number, fault in enumerate(faults)}
        branches = Branches(clock, plans, lambda number, followed=followed: number == followed)
        alone = FaultPlan((faults[followed],), clock, "s")
        assert answers(branches) == answers(alone)


def test_a_report_that_only_the_branch_needs_is_asked_for_in_the_branch(bench):
    made = bench(stuck_orders=lambda: ["7"])
    long = [Fault("unavailable", call, lasts=3600) for call in ("payment_gateway.charge", "warehouse.reserve")]
    scenarios = [HEALTHY.with_faults(fault) for fault in long]
    assert all(scenario.expectation.licensed for scenario in scenarios) and not HEALTHY.expectation.licensed
    found = {number: history.of("signal") for number, history, _ in made.run_each(scenarios, report_if_needed)}
    assert [[fact.detail["orders"] for fact in found[number]] for number in (0, 1)] == [[["7"]], [["7"]]]
