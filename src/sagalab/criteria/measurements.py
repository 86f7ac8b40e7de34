"""The measurements a recommendation may cite, taken again from a deployment and its runs.

Each is a named function with its counting rule in its docstring, so that a learner can count by hand
and get the same number. Prices are `sagalab.criteria.prices`, load and outage `sagalab.criteria.trials`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sagalab.criteria.prices import billed_units, price
from sagalab.criteria.trials import Trial, orders_hurt_by_one_outage, orders_per_second_at_the_knee
from sagalab.deployment import Deployment, unqualified
from sagalab.errors import NotSupportedHere
from sagalab.history import History
from sagalab.recommendation import MEASURABLE, Approach


def cost_per_order(deployment: Deployment, history: History) -> float:
    """Prices the units billed in a healthy run, divided by its orders; in US dollars."""
    return price(deployment, history) / _orders(history)


def state_transitions_per_order(deployment: Deployment, history: History) -> float:
    """Counts the states entered in Standard executions, which is what Step Functions bills; a retry counts again."""
    return billed_units(deployment, history)["state transition"] / _orders(history)


def messages_per_order(_deployment: Deployment, history: History) -> float:
    """Counts the events and messages published to a bus or topic, and the messages sent to a queue."""
    return len(history.of("published", "sent")) / _orders(history)


def records_to_find_a_stuck_order(_deployment: Deployment, history: History) -> float:
    """Counts the records that hold the trail of one order.

    An execution is one record, because its own history tells every step in one place. Each event or
    message published and each message sent is one more: somebody has to find it and read it.
    """
    return len(history.of("execution", "published", "sent")) / _orders(history)


def components_changed_to_add_a_participant(deployment: Deployment, history: History) -> float:
    """Counts the deployed components to edit when one more service must act where the mailer acts.

    A component must be edited if it names the receiver of its work: a state machine that names the
    mailer's function or its queue, or a function that sends to that queue itself. A bus and a topic
    name nobody: one more rule or subscription is an addition, not a change.
    """
    tellers = _tellers(history)
    ran = {fact.what for fact in history.of("execution")}
    receivers = {name: arn for name, arn in _functions(deployment) if name in tellers}
    queues = {
        mapping.source_arn.rpartition(":")[2]: mapping.source_arn
        for mapping in deployment.event_source_mappings
        if _function_name(mapping.function_arn) in tellers
    }
    changed = {
        ("state machine", machine.name)
        for machine in deployment.state_machines
        if machine.name in ran and _names_one_of(machine.definition, {**receivers, **queues})
    }
    # A hand-over by rule or subscription has no function as its cause; a direct send has.
    changed |= {
        ("function", str(fact.detail["function"]))
        for fact in history.of("sent")
        if fact.what in queues and fact.detail.get("function") and not _delivered(history, fact.cause)
    }
    return float(len(changed))


def components_added_to_add_a_participant(deployment: Deployment, history: History) -> float:
    """Counts the deployed components that serve the mailer's step alone: one more service needs as many of its own.

    That is the function that tells the customer, each queue that feeds it with its dead-letter queue and its mapping,
    and each rule or subscription that leads to that function or queue and nowhere else.
    """
    tellers = _tellers(history)
    functions = {arn for name, arn in _functions(deployment) if name in tellers}
    mappings = [row for row in deployment.event_source_mappings if _function_name(row.function_arn) in tellers]
    fed = {mapping.source_arn for mapping in mappings}
    queues = [queue for queue in deployment.queues if queue.arn in fed]
    spared = {queue.dead_letter_arn for queue in deployment.queues if queue.arn not in fed}
    dead = {queue.dead_letter_arn for queue in queues} - spared - {None}
    ends = functions | fed
    rules = [
        rule for rule in deployment.rules if rule.targets and {unqualified(row["Arn"]) for row in rule.targets} <= ends
    ]
    subscriptions = [row for row in deployment.subscriptions if unqualified(row.endpoint) in ends]
    return float(len(functions) + len(mappings) + len(queues) + len(dead) + len(rules) + len(subscriptions))


def _tellers(history: History) -> set[str]:
    """Gives the functions that tell the customer in a healthy run."""
    tellers = {
        str(fact.detail["function"]) for fact in history.of("call", what="mailer.send") if fact.detail.get("function")
    }
    if not tellers:
        raise NotSupportedHere(
            "the healthy run tells no customer anything, so where a service would join cannot be seen",
            do="let healthy orders complete first",
        )
    return tellers


def _delivered(history: History, cause: int | None) -> bool:
    return cause is not None and cause < len(history) and history[cause].kind in ("published", "delivered")


def _functions(deployment: Deployment) -> list[tuple[str, str]]:
    return [(function.name, function.arn) for function in deployment.functions]


def _function_name(arn: str) -> str:
    """Reads the function's name from an ARN that may end in a version or an alias."""
    parts = arn.split(":")
    return parts[6] if len(parts) > 6 and parts[5] == "function" else arn


def _names_one_of(definition: str, receivers: Mapping[str, str]) -> bool:
    """Looks through every text of a definition for a receiver's name, ARN or queue URL."""
    try:
        texts = _texts(json.loads(definition))
    except ValueError:
        return False
    return any(
        text == name or arn in text or text.endswith(f"/{name}") or f":function:{name}" in text
        for text in texts
        for name, arn in receivers.items()
    )


def _texts(node: Any) -> list[str]:
    if isinstance(node, str):
        return [node]
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
    return [text for child in children for text in _texts(child)]


def _orders(history: History) -> int:
    """Counts the orders of a run: those accepted, or those seen where no start was recorded."""
    return len({fact.order_id for fact in history.of("accepted")} - {None}) or len(history.orders()) or 1


def trail(history: History, order_id: str) -> History:
    """Gives a history of what one order caused, and of what led to its effects.

    Found by causes, not by names: how a learner's messages and inputs call the order is free. A fact that carries
    another order's id is left out, unless it led to an effect of this one.
    """
    kept: set[int] = set()
    for fact in history:
        if fact.order_id == order_id:
            step: int | None = fact.index
            while step is not None and step not in kept:
                kept.add(step)
                step = history[step].cause
    for fact in history:
        if fact.cause in kept and fact.order_id in (None, order_id):
            kept.add(fact.index)
    number = {index: place for place, index in enumerate(sorted(kept))}
    return History(
        [
            replace(
                history[index],
                index=place,
                order_id=order_id,
                cause=None if (cause := history[index].cause) is None else number.get(cause),
            )
            for index, place in number.items()
        ]
    )


MEASURES: dict[str, Callable[[Deployment, Trial], float]] = {
    "components_changed_to_add_a_participant": lambda deployment, trial: components_changed_to_add_a_participant(
        deployment, trial.healthy
    ),
    "components_added_to_add_a_participant": lambda deployment, trial: components_added_to_add_a_participant(
        deployment, trial.healthy
    ),
    "state_transitions_per_order": lambda deployment, trial: state_transitions_per_order(deployment, trial.healthy),
    "messages_per_order": lambda deployment, trial: messages_per_order(deployment, trial.healthy),
    "cost_per_order": lambda deployment, trial: cost_per_order(deployment, trial.healthy),
    "records_to_find_a_stuck_order": lambda deployment, trial: records_to_find_a_stuck_order(deployment, trial.healthy),
    "orders_per_second_at_the_knee": lambda deployment, trial: orders_per_second_at_the_knee(*trial.load()),
    "orders_hurt_by_one_outage": lambda deployment, trial: orders_hurt_by_one_outage(trial.outages()),
}


def measure(name: str, deployment: Deployment, trial: Trial) -> float:
    """Takes one measurement of one approach.

    Raises NotSupportedHere where the runs lack what it counts.
    """
    if name not in MEASURES:
        raise NotSupportedHere(f"{name!r} is not measured here", do=f"choose one of {', '.join(MEASURABLE)}")
    return MEASURES[name](deployment, trial)


def measure_all(deployment: Deployment, trials: Mapping[Approach, Trial]) -> dict[str, dict[Approach, float]]:
    """Takes every measurement that both approaches' runs can show, by name; leaves the others out."""
    found: dict[str, dict[Approach, float]] = {}
    for name in MEASURES:
        try:
            found[name] = {approach: measure(name, deployment, trial) for approach, trial in trials.items()}
        except NotSupportedHere:
            continue  # these runs lack what the measurement counts
    return found
