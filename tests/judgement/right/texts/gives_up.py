# %% solution="payment"
# %%handler payment
import json

import boto3

from sagalab.participants import AlreadyConfirmed, PaymentDeclined, order_book, payment_gateway


def charge(order_id, correlation_id):
    order = order_book.get(order_id)
    return payment_gateway.charge(order_id, order["amount"], key=f"charge-{order_id}", correlation_id=correlation_id)


def refund(order_id, correlation_id):
    return payment_gateway.refund(order_id, key=f"refund-{order_id}", correlation_id=correlation_id)


def charge_task(event, context):
    return charge(event["orderId"], event["correlationId"])


def refund_task(event, context):
    return refund(event["orderId"], event["correlationId"])


def publish(kind, detail):
    entry = {"Source": "orders.payment", "DetailType": kind, "Detail": json.dumps(detail), "EventBusName": "default"}
    answer = boto3.client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise RuntimeError(f"the bus did not take {kind}")


def react(kind, detail):
    order_id, correlation_id = detail["orderId"], detail["correlationId"]
    if kind == "OrderCreated":
        try:
            charge(order_id, correlation_id)
        except PaymentDeclined:
            order_book.cancel(order_id, "payment declined", correlation_id=correlation_id)
            publish("OrderCancelled", detail)
        else:
            publish("PaymentCharged", detail)
    else:
        refund(order_id, correlation_id)
        order_book.cancel(order_id, "out of stock", correlation_id=correlation_id)
        publish("OrderCancelled", detail)


def give_up(kind, detail):
    """Cancels first: the order book decides whether the order may still be undone."""
    try:
        order_book.cancel(detail["orderId"], "payment took too long", correlation_id=detail["correlationId"])
    except AlreadyConfirmed:
        return  # another copy of this message made it
    refund(detail["orderId"], detail["correlationId"])
    publish("OrderCancelled", detail)


def each(event, do):
    failed = []
    for record in event["Records"]:
        try:
            message = json.loads(record["body"])
            do(message["detail-type"], message["detail"])
        except Exception as error:
            print(f"{record['messageId']}: {error}")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def on_messages(event, context):
    return each(event, react)


def on_dead_letters(event, context):
    return each(event, give_up)

# %% solution="inventory"
# %%handler inventory
import json

import boto3

from sagalab.participants import AlreadyConfirmed, OutOfStock, order_book, warehouse


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
    answer = boto3.client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise RuntimeError(f"the bus did not take {kind}")


def react(kind, detail):
    try:
        reserve(detail["orderId"], detail["correlationId"])
    except OutOfStock:
        publish("StockRefused", detail)
    else:
        order_book.confirm(detail["orderId"], correlation_id=detail["correlationId"])
        publish("OrderConfirmed", detail)


def give_up(kind, detail):
    """Cancels first: the order book decides whether the order may still be undone."""
    try:
        order_book.cancel(detail["orderId"], "the warehouse took too long", correlation_id=detail["correlationId"])
    except AlreadyConfirmed:
        publish("OrderConfirmed", detail)  # confirmed, and this message died before it could say so
        return
    release(detail["orderId"], detail["correlationId"])  # whatever is still on its way meets the tombstone
    publish("StockRefused", detail)


def each(event, do):
    failed = []
    for record in event["Records"]:
        try:
            message = json.loads(record["body"])
            do(message["detail-type"], message["detail"])
        except Exception as error:
            print(f"{record['messageId']}: {error}")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def on_messages(event, context):
    return each(event, react)


def on_dead_letters(event, context):
    return each(event, give_up)

# %% solution="services"
def arn_of(url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def give_up(name):
    """Lets a function read what the service could not take; what even that cannot take is lost, until a person looks."""
    lost = arn_of(sqs.create_queue(QueueName=f"{name}-lost")["QueueUrl"])
    policy = json.dumps({"deadLetterTargetArn": lost, "maxReceiveCount": 7})
    dlq = sqs.get_queue_url(QueueName=f"{name}-dlq")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=dlq, Attributes={"VisibilityTimeout": "180", "RedrivePolicy": policy})
    functions.create_event_source_mapping(
        EventSourceArn=arn_of(dlq), FunctionName=deploy_function(f"{name}-gives-up", f"{name}.on_dead_letters", name),
        BatchSize=5, FunctionResponseTypes=["ReportBatchItemFailures"],
    )


SERVICES = {
    "payment": ["OrderCreated", "StockRefused"],
    "inventory": ["PaymentCharged"],
    "notification": ["OrderConfirmed", "OrderCancelled"],
}
for name, kinds in SERVICES.items():
    deploy_rule(f"to-{name}", kinds, deploy_queue(name, deploy_function(f"{name}-service", f"{name}.on_messages", name)))
give_up("payment")
give_up("inventory")


def emit_order_created(order_id):
    detail = {"orderId": order_id, "correlationId": f"corr-{order_id}"}
    entry = {"Source": "orders", "DetailType": "OrderCreated", "Detail": json.dumps(detail), "EventBusName": "default"}
    for _ in range(5):
        answer = events.put_events(Entries=[entry])
        if not answer["FailedEntryCount"]:
            return answer
    raise RuntimeError("the bus did not take the event")

# %% solution="diagram-choreography"
# %%diagram choreography
# alt: The default bus hands events to three queues; each queue feeds one service, which publishes to the bus. What payment or
# inventory cannot take goes to its dead-letter queue, from where a function undoes the order.
from diagrams import Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import SQS, Eventbridge

with Diagram("Choreography: gives up by itself", direction="LR"):
    bus = Eventbridge("default")
    for name in ("payment", "inventory", "notification"):
        queue, service, parked = SQS(f"{name}-queue"), Lambda(f"{name}-service"), SQS(f"{name}-dlq")
        bus >> queue >> service
        queue >> Edge(label="after 7 receives", style="dashed") >> parked
        if name != "notification":
            service >> Edge(label="publishes") >> bus
            parked >> Edge(label="undo", style="dashed") >> Lambda(f"{name}-gives-up") >> Edge(label="publishes") >> bus
