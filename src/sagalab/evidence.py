"""What a submission defines, brought together in the learner's process: a claim, as plain JSON.

The judge checks it against the data models before it does anything with it. Functions stay behind: they are
called in forks of the process that this evidence came from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from sagalab.deployment import Deployment

Namespace = dict[str, Any]
MAX_TEXT = 200_000  # characters of one diagram's source


class Evidence(BaseModel):
    """The claim: deployment, diagram sources, plans and recommendation as data, and what is defined."""

    model_config = ConfigDict(extra="forbid")

    deployment: Deployment = Field(default_factory=Deployment)
    defined: list[str] = Field(default_factory=list)
    diagrams: dict[str, str] = Field(default_factory=dict)
    plans: list[dict[str, Any]] = Field(default_factory=list)
    recommendation: dict[str, Any] | None = None
    recommendations: dict[str, dict[str, Any]] = Field(default_factory=dict)
    problems: list[str] = Field(default_factory=list)
    refused: list[str] = Field(default_factory=list)
    mail: str | None = None
    ran: bool = True


UNREAD = "what is deployed could not be read"
NAMES = (
    "start_workflow", "emit_order_created", "stuck_orders", "recovery_plans", "recommendation",
    "redrive_all", "relay", "trace_of", "stuck_at", "diagnose",
)  # fmt: skip
# What lessons ask for by name beside the entry functions.
ASKED = ("money_kept", "goods_kept", "customer_kept", "place_order", "decide", "redrive_failed", "order_flow")


def gather(namespace: Namespace, deployed: Callable[[], Deployment] | None, refused: Sequence[str] = ()) -> Evidence:
    """Reads the evidence off a notebook's namespace and its open lab's cloud, if one is open; never raises.

    `refused` is what AWS refused to deploy there, in its own words.
    """
    from sagalab import magics

    problems: list[str] = []
    deployment = Deployment()
    if deployed is None:
        problems.append("the notebook opened no lab: it has no `lab = Lab()`")
    else:
        try:
            deployment = deployed()
        except Exception as error:
            problems.append(f"{UNREAD}: {type(error).__name__}: {error}")
    return Evidence(
        deployment=deployment,
        defined=[name for name in NAMES + ASKED if namespace.get(name) is not None],
        diagrams={name: text[:MAX_TEXT] for name, text in magics.diagrams.items()},
        plans=_plans(namespace, problems),
        recommendation=_recommendation(namespace, problems),
        recommendations=_recommendations(namespace),
        problems=problems,
        refused=list(refused),
    )


def _plans(namespace: Namespace, problems: list[str]) -> list[dict[str, Any]]:
    from sagalab.recovery import RecoveryPlan

    plans = namespace.get("recovery_plans", [])
    if isinstance(plans, RecoveryPlan):
        plans = [plans]
        namespace["recovery_plans"] = plans
    if not isinstance(plans, list | tuple):
        problems.append(f"recovery_plans must be a list of RecoveryPlan(...), and is a {type(plans).__name__}")
        return []
    for number, plan in enumerate(plans, start=1):
        if not isinstance(plan, RecoveryPlan):
            problems.append(
                f"recovery_plans must be a list of RecoveryPlan(...), and number {number} is a {type(plan).__name__}"
            )
            return []
    return [plan.to_json() for plan in plans]


def _recommendation(namespace: Namespace, problems: list[str]) -> dict[str, Any] | None:
    from sagalab.recommendation import Recommendation

    value = namespace.get("recommendation")
    if value is None:
        return None
    if not isinstance(value, Recommendation):
        problems.append(f"recommendation must be a Recommendation(...), and is a {type(value).__name__}")
        return None
    return value.to_json()


def _recommendations(namespace: Namespace) -> dict[str, dict[str, Any]]:
    """Gives the recommendations of a lesson by their company's name; whatever else lies there is left out."""
    from sagalab.recommendation import Recommendation

    named = namespace.get("recommendations")
    rows = named.items() if isinstance(named, dict) else ()
    return {str(name): value.to_json() for name, value in rows if isinstance(value, Recommendation)}
