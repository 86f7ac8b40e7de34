# %% [markdown]
# # 07 · Tradeoffs, measured
#
# "Orchestration becomes a bottleneck." "Choreography is decoupled." "Events are cheaper." Three sentences that you will
# hear in every meeting, each with a grain of truth, and none with a number. Here are both designs of the same order, whole
# and ready. You will measure them, and before each number you say what you expect.
#
# Forty minutes. The first cells are what you built in lessons 02 and 04, made shorter. Run them, and read the last of them,
# with both designs. `parts` and `compare` are new: they tell you later what a change has touched. You need not read them.

# %%
import json

import boto3

from sagalab import Fault, Lab, check, happened, hint, minutes, package, predict, progress, solution
from sagalab.pictures import knee

lab = Lab()
names = ("lambda", "stepfunctions", "events", "sqs", "dynamodb")
functions, sfn, eventbridge, sqs, dynamodb = (boto3.client(name) for name in names)

# %%
# %%handler steps
import json

import boto3

from sagalab.participants import PaymentDeclined, mailer, order_book, payment_gateway, warehouse


def charge(event, context):
    order_id = event["orderId"]
    return payment_gateway.charge(order_id, order_book.get(order_id)["amount"], key=f"charge-{order_id}")


def reserve(event, context):
    order_id = event["orderId"]
    return warehouse.reserve(order_id, order_book.get(order_id)["items"], key=f"reserve-{order_id}")


def confirm(event, context):
    return order_book.confirm(event["orderId"])


def cancel(event, context):
    return order_book.cancel(event["orderId"], "declined")


def tell(event, context):
    order_id = event["orderId"]
    return mailer.send(order_id, order_book.outcome(order_id), key=f"tell-{order_id}")


def each(event, react):
    failed = []
    for record in event["Records"]:
        try:
            react(json.loads(record["body"])["detail"])
        except Exception:
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def publish(kind, detail):
    entry = {"Source": "orders", "DetailType": kind, "Detail": json.dumps(detail)}
    if boto3.client("events").put_events(Entries=[entry])["FailedEntryCount"]:
        raise RuntimeError(f"the bus did not take {kind}")


def pay(detail):
    try:
        charge(detail, None)
        publish("PaymentCharged", detail)
    except PaymentDeclined:
        cancel(detail, None)
        publish("OrderCancelled", detail)


def put_aside(detail):
    reserve(detail, None)
    confirm(detail, None)
    publish("OrderConfirmed", detail)


def payment(event, context):
    return each(event, pay)


def inventory(event, context):
    return each(event, put_aside)


def notification(event, context):
    return each(event, lambda detail: tell(detail, None))


# %%
def deploy_function(name, handler, *modules):
    """Makes a function of handler modules, or replaces code and handler of the one that is there."""
    code = package(*modules)
    runs = {"Runtime": "python3.11", "Role": lab.role_arn, "Handler": handler, "Timeout": 20}
    try:
        functions.create_function(FunctionName=name, Code={"ZipFile": code}, **runs)
    except functions.exceptions.ResourceConflictException:
        functions.update_function_code(FunctionName=name, ZipFile=code)
        functions.update_function_configuration(FunctionName=name, **runs)


def deploy_flow(name, definition):
    """Makes a state machine, or replaces its definition; gives its ARN."""
    known = {row["name"]: row["stateMachineArn"] for row in sfn.list_state_machines()["stateMachines"]}
    if name in known:
        sfn.update_state_machine(stateMachineArn=known[name], definition=json.dumps(definition))
        return known[name]
    made = sfn.create_state_machine(name=name, definition=json.dumps(definition), roleArn=lab.role_arn)
    return made["stateMachineArn"]


def deploy_service(name, handler, *modules):
    """Makes NAME-service behind NAME-queue, or brings its code up to date."""
    deploy_function(f"{name}-service", handler, *modules)
    url = sqs.create_queue(QueueName=f"{name}-queue", Attributes={"VisibilityTimeout": "180"})["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    if not functions.list_event_source_mappings(EventSourceArn=queue)["EventSourceMappings"]:
        how = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
        functions.create_event_source_mapping(EventSourceArn=queue, FunctionName=f"{name}-service", **how)


def subscribe(rule, kinds, name):
    """Lets a rule bring events of these kinds into NAME-queue."""
    url = sqs.get_queue_url(QueueName=f"{name}-queue")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    eventbridge.put_rule(Name=rule, EventPattern=json.dumps({"detail-type": kinds}))
    eventbridge.put_targets(Rule=rule, Targets=[{"Id": name, "Arn": queue}])


if "points" not in dynamodb.list_tables()["TableNames"]:
    key = {"KeySchema": [{"AttributeName": "orderId", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
    dynamodb.create_table(
        TableName="points", AttributeDefinitions=[{"AttributeName": "orderId", "AttributeType": "S"}], **key
    )


def parts():
    """Gives every deployed component by kind and name, with what it is made of."""
    found, deployed = {}, lab.deployment()
    for kind in ("state_machines", "functions", "queues", "rules"):
        for part in getattr(deployed, kind):
            made = {"definition", "pattern", "targets", "zip", "handler"} & set(type(part).model_fields)
            found[f"{kind[:-1].replace('_', ' ')} {part.name}"] = [getattr(part, name) for name in sorted(made)]
    for mapping in deployed.event_source_mappings:
        found[f"mapping from {mapping.source_arn.rpartition(':')[2]}"] = [mapping.function_arn]
    return found


def compare(before, after):
    """Prints which components are new, and which are not what they were."""
    print("new:    ", ", ".join(sorted(set(after) - set(before))) or "nothing")
    print("changed:", ", ".join(name for name in before if after.get(name) != before[name]) or "nothing")


# %%
# Both designs. Declined is an answer; whatever else goes wrong is tried again, for up to 18.5 minutes.
BUSINESS = {"ErrorEquals": ["PaymentDeclined"], "MaxAttempts": 0}
TRANSIENT = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "MaxDelaySeconds": 120, "MaxAttempts": 12}


def task(function, **rest):
    """Gives a task state that calls a function with the state's input, and hands the input on."""
    call = {"FunctionName": function, "Payload.$": "$"}
    state = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": call}
    return {**state, "ResultPath": None, "Retry": [BUSINESS, TRANSIENT], **rest}


for name in ("charge", "reserve", "confirm", "cancel", "tell"):
    deploy_function(name, f"steps.{name}", "steps")
declined = [{"ErrorEquals": ["PaymentDeclined"], "ResultPath": None, "Next": "Cancel"}]
order_flow = {
    "StartAt": "Charge",
    "States": {
        "Charge": task("charge", Catch=declined, Next="Reserve"),
        "Reserve": task("reserve", Next="Confirm"),
        "Confirm": task("confirm", Next="Tell"),
        "Cancel": task("cancel", Next="Tell"),
        "Tell": task("tell", End=True),
    },
}
ORDER_FLOW = deploy_flow("OrderFlow", order_flow)


def start_workflow(order_id):
    name, text = f"order-{order_id}", json.dumps({"orderId": order_id})
    try:
        return sfn.start_execution(stateMachineArn=ORDER_FLOW, name=name, input=text)["executionArn"]
    except sfn.exceptions.ExecutionAlreadyExists:
        return ORDER_FLOW.replace(":stateMachine:", ":execution:") + f":{name}"


for name in ("payment", "inventory", "notification"):
    deploy_service(name, f"steps.{name}", "steps")
subscribe("on-created", ["OrderCreated"], "payment")
subscribe("on-charged", ["PaymentCharged"], "inventory")
subscribe("on-outcome", ["OrderConfirmed", "OrderCancelled"], "notification")


def emit_order_created(order_id):
    entry = {"Source": "orders", "DetailType": "OrderCreated", "Detail": json.dumps({"orderId": order_id})}
    for _ in range(5):
        if not eventbridge.put_events(Entries=[entry])["FailedEntryCount"]:
            return
    raise RuntimeError(f"the bus did not take OrderCreated of order {order_id}")


starts = {"orchestration": start_workflow, "choreography": emit_order_created}

# %% [markdown]
# ## Where everything passes one place
#
# AWS lets an account do only so much per second. By default that is 5,000 state transitions
# ([Step Functions quotas](https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html)), 18,750 deliveries of
# events ([EventBridge quotas](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html)) and 10,000 calls of
# functions, ten times the 1,000 that may run at once
# ([Lambda quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html); all of us-east-1, as of November
# 2026; a new account begins with less). So that a dozen orders are already a crowd, the next cell takes an account with one 4,000th of that: 1.25
# transitions a second, 4.7 deliveries, 2.5 calls. Orders come in faster and faster.

# %%
predict(
    "waits-first",
    "In which design do orders begin to wait for each other first, as they come in faster?",
    ["orchestration", "choreography", "both at the same rate"],
)

# %%
RATES = (0.1, 0.3, 0.6, 1.2, 2.4)  # orders started per second
curves = lab.under_load(starts, RATES)
slow = {name: next((rate for rate, s in points if s > 2 * points[0][1]), 99) for name, points in curves.items()}
first = min(slow, key=slow.get) if len(set(slow.values())) > 1 else "both at the same rate"
display(happened("waits-first", first))
knee(curves)

# %% [markdown]
# Left of its **knee** a curve is flat: nobody waits, and an order takes what it takes. Right of it orders stand in line,
# and each stands behind all that came before.
#
# Every order of this design passes four states, and all states of all orders pass one place, the engine. 1.25
# transitions a second, divided by 4, is 0.31 orders a second. The events of an order pass two other places: the bus, with
# three deliveries for each order, and the calls of functions, where a batch of messages takes one call. Both bear more.
#
# So the orchestrator was the bottleneck here. Multiply by 4,000 before you worry: 5,000 transitions a second bear 1,250 such
# orders. (A real account meets another limit first: the executions that it may start in a second, some hundreds, as the
# same page says. All of these can be raised.) What to take into the meeting is the division, not the word "bottleneck".
#
# ## A fourth step
#
# Marketing wants loyalty points: one for each whole euro of a **confirmed** order. A declined order gets none. Here is the
# step, with an adapter for each design; it writes into the table `points`. It is not deployed yet.

# %%
# %%handler loyalty
import boto3
import steps

from sagalab.participants import order_book


def add(order_id):
    points = int(order_book.get(order_id)["amount"])
    item = {"orderId": {"S": order_id}, "points": {"N": str(points)}}
    boto3.client("dynamodb").put_item(TableName="points", Item=item)


def add_points(event, context):
    add(event["orderId"])


def on_messages(event, context):
    return steps.each(event, lambda detail: add(detail["orderId"]))


# %%
predict(
    "edited",
    "How many components that are deployed already must be changed for the points?",
    ["state machine design 1, events 0", "state machine design 1, events 1", "state machine design 0, events 0"],
)

# %% [markdown]
# ### Exercise: a fourth state
#
# Deploy the function `add-points` (handler `loyalty.add_points`; it takes along `loyalty` and `steps`). Put a
# state `AddPoints` into `order_flow` where it meets confirmed orders and no others, and deploy the machine again.

# %% solution="fourth-state"
before = parts()
### BEGIN SOLUTION
deploy_function("add-points", "loyalty.add_points", "loyalty", "steps")
states = order_flow["States"]
states["Confirm"]["Next"] = "AddPoints"
states["AddPoints"] = task("add-points", Next="Tell")
deploy_flow("OrderFlow", order_flow)
### END SOLUTION
compare(before, parts())

# %% check="07-fourth-state"
check("07-fourth-state")

# %% [markdown]
# ### Exercise: a fourth service
#
# The same for the other design: deploy the service `loyalty` (handler `loyalty.on_messages`, the same two modules), and
# subscribe it. Which event tells of confirmed orders, and of nothing else? `subscribe` wants a rule of its own name.

# %% solution="fourth-service"
before = parts()
### BEGIN SOLUTION
deploy_service("loyalty", "loyalty.on_messages", "loyalty", "steps")
subscribe("on-confirmed", ["OrderConfirmed"], "loyalty")
### END SOLUTION
compare(before, parts())

# %% check="07-fourth-service"
check("07-fourth-service")

# %%
# Stuck? Take a # away: each hint says a little more, and a solution opens after a try of your own.
# hint("07-fourth-state")
# solution("07-fourth-state")

# %%
by_machine, by_events = (lab.order(number, 49.90, {"mug": 1}, fresh=True) for number in ("7001", "7002"))
start_workflow(by_machine)
emit_order_created(by_events)
lab.run(until="quiet")
numbers = lab.measurements(orchestration=by_machine, choreography=by_events)
changed = {name: f"{value:.0f}" for name, value in numbers["components_changed_to_add_a_participant"].items()}
display(happened("edited", f"state machine design {changed['orchestration']}, events {changed['choreography']}"))
for name in ("components_changed_to_add_a_participant", "components_added_to_add_a_participant"):
    print(f"{name}: {numbers[name]}")
lab.deployed()

# %% [markdown]
# The machine had to be changed by whoever owns it, tested, and released; one function was added. On the bus nothing that
# was there changed, and four components were added: function, queue, rule, and the mapping between queue and function.
# Somebody runs them from now on.
#
# **Coupling** is the first number: what has to change in other people's hands when you change your mind. The 0 is not the
# whole truth. Your newcomer relies on the name `OrderConfirmed`, and whoever publishes it does not know that.
#
# ## What an order costs
#
# Two guesses at once: a good day, and then order 7003, for which the warehouse is away for the first five tries.

# %%
answers = ["orchestration, more than ten times", "orchestration, up to ten times", "about the same", "choreography"]
display(predict("cost", "Which order is billed more by AWS, and how much more?", answers))
predict(
    "billed",
    "The order passes five states, and its reservation succeeds at the sixth try. How many transitions are billed?",
    ["5", "6", "10"],
)

# %%
cost = numbers["cost_per_order"]
ratio = cost["orchestration"] / cost["choreography"]
for name in cost:  # functions' run time is left out: it is the same in both
    print(f"a million orders, {name}: ${1_000_000 * cost[name]:,.0f}")
said = ("choreography", "about the same", "orchestration, up to ten times", "orchestration, more than ten times")
display(happened("cost", said[sum(ratio > least for least in (0.8, 1.25, 10))]))
hindered = lab.order("7003", 49.90, {"mug": 1}, fresh=True)
lab.inject(Fault("unavailable", target="warehouse.reserve", calls=5, order=hindered))
tried = start_workflow(hindered)
lab.run(until="quiet")
lab.clear_faults()
seen = lab.measurements(orchestration=hindered, choreography=by_events)["state_transitions_per_order"]
display(happened("billed", f"{seen['orchestration']:.0f}"))
lab.path(tried)

# %% [markdown]
# A transition costs $0.025 per thousand, and each retry is a transition
# ([Step Functions pricing](https://aws.amazon.com/step-functions/pricing/), us-east-1, as of November 2026). Events, messages
# and calls cost a dollar or less per *million*: $1.00 ([EventBridge](https://aws.amazon.com/eventbridge/pricing/)), $0.40
# ([SQS](https://aws.amazon.com/sqs/pricing/)) and $0.20
# ([Lambda](https://docs.aws.amazon.com/whitepapers/latest/how-aws-pricing-works/lambda.html); all as of November 2026). The
# prices of EventBridge and SQS are as others quote them, and the polls of an empty queue, which are billed, too, are left out. So take the factor
# and leave the digits. What the money buys stands in the next section.
#
# A policy that asks every second for an hour is a bill of its own.
#
# ### Exercise: read the bill
#
# Write `transitions_of(execution_arn)`: how many transitions is this execution billed? Ask
# `sfn.get_execution_history(executionArn=...)` for its `events` and look at their `type`. A state begins with an event
# whose type ends in `StateEntered`; each try of its task begins with a `TaskScheduled`.

# %% solution="bill"
### BEGIN SOLUTION
def transitions_of(execution_arn):
    events = sfn.get_execution_history(executionArn=execution_arn)["events"]
    kinds = [event["type"] for event in events]
    entered = sum(kind.endswith("StateEntered") for kind in kinds)
    retries = kinds.count("TaskScheduled") - kinds.count("TaskStateEntered")
    return entered + retries


### END SOLUTION

# %% check="07-bill"
check("07-bill")

# %% [markdown]
# ## Where is my order?
#
# A customer calls. How many records does somebody have to read to know everything about this one order?

# %%
predict(
    "records",
    "How many records hold the trail of an order, in the state machine's design and in that of events? Executions, events and messages count.",
    ["1 and 1", "1 and 7", "5 and 7"],
)

# %%
records = {name: f"{value:.0f}" for name, value in numbers["records_to_find_a_stuck_order"].items()}
display(happened("records", f"{records['orchestration']} and {records['choreography']}"))
lab.space_time(by_events)

# %% [markdown]
# Here is what the transitions buy. The engine wrote one record, in order, complete, and its name is known beforehand. The
# events are scattered over a bus and four queues, and gone once they are handled. (Lesson 06 puts them back together,
# with ids that somebody has to pass on.)
#
# ### Exercise: one record
#
# Write `where_is(order_id)`. It returns the name of the state that the order's execution entered last, `"Reserve"` for
# example. It reads this one execution, and no list of executions. `ORDER_FLOW` and the name that `start_workflow` gives
# make up the execution's ARN, as in lesson 02: `...:stateMachine:OrderFlow` becomes `...:execution:OrderFlow:order-7001`.
# `reverseOrder=True` gives the newest event first.

# %% solution="place"
### BEGIN SOLUTION
def where_is(order_id):
    arn = ORDER_FLOW.replace(":stateMachine:", ":execution:") + f":order-{order_id}"
    events = sfn.get_execution_history(executionArn=arn, reverseOrder=True)["events"]
    entered = (event["stateEnteredEventDetails"] for event in events if "stateEnteredEventDetails" in event)
    return next(entered)["name"]


### END SOLUTION

# %% check="07-one-record"
check("07-one-record")

# %% [markdown]
# ## One function is lost
#
# `add-points` and `loyalty-service` cannot be called for half an hour: somebody set their reserved concurrency to 0. An order
# comes in every five minutes, in each design. Loyalty points are nothing that a customer waits for.

# %%
predict(
    "late",
    "Six orders in each design during the outage. How many customers have no mail after five minutes?",
    ["orchestration 0, choreography 0", "orchestration 6, choreography 0", "orchestration 6, choreography 6"],
)

# %%
if "AddPoints" in order_flow["States"]:
    for name in ("add-points", "loyalty-service"):
        lab.inject(Fault("throttled", target=f"lambda:{name}", lasts=minutes(30)))
late, pairs = {"orchestration": 0, "choreography": 0}, []
for number in range(7100, 7112, 2):
    pairs.append({style: lab.order(f"{number + one}", 20.00, fresh=True) for one, style in enumerate(starts)})
    for style, order_id in pairs[-1].items():
        starts[style](order_id)
    lab.run(until=minutes(5))
    for style, order_id in pairs[-1].items():
        late[style] += not lab.history().of("effect", what="told", order_id=order_id)
lab.clear_faults()
lab.run(until="quiet")
display(happened("late", f"orchestration {late['orchestration']}, choreography {late['choreography']}"))
lab.side_by_side(*pairs[3].values())

# %% [markdown]
# Two orders of that half hour on one axis: look at the mailer's row in each. The **blast radius** of a lost function is what
# stops with it. In a chain that is everything behind it, and whoever drew the chain decided that the mail stands behind the
# points. (And some of the six are worse than late: their retries ended before the outage did, so their executions failed.) In the other design nobody stands behind the loyalty service. But look again before you blame the engine: nothing
# forced that order of states on you.
#
# ### Exercise: a smaller blast radius
#
# Change `order_flow` so that the outage hurts no order. Every customer is told within a minute of the order. When the
# function is back, the points come, for each order, without anybody's help. The outage lasts 30 minutes; `TRANSIENT` gives
# up after 18.5. Cancelled orders are told as well, and still get no points. Deploy the machine again. Then run the outage
# once more, and compare.

# %% solution="blast-radius"
### BEGIN SOLUTION
states = order_flow["States"]
states["Confirm"]["Next"] = "TellConfirmed"
states["TellConfirmed"] = task("tell", Next="AddPoints")
patient = {**TRANSIENT, "MaxAttempts": 25}
states["AddPoints"] = task("add-points", End=True, Retry=[BUSINESS, patient])
ORDER_FLOW = deploy_flow("OrderFlow", order_flow)
### END SOLUTION

# %% check="07-blast-radius"
check("07-blast-radius")

# %% [markdown]
# ## All numbers, once
#
# The same measurements that the project's recommendation cites, of your two designs as they stand now. The last two need
# runs of their own, so this takes some seconds. For the last one each of the three old steps is lost for half an hour in
# turn, while six orders come in; counted are those that never end well, for the worst of the three.

# %%
for name, values in lab.measurements(orchestration=by_machine, choreography=by_events, starts=starts).items():
    print(f"{name:<42}", "  ".join(f"{style} {value:<9.4g}" for style, value in values.items()))

# %% [markdown]
# With the retries given here the engine gave some of these orders up: they were over before the outage was. (If you made all
# of them longer, you see a 0.) A message waits in its queue until somebody takes it, or until its retention ends, after four
# days by default ([*SetQueueAttributes*](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html),
# as of November 2026). That does not make the other design safer. It has no dead-letter queue here, so nobody would know
# about a message that never succeeds, and the machine's failed executions stand in a list. Both numbers are settings of
# yours.
#
# ## On real AWS
#
# Step Functions reports a throttled transition as `ExecutionThrottled`
# ([*Service quotas*](https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html), as of November 2026); here it is
# late too, and not lost. A function beyond its quota is refused there
# ([*Lambda scaling behavior*](https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html), as of November 2026); here it
# waits, so that load shows as waiting alone.
#
# Express workflows are billed by requests and time instead of transitions. They may run for five minutes at most, and keep
# no history unless you send it to CloudWatch Logs
# ([*Service quotas*](https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html), as of November 2026).
#
# By default a rule tries a target for 24 hours; then the event is dropped, unless there is a dead-letter queue
# ([*Retry policy*](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html), as of November 2026).
#
# ## Keep
#
# - A bottleneck is a division: what one place bears, by what an order asks of it.
# - Coupling is a count: what others must change when you change your mind.
# - The mistake that everybody makes once: to quote the number of somebody else's system. Yours has other states, other
#   retries, and another knee.
#
# `progress()` shows where you stand. Next comes lesson 08, where the table is tried until it breaks.
