"""Small histories, as the lab records them: what the tests of the pictures draw."""

from __future__ import annotations

from typing import Any

from sagalab.history import History

ORDER = "order-1"
EXECUTION = "arn:aws:states:eu-central-1:123456789012:execution:OrderFlow:order-1"
ITEMS = [{"sku": "kettle", "quantity": 2}]


class Run:
    """Writes a history: every step moves its own clock on."""

    def __init__(self, order_id: str = ORDER) -> None:
        self.history = History()
        self.now = 0.0
        self.order_id = order_id
        self.trigger: int | None = None  # the fact that invokes: an execution, or a message sent

    def wait(self, seconds: float) -> Run:
        self.now += seconds
        return self

    def note(self, kind: Any, what: str, until: float | None = None, cause: int | None = None, **detail: Any) -> int:
        return self.history.record(
            self.now, kind, what, order_id=self.order_id, until=until, cause=cause, detail=detail
        )

    def state(self, name: str, type: str = "TaskStateEntered", **detail: Any) -> int:
        return self.note("state", name, type=type, execution=EXECUTION, **detail)

    def call(self, function: str, what: str, effect: str = "", fault: str = "", error: str = "", **detail: Any) -> None:
        """One invocation of a function that calls one participant."""
        ran = self.note("invocation", function, cause=self.trigger)
        self.now += 0.02
        called = self.note("call", what, cause=ran, function=function, key=f"{what}-{self.order_id}")
        if fault:
            self.note("fault", fault, cause=called, target=what)
        self.now += 0.12
        if effect:
            self.note("effect", effect, cause=called, participant=what.split(".")[0], function=function, **detail)
        self.now += 2.0 if error == "ParticipantTimeout" else 0.05
        failed = {"error": error} if error else {}
        self.history.close(called, self.now, effect=bool(effect), **failed)
        self.now += 0.01
        self.history.close(ran, self.now, cold=False, **failed)
        self.now += 0.03


def orchestrated(reply_lost: bool = False) -> History:
    """A healthy order; with `reply_lost` the first charge lands but its answer does not."""
    run = Run()
    run.trigger = run.note("execution", "OrderFlow", arn=EXECUTION, status="SUCCEEDED")
    run.state("", "ExecutionStarted")
    run.state("ChargePayment")
    if reply_lost:
        run.call(
            "payment-task",
            "payment_gateway.charge",
            "charged",
            "reply_lost",
            "ParticipantTimeout",
            amount=42.0,
        )
        run.state("ChargePayment", "TaskFailed", error="ParticipantTimeout")
        run.wait(2)
        run.call("payment-task", "payment_gateway.charge")
    else:
        run.call("payment-task", "payment_gateway.charge", "charged", amount=42.0)
    run.state("ChargePayment", "TaskStateExited")
    for state, function, what, effect, detail in (
        ("ReserveStock", "inventory-task", "warehouse.reserve", "reserved", {"items": ITEMS}),
        ("ConfirmOrder", "order-task", "order_book.confirm", "confirmed", {}),
        ("NotifyCustomer", "notification-task", "mailer.send", "told", {"outcome": "confirmed"}),
    ):
        run.state(state)
        run.call(function, what, effect, **detail)
        run.state(state, "TaskStateExited")
    run.state("", "ExecutionSucceeded")
    return run.history


def refused() -> History:
    """The warehouse is unavailable three times, then out of stock: the payment is refunded."""
    run = Run()
    run.trigger = run.note("execution", "OrderFlow", arn=EXECUTION, status="SUCCEEDED")
    run.state("ChargePayment")
    run.call("payment-task", "payment_gateway.charge", "charged", amount=42.0)
    run.state("ChargePayment", "TaskStateExited")
    run.state("ReserveStock")
    for pause in (10, 20, 40):
        run.call("inventory-task", "warehouse.reserve", fault="unavailable", error="ParticipantUnavailable")
        run.state("ReserveStock", "TaskFailed", error="ParticipantUnavailable")
        run.wait(pause)
    run.call("inventory-task", "warehouse.reserve", error="OutOfStock")
    run.state("ReserveStock", "TaskFailed", error="OutOfStock")
    run.state("ReserveStock", "TaskStateExited")
    for state, function, what, effect, detail in (
        ("RefundPayment", "payment-task", "payment_gateway.refund", "refunded", {"amount": 42.0}),
        ("CancelOrder", "order-task", "order_book.cancel", "cancelled", {"reason": "out of stock"}),
        ("NotifyCancelled", "notification-task", "mailer.send", "told", {"outcome": "cancelled"}),
    ):
        run.state(state)
        run.call(function, what, effect, **detail)
        run.state(state, "TaskStateExited")
    run.state("", "ExecutionSucceeded")
    return run.history


def _hop(run: Run, event: str, queue: str, function: str | None, message: str) -> None:
    cause = None if function is None else run.history.of("invocation", what=function)[-1].index
    sent = run.note("published", "default", cause=cause, source="orders", detail_type=event, function=function)
    run.wait(0.05)
    run.note(
        "delivered",
        "default",
        cause=sent,
        rule=f"on-{event}",
        to=f"arn:aws:sqs:eu-central-1:123456789012:{queue}",
    )
    run.trigger = run.note("sent", queue, cause=sent, message=message)
    run.wait(0.2)


def choreographed(poison: bool = False) -> History:
    """A healthy order by events; with `poison` the inventory's message ends in its dead-letter queue."""
    run = Run()
    _hop(run, "OrderCreated", "payment-queue", None, "m1")
    run.note("received", "payment-queue", message="m1", count=1)
    run.call("payment-service", "payment_gateway.charge", "charged", amount=42.0)
    run.note("deleted", "payment-queue", message="m1")
    _hop(run, "PaymentCharged", "inventory-queue", "payment-service", "m2")
    if poison:
        for count in range(1, 8):
            run.note("received", "inventory-queue", message="m2", count=count)
            run.call("inventory-service", "warehouse.reserve", fault="unavailable", error="ParticipantUnavailable")
            run.wait(180)
        run.note("dead_lettered", "inventory-queue", message="m2", to="inventory-dlq")
        return run.history
    run.note("received", "inventory-queue", message="m2", count=1)
    run.call("inventory-service", "warehouse.reserve", "reserved", items=ITEMS)
    run.call("inventory-service", "order_book.confirm", "confirmed")
    run.note("deleted", "inventory-queue", message="m2")
    _hop(run, "OrderConfirmed", "notification-queue", "inventory-service", "m3")
    run.note("received", "notification-queue", message="m3", count=1)
    run.call("notification-service", "mailer.send", "told", outcome="confirmed")
    run.note("deleted", "notification-queue", message="m3")
    return run.history
