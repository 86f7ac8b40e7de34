"""Which schedules a design is struck with."""

import random
from collections import Counter

from sagalab.clock import minutes
from sagalab.explore import (
    ASKS_AGAIN,
    IN_ONE_ORDER,
    PAIRS,
    by_group,
    coverage,
    delivery_orders,
    faults_of,
    pairs,
    singles,
)
from sagalab.faults import CATALOGUE, GROUPS, LONG, Fault
from sagalab.history import History
from sagalab.scenario import declined, declined_once, healthy, restocked_later, side_by_side, the_last_one


def choreographed():
    """Gives the history of a small run: two calls of a charge, one service fed by a queue, one call of the bus."""
    history = History()
    sent = history.record(0, "sent", "payment-queue")
    invocation = history.record(1, "invocation", "payment-service", cause=sent)
    for _ in range(2):
        history.record(2, "call", "payment_gateway.charge", cause=invocation, detail={"function": "payment-service"})
    history.record(2, "call", "order_book.get", cause=invocation, detail={"function": "payment-service"})
    history.record(3, "api", "events:PutEvents", cause=invocation, detail={"function": "payment-service"})
    history.record(3, "invocation", "refund")
    return history


def side(scenario):
    """Gives a base of two orders, each with a message in the same queue."""
    history = History()
    for order in scenario.orders:
        history.record(0, "sent", "payment-queue", order_id=order.order_id)
    return scenario, history


BASE = (healthy("choreography", "s"), choreographed())
TWO = side(side_by_side("choreography", "s"))


def faults(schedules):
    return [schedule.scenario.faults[0] for schedule in schedules]


def test_every_kind_of_fault_strikes_at_every_point_where_it_can():
    struck = faults(singles([BASE, TWO]))
    assert {fault.kind for fault in struck} == set(CATALOGUE)
    assert {fault.call for fault in struck if fault.kind == "reply_lost"} == {1, 2}
    assert Fault("consumer_down", "payment-service", lasts=minutes(15)) in struck
    assert not [fault for fault in struck if fault.kind == "consumer_down" and fault.target == "refund"]
    assert not [fault for fault in struck if fault.target.startswith("order_book")]


def test_a_refused_run_is_struck_as_well():
    refused = declined("choreography", "s")
    schedules = singles([BASE, (refused, choreographed())])
    assert {schedule.scenario.orders for schedule in schedules} == {BASE[0].orders, refused.orders}


def test_no_schedule_lasts_longer_than_a_design_has_to_heal():
    for schedule in singles([BASE]) + pairs([BASE], "s"):
        assert sum(fault.duration for fault in schedule.scenario.faults) <= LONG


def test_poison_strikes_the_first_of_two_orders_and_messages_overtake_where_there_are_two():
    first = TWO[0].orders[0].order_id
    assert faults_of(TWO) == [Fault("poison", "payment-queue", order=first), Fault("reordered", "payment-queue")]
    refused = side(side_by_side("choreography", "s", "declined"))
    assert [fault.kind for fault in faults_of(refused)] == ["poison"]


def test_a_refusal_that_would_not_last_is_struck_with_what_asks_again():
    for make in (declined_once, restocked_later):
        kinds = {fault.kind for fault in faults_of((make("choreography", "s"), choreographed()))}
        assert kinds and kinds <= ASKS_AGAIN


def test_without_a_bus_it_is_the_start_that_is_replayed():
    history = History()
    assert Fault("replayed", "order") in faults_of((healthy("orchestration", "s"), history))
    for _ in range(2):
        history.record(0, "published", "default")
    struck = [fault for fault in faults_of((healthy("choreography", "s"), history)) if fault.kind == "replayed"]
    once = [Fault("replayed", "default", call=number) for number in (1, 2)]
    assert struck == [*once, Fault("replayed", "default", calls=2)]


def test_a_compensation_is_struck_alone():
    history = choreographed()
    history.record(9, "call", "payment_gateway.refund", detail={"function": "payment-service"})
    struck = [fault for fault in faults_of((declined("choreography", "s"), history)) if "refund" in fault.target]
    assert {fault.kind for fault in struck if "." in fault.target} == {"unavailable", "reply_lost", "slow", "timed_out"}
    assert Fault("unavailable", "payment_gateway.refund", lasts=LONG) in struck


def test_no_kind_of_pair_depends_on_the_seed():
    def kinds(seed):
        return [[(f.kind, f.target, f.calls, f.lasts) for f in s.scenario.faults] for s in pairs([BASE], seed)]

    assert kinds("one") == kinds("two") == kinds("three")
    seeds = [{s.scenario.seed for s in pairs([BASE], seed)} for seed in ("one", "two")]
    assert not seeds[0] & seeds[1]


def test_a_few_pairs_share_a_delivery_order_and_every_base_has_its_own():
    orders = Counter((s.scenario.orders, s.scenario.seed) for s in pairs([BASE], "s"))
    assert set(orders.values()) == {IN_ONE_ORDER} and len(orders) * IN_ONE_ORDER == PAIRS


def test_pairs_meet_each_combination_of_kinds_before_any_again():
    met = [tuple(sorted(f.kind for f in s.scenario.faults)) for s in pairs([BASE], "s", 60)]
    assert len(set(met)) > 40


def test_a_second_fault_may_strike_the_second_try_of_the_same_step():
    second = [s for s in pairs([BASE], "s", 500) if [f.call for f in s.scenario.faults] == [1, 2]]
    assert any(len({f.target for f in s.scenario.faults}) == 1 for s in second)


def test_delivery_orders_differ_in_their_seed_and_have_several_orders():
    makers = [lambda seed: healthy("choreography", seed, 3), lambda seed: the_last_one("choreography", seed)]
    found = delivery_orders(makers, "s", 4)
    assert len({one.scenario.seed for one in found}) == 4 and all(len(one.scenario.orders) == 3 for one in found)
    assert [len(one.scenario.expectation.refused) for one in found] == [0, 3, 0, 3]


def test_coverage_counts_points_and_schedules():
    run = [schedule.scenario for schedule in singles([BASE])]
    whole, half = coverage([BASE], [], run), coverage([BASE], [], run[: len(run) // 2])
    assert whole.points_struck == whole.points_known > half.points_struck
    assert whole.schedules_run == len(run) < whole.schedules_possible
    assert "schedules of one or two faults" in whole.in_words()


def test_pairs_are_drawn_from_the_seed_alone():
    random.seed(1)
    first = pairs([BASE], "s")
    random.seed(2)
    again = pairs([BASE], "s")
    assert first == again and pairs([BASE], "t") != first
    assert len(first) == PAIRS and all(len(set(s.scenario.faults)) == 2 for s in first)


def test_two_faults_of_one_step_never_ask_for_more_than_three_failing_calls():
    for schedule in pairs([BASE], "s", 200):
        one, two = schedule.scenario.faults
        if one.target == two.target == "payment_gateway.charge" and {one.kind, two.kind} == {"unavailable"}:
            assert one.calls + two.calls <= 3 and not one.duration and not two.duration


def test_without_a_run_there_is_nothing_to_strike():
    assert pairs([], "s") == [] and singles([]) == []


def test_schedules_are_sorted_into_the_catalogue_s_groups():
    groups = by_group(singles([BASE]) + pairs([BASE], "s"))
    assert tuple(groups) == GROUPS and all(groups.values())
