"""Scenarios: plain data that replays exactly, and the run that they begin."""

import pytest

from sagalab.clock import VirtualClock, minutes
from sagalab.errors import DefinitionError
from sagalab.faults import Fault
from sagalab.scenario import FLOOD, Scenario, StartFailed, begin, declined, healthy, out_of_stock

LONG = Fault("unavailable", "warehouse.reserve", lasts=minutes(16))
SHORT = Fault("unavailable", "warehouse.reserve", lasts=minutes(15))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "no schedule line"),
        ("{", "no schedule line"),
        ("[]", "no schedule line"),
        ("{}", "no schedule line"),
        (healthy("orchestration", 1).line()[:-20], "no schedule line"),
        (healthy("orchestration", 1).line().replace("orchestration", "telepathy"), "telepathy"),
        (healthy("orchestration", 1).with_faults(SHORT).line().replace("unavailable", "sulking"), "sulking"),
    ],
)
def test_a_line_that_is_no_schedule_is_explained(line, words):
    with pytest.raises(DefinitionError, match=words):
        Scenario.from_line(line)


def test_only_long_faults_give_a_licence_to_stand_open():
    base = healthy("choreography", 1)
    (order_id,) = (order.order_id for order in base.orders)
    assert base.with_faults(SHORT).expectation.licensed == frozenset()
    assert base.with_faults(LONG).expectation.licensed == {order_id}
    assert base.with_faults(SHORT, SHORT).expectation.licensed == {order_id}


def test_a_scenario_says_itself_in_words():
    assert "card is declined" in declined("orchestration", 1).in_words()
    assert "out of stock" in out_of_stock("orchestration", 1).in_words()
    assert (
        "unavailable at warehouse.reserve, for 15 minutes" in healthy("orchestration", 1).with_faults(SHORT).in_words()
    )


def test_orders_are_started_in_their_turn_each_under_its_approach():
    run, started = begin(healthy("choreography", 1, 3), VirtualClock()), []
    run.start_orders(lambda entry, order_id: started.append((entry, order_id)))
    run.until()
    assert started == [("emit_order_created", order.order_id) for order in run.scenario.orders]
    times = [fact.at for fact in run.history.of("accepted")]
    assert times == sorted(times) and len(set(times)) == 3


def test_an_order_that_somebody_starts_twice_is_accepted_twice():
    run = begin(healthy("orchestration", 1).with_faults(Fault("started_twice", "order")), VirtualClock())
    run.start_orders(lambda entry, order_id: None)
    run.until()
    assert len(run.history.of("accepted")) == 2


def test_a_start_that_fails_is_on_record():
    def refuse(entry, order_id):
        raise StartFailed("no such bus")

    run = begin(healthy("orchestration", 1), VirtualClock())
    run.start_orders(refuse)
    run.until()
    assert run.history.of("accepted")[0].detail["error"] == "no such bus"


def test_a_design_that_never_settles_is_ended():
    run = begin(healthy("orchestration", 1), VirtualClock())

    def breed(entry, order_id):
        while True:
            run.history.record(run.clock.now, "sent", "q")
            run.clock.sleep(0.001)

    run.start_orders(breed)
    assert run.until() == "flood" and FLOOD < len(run.history) < FLOOD + 10


def test_the_horizon_ends_a_run_that_still_waits():
    run = begin(healthy("orchestration", 1), VirtualClock())
    run.start_orders(lambda entry, order_id: run.clock.sleep(1e6))
    assert run.until(100) == "horizon" and run.history.of("end")[0].what == "horizon"
