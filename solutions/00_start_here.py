# %% [markdown]
# # 00 · Start here
#
# Order 2001, one mug for 49.90 €, lies in an order book. Somebody has to take the money for it, and on some days that goes wrong halfway. In
# this course one such order travels through a small cloud, again and again, until you can say beforehand what will
# become of it on a bad day.
#
# The cloud lives in this notebook: no account, no bill, and nothing leaves your machine. In about twenty-five minutes you will
# have run a function, an execution and an event. A cell runs with **Shift+Enter**; run them from top to bottom. Every cell
# of this course may be run again.
#
# ## Is everything here?
#
# The doctor looks at this machine. A row says `ok`, `note` or `problem`, and a problem says what to do about it. In a
# terminal the same is called `sagalab doctor`.

# %%
from sagalab.course import find_root
from sagalab.doctor import examine

for row in examine(find_root()):
    print(f"{row.state:<8} {row.what}: {row.words}")

# %% [markdown]
# ## The lab
#
# `Lab()` opens the small cloud. From then on `boto3`, the ordinary Python library for AWS, talks to it instead of AWS;
# `boto3.client("lambda")` and its sisters look as they would at work. Each lesson begins with a cell like this one. When
# something is in a knot, `lab.reset()` empties the lab, and *Kernel → Restart* starts from nothing.

# %%
import json
import time

import boto3

from sagalab import Lab, check, happened, hint, package, predict, progress, solution
from sagalab.participants import order_book

lab = Lab()
functions, sfn = boto3.client("lambda"), boto3.client("stepfunctions")
events, sqs = boto3.client("events"), boto3.client("sqs")

# %% [markdown]
# Outside the cloud there are four **participants**: the order book, a payment gateway, a warehouse and a mailer. They
# belong to other people, and they fail as such things do. `lab.order` puts an order into the book, with stock for it.

# %%
lab.order("2001", 49.90, {"mug": 1})
order_book.get("2001")

# %% [markdown]
# ## A first function
#
# A cell that begins with `%%handler payment` becomes a module `payment.py`, the kind of file that AWS Lambda runs. What
# it needs has to stand in the same cell: in the cloud it is alone.

# %%
# %%handler payment
from sagalab.participants import order_book, payment_gateway


def charge(event, context):
    order = order_book.get(event["orderId"])
    return payment_gateway.charge(order["order_id"], order["amount"])


# %% [markdown]
# `package("payment")` makes the zip that AWS wants to have. The next cell makes a function of it; where the function is
# there already, it is changed. `"payment.charge"` is its **handler**: the module, a dot, the function in it.


# %%
def deploy_function(name, handler, module):
    """Makes a function of a handler module, or replaces code and handler of the one that is there."""
    code, runs = package(module), {"Runtime": "python3.11", "Role": lab.role_arn, "Handler": handler}
    try:
        functions.create_function(FunctionName=name, Code={"ZipFile": code}, **runs)
    except functions.exceptions.ResourceConflictException:
        functions.update_function_code(FunctionName=name, ZipFile=code)
        functions.update_function_configuration(FunctionName=name, **runs)


deploy_function("charge-payment", "payment.charge", "payment")

# %% [markdown]
# Call it once, and look at what happened before you read on.

# %%
answer = functions.invoke(FunctionName="charge-payment", Payload=json.dumps({"orderId": "2001"}))
print(answer["Payload"].read().decode())
lab.timeline("2001")

# %% [markdown]
# Read the picture from left to right, in **virtual time**. The first mark is your own question to the order book, a few
# cells above. Then the function ran; in it the order book was asked again, then the gateway. The diamond is an **effect**: something that changed in the outside world and stays changed, whatever becomes
# of the function. The list at the right keeps all effects in words. Most questions of this course are questions about
# that list: what stands there, how often, and who knows it.
#
# ## A first execution
#
# A customer may take back an order within the first hour. So the money waits: a **state machine** with two states, first
# an hour of waiting, then the charge. `"Payload.$": "$"` hands the function whatever the state got as its input.

# %%
order_flow = {
    "StartAt": "WaitAnHour",
    "States": {
        "WaitAnHour": {"Type": "Wait", "Seconds": 3600, "Next": "ChargePayment"},
        "ChargePayment": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "charge-payment", "Payload.$": "$"},
            "End": True,
        },
    },
}


# %%
def deploy_flow(name, definition):
    """Makes a state machine, or replaces its definition; gives its ARN, the name that AWS knows it by."""
    known = {row["name"]: row["stateMachineArn"] for row in sfn.list_state_machines()["stateMachines"]}
    if name in known:
        sfn.update_state_machine(stateMachineArn=known[name], definition=json.dumps(definition))
        return known[name]
    made = sfn.create_state_machine(name=name, definition=json.dumps(definition), roleArn=lab.role_arn)
    return made["stateMachineArn"]


ORDER_FLOW = deploy_flow("OrderFlow", order_flow)

# %% [markdown]
# Before a run that may surprise you, `predict` asks for a guess. Put one of the answers into the call, as
# `guess="..."`, and run it. Guesses are kept and compared, and never scored.

# %%
predict(
    "an-hour",
    "The machine waits for an hour. How long will the next cell take on the clock on your wall?",
    ["about an hour", "about a minute", "a few seconds at most"],
)

# %%
lab.order("2002", 13.20, {"mug": 1})
began = time.perf_counter()
run = sfn.start_execution(stateMachineArn=ORDER_FLOW, input=json.dumps({"orderId": "2002"}))
lab.run(until="quiet")
seconds = time.perf_counter() - began
print(sfn.describe_execution(executionArn=run["executionArn"])["status"])
display(happened("an-hour", "a few seconds at most" if seconds < 30 else "about a minute"))
lab.timeline("2002")

# %% [markdown]
# In the lab time is a number. It moves only when you wait: `lab.run(until="quiet")` lets it pass until nothing is left to
# do, `lab.run(until=60)` for a minute, and `time.sleep` works too. When everybody is waiting, it jumps. So an outage of
# an afternoon costs you nothing, and the same cells give the same run tomorrow.
#
# The run is called an **execution**. Starting it returned at once; the work happened afterwards. That is why the answer
# holds no charge, and only an `executionArn` to ask about later.
#
# ### Exercise: any order
#
# Write `start_workflow(order_id)`. It starts an execution of `OrderFlow` for the order that it is given, and returns the
# execution's ARN. All lessons and the project start an orchestrated order by this name.


# %% solution="start-workflow"
### BEGIN SOLUTION
def start_workflow(order_id):
    run = sfn.start_execution(stateMachineArn=ORDER_FLOW, input=json.dumps({"orderId": order_id}))
    return run["executionArn"]


### END SOLUTION

# %% [markdown]
# `check` builds what you deployed a second time, somewhere else, and runs it with orders that you have never seen. An
# empty cell is not a wrong one: then it says where to begin.

# %% check="00-first-execution"
check("00-first-execution")

# %% [markdown]
# When you are stuck, `hint` says a little more each time, three times at most. After a try of your own, `solution` shows
# one way to do it. Take away the `#` in front of the one that you want, and run the cell.

# %%
# hint("00-first-execution")
# solution("00-first-execution")

# %% [markdown]
# ### Exercise: a second step
#
# Nobody has told the order book yet. Write a handler `outcome` with a function `confirm(event, context)` that calls
# `order_book.confirm` for the order in the event. Then give the machine a third state, after the charge, that calls it.
#
# One thing to know: the answer of a task takes the place of its input, and the next state gets that answer. A task that
# says `"ResultPath": None` hands on its input as it came.

# %% solution="outcome"
# %%handler outcome
### BEGIN SOLUTION
from sagalab.participants import order_book


def confirm(event, context):
    return order_book.confirm(event["orderId"])


### END SOLUTION

# %% [markdown]
# In Python `order_flow["States"]["ChargePayment"]` is a dictionary like any other: change it, add a state beside it, and
# deploy both function and machine with the two functions from above. A state has either `"End": True` or a `"Next"` that
# names another state, never both. The names of the new function and of the new state are yours.

# %% solution="second-step"
### BEGIN SOLUTION
deploy_function("confirm-order", "outcome.confirm", "outcome")
charge_payment = order_flow["States"]["ChargePayment"]
charge_payment.pop("End", None)
charge_payment.update({"ResultPath": None, "Next": "ConfirmOrder"})
order_flow["States"]["ConfirmOrder"] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "confirm-order", "Payload.$": "$"},
    "End": True,
}
deploy_flow("OrderFlow", order_flow)
### END SOLUTION

# %% check="00-second-step"
check("00-second-step")

# %% [markdown]
# ## A first event
#
# The other way to get work done is to tell nobody in particular. An **event** says what happened; a **bus** takes it; a
# **rule** says which events go where. Here a rule sends every `OrderCreated` to a queue, which keeps it until somebody
# comes to read it. The first half of the next cell sets this up; `waiting` reads the queue.

# %%
queue_url = sqs.create_queue(QueueName="created-orders")["QueueUrl"]
queue = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
events.put_rule(
    Name="on-order-created", EventPattern=json.dumps({"source": ["orders"], "detail-type": ["OrderCreated"]})
)
events.put_targets(Rule="on-order-created", Targets=[{"Id": "queue", "Arn": queue}])


def waiting():
    """Reads up to ten messages, deletes them, and gives the kind and the detail of each event."""
    answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=5)
    messages = answer.get("Messages", [])
    for message in messages:
        sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
    bodies = [json.loads(message["Body"]) for message in messages]
    return [(body["detail-type"], body["detail"]) for body in bodies]


# %%
created = {"Source": "orders", "DetailType": "OrderCreated", "EventBusName": "default"}
events.put_events(Entries=[{**created, "Detail": json.dumps({"orderId": "2003"})}])
waiting()

# %% [markdown]
# The message is there. (Reading only hides a message for a while. Whoever is done with it has to delete it, as `waiting`
# does.) Now the same with one letter changed: the kind of event is spelt `orderCreated`.
# (`put_events` takes several events at once; `FailedEntryCount` in its answer says how many of them the bus did not take.)

# %%
predict(
    "one-letter",
    "An event that no rule asks for is published. Who says so?",
    ["put_events raises an error", "FailedEntryCount is 1", "nobody"],
)

# %%
misspelt = {**created, "DetailType": "orderCreated"}
answer = events.put_events(Entries=[{**misspelt, "Detail": json.dumps({"orderId": "2004"})}])
print("FailedEntryCount:", answer["FailedEntryCount"], "| in the queue:", waiting())
happened("one-letter", "FailedEntryCount is 1" if answer["FailedEntryCount"] else "nobody")

# %% [markdown]
# The bus took the event, no rule wanted it, and it is gone. An execution that goes wrong leaves a failed execution; an
# event that nobody hears leaves nothing. Keep that difference in mind: the two styles of this course pay for different
# mistakes at different times.
#
# ### Exercise: any event
#
# Write `emit_order_created(order_id)`: it publishes one `OrderCreated` from the source `orders` on the bus `default`, and
# its detail is `{"orderId": ...}` with the order that it is given.


# %% solution="emit-order-created"
### BEGIN SOLUTION
def emit_order_created(order_id):
    entry = {"Source": "orders", "DetailType": "OrderCreated", "EventBusName": "default"}
    return events.put_events(Entries=[{**entry, "Detail": json.dumps({"orderId": order_id})}])


### END SOLUTION

# %% check="00-first-event"
check("00-first-event")

# %% [markdown]
# ## On real AWS
#
# The AWS calls above are the real ones. There the participants are other companies' systems, the role needs permissions, and
# the queue a policy that lets the bus write to it. After each change of a function you wait until it is ready:
# `functions.get_waiter("function_updated_v2").wait(FunctionName=name)`
# ([*Lambda function states*](https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html), as of November 2026).
#
# A Standard execution may wait for up to a year, and its history is kept for 90 days (Step Functions developer guide,
# [*Service quotas*](https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html), as of November 2026). There an
# hour is an hour, and each step that runs is billed as a state transition
# ([Step Functions pricing](https://aws.amazon.com/step-functions/pricing/), as of November 2026).
#
# ## Keep
#
# - An effect stays, whatever becomes of the code that caused it.
# - Starting is not finishing: both start functions return before the work is done.
# - The mistake that everybody makes once: a rule that matches nothing. No error will tell you.
#
# `progress()` shows where you stand. Next comes lesson 01, where nobody is in charge.

# %%
progress()
