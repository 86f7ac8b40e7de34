"""Lesson 01's rules: promises tried on ledgers, and a shop's function that is run again after a crash."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from sagalab.clock import minutes
from sagalab.criteria import lessons, promises, slips
from sagalab.criteria.finding import Finding
from sagalab.criteria.promises import Tried
from sagalab.criteria.workflow import Ran
from sagalab.faults import Fault
from sagalab.judging.bench import Stage
from sagalab.judging.case import Case
from sagalab.judging.registry import rule
from sagalab.participants.market import Market
from sagalab.participants.orders import Order
from sagalab.scenario import Scenario, StartFailed, healthy

PLACE = "place_order"  # the lesson's function that calls the shop for an order
AGAIN = minutes(10)  # a call that got stuck has ended by then
AT_ONCE = 4.0  # the first call has run out of its time, and what it asked for may still come


# -- promises, tried on ledgers ------------------------------------------------------------------------


def _play(market: Market, order: Order, step: str) -> None:
    """Lets one thing happen to an order."""
    verb, _, word = step.partition(" ")
    amount = round(order.amount * 0.6, 2) if word == "a part" else order.amount
    calls: dict[str, tuple[str, dict[str, Any]]] = {
        "charge": ("payment_gateway.charge", {"amount": amount}),
        "refund": ("payment_gateway.refund", {}),
        "reserve": ("warehouse.reserve", {"items": order.public()["items"]}),
        "release": ("warehouse.release", {}),
        "confirm": ("order_book.confirm", {}),
        "cancel": ("order_book.cancel", {"reason": "refused"}),
        "tell": ("mailer.send", {"outcome": word}),
    }
    what, arguments = calls[verb]
    market.call(what, {"order_id": order.order_id, **arguments})


def _judged_ledgers(criterion: str, case: Case) -> Finding:
    stories = list(promises.STORIES[criterion].items())
    name, promise = promises.PROMISED[criterion]
    if name not in case.evidence.defined:
        return lessons.not_attempted(criterion, f"There is no function {name} yet.", "Run the cell that defines it.")
    base = healthy("orchestration", case.seed_for(criterion), len(stories))
    scenario = replace(base, stock={sku: 10 * count for sku, count in base.stock.items()})

    def drive(stage: Stage) -> dict[str, Any]:
        notebook, replies = stage.notebook(), []
        for order, (steps, _) in zip(scenario.orders, stories, strict=True):
            for step in steps:
                _play(stage.run.market, order, step)
            effects = promises.rows(stage.run.history, order.order_id)
            more = [order.amount] if promise == "Money" else []
            replies.append(notebook.call(name, effects, *more))
        notebook.close()
        return {"replies": replies}

    history, kept = case.bench.run(scenario, drive)
    tried = [
        Tried(order, history.of_order(order.order_id), reply, thought)
        for order, (_, thought), reply in zip(scenario.orders, stories, kept["replies"], strict=True)
    ]
    return promises.told_right(criterion, tried)


for _criterion in promises.PROMISED:
    rule(_criterion)(partial(_judged_ledgers, _criterion))


# -- run again -----------------------------------------------------------------------------------------


def _sold(case: Case, scenario: Scenario, again: float | None) -> Ran:
    """Lets the notebook's `place_order` work on each order, and once more so many seconds later."""

    def drive(stage: Stage) -> dict[str, Any]:
        def start(_: str, order_id: str) -> None:
            reply = stage.ask(PLACE, order_id)
            if "error" in reply:
                raise StartFailed(f"{PLACE}({order_id!r}) raised {reply['error']}: {reply.get('message', '')}")

        stage.run.start_orders(start)
        for order in scenario.orders if again is not None else ():
            stage.run.start_order(order.order_id, start, again or 0.0)
        stage.run.until()
        return {}

    history, _ = case.bench.run(scenario, drive)
    return Ran(scenario, history)


@rule("01-run-again")
def _run_again(case: Case) -> Finding:
    name = "01-run-again"
    if PLACE not in case.evidence.defined:
        return lessons.not_attempted(name, f"There is no {PLACE} yet.", "Run the lesson's cells from the top.")
    base = healthy("orchestration", case.seed_for("01"))
    plain = _sold(case, base, None)
    calls = [call for call in plain.history.of("call") if not call.what.startswith("order_book.")]
    if not calls or not any(call.detail.get("key") for call in calls):
        hint = "Fill in the three keys in the handler, and run the cell below it, which deploys the function."
        finding = lessons.not_attempted(name, "No call of the shop carries a key yet.", hint)
        return finding if calls else slips.explained(replace(finding, history=plain.history), case.evidence.deployment)
    faults = [Fault(kind, call.what) for call in calls for kind in ("unavailable", "reply_lost", "timed_out")]
    shop = next(fact.what for fact in plain.history.of("invocation"))
    faults += [Fault(kind, shop) for kind in ("crash_before", "crash_after")]
    runs = [plain, _sold(case, base, AGAIN), _sold(case, healthy("orchestration", case.seed_for("01-3"), 3), AGAIN)]
    for fault in faults:
        runs.append(_sold(case, base.with_faults(fault), AT_ONCE if fault.kind == "timed_out" else AGAIN))
    holds = (
        f"The shop was struck at {len(faults)} places and called again each time: every order was paid once, reserved "
        "once, confirmed and told once."
    )
    keys = "Which value is the same in both calls for one order, and differs between two orders?"
    return slips.explained(
        lessons.promises(name, runs, holds, dict.fromkeys(("Money", "Stock", "Voice"), keys)), case.evidence.deployment
    )
