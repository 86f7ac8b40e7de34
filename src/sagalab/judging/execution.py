"""Executes a recovery plan: injects its very fault, watches its detector, runs its actions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sagalab.clock import minutes
from sagalab.criteria.plan import Executed
from sagalab.criteria.workflow import Ran
from sagalab.errors import LearnerError
from sagalab.faults import Fault
from sagalab.history import History
from sagalab.invariants import violations
from sagalab.judging.bench import Bench, Drive, Notebook, Stage, in_words
from sagalab.participants.orders import Order
from sagalab.scenario import Approach, Scenario, healthy, orders_from

LOOK = 60.0  # virtual seconds between two looks of the operator
WATCH = minutes(60)  # how long a healthy run is watched for a false alarm
SETTLE = minutes(70)  # how long after the fault a design may still heal by itself
# Seconds from the start of each healthy order to the next, and to the actions: they find one at each step of its way.
BYSTANDERS = (0.5, 0.3, 0.1, 0.03)
MONEY = {"charged": 1, "refunded": 0, "none": 0}


def scenario_of(plan: dict[str, Any], seed: str) -> Scenario:
    """Gives the plan's own failure on fresh orders: the first is struck, a second comes along.

    The shelf holds enough for the healthy orders that come later, too.
    """
    approach: Approach = plan["approach"]
    orders, stock = orders_from(seed, 2 + len(BYSTANDERS))
    try:
        fault = Fault(**plan["fault"])
    except (TypeError, LearnerError) as error:
        raise LearnerError(f"the plan's fault cannot be injected: {error}") from error
    return Scenario(approach, orders[:2], stock, (replace(fault, order=None),), seed, minutes(60))


def execute(bench: Bench, plan: dict[str, Any], number: int, seed: str) -> Executed:
    """Executes one plan and says what happened."""
    approach = str(plan["approach"])
    try:
        scenario = scenario_of(plan, seed)
    except LearnerError as error:
        return Executed(approach, number, problem=str(error))
    deadline = float(plan["detect_within"])
    alone, _ = bench.run(scenario, _without(plan))
    found = Executed(approach, number, open_without=_open(Ran(scenario, alone)), deadline=deadline, history=alone)
    history, answer = bench.run(scenario, _with(plan, number))
    found = replace(found, fired_at=answer["fired_at"], problem=answer["problem"], history=history)
    calm = healthy(scenario.approach, f"{seed}:quiet", 3)
    undisturbed, quiet = bench.run(calm, _watch(number, WATCH))
    found = replace(found, false_alarm=quiet["fired_at"], problem=found.problem or quiet["problem"])
    if found.problem or found.fired_at is None or not found.open_without:
        return found
    # A trace that breaks on healthy orders, too, is no fault of the plan, and no action could mend it.
    traced = not violations(undisturbed, calm.expectation, ["Trace"])
    found = replace(found, recovered=_wrong(scenario, history, plan, answer, traced), twice=answer["twice"])
    if not found.recovered:
        found = replace(found, unseen=_unseen(bench, plan, number, seed, traced))
    return found


def _unseen(bench: Bench, plan: dict[str, Any], number: int, seed: str, traced: bool) -> str:
    for extra in ("unseen-1", "unseen-2"):
        scenario = scenario_of(plan, f"{seed}:{extra}")
        history, answer = bench.run(scenario, _with(plan, number))
        if answer["problem"]:
            return f"on other orders: {answer['problem']}"
        if answer["fired_at"] is None:
            return "on other orders the detector did not fire."
        words = _wrong(scenario, history, plan, answer, traced)
        if words:
            return f"on other orders: {words}"
    return ""


# -- what happens in the fork ---------------------------------------------------------------------


def _without(plan: dict[str, Any]) -> Drive:
    def drive(stage: Stage) -> dict[str, Any]:
        stage.run.start_orders(stage.start)
        stage.run.until(float(plan["fault"].get("lasts") or 0) + SETTLE)
        return {}

    return drive


def _watch(number: int, horizon: float) -> Drive:
    def drive(stage: Stage) -> dict[str, Any]:
        stage.run.start_orders(stage.start)
        watcher = _Watcher(stage, number)
        watcher.until(horizon)
        stage.run.history.record(stage.run.clock.now, "end", "watched")
        return {"fired_at": watcher.fired_at, "problem": watcher.problem}

    return drive


def _with(plan: dict[str, Any], number: int) -> Drive:
    """Lets the operator work: look each minute, act once it fired and the fault ended, act again later."""

    def drive(stage: Stage) -> dict[str, Any]:
        run, clock = stage.run, stage.run.clock
        run.start_orders(stage.start)
        watcher = _Watcher(stage, number)
        watcher.until(float(plan["detect_within"]))
        answer: dict[str, Any] = {"fired_at": watcher.fired_at, "problem": watcher.problem, "failed": "", "twice": ""}
        if watcher.fired_at is None or watcher.problem:
            run.history.record(clock.now, "end", "no detection")
            return answer
        ended = max(clock.now, float(plan["fault"].get("lasts") or 0) + 1.0)
        clock.advance(ended)
        _start_bystanders(stage)
        watcher.notebook.close()
        answer["failed"] = _act(stage, number)
        clock.advance(clock.now + float(plan["recover_within"]))
        if not answer["failed"]:
            answer["recovered_by"] = len(run.history)
            before = _effects(run.history)
            problem = _act(stage, number)
            clock.run(until=clock.now + minutes(30))
            after = _effects(run.history)
            answer["twice"] = f"the second time, {problem}" if problem else _new(before, after)
        run.history.record(clock.now, "end", "recovered")
        return answer

    return drive


class _Watcher:
    """The operator at the detector."""

    def __init__(self, stage: Stage, number: int) -> None:
        self.stage, self.target = stage, f"plan:{number}:detector"
        self.notebook: Notebook = stage.notebook()
        self.fired_at: float | None = None
        self.problem = ""

    def until(self, horizon: float) -> None:
        clock, history = self.stage.run.clock, self.stage.run.history
        while clock.now < horizon and self.fired_at is None and not self.problem:
            clock.advance(min(clock.now + LOOK, horizon))
            reply = self.notebook.call(self.target, signals=self.stage.signals())
            if "error" in reply:
                self.problem = in_words("the detector", reply)
            elif reply["result"]:
                self.fired_at = clock.now
            if self.fired_at is not None or self.problem:
                history.record(clock.now, "signal", self.target, detail={"fired": self.fired_at is not None})


def _bystanders(scenario: Scenario) -> tuple[Order, ...]:
    """Gives the healthy orders that are in flight while the operator acts."""
    count = len(scenario.orders)
    return orders_from(scenario.seed, count + len(BYSTANDERS))[0][count:]


def _start_bystanders(stage: Stage) -> None:
    run = stage.run
    for order, pause in zip(_bystanders(run.scenario), BYSTANDERS, strict=True):
        run.market.add(order)
        run.start_order(order.order_id, stage.start)
        run.clock.advance(run.clock.now + pause)


def _act(stage: Stage, number: int) -> str:
    run = stage.run
    fact = run.history.record(run.clock.now, "action", f"plan:{number}:actions")
    notebook = stage.notebook()
    replies: list[dict[str, Any]] = []
    run.clock.spawn(lambda: replies.append(notebook.call(f"plan:{number}:actions")), "actions")
    run.clock.run(until=run.clock.now + minutes(15), done=lambda: bool(replies))
    notebook.close()
    reply = replies[0] if replies else {"error": "Timeout", "message": "did not end within 15 minutes"}
    run.history.close(fact, run.clock.now, **{k: str(v)[:300] for k, v in reply.items() if k in ("error", "message")})
    if "error" in reply:
        where = f" ({reply['where']})" if reply.get("where") else ""
        return f"{in_words('the actions', reply)}{where}."
    return ""


# -- what it means --------------------------------------------------------------------------------


def _effects(history: History) -> list[tuple[str, str | None]]:
    return [(fact.what, fact.order_id) for fact in history.of("effect")]


def _new(before: list[tuple[str, str | None]], after: list[tuple[str, str | None]]) -> str:
    fresh = after[len(before) :]
    if not fresh:
        return ""
    return f"running the actions again had an effect: {fresh[0][0]} for order {fresh[0][1]}."


def _open(ran: Ran) -> str:
    """Says what is wrong at the end of a run that nobody recovered, with no licence for the long fault."""
    plain = replace(ran.scenario.expectation, licensed=frozenset())
    broken = [v for v in violations(ran.history, plain) if v.invariant != "Trace"]
    return broken[0].message if broken else ""


def _wrong(scenario: Scenario, whole: History, plan: dict[str, Any], answer: dict[str, Any], traced: bool) -> str:
    """Says what is not as the plan promised: the struck orders' final state, and every invariant.

    What the second run of the actions does is another question: the history is read up to it. `traced` says
    whether the design keeps its traces where nothing is to be recovered.
    """
    if answer["failed"]:
        return str(answer["failed"])
    history = History(list(whole)[: answer["recovered_by"]])
    expected: dict[str, str] = plan["expected"]
    for order in scenario.orders:
        state = final_state(history, order.order_id)
        for part, value in expected.items():
            if state[part] != value:
                return f"order {order.order_id}: the plan expects {part} {value!r}, but it is {state[part]!r}."
    healthy_ones = {order.order_id: order.amount for order in _bystanders(scenario)}
    amounts = {order.order_id: order.amount for order in scenario.orders} | healthy_ones
    plain = replace(
        scenario.expectation,
        amounts=amounts,
        licensed=frozenset(),
        refused=frozenset(o.order_id for o in scenario.orders) if expected.get("order") == "cancelled" else frozenset(),
    )
    # The hour runs from the recovery on: what the plan promises is its own deadline.
    broken = [v for v in violations(history, plain) if "ended after" not in v.message]
    broken = [v for v in broken if traced or v.invariant != "Trace"]
    if broken:
        hurt = " (an order that nothing struck)" if broken[0].order_id in healthy_ones else ""
        return f"{broken[0].message}{hurt}."
    return ""


def final_state(history: History, order_id: str) -> dict[str, str]:
    """Gives what the outside world holds of an order at the end: order, money, stock, customer."""
    effects = [fact.what for fact in history.of("effect", order_id=order_id)]
    told = effects.count("told")
    return {
        "order": next((what for what in effects if what in ("confirmed", "cancelled")), "open"),
        "money": "refunded" if "refunded" in effects else "charged" if "charged" in effects else "none",
        "stock": "released" if "released" in effects else "reserved" if "reserved" in effects else "none",
        "customer": {0: "told nothing", 1: "told once"}.get(told, f"told {told} times"),
    }
