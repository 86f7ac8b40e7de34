# %% solution="inventory"
# %%handler inventory
import json

import boto3

from sagalab.participants import OutOfStock, order_book, warehouse


def reserve(order_id, correlation_id):
    order = order_book.get(order_id)
    return warehouse.reserve(order_id, order["items"], key=f"reserve-{order_id}", correlation_id=correlation_id)


def answer_tasks(event, context):
    """Reserves for a state that waits with a task token, and answers it."""
    client = boto3.client("stepfunctions")
    for record in event["Records"]:
        task = json.loads(record["body"])
        try:
            try:
                reserve(task["orderId"], task["correlationId"])
            except OutOfStock as refusal:
                client.send_task_failure(taskToken=task["token"], error="OutOfStock", cause=str(refusal))
            else:
                client.send_task_success(taskToken=task["token"], output=json.dumps("reserved"))
        except (client.exceptions.InvalidToken, client.exceptions.TaskDoesNotExist, client.exceptions.TaskTimedOut):
            pass  # it has its answer, from the first copy of this message


def publish(kind, detail):
    entry = {"Source": "orders.inventory", "DetailType": kind, "Detail": json.dumps(detail), "EventBusName": "default"}
    answer = boto3.client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise RuntimeError(f"the bus did not take {kind}")


def react(kind, detail):
    order_id, correlation_id = detail["orderId"], detail["correlationId"]
    try:
        reserve(order_id, correlation_id)
    except OutOfStock:
        publish("StockRefused", detail)
    else:
        order_book.confirm(order_id, correlation_id=correlation_id)
        publish("OrderConfirmed", detail)


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

# %% solution="plans"
def url_of(queue):
    return sqs.get_queue_url(QueueName=queue)["QueueUrl"]


DLQS = ("reservations-dlq", "payment-dlq", "inventory-dlq", "notification-dlq")


def failed_inputs():
    found = sfn.list_executions(stateMachineArn=ORDER_FLOW, statusFilter="FAILED")["executions"]
    return {run["executionArn"]: json.loads(sfn.describe_execution(executionArn=run["executionArn"])["input"]) for run in found}


def order_of(message):
    """Reads the order id out of a task or an event; None for what names no order."""
    try:
        body = json.loads(message["Body"])
        return body.get("detail", body)["orderId"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def stuck_orders():
    found = {order["orderId"] for order in failed_inputs().values()}
    for dlq in DLQS:
        parked = sqs.receive_message(QueueUrl=url_of(dlq), MaxNumberOfMessages=10, VisibilityTimeout=0)
        found |= {order_of(message) for message in parked.get("Messages", [])}
    return sorted(found - {None})


def redrive():
    """Goes on where it stopped: parked messages go back to their queues, failed executions to their failed state."""
    for dlq in DLQS:
        arn = sqs.get_queue_attributes(QueueUrl=url_of(dlq), AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sqs.start_message_move_task(SourceArn=arn)
    for execution in failed_inputs():
        sfn.redrive_execution(executionArn=execution)


recovery_plans = [
    RecoveryPlan(
        approach="orchestration",
        fault=Fault("unavailable", target="warehouse.reserve", lasts=minutes(40)),
        effect="Paid orders wait for stock; nobody is told.",
        detector=lambda signals: signals.queue("reservations-dlq").visible > 0,
        detect_within=minutes(30),
        recover_within=minutes(60),
        reaction="seven receives 180 s apart, then the request is parked; the execution goes on waiting for its answer",
        actions=redrive,
        expected={"order": "confirmed", "money": "charged", "stock": "reserved", "customer": "told once"},
    ),
    RecoveryPlan(
        approach="choreography",
        fault=Fault("unavailable", target="payment_gateway.charge", lasts=minutes(35)),
        effect="Orders wait for their payment; nobody is told.",
        detector=lambda signals: signals.queue("payment-dlq").visible > 0,
        detect_within=minutes(30),
        recover_within=minutes(60),
        reaction="seven receives 180 s apart, then the message is parked",
        actions=redrive,
        expected={"order": "confirmed", "money": "charged", "stock": "reserved", "customer": "told once"},
    ),
]

# %% solution="diagram-orchestration"
# %%diagram orchestration
# alt: OrderFlow calls a function to charge, sends a request for stock into a queue and waits until reserve-stock answers it;
# then it confirms and notifies. When stock is refused it refunds, cancels and notifies.
from diagrams import Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import SQS, StepFunctions

with Diagram("Orchestration: one step calls back", direction="LR"):
    flow, requests = StepFunctions("OrderFlow"), SQS("reservations")
    flow >> Edge(label="1 charge") >> Lambda("charge-payment")
    flow >> Edge(label="2 reserve") >> requests >> Lambda("reserve-stock") >> Edge(label="answers") >> flow
    requests >> Edge(label="dead letters", style="dashed") >> SQS("reservations-dlq")
    flow >> Edge(label="3 confirm") >> Lambda("confirm-order")
    flow >> Edge(label="4 notify") >> Lambda("notify-customer")
    flow >> Edge(label="out of stock: refund", style="dashed") >> Lambda("refund-payment")
    flow >> Edge(label="refused: cancel", style="dashed") >> Lambda("cancel-order")
