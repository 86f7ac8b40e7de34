# %% [markdown]
# # 04 · Choreography
#
# Order 4001: one mug, 49.90 €, as before. This time three teams own the three steps, and none of them wants to wait for a
# coordinator's next release. Nobody leads. Each service listens for what it cares about, does its part, and says aloud
# what happened.
#
# That is **choreography**: it relies on events and independent services, which react without a single coordinator. On
# AWS that is EventBridge with SQS or SNS.
#
# | choreography | |
# |---|---|
# | best for | high decoupling between services; independent teams owning steps; event-driven ecosystems |
# | gives | more decoupled and flexible |
# | costs | can be harder to trace end to end |
#
# You will wire up three services, add a fourth without touching the others, and meet a message that comes twice. Forty
# minutes.

# %%
import json
import time

import boto3

from sagalab import Fault, Lab, check, happened, hint, package, predict, progress, solution

lab = Lab()
functions, eventbridge, sqs = (boto3.client(name) for name in ("lambda", "events", "sqs"))


def paid(order_id):
    """Gives what was charged for an order so far, as a text."""
    charges = lab.history().of("effect", what="charged", order_id=order_id)
    return f"{sum(fact.detail['amount'] for fact in charges):.2f}"


# %% [markdown]
# ## Plumbing
#
# Each service gets a queue of its own between the bus and its function, so that nothing is lost while the function is
# busy or down. A message that stays unhandled is handed out again after 180 s; after seven tries it is parked in a
# **dead-letter queue**, where a person can look at it. Read it once; it is used as it stands.


# %%
def deploy_function(name, handler, *modules):
    """Makes a function of handler modules, or replaces code and handler of the one that is there; gives its ARN."""
    runs = {"Runtime": "python3.11", "Role": lab.role_arn, "Handler": handler, "Timeout": 20}
    code = package(*modules)
    try:
        return functions.create_function(FunctionName=name, Code={"ZipFile": code}, **runs)["FunctionArn"]
    except functions.exceptions.ResourceConflictException:
        functions.update_function_code(FunctionName=name, ZipFile=code)
        return functions.update_function_configuration(FunctionName=name, **runs)["FunctionArn"]


def deploy_service(name, *taken_along):
    """Makes NAME-service of the handler NAME, behind NAME-queue and NAME-dlq; gives the queue's ARN."""
    function = deploy_function(f"{name}-service", f"{name}.on_messages", name, *taken_along)
    dead = json.dumps({"deadLetterTargetArn": queue_arn(f"{name}-dlq"), "maxReceiveCount": 7})
    queue = queue_arn(f"{name}-queue", {"VisibilityTimeout": "180", "RedrivePolicy": dead})
    feed(queue, function)
    return queue


# %%
def queue_arn(name, attributes=None):
    """Makes a queue where there is none yet, and gives its ARN."""
    url = sqs.create_queue(QueueName=name, Attributes=attributes or {})["QueueUrl"]
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def feed(queue, function):
    """Lets a function work through a queue, batch by batch; messages that it reports as failed come back."""
    if not functions.list_event_source_mappings(EventSourceArn=queue)["EventSourceMappings"]:
        functions.create_event_source_mapping(
            EventSourceArn=queue, FunctionName=function, FunctionResponseTypes=["ReportBatchItemFailures"]
        )


# %% [markdown]
# Two small modules for the services to take along: one says what happened, one unpacks a batch of messages and reports
# those that failed, so that only they come back.

# %%
# %%handler publishing
import json

import boto3


def publish(detail_type, order_id):
    detail = json.dumps({"orderId": order_id})
    entry = {"Source": "orders", "DetailType": detail_type, "Detail": detail, "EventBusName": "default"}
    answer = boto3.client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise RuntimeError(f"the bus did not take {detail_type} of order {order_id}")


# %%
# %%handler receiving
import json


def each(event, react):
    failed = []
    for record in event["Records"]:
        message = json.loads(record["body"])
        try:
            react(message["detail-type"], message["detail"]["orderId"])
        except Exception as error:
            print(f"{message['detail-type']} comes back: {type(error).__name__}: {error}")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


# %% [markdown]
# ## One event, one service
#
# The payment service hears of a created order, charges it, and says so. A declined card is an answer: it cancels the order
# and says that. Raising the error would only bring the message back.

# %%
# %%handler payment
from publishing import publish
from receiving import each

from sagalab.participants import PaymentDeclined, order_book, payment_gateway


def react(detail_type, order_id):
    order = order_book.get(order_id)
    try:
        payment_gateway.charge(order_id, order["amount"])
        publish("PaymentCharged", order_id)
    except PaymentDeclined:
        order_book.cancel(order_id, "payment declined")
        publish("OrderCancelled", order_id)


def on_messages(event, context):
    return each(event, react)


# %% [markdown]
# A **rule** on the bus decides which events go into its queue. And an order begins with an event, as you find it in many
# a codebase. Keep an eye on this function, too.


# %%
payment_queue = deploy_service("payment", "publishing", "receiving")
eventbridge.put_rule(Name="on-order-created", EventPattern=json.dumps({"detail-type": ["OrderCreated"]}))
eventbridge.put_targets(Rule="on-order-created", Targets=[{"Id": "payment", "Arn": payment_queue}])


def emit_order_created(order_id):
    return eventbridge.put_events(
        Entries=[
            {
                "Source": "orders",
                "DetailType": "OrderCreated",
                "Detail": json.dumps({"orderId": order_id}),
                "EventBusName": "default",
            }
        ]
    )


# %%
predict(
    "at-return",
    "emit_order_created has returned. How much has order 4001 paid at this moment?",
    ["0.00", "49.90"],
)

# %%
first = lab.order("4001", 49.90, {"mug": 1}, fresh=True)  # a new order each time that this cell is run
emit_order_created(first)
display(happened("at-return", paid(first)))
lab.run(until="quiet")
lab.space_time(first)

# %% [markdown]
# Publishing is done when the bus has the event. Who hears it, and when, is no longer the publisher's business. Look at
# the end of the picture: the payment service has said `PaymentCharged`, and nobody listens. The order is paid and will
# wait for ever, without an error anywhere.
#
# ### Exercise: two more services
#
# Take `payment` as your model. `inventory` reserves the items (`warehouse.reserve(order_id, items)`; the order in the
# book holds them), confirms the order in the order book and publishes `OrderConfirmed`. `notification` tells the customer the outcome that the order book
# holds: `mailer.send(order_id, order_book.outcome(order_id))`. Each needs `on_messages`. (Leave an empty shelf aside here.
# Raised as an error it would only be tried seven times and be parked, with the money taken. Lesson 10 gives it an event.)
#
# Then wire them up in the third cell: `deploy_service` for each, with the modules that it imports, and for each a rule
# with its target, as above. Which events does each of them wait for?

# %% solution="inventory"
# %%handler inventory
### BEGIN SOLUTION
from publishing import publish
from receiving import each

from sagalab.participants import order_book, warehouse


def react(detail_type, order_id):
    order = order_book.get(order_id)
    warehouse.reserve(order_id, order["items"], key=f"reserve-{order_id}")
    order_book.confirm(order_id)
    publish("OrderConfirmed", order_id)


def on_messages(event, context):
    return each(event, react)


### END SOLUTION

# %% solution="notification"
# %%handler notification
### BEGIN SOLUTION
from receiving import each

from sagalab.participants import mailer, order_book


def react(detail_type, order_id):
    mailer.send(order_id, order_book.outcome(order_id), key=f"tell-{order_id}")


def on_messages(event, context):
    return each(event, react)


### END SOLUTION

# %% solution="wiring"
### BEGIN SOLUTION
inventory_queue = deploy_service("inventory", "publishing", "receiving")
notification_queue = deploy_service("notification", "receiving")
eventbridge.put_rule(Name="on-payment-charged", EventPattern=json.dumps({"detail-type": ["PaymentCharged"]}))
eventbridge.put_targets(Rule="on-payment-charged", Targets=[{"Id": "inventory", "Arn": inventory_queue}])
outcomes = ["OrderConfirmed", "OrderCancelled"]
eventbridge.put_rule(Name="on-outcome", EventPattern=json.dumps({"detail-type": outcomes}))
eventbridge.put_targets(Rule="on-outcome", Targets=[{"Id": "notification", "Arn": notification_queue}])
### END SOLUTION

# %%
wired = lab.order("4002", 13.20, {"lamp": 1}, fresh=True)
emit_order_created(wired)
lab.run(until="quiet")
lab.space_time(wired)

# %% check="04-converges"
check("04-converges")

# %% check="04-nobody-calls-anybody"
check("04-nobody-calls-anybody")

# %%
# Stuck? Take a # away: each hint says a little more, and a solution opens after a try of your own.
# hint("04-converges")
# solution("04-converges")

# %% [markdown]
# The green arrows in the picture are messages, and none of them goes from one service to another: all pass the bus. The
# order came to its end although no line of code says what its steps are. There is an order of steps. It
# stands nowhere, and only a run shows it. That is the price: to learn where an order stands, you have to gather what
# several services said.
#
# ## The bus says no
#
# For order 4003 the bus refuses the entry. On AWS that can happen to one entry of a call that otherwise succeeds
# ([*PutEvents*](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html), as of November 2026).

# %%
predict(
    "refused-entry",
    "The bus does not take the entry. What comes back from emit_order_created?",
    ["an error", "an answer, as always"],
)

# %%
lab.order("4003", 27.40, {"chair": 1})
lab.inject(Fault("publish_failed", target="events:PutEvents"))
try:
    answer, seen = emit_order_created("4003"), "an answer, as always"
except Exception as error:
    answer, seen = error, "an error"
lab.run(until="quiet")
lab.clear_faults()
print(answer)
print(f"order 4003 has paid {paid('4003')}")
happened("refused-entry", seen)

# %% [markdown]
# `put_events` takes several entries at once, and some may fail while others pass. So a refusal is no error of the call:
# it stands in the answer, in `FailedEntryCount` and beside each entry. Nobody read it, and order 4003 does not exist for
# anybody.
#
# ### Exercise: look at the answer
#
# Write `emit_order_created(order_id)` again. It looks at the answer and sends the entry again when it was refused, a little
# later each time (`time.sleep` takes virtual seconds). Three refusals in a row must not lose an order, and a bus that never
# accepts must not keep the caller for ever: after some tries raise an error.


# %% solution="emit-again"
### BEGIN SOLUTION
def emit_order_created(order_id):
    detail = json.dumps({"orderId": order_id})
    entry = {"Source": "orders", "DetailType": "OrderCreated", "Detail": detail, "EventBusName": "default"}
    for number in range(5):
        answer = eventbridge.put_events(Entries=[entry])
        if not answer["FailedEntryCount"]:
            return answer
        time.sleep(2**number)
    raise RuntimeError(f"the bus did not take OrderCreated of order {order_id}")


### END SOLUTION

# %% check="04-entry-refused"
check("04-entry-refused")

# %% [markdown]
# ## A fourth service
#
# Somebody wants to count sales. With the state machine of lesson 02, its team would have to edit it, test it and release it.
#
# ### Exercise: zero edits elsewhere
#
# Write a handler of your own (`sales`, say) whose `on_messages` prints the id of each confirmed order, once, and of no
# other; the event's detail is `json.loads(record["body"])["detail"]`. Deploy it, and give it a rule of its own. Touch no
# cell above, and no rule of another service.

# %% solution="fourth"
# %%handler sales
### BEGIN SOLUTION
import json


def on_messages(event, context):
    for record in event["Records"]:
        print("one more sale:", json.loads(record["body"])["detail"]["orderId"])


### END SOLUTION

# %% solution="fourth-wiring"
### BEGIN SOLUTION
sales_queue = deploy_service("sales")
eventbridge.put_rule(Name="on-sale", EventPattern=json.dumps({"detail-type": ["OrderConfirmed"]}))
eventbridge.put_targets(Rule="on-sale", Targets=[{"Id": "sales", "Arn": sales_queue}])
### END SOLUTION
sold = lab.order("4006", 13.20, {"lamp": 1}, fresh=True)
emit_order_created(sold)
lab.run(until="quiet")
lab.space_time(sold)

# %% check="04-fourth-subscriber"
check("04-fourth-subscriber")

# %% [markdown]
# ## The same message, twice
#
# SQS promises to deliver a message **at least once**
# ([*Standard queues*](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues.html), as of
# November 2026). On most days that is once.

# %%
predict(
    "doubled",
    "The message OrderCreated of order 4004 (49.90) is delivered twice. How much is charged?",
    ["0.00", "49.90", "99.80"],
)

# %%
same = lab.order("4004", 49.90, {"mug": 1}, fresh=True)
lab.inject(Fault("duplicated", target="payment-queue", order=same))
emit_order_created(same)
lab.run(until="quiet")
lab.clear_faults()
display(happened("doubled", paid(same)))
lab.timeline(same)

# %% [markdown]
# Nothing failed here, and nothing can be caught. The service did its work for each message that it got. A memory in the
# function does not help either: the second message may meet a fresh instance. What helps is a word to the gateway that
# both calls mean the same charge: `payment_gateway.charge(..., key=...)`. The first call with a key has an effect; every
# later one with the same key gets the first answer back. That is an **idempotency key**.
#
# ### Exercise: a harmless double
#
# Give the charge its key: `key` is what you fill in below. Then look at your own two services. `warehouse.reserve` and
# `mailer.send` take a key as well, and their messages may come twice, too: change their cells above, and run the cell
# that wires them once more.

# %% solution="payment-with-key"
# %%handler payment
from publishing import publish
from receiving import each

from sagalab.participants import PaymentDeclined, order_book, payment_gateway


def react(detail_type, order_id):
    order, key = order_book.get(order_id), None
    ### BEGIN SOLUTION
    key = f"charge-{order_id}"
    ### END SOLUTION
    try:
        payment_gateway.charge(order_id, order["amount"], key=key)
        publish("PaymentCharged", order_id)
    except PaymentDeclined:
        order_book.cancel(order_id, "payment declined")
        publish("OrderCancelled", order_id)


def on_messages(event, context):
    return each(event, react)


# %%
deploy_service("payment", "publishing", "receiving")
doubled = lab.order("4005", 49.90, {"mug": 1}, fresh=True)
lab.inject(Fault("duplicated", target="payment-queue", order=doubled))
emit_order_created(doubled)
lab.run(until="quiet")
lab.clear_faults()
lab.timeline(doubled)

# %% check="04-duplicate-harmless"
check("04-duplicate-harmless")

# %% [markdown]
# ## On real AWS
#
# By default a rule tries a target for up to 24 hours and 185 times, and then drops the event unless that target has a
# dead-letter queue; a missing permission or target is not tried again at all (EventBridge user guide,
# [*Retry policy*](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html) and
# [*Using dead-letter queues*](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html), as of November
# 2026). There the queue also needs a policy that lets the bus write to it.
#
# ## Keep
#
# - Say what happened, in the past tense, and leave it to others to care.
# - Nothing in a healthy system tells you that nobody listens. Count what was said and what was heard.
# - The mistake that everybody makes once: "it was published, so it was delivered, and once."
#
# `progress()` shows where you stand. Next comes lesson 05, where messages come twice, late or broken.
