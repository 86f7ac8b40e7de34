# %% [markdown]
# # 08 · The decision matrix, and its pitfalls
#
# Two companies ask you the same question on the same day: "Should our orders run on Step Functions or on events?" Both
# want one word. This table gives one for each row, and you will find it in many a slide:
#
# | Requirement | Orchestration | Choreography |
# |---|---|---|
# | Clear step order | ✅ | ❌ |
# | Independent teams | ❌ | ✅ |
# | Easy debugging | ✅ | ❌ |
# | Loose coupling | ❌ | ✅ |
# | Long-running workflows | ✅ | ❌ |
#
# (Where your browser has no such signs: yes and no, no and yes, yes and no, no and yes, yes and no.)
#
# It is right more often than not. Here you try each row until it breaks, then you advise both companies, and at the end
# you clear away three messes that people make with either style. Forty-five minutes.
#
# First the plumbing: run every cell down to "Row by row". You know most of it. The helpers that deploy, `receiving` and
# `services` do what those of lesson 07 did, so skip them. Read two things: `tiny`, nine functions of a line or two, and the
# cell that begins with `BUSINESS`, which gives each of them a state.

# %%
import json

import boto3

from sagalab import Constraint, Fault, Flip, Lab, Measurement, Recommendation
from sagalab import check, happened, hint, minutes, package, predict, progress, solution
from sagalab.recommendation import MATRIX

lab = Lab()
names = ("lambda", "stepfunctions", "events", "sqs")
functions, sfn, eventbridge, sqs = (boto3.client(name) for name in names)


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


# %%
# %%handler tiny
from sagalab.participants import mailer, order_book, payment_gateway, warehouse


def read_order(event, context):
    return {**order_book.get(event["orderId"]), **event}


def check_amount(event, context):
    if event["amount"] <= 0:
        raise ValueError("an order costs something")
    return event


def charge(event, context):
    payment_gateway.charge(event["orderId"], event["amount"], key=f"charge-{event['orderId']}")
    return event


def check_items(event, context):
    if not event["items"]:
        raise ValueError("an order holds something")
    return event


def reserve(event, context):
    warehouse.reserve(event["orderId"], event["items"], key=f"reserve-{event['orderId']}")
    return event


def confirm(event, context):
    order_book.confirm(event["orderId"])
    return event


def cancel(event, context):
    order_book.cancel(event["orderId"], "declined")
    return event


def choose_words(event, context):
    return {**event, "outcome": order_book.outcome(event["orderId"])}


def tell(event, context):
    mailer.send(event["orderId"], event["outcome"], key=f"tell-{event['orderId']}")
    return event


# %%
# %%handler receiving
import json


def each(event, react):
    failed = []
    for record in event["Records"]:
        try:
            react(json.loads(record["body"])["detail"])
        except Exception:
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


# %%
# %%handler services
import json

import boto3
import tiny
from receiving import each

from sagalab.participants import PaymentDeclined


def publish(kind, detail):
    entry = {"Source": "orders", "DetailType": kind, "Detail": json.dumps(detail)}
    if boto3.client("events").put_events(Entries=[entry])["FailedEntryCount"]:
        raise RuntimeError(f"the bus did not take {kind}")


def pay(detail):
    try:
        tiny.charge(tiny.read_order(detail, None), None)
        publish("PaymentCharged", detail)
    except PaymentDeclined:
        tiny.cancel(detail, None)
        publish("OrderCancelled", detail)


def put_aside(detail):
    tiny.reserve(tiny.read_order(detail, None), None)
    tiny.confirm(detail, None)
    publish("OrderConfirmed", detail)


def payment(event, context):
    return each(event, pay)


def inventory(event, context):
    return each(event, put_aside)


def notification(event, context):
    return each(event, lambda detail: tiny.tell(tiny.choose_words(detail, None), None))


# %%
BUSINESS = {"ErrorEquals": ["PaymentDeclined"], "MaxAttempts": 0}
TRANSIENT = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "MaxDelaySeconds": 120, "MaxAttempts": 12}


def task(function, **rest):
    """Gives a task state; what the function answers is handed to the next state."""
    call = {"FunctionName": function, "Payload.$": "$"}
    state = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": call}
    return {**state, "OutputPath": "$.Payload", "Retry": [BUSINESS, TRANSIENT], **rest}


DECLINED = [{"ErrorEquals": ["PaymentDeclined"], "ResultPath": "$.error", "Next": "cancel"}]
CHAIN = ["read_order", "check_amount", "charge", "check_items", "reserve", "confirm", "choose_words", "tell"]
for step in [*CHAIN, "cancel"]:
    deploy_function(step.replace("_", "-"), f"tiny.{step}", "tiny")
order_flow = {"StartAt": "read_order", "States": {"cancel": task("cancel", Next="choose_words")}}
for step, after in zip(CHAIN, [*CHAIN[1:], None], strict=True):
    rest = {"Next": after} if after else {"End": True}
    order_flow["States"][step] = task(step.replace("_", "-"), **rest)
order_flow["States"]["charge"]["Catch"] = DECLINED
ORDER_FLOW = deploy_flow("OrderFlow", order_flow)


def start_workflow(order_id):
    name, text = f"order-{order_id}", json.dumps({"orderId": order_id})
    try:
        return sfn.start_execution(stateMachineArn=ORDER_FLOW, name=name, input=text)["executionArn"]
    except sfn.exceptions.ExecutionAlreadyExists:
        return ORDER_FLOW.replace(":stateMachine:", ":execution:") + f":{name}"


def deploy_services():
    for name in ("payment", "inventory", "notification"):
        deploy_service(name, f"services.{name}", "services", "tiny", "receiving")


deploy_services()
subscribe("on-created", ["OrderCreated"], "payment")
subscribe("on-charged", ["PaymentCharged"], "inventory")
subscribe("on-outcome", ["OrderConfirmed", "OrderCancelled"], "notification")


def emit_order_created(order_id):
    entry = {"Source": "orders", "DetailType": "OrderCreated", "Detail": json.dumps({"orderId": order_id})}
    if eventbridge.put_events(Entries=[entry])["FailedEntryCount"]:
        raise RuntimeError("the bus did not take OrderCreated")


# %% [markdown]
# ## Row by row
#
# **Clear step order.** ✅ and ❌, says the table. One order in each design; then what the outside world saw of each.

# %%
predict(
    "order-of-steps",
    "In which of the two designs is an order charged, reserved, confirmed and told in this order?",
    ["only in the state machine", "in both", "in neither"],
)

# %%
first, second = (lab.order(number, 49.90, {"mug": 1}, fresh=True) for number in ("8001", "8002"))
start_workflow(first)
emit_order_created(second)
lab.run(until="quiet")
seen = {number: [fact.what for fact in lab.history().of("effect", order_id=number)] for number in (first, second)}
print(seen)
display(happened("order-of-steps", "in both" if seen[first] == seen[second] else "only in the state machine"))
numbers = lab.measurements(orchestration=first, choreography=second)
for name in ("components_changed_to_add_a_participant", "records_to_find_a_stuck_order", "cost_per_order"):
    print(f"{name:<42}", "  ".join(f"{style} {value:.3g}" for style, value in numbers[name].items()))
display(lab.path(start_workflow(first)))
lab.space_time(second)

# %% [markdown]
# The order of steps is the same. Holds: the state machine has it written in one place, where an auditor can read it. Breaks:
# the events have an order, too. It stands nowhere, and any new rule may change it.
#
# **Independent teams** and **easy debugging** are the first two numbers. Holds: whoever joins the machine waits for its
# owner, and whoever looks for an order reads one record there and six on the other side. Breaks: an engine *inside* one
# service is that team's own business; the ❌ means one machine above all teams. And the records of events can be tied
# together by ids: lesson 06 did it, and you will do it below. (Express workflows break the row from the other side: on AWS
# they keep no history of their own. This lab keeps one.)
#
# **Loose coupling.** ❌ and ✅. The team that takes orders tidies up: `orderId` becomes `order_id`. Nobody else changes
# anything, because nobody has to.

# %%
predict(
    "renamed",
    "An OrderCreated with `order_id` instead of `orderId` is published. Where can the mistake be seen?",
    ["at the publisher: put_events refuses it", "in payment-queue: the message comes back, again and again", "nowhere"],
)

# %%
lab.order("8003", 13.20, {"mug": 1})
tidy = {"Source": "orders", "DetailType": "OrderCreated", "Detail": json.dumps({"order_id": "8003"})}
refused = eventbridge.put_events(Entries=[tidy])["FailedEntryCount"]
lab.run(until=minutes(7))
came_back = len(lab.history().of("received", what="payment-queue")) > 2
said = "in payment-queue: the message comes back, again and again" if came_back else "nowhere"
shown = happened("renamed", "at the publisher: put_events refuses it" if refused else said)
# Nobody can mend this message any more, so it is thrown away.
sqs.purge_queue(QueueUrl=sqs.get_queue_url(QueueName="payment-queue")["QueueUrl"])
lab.run(until="quiet")
shown

# %% [markdown]
# Holds: nobody names anybody. Breaks: events couple by their fields and by what these mean, at a distance. The one who breaks
# it hears nothing, and the one who is hit hears of it only by watching a queue. "Decoupled" holds until somebody renames a field.
#
# **Long-running workflows.** ✅ and ❌. Thirty days after the order somebody should ask how the mug is. A state machine
# waits; a message can be delayed, too.

# %%
predict(
    "thirty-days",
    "Both are asked to wait for 30 days. What happens?",
    ["both wait", "the machine waits, the queue refuses", "both refuse"],
)

# %%
DAYS_30 = 30 * 24 * 3600
month = {"StartAt": "Month", "States": {"Month": {"Type": "Wait", "Seconds": DAYS_30, "End": True}}}
run = sfn.start_execution(stateMachineArn=deploy_flow("AskLater", month), input="{}")["executionArn"]
lab.run(until="quiet")
waited = sfn.describe_execution(executionArn=run)["status"] == "SUCCEEDED"
later = sqs.create_queue(QueueName="ask-later")["QueueUrl"]
try:
    sqs.send_message(QueueUrl=later, MessageBody="how is the mug?", DelaySeconds=DAYS_30)
    refused = False
except sqs.exceptions.ClientError as error:
    refused = True
    print(error)
happened("thirty-days", "the machine waits, the queue refuses" if waited and refused else "both wait")

# %% [markdown]
# Holds: waiting is a state, and the engine remembers it. Breaks: an Express workflow ends after five minutes, and services
# wait for years if they keep a date in a table, or leave it to EventBridge Scheduler
# ([*Scheduler*](https://docs.aws.amazon.com/eventbridge/latest/userguide/using-eventbridge-scheduler.html), as of November
# 2026). Then somebody keeps the time after all.
#
# ## Two companies
#
# **The pharmacy.** One team. The law asks where each prescription is, and an answer must be found in **one record**. An order
# may wait for days until a doctor has signed. New steps are rare.
#
# **The marketplace.** Nine teams that release when they like. Each month somebody new wants to hear of orders, and
# **nothing that is deployed** may be changed for that. Orders are done within seconds.
#
# `NEEDS` holds what each cannot do without, its **hard constraint**. Which approach meets it, your two designs have just said.

# %%
NEEDS = {
    "pharmacy": Constraint(requirement="records_to_find_a_stuck_order", at_most=1, why="the law"),
    "marketplace": Constraint(requirement="components_changed_to_add_a_participant", at_most=0, why="nine teams"),
}
recommendations = {}


def advise(company, approach, weights, scores, flip):
    """Builds a company's recommendation; weights and scores are five numbers each, in the order of MATRIX."""
    for five in (weights, *scores.values()):
        if len(five) != len(MATRIX):
            raise ValueError(f"{five} has {len(five)} numbers, and MATRIX has {len(MATRIX)} rows")
    recommendations[company] = Recommendation(
        scenario=company,
        approach=approach,
        constraints=[NEEDS[company]],
        weights=dict(zip(MATRIX, weights, strict=True)),
        scores={style: dict(zip(MATRIX, five, strict=True)) for style, five in scores.items()},
        measurements=[Measurement(name=name, **values) for name, values in numbers.items()],
        flip=flip,
    )
    return recommendations[company]


print(MATRIX)

# %% [markdown]
# ### Exercise: two companies, two answers
#
# Score both approaches once, from 0 to 5 for each row, by what you saw above. Then weigh the rows for each company (0 or more,
# without a limit), and call `advise` for both. Weight times score, added up, has to favour your pick. `Flip(weights={row: new weight}, to=the other
# approach, because=...)` names the change in the business that would turn the decision round, and it has to do so. (It
# is about the weights alone. What a company cannot do without would have to fall as well.) The five weights stand in the
# order of `MATRIX`, and so do the five scores of each approach:
#
# `advise("pharmacy", "the approach", [0, 0, 0, 0, 0], scores, Flip(weights={"...": 0}, to="the other one", because="..."))`
#
# The last call shows its matrix as a picture.

# %% solution="companies"
scores = {"orchestration": [0, 0, 0, 0, 0], "choreography": [0, 0, 0, 0, 0]}
### BEGIN SOLUTION
scores = {"orchestration": [5, 2, 5, 2, 5], "choreography": [2, 5, 2, 4, 2]}
split = Flip(
    weights={"Independent teams": 15}, to="choreography", because="the law asks for less, and many teams own the steps"
)
advise("pharmacy", "orchestration", [4, 1, 4, 1, 3], scores, split)
waits = Flip(
    weights={"Long-running workflows": 9},
    to="orchestration",
    because="orders wait for customs for weeks, and one team owns all steps",
)
advise("marketplace", "choreography", [1, 5, 2, 4, 0], scores, waits)
### END SOLUTION
recommendations.get("marketplace")

# %% check="08-two-companies"
check("08-two-companies")

# %% check="08-flips"
check("08-flips")

# %%
# Stuck? Take a # away: each hint says a little more, and a solution opens after a try of your own.
# hint("08-two-companies")
# solution("08-two-companies")

# %% [markdown]
# ## Pitfall: too many tiny steps
#
# The pharmacy has the state machine whose path you saw at the beginning: a state for each line of code.
#
# Orchestration with too many tiny steps becomes hard to maintain. Eight transitions are billed for each order, and between
# `read_order` and `tell` nobody sees the three steps that matter. A state earns its place where something can fail on its
# own, be retried on its own, or be waited for. `check_amount` can fail, but it fails in the same way at each try, and it waits
# for nobody.
#
# ### Exercise: merge
#
# Complete the handler `merged`. Its functions call those of `tiny`: each of those takes the order as its event and returns it, so
# that one can be called inside another. `pay` is given; write `put_aside` and `inform`, which the second cell deploys. There
# give `order_flow` **four** states or fewer for a healthy order. Payment, warehouse and mail keep a state each, because each
# fails on its own. Declined cards are still answers, and short outages still heal. `DECLINED` leads to a state named `cancel`:
# keep one, and mind where it leads. Deploy the machine again.

# %% solution="merged"
# %%handler merged
import tiny


def pay(event, context):
    return tiny.charge(tiny.check_amount(tiny.read_order(event, None), None), None)


### BEGIN SOLUTION
def put_aside(event, context):
    return tiny.reserve(tiny.check_items(event, None), None)


def inform(event, context):
    return tiny.tell(tiny.choose_words(event, None), None)


### END SOLUTION

# %% solution="merged-flow"
for name, step in (("pay", "pay"), ("put-aside", "put_aside"), ("inform", "inform")):
    deploy_function(name, f"merged.{step}", "merged", "tiny")
### BEGIN SOLUTION
order_flow = {
    "StartAt": "Pay",
    "States": {
        "Pay": task("pay", Catch=[{**DECLINED[0], "Next": "Cancel"}], Next="PutAside"),
        "PutAside": task("put-aside", Next="Confirm"),
        "Confirm": task("confirm", Next="Inform"),
        "Cancel": task("cancel", Next="Inform"),
        "Inform": task("inform", End=True),
    },
}
ORDER_FLOW = deploy_flow("OrderFlow", order_flow)
### END SOLUTION

# %% check="08-merge"
check("08-merge")

# %% [markdown]
# ## Pitfall: a black box
#
# Choreography without good observability becomes a black box. The marketplace's services write nothing down. `receiving`
# catches every error, as it must, and says nothing about it.
#
# ### Exercise: give it eyes
#
# Every message that a service hears leaves one line: `print(json.dumps({...}))` with `correlationId`, `orderId` and
# `heard`, the event's kind (`detail-type`), before the service reacts. Services hand on the detail that they got, so one
# thing is missing: somebody has to put a `correlationId` into the first event, `corr-` and the order id.
#
# Three orders run in the cell below yours, and one gets stuck. What a function prints appears under that cell; on AWS it
# would be in CloudWatch Logs. Read the lines before the picture, and find which order it is, and at which service.

# %% solution="eyes"
# %%handler receiving
import json


def each(event, react):
    failed = []
    for record in event["Records"]:
        try:
            message = json.loads(record["body"])
            ### BEGIN SOLUTION
            detail = message["detail"]
            line = {"correlationId": detail.get("correlationId"), "orderId": detail.get("orderId")}
            print(json.dumps({**line, "heard": message["detail-type"]}))
            ### END SOLUTION
            react(message["detail"])
        except Exception:
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


# %% solution="emit-with-id"
def emit_order_created(order_id):
    detail = {"orderId": order_id}
    ### BEGIN SOLUTION
    detail["correlationId"] = f"corr-{order_id}"
    ### END SOLUTION
    entry = {"Source": "orders", "DetailType": "OrderCreated", "Detail": json.dumps(detail)}
    if eventbridge.put_events(Entries=[entry])["FailedEntryCount"]:
        raise RuntimeError("the bus did not take OrderCreated")


# %%
deploy_services()
lab.inject(Fault("unavailable", target="warehouse.reserve", lasts=minutes(60), order="8012"))
for number in ("8011", "8012", "8013"):
    lab.order(number, 20.00, {"chair": 1})
    emit_order_created(number)
lab.run(until=minutes(8))
lab.space_time("8012")

# %% check="08-eyes"
check("08-eyes")

# %% [markdown]
# (The stuck one was 8012, at the inventory: its lines say `PaymentCharged` again and again, and no `OrderConfirmed` follows.)
#
# ## Pitfall: both at once
#
# A third company mixed them. Its machine `MixedFlow` charges, reserves, confirms and tells. Its functions also say aloud
# what they did, and somebody subscribed services to that: one reserves when it hears `Charged`, one tells when it hears
# `Confirmed`. Of the two cells below, read the `publish` lines, and the two `subscribe` lines.

# %%
# %%handler mixed
import tiny
from receiving import each
from services import publish

from sagalab.participants import mailer, order_book, warehouse


def charge(event, context):
    tiny.charge(tiny.read_order(event, None), None)
    publish("Charged", {"correlationId": f"corr-{event['orderId']}", **event})
    return event


def reserve(event, context):
    warehouse.reserve(event["orderId"], order_book.get(event["orderId"])["items"])
    return event


def confirm(event, context):
    tiny.confirm(event, None)
    publish("Confirmed", {"correlationId": f"corr-{event['orderId']}", **event})
    return event


def tell(event, context):
    mailer.send(event["orderId"], order_book.outcome(event["orderId"]))
    return event


def stock(event, context):
    return each(event, lambda detail: reserve(detail, None))


def letters(event, context):
    return each(event, lambda detail: tell(detail, None))


# %%
def unsubscribe(rule):
    """Takes a rule and its targets away, if it is there."""
    if rule in [row["Name"] for row in eventbridge.list_rules()["Rules"]]:
        targets = [row["Id"] for row in eventbridge.list_targets_by_rule(Rule=rule)["Targets"]]
        eventbridge.remove_targets(Rule=rule, Ids=targets)
        eventbridge.delete_rule(Name=rule)


MODULES = ("mixed", "services", "tiny", "receiving")
mixed_flow = {"StartAt": "Charge", "States": {}}
for step, after in (("charge", "Reserve"), ("reserve", "Confirm"), ("confirm", "Tell"), ("tell", None)):
    deploy_function(f"mixed-{step}", f"mixed.{step}", *MODULES)
    rest = {"Next": after} if after else {"End": True}
    mixed_flow["States"][step.capitalize()] = task(f"mixed-{step}", **rest)
MIXED_FLOW = deploy_flow("MixedFlow", mixed_flow)
for name in ("stock", "letters"):
    deploy_service(name, f"mixed.{name}", *MODULES)
subscribe("on-mixed-charged", ["Charged"], "stock")
subscribe("on-mixed-confirmed", ["Confirmed"], "letters")


def start_mixed(order_id):
    name, text = f"mixed-{order_id}", json.dumps({"orderId": order_id})
    try:
        return sfn.start_execution(stateMachineArn=MIXED_FLOW, name=name, input=text)["executionArn"]
    except sfn.exceptions.ExecutionAlreadyExists:
        return MIXED_FLOW.replace(":stateMachine:", ":execution:") + f":{name}"


# %%
predict(
    "mixed",
    "Order 8021 is for one lamp. How many lamps are put aside, and how many mails are sent?",
    ["1 lamp, 1 mail", "2 lamps, 1 mail", "2 lamps, 2 mails"],
)

# %%
lab.clear_faults()
lamp = lab.order("8021", 35.00, {"lamp": 1}, fresh=True)
start_mixed(lamp)
lab.run(until="quiet")
lamps, mails = (len(lab.history().of("effect", what=what, order_id=lamp)) for what in ("reserved", "told"))
display(happened("mixed", f"{lamps} lamp{'s' * (lamps > 1)}, {mails} mail{'s' * (mails > 1)}"))
lab.timeline(lamp)

# %% [markdown]
# Mixing both without clear boundaries leads to confusion. Keys would hide the doubles and leave the confusion: two places
# think that they decide. Choose **per link, not per system**: inside, one machine decides; across the border goes an event
# about what is final.
#
# ### Exercise: draw the border
#
# Payment, stock and the order book are one team's: the machine alone decides there. Mails are written by another team, which
# reacts to `Confirmed`. Change `mixed_flow` and the rules so that each thing happens once, and only on its side. Deploy the
# machine again; `unsubscribe(rule)` takes a rule away. Then run the order of the lamp once more.

# %% solution="border"
### BEGIN SOLUTION
unsubscribe("on-mixed-charged")
mixed_flow["States"].pop("Tell", None)
mixed_flow["States"]["Confirm"] = task("mixed-confirm", End=True)
MIXED_FLOW = deploy_flow("MixedFlow", mixed_flow)
### END SOLUTION

# %% check="08-border"
check("08-border")

# %% [markdown]
# ## On real AWS
#
# A Standard execution may wait for up to a year. An Express one ends after five minutes, and keeps no history unless it is
# sent to CloudWatch Logs ([*Service quotas*](https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html), as of November
# 2026).
#
# A transition costs $0.025 per thousand, so four states fewer are $100 for a million orders
# ([Step Functions pricing](https://aws.amazon.com/step-functions/pricing/), us-east-1, as of November 2026).
#
# Where a queue itself cannot be reached, a rule tries for 24 hours by default, and then drops the event unless its target has
# a dead-letter queue
# ([*Retry policy*](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html), as of November 2026).
# Where a service is down, its messages wait in the queue, for four days unless you say otherwise, 14 at most
# ([*SetQueueAttributes*](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html), as
# of November 2026). Each of the two bounds how long an outage of its own kind may last.
#
# ## Keep
#
# - A row of the matrix is a question. Your own design answers it, with a number where there is one.
# - A hard constraint is not weighed; everything else is, and a flip says what would change your mind.
# - The mistake that everybody makes once: to choose one style for the whole company. Choose for each link.
#
# `progress()` shows where you stand. Next comes lesson 10, where pictures are compared with what runs.
