"""Latency under load: what of a run becomes a point of the knee."""

from __future__ import annotations

import pytest

from sagalab.errors import LearnerError
from sagalab.history import History
from sagalab.judging.load import ORDERS, latencies
from sagalab.judging.trials import Drive
from sagalab.scenario import Scenario


def taking(seconds: float, lost: int = 0) -> object:
    """Gives a runner whose orders, one each two seconds, take so long; the last `lost` of them never end."""

    def runner(scenario: Scenario, _: Drive) -> History:
        history = History()
        for number, order in enumerate(scenario.orders):
            history.record(100 + 2 * number, "accepted", "orchestration", order_id=order.order_id)
            if number < ORDERS - lost:
                history.record(100 + 2 * number + seconds, "effect", "told", order_id=order.order_id)
        return history

    return runner


def test_a_point_is_the_rate_and_the_median_from_an_orders_own_start() -> None:
    (point,) = latencies("orchestration", [0.5], taking(7.0), "s")  # type: ignore[arg-type]
    assert point == (0.5, pytest.approx(7.0))


def test_an_order_that_never_ends_gives_no_point() -> None:
    with pytest.raises(LearnerError, match="did not finish"):
        latencies("orchestration", [0.5], taking(7.0, lost=1), "s")  # type: ignore[arg-type]
