"""Latency at several rates of arriving orders, in a small account: the points of a knee."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from sagalab.aws.current import cloud
from sagalab.aws.quotas import SMALL, Quotas
from sagalab.errors import LearnerError
from sagalab.history import History
from sagalab.judging.trials import Drive, Runner
from sagalab.scenario import Approach, Run, Start, healthy

ORDERS = 12  # of each run: enough that those who come late have others before them


def latencies(approach: Approach, rates: Sequence[float], runner: Runner, seed: str) -> list[tuple[float, float]]:
    """Gives for each rate, in orders per virtual second, the median seconds from an order's start to its last effect.

    Raises LearnerError for a rate at which orders do not finish.
    """
    base = healthy(approach, f"{seed}:load", ORDERS)
    return [(rate, _latency(runner(base, _arriving(rate)), rate)) for rate in rates]


def _arriving(rate: float) -> Drive:
    def drive(run: Run, start: Start) -> None:
        cloud().quotas = Quotas(run.clock, SMALL)
        for number, order in enumerate(run.scenario.orders):
            run.start_order(order.order_id, start, number / rate)
        run.until()

    return drive


def _latency(history: History, rate: float) -> float:
    begin, ends = history[0].at, dict[str, float]()
    for fact in history.of("effect"):
        ends[fact.order_id or ""] = fact.at
    started = [fact.order_id or "" for fact in history.of("accepted")]
    told = {fact.order_id for fact in history.of("effect", what="told")}
    late = [order_id for order_id in started if order_id not in told]
    if late or not started:
        raise LearnerError(
            f"order {late[0] if late else ''} of {ORDERS} did not finish",
            where=f"lab.under_load, {rate:g} orders per second",
            slip="the design does not bring healthy orders to their end yet",
        )
    return median(ends[order_id] - begin - number / rate for number, order_id in enumerate(sorted(started, key=int)))
