"""Deployments and runs of both approaches, and what measuring them gives."""

from __future__ import annotations

import json

from sagalab.criteria.measurements import measure, measure_all
from sagalab.criteria.trials import Trial
from sagalab.deployment import (
    Deployment,
    EventSourceMapping,
    Function,
    StateMachine,
    Topic,
)
from sagalab.history import History
from sagalab.recommendation import Approach

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:OrderFlow"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:OrderFlow:1"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:notification-queue"


def function(name: str) -> Function:
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    return Function(name=name, arn=arn, handler="m.f", runtime="python3.11", role="r", zip="")


def deployed(kind: str = "STANDARD", tells: str = "notification-task") -> Deployment:
    states = {"Tell": {"Type": "Task", "Arguments": {"FunctionName": tells}, "End": True}}
    return Deployment(
        state_machines=[
            StateMachine(
                name="OrderFlow",
                arn=MACHINE,
                definition=json.dumps({"States": states}),
                role_arn="r",
                type=kind,
            )
        ],
        functions=[function("notification-task"), function("notification-service")],
        topics=[Topic(name="orders", arn="arn:aws:sns:us-east-1:123456789012:orders")],
        event_source_mappings=[
            EventSourceMapping(uuid="1", source_arn=QUEUE, function_arn=function("notification-service").arn)
        ],
    )


def orchestrated(orders: int = 2, states: int = 4) -> History:
    """A healthy run: each order is one execution of some states, each calling a function."""
    history = History()
    for number in range(orders):
        order = str(1000 + number)
        history.record(number, "accepted", "orchestration", order_id=order)
        run = history.record(number, "execution", "OrderFlow", order_id=order, detail={"arn": EXECUTION})
        for step in range(states):
            row = {"type": "TaskStateEntered", "execution": EXECUTION}
            history.record(number, "state", f"S{step}", order_id=order, detail=row)
            history.record(number, "invocation", "notification-task", order_id=order, cause=run)
        told = {"function": "notification-task"}
        history.record(number, "call", "mailer.send", order_id=order, detail=told)
        history.close(run, number + 0.25, status="SUCCEEDED")
    return history


def choreographed(orders: int = 2, direct: bool = False) -> History:
    """A healthy run: an event on the bus, or a direct send, brings each order to the mailer's queue."""
    history = History()
    for number in range(orders):
        order = str(2000 + number)
        history.record(number, "accepted", "choreography", order_id=order)
        cause = history.record(number, "invocation", "inventory-service", order_id=order)
        caller = {"function": "inventory-service"}
        if not direct:
            cause = history.record(number, "published", "default", order_id=order, cause=cause, detail=caller)
        for kind in ("sent", "received", "deleted"):
            detail = {"message": order, **(caller if kind == "sent" else {})}
            history.record(number, kind, "notification-queue", order_id=order, cause=cause, detail=detail)  # type: ignore[arg-type]
        told = {"function": "notification-service"}
        history.record(number, "call", "mailer.send", order_id=order, detail=told)
    return history


def run(ends: list[float], late: int = 0) -> History:
    """A run whose orders start at once and are finished at these seconds; so many more never are."""
    history = History()
    names = [str(number) for number in range(len(ends) + late)]
    for name in names:
        history.record(0, "accepted", "orchestration", order_id=name)
    for name, end in zip(names, ends, strict=False):
        history.record(end, "effect", "confirmed", order_id=name)
        history.record(end, "effect", "told", order_id=name)
    return history


RUNS: dict[Approach, Trial] = {"orchestration": Trial(orchestrated()), "choreography": Trial(choreographed())}
TRUE = measure_all(deployed(), RUNS)


def again(name: str, approach: Approach) -> float:
    return measure(name, deployed(), RUNS[approach])


def of(name: str, history: History, deployment: Deployment | None = None) -> float:
    return measure(name, deployment or deployed(), Trial(history))
