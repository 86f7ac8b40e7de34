# %%
# %%handler front
import json
import os

import boto3


def on_messages(event, context):
    """Starts an execution for each order that waits; one that runs already, or ran, is as good."""
    client = boto3.client("stepfunctions")
    for record in event["Records"]:
        order = json.loads(record["body"])
        try:
            client.start_execution(stateMachineArn=os.environ["FLOW"], name=order["run"], input=record["body"])
        except client.exceptions.ExecutionAlreadyExists:
            pass

# %% solution="order-flow"
import hashlib


def task(function, next_state, extra=None, catch=None):
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function, "Payload": {"orderId.$": "$.orderId", "correlationId.$": "$.correlationId", **(extra or {})}},
        "ResultPath": None,
        "Retry": [BUSINESS, TRANSIENT],
        **({"Catch": catch} if catch else {}),
    }
    return {**state, **({"Next": next_state} if next_state else {"End": True})}


def caught(error, next_state):
    return [{"ErrorEquals": [error], "ResultPath": "$.refusal", "Next": next_state}]


charge_payment = deploy_function("charge-payment", "payment.charge_task", "payment")
refund_payment = deploy_function("refund-payment", "payment.refund_task", "payment")
reserve_stock = deploy_function("reserve-stock", "inventory.reserve_task", "inventory")
notify_customer = deploy_function("notify-customer", "notification.tell_task", "notification")
confirm_order = deploy_function("confirm-order", "outcome.confirm_task", "outcome")
cancel_order = deploy_function("cancel-order", "outcome.cancel_task", "outcome")

order_flow = {
    "StartAt": "ChargePayment",
    "States": {
        "ChargePayment": task(charge_payment, "ReserveStock", catch=caught("PaymentDeclined", "CancelOrder")),
        "ReserveStock": task(reserve_stock, "ConfirmOrder", catch=caught("OutOfStock", "RefundPayment")),
        "ConfirmOrder": task(confirm_order, "NotifyConfirmed"),
        "NotifyConfirmed": task(notify_customer, None, {"outcome": "confirmed"}),
        "RefundPayment": task(refund_payment, "CancelOrder"),
        "CancelOrder": task(cancel_order, "NotifyCancelled", {"reason": "refused"}),
        "NotifyCancelled": task(notify_customer, None, {"outcome": "cancelled"}),
    },
}
ORDER_FLOW = sfn.create_state_machine(name="OrderFlow", definition=json.dumps(order_flow), roleArn=lab.role_arn)[
    "stateMachineArn"
]


def new_queue(name, **attributes):
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


_, parked = new_queue("orders-dlq")
ORDERS, orders = new_queue(
    "orders", VisibilityTimeout="180", RedrivePolicy=json.dumps({"deadLetterTargetArn": parked, "maxReceiveCount": 7})
)
start_orders = functions.create_function(
    FunctionName="start-orders", Runtime="python3.11", Role=lab.role_arn, Handler="front.on_messages",
    Code={"ZipFile": package("front")}, Timeout=20, Environment={"Variables": {"FLOW": ORDER_FLOW}},
)
functions.create_event_source_mapping(EventSourceArn=orders, FunctionName="start-orders", BatchSize=1)


def start_workflow(order_id):
    """Puts the order into the queue. The name of the run to come is known by now, and so is its ARN."""
    run = "run-" + hashlib.sha256(order_id.encode()).hexdigest()[:32]
    order = {"orderId": order_id, "correlationId": f"web/{order_id}", "run": run}
    sqs.send_message(
        QueueUrl=ORDERS, MessageBody=json.dumps(order),
        MessageAttributes={"orderId": {"DataType": "String", "StringValue": order_id}},
    )
    return ORDER_FLOW.replace(":stateMachine:", ":execution:") + f":{run}"

# %% solution="diagram-orchestration"
# %%diagram orchestration
# alt: Orders wait in a queue until start-orders starts the state machine OrderFlow for each. It calls one function for each
# step: it charges, reserves, confirms and notifies; when stock is refused it refunds, cancels and notifies.
from diagrams import Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import SQS, StepFunctions

with Diagram("Orchestration behind a queue", direction="LR"):
    orders, flow = SQS("orders"), StepFunctions("OrderFlow")
    orders >> Lambda("start-orders") >> Edge(label="starts") >> flow
    orders >> Edge(label="dead letters", style="dashed") >> SQS("orders-dlq")
    flow >> Edge(label="1 charge") >> Lambda("charge-payment")
    flow >> Edge(label="2 reserve") >> Lambda("reserve-stock")
    flow >> Edge(label="3 confirm") >> Lambda("confirm-order")
    flow >> Edge(label="4 notify") >> Lambda("notify-customer")
    flow >> Edge(label="out of stock: refund", style="dashed") >> Lambda("refund-payment")
    flow >> Edge(label="refused: cancel", style="dashed") >> Lambda("cancel-order")
