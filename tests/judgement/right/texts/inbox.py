# %%
# %%handler inbox
# A table remembers of each message what followed from it. A message that comes again is answered out of the table:
# the participant is not asked again, and the event that followed is published again.
import json

import boto3

TABLE = "inbox"


def publish(source, kind, detail):
    entry = {"Source": f"orders.{source}", "DetailType": kind, "Detail": json.dumps(detail), "EventBusName": "default"}
    if boto3.client("events").put_events(Entries=[entry])["FailedEntryCount"]:
        raise RuntimeError(f"the bus did not take {kind}")


def consumer(service, react):
    """Makes a handler out of a reaction that gives the kind of the event that follows, or None."""

    def handle(message):
        table, detail = boto3.client("dynamodb"), message["detail"]
        key = {"message": {"S": f"{service}/{message['detail-type']}/{detail['orderId']}"}}
        known = table.get_item(TableName=TABLE, Key=key, ConsistentRead=True).get("Item")
        if known is None:
            follows = react(message["detail-type"], detail["orderId"], detail["correlationId"]) or ""
            table.put_item(TableName=TABLE, Item={**key, "follows": {"S": follows}})
        else:
            follows = known["follows"]["S"]
        if follows:
            publish(service, follows, detail)

    def on_messages(event, context):
        failed = []
        for record in event["Records"]:
            try:
                handle(json.loads(record["body"]))
            except Exception as error:
                print(f"{record['messageId']}: {error}")
                failed.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failed}

    return on_messages

# %% solution="payment"
# %%handler payment
from inbox import consumer
from sagalab.participants import PaymentDeclined, order_book, payment_gateway


def charge(order_id, correlation_id):
    amount = order_book.get(order_id)["amount"]
    return payment_gateway.charge(order_id, amount, key=f"charge-{order_id}", correlation_id=correlation_id)


def refund(order_id, correlation_id):
    return payment_gateway.refund(order_id, key=f"refund-{order_id}", correlation_id=correlation_id)


def charge_task(event, context):
    return charge(event["orderId"], event["correlationId"])


def refund_task(event, context):
    return refund(event["orderId"], event["correlationId"])


def react(kind, order_id, correlation_id):
    if kind == "StockRefused":
        refund(order_id, correlation_id)
        reason = "out of stock"
    else:
        try:
            charge(order_id, correlation_id)
            return "PaymentCharged"
        except PaymentDeclined:
            reason = "payment declined"
    order_book.cancel(order_id, reason, correlation_id=correlation_id)
    return "OrderCancelled"


on_messages = consumer("payment", react)

# %% solution="inventory"
# %%handler inventory
from inbox import consumer
from sagalab.participants import OutOfStock, order_book, warehouse


def reserve(order_id, correlation_id):
    items = order_book.get(order_id)["items"]
    return warehouse.reserve(order_id, items, key=f"reserve-{order_id}", correlation_id=correlation_id)


def reserve_task(event, context):
    return reserve(event["orderId"], event["correlationId"])


def react(kind, order_id, correlation_id):
    try:
        reserve(order_id, correlation_id)
    except OutOfStock:
        return "StockRefused"
    order_book.confirm(order_id, correlation_id=correlation_id)
    return "OrderConfirmed"


on_messages = consumer("inventory", react)

# %% solution="notification"
# %%handler notification
from inbox import consumer
from sagalab.participants import mailer


def tell(order_id, outcome, correlation_id):
    mailer.send(order_id, outcome, key=f"tell-{order_id}", correlation_id=correlation_id)


def tell_task(event, context):
    return tell(event["orderId"], event["outcome"], event["correlationId"])


def react(kind, order_id, correlation_id):
    tell(order_id, "confirmed" if kind == "OrderConfirmed" else "cancelled", correlation_id)


on_messages = consumer("notification", react)
