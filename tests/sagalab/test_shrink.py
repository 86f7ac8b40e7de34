"""A failing schedule is made small: without chance, and within a bounded number of runs."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sagalab.faults import Fault
from sagalab.scenario import Scenario, healthy
from sagalab.shrink import MOST_RUNS, shrunk

BASE = healthy("choreography", "s", 3)
LOST = Fault("reply_lost", "mailer.send")
LONG = Fault("unavailable", "warehouse.reserve", lasts=900.0)
MANY = Fault("unavailable", "payment_gateway.charge", calls=3)


def fails_with(wanted):
    """Gives a judge that fails whatever holds what is wanted, and the scenarios that it was shown."""
    shown = []

    def fails(scenario):
        shown.append(scenario)
        return "broken" if wanted(scenario) else None

    return fails, shown


def smallest(scenario, wanted):
    fails, _ = fails_with(wanted)
    found = shrunk(scenario, fails)
    return scenario if found is None else found[0]


def test_faults_that_do_not_matter_are_left_out_and_so_are_orders():
    found = smallest(BASE.with_faults(LONG, LOST), lambda one: LOST in one.faults)
    assert found.faults == (LOST,) and len(found.orders) == 1


def test_an_order_that_a_fault_is_aimed_at_stays():
    aimed = replace(LOST, order=BASE.orders[2].order_id)
    assert smallest(BASE.with_faults(aimed), lambda one: aimed in one.faults).orders == BASE.orders[2:]


def test_a_row_of_calls_becomes_one_call_where_that_is_enough():
    assert smallest(BASE.with_faults(MANY), lambda one: bool(one.faults)).faults == (replace(MANY, calls=1),)
    assert smallest(BASE.with_faults(MANY), lambda one: any(f.calls > 1 for f in one.faults)).faults[0].calls == 2


def test_an_outage_becomes_as_short_as_it_may_be():
    def long_enough(scenario):
        return any((fault.lasts or 0) >= 200 for fault in scenario.faults)

    assert smallest(BASE.with_faults(LONG), long_enough).faults[0].lasts in (225.0, 300.0)


def test_a_schedule_that_is_smallest_already_stays_as_it_is():
    fails, shown = fails_with(lambda one: False)
    assert shrunk(healthy("choreography", 1).with_faults(LOST), fails) is None and len(shown) == 1


def test_a_run_that_fails_without_any_fault_is_shown_without_one():
    assert smallest(BASE.with_faults(LOST, MANY), lambda one: True).faults == ()


def test_the_one_that_comes_back_fails_and_its_judgement_comes_with_it():
    fails, _ = fails_with(lambda one: LOST in one.faults)
    found, told = shrunk(BASE.with_faults(LOST, MANY), fails)
    assert told == "broken" and fails(found) == "broken"


FAULTS = st.lists(st.sampled_from([LOST, LONG, MANY, Fault("duplicated", "q", call=2)]), min_size=1, max_size=4)


@given(FAULTS, st.integers(0, 2**16))
def test_shrinking_never_runs_without_an_end_and_is_the_same_each_time(faults, salt):
    def wanted(scenario: Scenario) -> bool:
        return (hash((len(scenario.faults), len(scenario.orders))) ^ salt) % 3 != 0

    scenario = BASE.with_faults(*faults)
    (first, shown), (again, _) = fails_with(wanted), fails_with(wanted)
    assert shrunk(scenario, first) == shrunk(scenario, again) and len(shown) <= MOST_RUNS
