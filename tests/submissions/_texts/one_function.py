# %% solution="payment"
# %%handler everything
import json

from sagalab.participants import OutOfStock, PaymentDeclined, mailer, order_book, payment_gateway, warehouse


def process(order_id, correlation_id):
    order = order_book.get(order_id)
    try:
        payment_gateway.charge(order_id, order["amount"], key=f"charge-{order_id}", correlation_id=correlation_id)
        warehouse.reserve(order_id, order["items"], key=f"reserve-{order_id}", correlation_id=correlation_id)
    except (PaymentDeclined, OutOfStock):
        payment_gateway.refund(order_id, key=f"refund-{order_id}", correlation_id=correlation_id)
        order_book.cancel(order_id, "refused", correlation_id=correlation_id)
        outcome = "cancelled"
    else:
        order_book.confirm(order_id, correlation_id=correlation_id)
        outcome = "confirmed"
    mailer.send(order_id, outcome, key=f"tell-{order_id}", correlation_id=correlation_id)


def as_task(event, context):
    process(event["orderId"], event["correlationId"])


def on_messages(event, context):
    for record in event["Records"]:
        detail = json.loads(record["body"])["detail"]
        process(detail["orderId"], detail["correlationId"])

# %% solution="inventory"
# Not needed: everything() does this as well.

# %% solution="notification"
# Not needed: everything() does this as well.

# %% solution="outcome"
# Not needed: everything() does this as well.

# %% solution="order-flow"
process_order = deploy_function("process-order", "everything.as_task", "everything")
order_flow = {
    "StartAt": "ProcessOrder",
    "States": {
        "ProcessOrder": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": process_order, "Payload.$": "$"},
            "Retry": [BUSINESS, TRANSIENT],
            "End": True,
        }
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
order_queue = deploy_queue("order", deploy_function("order-service", "everything.on_messages", "everything"))
deploy_rule("on-order-created", ["OrderCreated"], order_queue)


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
# alt: The state machine OrderFlow calls one function that does everything.
from diagrams import Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import StepFunctions

with Diagram("Orchestration"):
    StepFunctions("OrderFlow") >> Edge(label="process") >> Lambda("process-order")

# %% solution="diagram-choreography"
# %%diagram choreography
# alt: The default bus hands each order to one queue, which feeds one function.
from diagrams import Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import SQS, Eventbridge

with Diagram("Choreography"):
    Eventbridge("default") >> Edge(label="OrderCreated") >> SQS("order-queue") >> Lambda("order-service")
