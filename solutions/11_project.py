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
# Three to five hours. Work from top to bottom, one part a day if you like. `check` as often as you want. Every cell may be
# run again: what is deployed already is changed, not made a second time.

# %%
import json

import boto3
from botocore.config import Config

from sagalab import Constraint, Fault, Flip, Lab, Measurement, Recommendation, RecoveryPlan
from sagalab import check, happened, hint, minutes, package, predict, progress, solution, submit
from sagalab.faults import CATALOGUE
from sagalab.participants import order_book
from sagalab.recommendation import MEASURABLE

lab = Lab()
RETRIES = Config(retries={"mode": "standard", "max_attempts": 6})  # a refused call is tried again
sfn, events, sqs = (boto3.client(name, config=RETRIES) for name in ("stepfunctions", "events", "sqs"))
functions = boto3.client("lambda")

# %%
# Stuck? Take a # away, and put the name of the check into it: each hint says a little more.
# hint("a-healthy")
# solution("a-healthy")
progress()

# %% [markdown]
# A fresh lab has twenty orders in its order book, 1001 to 1020, with stock for all of them; `order_book.get("1001")` shows
# one. `lab.order("3001", 18.50, {"globe": 1}, declined=True)` adds one of your own, here with a card that is declined, and
# `lab.sell_out("globe")` empties a shelf. Use a number for one run only: a second run under the same number is a second
# start of the same order.
#
# ## The promises
#
# Whatever strikes an order, this is what you owe it:
#
# - It is charged once when it is confirmed, and nothing is kept when it is cancelled. The same holds for the stock.
# - The customer is told the outcome once, and only after the order book holds it.
# - It is confirmed or cancelled within 60 minutes. Faults of up to 15 minutes in total never cancel an
#   order; only a refusal does.
# - A compensation undoes only what happened, and only once. After `confirm` there is none.
# - Each effect carries the order's correlation id, and each message is done, pending, or in a dead-letter queue.
#
# Two rules for both designs. No function reaches two of payment, warehouse and mailer. In the orchestrated design (part A)
# each of these steps has a state of its own, in the choreography (part B) a message of its own.
#
# ## The steps
#
# One handler for each participant, and one for the order book. The business step is the same under both coordinators;
# a thin adapter serves each style. Three things to decide for every call: the **idempotency key**, the **correlation
# id**, and which errors are an answer ("declined") rather than a failure.
#
# | call | its errors |
# |---|---|
# | `payment_gateway.charge(order_id, amount, key=, correlation_id=)` | `PaymentDeclined`, and the two below |
# | `payment_gateway.refund(order_id, key=, correlation_id=)` | the two below |
# | `warehouse.reserve(order_id, items, key=, correlation_id=)` | `OutOfStock`, and the two below |
# | `warehouse.release(order_id, key=, correlation_id=)` | the two below |
# | `mailer.send(order_id, outcome, key=, correlation_id=)`, outcome `"confirmed"` or `"cancelled"` | the two below |
# | `order_book.get(order_id)`, `.confirm(order_id, correlation_id=)`, `.cancel(order_id, reason, correlation_id=)`, `.outcome(order_id)` | `AlreadyCancelled`, `AlreadyConfirmed` |
#
# The two: `ParticipantUnavailable` is **definite**, nothing happened. `ParticipantTimeout` is **indefinite**, it may have
# happened. All are imported from `sagalab.participants`. A call with a key that was used before gives the first answer
# again, and a refusal is an answer, too. The correlation id is any text of yours that is the same in every call for one
# order; nobody passes it on but you.
#
# The adapters for queues are plumbing, so here is their shape. An SQS batch comes in, and each body is an EventBridge
# event. A message that fails is reported by its id, so that only it comes back. Whoever publishes reads `FailedEntryCount` in
# the answer of `put_events`, and raises an error when it is not 0: the bus refuses without raising one. (Lesson 06's
# `receiving` and `publishing` do both. Lesson 04's do not: there one unreadable message fails its whole batch.)

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
TRANSIENT = {
    "ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "BackoffRate": 2.0, "MaxDelaySeconds": 120, "MaxAttempts": 12
}


def deploy_function(name, handler, *modules):
    """Makes a function of handler modules, or changes the one that is there; gives its ARN."""
    runs = {"Runtime": "python3.11", "Role": lab.role_arn, "Handler": handler, "Timeout": 20}
    code = package(*modules)
    try:
        return functions.create_function(FunctionName=name, Code={"ZipFile": code}, **runs)["FunctionArn"]
    except functions.exceptions.ResourceConflictException:
        functions.update_function_code(FunctionName=name, ZipFile=code)
        return functions.update_function_configuration(FunctionName=name, **runs)["FunctionArn"]


def deploy_flow(name, definition):
    """Makes a state machine, or replaces the definition of the one that is there; gives its ARN."""
    known = {row["name"]: row["stateMachineArn"] for row in sfn.list_state_machines()["stateMachines"]}
    if name in known:
        sfn.update_state_machine(stateMachineArn=known[name], definition=json.dumps(definition))
        return known[name]
    made = sfn.create_state_machine(name=name, definition=json.dumps(definition), roleArn=lab.role_arn)
    return made["stateMachineArn"]


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
ORDER_FLOW = deploy_flow("OrderFlow", order_flow)


def start_workflow(order_id):
    # The name is the idempotency key of the start: the same order gives the same execution.
    name, order = f"order-{order_id}", {"orderId": order_id, "correlationId": f"corr-{order_id}"}
    try:
        return sfn.start_execution(stateMachineArn=ORDER_FLOW, name=name, input=json.dumps(order))["executionArn"]
    except sfn.exceptions.ExecutionAlreadyExists:
        return ORDER_FLOW.replace(":stateMachine:", ":execution:") + f":{name}"
### END SOLUTION

# %% [markdown]
# Run one order and look at it before you let it be judged. (Take another number for another try.)

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
# the mapping that feeds a function. 180 s visibility and 7 receives cover 15 minutes. A rule brings events into a queue,
# never straight to a function. Lambda would take the event from the rule, try a failing function twice more within three
# minutes, and drop the event
# ([*Asynchronous invocation*](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html), as of
# November 2026).

# %%
def deploy_queue(name, function):
    """Makes NAME-queue with NAME-dlq behind it, feeding a function, or changes them; gives the queue's ARN."""
    dlq = sqs.create_queue(QueueName=f"{name}-dlq")["QueueUrl"]
    dlq_arn = sqs.get_queue_attributes(QueueUrl=dlq, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": dlq_arn, "maxReceiveCount": 7})
    attributes = {"VisibilityTimeout": "180", "RedrivePolicy": redrive}
    try:
        url = sqs.create_queue(QueueName=f"{name}-queue", Attributes=attributes)["QueueUrl"]
    except sqs.exceptions.QueueNameExists:  # it is there, with other attributes
        url = sqs.get_queue_url(QueueName=name + "-queue")["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    feed(arn, function)
    return arn


def feed(queue, function):
    """Lets a function work through a queue, five messages at a time; those that it reports as failed come back."""
    known = functions.list_event_source_mappings(EventSourceArn=queue)["EventSourceMappings"]
    deploy = functions.update_event_source_mapping if known else functions.create_event_source_mapping
    which = {"UUID": known[0]["UUID"]} if known else {"EventSourceArn": queue}
    deploy(**which, FunctionName=function, BatchSize=5, FunctionResponseTypes=["ReportBatchItemFailures"])


def deploy_rule(name, detail_types, queue_arn):
    """Sends events of these detail types from the default bus to a queue."""
    events.put_rule(Name=name, EventPattern=json.dumps({"detail-type": detail_types}))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue_arn}])


# %% [markdown]
# An **archive** keeps a copy of every event on the bus, whatever becomes of the deliveries. Its name is fixed, so that a
# plan can find it later and have its events handed out again.

# %%
ARCHIVE = "order-events"
BUS = events.describe_event_bus(Name="default")["Arn"]
if ARCHIVE not in [row["ArchiveName"] for row in events.list_archives()["Archives"]]:
    events.create_archive(ArchiveName=ARCHIVE, EventSourceArn=BUS)

# %% [markdown]
# Deploy the three services, their queues and the rules. Then write `emit_order_created(order_id)`: it publishes
# `OrderCreated` from the source `orders` on the bus `default`, and its detail has at least `{"orderId": ...}`. `put_events`
# can fail without raising: look at `FailedEntryCount`. Three refusals in a row must not lose an order.

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
# alternative text as a comment: `# alt: ...`. (The archive is given, and needs no place in the picture.)

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
# operator would run. First the operator's report `stuck_orders()`: it takes no argument and returns a list of the ids of
# orders that need a person. It asks AWS through boto3, and no participant. Then
# `recovery_plans = [RecoveryPlan(...), RecoveryPlan(...)]`, one for each approach. All times are seconds; `minutes(30)` gives
# 1800.
#
# | field of a `RecoveryPlan` | what it says | allowed |
# |---|---|---|
# | `approach` | whose plan this is | `"orchestration"`, `"choreography"` |
# | `fault` | what strikes: `Fault(kind, target=..., lasts=...)` | a kind of the list below; as target a participant's call such as `"mailer.send"`, the name of a function or queue, an API call such as `"events:PutEvents"`, or, for a throttled function, `"lambda:"` and its name; `lasts` up to a day |
# | `effect` | what customer and company notice, a sentence | any text |
# | `detector` | a function of `signals`, asked once a minute; true calls the operator | the function's name, without `()` |
# | `detect_within` | from the order's start until the detector has to fire | more than 0 s, up to a day |
# | `recover_within` | from the actions until everything is as expected | more than 0 s, up to a day |
# | `reaction` | what the design does by itself until then, a sentence | any text, or left out |
# | `actions` | a function without arguments: what the operator runs once the detector has fired and the fault is over. It is run a second time later | the function's name, without `()` |
# | `expected` | how each order that was struck ends, a dictionary | see below |
#
# `expected` has up to four entries: `order` is `"confirmed"` or `"cancelled"`; `money` is `"charged"`, `"refunded"` or
# `"none"`; `stock` is `"reserved"`, `"released"` or `"none"`; `customer` is `"told once"`.
#
# | `signals` offers | what it is |
# |---|---|
# | `queue(name)` | `.visible` and `.in_flight`: numbers of messages; `.oldest_age`: seconds |
# | `state_machine(name)` | `.running`, `.failed`, `.timed_out`: numbers of executions; `.unresolved`: those that failed and were not redriven or started again since |
# | `function(name)` | `.invocations`, `.errors`, `.throttles`: counts since the run began |
# | `alarm(name)` | `"OK"`, `"ALARM"` or `"INSUFFICIENT_DATA"` |
# | `stuck_orders` | what your `stuck_orders()` returns at this moment, without `()` |
# | `now` | seconds since the run began |
#
# The kinds of fault, and what each of them strikes:

# %%
for kind in CATALOGUE.values():
    print(f"{kind.name:<15} strikes {kind.strikes:<12} {kind.story}")

# %% [markdown]
# Four tools of an operator, each in plain boto3. Which of them helps, on what, and what happens when it is used twice is
# for your plan to say.
#
# - An execution that failed can be **redriven**: it goes on in the state where it failed, with its old name and input, so
#   the correlation id stays. Or it is started again, with the old input and a *new* name: once a run has ended, AWS
#   refuses its name with `ExecutionAlreadyExists`.
# - A message in a dead-letter queue can be **moved** back to where it came from.
# - An archive can be **replayed**: it hands out *every* event of a span of time again, also those of orders that ended
#   well. A replay needs a name that was not used before.


# %%
def redrive(execution_arn):
    """Lets a failed execution go on in the state where it failed."""
    sfn.redrive_execution(executionArn=execution_arn)


def start_again(execution_arn):
    """Starts an execution's order once more, under a name made of the old one; at most once."""
    old = sfn.describe_execution(executionArn=execution_arn)
    try:
        sfn.start_execution(
            stateMachineArn=old["stateMachineArn"], name=f"{old['name']}-again", input=old["input"]
        )
    except sfn.exceptions.ExecutionAlreadyExists:
        pass  # somebody did that before


def move_back(dlq):
    """Moves all messages of a dead-letter queue back to the queue that they came from."""
    url = sqs.get_queue_url(QueueName=dlq)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.start_message_move_task(SourceArn=arn)


def replay(name, since, until):
    """Hands out the archived events between two moments (datetimes) again."""
    archive = events.describe_archive(ArchiveName=ARCHIVE)["ArchiveArn"]
    span = {"EventStartTime": since, "EventEndTime": until}
    events.start_replay(ReplayName=name, EventSourceArn=archive, Destination={"Arn": BUS}, **span)


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
            try:
                found.append(json.loads(message["Body"])["detail"]["orderId"])
            except (ValueError, KeyError):
                pass  # a message that nobody can read names no order
    return sorted(set(found))


def restart_failed_executions():
    for text in unresolved_executions():
        order_id = json.loads(text)["orderId"]
        # The old name is refused for good; the old input keeps order and correlation id.
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
# what the scenario cannot do without. Cite at least three of the five measurements of your own two designs. They are: what a
# newcomer changes, what an order costs, where a stuck order is found, how many orders a second it bears, and whom an
# outage hurts. The next cell takes the first three from two orders. Put in the numbers of two that you started once, and
# after your last change: an order that was started twice has twice the events. Given
# `starts={"orchestration": start_workflow, "choreography": emit_order_created}` as well, `lab.measurements` also runs your
# designs under load and through outages; that takes some seconds. Then say which change of weights would turn your
# decision round.

# %%
if "start_workflow" in globals() and "emit_order_created" in globals():
    for name, values in lab.measurements(orchestration="1001", choreography="1002").items():
        print(f"{name}: {values}")

# %% [markdown]
# Write it down as `recommendation = Recommendation(...)`. What it holds:
#
# | field | what it says | allowed |
# |---|---|---|
# | `scenario` | the company and its orders, some sentences | any text |
# | `approach` | your pick | `"orchestration"`, `"choreography"` |
# | `constraints` | what the scenario cannot do without, a list with at least one `Constraint` | see below |
# | `weights` | how much each row of the matrix counts, a dictionary | 0 or more; all five rows, and rows of your own |
# | `scores` | for each approach a dictionary: how well it does in each of those rows | 0 to 5 |
# | `measurements` | at least three numbers, a list of `Measurement` | see below |
# | `flip` | a `Flip`: what would turn the decision round | see below |
#
# The five rows are `"Clear step order"`, `"Independent teams"`, `"Easy debugging"`, `"Loose coupling"` and
# `"Long-running workflows"`. Weight times score, added up, has to favour your pick.
#
# - `Constraint(requirement=..., why=...)` names a row or a cited measurement, and one condition: `must="yes"` (a row that
#   your pick scores 3 or more), `at_least=` or `at_most=` a number. `why` may be left out.
# - `Measurement(name=..., orchestration=..., choreography=...)` cites one number for both approaches; the names and
#   units are in the list below.
# - `Flip(weights=..., to=..., because=...)`: the rows whose weights change, with their new weights, the *other* approach,
#   and what would have to happen in the business.
#
# A cell that ends in the line `recommendation` shows your matrix as a picture.

# %%
for name, unit in MEASURABLE.items():
    print(f"{name}: {unit}")

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
# what is inside and where to send it. It never sends anything by itself. `progress()`
# shows which checks hold so far.

# %%
# Take the # away once the project is done, and save the notebook before you run it.
# submit()

# %% check="f-submission"
check("f-submission")
