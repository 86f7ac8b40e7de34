# %% solution="payment"
# %%handler payment
import json

import boto3

from sagalab.participants import PaymentDeclined, order_book, payment_gateway


def charge(order_id, correlation_id):
    order = order_book.get(order_id)
    return payment_gateway.charge(order_id, order["amount"], key=f"charge-{order_id}", correlation_id=correlation_id)


def charge_task(event, context):
    return charge(event["orderId"], event["correlationId"])


def publish(kind, detail):
    entry = {"Source": "orders.payment", "DetailType": kind, "Detail": json.dumps(detail), "EventBusName": "default"}
    if boto3.client("events").put_events(Entries=[entry])["FailedEntryCount"]:
        raise RuntimeError(f"the bus did not take {kind}")


def react(detail):
    try:
        charge(detail["orderId"], detail["correlationId"])
    except PaymentDeclined:
        publish("PaymentRefused", detail)
    else:
        order_book.confirm(detail["orderId"], correlation_id=detail["correlationId"])
        publish("OrderConfirmed", detail)


def on_messages(event, context):
    failed = []
    for record in event["Records"]:
        try:
            react(json.loads(record["body"])["detail"])
        except Exception as error:
            print(f"{record['messageId']}: {error}")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}

# %% solution="inventory"
# %%handler inventory
import json

import boto3

from sagalab.participants import OutOfStock, order_book, warehouse


def reserve(order_id, correlation_id):
    order = order_book.get(order_id)
    return warehouse.reserve(order_id, order["items"], key=f"reserve-{order_id}", correlation_id=correlation_id)


def release(order_id, correlation_id):
    return warehouse.release(order_id, key=f"release-{order_id}", correlation_id=correlation_id)


def reserve_task(event, context):
    return reserve(event["orderId"], event["correlationId"])


def release_task(event, context):
    return release(event["orderId"], event["correlationId"])


def publish(kind, detail):
    entry = {"Source": "orders.inventory", "DetailType": kind, "Detail": json.dumps(detail), "EventBusName": "default"}
    if boto3.client("events").put_events(Entries=[entry])["FailedEntryCount"]:
        raise RuntimeError(f"the bus did not take {kind}")


def cancel(detail, reason):
    order_book.cancel(detail["orderId"], reason, correlation_id=detail["correlationId"])
    publish("OrderCancelled", detail)


def react(kind, detail):
    if kind == "PaymentRefused":
        release(detail["orderId"], detail["correlationId"])
        cancel(detail, "payment declined")
        return
    try:
        reserve(detail["orderId"], detail["correlationId"])
    except OutOfStock:
        cancel(detail, "out of stock")
    else:
        publish("StockReserved", detail)


def on_messages(event, context):
    failed = []
    for record in event["Records"]:
        try:
            message = json.loads(record["body"])
            react(message["detail-type"], message["detail"])
        except Exception as error:
            print(f"{record['messageId']}: {error}")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
