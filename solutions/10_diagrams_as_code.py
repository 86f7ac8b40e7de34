# %% [markdown]
# # 10 · Diagrams as code
#
# Order 10007 is paid, and its customer has heard nothing for an hour. You are on call, the system is somebody else's, and
# there is a picture of it in the wiki. You follow its arrows to a topic that does not exist.
#
# You will draw a small deployed system as code, its ways for failures included, and let a comparison say in words where a
# picture lies. Forty minutes.

# %%
import json

import boto3
from IPython.display import HTML

from sagalab import Fault, Lab, check, happened, hint, minutes, package, predict, progress, solution
from sagalab.architecture import compare, deployed, drawn_in_child
from sagalab.magics import diagrams
from sagalab.pictures.drawing import drawn_picture

lab = Lab()
functions, sfn = boto3.client("lambda"), boto3.client("stepfunctions")
eventbridge, sqs = boto3.client("events"), boto3.client("sqs")

# %% [markdown]
# ## A system to draw
#
# The order of lesson 02, cut down to payment and stock: five small functions, and a state machine that calls them. Plumbing
# as before; read it once, because you will draw it.

# %%
# %%handler steps
from sagalab.participants import order_book, payment_gateway, warehouse


def charge(event, context):
    order = order_book.get(event["orderId"])
    return payment_gateway.charge(order["order_id"], order["amount"], key=f"charge-{order['order_id']}")


def refund(event, context):
    return payment_gateway.refund(event["orderId"], key=f"refund-{event['orderId']}")


def reserve(event, context):
    order = order_book.get(event["orderId"])
    return warehouse.reserve(order["order_id"], order["items"], key=f"reserve-{order['order_id']}")


def confirm(event, context):
    return order_book.confirm(event["orderId"])


def cancel(event, context):
    return order_book.cancel(event["orderId"], "refused")


# %%
def deploy_function(name, handler):
    """Makes a function of a handler, or replaces the code of the one that is there; gives its ARN."""
    code, runs = package(handler.split(".")[0]), {"Runtime": "python3.11", "Role": lab.role_arn, "Timeout": 20}
    try:
        made = functions.create_function(FunctionName=name, Code={"ZipFile": code}, Handler=handler, **runs)
        return made["FunctionArn"]
    except functions.exceptions.ResourceConflictException:
        return functions.update_function_code(FunctionName=name, ZipFile=code)["FunctionArn"]


def task(function, caught=None, **rest):
    """Gives a task state that calls a function; `caught` is an error, and the state that it leads to."""
    state = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "ResultPath": None, **rest}
    if caught:
        state["Catch"] = [{"ErrorEquals": [caught[0]], "ResultPath": None, "Next": caught[1]}]
    return {**state, "Parameters": {"FunctionName": function, "Payload.$": "$"}}


# %%
steps = {"charge-payment": "charge", "reserve-stock": "reserve", "confirm-order": "confirm"}
steps |= {"refund-payment": "refund", "cancel-order": "cancel"}
for name, step in steps.items():
    deploy_function(name, f"steps.{step}")
states = {
    "ChargePayment": task("charge-payment", ("PaymentDeclined", "CancelOrder"), Next="ReserveStock"),
    "ReserveStock": task("reserve-stock", ("OutOfStock", "RefundPayment"), Next="ConfirmOrder"),
    "ConfirmOrder": task("confirm-order", End=True),
    "RefundPayment": task("refund-payment", Next="CancelOrder"),
    "CancelOrder": task("cancel-order", End=True),
}
ORDER_FLOW = "arn:aws:states:us-east-1:123456789012:stateMachine:OrderFlow"
order_flow = json.dumps({"StartAt": "ChargePayment", "States": states})
try:
    sfn.create_state_machine(name="OrderFlow", definition=order_flow, roleArn=lab.role_arn)
except sfn.exceptions.StateMachineAlreadyExists:
    sfn.update_state_machine(stateMachineArn=ORDER_FLOW, definition=order_flow)


def start_workflow(order_id):
    return sfn.start_execution(stateMachineArn=ORDER_FLOW, input=json.dumps({"orderId": order_id}))["executionArn"]


# %% [markdown]
# ## What one order shows
#
# Five functions hang on the machine. Order 10001 will meet no trouble at all.

# %%
predict("functions-seen", "How many of the five functions does order 10001 reach?", ["3", "4", "5"])

# %%
lab.order("10001", 49.90, {"mug": 1})
run = start_workflow("10001")
lab.run(until="quiet")
reached = {fact.what for fact in lab.history().of("invocation", order_id="10001")}
display(happened("functions-seen", len(reached)))
lab.path(run)

# %% [markdown]
# A picture of a run shows what one order did. Two functions stood there and were never called, so a drawing made from this
# run would leave them out. An **architecture diagram** shows what *can* happen: every thing that is deployed, and every way
# from one to the next. You need it when an order has left the good way, which is when nobody has time to read the code.
#
# **Diagram as code** means that the picture is a text beside the code. It is reviewed with it, and a program can read it.
#
# ### Exercise: draw what is deployed
#
# A cell that begins with `%%diagram orchestration` draws with the package `diagrams`, and imports nothing else. A node is
# an icon with a name, and the names in the picture are the names in the cloud. `>>` is an arrow, and it points at the one
# that is called:
#
# `StepFunctions("OrderFlow") >> Edge(label="1 charge") >> Lambda("charge-payment")`
#
# Everything stands inside `with Diagram("a title", direction="LR"):`. A first line `# alt: ...` says in a sentence what the
# picture shows, for those who cannot see it. Draw `OrderFlow` and its five functions; call the machine `flow`, and use it
# for every arrow. Here are the imports: `from diagrams import Diagram, Edge`, then `from diagrams.aws.compute import
# Lambda` and `from diagrams.aws.integration import StepFunctions`.

# %% solution="flow-drawing"
# %%diagram orchestration
### BEGIN SOLUTION
# alt: The state machine OrderFlow charges, reserves and confirms. When stock is refused it refunds and cancels, and when
# the card is declined it cancels.
from diagrams import Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import StepFunctions

with Diagram("Orders, with one coordinator", direction="LR"):
    flow = StepFunctions("OrderFlow")
    flow >> Edge(label="1 charge") >> Lambda("charge-payment")
    flow >> Edge(label="2 reserve") >> Lambda("reserve-stock")
    flow >> Edge(label="3 confirm") >> Lambda("confirm-order")
    flow >> Edge(label="Catch OutOfStock: refund", style="dashed", color="#D55E00") >> Lambda("refund-payment")
    flow >> Edge(label="refused: cancel", style="dashed", color="#D55E00") >> Lambda("cancel-order")
### END SOLUTION

# %% check="10-flow-drawn"
check("10-flow-drawn")

# %%
# Stuck? Take a # away: each hint says a little more, and a solution opens after a try of your own.
# hint("10-flow-drawn")
# solution("10-flow-drawn")

# %% [markdown]
# ## The way back
#
# The shelf of globes is empty. The money of order 10002 is taken by the time that the warehouse says so.

# %%
empty = lab.order("10002", 18.50, {"globe": 1}, fresh=True)
lab.sell_out("globe")
run = start_workflow(empty)
lab.run(until="quiet")
lab.path(run)

# %% [markdown]
# The dashed arrow is the **catch**, and what it leads to is the **compensation**: a refund undoes the charge in the
# business's own terms. In a diagram such a way has to look different from the way of a good day. Two habits are enough:
# a dashed line, and a label that says what went wrong.
#
# The next cell lays your drawing beside what `lab` reads off the deployment. Run it again whenever you have changed
# something.


# %%
def beside(approach):
    """Shows the drawing of an approach, and beside it what is really deployed."""
    own = drawn_picture(diagrams.get(approach, ""))
    halves = [one.img(width="48%") for one in (own, lab.deployed()) if one]
    return HTML(f'<div style="display:flex;align-items:center">{"".join(halves)}</div>')


def differences(approach):
    """Says in words where the drawing of an approach and the deployment differ."""
    real = deployed(lab.deployment(), lab.history()).part(approach)
    return compare(drawn_in_child(diagrams.get(approach, "")), real).words


beside("orchestration")

# %% [markdown]
# ### Exercise: the ways for failures
#
# Go back to your drawing. Every arrow that no good order takes gets `style="dashed"` and a label that names the refusal,
# such as `Edge(label="Catch OutOfStock: refund", style="dashed")`. Arrows that a good order takes stay solid.

# %% check="10-way-back"
check("10-way-back")

# %% [markdown]
# ## A picture of last spring
#
# The same two steps once more, as a choreography: the **bus** hands events to queues, each queue feeds a service, and the
# services publish what happened. A message that fails three times goes to its queue's **dead-letter queue** (DLQ). Of the two
# cells below, read which event each service publishes, and the two calls of `deploy_service`; the rest is plumbing.

# %%
# %%handler services
import json

import boto3

from sagalab.participants import OutOfStock, order_book, payment_gateway, warehouse


def publish(kind, order_id):
    entry = {"Source": "orders", "DetailType": kind, "Detail": json.dumps({"orderId": order_id})}
    if boto3.client("events").put_events(Entries=[entry])["FailedEntryCount"]:
        raise RuntimeError(f"the bus did not take {kind}")


def told(event):
    body = json.loads(event["Records"][0]["body"])
    return body["detail-type"], order_book.get(body["detail"]["orderId"])


def payment(event, context):
    kind, order = told(event)
    if kind == "OrderCreated":
        payment_gateway.charge(order["order_id"], order["amount"], key=f"charge-{order['order_id']}")
        return publish("PaymentCharged", order["order_id"])
    payment_gateway.refund(order["order_id"], key=f"refund-{order['order_id']}")
    return order_book.cancel(order["order_id"], "out of stock")


def inventory(event, context):
    _, order = told(event)
    try:
        warehouse.reserve(order["order_id"], order["items"], key=f"reserve-{order['order_id']}")
    except OutOfStock:
        return publish("StockRefused", order["order_id"])
    order_book.confirm(order["order_id"])
    return publish("OrderConfirmed", order["order_id"])


def audit(event, context):
    print("heard of", told(event)[1]["order_id"])


# %%
def queue_arn(name, **attributes):
    """Makes a queue where there is none yet, and gives its ARN."""
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def deploy_service(name, *heard):
    """Makes NAME-service behind NAME-queue and NAME-dlq, and the rule NAME-hears for the events that it hears."""
    function = deploy_function(f"{name}-service", f"services.{name}")
    redrive = json.dumps({"deadLetterTargetArn": queue_arn(f"{name}-dlq"), "maxReceiveCount": 3})
    queue = queue_arn(f"{name}-queue", VisibilityTimeout="60", RedrivePolicy=redrive)
    if not functions.list_event_source_mappings(EventSourceArn=queue)["EventSourceMappings"]:
        functions.create_event_source_mapping(EventSourceArn=queue, FunctionName=function, BatchSize=1)
    eventbridge.put_rule(Name=f"{name}-hears", EventPattern=json.dumps({"detail-type": list(heard)}))
    eventbridge.put_targets(Rule=f"{name}-hears", Targets=[{"Id": "queue", "Arn": queue}])


deploy_service("payment", "OrderCreated", "StockRefused")
deploy_service("inventory", "PaymentCharged")


def emit_order_created(order_id):
    detail = json.dumps({"orderId": order_id})
    answer = eventbridge.put_events(Entries=[{"Source": "orders", "DetailType": "OrderCreated", "Detail": detail}])
    if answer["FailedEntryCount"]:
        raise RuntimeError("the bus did not take OrderCreated")



# %% [markdown]
# And this is the picture in the wiki, drawn last spring by somebody who knew the system well. The cell below it lets an
# order run, so that one can see who publishes, and asks the comparison.

# %%
# %%diagram choreography
# alt: The default bus feeds an order topic and the inventory service; the payment service writes to its queue.
from diagrams import Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import SNS, SQS, Eventbridge

with Diagram("Orders as events, last spring", direction="LR"):
    bus, queue = Eventbridge("default"), SQS("payment-queue")
    payment, inventory = Lambda("payment-service"), Lambda("inventory-service")
    bus >> Edge(label="OrderCreated, StockRefused") >> queue
    payment >> queue
    bus >> Edge(label="PaymentCharged") >> inventory
    bus >> SNS("order-topic")
    [payment, inventory] >> Edge(label="publishes") >> bus

# %%
predict("spring", "In how many points does the deployment speak against this picture?", ["1", "3", "5"])

# %%
lab.order("10003", 49.90, {"mug": 1})
emit_order_created("10003")
lab.run(until="quiet")
print(differences("choreography"))
display(happened("spring", len(differences("choreography").splitlines())))
lab.space_time("10003")

# %% [markdown]
# Three kinds of lie stand there. The first line and the last belong together: an arrow is **reversed**, so the one that should
# stand there is missing. A queue feeds its service, and whoever drew it thought of who asks whom. The topic and the direct
# arrow are **extra**: drawn, and not deployed. The queue between bus and inventory is **missing**: deployed, and not drawn.
#
# This afternoon's release adds a service that hears of every confirmed order. Nobody has touched the picture.

# %%
deploy_service("audit", "OrderConfirmed")
print(differences("choreography"))

# %% [markdown]
# The picture did not change, and it lies more than before. That is **drift**: the deployment moves and the picture stays.
# It costs nothing on the day of the release. It costs an hour on the night when somebody follows an arrow.
#
# ### Exercise: draw it as of today
#
# Draw the choreography as it is deployed now, with the service of this afternoon: the bus, three queues, three services,
# and who publishes back to the bus. Write the events on the arrows that leave the bus. `differences("choreography")` and
# `beside("choreography")` may be asked as often as you like.

# %% solution="events-drawing"
# %%diagram choreography
### BEGIN SOLUTION
# alt: The default bus hands events to three queues. Each queue feeds one service. Payment and inventory publish back to
# the bus. A message that fails three times goes to its queue's dead-letter queue.
from diagrams import Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import SQS, Eventbridge

with Diagram("Orders as events, as of today", direction="LR"):
    bus = Eventbridge("default")
    hears = {"payment": "OrderCreated, StockRefused", "inventory": "PaymentCharged", "audit": "OrderConfirmed"}
    for name, events in hears.items():
        queue, service = SQS(f"{name}-queue"), Lambda(f"{name}-service")
        bus >> Edge(label=events) >> queue >> service
        queue >> Edge(label="after 3 receives", style="dashed", color="#D55E00") >> SQS(f"{name}-dlq")
        if name != "audit":
            service >> Edge(label="publishes", constraint="false") >> bus
### END SOLUTION

# %% check="10-events-drawn"
check("10-events-drawn")

# %% [markdown]
# ## Where order 10007 lies
#
# The warehouse has been down for twenty minutes, and order 10007 came in meanwhile.

# %%
predict("resting", "Where does order 10007 lie now?", ["in inventory-queue", "in inventory-dlq", "nowhere: it is lost"])

# %%
lab.order("10007", 49.90, {"mug": 1})
lab.inject(Fault("unavailable", target="warehouse.reserve", lasts=minutes(20), order="10007"))
emit_order_created("10007")
lab.run(until=minutes(20))
lab.clear_faults()
waiting = {name: sqs.get_queue_url(QueueName=name)["QueueUrl"] for name in ("inventory-queue", "inventory-dlq")}
count = ["ApproximateNumberOfMessages"]
held = {
    name: int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=count)["Attributes"][count[0]])
    for name, url in waiting.items()
}
print(held)
display(happened("resting", next((f"in {name}" for name in held if held[name]), "nowhere: it is lost")))
lab.space_time("10007")

# %% [markdown]
# Three receives, and the message was parked. Whoever looks for the order with a picture that ends at `inventory-queue`
# finds that queue empty and concludes that nothing is wrong. The DLQ is the one place to look, and on a good day nobody
# ever sees it. That is why it has to be drawn.
#
# ### Exercise: draw the last stop
#
# Give each of the three queues its DLQ in your drawing, with a dashed arrow whose label says when a message goes there.

# %% check="10-dead-letters"
check("10-dead-letters")

# %% [markdown]
# ## Drift, found before the night
#
# A comparison that somebody has to think of is forgotten. Let the build do it: the build reads the arrows of the drawing
# and the arrows of the deployment, and fails where they differ.
#
# ### Exercise: say what differs
#
# Write `drift(drawn, deployed)`. Both are lists of arrows, and an arrow is a pair of names: `["payment-queue",
# "payment-service"]`. It returns a list of texts, one for each difference, in any order:
#
# - `"reversed: a -> b"` for a drawn arrow that is not deployed, while the opposite arrow is deployed and not drawn.
# - `"extra: a -> b"` for every other drawn arrow that is not deployed.
# - `"missing: a -> b"` for a deployed arrow that is not drawn, unless it was drawn the wrong way round.


# %% solution="drift"
### BEGIN SOLUTION
def drift(drawn, deployed):
    drawn, deployed = {tuple(arrow) for arrow in drawn}, {tuple(arrow) for arrow in deployed}
    extra, missing = drawn - deployed, deployed - drawn
    turned = {(source, target) for source, target in extra if (target, source) in missing}
    missing -= {(target, source) for source, target in turned}
    found = {"reversed": turned, "extra": extra - turned, "missing": missing}
    return [f"{kind}: {source} -> {target}" for kind in found for source, target in sorted(found[kind])]


### END SOLUTION

# %% check="10-drift"
check("10-drift")

# %% [markdown]
# ## On real AWS
#
# The same calls read a real account: `describe_state_machine`, `list_rules`, `list_targets_by_rule` and their sisters. What
# a function publishes stands in its code alone, so it has to be seen in a run, here as there.
#
# One more way for failures is easily left out of a picture: the rule itself. By default it tries a target for 24 hours and
# up to 185 times, then drops the event, unless that target has a DLQ of its own
# ([EventBridge user guide, *Retry policy*](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html),
# as of November 2026).
#
# ## Keep
#
# - Draw what can happen, not what happened: each catch, each compensation, each DLQ.
# - A picture that no program compares begins to lie with the next release.
# - The mistake that everybody makes once: an arrow that points at the one who asks. It points at the one who is called.
#
# `progress()` shows where you stand.
