"""Which schedules strike a design: every fault in every base, and pairs that it can be asked to heal."""

from __future__ import annotations

from sagalab.explore import BUDGET, pairs, singles
from sagalab.faults import Fault
from sagalab.history import History
from sagalab.points import points
from sagalab.scenario import Scenario, declined, healthy


def run_of(*steps: tuple[str, str]) -> History:
    """A run of functions, each fed by a queue of its name and calling one participant."""
    history = History()
    for function, call in steps:
        sent = history.record(0.0, "sent", f"{function}-queue", order_id="1")
        invocation = history.record(0.0, "invocation", function, order_id="1", cause=sent)
        history.record(0.0, "call", call, order_id="1", cause=invocation, detail={"function": function})
    return history


PAY = ("pay", "payment_gateway.charge")
TELL = ("tell", "mailer.send")


def base(scenario: Scenario, *steps: tuple[str, str]) -> tuple[Scenario, History]:
    return scenario, run_of(*steps)


def test_the_refused_run_is_struck_with_the_faults_that_struck_the_healthy_one() -> None:
    lost = Fault("reply_lost", "payment_gateway.charge")
    found = singles([base(healthy("choreography", 1), PAY, TELL), base(declined("choreography", 2), PAY, TELL)])
    struck = [schedule.scenario.orders[0].declined for schedule in found if schedule.scenario.faults == (lost,)]
    assert struck == [0, -1]


def test_an_outage_of_fifteen_minutes_is_never_paired_with_a_failing_call_of_the_same_step() -> None:
    one_step = [base(healthy("choreography", 1), PAY)]
    outages = {"unavailable", "slow", "reply_lost", "crash_before", "crash_after", "cold_start"}
    for schedule in pairs(one_step, "any", 200):
        long = [fault for fault in schedule.scenario.faults if fault.kind == "unavailable" and fault.lasts]
        other = [fault for fault in schedule.scenario.faults if fault not in long]
        assert not (long and other[0].kind in outages), schedule.scenario.in_words()


def test_failing_calls_of_one_step_stay_three_in_a_row() -> None:
    for schedule in pairs([base(healthy("choreography", 1), PAY)], "any", 200):
        first, second = schedule.scenario.faults
        kinds = {first.kind, second.kind}
        if kinds <= {"unavailable", "slow", "reply_lost", "crash_before", "crash_after", "cold_start"}:
            assert first.calls + second.calls <= 3, schedule.scenario.in_words()


def test_an_outage_is_paired_with_a_failing_call_of_another_step() -> None:
    found = pairs([base(healthy("choreography", 1), PAY, TELL)], "any", 200)
    mixed = {frozenset((first.target, second.target)) for first, second in (s.scenario.faults for s in found)}
    assert frozenset(("payment_gateway.charge", "tell")) in mixed


def test_the_points_of_a_run_say_which_steps_make_a_call() -> None:
    assert points(run_of(PAY, TELL)).steps == {
        "payment_gateway.charge": frozenset({"pay"}),
        "mailer.send": frozenset({"tell"}),
    }


def test_a_design_with_a_single_step_has_its_pairs_in_bounded_time() -> None:
    assert pairs([base(healthy("choreography", 1))], "any") == []


def test_over_the_budget_the_last_base_is_still_struck() -> None:
    many = tuple((f"step-{number}", "mailer.send") for number in range(200))
    found = singles([base(healthy("choreography", 1), *many), base(declined("choreography", 2), *many)])
    assert len(found) == BUDGET
    struck = [schedule.scenario.orders[0].declined for schedule in found]
    assert abs(struck.count(0) - struck.count(-1)) <= 1
