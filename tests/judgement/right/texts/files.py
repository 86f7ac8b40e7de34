# %%
from pathlib import Path

Path("handlers").mkdir(exist_ok=True)

# %%
# %%writefile handlers/messages.py
# What every service needs to read its queue and to publish.
import json

import boto3


def publish(source, kind, detail):
    entry = {"Source": f"orders.{source}", "DetailType": kind, "Detail": json.dumps(detail), "EventBusName": "default"}
    if boto3.client("events").put_events(Entries=[entry])["FailedEntryCount"]:
        raise RuntimeError(f"the bus did not take {kind}")


def consumer(react):
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

    return on_messages

# %% solution="payment"
# %%writefile handlers/payment.py
from messages import consumer, publish
from sagalab.participants import PaymentDeclined, order_book, payment_gateway


def charge(orderId, correlationId):
    amount = order_book.get(orderId)["amount"]
    return payment_gateway.charge(orderId, amount, key=f"charge-{orderId}", correlation_id=correlationId)


def refund(orderId, correlationId):
    return payment_gateway.refund(orderId, key=f"refund-{orderId}", correlation_id=correlationId)


def cancel(detail, reason):
    order_book.cancel(detail["orderId"], reason, correlation_id=detail["correlationId"])
    publish("payment", "OrderCancelled", detail)


def react(kind, detail):
    if kind == "StockRefused":
        refund(**detail)
        cancel(detail, "out of stock")
        return
    try:
        charge(**detail)
    except PaymentDeclined:
        cancel(detail, "payment declined")
    else:
        publish("payment", "PaymentCharged", detail)


on_messages = consumer(react)

# %% solution="inventory"
# %%writefile handlers/inventory.py
from messages import consumer, publish
from sagalab.participants import OutOfStock, order_book, warehouse


def reserve(orderId, correlationId):
    items = order_book.get(orderId)["items"]
    return warehouse.reserve(orderId, items, key=f"reserve-{orderId}", correlation_id=correlationId)


def react(kind, detail):
    try:
        reserve(**detail)
    except OutOfStock:
        publish("inventory", "StockRefused", detail)
    else:
        order_book.confirm(detail["orderId"], correlation_id=detail["correlationId"])
        publish("inventory", "OrderConfirmed", detail)


on_messages = consumer(react)

# %% solution="notification"
# %%writefile handlers/notification.py
from messages import consumer
from sagalab.participants import mailer


def tell_confirmed(orderId, correlationId):
    return mailer.send(orderId, "confirmed", key=f"tell-{orderId}", correlation_id=correlationId)


def tell_cancelled(orderId, correlationId):
    return mailer.send(orderId, "cancelled", key=f"tell-{orderId}", correlation_id=correlationId)


def react(kind, detail):
    {"OrderConfirmed": tell_confirmed, "OrderCancelled": tell_cancelled}[kind](**detail)


on_messages = consumer(react)

# %% solution="outcome"
# %%writefile handlers/step.py
# One function serves every state, one step in each invocation.
import inventory
import notification
import payment
from sagalab.participants import order_book

STEPS = {
    "ChargePayment": payment.charge,
    "RefundPayment": payment.refund,
    "ReserveStock": inventory.reserve,
    "ConfirmOrder": lambda orderId, correlationId: order_book.confirm(orderId, correlation_id=correlationId),
    "CancelOrder": lambda orderId, correlationId: order_book.cancel(orderId, "refused", correlation_id=correlationId),
    "NotifyConfirmed": notification.tell_confirmed,
    "NotifyCancelled": notification.tell_cancelled,
}


def run(event, context):
    return STEPS[event["step"]](event["orderId"], event["correlationId"])

# %% solution="order-flow"
order_step = deploy_function("order-step", "step.run", "handlers/")


def task(next_state, **catch):
    """Calls the one function with the name of the state that calls; catches errors by name."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {
            "FunctionName": order_step,
            "Payload": {"step.$": "$$.State.Name", "orderId.$": "$.orderId", "correlationId.$": "$.correlationId"},
        },
        "ResultPath": None,
        "Retry": [BUSINESS, TRANSIENT],
        "Catch": [{"ErrorEquals": [error], "ResultPath": "$.refusal", "Next": state} for error, state in catch.items()],
        **({"Next": next_state} if next_state else {"End": True}),
    }


order_flow = {
    "StartAt": "ChargePayment",
    "States": {
        "ChargePayment": task("ReserveStock", PaymentDeclined="CancelOrder"),
        "ReserveStock": task("ConfirmOrder", OutOfStock="RefundPayment"),
        "ConfirmOrder": task("NotifyConfirmed"),
        "NotifyConfirmed": task(None),
        "RefundPayment": task("CancelOrder"),
        "CancelOrder": task("NotifyCancelled"),
        "NotifyCancelled": task(None),
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

# %% solution="diagram-orchestration"
# %%diagram orchestration
# alt: The state machine OrderFlow calls the function order-step for each of its states; when stock is refused, it calls it to
# refund and to cancel.
from diagrams import Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import StepFunctions

with Diagram("Orchestration: one function, a step at a time", direction="LR"):
    flow, step = StepFunctions("OrderFlow"), Lambda("order-step")
    flow >> Edge(label="charge, reserve, confirm, notify") >> step
    flow >> Edge(label="refused: refund, cancel, notify", style="dashed") >> step
