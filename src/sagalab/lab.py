"""The composition root of a notebook: clock, cloud, participants, faults and history in one object."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from sagalab import magics, packaging
from sagalab.aws.current import go_on
from sagalab.clock import VirtualClock
from sagalab.errors import LearnerError
from sagalab.faults import Fault, FaultPlan
from sagalab.history import History
from sagalab.hosts import inside
from sagalab.hosts.runtime import LocalRuntime, open_local_door
from sagalab.participants.market import Market
from sagalab.participants.orders import Item, Order

if TYPE_CHECKING:
    from sagalab.aws.cloud import Cloud
    from sagalab.deployment import Deployment
    from sagalab.pictures import Picture
    from sagalab.scenario import Run, Scenario, Start
    from sagalab.signals import Signals

ORDERS = 20  # how many orders a fresh lab's order book holds, from number 1001 on
_lab: Lab | None = None
_really_sleep = time.sleep


def _sleep(seconds: float) -> None:
    """Stands for `time.sleep` in a notebook: the lab's thread waits on virtual time, others really."""
    if _lab is not None and threading.get_ident() == _lab.clock.thread:
        _lab.clock.sleep(seconds)
        go_on()  # A handler whose time was up meanwhile ends here.
    else:
        _really_sleep(seconds)


class Lab:
    """A local AWS, the participants and a clock. boto3 talks to it from now on.

    Time moves only when the notebook waits: `time.sleep`, a long poll, an API call (20 ms) or `run`.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.cloud: Cloud
        self._open()

    def _open(self) -> None:
        global _lab
        inside.prepare()
        from sagalab.aws.account import ROLE_ARN
        from sagalab.aws.cloud import Cloud
        from sagalab.aws.restoring import ensure_role

        if _lab is not None:
            _lab.cloud.stop()
        self.clock = VirtualClock(self.seed)
        self._history = History()
        self._faults = FaultPlan((), self.clock, self.seed)
        self.market = Market(self.clock, self._history, [], {}, self._faults, self.seed)
        for number in range(ORDERS):
            self._stock_up(_sample_order(self.seed, number))
        runtime = LocalRuntime(self.clock, lambda: self.market)
        self.cloud = Cloud(self.clock, self._history, runtime, self._faults, self.seed).start()
        self.role_arn = ROLE_ARN
        ensure_role()
        self.cloud.paced = True
        open_local_door(lambda: self.market)
        _lab = self
        time.sleep = _sleep  # type: ignore[assignment]
        from sagalab.judging.here import judge_here
        from sagalab.learner import judged_by

        shell = _shell()
        judged_by(partial(judge_here, self.deployment, self.refused, shell))
        if shell is not None:
            magics.register(shell)

    def reset(self) -> None:
        """Empties the lab: a fresh account, fresh participants, time at 0."""
        self._open()

    # -- orders, time and faults ----------------------------------------------------------------

    def order(
        self,
        order_id: str,
        amount: float,
        items: dict[str, int] | None = None,
        declined: bool = False,
        fresh: bool = False,
    ) -> str:
        """Puts an order into the order book, with stock for it, and gives its id.

        With `fresh`, an id that was taken before gets a letter: "2005", then "2005b", "2005c".
        """
        if isinstance(amount, bool) or not isinstance(amount, int | float) or not 0 < amount < 1e9:
            raise LearnerError(
                f"the amount is {amount!r}", where="lab.order", slip="it is a number above 0, such as 49.9"
            )
        if fresh:
            order_id = next(name for name in _names(order_id) if name not in self.market.orders)
        wanted = tuple(Item(sku, count) for sku, count in (items or {"mug": 1}).items())
        self._stock_up(Order(order_id, "c-17", wanted, amount, declined=-1 if declined else 0))
        return order_id

    def _stock_up(self, order: Order) -> None:
        self.market.add(order, {item.sku: item.quantity for item in order.items})

    def sell_out(self, sku: str) -> None:
        """Empties the warehouse's shelf of one article."""
        self.market.stock[sku] = 0

    def run(self, until: str | float = "quiet") -> str:
        """Lets time pass until nothing is left to do ("quiet"), or for so many seconds more."""
        if until == "quiet":
            reason = self.clock.run()
        elif isinstance(until, int | float):
            end = self.clock.now + float(until)
            reason = self.clock.run(until=end)
            self.clock.advance(end)
        else:
            raise LearnerError(
                f"until={until!r} is neither 'quiet' nor a number of seconds",
                where="lab.run",
                slip="minutes(30) gives seconds",
            )
        self._report_failures()
        return reason

    def _report_failures(self) -> None:
        if self.clock.failures:
            name, error = self.clock.failures.pop(0)
            self.clock.failures.clear()
            raise (error if isinstance(error, LearnerError) else LearnerError(f"{name} failed: {error}")) from error

    def inject(self, fault: Fault) -> None:
        """Lets a fault strike from now on, until `clear_faults`."""
        self._faults.faults = (*self._faults.faults, fault)

    def clear_faults(self) -> None:
        """Ends all injected faults; an equal one may be injected anew."""
        self._faults.clear()

    # -- evidence and pictures ------------------------------------------------------------------

    def history(self) -> History:
        """Gives everything that happened in this lab."""
        return self._history

    def deployment(self) -> Deployment:
        """Gives what is deployed, as data."""
        from sagalab.aws.capture import capture

        paced, self.cloud.paced = self.cloud.paced, False
        try:
            return capture()
        finally:
            self.cloud.paced = paced

    def refused(self) -> list[str]:
        """Gives what AWS refused to deploy here and has not taken since, in its own words."""
        from sagalab.aws import observe

        return observe.refused()

    def signals(self) -> Signals:
        """Gives what an operator sees now: depths, ages and counts."""
        from sagalab.aws import observe
        from sagalab.signals import Signals

        return Signals.from_json(observe.signals())

    def measurements(
        self, orchestration: str, choreography: str, starts: Mapping[str, Callable[[str], Any]] | None = None
    ) -> dict[str, dict[str, float]]:
        """Takes the measurements of two orders that ran here, one under each approach, by name.

        With `starts`, the start function of each approach by the approach's name, both designs are also run under
        load and through outages, aside: this lab does not notice. That takes some seconds.
        """
        from sagalab.criteria.measurements import measure_all, trail
        from sagalab.judging.trials import trial
        from sagalab.scenario import APPROACHES

        if unknown := set(starts or ()) - set(APPROACHES):
            raise LearnerError(f"starts names no approach {sorted(unknown)[0]!r}", where="lab.measurements")
        found = {}
        for approach, order_id in zip(APPROACHES, (orchestration, choreography), strict=True):
            history = trail(self._history, order_id)
            if not len(history):
                raise LearnerError(
                    f"order {order_id} has not run under {approach} in this lab",
                    where="lab.measurements",
                    do="start it and let time pass with lab.run(until='quiet') first",
                )
            start = (starts or {}).get(approach)
            runner = None if start is None else partial(self._aside, start)
            found[approach] = trial(approach, history, f"lab:{self.seed}", runner)
        measured = measure_all(self.deployment(), found)
        return {name: {str(approach): value for approach, value in row.items()} for name, row in measured.items()}

    def under_load(
        self, starts: Mapping[str, Callable[[str], Any]], rates: Sequence[float]
    ) -> dict[str, list[tuple[float, float]]]:
        """Runs orders at each rate (per virtual second), aside and in a small account; gives the points of a knee.

        A point is a rate, and the median of the seconds from an order's start to its end.
        """
        from sagalab.judging.load import latencies
        from sagalab.scenario import APPROACHES

        if not rates or any(isinstance(rate, bool) or not rate > 0 for rate in rates):
            raise LearnerError(f"the rates are {rates!r}", where="lab.under_load", slip="each is a number above 0")
        return {
            approach: latencies(approach, rates, partial(self._aside, starts[approach]), f"lab:{self.seed}")
            for approach in APPROACHES
            if approach in starts
        }

    def _aside(self, start: Callable[[str], Any], scenario: Scenario, drive: Callable[[Run, Start], None]) -> History:
        """Runs a scenario on what is deployed here, in a fork of this process."""
        from sagalab.judging.aside import aside
        from sagalab.scenario import StartFailed, begin

        def started(entry: str, order_id: str) -> None:
            try:
                start(order_id)
            except Exception as error:
                raise StartFailed(f"{entry}({order_id!r}) raised {type(error).__name__}: {error}") from error

        def work() -> dict[str, Any]:
            run = begin(scenario, self.clock)
            self.market = run.market
            self.cloud.paced = False
            self.cloud.begin(self.clock, run.history, self.cloud.runtime, run.faults, scenario.seed)
            # What is still under way belongs to the lab's own history.
            self.cloud.executions.clear()
            self.cloud.queues.causes.clear()
            drive(run, started)
            return {"history": run.history.to_json()}

        return History.from_json(aside(work)["history"])

    def timeline(self, order_id: str | None = None) -> Picture:
        """Shows the run as bars on a time axis."""
        from sagalab.pictures import timeline

        title = f"Order {order_id}" if order_id else "What happened"
        return timeline(self._history, title, order_id=order_id)

    def side_by_side(self, *orders: str) -> Picture:
        """Shows orders under each other on one time axis, each from its own start on."""
        from sagalab.pictures import side_by_side

        return side_by_side(self._history, orders)

    def left_behind(self, orders: Sequence[str]) -> Picture:
        """Shows how many of these orders left which effects, and in which call they stopped."""
        from sagalab.pictures import left_behind

        return left_behind(self._history, orders)

    def path(self, execution_arn: str) -> Picture:
        """Shows the path that an execution took through its state machine."""
        from sagalab.pictures import path_taken

        name = ["", "", *str(execution_arn).split(":")][-2]
        machine = next((m for m in self.deployment().state_machines if m.name == name), None)
        if machine is None:
            raise LearnerError(
                f"there is no state machine behind {execution_arn!r}",
                where="lab.path",
                slip="it takes the executionArn that start_execution answers",
            )
        return path_taken(machine.definition, self._history, execution_arn)

    def space_time(self, order_id: str | None = None) -> Picture:
        """Shows messages and what they caused, one lane per component; of the last order if none is named."""
        from sagalab.pictures import space_time

        return space_time(self._history, order_id)

    def retries(
        self, policies: Mapping[str, Mapping[str, Any]], outage: float = 0.0, ran: Mapping[str, str] | None = None
    ) -> Picture:
        """Shows when retriers try, under an outage of so many seconds; `ran` adds orders' calls, by order id.

        `lab.retries({"AWS's own": {}}, minutes(5), ran={"3101": "warehouse.reserve"})`
        """
        from sagalab.pictures import Tries, retries, tries_in, tries_of

        rows = [Tries(name, tries_of(policy)) for name, policy in policies.items()]
        rows += [Tries(f"order {one}", tries_in(self._history, one, call), True) for one, call in (ran or {}).items()]
        return retries(rows, outage)

    def deployed(self) -> Picture:
        """Draws what is really deployed."""
        from sagalab.pictures import deployed_picture

        return deployed_picture(self.deployment(), self._history)


def current() -> Lab | None:
    """Gives the open lab, or None."""
    return _lab


def _shell() -> Any:
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return None
    return get_ipython()


def _names(order_id: str) -> Iterator[str]:
    """Gives names for an order that is run again and again: itself, then with a letter or a number behind it."""
    yield order_id
    yield from (f"{order_id}{letter}" for letter in "bcdefghijklmnopqrstuvwxyz")
    yield from (f"{order_id}-{number}" for number in count(1))


def _sample_order(seed: int, number: int) -> Order:
    from dataclasses import replace

    from sagalab.scenario import orders_from

    (order,), _ = orders_from(f"lab:{seed}:{number}", 1)
    return replace(order, order_id=str(1001 + number))


def forget() -> None:
    """Closes the open lab and forgets its handlers and diagrams: what a fresh process would hold."""
    global _lab
    if _lab is not None:
        _lab.cloud.stop()
        _lab = None
    time.sleep = _really_sleep
    packaging.forget()
    magics.diagrams.clear()
