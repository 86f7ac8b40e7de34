# %% [markdown]
# # 06 · Seeing
#
# The customer of order 6004 calls: "I have paid. Where is my chair?" Four services have been working since this morning,
# each of them writes its own log, and none of them has failed. Somewhere in there is the answer.
#
# **Choreography without good observability becomes a black box.** Here you cut windows into it: ids that tie events
# together, a trace that you can rebuild, and a report of who is stuck. At the end a game day hides a fault from you.
# Forty minutes.
#
# First the plumbing, as before. New is a service `audit`. It hears every event and keeps a record of it in the table
# `event_log`. Read it once; it is used as it stands. Two lines matter: `publish` gets a third argument, the event that is being
# answered, and `keep` writes the record.

# %%
import json

import boto3

from sagalab import Fault, Lab, check, happened, hint, minutes, package, predict, progress, solution
from sagalab.game_day import HIDDEN, hidden, revealed

lab = Lab()
names = ("lambda", "events", "sqs", "dynamodb")
functions, eventbridge, sqs, dynamodb = (boto3.client(name) for name in names)


# %%
def deploy_service(name, handler, *modules):
    """Makes NAME-service, fed by NAME-queue, or brings its code up to date."""
    runs = {"Runtime": "python3.11", "Role": lab.role_arn, "Handler": handler, "Timeout": 20}
    function, code = f"{name}-service", package(*modules)
    if function in [row["FunctionName"] for row in functions.list_functions()["Functions"]]:
        functions.update_function_code(FunctionName=function, ZipFile=code)
        return
    url = sqs.create_queue(QueueName=f"{name}-queue", Attributes={"VisibilityTimeout": "180"})["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions.create_function(FunctionName=function, Code={"ZipFile": code}, **runs)
    functions.create_event_source_mapping(
        EventSourceArn=queue, FunctionName=function, FunctionResponseTypes=["ReportBatchItemFailures"]
    )


def subscribe(name, pattern):
    """Brings events that match a pattern into NAME-queue."""
    url = sqs.get_queue_url(QueueName=f"{name}-queue")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    eventbridge.put_rule(Name=f"to-{name}", EventPattern=json.dumps(pattern))
    eventbridge.put_targets(Rule=f"to-{name}", Targets=[{"Id": name, "Arn": queue}])


# %%
if "event_log" not in dynamodb.list_tables()["TableNames"]:
    dynamodb.create_table(
        TableName="event_log",
        KeySchema=[{"AttributeName": "eventId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("eventId", "correlationId")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-correlation",
                "KeySchema": [{"AttributeName": "correlationId", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )


def plain(item):
    """Gives a record as a dictionary: texts, and numbers as numbers."""
    return {name: float(value["N"]) if "N" in value else value["S"] for name, value in item.items()}


# %%
# %%handler receiving
import json


def each(event, react):
    failed = []
    for record in event["Records"]:
        try:
            react(json.loads(record["body"]))
        except Exception:
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


# %%
# %%handler publishing
import json

import boto3


def publish(kind, order_id, cause):
    detail = {"orderId": order_id}
    entry = {"Source": "orders", "DetailType": kind, "Detail": json.dumps(detail)}
    if boto3.client("events").put_events(Entries=[entry])["FailedEntryCount"]:
        raise RuntimeError(f"the bus did not take {kind} of order {order_id}")


# %%
# %%handler steps
from publishing import publish
from receiving import each

from sagalab.participants import PaymentDeclined, mailer, order_book, payment_gateway, warehouse


def pay(message):
    order_id = message["detail"]["orderId"]
    try:
        payment_gateway.charge(order_id, order_book.get(order_id)["amount"], key=f"charge-{order_id}")
        publish("PaymentCharged", order_id, message)
    except PaymentDeclined:
        order_book.cancel(order_id, "declined")
        publish("OrderCancelled", order_id, message)


def put_aside(message):
    order_id = message["detail"]["orderId"]
    warehouse.reserve(order_id, order_book.get(order_id)["items"], key=f"reserve-{order_id}")
    order_book.confirm(order_id)
    publish("OrderConfirmed", order_id, message)


def tell(message):
    order_id = message["detail"]["orderId"]
    mailer.send(order_id, order_book.outcome(order_id), key=f"tell-{order_id}")


def payment(event, context):
    return each(event, pay)


def inventory(event, context):
    return each(event, put_aside)


def notification(event, context):
    return each(event, tell)


# %%
# %%handler audit
from datetime import datetime

import boto3
from receiving import each


def keep(message):
    at = datetime.fromisoformat(message["time"].replace("Z", "+00:00")).timestamp()
    record = {"eventId": message["id"], "kind": message["detail-type"], **message["detail"]}
    item = {name: {"S": str(value)} for name, value in record.items()}
    boto3.client("dynamodb").put_item(TableName="event_log", Item={**item, "at": {"N": str(at)}})


def on_messages(event, context):
    return each(event, keep)


# %%
def deploy_all():
    for name in ("payment", "inventory", "notification"):
        deploy_service(name, f"steps.{name}", "steps", "publishing", "receiving")
    deploy_service("audit", "audit.on_messages", "audit", "receiving")


deploy_all()
subscribe("payment", {"detail-type": ["OrderCreated"]})
subscribe("inventory", {"detail-type": ["PaymentCharged"]})
subscribe("notification", {"detail-type": ["OrderConfirmed", "OrderCancelled"]})
subscribe("audit", {"source": ["orders"]})


def emit_order_created(order_id):
    detail = {"orderId": order_id}
    entry = {"Source": "orders", "DetailType": "OrderCreated", "Detail": json.dumps(detail)}
    eventbridge.put_events(Entries=[entry])


# %% [markdown]
# ## The black box
#
# Eight orders come in. For one of them the warehouse cannot be reached, so that its message fails and comes back, again
# and again. No alarm rings: the function catches the error and reports the message, as it should.

# %%
predict(
    "records",
    "Order 6004 has left two events in the log. How many records does the table read to find them?",
    ["2", "all that it holds"],
)

# %%
eight = [lab.order(str(number), 12.00, {"chair": 1}, fresh=True) for number in range(6001, 6009)]
lab.inject(Fault("unavailable", target="warehouse.reserve", lasts=minutes(60), order=eight[3]))
for number in eight:
    emit_order_created(number)
lab.run(until=minutes(12))
wanted = {"FilterExpression": "orderId = :id", "ExpressionAttributeValues": {":id": {"S": eight[3]}}}
answer = dynamodb.scan(TableName="event_log", **wanted)
print("found:", answer["Count"], "read:", answer["ScannedCount"])
display(happened("records", "all that it holds" if answer["ScannedCount"] > 2 else "2"))
lab.space_time(eight[3])

# %% [markdown]
# The picture knows everything, because this lab writes everything down. An account does not. There you have the log, and
# its records lie in no order that helps: the table reads all of them and throws most away. With a million orders a
# day that is no way to answer a phone call.
#
# Two ids change this, and they travel in the events themselves. The **correlation id** says what an event belongs to: it
# is made once, where the order begins, and every event after it carries the same. The **causation id** says what led to
# it: it is the id of the event that was being handled. Nobody passes them on but you.
#
# ### Exercise: ids
#
# The service hands `publish` the event that it is answering, as `cause`: a dictionary with the event's `id` and its
# `detail`. Let `publish` add `correlationId` and `causationId` to the detail. In `emit_order_created` there is no cause
# yet: it makes the correlation id, `corr-` and the order id. The table has an index by `correlationId`. Fill in both cells
# before you run the third. An order that begins without an id fails in `publish`, and its message comes back for ever;
# `lab.reset()` and the cells from the top clear it away.

# %% solution="publishing"
# %%handler publishing
import json

import boto3


def publish(kind, order_id, cause):
    detail = {"orderId": order_id}
    ### BEGIN SOLUTION
    detail["correlationId"] = cause["detail"]["correlationId"]
    detail["causationId"] = cause["id"]
    ### END SOLUTION
    entry = {"Source": "orders", "DetailType": kind, "Detail": json.dumps(detail)}
    if boto3.client("events").put_events(Entries=[entry])["FailedEntryCount"]:
        raise RuntimeError(f"the bus did not take {kind} of order {order_id}")


# %% solution="emit-with-id"
def emit_order_created(order_id):
    detail = {"orderId": order_id}
    ### BEGIN SOLUTION
    detail["correlationId"] = f"corr-{order_id}"
    ### END SOLUTION
    entry = {"Source": "orders", "DetailType": "OrderCreated", "Detail": json.dumps(detail)}
    eventbridge.put_events(Entries=[entry])


# %%
lab.clear_faults()
lab.run(until=minutes(4))
deploy_all()
ran = [lab.order(str(number), 49.90, {"mug": 1}, fresh=True) for number in range(6011, 6017)]
for number in ran:
    emit_order_created(number)
lab.run(until=minutes(1))
index = {"TableName": "event_log", "IndexName": "by-correlation", "KeyConditionExpression": "correlationId = :id"}
answer = dynamodb.query(**index, ExpressionAttributeValues={":id": {"S": f"corr-{ran[0]}"}})
print("found:", answer["Count"], "read:", answer["ScannedCount"])
for record in map(plain, answer["Items"]):
    print(record)

# %% check="06-ids"
check("06-ids")

# %%
# Stuck? Take a # away: each hint says a little more, and a solution opens after a try of your own.
# hint("06-ids")
# solution("06-ids")

# %% [markdown]
# ## One order's way
#
# Now the records of one order can be had for the price of these records. In which order did things happen? Each record
# has its time, `at`, and six orders ran a moment ago.

# %%
predict(
    "by-time",
    "The records of each of the six orders are sorted by their time. How many stand in the order in which things happened?",
    ["all six", "some of them", "none"],
)

# %%
right = 0
for number in ran:
    answer = dynamodb.query(**index, ExpressionAttributeValues={":id": {"S": f"corr-{number}"}})
    by_time = sorted(map(plain, answer["Items"]), key=lambda record: record["at"])
    kinds = [record["kind"] for record in by_time]
    print(number, ", ".join(f"{record['kind']} {record['at'] % 60:.0f} s" for record in by_time))
    right += kinds == ["OrderCreated", "PaymentCharged", "OrderConfirmed"]
happened("by-time", {0: "none", 6: "all six"}.get(right, "some of them"))

# %% [markdown]
# The time of an event has whole seconds, and an order's whole way takes about one. Within a second the records come as
# the index hands them out. It has no sort key, so their order means nothing. Finer clocks would not save you: two machines never quite agree on the
# time. A cause always comes before its effect, and you have the causes.
#
# ### Exercise: the trace
#
# Write `trace_of(correlation_id)`. It returns the kinds of the order's events as a list, each after the event that caused
# it, and it reads no record of any other order. The query is the one above: `index`, with your id for `:id`. `plain` makes a
# dictionary of a record; it has `eventId`, `kind` and, except for the first event, `causationId`.

# %% solution="trace"
### BEGIN SOLUTION
def trace_of(correlation_id):
    wanted = {":id": {"S": correlation_id}}
    records = map(plain, dynamodb.query(**index, ExpressionAttributeValues=wanted)["Items"])
    caused_by = {record.get("causationId"): record for record in records}
    trace, record = [], caused_by.get(None)
    while record:
        trace.append(record["kind"])
        record = caused_by.get(record["eventId"])
    return trace


### END SOLUTION

# %%
if "trace_of" in globals():
    print(trace_of(f"corr-{ran[2]}"))
lab.space_time(ran[2])

# %% check="06-trace"
check("06-trace")

# %% [markdown]
# ## Before the customer calls
#
# Nobody should have to call. An order that has begun and has not ended after ten minutes is **stuck**. The log knows which.
# Further down three orders come in, and the payment gateway cannot be reached for 6022, the one in the middle.

# %%
predict(
    "report",
    "A good report is asked 5 minutes after the three orders, and again after 12. Whom does it name?",
    ["6022 both times", "nobody, then 6022", "nobody both times"],
)

# %% [markdown]
# ### Exercise: the report
#
# Write `stuck_at(now)`. It returns the ids of the orders that were created more than 600 seconds before `now` and that
# were neither confirmed nor cancelled. `now` is in seconds, like `at` in the log. A report that also names healthy orders
# is read for a week, and then no more.
#
# One answer of `scan` holds 1 MB at most
# ([*Scan*](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html), as of November 2026). So go through
# its pages: `dynamodb.get_paginator("scan").paginate(TableName="event_log")` gives them, each with its `Items`.

# %% solution="stuck"
### BEGIN SOLUTION
def stuck_at(now):
    begun, ended = {}, set()
    for page in dynamodb.get_paginator("scan").paginate(TableName="event_log"):
        for record in map(plain, page["Items"]):
            if record["kind"] == "OrderCreated":
                begun[record["orderId"]] = record["at"]
            elif record["kind"] in ("OrderConfirmed", "OrderCancelled"):
                ended.add(record["orderId"])
    return sorted(order for order, at in begun.items() if order not in ended and now - at > 600)


### END SOLUTION

# %%
three = [lab.order(number, 27.40, {"lamp": 1}, fresh=True) for number in ("6021", "6022", "6023")]
lab.inject(Fault("unavailable", target="payment_gateway.charge", lasts=minutes(60), order=three[1]))
for number in three:
    emit_order_created(number)
began, due = lab.clock.now, []
for waited in (5, 7):
    lab.run(until=minutes(waited))
    stuck = lab.clock.now - began > 600 and not lab.history().of("effect", what="confirmed", order_id=three[1])
    due.append("6022" if stuck else "nobody")
    if "stuck_at" in globals():
        print("your report:", stuck_at(lab.clock.timestamp()))
lab.clear_faults()
lab.run(until=minutes(4))
happened("report", f"{due[0]}, then {due[1]}" if due[0] != due[1] else f"{due[0]} both times")

# %% check="06-stuck"
check("06-stuck")

# %% [markdown]
# ## Game day
#
# Something is broken now. You do not know what: a seed has chosen one of twelve faults. Three steps (payment, inventory,
# notification), and four things that can be wrong with each: an `outage` of whoever the step calls; a `standstill`, in
# which nobody reads the queue; a function that `crashes`; a function that is `throttled`, because AWS refuses to run it.
#
# You see what an operator sees, and nothing else. A message is **visible** while it waits to be taken, and **in flight** once it
# was taken, until it is deleted or comes back. Another number in the next cell is another game day.

# %%
GAME_DAY = 7
before = {step: lab.signals().function(f"{step}-service") for step in ("payment", "inventory", "notification")}
lab.inject(hidden(GAME_DAY))
orders = [lab.order(f"{number}", 12.00, {"chair": 1}, fresh=True) for number in range(6031, 6034)]
for number in orders:
    emit_order_created(number)
lab.run(until=minutes(10))
for step, old in before.items():
    queue, now = lab.signals().queue(f"{step}-queue"), lab.signals().function(f"{step}-service")
    print(f"{step:<13} visible {queue.visible}, in flight {queue.in_flight}, oldest {queue.oldest_age:.0f} s", end="; ")
    print(f"invocations +{now.invocations - old.invocations}", end=", ")
    print(f"errors +{now.errors - old.errors}, throttles +{now.throttles - old.throttles}")

# %%
predict(f"game-day-{GAME_DAY}", "Which of the twelve is it?", sorted(HIDDEN))

# %%
display(happened(f"game-day-{GAME_DAY}", revealed(GAME_DAY)))
lab.clear_faults()
lab.run(until=minutes(4))
lab.timeline(orders[0])

# %% [markdown]
# Each fault has a handwriting. Messages that nobody takes are **visible**. Messages that are taken, fail and come back are
# **in flight** most of the time, and the function has no errors, because your handler catches them. A crash is an error.
# A throttle is no invocation at all.
#
# ### Exercise: name it
#
# Write `diagnose(signals)`. It returns the step and the word, such as `"inventory: outage"`, or `"healthy"`. `signals`
# has `queue(name)` with `.visible`, `.in_flight` and `.oldest_age`, and `function(name)` with `.invocations`, `.errors`
# and `.throttles`, counted since the run began. (In this notebook the counts go on from one game day to the next; in the
# judge's runs they begin at 0.) The judge hides all twelve, one after the other, in fresh runs, and looks
# after ten minutes. It also looks at a healthy day.

# %% solution="diagnose"
### BEGIN SOLUTION
def diagnose(signals):
    for step in ("payment", "inventory", "notification"):
        queue, function = signals.queue(f"{step}-queue"), signals.function(f"{step}-service")
        if function.throttles:
            return f"{step}: throttled"
        if function.errors:
            return f"{step}: crashes"
        if queue.in_flight:
            return f"{step}: outage"
        if queue.visible:
            return f"{step}: standstill"
    return "healthy"


### END SOLUTION

# %% check="06-game-day"
check("06-game-day")

# %% [markdown]
# ## On real AWS
#
# The lab counts exactly. SQS does not promise to: its own attribute is called `ApproximateNumberOfMessages`
# ([*Resources required to process messages*](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-resources-required-process-messages.html),
# as of November 2026). Its standard queues deliver at least once, and keep the order only as well as they can
# ([*Standard queues*](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues.html), as of
# November 2026). So a log has to bear doubles: here the event's id is the key.
#
# An index follows its table a little later: a global secondary index is only eventually consistent
# ([*Query*](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html), as of November 2026). A trace that
# was asked for at once may lack its end.
#
# For Step Functions the trace is the execution history, kept for 90 days, up to 25,000 events (Step Functions developer
# guide, [*Service quotas*](https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html), as of November 2026).
# Express workflows keep none unless you log
# ([*Execution guarantees*](https://docs.aws.amazon.com/step-functions/latest/dg/express-at-least-once-execution.html), as of
# November 2026).
#
# ## Keep
#
# - The correlation id groups, the causation id orders. Clocks do neither.
# - The dearer it is to find one order in a log, the less the log is worth. Give it an index.
# - The mistake that everybody makes once: the errors of the function are 0, so all is well. The handler caught them.

# %%
progress()
