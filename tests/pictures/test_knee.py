"""Latency under load as a picture: a curve for each approach, and the point where it bends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sagalab.pictures import knee
from sagalab.pictures.knee import bend

BENT = [(0.5, 4.0), (1, 4.1), (2, 4.3), (4, 5.0), (6, 9.0), (8, 16.0)]
FLAT = [(0.5, 6.0), (1, 6.0), (4, 6.4), (8, 8.0)]


def test_the_words_tell_the_ends_of_each_curve_and_where_orders_begin_to_wait() -> None:
    alt = knee({"orchestration": BENT, "choreography": FLAT}).alt
    assert "orchestration: 4 s at 0.5 orders per second, 16 s at 8. Beyond 4 per second orders wait" in alt
    assert alt.endswith("choreography: 6 s at 0.5 orders per second, 8 s at 8.")


@given(st.dictionaries(st.floats(0.1, 100), st.floats(0.1, 1000), min_size=1, max_size=12))
def test_up_to_the_knee_no_order_takes_twice_as_long_as_the_fastest(points: dict[float, float]) -> None:
    curve = sorted(points.items())
    found, lowest = bend(curve), min(seconds for _, seconds in curve)
    if found is not None:
        assert curve[curve.index(found) + 1][1] >= 2 * lowest
    elif len(curve) > 1:
        assert all(seconds < 2 * lowest for _, seconds in curve[1:])


def test_curves_come_in_any_order_and_give_the_same_picture() -> None:
    one, two = knee({"orchestration": BENT}), knee({"orchestration": BENT[::-1]})
    assert one.svg == two.svg and one.png == two.png


def test_one_point_and_no_point_are_drawn_too() -> None:
    assert "nothing happened" in knee({"orchestration": []}).alt
    assert "4 s at 1 orders" in knee({"choreography": [(1, 4.0)]}).alt


def test_names_of_curves_that_end_close_together_do_not_lie_on_one_another() -> None:
    svg = knee({"orchestration": BENT, "choreography": [(rate, seconds + 0.1) for rate, seconds in BENT]}).svg
    assert svg.count("<!-- orchestration -->") == svg.count("<!-- choreography -->") == 1
