"""Deployment × Scenario → History: runs orders through what a learner deployed, under faults.

A scenario is orders, a fault plan and a seed, and replays exactly. Who starts the orders, and where the
functions run, is given to it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

from sagalab.clock import VirtualClock, minutes
from sagalab.errors import DefinitionError
from sagalab.faults import LONG, Fault, FaultPlan
from sagalab.history import History
from sagalab.invariants import Expectation
from sagalab.participants.market import Market
from sagalab.participants.orders import Item, Order

Approach = Literal["orchestration", "choreography"]
APPROACHES: tuple[Approach, ...] = ("orchestration", "choreography")
ENTRY = {"orchestration": "start_workflow", "choreography": "emit_order_created"}
FLOOD = 3000  # facts after which a run is ended: an order that settles writes a few hundred at most
RESTOCKED = 2.0  # seconds after which an empty shelf is full again: before anybody asks a second time
SKUS = ("lamp", "mug", "chair", "globe", "kettle")
CUSTOMERS = ("c-17", "c-23", "c-31", "c-44", "c-58")


@dataclass(frozen=True)
class Scenario:
    """Orders, faults and a seed; `horizon` in virtual seconds.

    `restock_after` seconds after the warehouse first found too little of an article, its shelf is full again.
    """

    approach: Approach
    orders: tuple[Order, ...]
    stock: dict[str, int] = field(hash=False)
    faults: tuple[Fault, ...] = ()
    seed: str = "0"
    horizon: float = minutes(60)
    restock_after: float | None = None

    def with_faults(self, *faults: Fault) -> Scenario:
        """Gives the same scenario under these faults."""
        return replace(self, faults=tuple(faults))

    @property
    def expectation(self) -> Expectation:
        """What this run allows its orders.

        Of several orders for the last article any may be the one that finds the shelf empty.
        """
        wanted: dict[str, int] = {}
        for item in (item for order in self.orders for item in order.items):
            wanted[item.sku] = wanted.get(item.sku, 0) + item.quantity
        scarce = {sku for sku, count in wanted.items() if self.stock.get(sku, 0) < count}
        refused = {
            order.order_id for order in self.orders if order.declined or any(item.sku in scarce for item in order.items)
        }
        every = {order.order_id for order in self.orders}
        aimed = {fault.order for fault in self.faults}
        struck = every if None in aimed else every & aimed
        poisoned = {fault.order for fault in self.faults if fault.kind == "poison"}
        long = sum(fault.duration for fault in self.faults) > LONG
        licensed = every if long or None in poisoned else every & poisoned
        return Expectation(
            {order.order_id: order.amount for order in self.orders}, frozenset(refused), frozenset(licensed),
            untouched=frozenset(every - struck), stock=dict(self.stock),
        )  # fmt: skip

    def line(self) -> str:
        """Gives the whole schedule as one line, for `sagalab replay`."""
        row = {
            "approach": self.approach,
            "orders": [order.to_json() for order in self.orders],
            "stock": self.stock,
            "faults": [fault.to_json() for fault in self.faults],
            "seed": self.seed,
            "horizon": self.horizon,
            **({"restock_after": self.restock_after} if self.restock_after is not None else {}),
        }
        return json.dumps(row, separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_line(cls, line: str) -> Scenario:
        """Reads a schedule line; raises `DefinitionError`."""
        try:
            row = json.loads(line)
            if row["approach"] not in APPROACHES:
                raise ValueError(f"there is no approach {row['approach']!r}")
            again = row.get("restock_after")
            return cls(
                row["approach"], tuple(Order.from_json(order) for order in row["orders"]), dict(row["stock"]),
                tuple(Fault(**fault) for fault in row["faults"]), str(row["seed"]), float(row["horizon"]),
                None if again is None else float(again),
            )  # fmt: skip
        except (ValueError, KeyError, TypeError) as error:
            what = f"it has no {error}" if isinstance(error, KeyError) else str(error)
            if isinstance(error, json.JSONDecodeError):
                what = f"it is no JSON from character {error.pos} on"
            raise DefinitionError(
                f"this is no schedule line: {what}",
                slip="part of the line is missing; it is one long line from { to }",
                do="copy the whole line between single quotes",
            ) from error

    def in_words(self) -> str:
        """Says what happens to whom, in one sentence."""
        names = ", ".join(order.order_id for order in self.orders)
        refused = self.expectation.refused
        many = len(self.orders) > 1
        kinds = [f"orders {names}" if many else f"order {names}"]
        for order in self.orders:
            whose = f"order {order.order_id}'s" if many else "whose"
            if order.declined:
                kinds.append(f"{whose} card is declined{' once' if order.declined > 0 else ''}")
            elif order.order_id in refused:
                back = ", and is back soon after" if self.restock_after is not None else ""
                kinds.append(f"{whose} article is out of stock{back}")
        faults = "; ".join(fault.in_words() for fault in self.faults) or "no fault"
        return f"{', '.join(kinds) if many else ' '.join(kinds)}; {faults}"


def orders_from(seed: int | str, count: int) -> tuple[tuple[Order, ...], dict[str, int]]:
    """Gives orders and enough stock, drawn from a seed: amounts and articles cannot be guessed."""
    chance = random.Random(f"orders:{seed}")
    order_id = chance.randrange(1000, 9000)
    orders, stock = [], dict.fromkeys(SKUS, 3)
    for _ in range(count):
        items = tuple(Item(sku, chance.randrange(1, 4)) for sku in chance.sample(SKUS, chance.randrange(1, 3)))
        amount = round(chance.uniform(5, 250), 2)
        orders.append(Order(str(order_id), chance.choice(CUSTOMERS), items, amount))
        order_id += chance.randrange(1, 7)
        for item in items:
            stock[item.sku] += item.quantity
    return tuple(orders), stock


def healthy(approach: Approach, seed: int | str, count: int = 1) -> Scenario:
    """Gives a scenario that nothing strikes."""
    orders, stock = orders_from(seed, count)
    return Scenario(approach, orders, stock, seed=str(seed))


def declined(approach: Approach, seed: int | str) -> Scenario:
    """Gives a scenario whose card is declined."""
    orders, stock = orders_from(seed, 1)
    return Scenario(approach, (replace(orders[0], declined=-1),), stock, seed=str(seed))


def out_of_stock(approach: Approach, seed: int | str) -> Scenario:
    """Gives a scenario whose article is out of stock."""
    orders, stock = orders_from(seed, 1)
    stock[orders[0].items[0].sku] = 0
    return Scenario(approach, orders, stock, seed=str(seed))


def declined_once(approach: Approach, seed: int | str) -> Scenario:
    """Gives a scenario whose card is declined, and would be taken a second time."""
    orders, stock = orders_from(seed, 1)
    return Scenario(approach, (replace(orders[0], declined=1),), stock, seed=str(seed))


def restocked_later(approach: Approach, seed: int | str) -> Scenario:
    """Gives a scenario whose article is out of stock when it is asked for, and back soon after."""
    return replace(out_of_stock(approach, seed), restock_after=RESTOCKED)


def side_by_side(approach: Approach, seed: int | str, first: str = "") -> Scenario:
    """Gives two orders of which the `first` is "declined", or "out of stock", or refused by nobody."""
    orders, stock = orders_from(seed, 2)
    struck, other = orders
    if first == "out of stock":
        # An article that the other order does not want: nobody may take it from anybody.
        sku = next(sku for sku in SKUS if sku not in {item.sku for item in other.items})
        struck, stock = replace(struck, items=(Item(sku, 1),)), {**stock, sku: 0}
    elif first == "declined":
        struck = replace(struck, declined=-1)
    return Scenario(approach, (struck, other), stock, seed=str(seed))


def the_last_one(approach: Approach, seed: int | str) -> Scenario:
    """Gives three orders for an article of which there is one: any of them may get it."""
    orders, stock = orders_from(seed, 3)
    sku = orders[0].items[0].sku
    return Scenario(
        approach, tuple(replace(order, items=(Item(sku, 1),)) for order in orders), {**stock, sku: 1}, seed=str(seed)
    )


class StartFailed(Exception):
    """A start function raised; the message says what."""


Start = Callable[[str, str], None]  # (entry function's name, order id); raises StartFailed


@dataclass
class Run:
    """One scenario in progress: its clock, history, market and faults."""

    scenario: Scenario
    clock: VirtualClock
    history: History
    market: Market
    faults: FaultPlan
    notebooks: int = 0  # forks of the learner's process so far

    def start_orders(self, start: Start) -> None:
        """Schedules the start of each order."""
        chance = random.Random(f"starts:{self.scenario.seed}")
        when = 0.0
        for order in self.scenario.orders:
            self.start_order(order.order_id, start, when)
            when += chance.uniform(0.2, 2.0)

    def start_order(self, order_id: str, start: Start, when: float = 0.0) -> None:
        """Schedules the start of one order, `when` seconds from now."""
        approach = self.scenario.approach

        def once() -> None:
            detail: dict[str, Any] = {}
            try:
                start(ENTRY[approach], order_id)
            except StartFailed as error:
                detail = {"error": str(error)}
            self.history.record(self.clock.now, "accepted", approach, order_id=order_id, detail=detail)

        def again(kind: str, after: float) -> None:
            self.clock.sleep(after)
            self.history.record(self.clock.now, "fault", kind, order_id=order_id, detail={"target": "order"})
            once()

        def work() -> None:
            self.clock.sleep(when)
            once()
            for kind, after in self.faults.starts_again(order_id).items():
                self.clock.spawn(partial(again, kind, after), f"{kind} {order_id}")

        self.clock.spawn(work, f"start {order_id}")

    def until(self, horizon: float | None = None) -> str:
        """Lets time pass up to the horizon and writes the end into the history."""
        until = self.scenario.horizon if horizon is None else horizon
        reason = self.clock.run(until=until, done=lambda: len(self.history) > FLOOD)
        reason = "flood" if reason == "done" else reason
        self.history.record(self.clock.now, "end", reason)
        return reason


def plan_of(scenario: Scenario, clock: VirtualClock) -> FaultPlan:
    """Gives the faults of a scenario, ready to strike."""
    return FaultPlan(scenario.faults, clock, scenario.seed)


def begin(scenario: Scenario, clock: VirtualClock, faults: FaultPlan | None = None) -> Run:
    """Prepares a run on a clock that stands at 0, under its scenario's faults or the given plan."""
    clock.random = random.Random(f"clock:{scenario.seed}")
    history = History()
    faults = plan_of(scenario, clock) if faults is None else faults
    market = Market(
        clock, history, list(scenario.orders), scenario.stock, faults, scenario.seed, scenario.restock_after
    )
    return Run(scenario, clock, history, market, faults)
