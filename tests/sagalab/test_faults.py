"""The fault catalogue, and the plan that one run is struck by."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagalab.clock import VirtualClock
from sagalab.errors import DefinitionError
from sagalab.faults import CATALOGUE, GROUPS, HELD, PLACES, REPLAY, Fault, FaultPlan
from sagalab.participants.arguments import TAKES
from sagalab.participants.market import Caller

CHARGE = "payment_gateway.charge"


def plan(*faults, seed=0):
    return FaultPlan(faults, VirtualClock(), seed)


def struck(faults, calls, what=CHARGE, order="7"):
    return [faults.on_call(what, order, Caller()) is not None for _ in range(calls)]


@pytest.mark.parametrize("kind", CATALOGUE)
def test_every_kind_says_what_a_good_design_does_and_has_a_group(kind):
    row = CATALOGUE[kind]
    assert row.name == kind and row.group in GROUPS and row.strikes in PLACES
    assert "good design" in row.story and row.story.endswith(".") and len(row.story) > 80


def test_the_catalogue_is_whole():
    by_group = {group: {kind for kind, row in CATALOGUE.items() if row.group == group} for group in GROUPS}
    assert by_group == {
        "definite outage": {"unavailable", "consumer_down"},
        "indefinite": {"slow", "timed_out", "reply_lost"},
        "crash": {"crash_before", "crash_after", "cold_start"},
        "delivery": {"duplicated", "delayed", "reordered", "replayed", "started_twice"},
        "refusal of the cloud": {"publish_failed", "throttled", "poison"},
        "pairs": set(),
    }
    assert not [kind for kind in by_group["indefinite"] if CATALOGUE[kind].definite]


def test_a_fault_strikes_from_one_call_on_so_many_times():
    assert struck(plan(Fault("unavailable", CHARGE)), 3) == [True, False, False]
    assert struck(plan(Fault("unavailable", CHARGE, call=2, calls=2)), 5) == [False, True, True, False, False]


def test_a_fault_with_a_period_starts_with_the_first_call_that_it_strikes():
    faults = plan(Fault("unavailable", CHARGE, lasts=60))
    faults.clock.advance(500)
    assert struck(faults, 1) == [True]
    faults.clock.advance(559)
    assert struck(faults, 1) == [True]
    faults.clock.advance(561)
    assert struck(faults, 1) == [False]


def test_a_fault_aimed_at_one_order_lets_the_others_pass_uncounted():
    faults = plan(Fault("unavailable", CHARGE, call=2, order="7"))
    assert struck(faults, 5, order="8") == [False] * 5
    assert struck(faults, 2, order="7") == [False, True]


def test_a_target_may_be_a_whole_participant_and_never_a_name_that_only_begins_alike():
    assert struck(plan(Fault("unavailable", "payment_gateway")), 1) == [True]
    faults = plan(Fault("crash_before", "pay"))
    assert faults.before_invocation("payment") is None


@pytest.mark.parametrize("target", ["warehose.reserve", "payment.charge", "payment_gateway.chrge", "nowhere"])
def test_a_participant_s_call_that_does_not_exist_is_refused_with_the_likely_slip(target):
    with pytest.raises(DefinitionError, match="Likely slip"):
        Fault("unavailable", target)


def at_a_participant(kind):
    return CATALOGUE[kind].strikes == "participant"


def test_each_point_has_its_own_faults():
    every = plan(*(Fault(kind, CHARGE if at_a_participant(kind) else "x", calls=9) for kind in CATALOGUE))
    assert every.on_call(CHARGE, None, Caller()) is not None
    assert every.before_invocation("x") in ("crash_before", "crash_after", "cold_start")
    assert every.consumer_down("x") and every.on_message("x", None) is not None and every.refused("x")
    assert every.on_published("x", None) == REPLAY
    assert (
        not every.throttled("x")
        and every.failed_entries("events:PutEvents", 1) == set()
        and every.starts_again("7") == {}
    )
    assert plan(Fault("throttled", "lambda:x")).throttled("x")
    assert plan(Fault("publish_failed", "events:PutEvents")).failed_entries("events:PutEvents", 2) == {0}
    assert plan(Fault("publish_failed", "sns:PublishBatch")).failed_entries("sqs:SendMessageBatch", 2) == set()
    assert plan(Fault("started_twice", "order")).starts_again("7") == {"started_twice": 1.0}
    assert plan(Fault("replayed", "order")).starts_again("7") == {"replayed": REPLAY}


def test_what_happens_to_a_message_depends_on_the_kind():
    detours = {kind: plan(Fault(kind, "q")).on_message("q", None) for kind in ("duplicated", "reordered", "poison")}
    assert {kind: detour.kind for kind, detour in detours.items()} == {kind: kind for kind in detours}
    assert 0 < detours["duplicated"].after <= 20
    assert all(HELD[0] <= detours[kind].after <= HELD[1] for kind in ("reordered", "poison"))
    assert plan(Fault("delayed", "q", lasts=77.0)).on_message("q", None).after == 77.0


def test_a_delay_strikes_one_message_and_not_all_that_come_meanwhile():
    faults = plan(Fault("delayed", "q", call=2, lasts=600.0))
    assert [faults.on_message("q", None) is not None for _ in range(4)] == [False, True, False, False]


def test_a_function_is_killed_before_the_effect_of_its_call_lands():
    faults = plan(Fault("timed_out", CHARGE, calls=2))
    faults.entered(0, deadline=20.0)
    known, unknown = (faults.on_call(CHARGE, "7", Caller("pay", invocation)).delay for invocation in (0, 5))
    assert known > 20 and unknown > 10


def test_every_fault_counts_each_call_also_one_that_another_fault_struck():
    faults = plan(Fault("unavailable", CHARGE), Fault("reply_lost", CHARGE, call=2))
    kinds = [strike and strike.kind for strike in (faults.on_call(CHARGE, "7", Caller()) for _ in range(3))]
    assert kinds == ["unavailable", "reply_lost", None]


def test_the_seed_decides_how_late_a_slow_answer_is():
    delays = [plan(Fault("slow", CHARGE), seed=seed).on_call(CHARGE, "7", Caller()).delay for seed in (1, 1, 2)]
    assert delays[0] == delays[1] != delays[2] and all(3 <= delay <= 120 for delay in delays)


KINDS_AND_TARGETS = st.sampled_from(sorted(CATALOGUE)).flatmap(
    lambda kind: st.tuples(
        st.just(kind), st.sampled_from(sorted(TAKES)) if at_a_participant(kind) else st.text(max_size=9)
    )
)


@given(
    st.builds(
        lambda named, **more: Fault(*named, **more), KINDS_AND_TARGETS, call=st.integers(1, 9), calls=st.integers(1, 9),
        lasts=st.none() | st.floats(1, 86400), order=st.none() | st.text(max_size=5),
    )
)  # fmt: skip
def test_a_fault_is_plain_data_that_comes_back(fault):
    assert Fault(**fault.to_json()) == fault and fault.kind.replace("_", " ") in fault.in_words()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "unavailabel"}, "there is no fault 'unavailabel'"),
        ({"kind": ["unavailable"]}, "there is no fault"),
        ({"lasts": 0}, "at most a day"),
        ({"lasts": 90_000}, "at most a day"),
        ({"lasts": math.nan}, "at most a day"),
        ({"lasts": "long"}, "at most a day"),
        ({"call": 0}, "call"),
        ({"call": "2"}, "call"),
        ({"calls": -1}, "calls"),
        ({"calls": True}, "calls"),
        ({"target": ["a"]}, "target"),
        ({"order": 7}, "order"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_in_words(fields, words):
    with pytest.raises(DefinitionError, match=words):
        Fault(**{"kind": "unavailable", "target": CHARGE, **fields})


def test_a_misspelt_kind_lists_the_kinds():
    with pytest.raises(DefinitionError) as caught:
        Fault("outage", CHARGE)
    assert "Likely slip: the kinds are cold_start" in str(caught.value)


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "1 second"), (30, "30 seconds"), (60, "1 minute"), (150, "2.5 minutes")]
)
def test_how_long_a_fault_lasts_is_said_in_a_unit_of_its_size(seconds, words):
    assert f", for {words}" in Fault("unavailable", "mailer.send", lasts=float(seconds)).in_words() + ","
