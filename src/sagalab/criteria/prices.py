"""What AWS would bill for a run: the units that it counts, and list prices of us-east-1 without the free tier."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sagalab.deployment import Deployment
from sagalab.history import Fact, History

EXPRESS_STEP = 0.1  # seconds, a duration is rounded up to it
EXPRESS_MEMORY = 64 / 1024  # GB, the smallest chunk


@dataclass(frozen=True)
class Price:
    """US dollars for one unit; `read` says whether its source was read on that date, or is only believed to say so."""

    usd: float
    source: str
    as_of: str = "2026-11"
    read: bool = False


PRICES: dict[str, Price] = {
    "state transition": Price(0.025 / 1_000, "aws.amazon.com/step-functions/pricing, Standard", read=True),
    "express request": Price(1.00 / 1_000_000, "aws.amazon.com/step-functions/pricing, Express requests"),
    "express GB-second": Price(0.00001667, "aws.amazon.com/step-functions/pricing, Express duration"),
    "event": Price(1.00 / 1_000_000, "aws.amazon.com/eventbridge/pricing, custom events"),
    "publication": Price(0.50 / 1_000_000, "aws.amazon.com/sns/pricing, standard topics"),
    "queue request": Price(0.40 / 1_000_000, "aws.amazon.com/sqs/pricing, standard queues"),
    "invocation": Price(
        0.20 / 1_000_000, "docs.aws.amazon.com/whitepapers/latest/how-aws-pricing-works/lambda.html", read=True
    ),
}


def billed_units(deployment: Deployment, history: History) -> dict[str, float]:
    """Counts what AWS would bill in a run.

    A transition is a state entered in a Standard execution, a try of its task after the first, or a redrive; an Express
    execution counts one request and its duration. A queue request is a message sent, handed out or deleted.
    Function run time is left out: both styles run the same handlers.
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
        if str(fact.detail.get("type", "")).endswith("StateEntered") and _standard(fact, brief)
    ]
    published = history.of("published")
    return {
        "state transition": len(entered) + _again(fact for fact in history.of("state") if _standard(fact, brief)),
        "express request": sum(fact.what in express for fact in history.of("execution")),
        "express GB-second": seconds * EXPRESS_MEMORY,
        "event": sum(fact.what not in topics for fact in published),
        "publication": sum(fact.what in topics for fact in published),
        "queue request": len(history.of("sent", "received", "deleted")),
        "invocation": len(history.of("invocation")),
    }


def transitions(history: History, execution: str) -> int:
    """Counts what one Standard execution is billed for: states entered, tries after a state's first, redrives."""
    own = [fact for fact in history.of("state") if fact.detail.get("execution") == execution]
    return sum(str(fact.detail.get("type", "")).endswith("StateEntered") for fact in own) + _again(own)


def _standard(fact: Fact, brief: set[Any]) -> bool:
    return fact.detail.get("execution") not in brief


def _again(states: Iterable[Fact]) -> int:
    """Counts redrives, and the tries that follow a failed try of the same state in the same execution.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-transitions.html
    """
    failed: dict[tuple[Any, str], float] = {}
    count = 0
    for fact in states:
        kind, state = str(fact.detail.get("type", "")), (fact.detail.get("execution"), fact.what)
        if kind.startswith("Execution"):
            count += kind == "ExecutionRedriven"
            continue
        before = failed.pop(state, None)
        # An error that is caught leaves its state in the same instant; a retry takes time.
        count += before is not None and fact.at > before and not kind.endswith("StateEntered")
        if kind.endswith(("Failed", "TimedOut")):
            failed[state] = fact.at
    return count


def price(deployment: Deployment, history: History) -> float:
    """Prices the units billed in a run; in US dollars."""
    return sum(PRICES[unit].usd * count for unit, count in billed_units(deployment, history).items())
