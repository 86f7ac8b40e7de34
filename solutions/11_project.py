# %% [markdown]
# # 11 · The project
#
# One order saga, built twice, and judged by what it does when things fail. You design a three-step workflow
# (payment, inventory, notification) as an **orchestrated workflow** and as an **event-driven choreography**. You draw
# both. You write down one failure for each, with a plan to recover. Then you recommend one of them.
#
# Nothing here is judged by its wording. Your deployment is run under faults, your plan is executed, your pictures are
# held against what you deployed. `check("a-healthy")` and its sisters judge the same things at home as in class, and
# show the smallest run that breaks a promise.
#
# Three to five hours. Work from top to bottom, one part a day if you like. `check` as often as you want.

# %%
import json

import boto3
from botocore.config import Config

from sagalab import Constraint, Fault, Flip, Lab, Measurement, Recommendation, RecoveryPlan
from sagalab import check, minutes, package, submit

lab = Lab()
RETRIES = Config(retries={"mode": "standard", "max_attempts": 6})  # a refused call is tried again
sfn, events, sqs = (boto3.client(name, config=RETRIES) for name in ("stepfunctions", "events", "sqs"))
functions = boto3.client("lambda")

# %% [markdown]
# ## The steps
#
# One handler for each participant, and one for the order book. The business step is the same under both coordinators;
# a thin adapter serves each style. Three things to decide for every call: the **idempotency key**, the **correlation
# id**, and which errors are an answer ("declined") rather than a failure.
#
# The adapters for queues are plumbing, so here is their shape: an SQS batch comes in, each body is an EventBridge event,
# and a message that fails is reported by its id, so that only it comes back.

# %% solution="payment"
# %%handler payment
### BEGIN SOLUTION
import json

import boto3

from sagalab.participants import PaymentDeclined, order_book, payment_gateway


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
    elif kind == "StockRefused":
        refund(order_id, correlation_id)
        order_book.cancel(order_id, "out of stock", correlation_id=correlation_id)
        publish("OrderCancelled", detail)


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
### END SOLUTION

# %% solution="inventory"
# %%handler inventory
### BEGIN SOLUTION
import json

import boto3

from sagalab.participants import OutOfStock, order_book, warehouse


def reserve(order_id, correlation_id):
    order = order_book.get(order_id)
    return warehouse.reserve(order_id, order["items"], key=f"reserve-{order_id}", correlation_id=correlation_id)


def reserve_task(event, context):
    return reserve(event["orderId"], event["correlationId"])


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
### END SOLUTION

# %% solution="notification"
# %%handler notification
### BEGIN SOLUTION
import json

from sagalab.participants import mailer


def tell(order_id, outcome, correlation_id):
    return mailer.send(order_id, outcome, key=f"tell-{order_id}", correlation_id=correlation_id)


def tell_task(event, context):
    return tell(event["orderId"], event["outcome"], event["correlationId"])


def on_messages(event, context):
    failed = []
    for record in event["Records"]:
        try:
            message = json.loads(record["body"])
            outcome = {"OrderConfirmed": "confirmed", "OrderCancelled": "cancelled"}[message["detail-type"]]
            tell(message["detail"]["orderId"], outcome, message["detail"]["correlationId"])
        except Exception as error:
            print(f"{record['messageId']}: {error}")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
### END SOLUTION

# %% solution="outcome"
# %%handler outcome
### BEGIN SOLUTION
from sagalab.participants import order_book


def confirm_task(event, context):
    return order_book.confirm(event["orderId"], correlation_id=event["correlationId"])


def cancel_task(event, context):
    return order_book.cancel(event["orderId"], event["reason"], correlation_id=event["correlationId"])
### END SOLUTION

# %% [markdown]
# ## Part A: the orchestrated workflow
#
# A state machine calls each step from its own state. Given to you, because it is arithmetic: a retry policy that covers
# an outage of 15 minutes. 10 s, doubling, never more than 120 s apart, 12 attempts. The **business retrier** stands first
# and never retries: a declined card stays declined.

# %%
BUSINESS = {"ErrorEquals": ["PaymentDeclined", "OutOfStock"], "MaxAttempts": 0}
TRANSIENT = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "BackoffRate": 2.0, "MaxDelaySeconds": 120, "MaxAttempts": 12}


def deploy_function(name, handler, *modules):
    """Uploads a function that is made of handler modules."""
    code = {"ZipFile": package(*modules)}
    made = functions.create_function(
        FunctionName=name, Runtime="python3.11", Role=lab.role_arn, Handler=handler, Code=code, Timeout=20
    )
    return made["FunctionArn"]


# %% [markdown]
# Deploy the functions and the state machine. Then write `start_workflow(order_id)`: it returns the execution's ARN, and
# when somebody calls it twice for one order, one order is processed.

# %% solution="order-flow"
### BEGIN SOLUTION
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


def start_workflow(order_id):
    # The name is the idempotency key of the start: the same order gives the same execution.
    name, order = f"order-{order_id}", {"orderId": order_id, "correlationId": f"corr-{order_id}"}
    try:
        return sfn.start_execution(stateMachineArn=ORDER_FLOW, name=name, input=json.dumps(order))["executionArn"]
    except sfn.exceptions.ExecutionAlreadyExists:
        return ORDER_FLOW.replace(":stateMachine:", ":execution:") + f":{name}"
### END SOLUTION

# %% [markdown]
# Run one order and look at it before you let it be judged.

# %%
if "start_workflow" in globals():
    start_workflow("1001")
    lab.run(until="quiet")
lab.timeline("1001")

# %% check="a-healthy"
check("a-healthy")

# %% check="a-faults"
check("a-faults")

# %% check="a-attempts"
check("a-attempts")

# %% check="a-audit"
check("a-audit")

# %% [markdown]
# ## Part B: the choreographed workflow
#
# Services react to events, each from its own queue. Given to you: a helper that makes a queue, its dead-letter queue and
# the mapping that feeds a function. 180 s visibility and 7 receives cover 15 minutes.

# %%
def deploy_queue(name, function):
    """Makes NAME-queue with NAME-dlq behind it, feeding a function; gives the queue's ARN."""
    dlq = sqs.create_queue(QueueName=f"{name}-dlq")["QueueUrl"]
    dlq_arn = sqs.get_queue_attributes(QueueUrl=dlq, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": dlq_arn, "maxReceiveCount": 7})
    attributes = {"VisibilityTimeout": "180", "RedrivePolicy": redrive}
    url = sqs.create_queue(QueueName=f"{name}-queue", Attributes=attributes)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions.create_event_source_mapping(
        EventSourceArn=arn, FunctionName=function, BatchSize=5, FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    return arn


def deploy_rule(name, detail_types, queue_arn):
    """Sends events of these detail types from the default bus to a queue."""
    events.put_rule(Name=name, EventPattern=json.dumps({"detail-type": detail_types}))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue_arn}])


# %% [markdown]
# Deploy the three services, their queues and the rules. Then write `emit_order_created(order_id)`. `put_events` can fail
# without raising: look at `FailedEntryCount`.

# %% solution="services"
### BEGIN SOLUTION
payment_service = deploy_function("payment-service", "payment.on_messages", "payment")
inventory_service = deploy_function("inventory-service", "inventory.on_messages", "inventory")
notification_service = deploy_function("notification-service", "notification.on_messages", "notification")

payment_queue = deploy_queue("payment", payment_service)
inventory_queue = deploy_queue("inventory", inventory_service)
notification_queue = deploy_queue("notification", notification_service)

deploy_rule("on-order-created", ["OrderCreated"], payment_queue)
deploy_rule("on-stock-refused", ["StockRefused"], payment_queue)
deploy_rule("on-payment-charged", ["PaymentCharged"], inventory_queue)
deploy_rule("on-outcome", ["OrderConfirmed", "OrderCancelled"], notification_queue)


def emit_order_created(order_id):
    detail = {"orderId": order_id, "correlationId": f"corr-{order_id}"}
    entry = {"Source": "orders", "DetailType": "OrderCreated", "Detail": json.dumps(detail), "EventBusName": "default"}
    for _ in range(5):
        answer = events.put_events(Entries=[entry])
        if not answer["FailedEntryCount"]:
            return answer
    raise RuntimeError("the bus did not take the event")
### END SOLUTION

# %%
if "emit_order_created" in globals():
    emit_order_created("1002")
    lab.run(until="quiet")
lab.timeline("1002")

# %% check="b-healthy"
check("b-healthy")

# %% check="b-faults"
check("b-faults")

# %% check="b-decoupled"
check("b-decoupled")

# %% check="b-accounted"
check("b-accounted")

# %% [markdown]
# ## Part C: two diagrams
#
# Draw what you deployed, one diagram for each approach, with the failure paths. The names in the picture are the names in
# the cloud. `lab.deployed()` draws what is really there: use it to find what you forgot, after you have tried. Write the
# alternative text as a comment: `# alt: ...`.

# %% solution="diagram-orchestration"
# %%diagram orchestration
### BEGIN SOLUTION
# alt: The state machine OrderFlow calls one function for each step: it charges, reserves, confirms and notifies; when stock
# is refused it refunds, cancels and notifies.
from diagrams import Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import StepFunctions

with Diagram("Orchestration: one coordinator", direction="LR"):
    flow = StepFunctions("OrderFlow")
    flow >> Edge(label="1 charge") >> Lambda("charge-payment")
    flow >> Edge(label="2 reserve") >> Lambda("reserve-stock")
    flow >> Edge(label="3 confirm") >> Lambda("confirm-order")
    flow >> Edge(label="4 notify") >> Lambda("notify-customer")
    flow >> Edge(label="out of stock: refund", style="dashed", color="#D55E00") >> Lambda("refund-payment")
    flow >> Edge(label="refused: cancel", style="dashed", color="#D55E00") >> Lambda("cancel-order")
### END SOLUTION

# %% solution="diagram-choreography"
# %%diagram choreography
### BEGIN SOLUTION
# alt: The default bus hands events to three queues; each queue feeds one service; services publish back to the bus; a
# message that keeps failing goes to the queue's dead-letter queue.
from diagrams import Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import SQS, Eventbridge

with Diagram("Choreography: services react", direction="LR"):
    bus = Eventbridge("default")
    wiring = {"payment": "OrderCreated, StockRefused", "inventory": "PaymentCharged", "notification": "OrderConfirmed, OrderCancelled"}
    for name, label in wiring.items():
        queue, service = SQS(f"{name}-queue"), Lambda(f"{name}-service")
        bus >> Edge(label=label) >> queue >> service
        queue >> Edge(label="after 7 receives", style="dashed", color="#D55E00") >> SQS(f"{name}-dlq")
        if name != "notification":
            service >> Edge(label="publishes", constraint="false", color="#CC79A7") >> bus
### END SOLUTION

# %% check="c-agreement"
check("c-agreement")

# %% check="c-style"
check("c-style")

# %% check="c-failure"
check("c-failure")

# %% check="c-labels"
check("c-labels")

# %% [markdown]
# ## Part D: a failure scenario and its recovery plan
#
# Take a failure that your design does **not** heal by itself: an outage longer than its retries. Write the plan that an
# operator would run. First the operator's report `stuck_orders()`: the ids of orders that need a person, from AWS signals
# only. Then one `RecoveryPlan` for each approach.

# %% solution="plans"
### BEGIN SOLUTION
DLQS = {f"{name}-dlq": f"{name}-queue" for name in ("payment", "inventory", "notification")}


def url_of(queue):
    return sqs.get_queue_url(QueueName=queue)["QueueUrl"]


def unresolved_executions():
    """Gives the input of each execution that failed and was not restarted since."""
    listed = sfn.list_executions(stateMachineArn=ORDER_FLOW)["executions"]
    inputs = [(run["status"], sfn.describe_execution(executionArn=run["executionArn"])["input"]) for run in listed]
    healed = {text for status, text in inputs if status in ("RUNNING", "SUCCEEDED")}
    return sorted({text for status, text in inputs if status not in ("RUNNING", "SUCCEEDED")} - healed)


def stuck_orders():
    found = [json.loads(text)["orderId"] for text in unresolved_executions()]
    for dlq in DLQS:
        for message in sqs.receive_message(QueueUrl=url_of(dlq), MaxNumberOfMessages=10, VisibilityTimeout=0).get("Messages", []):
            found.append(json.loads(message["Body"])["detail"]["orderId"])
    return sorted(set(found))


def restart_failed_executions():
    for text in unresolved_executions():
        order_id = json.loads(text)["orderId"]
        # The old name would give back the dead run; the old input keeps order and correlation id.
        sfn.start_execution(stateMachineArn=ORDER_FLOW, name=f"order-{order_id}-again", input=text)


def redrive_dead_letters():
    for dlq, queue in DLQS.items():
        while messages := sqs.receive_message(QueueUrl=url_of(dlq), MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                sqs.send_message(QueueUrl=url_of(queue), MessageBody=message["Body"])
                sqs.delete_message(QueueUrl=url_of(dlq), ReceiptHandle=message["ReceiptHandle"])


well = {"order": "confirmed", "money": "charged", "stock": "reserved", "customer": "told once"}

recovery_plans = [
    RecoveryPlan(
        approach="orchestration",
        fault=Fault("unavailable", target="warehouse.reserve", lasts=minutes(40)),
        effect="Paid orders wait for stock; nobody is told.",
        detector=lambda signals: signals.state_machine("OrderFlow").unresolved > 0,
        detect_within=minutes(30),
        recover_within=minutes(60),
        reaction="12 retries within 19 minutes, then the execution fails",
        actions=restart_failed_executions,
        expected=well,
    ),
    RecoveryPlan(
        approach="choreography",
        fault=Fault("unavailable", target="warehouse.reserve", lasts=minutes(40)),
        effect="Paid orders wait for stock; nobody is told.",
        detector=lambda signals: signals.queue("inventory-dlq").visible > 0,
        detect_within=minutes(30),
        recover_within=minutes(60),
        reaction="seven receives 180 s apart, then the message is parked",
        actions=redrive_dead_letters,
        expected=well,
    ),
]
### END SOLUTION

# %% [markdown] prose="effect"
# **Effect on the business.** Say in a few sentences what the customer and the company notice while the failure lasts.

# %% check="d-scenario"
check("d-scenario")

# %% check="d-detects"
check("d-detects")

# %% check="d-silent"
check("d-silent")

# %% check="d-recovers"
check("d-recovers")

# %% check="d-twice"
check("d-twice")

# %% check="d-unseen"
check("d-unseen")

# %% [markdown]
# ## Part E: which one, and why
#
# Describe the scenario that you decide for. Weigh the five rows of the matrix, score both approaches from 0 to 5, name
# what the scenario cannot do without. Cite at least three of the five measurements of your own two designs: what a
# newcomer changes, what an order costs, where a stuck order is found, how many orders a second it bears, and whom an
# outage hurts. The next cell takes the first three from your two runs. Given
# `starts={"orchestration": start_workflow, "choreography": emit_order_created}` as well, `lab.measurements` also runs your
# designs under load and through outages; that takes some seconds. Then say which change of weights would turn your
# decision round.

# %%
if "start_workflow" in globals() and "emit_order_created" in globals():
    for name, values in lab.measurements(orchestration="1001", choreography="1002").items():
        print(f"{name}: {values}")

# %% solution="recommendation"
### BEGIN SOLUTION
measured = lab.measurements(orchestration="1001", choreography="1002")

recommendation = Recommendation(
    scenario="A web shop with one team. Auditors ask for the course of single orders; few new steps are planned.",
    approach="orchestration",
    constraints=[
        Constraint(requirement="Clear step order", must="yes", why="auditors read it"),
        Constraint(requirement="records_to_find_a_stuck_order", at_most=2, why="one person is on call"),
    ],
    weights={
        "Clear step order": 4,
        "Independent teams": 1,
        "Easy debugging": 4,
        "Loose coupling": 2,
        "Long-running workflows": 2,
    },
    scores={
        "orchestration": {
            "Clear step order": 5,
            "Independent teams": 2,
            "Easy debugging": 5,
            "Loose coupling": 2,
            "Long-running workflows": 5,
        },
        "choreography": {
            "Clear step order": 2,
            "Independent teams": 5,
            "Easy debugging": 2,
            "Loose coupling": 4,
            "Long-running workflows": 3,
        },
    },
    measurements=[Measurement(name=name, **values) for name, values in measured.items()],
    flip=Flip(
        weights={"Independent teams": 9, "Loose coupling": 8},
        to="choreography",
        because="the shop is split among five teams that release on their own",
    ),
)
### END SOLUTION

# %% [markdown] manual="e-reasoning"
# **Your reasoning.** Which measurement decided, and what would you still want to know? A person reads this.

# %% check="e-constraints"
check("e-constraints")

# %% check="e-follows"
check("e-follows")

# %% check="e-measured"
check("e-measured")

# %% check="e-flip"
check("e-flip")

# %% [markdown]
# ## Part F: hand it in
#
# Save the notebook. Then `submit()` packs it with your diagrams, plans and recommendation into one e-mail file. It shows
# what is inside and where to send it. It never sends anything by itself.

# %%
# Take the # away once the project is done, and save the notebook before you run it.
# submit()

# %% check="f-submission"
check("f-submission")
