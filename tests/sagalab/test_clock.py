"""The virtual clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagalab.clock import VirtualClock, Waiter
from sagalab.errors import SagalabError


def test_an_hour_of_waiting_takes_no_turns_but_one():
    clock = VirtualClock()
    clock.sleep(3600)
    assert clock.now == 3600


def test_tasks_wake_in_the_order_of_their_deadlines():
    clock, seen = VirtualClock(), []
    for delay in (30, 10, 20):
        clock.spawn(lambda delay=delay: (clock.sleep(delay), seen.append((delay, clock.now))))
    assert clock.run() == "quiet"
    assert seen == [(10, 10), (20, 20), (30, 30)]


def test_the_horizon_stops_time_and_a_later_run_goes_on():
    clock, seen = VirtualClock(), []
    clock.spawn(lambda: (clock.sleep(100), seen.append(clock.now)))
    assert clock.run(until=60) == "horizon"
    assert (clock.now, seen) == (60, [])
    assert clock.run() == "quiet"
    assert seen == [100]


def test_settling_runs_what_is_ready_without_moving_time():
    clock, seen = VirtualClock(), []
    clock.spawn(lambda: (seen.append("first"), clock.sleep(1), seen.append("second")))
    clock.settle()
    assert (clock.now, seen) == (0, ["first"])


def test_a_woken_waiter_is_told_apart_from_one_whose_time_ran_out():
    clock, queue, outcomes = VirtualClock(), [], []
    clock.spawn(lambda: outcomes.append(clock.wait(queue, timeout=50)))
    clock.spawn(lambda: outcomes.append(clock.wait([], timeout=20)))
    clock.at(10, lambda: clock.wake(queue[0]))
    clock.run()
    assert outcomes == [True, False]


def test_a_main_program_that_waits_for_ever_is_told_that_nothing_will_come():
    clock = VirtualClock()
    assert clock.wait([]) is False


def test_an_error_in_a_task_is_kept_and_the_others_go_on():
    clock, seen = VirtualClock(), []
    clock.spawn(lambda: 1 / 0, name="broken")
    clock.spawn(lambda: seen.append("well"))
    clock.run()
    assert seen == ["well"]
    assert [(name, type(error)) for name, error in clock.failures] == [("broken", ZeroDivisionError)]


def test_driving_time_from_inside_a_task_is_refused_in_words():
    clock = VirtualClock()
    clock.spawn(lambda: clock.run())
    clock.run()
    assert isinstance(clock.failures[0][1], SagalabError)


@given(seed=st.integers(), delays=st.lists(st.sampled_from([0, 1, 2, 3]), min_size=1, max_size=12))
def test_the_same_seed_gives_the_same_order_and_time_never_goes_back(seed, delays):
    def order():
        clock, seen = VirtualClock(seed), []
        for number, delay in enumerate(delays):
            clock.spawn(lambda n=number, d=delay: (clock.sleep(d), seen.append((n, clock.now))))
        clock.run()
        return seen

    first = order()
    assert first == order()
    assert [when for _, when in first] == sorted(when for _, when in first)


def test_some_seed_lets_the_second_of_two_equal_tasks_go_first():
    def first_of(seed):
        clock, seen = VirtualClock(seed), []
        for name in "ab":
            clock.spawn(lambda name=name: seen.append(name))
        clock.run()
        return seen[0]

    assert {first_of(seed) for seed in range(20)} == {"a", "b"}


def test_waking_twice_wakes_once():
    clock = VirtualClock()
    waiter = Waiter(None)
    clock.wake(waiter)
    clock.wake(waiter)
    assert clock.run() == "quiet"


def test_another_thread_cannot_drive_time():
    import threading

    clock, errors = VirtualClock(), []

    def drive():
        with pytest.raises(SagalabError) as caught:
            clock.run()
        errors.append(caught.value)

    thread = threading.Thread(target=drive)
    thread.start()
    thread.join()
    assert "another thread" in str(errors[0])


def test_what_time_alone_brings_happens_on_the_way_and_is_asked_for_before_time_passes():
    clock, asked, seen = VirtualClock(), [], []

    def foresight(limit):
        asked.append(limit)
        if seen or 10.0 in [when for when, *_ in clock._deadlines] or (limit is not None and limit < 10):
            return False
        clock.at(10.0, lambda: seen.append(clock.now))
        return True

    clock.foresight = foresight
    clock.at(5, lambda: None)
    clock.at(30, lambda: None)
    clock.advance(20)
    assert seen == [10.0] and clock.now == 20
    assert asked[0] == 5 and clock.run() == "quiet" and asked[-1] is None


def test_a_foresight_that_sees_nothing_changes_nothing():
    clock = VirtualClock()
    clock.foresight = lambda limit: False
    assert clock.run(until=50) == "quiet" and clock.now == 0
    clock.advance(50)
    assert clock.now == 50
