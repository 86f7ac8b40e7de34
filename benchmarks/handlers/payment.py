"""Takes the money of an order."""

from events import react

from sagalab.participants import order_book, payment_gateway


def as_task(event, context):
    order = order_book.get(event["orderId"])
    key = f"charge-{event['orderId']}"
    return payment_gateway.charge(event["orderId"], order["amount"], key=key, correlation_id=event["orderId"])


def on_event(event, context):
    react(event, as_task, "PaymentTaken")
