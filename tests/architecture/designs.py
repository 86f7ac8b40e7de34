"""A small deployment of both approaches, its healthy runs, and drawings of it."""

from __future__ import annotations

import json
from typing import Any

from sagalab.deployment import (
    Bus,
    Deployment,
    EventSourceMapping,
    Function,
    Queue,
    Rule,
    StateMachine,
    Subscription,
    Topic,
)
from sagalab.history import History

HOME = "us-east-1:123456789012"
STEPS = (
    "charge-payment",
    "reserve-stock",
    "confirm-order",
    "notify-customer",
    "refund-payment",
    "cancel-order",
)
SERVICES = ("payment", "inventory", "notification")
RULES = {
    "on-order-created": (["OrderCreated"], "payment"),
    "on-stock-refused": (["StockRefused"], "payment"),
    "on-payment-charged": (["PaymentCharged"], "inventory"),
    "on-outcome": (["OrderConfirmed", "OrderCancelled"], "notification"),
}

TRUE_ORCHESTRATION = """
# alt: The machine OrderFlow calls a function for each step, and compensates when a step is refused.
from diagrams import Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import StepFunctions

with Diagram("Order saga, orchestrated"):
    flow = StepFunctions("OrderFlow")
    flow >> Edge(label="1 charge") >> Lambda("charge-payment")
    flow >> Edge(label="2 reserve") >> Lambda("reserve-stock")
    flow >> Edge(label="3 confirm") >> Lambda("confirm-order")
    flow >> Edge(label="4 notify") >> Lambda("notify-customer")
    flow >> Edge(label="refund", style="dashed") >> Lambda("refund-payment")
    flow >> Edge(label="cancel", style="dashed") >> Lambda("cancel-order")
"""

TRUE_CHOREOGRAPHY = """
# alt: Rules of the default bus feed three queues, each with a service; services publish back to the bus.
from diagrams import Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import SQS, Eventbridge

with Diagram("Order saga, choreographed"):
    bus = Eventbridge("default")
    payment_queue, payment = SQS("payment-queue"), Lambda("payment-service")
    inventory_queue, inventory = SQS("inventory-queue"), Lambda("inventory-service")
    notification_queue, notification = SQS("notification-queue"), Lambda("notification-service")
    bus >> Edge(label="OrderCreated, StockRefused") >> payment_queue >> payment
    bus >> Edge(label="PaymentCharged") >> inventory_queue >> inventory
    bus >> Edge(label="OrderConfirmed, OrderCancelled") >> notification_queue >> notification
    payment >> Edge(label="publishes") >> bus
    inventory >> Edge(label="publishes") >> bus
    payment_queue >> Edge(label="after 7 receives", style="dashed") >> SQS("payment-dlq")
"""


def arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:{HOME}:{name}"


def function(name: str) -> Function:
    place = arn("lambda", f"function:{name}")
    return Function(name=name, arn=place, handler="a.b", runtime="python3.11", role="role", zip="")


def task(name: str, following: str | None, catch: str | None = None) -> dict[str, Any]:
    state: dict[str, Any] = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": name},
    }
    state |= {"Next": following} if following else {"End": True}
    return state | ({"Catch": [{"ErrorEquals": ["States.ALL"], "Next": catch}]} if catch else {})


ORDER_FLOW = {
    "StartAt": "ChargePayment",
    "States": {
        "ChargePayment": task("charge-payment", "ReserveStock", catch="CancelOrder"),
        "ReserveStock": task("reserve-stock", "ConfirmOrder", catch="RefundPayment"),
        "ConfirmOrder": task("confirm-order", "NotifyConfirmed"),
        "NotifyConfirmed": task("notify-customer", None),
        "RefundPayment": task("refund-payment", "CancelOrder"),
        "CancelOrder": task("cancel-order", "NotifyCancelled"),
        "NotifyCancelled": task("notify-customer", None),
    },
}


def machine(definition: Any = None, name: str = "OrderFlow") -> StateMachine:
    text = json.dumps(ORDER_FLOW if definition is None else definition)
    return StateMachine(name=name, arn=arn("states", f"stateMachine:{name}"), definition=text, role_arn="role")


def queue(name: str, dead_letters: str | None = None) -> Queue:
    policy = {"deadLetterTargetArn": arn("sqs", dead_letters or ""), "maxReceiveCount": 7}
    attributes = {"RedrivePolicy": json.dumps(policy)} if dead_letters else {}
    return Queue(name=name, arn=arn("sqs", name), url=f"http://sqs/123456789012/{name}", attributes=attributes)


def rule(name: str, events: list[str], target: str, state: str = "ENABLED") -> Rule:
    pattern = json.dumps({"detail-type": events})
    targets = [{"Id": "1", "Arn": target}]
    return Rule(
        name=name,
        arn=arn("events", f"rule/{name}"),
        bus="default",
        pattern=pattern,
        state=state,
        targets=targets,
    )


def mapping(source: str, target: str) -> EventSourceMapping:
    return EventSourceMapping(
        uuid=source, source_arn=arn("sqs", source), function_arn=arn("lambda", f"function:{target}")
    )


BUS = Bus(name="default", arn=arn("events", "event-bus/default"))


def orchestrated() -> Deployment:
    return Deployment(state_machines=[machine()], functions=[function(name) for name in STEPS], buses=[BUS])


def choreographed() -> Deployment:
    queues = [queue(f"{name}-queue", f"{name}-dlq") for name in SERVICES]
    return Deployment(
        functions=[function(f"{name}-service") for name in SERVICES],
        buses=[BUS],
        queues=queues + [queue(f"{name}-dlq") for name in SERVICES],
        rules=[rule(name, events, arn("sqs", f"{to}-queue")) for name, (events, to) in RULES.items()],
        event_source_mappings=[mapping(f"{name}-queue", f"{name}-service") for name in SERVICES],
    )


def both() -> Deployment:
    one, other = orchestrated(), choreographed()
    return other.model_copy(update={"state_machines": one.state_machines, "functions": one.functions + other.functions})


def fanned_out() -> Deployment:
    """A topic that feeds two queues; nothing but SNS and SQS behind the bus."""
    topic = Topic(name="facts", arn=arn("sns", "facts"))
    names = ("payment", "inventory")
    return Deployment(
        functions=[function(f"{name}-service") for name in names],
        buses=[BUS],
        topics=[topic],
        rules=[rule("to-facts", ["OrderCreated"], topic.arn)],
        queues=[queue(f"{name}-queue") for name in names],
        subscriptions=[
            Subscription(
                arn=f"{topic.arn}:{name}",
                topic_arn=topic.arn,
                protocol="sqs",
                endpoint=arn("sqs", f"{name}-queue"),
            )
            for name in names
        ],
        event_source_mappings=[mapping(f"{name}-queue", f"{name}-service") for name in names],
    )


def started_through_a_queue() -> tuple[Deployment, History]:
    """Both approaches, with a queue in front of the machine, and a healthy order that came through it."""
    plain, history = both(), History()
    sent = history.record(0, "sent", "orders", order_id="1", detail={"message": "1"})
    starter = history.record(0, "invocation", "start-orders", order_id="1", cause=sent)
    return plain.model_copy(
        update={
            "functions": [*plain.functions, function("start-orders")],
            "queues": [*plain.queues, queue("orders")],
            "event_source_mappings": [*plain.event_source_mappings, mapping("orders", "start-orders")],
        }
    ), orchestrated_run(history, starter)


def orchestrated_run(history: History | None = None, starter: int | None = None) -> History:
    """What the engine records of a healthy order."""
    history = History() if history is None else history
    place = arn("states", "execution:OrderFlow:order-1")
    execution = history.record(0, "execution", "OrderFlow", order_id="1", cause=starter, detail={"arn": place})
    for state, name in (
        ("ChargePayment", STEPS[0]),
        ("ReserveStock", STEPS[1]),
        ("ConfirmOrder", STEPS[2]),
        ("NotifyConfirmed", STEPS[3]),
    ):
        detail = {"type": "TaskStateEntered", "execution": place}
        history.record(1, "state", state, order_id="1", detail=detail)
        history.record(1, "invocation", name, order_id="1", cause=execution, detail={"execution": place})
    history.record(2, "call", "mailer.send", order_id="1", detail={"function": "notify-customer"})
    return history


def choreographed_run() -> History:
    """What the bus and the queues record of a healthy order."""
    history = History()
    cause: int | None = None
    for event, to in (
        ("OrderCreated", "payment"),
        ("PaymentCharged", "inventory"),
        ("OrderConfirmed", "notification"),
    ):
        writer = {} if cause is None else {"function": history[cause].what}
        sent = history.record(
            1, "published", "default", order_id="1", cause=cause, detail={"detail_type": event, **writer}
        )
        # a message that a rule sends still names the function whose call led to it
        message = history.record(1, "sent", f"{to}-queue", order_id="1", cause=sent, detail={"message": to, **writer})
        cause = history.record(1, "invocation", f"{to}-service", order_id="1", cause=message)
    history.record(2, "call", "mailer.send", order_id="1", detail={"function": "notification-service"})
    return history


HISTORIES = {"orchestration": orchestrated_run(), "choreography": choreographed_run()}
