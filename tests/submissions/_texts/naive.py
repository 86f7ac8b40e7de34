# %% solution="payment"
# %%handler payment
import json

import boto3

from sagalab.participants import order_book, payment_gateway


def charge(order_id, correlation_id):
    order = order_book.get(order_id)
    return payment_gateway.charge(order_id, order["amount"], correlation_id=correlation_id)


def charge_task(event, context):
    return charge(event["orderId"], event["correlationId"])


def on_event(event, context):
    detail = event["detail"]
    charge(detail["orderId"], detail["correlationId"])
    entry = {"Source": "orders.payment", "DetailType": "PaymentCharged", "Detail": json.dumps(detail)}
    boto3.client("events").put_events(Entries=[entry])

# %% solution="inventory"
# %%handler inventory
import json

import boto3

from sagalab.participants import order_book, warehouse


def reserve(order_id, correlation_id):
    order = order_book.get(order_id)
    return warehouse.reserve(order_id, order["items"], correlation_id=correlation_id)


def reserve_task(event, context):
    return reserve(event["orderId"], event["correlationId"])


def on_event(event, context):
    detail = event["detail"]
    reserve(detail["orderId"], detail["correlationId"])
    order_book.confirm(detail["orderId"], correlation_id=detail["correlationId"])
    entry = {"Source": "orders.inventory", "DetailType": "OrderConfirmed", "Detail": json.dumps(detail)}
    boto3.client("events").put_events(Entries=[entry])

# %% solution="notification"
# %%handler notification
from sagalab.participants import mailer


def tell_task(event, context):
    return mailer.send(event["orderId"], "confirmed", correlation_id=event["correlationId"])


def on_event(event, context):
    return tell_task(event["detail"], context)

# %% solution="outcome"
# %%handler outcome
from sagalab.participants import order_book


def confirm_task(event, context):
    return order_book.confirm(event["orderId"], correlation_id=event["correlationId"])

# %% solution="order-flow"
charge_payment = deploy_function("charge-payment", "payment.charge_task", "payment")
reserve_stock = deploy_function("reserve-stock", "inventory.reserve_task", "inventory")
confirm_order = deploy_function("confirm-order", "outcome.confirm_task", "outcome")
notify_customer = deploy_function("notify-customer", "notification.tell_task", "notification")


def task(function, next_state=None):
    ending = {"Next": next_state} if next_state else {"End": True}
    return {"Type": "Task", "Resource": function, "ResultPath": None, **ending}


order_flow = {
    "StartAt": "ChargePayment",
    "States": {
        "ChargePayment": task(charge_payment, "ReserveStock"),
        "ReserveStock": task(reserve_stock, "ConfirmOrder"),
        "ConfirmOrder": task(confirm_order, "NotifyCustomer"),
        "NotifyCustomer": task(notify_customer),
    },
}
ORDER_FLOW = sfn.create_state_machine(name="OrderFlow", definition=json.dumps(order_flow), roleArn=lab.role_arn)[
    "stateMachineArn"
]


def start_workflow(order_id):
    order = {"orderId": order_id, "correlationId": f"corr-{order_id}"}
    return sfn.start_execution(stateMachineArn=ORDER_FLOW, input=json.dumps(order))["executionArn"]

# %% solution="services"
def deploy_service(name, detail_type, module):
    """Sends events of a type straight to a function."""
    function = deploy_function(name, f"{module}.on_event", module)
    events.put_rule(Name=f"to-{name}", EventPattern=json.dumps({"detail-type": [detail_type]}))
    events.put_targets(Rule=f"to-{name}", Targets=[{"Id": "function", "Arn": function}])


deploy_service("payment-service", "OrderCreated", "payment")
deploy_service("inventory-service", "PaymentCharged", "inventory")
deploy_service("notification-service", "OrderConfirmed", "notification")


def emit_order_created(order_id):
    detail = {"orderId": order_id, "correlationId": f"corr-{order_id}"}
    entry = {"Source": "orders", "DetailType": "OrderCreated", "Detail": json.dumps(detail), "EventBusName": "default"}
    return events.put_events(Entries=[entry])

# %% solution="diagram-orchestration"
# %%diagram orchestration
# alt: The state machine OrderFlow calls one function for each step: it charges, reserves, confirms and notifies.
from diagrams import Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import StepFunctions

with Diagram("Orchestration"):
    flow = StepFunctions("OrderFlow")
    flow >> Edge(label="1 charge") >> Lambda("charge-payment")
    flow >> Edge(label="2 reserve") >> Lambda("reserve-stock")
    flow >> Edge(label="3 confirm") >> Lambda("confirm-order")
    flow >> Edge(label="4 notify") >> Lambda("notify-customer")

# %% solution="diagram-choreography"
# %%diagram choreography
# alt: The default bus hands each event to a function; payment and inventory publish the next one.
from diagrams import Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import Eventbridge

with Diagram("Choreography"):
    bus = Eventbridge("default")
    payment, inventory, notification = (Lambda(f"{name}-service") for name in ("payment", "inventory", "notification"))
    bus >> Edge(label="OrderCreated") >> payment >> Edge(label="PaymentCharged") >> bus
    bus >> Edge(label="PaymentCharged") >> inventory >> Edge(label="OrderConfirmed") >> bus
    bus >> Edge(label="OrderConfirmed") >> notification

# %% solution="plans"
def failed_orders():
    """Gives the orders whose execution failed."""
    found = sfn.list_executions(stateMachineArn=ORDER_FLOW, statusFilter="FAILED")["executions"]
    return [
        json.loads(sfn.describe_execution(executionArn=execution["executionArn"])["input"])["orderId"]
        for execution in found
    ]


def stuck_orders():
    return failed_orders()


def start_again():
    for order_id in failed_orders():
        start_workflow(order_id)


def publish_again():
    for order_id in stuck_orders():
        emit_order_created(order_id)


well = {"order": "confirmed", "money": "charged", "stock": "reserved", "customer": "told once"}

recovery_plans = [
    RecoveryPlan(
        approach="orchestration",
        fault=Fault("unavailable", target="warehouse.reserve", lasts=minutes(40)),
        effect="Paid orders wait for stock; nobody is told.",
        detector=lambda signals: signals.state_machine("OrderFlow").failed > 0,
        detect_within=minutes(30),
        recover_within=minutes(60),
        reaction="none: the execution fails at once",
        actions=start_again,
        expected=well,
    ),
    RecoveryPlan(
        approach="choreography",
        fault=Fault("unavailable", target="warehouse.reserve", lasts=minutes(40)),
        effect="Paid orders wait for stock; nobody is told.",
        detector=lambda signals: signals.function("inventory-service").errors > 0,
        detect_within=minutes(30),
        recover_within=minutes(60),
        reaction="none of its own: Lambda tries twice more, then the event is gone",
        actions=publish_again,
        expected=well,
    ),
]
