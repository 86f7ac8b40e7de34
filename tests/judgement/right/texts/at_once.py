# %% solution="payment"
# %%handler payment
import json

import boto3

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


def publish(kind, detail):
    entry = {"Source": "orders.payment", "DetailType": kind, "Detail": json.dumps(detail)}
    if boto3.client("events").put_events(Entries=[entry])["FailedEntryCount"]:
        raise RuntimeError(f"the bus did not take {kind}")


def on_messages(event, context):
    for record in event["Records"]:
        message = json.loads(record["body"])
        detail = message["detail"]
        if message["detail-type"] == "OrderCancelled":
            refund(detail["orderId"], detail["correlationId"])
            continue
        try:
            charge(detail["orderId"], detail["correlationId"])
        except PaymentDeclined:
            publish("PaymentDeclined", detail)
        else:
            publish("PaymentCharged", detail)

# %% solution="inventory"
# %%handler inventory
import json

import boto3

from sagalab.participants import OutOfStock, order_book, warehouse


def reserve(order_id, correlation_id):
    items = order_book.get(order_id)["items"]
    return warehouse.reserve(order_id, items, key=f"reserve-{order_id}", correlation_id=correlation_id)


def release(order_id, correlation_id):
    return warehouse.release(order_id, key=f"release-{order_id}", correlation_id=correlation_id)


def reserve_task(event, context):
    return reserve(event["orderId"], event["correlationId"])


def release_task(event, context):
    return release(event["orderId"], event["correlationId"])


def publish(kind, detail):
    entry = {"Source": "orders.inventory", "DetailType": kind, "Detail": json.dumps(detail)}
    if boto3.client("events").put_events(Entries=[entry])["FailedEntryCount"]:
        raise RuntimeError(f"the bus did not take {kind}")


def on_messages(event, context):
    for record in event["Records"]:
        message = json.loads(record["body"])
        detail = message["detail"]
        if message["detail-type"] == "OrderCancelled":
            release(detail["orderId"], detail["correlationId"])
            continue
        try:
            reserve(detail["orderId"], detail["correlationId"])
        except OutOfStock:
            publish("StockRefused", detail)
        else:
            publish("StockReserved", detail)

# %% solution="outcome"
# %%handler outcome
import json

import boto3

from sagalab.participants import order_book


def confirm_task(event, context):
    return order_book.confirm(event["orderId"], correlation_id=event["correlationId"])


def cancel_task(event, context):
    return order_book.cancel(event["orderId"], "refused", correlation_id=event["correlationId"])


def publish(kind, detail):
    entry = {"Source": "orders.outcome", "DetailType": kind, "Detail": json.dumps(detail)}
    if boto3.client("events").put_events(Entries=[entry])["FailedEntryCount"]:
        raise RuntimeError(f"the bus did not take {kind}")


def heard(order_id, kind):
    """Remembers one answer and gives all that are in, whichever came first."""
    row = boto3.client("dynamodb").update_item(
        TableName="answers",
        Key={"order": {"S": order_id}},
        UpdateExpression="SET #kind = :yes",
        ExpressionAttributeNames={"#kind": kind},
        ExpressionAttributeValues={":yes": {"BOOL": True}},
        ReturnValues="ALL_NEW",
    )
    return set(row["Attributes"]) - {"order"}


def on_messages(event, context):
    for record in event["Records"]:
        message = json.loads(record["body"])
        detail = message["detail"]
        answers = heard(detail["orderId"], message["detail-type"])
        if answers & {"PaymentDeclined", "StockRefused"}:
            order_book.cancel(detail["orderId"], "refused", correlation_id=detail["correlationId"])
            publish("OrderCancelled", detail)
        elif answers >= {"PaymentCharged", "StockReserved"}:
            order_book.confirm(detail["orderId"], correlation_id=detail["correlationId"])
            publish("OrderConfirmed", detail)

# %% solution="order-flow"
def task(function, next_state, **extra):
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function, "Payload": {"orderId.$": "$.orderId", "correlationId.$": "$.correlationId", **extra}},
        "ResultPath": None,
        "Retry": [BUSINESS, TRANSIENT],
        **({"Next": next_state} if next_state else {"End": True}),
    }


def both_of(next_state, **branches):
    made = [{"StartAt": name, "States": {name: task(function, None)}} for name, function in branches.items()]
    return {"Type": "Parallel", "Branches": made, "ResultPath": None, "Next": next_state}


charge_payment = deploy_function("charge-payment", "payment.charge_task", "payment")
refund_payment = deploy_function("refund-payment", "payment.refund_task", "payment")
reserve_stock = deploy_function("reserve-stock", "inventory.reserve_task", "inventory")
release_stock = deploy_function("release-stock", "inventory.release_task", "inventory")
notify_customer = deploy_function("notify-customer", "notification.tell_task", "notification")
confirm_order = deploy_function("confirm-order", "outcome.confirm_task", "outcome")
cancel_order = deploy_function("cancel-order", "outcome.cancel_task", "outcome")

# One branch's refusal ends the other branch wherever it stands, so both are undone: what was on its way then
# meets the tombstone.
refused = {"ErrorEquals": ["PaymentDeclined", "OutOfStock"], "ResultPath": "$.refusal", "Next": "UndoBoth"}
order_flow = {
    "StartAt": "ChargeAndReserve",
    "States": {
        "ChargeAndReserve": {**both_of("ConfirmOrder", ChargePayment=charge_payment, ReserveStock=reserve_stock), "Catch": [refused]},
        "ConfirmOrder": task(confirm_order, "NotifyConfirmed"),
        "NotifyConfirmed": task(notify_customer, None, outcome="confirmed"),
        "UndoBoth": both_of("CancelOrder", RefundPayment=refund_payment, ReleaseStock=release_stock),
        "CancelOrder": task(cancel_order, "NotifyCancelled"),
        "NotifyCancelled": task(notify_customer, None, outcome="cancelled"),
    },
}
ORDER_FLOW = sfn.create_state_machine(name="OrderFlow", definition=json.dumps(order_flow), roleArn=lab.role_arn)[
    "stateMachineArn"
]


def start_workflow(order_id):
    name, order = f"order-{order_id}", {"orderId": order_id, "correlationId": f"corr-{order_id}"}
    try:
        return sfn.start_execution(stateMachineArn=ORDER_FLOW, name=name, input=json.dumps(order))["executionArn"]
    except sfn.exceptions.ExecutionAlreadyExists:
        return ORDER_FLOW.replace(":stateMachine:", ":execution:") + f":{name}"

# %% solution="services"
boto3.client("dynamodb").create_table(
    TableName="answers", BillingMode="PAY_PER_REQUEST",
    KeySchema=[{"AttributeName": "order", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "order", "AttributeType": "S"}],
)
SERVICES = {
    "payment": ["OrderCreated", "OrderCancelled"],
    "inventory": ["OrderCreated", "OrderCancelled"],
    "outcome": ["PaymentCharged", "PaymentDeclined", "StockReserved", "StockRefused"],
    "notification": ["OrderConfirmed", "OrderCancelled"],
}
for name, kinds in SERVICES.items():
    queue = deploy_queue(name, deploy_function(f"{name}-service", f"{name}.on_messages", name))
    deploy_rule(f"to-{name}", kinds, queue)
for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
    functions.update_event_source_mapping(UUID=mapping["UUID"], BatchSize=1)  # a handler takes one message


def emit_order_created(order_id):
    detail = {"orderId": order_id, "correlationId": f"corr-{order_id}"}
    entry = {"Source": "orders", "DetailType": "OrderCreated", "Detail": json.dumps(detail), "EventBusName": "default"}
    for _ in range(5):
        answer = events.put_events(Entries=[entry])
        if not answer["FailedEntryCount"]:
            return answer
    raise RuntimeError("the bus did not take the event")

# %% solution="diagram-orchestration"
# %%diagram orchestration
# alt: OrderFlow charges and reserves at once, then confirms and notifies. When one of the two refuses, it refunds and
# releases at once, cancels, and notifies.
from diagrams import Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import StepFunctions

with Diagram("Orchestration: two steps at once", direction="LR"):
    flow = StepFunctions("OrderFlow")
    flow >> Edge(label="1 charge") >> Lambda("charge-payment")
    flow >> Edge(label="1 reserve") >> Lambda("reserve-stock")
    flow >> Edge(label="2 confirm") >> Lambda("confirm-order")
    flow >> Edge(label="3 notify") >> Lambda("notify-customer")
    for name in ("refund-payment", "release-stock", "cancel-order"):
        flow >> Edge(label="refused", style="dashed") >> Lambda(name)

# %% solution="diagram-choreography"
# %%diagram choreography
# alt: The default bus hands OrderCreated to payment and inventory at once. Both publish their answer; the outcome service
# joins the two answers and publishes what became of the order.
from diagrams import Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.database import Dynamodb
from diagrams.aws.integration import SQS, Eventbridge

with Diagram("Choreography: two react, one joins", direction="LR"):
    bus = Eventbridge("default")
    for name in ("payment", "inventory", "outcome", "notification"):
        queue, service = SQS(f"{name}-queue"), Lambda(f"{name}-service")
        bus >> queue >> service
        queue >> Edge(label="dead letters", style="dashed") >> SQS(f"{name}-dlq")
        if name != "notification":
            service >> Edge(label="publishes") >> bus
        if name == "outcome":
            service >> Edge(label="joins") >> Dynamodb("answers")
