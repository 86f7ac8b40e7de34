"""The measurements a recommendation may cite, taken again from a deployment and a healthy run.

Each is a named function with its counting rule in its docstring, so that a learner can count by hand
and get the same number. Prices are list prices of us-east-1 without the free tier.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from sagalab.deployment import Deployment
from sagalab.errors import NotSupportedHere
from sagalab.history import History
from sagalab.recommendation import MEASURABLE, Approach

PRICES_AS_OF = "2026-11"
PRICES = {  # US dollars each
    "state transition": 0.025 / 1_000,  # aws.amazon.com/step-functions/pricing, Standard
    "express request": 1.00 / 1_000_000,
    "express GB-second": 0.00001667,
    "event": 1.00 / 1_000_000,  # aws.amazon.com/eventbridge/pricing, custom events
    "publication": 0.50 / 1_000_000,  # aws.amazon.com/sns/pricing
    "queue request": 0.40 / 1_000_000,  # aws.amazon.com/sqs/pricing, standard queues
    "invocation": 0.20 / 1_000_000,  # aws.amazon.com/lambda/pricing, requests
}
EXPRESS_STEP = 0.1  # seconds, a duration is rounded up to it
EXPRESS_MEMORY = 64 / 1024  # GB, the smallest chunk


def billed_units(deployment: Deployment, history: History) -> dict[str, float]:
    """Counts what AWS would bill in a run.

    A transition is a state entered in a Standard execution; an Express execution counts one request and
    its duration. A queue request is a message sent, handed out or deleted. Function run time is left
    out: both styles run the same handlers.
    """
    express = {machine.name for machine in deployment.state_machines if machine.type == "EXPRESS"}
    topics = {topic.name for topic in deployment.topics}
    brief = {fact.detail.get("arn") for fact in history.of("execution") if fact.what in express}
    seconds = sum(
        math.ceil(round(((fact.until or fact.at) - fact.at) / EXPRESS_STEP, 6)) * EXPRESS_STEP
        for fact in history.of("execution")
        if fact.what in express
    )
    entered = [
        fact
        for fact in history.of("state")
        if str(fact.detail.get("type", "")).endswith("StateEntered") and fact.detail.get("execution") not in brief
    ]
    published = history.of("published")
    return {
        "state transition": len(entered),
        "express request": sum(fact.what in express for fact in history.of("execution")),
        "express GB-second": seconds * EXPRESS_MEMORY,
        "event": sum(fact.what not in topics for fact in published),
        "publication": sum(fact.what in topics for fact in published),
        "queue request": len(history.of("sent", "received", "deleted")),
        "invocation": len(history.of("invocation")),
    }


def cost_per_order(deployment: Deployment, history: History) -> float:
    """Prices the units billed in a healthy run, divided by its orders; in US dollars."""
    units = billed_units(deployment, history)
    return sum(PRICES[unit] * count for unit, count in units.items()) / _orders(history)


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
    tellers = {
        str(fact.detail["function"]) for fact in history.of("call", what="mailer.send") if fact.detail.get("function")
    }
    if not tellers:
        raise NotSupportedHere(
            "the healthy run tells no customer anything, so where a service would join cannot be seen",
            do="let healthy orders complete first",
        )
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


MEASURES: dict[str, Callable[[Deployment, History], float]] = {
    "components_changed_to_add_a_participant": components_changed_to_add_a_participant,
    "cost_per_order": cost_per_order,
    "records_to_find_a_stuck_order": records_to_find_a_stuck_order,
}
NEEDS_MORE = {  # why a healthy run cannot show it
    "orders_per_second_at_the_knee": "the knee is found by raising the load, and a healthy run has none",
    "orders_hurt_by_one_outage": "it is counted in a run with an outage, and a healthy run has none",
}


def measure(name: str, deployment: Deployment, histories: Mapping[Approach, History]) -> dict[Approach, float]:
    """Takes one measurement of each approach that has a healthy run.

    Raises NotSupportedHere for what a healthy run cannot show.
    """
    if name in NEEDS_MORE:
        raise NotSupportedHere(NEEDS_MORE[name], do=f"cite one of {', '.join(MEASURES)}")
    if name not in MEASURES:
        raise NotSupportedHere(f"{name!r} is not measured here", do=f"choose one of {', '.join(MEASURABLE)}")
    return {approach: MEASURES[name](deployment, history) for approach, history in histories.items() if len(history)}


def measure_all(deployment: Deployment, histories: Mapping[Approach, History]) -> dict[str, dict[Approach, float]]:
    """Takes every measurement that healthy runs can show, by name; leaves the others out."""
    found: dict[str, dict[Approach, float]] = {}
    for name in MEASURES:
        try:
            found[name] = measure(name, deployment, histories)
        except NotSupportedHere:
            continue  # this run lacks what the measurement counts
    return found
