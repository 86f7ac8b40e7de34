"""The runs that measurements are taken from, and the two that need more than a healthy order: load and outage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sagalab.errors import NotSupportedHere
from sagalab.history import History


def _no_runs() -> NotSupportedHere:
    return NotSupportedHere(
        "a healthy order alone cannot show it: it takes a run under load, or one with an outage",
        do="give `starts` to lab.measurements(…)",
    )


def _no_load() -> tuple[History, History]:
    raise _no_runs()


def _no_outage() -> Mapping[str, History]:
    raise _no_runs()


@dataclass(frozen=True)
class Trial:
    """One approach's runs: a healthy one, few and many orders at once, and the outage of each step's function.

    Load and outages are run when a measurement first asks for them; they raise NotSupportedHere where they cannot be.
    """

    healthy: History
    load: Callable[[], tuple[History, History]] = _no_load
    outages: Callable[[], Mapping[str, History]] = _no_outage


def orders_per_second_at_the_knee(few: History, many: History) -> float:
    """Gives the rate of orders beyond which they queue, so that latency climbs without an end.

    Some orders are started at once, then more of them, in an account with a small share of AWS's quotas
    (`sagalab.aws.quotas`). The rate is how many more orders were finished, divided by how much longer that took: what
    both runs have in common, the first burst and the last order's own time, cancels out. An account of AWS's size has
    4,000 times the rate.
    """
    (first, short), (second, long) = _finished(few), _finished(many)
    if long <= short:
        raise NotSupportedHere("more orders took no longer, so that no knee can be seen")
    return (second - first) / (long - short)


def _finished(history: History) -> tuple[int, float]:
    """Gives how many orders were finished, and the seconds from the first start to the last end."""
    started = _accepted(history)
    late = sorted(started - _done(history))
    if late or not started:
        raise NotSupportedHere(f"under load {len(late)} of {len(started)} orders did not finish")
    # A state after the last effect takes its turn at the engine, too.
    ends = [fact.until for fact in history.of("execution") if fact.until is not None]
    return len(started), max([*(fact.at for fact in history.of("effect")), *ends]) - history[0].at


def orders_hurt_by_one_outage(outages: Mapping[str, History]) -> float:
    """Counts the orders that are not finished an hour after an outage, for the worst component to lose.

    Each function that reaches payment, warehouse or mailer is lost in a run of its own: for half an hour nothing can
    invoke it, while an order arrives every five minutes. Finished means confirmed or cancelled, and told.
    """
    if not outages:
        raise NotSupportedHere("no function reaches payment, warehouse or mailer in a healthy run")
    return float(max(len(_accepted(history) - _done(history)) for history in outages.values()))


def _accepted(history: History) -> set[str]:
    return {fact.order_id for fact in history.of("accepted") if fact.order_id}


def _done(history: History) -> set[str]:
    ended = {fact.order_id for fact in history.of("effect") if fact.what in ("confirmed", "cancelled")}
    told = {fact.order_id for fact in history.of("effect", what="told")}
    return {order for order in ended & told if order}


def step_functions(history: History) -> list[str]:
    """Gives the functions that reach payment, warehouse or mailer in a healthy run, in order of time."""
    services = ("payment_gateway", "warehouse", "mailer")
    return list(
        dict.fromkeys(
            str(fact.detail["function"])
            for fact in history.of("effect")
            if fact.detail.get("participant") in services and fact.detail.get("function")
        )
    )
