"""The picture of retries: when a policy tries, when a run tried, and what its words say of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagalab.clock import minutes
from sagalab.history import History
from sagalab.lab import Lab
from sagalab.pictures import Tries, retries, tries_in, tries_of

CAPPED = {"IntervalSeconds": 10, "BackoffRate": 2.0, "MaxDelaySeconds": 120, "MaxAttempts": 12}


def test_a_policy_without_numbers_tries_as_aws_does() -> None:
    assert tries_of({"ErrorEquals": ["States.ALL"]}) == (0.0, 1.0, 3.0, 7.0)


def test_the_cap_holds_the_waits_down() -> None:
    at = tries_of(CAPPED)
    assert len(at) == 13
    assert at[-1] == 10 + 20 + 40 + 80 + 8 * 120


@given(
    st.integers(1, 60), st.floats(1.0, 4.0), st.integers(0, 40), st.integers(1, 600),
)  # fmt: skip
def test_waits_never_shrink_and_never_pass_the_cap(interval: int, rate: float, count: int, cap: int) -> None:
    policy = {"IntervalSeconds": interval, "BackoffRate": rate, "MaxAttempts": count, "MaxDelaySeconds": cap}
    at = tries_of(policy)
    waits = [later - earlier for earlier, later in zip(at, at[1:], strict=False)]
    assert len(at) == count + 1
    assert all(wait <= cap + 1e-6 for wait in waits)
    assert all(later >= earlier - 1e-6 for earlier, later in zip(waits, waits[1:], strict=False))


def test_the_tries_of_a_run_are_those_of_one_order_and_one_call() -> None:
    history = History()
    for at, what, order in ((5.0, "mailer.send", "1"), (6.0, "mailer.send", "2"), (8.5, "mailer.send", "1")):
        history.record(at, "call", what, order_id=order)
    assert tries_in(history, "1", "mailer.send") == (0.0, 3.5)
    assert tries_in(history, "3", "mailer.send") == ()


@pytest.mark.parametrize(
    ("tries", "outage", "said"),
    [
        (Tries("short", tries_of({})), 300.0, "short: 4 tries in 7.00 s: gives up before."),
        (Tries("capped", tries_of(CAPPED)), 900.0, "capped: 13 tries in 18 min 30 s: outlasts it."),
        (Tries("calm", (0.0,)), 0.0, "calm: 1 try, the last after 0.00 s."),
        (Tries("order 7", (), ran=True), 60.0, "order 7: never tried."),
    ],
)
def test_the_words_say_what_the_picture_shows(tries: Tries, outage: float, said: str) -> None:
    picture = retries([tries], outage)
    assert said in picture.alt
    assert ("under an outage of" in picture.alt) == bool(outage)
    assert picture.png.startswith(b"\x89PNG")


def test_a_hundred_tries_are_a_bar_and_four_are_circles() -> None:
    crowd, few = Tries("each second", tuple(map(float, range(101)))), Tries("few", tries_of({}))
    assert "bar: too many to tell apart" in retries([crowd, few], 300.0).svg.replace("&#160;", " ")
    assert "bar: too many" not in retries([few], 300.0).svg


def test_the_same_tries_give_the_same_picture() -> None:
    rows = [Tries("a", tries_of({}))]
    assert retries(rows, 60).svg == retries(rows, 60).svg


def test_a_lab_shows_policies_and_its_own_run() -> None:
    alt = Lab().retries({"AWS's own": {}}, minutes(5), ran={"1": "mailer.send"}).alt
    assert "AWS's own: 4 tries" in alt
    assert "order 1: never tried." in alt
