"""Which schedules a design is struck with."""

import random

from sagalab.clock import minutes
from sagalab.explore import PAIRS, by_group, pairs, points, singles
from sagalab.faults import CATALOGUE, GROUPS, LONG, Fault
from sagalab.history import History
from sagalab.scenario import declined, healthy


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


BASE = (healthy("choreography", "s"), choreographed())


def faults(schedules):
    return [schedule.scenario.faults[0] for schedule in schedules]


def test_the_points_of_a_run_are_counted():
    found = points(choreographed())
    assert found.calls == {"payment_gateway.charge": 2}
    assert found.functions == {"payment-service": 1, "refund": 1}
    assert (found.queues, found.apis) == ({"payment-queue": 1}, {"events:PutEvents": 1})
    assert found.consumers == {"payment-service"}


def test_every_kind_of_fault_strikes_at_every_point_where_it_can():
    struck = faults(singles([BASE]))
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
