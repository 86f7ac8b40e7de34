"""Scenarios: plain data that replays exactly, and the run that they begin."""

from functools import partial

import pytest

from sagalab.clock import VirtualClock, minutes
from sagalab.errors import DefinitionError
from sagalab.faults import REPLAY, Fault
from sagalab.invariants import violations
from sagalab.participants import OutOfStock
from sagalab.scenario import (
    FLOOD,
    Scenario,
    StartFailed,
    begin,
    declined,
    declined_once,
    healthy,
    out_of_stock,
    restocked_later,
    side_by_side,
    the_last_one,
)  # fmt: skip

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


def test_poison_gives_a_licence_to_the_order_that_it_is_aimed_at_and_to_no_other():
    base = side_by_side("choreography", 1)
    first, second = (order.order_id for order in base.orders)
    expected = base.with_faults(Fault("poison", "q", order=first)).expectation
    assert (expected.licensed, expected.untouched) == ({first}, {second})
    anywhere = base.with_faults(Fault("poison", "q")).expectation
    assert (anywhere.licensed, anywhere.untouched) == ({first, second}, frozenset())


def test_of_several_orders_for_the_last_article_any_may_be_refused():
    last, enough = the_last_one("choreography", 1), healthy("choreography", 1, 3)
    assert last.expectation.refused == {order.order_id for order in last.orders}
    assert enough.expectation.refused == frozenset()


@pytest.mark.parametrize("first", ["", "declined", "out of stock"])
@pytest.mark.parametrize("seed", range(20))
def test_of_two_orders_side_by_side_only_the_first_is_ever_refused(first, seed):
    scenario = side_by_side("choreography", seed, first)
    assert scenario.expectation.refused == ({scenario.orders[0].order_id} if first else set())


def test_a_refusal_that_would_not_last_is_data_of_the_scenario():
    once, later = declined_once("orchestration", 1), restocked_later("orchestration", 1)
    assert once.orders[0].declined == 1 and once.expectation.refused
    assert later.restock_after and later.expectation.refused
    assert "declined once" in once.in_words() and "back soon after" in later.in_words()
    assert all(Scenario.from_line(one.line()) == one for one in (once, later, later.with_faults(SHORT)))


def test_a_shelf_that_was_found_empty_is_filled_once():
    run = begin(restocked_later("orchestration", 1), VirtualClock())
    (order,) = run.scenario.orders
    items = [{"sku": item.sku, "quantity": item.quantity} for item in order.items]
    reserve = partial(run.market.call, "warehouse.reserve", {"order_id": order.order_id, "items": items, "key": "k"})
    for attempt in range(2):
        with pytest.raises(OutOfStock):
            reserve()  # the second time the refusal is remembered under its key
        run.clock.run()
        assert len(run.history.of("effect", what="restocked")) == 1, attempt
    run.market.call("warehouse.reserve", {"order_id": order.order_id, "items": items, "key": "another"})
    assert [fact.what for fact in run.history.of("effect")] == ["restocked", "reserved"]
    assert violations(run.history, run.scenario.expectation, ["Stock"])[0].message.endswith("keeps its stock")


def test_an_order_is_started_again_much_later_where_its_start_is_replayed():
    run = begin(healthy("orchestration", 1).with_faults(Fault("replayed", "order")), VirtualClock())
    run.start_orders(lambda entry, order_id: None)
    run.until()
    first, second = run.history.of("accepted")
    assert second.at - first.at == pytest.approx(REPLAY) and run.history.of("fault")[0].what == "replayed"


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


@pytest.mark.parametrize(
    ("line", "words"), [("{}", "it has no 'approach'"), ("garbage", "it is no JSON from character 0")]
)
def test_what_is_no_schedule_line_is_said_in_words(line, words):
    with pytest.raises(DefinitionError, match=words):
        Scenario.from_line(line)
