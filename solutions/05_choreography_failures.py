# %% [markdown]
# # 05 · Choreography when things fail
#
# Order 5001, one mug, 49.90 €. Its `OrderConfirmed` is delivered twice. The next order's `PaymentCharged` is overtaken, and at
# noon the warehouse is gone for forty minutes. The first two are no accident: queues and buses promise no better.
#
# By the end you have a choreography that counts once, keeps its view straight and parks what it cannot read. It gets
# parked orders moving again, and never loses an order between two systems. Forty-five minutes.
#
# First the plumbing, as in lesson 04: each service has a queue, and a rule brings events into it. New are **tables**:
# DynamoDB keeps items by a key, outside of any function. Read it once; it is used as it stands. In its long last cell two
# things matter: the `subscribe` lines, which say who hears what, and `emit_order_created`. Run that cell again, and the hurried
# services are back. The three services are
# those of lesson 04, keys and all, but two things are left out: no card is declined today, and the queues have no dead-letter
# queues yet. The services share a file, to save you some cells; each is still a function of its own. So are the two at the
# end of the file, `sales` and `board`, whose teams have joined in a hurry.

# %%
import json
import time
from datetime import UTC, datetime

import boto3

from sagalab import Fault, Lab, check, happened, hint, minutes, package, predict, progress, solution

lab = Lab()
names = ("lambda", "events", "sqs", "dynamodb")
functions, eventbridge, sqs, dynamodb = (boto3.client(name) for name in names)


# %%
# %%handler receiving
import json


def each(event, react):
    messages = [(record["messageId"], json.loads(record["body"])) for record in event["Records"]]
    failed = []
    for message_id, message in messages:
        try:
            react(message["detail-type"], message["detail"]["orderId"])
        except Exception as error:
            print(f"{message['detail-type']} comes back: {type(error).__name__}: {error}")
            failed.append({"itemIdentifier": message_id})
    return {"batchItemFailures": failed}


# %%
# %%handler steps
import json

import boto3
from receiving import each

from sagalab.participants import mailer, order_book, payment_gateway, warehouse

SAYS = {"OrderCreated": "placed", "PaymentCharged": "paid", "OrderConfirmed": "confirmed"}
dynamodb = boto3.client("dynamodb")


def publish(kind, order_id):
    entry = {"Source": "orders", "DetailType": kind, "Detail": json.dumps({"orderId": order_id})}
    if boto3.client("events").put_events(Entries=[entry])["FailedEntryCount"]:
        raise RuntimeError(f"the bus did not take {kind} of order {order_id}")


def pay(kind, order_id):
    payment_gateway.charge(order_id, order_book.get(order_id)["amount"], key=f"charge-{order_id}")
    publish("PaymentCharged", order_id)


def put_aside(kind, order_id):
    warehouse.reserve(order_id, order_book.get(order_id)["items"], key=f"reserve-{order_id}")
    order_book.confirm(order_id)
    publish("OrderConfirmed", order_id)


def tell(kind, order_id):
    mailer.send(order_id, order_book.outcome(order_id), key=f"tell-{order_id}")


def payment(event, context):
    return each(event, pay)


def inventory(event, context):
    return each(event, put_aside)


def notification(event, context):
    return each(event, tell)


def count(kind, order_id):
    amount = {":amount": {"N": str(order_book.get(order_id)["amount"])}}
    total = {"TableName": "takings", "Key": {"name": {"S": "all"}}, "UpdateExpression": "ADD amount :amount"}
    dynamodb.update_item(**total, ExpressionAttributeValues=amount)


def show(kind, order_id):
    item = {"orderId": {"S": order_id}, "status": {"S": SAYS[kind]}}
    dynamodb.put_item(TableName="board", Item=item)


def sales(event, context):
    return each(event, count)


def board(event, context):
    return each(event, show)


# %%
def queue_arn(name):
    """Gives the ARN of a queue, which is made where there is none yet."""
    try:
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    except sqs.exceptions.QueueDoesNotExist:
        url = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "180"})["QueueUrl"]
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def deploy_service(name, handler, *modules):
    """Makes NAME-service, fed by NAME-queue, or brings its code up to date."""
    runs = {"Runtime": "python3.11", "Role": lab.role_arn, "Handler": handler, "Timeout": 20}
    function, queue, code = f"{name}-service", queue_arn(f"{name}-queue"), package(*modules)
    if function in [row["FunctionName"] for row in functions.list_functions()["Functions"]]:
        functions.update_function_code(FunctionName=function, ZipFile=code)
        functions.update_function_configuration(FunctionName=function, **runs)
        return
    functions.create_function(FunctionName=function, Code={"ZipFile": code}, **runs)
    functions.create_event_source_mapping(
        EventSourceArn=queue, FunctionName=function, FunctionResponseTypes=["ReportBatchItemFailures"]
    )


def subscribe(name, *kinds):
    """Brings events of these kinds into NAME-queue."""
    eventbridge.put_rule(Name=f"to-{name}", EventPattern=json.dumps({"detail-type": list(kinds)}))
    eventbridge.put_targets(Rule=f"to-{name}", Targets=[{"Id": name, "Arn": queue_arn(f"{name}-queue")}])


KEYS = {"takings": "name", "counted": "orderId", "board": "orderId", "orders": "orderId", "outbox": "orderId"}
for table, key in KEYS.items():
    if table not in dynamodb.list_tables()["TableNames"]:
        dynamodb.create_table(
            TableName=table,
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )


def rows(table):
    """Gives the items of a table, each as a dictionary of texts."""
    found = dynamodb.scan(TableName=table)["Items"]
    return [{name: next(iter(value.values())) for name, value in item.items()} for item in found]


def deploy_steps():
    for name in ("payment", "inventory", "notification"):
        deploy_service(name, f"steps.{name}", "steps", "receiving")


deploy_steps()
subscribe("payment", "OrderCreated")
subscribe("inventory", "PaymentCharged")
subscribe("notification", "OrderConfirmed")
deploy_service("sales", "steps.sales", "steps", "receiving")
subscribe("sales", "OrderConfirmed")
deploy_service("board", "steps.board", "steps", "receiving")
subscribe("board", "OrderCreated", "PaymentCharged", "OrderConfirmed")
if not eventbridge.list_archives()["Archives"]:
    bus = eventbridge.describe_event_bus(Name="default")["Arn"]
    eventbridge.create_archive(ArchiveName="all-events", EventSourceArn=bus)


def emit_order_created(order_id):
    """The web shop stores an order and says so."""
    dynamodb.put_item(TableName="orders", Item={"orderId": {"S": order_id}})
    entry = {"Source": "orders", "DetailType": "OrderCreated", "Detail": json.dumps({"orderId": order_id})}
    eventbridge.put_events(Entries=[entry])


# %% [markdown]
# ## Twice
#
# `sales` hears of confirmed orders and adds their amounts up in the table `takings`.
# `board` hears everything, and writes for the customer how far the order is. Beside them stands an **archive**, which
# keeps a copy of every event from now on.

# %%
predict(
    "takings",
    "The message about order 5001 (49.90) comes to sales twice. Gateway, warehouse and mailer get keys. "
    "By how much do the takings grow?",
    ["49.9", "99.8"],
)

# %%
twice = lab.order("5001", 49.90, {"mug": 1}, fresh=True)  # a new order each time that this cell is run
before = sum(float(row["amount"]) for row in rows("takings"))
lab.inject(Fault("duplicated", target="sales-queue", order=twice))
emit_order_created(twice)
lab.run(until=minutes(10))
lab.clear_faults()
after = sum(float(row["amount"]) for row in rows("takings"))
display(happened("takings", f"{after - before:.1f}"))
lab.space_time(twice)

# %% [markdown]
# Two arrows lead into `sales-service`, for one message. The gateway, the warehouse and the mailer knew their key.
# Nobody gave the table one: `ADD` adds each time. A service whose effect lies in its own table has to remember by
# itself which messages it has dealt with. Such a memory is called an **inbox**, and what it remembers is the message's
# idempotency key, here the order's id.
#
# When should it write that down? Mark first, then add: if it dies in between, the order is never counted. Add first,
# then mark: if it dies in between, the order is counted twice. Both at once is the way out. A **transaction** writes mark
# and effect together or not at all, and a condition on the mark refuses the second time:
#
# ```python
# dynamodb.transact_write_items(TransactItems=[
#     {"Put": {"TableName": ..., "Item": ..., "ConditionExpression": "attribute_not_exists(orderId)"}},
#     {"Update": {"TableName": ..., "Key": ..., "UpdateExpression": ..., "ExpressionAttributeValues": ...}},
# ])
# ```
#
# A refused condition raises `TransactionCanceledException`. So do other reasons, such as two writers at once, and those must be
# tried again. The `except` below tells them apart.
#
# ### Exercise: counted once
#
# Complete the handler `sales`: the two `writes`, and `on_messages(event, context)`, which hands the event to `each`, as `steps`
# does. `mark` is for the table `counted`, `total` and `amount` are for `takings`. An order counts once, whatever comes twice,
# and it is never forgotten, whatever dies in between. (A message whose `count` raises comes back.)

# %% solution="sales"
# %%handler sales
import boto3
from receiving import each

from sagalab.participants import order_book

dynamodb = boto3.client("dynamodb")


def count(kind, order_id):
    amount = {":amount": {"N": str(order_book.get(order_id)["amount"])}}
    mark = {"TableName": "counted", "Item": {"orderId": {"S": order_id}}}
    total = {"TableName": "takings", "Key": {"name": {"S": "all"}}, "UpdateExpression": "ADD amount :amount"}
    writes = []  # what is written together or not at all
    ### BEGIN SOLUTION
    once = {"Put": {**mark, "ConditionExpression": "attribute_not_exists(orderId)"}}
    writes = [once, {"Update": {**total, "ExpressionAttributeValues": amount}}]
    ### END SOLUTION
    try:
        dynamodb.transact_write_items(TransactItems=writes)
    except dynamodb.exceptions.TransactionCanceledException as error:
        if error.response["CancellationReasons"][0]["Code"] != "ConditionalCheckFailed":
            raise


### BEGIN SOLUTION
def on_messages(event, context):
    return each(event, count)


### END SOLUTION

# %%
if hasattr(sales, "on_messages"):
    deploy_service("sales", "sales.on_messages", "sales", "receiving")
# Stuck at the check below? Take a # away: each hint says a little more, and a solution opens after a try of your own.
# hint("05-counted-once")
# solution("05-counted-once")

# %% check="05-counted-once"
check("05-counted-once")

# %% [markdown]
# ## Out of order
#
# Now the other newcomer. The board of order 5002 says `placed`, then `paid`, then `confirmed`: the latest that was heard.
# This time its second message, `PaymentCharged`, is under way for five minutes.

# %%
predict(
    "board",
    "Order 5002 was confirmed long ago, and all its messages have arrived. What does its customer read?",
    ["placed", "paid", "confirmed"],
)

# %%
late = lab.order("5002", 18.50, {"globe": 1}, fresh=True)
lab.inject(Fault("delayed", target="board-queue", call=2, order=late))
emit_order_created(late)
lab.run(until=minutes(10))
lab.clear_faults()
status = next((row["status"] for row in rows("board") if row["orderId"] == late), "nothing")
display(happened("board", status))
lab.space_time(late)

# %% [markdown]
# Order 5002 is confirmed, and its customer reads `paid`: that is the last arrow, five minutes late. Nothing was lost.
# Between two messages of a standard queue there is no order that you can rely on, and "latest" meant "arrived last".
#
# What you can trust is what the events mean: `paid` comes before `confirmed`, whenever you hear of it. So the board must
# only ever move forward. The comparison belongs into the write itself, as its condition: between a read and a write,
# somebody else may write.
#
# ### Exercise: only forward
#
# Complete the handler `board`, and give it its `on_messages`. The item has a number now, `reached`, that says how far the
# order is. `when` holds a `ConditionExpression`, such as `"attribute_not_exists(orderId) OR reached < :reached"`, and its
# `ExpressionAttributeValues`.

# %% solution="board"
# %%handler board
import boto3
from receiving import each

dynamodb = boto3.client("dynamodb")
SAYS = {"OrderCreated": ("placed", "1"), "PaymentCharged": ("paid", "2"), "OrderConfirmed": ("confirmed", "3")}


def show(kind, order_id):
    status, reached = SAYS[kind]
    item = {"orderId": {"S": order_id}, "status": {"S": status}, "reached": {"N": reached}}
    when = {}  # the condition, and the values in it
    ### BEGIN SOLUTION
    when = {
        "ConditionExpression": "attribute_not_exists(orderId) OR reached < :reached",
        "ExpressionAttributeValues": {":reached": {"N": reached}},
    }
    ### END SOLUTION
    try:
        dynamodb.put_item(TableName="board", Item=item, **when)
    except dynamodb.exceptions.ConditionalCheckFailedException:
        pass  # older news


### BEGIN SOLUTION
def on_messages(event, context):
    return each(event, show)


### END SOLUTION

# %%
if hasattr(board, "on_messages"):
    deploy_service("board", "board.on_messages", "board", "receiving")

# %% check="05-only-forward"
check("05-only-forward")

# %% [markdown]
# ## A message that nobody can read
#
# Half of a message is missing: order 5003's `OrderCreated` is no JSON any more. For a minute nobody reads the queue, so that it
# waits there together with that of order 5004, which is sound. A message that fails on every try is called **poison**.

# %%
predict(
    "poison",
    "5003 cannot be read, 5004 can. Both lie in payment-queue. Half an hour later: which of them is paid?",
    ["both", "only 5004", "neither"],
)

# %%
lab.order("5003", 12.00, {"lamp": 1})
lab.order("5004", 12.00, {"lamp": 1})
lab.inject(Fault("consumer_down", target="payment-service", lasts=minutes(1)))
lab.inject(Fault("poison", target="payment-queue", order="5003"))
emit_order_created("5003")
emit_order_created("5004")
lab.run(until=minutes(30))
lab.clear_faults()
charged = lab.history().of("effect", what="charged", order_id="5004")
display(happened("poison", "only 5004" if charged else "neither"))
lab.timeline("5004")

# %% [markdown]
# SQS hands out messages in batches. `each` reads all of them before it begins, so one that cannot be read fails the
# whole batch, every three minutes, and 5004 with it. Nobody gives up either: without a limit a message is tried until its
# retention ends, days later.
#
# Two things are missing. The service has to blame only the message that failed. And the queue needs a place for messages
# that failed often enough, its **dead-letter queue**. The queue's attribute `RedrivePolicy` names it:
# `json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 7})`. It is set by
# `sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": ...})`. `queue_arn(name)` makes a queue and gives its ARN.
#
# ### Exercise: park it
#
# Write `receiving` again, so that a message that cannot be read fails alone. (Copy it from above. What has to move, and what does the `except` know by then?) It must not
# be taken for done: then it is gone, and its order with it. In the second cell give each of the three queues its dead-letter
# queue, `NAME-dlq`, after seven receives, and call `deploy_steps()`. (Fewer would park orders in an outage of minutes.)

# %% solution="receiving"
# %%handler receiving
### BEGIN SOLUTION
import json


def each(event, react):
    failed = []
    for record in event["Records"]:
        try:
            message = json.loads(record["body"])
            react(message["detail-type"], message["detail"]["orderId"])
        except Exception:
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


### END SOLUTION

# %% solution="parking"
for name in ("payment", "inventory", "notification"):
    url = sqs.get_queue_url(QueueName=f"{name}-queue")["QueueUrl"]
    ### BEGIN SOLUTION
    policy = {"deadLetterTargetArn": queue_arn(f"{name}-dlq"), "maxReceiveCount": 7}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(policy)})
deploy_steps()
### END SOLUTION

# %% check="05-poison-parked"
check("05-poison-parked")

# %% [markdown]
# ## Parked is not recovered
#
# At noon the warehouse is away for forty minutes, longer than seven receives. Order 5005 ends up in `inventory-dlq`. Then
# the warehouse is back, and the queue does nothing about it. Somebody has to look, mend the cause, and send the messages
# back. On AWS that is a **redrive**: `sqs.start_message_move_task(SourceArn=...)` moves all messages of a
# dead-letter queue to the queue that they came from
# ([*StartMessageMoveTask*](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html), as of November 2026).
#
# ### Exercise: redrive
#
# Complete `redrive_all()`: it starts such a task for the dead-letter queue of each of the three services. Somebody will run
# it twice. While a task of a queue is under way, AWS refuses the next one with a `ClientError` (`sqs.exceptions.ClientError`);
# your function must survive that, and the next queue must get its turn. First a guess.

# %%
predict(
    "noon",
    "The warehouse is away for 40 minutes and then back, and nobody has done anything. Where is order 5005?",
    ["confirmed at last", "tried again and again", "in a dead-letter queue"],
)

# %% solution="redrive"
def redrive_all():
    for name in ("payment", "inventory", "notification"):
        parked = queue_arn(f"{name}-dlq")
        ### BEGIN SOLUTION
        try:
            sqs.start_message_move_task(SourceArn=parked)
        except sqs.exceptions.ClientError as error:
            print(f"{name}-dlq: {error}")
        ### END SOLUTION


# %%
lab.order("5005", 27.40, {"chair": 1})
lab.inject(Fault("unavailable", target="warehouse.reserve", lasts=minutes(40)))
emit_order_created("5005")
time.sleep(minutes(41))
lab.clear_faults()
parked = lab.history().of("dead_lettered", order_id="5005")
confirmed = lab.history().of("effect", what="confirmed", order_id="5005")
going = "confirmed at last" if confirmed else "tried again and again"
display(happened("noon", "in a dead-letter queue" if parked else going))
redrive_all()
lab.run(until=minutes(5))
lab.timeline("5005")

# %% check="05-redriven"
check("05-redriven")

# %% [markdown]
# ## Stored, and never said
#
# Look at `emit_order_created` once more. It stores the order, then it publishes. The bus refuses the entry of order 5006
# (`FailedEntryCount` is 1, and nobody reads it), or the program dies between the two lines. The shop has the order, and
# no service will ever hear of it. Two systems, two writes, and no transaction across them: this is the **dual write**.
#
# Trying again helps until the program dies. What helps always: write only to one system. Beside the order, in the same
# transaction, the shop writes a line into its **outbox**: "this is still to be said". A **relay** reads the outbox once a
# minute, publishes, and takes a line away when the bus has the event. If it dies in between, it says it again; the
# services have keys for that.
#
# ### Exercise: outbox and relay
#
# Write `emit_order_created(order_id)` again: it stores the order in `orders` and a line in `outbox` (key `orderId` in
# both), or neither, and publishes nothing. Write `relay()`: it publishes `OrderCreated` for the lines of the outbox, and
# deletes those lines whose entry the bus took
# (`dynamodb.delete_item(TableName="outbox", Key={"orderId": {"S": ...}})`; `rows("outbox")` reads them). In the answer of `put_events`, `Entries` stand in the order in which you
# sent them; a refused one has an `ErrorCode`. One call takes at most 10 entries
# ([*PutEvents*](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html), as of November 2026). From
# then on the bus hears of an order only when `relay()` runs: a cell further up needs a `relay()` behind its
# `emit_order_created`. First a guess.

# %%
predict(
    "said",
    "The bus refuses the first two tries about order 5006. A relay runs each minute. When do the services hear of it?",
    ["never", "in minute 1", "in minute 3"],
)

# %% solution="outbox"
### BEGIN SOLUTION
def emit_order_created(order_id):
    item = {"orderId": {"S": order_id}}
    writes = [{"Put": {"TableName": table, "Item": item}} for table in ("orders", "outbox")]
    dynamodb.transact_write_items(TransactItems=writes)


def relay():
    for line in dynamodb.scan(TableName="outbox")["Items"]:
        detail = json.dumps({"orderId": line["orderId"]["S"]})
        entry = {"Source": "orders", "DetailType": "OrderCreated", "Detail": detail}
        if not eventbridge.put_events(Entries=[entry])["FailedEntryCount"]:
            dynamodb.delete_item(TableName="outbox", Key={"orderId": line["orderId"]})


### END SOLUTION

# %%
stored = lab.order("5006", 49.90, {"mug": 1}, fresh=True)
lab.inject(Fault("publish_failed", target="events:PutEvents", calls=2))
emit_order_created(stored)
began = lab.clock.now
for minute in range(1, 5):  # a schedule would call it
    lab.run(until=minutes(1))
    if "relay" in globals():
        relay()
    said = len(lab.history().of("published", order_id=stored))
    print(f"minute {minute}: events about {stored}: {said}, left in the outbox: {rows('outbox')}")
lab.clear_faults()
lab.run(until=minutes(1))
heard = [fact.at - began for fact in lab.history().of("published", order_id=stored)]
display(happened("said", f"in minute {heard[0] // 60:.0f}" if heard else "never"))
lab.timeline(stored)

# %% check="05-outbox"
check("05-outbox")

# %% [markdown]
# ## The whole day again
#
# The archive has kept every event as it was published. Somebody presses **replay**, and all of them are handed out once
# more, in no promised order. Order 5003 is still open. Your redrive sent its half message round once more, and it still
# cannot be read.

# %%
predict(
    "replay",
    "All of today's events are replayed. What becomes of order 5003 (12.00)?",
    ["still open", "paid"],
)

# %%
archive = eventbridge.describe_archive(ArchiveName="all-events")["ArchiveArn"]
bus, day = eventbridge.describe_event_bus(Name="default")["Arn"], datetime.fromtimestamp(0, UTC)
span = {"EventStartTime": day, "EventEndTime": day.replace(year=2100)}
before, number = rows("takings"), len(eventbridge.list_replays()["Replays"])
eventbridge.start_replay(
    ReplayName=f"replay-{number}", EventSourceArn=archive, Destination={"Arn": bus}, **span
)
lab.run(until=minutes(10))
print("takings:", before, rows("takings"))
paid = lab.history().of("effect", what="charged", order_id="5003")
display(happened("replay", "paid" if paid else "still open"))
lab.timeline("5003")

# %% [markdown]
# A replay is the hardest duplicate: everything at once, long after, and out of order. Orders that were marked did not
# count again. Order 5003 came to life: the archive held its event whole, and only the copy on its way had been broken.
#
# Do the sum of the takings. On the first replay, with your `sales` in place, they grew by the 12.00 of order 5003, and by
# 49.90 for order 5001. The hurried service had counted that one twice, without a mark, and now it counted once more. A second
# replay adds nothing: every order has its mark. (Without your `sales` every order counted again.) A mark helps from the day
# on which it is written.
#
# ## On real AWS
#
# A replay hands events out in slices of one minute of event time, not in exact order
# ([*StartReplay*](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_StartReplay.html)). An event may reach the
# archive late: AWS advises to wait ten minutes before a replay
# ([*Archive and replay*](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html); both as of November 2026).
# Here an event is archived at once, and a replay of any size begins a second later. By default a rule tries a target for 24 hours and 185 times, and then drops the event unless that
# target has a dead-letter queue of its own
# ([*Retry policy*](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html), as of November 2026).
#
# A FIFO queue recognises a repeated message for five minutes only
# ([*FIFO queue key terms*](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-key-terms.html), as of
# November 2026), so that its consumers need their keys, too. The relay would hang on a DynamoDB stream or a schedule
# ([AWS Compute blog](https://aws.amazon.com/blogs/compute/implementing-the-transactional-outbox-pattern-with-amazon-eventbridge-pipes/),
# as of November 2026). It stays at-least-once: it can die between publishing and deleting.
#
# ## Keep
#
# - Mark and effect in one transaction. Otherwise choose between lost and doubled.
# - A dead-letter queue parks; a person, a fix and a redrive recover.
# - The mistake that everybody makes once: storing here, publishing there, and trusting that nothing happens in between.
#
# `progress()` shows where you stand. Next comes lesson 06, where you look for an order that is stuck.
