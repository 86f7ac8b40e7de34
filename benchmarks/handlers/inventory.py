"""Reserves the stock of an order."""

from events import react

from sagalab.participants import order_book, warehouse


def as_task(event, context):
    order = order_book.get(event["orderId"])
    key = f"reserve-{event['orderId']}"
    return warehouse.reserve(event["orderId"], order["items"], key=key, correlation_id=event["orderId"])


def on_event(event, context):
    react(event, as_task, "StockReserved")
