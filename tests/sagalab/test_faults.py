"""The fault catalogue and the plan of one run."""

from __future__ import annotations

import pytest

from sagalab.clock import VirtualClock
from sagalab.errors import DefinitionError
from sagalab.faults import CATALOGUE, GROUPS, Fault, FaultPlan
from sagalab.participants.market import Caller


def plan(*faults: Fault) -> FaultPlan:
    return FaultPlan(faults, VirtualClock(), "seed")


def struck(made: FaultPlan, calls: int, what: str = "warehouse.reserve", order: str = "7") -> list[bool]:
    return [made.on_call(what, order, Caller()) is not None for _ in range(calls)]


def test_every_kind_has_a_group_a_place_and_a_story() -> None:
    for kind in CATALOGUE.values():
        assert kind.group in GROUPS and len(kind.story) > 40


def test_a_fault_strikes_the_call_that_it_names_and_only_as_often_as_it_says() -> None:
    assert struck(plan(Fault("unavailable", "warehouse.reserve", call=2, calls=2)), 5) == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_a_fault_that_lasts_ends_with_its_time() -> None:
    made = plan(Fault("unavailable", "warehouse.reserve", lasts=60))
    assert struck(made, 1) == [True]
    made.clock.now = 59.0
    assert struck(made, 1) == [True]
    made.clock.now = 60.0
    assert struck(made, 1) == [False]


def test_a_whole_participant_can_be_the_target_and_an_order_can_be_aimed_at() -> None:
    assert struck(plan(Fault("unavailable", "warehouse")), 1) == [True]
    aimed = plan(Fault("unavailable", "warehouse", order="8"))
    assert struck(aimed, 1, order="7") == [False] and struck(aimed, 1, order="8") == [True]


def test_one_plan_serves_messages_functions_starts_and_the_api() -> None:
    made = plan(
        Fault("duplicated", "q"), Fault("crash_after", "f"), Fault("started_twice", "order"),
        Fault("publish_failed", "events:PutEvents"), Fault("throttled", "sqs:SendMessage"),
    )  # fmt: skip
    assert made.on_sent("q", "m", "7") is not None and made.on_sent("q", "m2", "7") is None
    assert made.before_invocation("f") == "crash_after" and made.before_invocation("f") is None
    assert made.starts("7") == 2 and made.starts("8") == 1
    assert made.failed_entries(2) == {0} and made.failed_entries(2) == set()
    assert made.refused("sqs:SendMessage") and not made.refused("sqs:SendMessage")


def test_an_unknown_kind_and_an_endless_fault_are_refused_in_words() -> None:
    with pytest.raises(DefinitionError, match="no fault 'unavailble'"):
        Fault("unavailble", "warehouse")
    with pytest.raises(DefinitionError, match="at most a day"):
        Fault("unavailable", "warehouse", lasts=-5)


def test_a_fault_survives_the_way_through_json() -> None:
    fault = Fault("unavailable", "warehouse.reserve", call=2, lasts=600.0)
    assert Fault(**fault.to_json()) == fault
