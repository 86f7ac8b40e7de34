"""One submission before the judge: runs are made when they are first asked for, and kept."""

import pytest

from sagalab.evidence import Evidence
from sagalab.faults import GROUPS, Fault
from sagalab.history import History
from sagalab.judging import rules
from sagalab.judging.bench import simply
from sagalab.judging.case import Case, and_report, report_if_needed
from sagalab.judging.registry import judge
from sagalab.scenario import healthy, side_by_side

rules.load()

GOOD = ("charged", "reserved", "confirmed", "told")


STEPS = {
    "charged": "payment_gateway.charge", "reserved": "warehouse.reserve", "confirmed": "order_book.confirm",
    "cancelled": "order_book.cancel", "told": "mailer.send",
}  # fmt: skip


class FakeBench:
    """Plays a design that does everything right, but charges twice under one kind of fault."""

    def __init__(self, weak_to=None):
        self.weak_to, self.ran = weak_to, []

    def run(self, scenario, drive=None):
        self.ran.append(scenario)
        history = History()
        struck = any(fault.kind == self.weak_to for fault in scenario.faults)
        for order in scenario.orders:
            history.record(0, "accepted", scenario.approach, order_id=order.order_id)
            refused = order.order_id in scenario.expectation.refused
            for what in ("cancelled", "told") if refused else ("charged", *GOOD) if struck else GOOD:
                self.step(history, order, what, "cancelled" if refused else "confirmed")
        history.record(3, "end", "quiet")
        return history, {}

    def run_each(self, scenarios, drive=None):
        for number, scenario in reversed(list(enumerate(scenarios))):
            yield number, *self.run(scenario, drive)

    def step(self, history, order, what, outcome):
        """Writes one effect, by a call of a function of its own."""
        call, function = STEPS[what], f"{what}-function"
        cause = self.invocation(history, order, function)
        cause = history.record(1, "call", call, order_id=order.order_id, cause=cause, detail={"function": function})
        detail = {"participant": call.split(".")[0], "function": function, "amount": order.amount, "outcome": outcome}
        history.record(2, "effect", what, order_id=order.order_id, correlation_id="c", cause=cause, detail=detail)

    def invocation(self, history, order, function):
        """Writes the run of one function and gives its index."""
        return history.record(1, "invocation", function, order_id=order.order_id)

    def close(self):
        """Closes nothing."""


def case(weak_to=None, seed="secret"):
    bench = FakeBench(weak_to)
    return Case(Evidence(defined=["start_workflow"]), bench, seed), bench


def test_runs_are_made_once_and_kept():
    made, bench = case()
    first = made.healthy("orchestration")
    assert made.healthy("orchestration") is first and len(bench.ran) == len(first)
    made.well("orchestration")
    count = len(bench.ran)
    assert made.well("orchestration") and len(bench.ran) == count


def test_an_approach_that_is_not_defined_is_not_well_and_costs_nothing():
    made, bench = case()
    assert made.has("orchestration") and not made.has("choreography")
    assert not made.well("choreography") and bench.ran == []


def test_every_group_is_explored_and_a_sound_design_fails_none():
    made, _ = case()
    groups = made.explored("orchestration")
    assert {group.group for group in groups} == set(GROUPS)
    assert sum(group.failed for group in groups) == 0 and made.explored("orchestration") is groups


def test_a_weakness_fails_its_own_group_and_shows_the_schedule():
    made, _ = case(weak_to="reply_lost")
    failed = {group.group: group for group in made.explored("orchestration") if group.failed}
    assert "indefinite" in failed and set(failed) <= {"indefinite", "pairs"}
    shown = failed["indefinite"].schedule
    assert [fault.kind for fault in shown.scenario.faults] == ["reply_lost"]


def test_a_failing_pair_is_shrunk_to_the_fault_that_fails_alone():
    made, _ = case(weak_to="slow")
    pairs = next(group for group in made.explored("orchestration") if group.group == "pairs")
    assert pairs.failed and [fault.kind for fault in pairs.schedule.scenario.faults] == ["slow"]


def test_a_failing_row_of_calls_is_shrunk_to_one_call():
    made, _ = case(weak_to="unavailable")
    outage = next(group for group in made.explored("orchestration") if group.group == "definite outage")
    (fault,) = outage.schedule.scenario.faults
    assert (fault.kind, fault.calls, fault.lasts) == ("unavailable", 1, None)


def test_the_share_of_the_space_is_told_in_numbers():
    made, bench = case()
    covered = made.coverage("orchestration")
    assert 0 < covered.points_struck == covered.points_known
    assert 0 < covered.schedules_run < covered.schedules_possible
    found = judge(made, "a-faults")
    assert found.facts["coverage"]["schedules_run"] == covered.schedules_run and "runs struck" in found.message


def test_both_styles_of_refusal_and_two_orders_side_by_side_are_struck():
    made, _ = case()
    scenarios = [
        one.scenario for rows in made.schedules("orchestration").values() for one in rows if one.scenario.faults
    ]
    declined = {order.declined for scenario in scenarios for order in scenario.orders}
    assert declined == {0, -1, 1} and any(scenario.restock_after for scenario in scenarios)


def test_the_operator_s_report_is_asked_for_where_one_is_defined():
    base = side_by_side("orchestration", "s")
    poison = base.with_faults(Fault("poison", "q", order=base.orders[0].order_id))
    for defined, drive in (([], simply), (["stuck_orders"], and_report)):
        bench = DriveBench()
        made = Case(Evidence(defined=["start_workflow", *defined]), bench, "s")
        made.ran(poison), made.ran(base, report=True)
        assert bench.drives == [drive, drive]
        made.ran(base)
        assert bench.drives[-1] is simply


class DriveBench(FakeBench):
    """Remembers who drove its runs."""

    def __init__(self):
        super().__init__()
        self.drives = []

    def run(self, scenario, drive=None):
        self.drives.append(drive)
        return super().run(scenario, drive)


@pytest.mark.parametrize("seed", ["secret", "geheim"])
def test_the_private_seed_stands_in_no_schedule(seed):
    made, bench = case(seed=seed)
    made.explored("orchestration")
    assert not [scenario for scenario in bench.ran if seed in scenario.line()]


def test_orders_differ_between_seeds_and_not_between_runs():
    lines = [[s.line() for s in _ran(seed)] for seed in ("one", "one", "two")]
    assert lines[0] == lines[1] != lines[2]


def _ran(seed):
    made, bench = case(seed=seed)
    made.healthy("orchestration")
    return bench.ran


def test_any_schedule_can_be_played_again():
    made, bench = case()
    scenario = healthy("orchestration", "x").with_faults(Fault("reply_lost", "mailer.send"))
    assert made.ran(scenario).scenario == bench.ran[-1] == scenario


def test_a_report_is_asked_for_only_where_an_order_may_stand_open():
    bench = DriveBench()
    Case(Evidence(defined=["start_workflow", "stuck_orders"]), bench, "s").explored("orchestration")
    assert report_if_needed in bench.drives and simply in bench.drives


def test_a_scenario_of_several_groups_is_run_once():
    made, bench = case()
    made.explored("orchestration")
    assert len(bench.ran) == len(set(bench.ran))
