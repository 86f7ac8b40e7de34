# %% [markdown]
# # 02 · Orchestration
#
# Order 2001: one mug, 49.90 €. The gateway has to take the money, the warehouse has to put a mug aside, and the customer
# wants a mail. Three steps at three places, and each of them can say no, or nothing at all. Who remembers how far the
# order has come?
#
# In **orchestration** one does: a central controller, a workflow engine, tells each step what to do, and waits for the
# answer before it names the next. On AWS that is Step Functions.
#
# | orchestration | |
# |---|---|
# | best for | complex workflows with clear step order; strong audit requirements; long-running business processes |
# | gives | easier to monitor and debug |
# | costs | can become a bottleneck if overused |
#
# You will build one, start it twice by accident, and let a card be declined. Forty minutes.

# %%
import json

import boto3

from sagalab import Fault, Lab, check, happened, hint, package, predict, progress, solution

lab = Lab()
lab.order("2001", 49.90, {"mug": 1})
functions, sfn = boto3.client("lambda"), boto3.client("stepfunctions")

# %% [markdown]
# ## The steps
#
# One handler for each participant, and one for the order book. None of them knows the others, and none knows which step
# comes next: that is the point. They carry no keys yet, so that you see what the engine does by itself. Lesson 03 brings the
# keys back.

# %%
# %%handler payment
from sagalab.participants import order_book, payment_gateway


def charge(event, context):
    order = order_book.get(event["orderId"])
    return payment_gateway.charge(order["order_id"], order["amount"])


# %%
# %%handler outcome
from sagalab.participants import order_book


def confirm(event, context):
    return order_book.confirm(event["orderId"])


def cancel(event, context):
    return order_book.cancel(event["orderId"], "refused")


# %%
# %%handler notification
from sagalab.participants import mailer, order_book


def tell(event, context):
    order_id = event["orderId"]
    return mailer.send(order_id, order_book.outcome(order_id))


# %% [markdown]
# Plumbing, as in lesson 00: make a function or a state machine, or replace the one that is there. `task` writes
# what every task state shares: type, resource and parameters. What you pass by name is added, `Next="ConfirmOrder"` for
# example.


# %%
def deploy_function(name, handler, module):
    """Makes a function of a handler module, or replaces code and handler of the one that is there."""
    code, runs = package(module), {"Runtime": "python3.11", "Role": lab.role_arn, "Handler": handler}
    try:
        functions.create_function(FunctionName=name, Code={"ZipFile": code}, **runs)
    except functions.exceptions.ResourceConflictException:
        functions.update_function_code(FunctionName=name, ZipFile=code)
        functions.update_function_configuration(FunctionName=name, **runs)


# %%
def deploy_flow(name, definition):
    """Makes a state machine, or replaces its definition; gives its ARN."""
    known = {row["name"]: row["stateMachineArn"] for row in sfn.list_state_machines()["stateMachines"]}
    if name in known:
        sfn.update_state_machine(stateMachineArn=known[name], definition=json.dumps(definition))
        return known[name]
    made = sfn.create_state_machine(name=name, definition=json.dumps(definition), roleArn=lab.role_arn)
    return made["stateMachineArn"]


def task(function, **rest):
    """Gives a task state that calls a function with the state's input."""
    call = {"FunctionName": function, "Payload.$": "$"}
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": call, **rest}


# %% [markdown]
# ## What the second step gets
#
# Two steps to begin with. The execution starts with the input `{"orderId": "2001"}`, and both functions read `orderId`.

# %%
deploy_function("charge-payment", "payment.charge", "payment")
deploy_function("confirm-order", "outcome.confirm", "outcome")
two_steps = {
    "StartAt": "ChargePayment",
    "States": {
        "ChargePayment": task("charge-payment", Next="ConfirmOrder"),
        "ConfirmOrder": task("confirm-order", End=True),
    },
}
TWO_STEPS = deploy_flow("TwoSteps", two_steps)

# %%
predict(
    "second-input",
    "ChargePayment has answered {'charge_id': ...}. What does ConfirmOrder get as its input?",
    ["the order id", "the answer of the charge", "both"],
)

# %%
two = sfn.start_execution(stateMachineArn=TWO_STEPS, input=json.dumps({"orderId": "2001"}))["executionArn"]
lab.run(until="quiet")
past = sfn.get_execution_history(executionArn=two)["events"]
entered = [event["stateEnteredEventDetails"] for event in past if "stateEnteredEventDetails" in event]
print("\n".join(f"{state['name']} got {state['input']}" for state in entered))
display(
    happened(
        "second-input", "the order id" if '"orderId"' in entered[1]["input"] else "the answer of the charge"
    )
)
lab.path(two)

# %% [markdown]
# A state's output is the next state's input, and a task's output is the answer of what it called. Here it called Lambda,
# whose answer is a wrapper: `Payload` is what the function returned, `StatusCode` says how the call went, and
# `ExecutedVersion` which version of the function ran. The order id was gone, the second function stopped with a `KeyError`, and the money of order 2001 is taken for
# an order that nobody confirmed. Nothing was wrong with either function.
#
# `"ResultPath": None` drops the answer and hands on the input. (`"ResultPath": "$.charge"` would keep both.) What travels
# from state to state is yours to decide, and the engine will not guess.
#
# ### Exercise: three steps
#
# Write the handler `inventory` with `reserve(event, context)`: `warehouse.reserve(order_id, items)` puts the items of the
# order aside; `order_book.get(order_id)["items"]` holds them. Then write all states of `order_flow`: `ChargePayment`, `ReserveStock`, `ConfirmOrder` and
# `NotifyCustomer`, in this order. (A state's name is free; the exercises below speak of these four.) The functions that
# they call are `charge-payment`, `reserve-stock`, `confirm-order` and `notify-customer`; the cell below the definition
# deploys them.

# %% solution="inventory"
# %%handler inventory
### BEGIN SOLUTION
from sagalab.participants import order_book, warehouse


def reserve(event, context):
    order = order_book.get(event["orderId"])
    return warehouse.reserve(order["order_id"], order["items"])


### END SOLUTION

# %% solution="order-flow"
order_flow = None  # {"StartAt": ..., "States": {...}}
### BEGIN SOLUTION
order_flow = {
    "StartAt": "ChargePayment",
    "States": {
        "ChargePayment": task("charge-payment", ResultPath=None, Next="ReserveStock"),
        "ReserveStock": task("reserve-stock", ResultPath=None, Next="ConfirmOrder"),
        "ConfirmOrder": task("confirm-order", ResultPath=None, Next="NotifyCustomer"),
        "NotifyCustomer": task("notify-customer", ResultPath=None, End=True),
    },
}
### END SOLUTION

# %% [markdown]
# And this is how an execution is started on AWS, as you find it in many a codebase. Keep an eye on it.

# %%
deploy_function("reserve-stock", "inventory.reserve", "inventory")
deploy_function("notify-customer", "notification.tell", "notification")
deploy_function("cancel-order", "outcome.cancel", "outcome")
if order_flow:
    deploy_flow("OrderFlow", order_flow)


# Run again, this cell brings back this first version: then run your own, further below, once more.
def start_workflow(order_id):
    return sfn.start_execution(
        stateMachineArn="arn:aws:states:us-east-1:123456789012:stateMachine:OrderFlow",
        input=json.dumps({"orderId": order_id}),
    )


# %%
first = lab.order("2002", 49.90, {"mug": 1}, fresh=True)  # a new order each time that this cell is run
if order_flow:
    start_workflow(first)
    lab.run(until="quiet")
lab.timeline(first)

# %% check="02-three-steps"
check("02-three-steps")

# %%
# Stuck? Take a # away: each hint says a little more, and a solution opens after a try of your own.
# hint("02-three-steps")
# solution("02-three-steps")

# %% [markdown]
# ## What the engine remembers
#
# Somebody asks next week what became of the newest order, and when. You do not have to ask three teams: the coordinator wrote
# everything down while it worked.


# %%
def last_execution(flow):
    """Gives the ARN of the machine's newest execution, or None."""
    arns = [
        row["stateMachineArn"] for row in sfn.list_state_machines()["stateMachines"] if row["name"] == flow
    ]
    runs = sfn.list_executions(stateMachineArn=arns[0])["executions"] if arns else []
    return runs[0]["executionArn"] if runs else None


if last_execution("OrderFlow"):
    past = sfn.get_execution_history(executionArn=last_execution("OrderFlow"))["events"]
    for event in past:
        name = event.get("stateEnteredEventDetails", {}).get("name", "")
        print(f"{event['timestamp']:%H:%M:%S.%f} {event['type']:<22} {name}")
    print(len(past), "events for", sum("stateEnteredEventDetails" in event for event in past), "states")

# %% [markdown]
# This is the **execution history**. You did not write a line for it, and no step can forget to add to it. That is what
# meets the "strong audit requirements" of the table above, and why an orchestrated order is easier to debug. One place, one
# order, from the first event to the last.
#
# ## Started twice
#
# A browser sends the form a second time. A queue delivers "start order 2003" again. A colleague runs the cell twice.

# %%
predict(
    "started-twice",
    "Order 2003 costs 49.90, and start_workflow is called twice for it. How much is charged?",
    ["0.00", "49.90", "99.80"],
)

# %%
double = lab.order("2003", 49.90, {"mug": 1}, fresh=True)
if order_flow:
    start_workflow(double)
    start_workflow(double)
    lab.run(until="quiet")
    charges = lab.history().of("effect", what="charged", order_id=double)
    display(happened("started-twice", f"{sum(fact.detail['amount'] for fact in charges):.2f}"))
lab.timeline(double)

# %% [markdown]
# Two starts, two executions: the order was paid, reserved and told twice. (Confirmed once: the order book takes the second
# word for the first.) AWS gave each execution a name of its own, because `start_workflow` gave none.
#
# With `name=...` the name is the **idempotency key** of the start, the value by which two requests are known to mean the
# same thing. While the first execution runs, the same name with the same input gives back that execution. Once it has
# ended, AWS raises `sfn.exceptions.ExecutionAlreadyExists`, and it raises the same for other input under that name.
#
# ### Exercise: started once
#
# Write `start_workflow(order_id)` again. Started twice, at once or an hour later, an order is processed once, and both
# calls return the same execution ARN, as a text. To build an execution's ARN, take the machine's ARN from the
# first `start_workflow`, put `:execution:` in the place of `:stateMachine:`, and add `:` and the name.

# %% solution="start-once"
### BEGIN SOLUTION
ORDER_FLOW = "arn:aws:states:us-east-1:123456789012:stateMachine:OrderFlow"


def start_workflow(order_id):
    name, order = f"order-{order_id}", json.dumps({"orderId": order_id})
    try:
        return sfn.start_execution(stateMachineArn=ORDER_FLOW, name=name, input=order)["executionArn"]
    except sfn.exceptions.ExecutionAlreadyExists:
        return ORDER_FLOW.replace(":stateMachine:", ":execution:") + f":{name}"


### END SOLUTION

# %% check="02-starts-once"
check("02-starts-once")

# %% [markdown]
# ## A declined card
#
# The card of order 2004 is declined: `payment_gateway.charge` raises `PaymentDeclined`, and will do so however often it
# is asked.

# %%
predict(
    "declined",
    "The charge raises PaymentDeclined. What does the customer of order 2004 hear?",
    ["confirmed", "cancelled", "nothing"],
)

# %%
lab.order("2004", 18.50, {"globe": 1}, declined=True)
if order_flow:
    start_workflow("2004")
    lab.run(until="quiet")
    told = [fact.detail["outcome"] for fact in lab.history().of("effect", what="told", order_id="2004")]
    display(happened("declined", told[0] if told else "nothing"))
lab.timeline("2004")

# %% [markdown]
# The error ended the execution, and the customer still waits. For the engine every error is the same; the difference is
# yours to draw. "Declined" is an **answer** of the business: asking again only annoys the bank. "Cannot be reached" is a
# **failure of the moment**: asking again, slower each time, is right. On AWS a state says both, in two lists:
#
# - `Retry`: retriers, read from the top. The first one whose `ErrorEquals` matches decides how often and how slowly the
#   state is tried again. `MaxAttempts: 0` means never. For a Python function the name of an error is the name of its
#   exception's class; `States.ALL` matches nearly every error, and has to stand alone in the last of them: AWS refuses any
#   other machine. `IntervalSeconds` is the first wait, `BackoffRate` the factor from each wait to the next, and
#   `MaxDelaySeconds` the longest wait.
# - `Catch`: catchers, asked when no retry is left: `{"ErrorEquals": [...], "ResultPath": None, "Next": "..."}`. The first one
#   that matches leads to the state in its `Next`.

# %%
BUSINESS = {"ErrorEquals": ["PaymentDeclined", "OutOfStock"], "MaxAttempts": 0}
TRANSIENT = {
    "ErrorEquals": ["States.ALL"],
    "IntervalSeconds": 10,
    "BackoffRate": 2.0,
    "MaxDelaySeconds": 120,
    "MaxAttempts": 12,
}
waits = [min(10 * 2**number, 120) for number in range(12)]
print(f"{len(waits)} retries: {waits} s, {sum(waits) / 60:.1f} minutes in all")

# %% [markdown]
# ### Exercise: an answer and an outage
#
# Give every task of `order_flow` both retriers, in the order in which they have to stand. Give `ChargePayment` a catcher
# for `PaymentDeclined`; it leads to a new state `CancelOrder`, which calls `cancel-order`, and from there to
# `NotifyCustomer`. A catcher's `"ResultPath": None` keeps the input here, too. (An article that is out of stock needs the
# money back before the order is cancelled. That is lesson 03.)
#
# The cell after yours deploys the machine and gives it a bad day: a declined card, and a warehouse that is out of reach for
# two calls. It takes new orders each time, because the name of a started order is taken. So run it again after each change.
#
# One thing is missing. A charge whose answer got lost is tried again as well, and without a key it charges twice, as in
# lesson 01. In this lesson the participants fail only in ways in which nothing happened.

# %% solution="declined"
### BEGIN SOLUTION
states = order_flow["States"]
states["CancelOrder"] = task("cancel-order", ResultPath=None, Next="NotifyCustomer")
states["ChargePayment"]["Catch"] = [
    {"ErrorEquals": ["PaymentDeclined"], "ResultPath": None, "Next": "CancelOrder"}
]
for state in states.values():
    state["Retry"] = [BUSINESS, TRANSIENT]
### END SOLUTION

# %%
refused = lab.order("2005", 18.50, {"globe": 1}, declined=True, fresh=True)
unlucky = lab.order("2006", 18.50, {"globe": 1}, fresh=True)
if order_flow:
    deploy_flow("OrderFlow", order_flow)
    lab.inject(Fault("unavailable", target="warehouse.reserve", calls=2, order=unlucky))
    start_workflow(refused)
    start_workflow(unlucky)
    lab.run(until="quiet")
    lab.clear_faults()
    display(lab.timeline(refused))
lab.timeline(unlucky)

# %% check="02-declined-is-an-answer"
check("02-declined-is-an-answer")

# %% check="02-short-outage"
check("02-short-outage")

# %% [markdown]
# ## On real AWS
#
# A Standard execution may run for up to a year and write 25,000 events of history; beyond that it fails. The history is
# kept for 90 days (Step Functions developer guide, [*Service quotas*](https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html),
# as of November 2026). A name is taken for 90 days after its execution has ended
# ([*StartExecution*](https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html), as of November 2026).
#
# "Exactly once" is promised for states and tasks only as long as there is no `Retry`
# ([*Choosing workflow type*](https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html), as of November
# 2026). With one, the charge needs a key of its own, as in lesson 01. 1,000 state transitions cost $0.025 in us-east-1, after 4,000 free ones a month,
# and each retry is a transition ([Step Functions pricing](https://aws.amazon.com/step-functions/pricing/), as of November
# 2026).
#
# ## Keep
#
# - The engine knows how far an order is. What travels along, and which errors are answers, you have to tell it.
# - Give a start its name: the same order, the same execution.
# - The mistake that everybody makes once: one retrier, `States.ALL`, for everything. Then a declined card is asked again and
#   again.
#
# `progress()` shows where you stand. Next comes lesson 03, where things fail.
