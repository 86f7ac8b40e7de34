"""Confirms an order and tells the customer."""

from events import react

from sagalab.participants import mailer, order_book


def as_task(event, context):
    order_book.confirm(event["orderId"], correlation_id=event["orderId"])
    key = f"told-{event['orderId']}"
    return mailer.send(event["orderId"], "confirmed", key=key, correlation_id=event["orderId"])


def on_event(event, context):
    react(event, as_task, None)
