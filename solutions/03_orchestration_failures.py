# %% [markdown]
# # 03 · Orchestration when things fail
#
# Order 3101: one mug, 49.90 €. At ten past two the warehouse's system is updated and cannot be reached for five minutes.
# The state machine of lesson 02 is just then about to ask it for the mug, and the money is taken already.
#
# The engine knows exactly how far the order is. What it should do about it, you have to say: when to try again, when to
# stop, and how to go back. Nor does it know from which step on there is no way back, or when a person has to decide. At the
# end of this lesson the machine can do all of that, and you can restart an order that it had to give up. Forty-five minutes;
# the check `03-compensation-fails` is a good place to stop for the night.

# %%
import json

import boto3

from sagalab import Fault, Lab, check, happened, hint, minutes, package, predict, progress, solution

lab = Lab()
functions, sfn, sqs = (boto3.client(name) for name in ("lambda", "stepfunctions", "sqs"))
BUSINESS = {"ErrorEquals": ["PaymentDeclined", "OutOfStock"], "MaxAttempts": 0}

# %% [markdown]
# The steps, as in lesson 02, now with the keys of lesson 01. Below them the plumbing, in which only
# `Timeout` is new. A function may run for 20 seconds here, because a participant may take 10.

# %%
# %%handler steps
from sagalab.participants import mailer, order_book, payment_gateway, warehouse


def charge(event, context):
    order = order_book.get(event["orderId"])
    return payment_gateway.charge(order["order_id"], order["amount"], key=f"charge-{order['order_id']}")


def reserve(event, context):
    order = order_book.get(event["orderId"])
    return warehouse.reserve(order["order_id"], order["items"], key=f"reserve-{order['order_id']}")


def tell(event, context):
    order_id = event["orderId"]
    return mailer.send(order_id, order_book.outcome(order_id), key=f"tell-{order_id}")


# %%
# %%handler book
from sagalab.participants import order_book


def read(event, context):
    return order_book.get(event["orderId"])


def confirm(event, context):
    return order_book.confirm(event["orderId"])


def cancel(event, context):
    return order_book.cancel(event["orderId"], "not possible")


# %%
def deploy_function(name, handler, module):
    """Makes a function of a handler module, or replaces code and handler of the one that is there."""
    code = package(module)
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


def task(function, **rest):
    """Gives a task state that calls a function with the state's input."""
    call = {"FunctionName": function, "Payload.$": "$"}
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": call, **rest}


for step in ("charge", "reserve", "tell"):
    deploy_function(step, f"steps.{step}", "steps")
for step in ("read", "confirm", "cancel"):
    deploy_function(step, f"book.{step}", "book")

# %% [markdown]
# ## Trying again
#
# A machine with one state, and the shortest retrier that AWS takes: it names an error, and nothing else. The warehouse is
# gone for five minutes.

# %%
predict(
    "shortest",
    "The outage lasts 5 minutes, and the retrier says nothing but States.ALL. What becomes of the execution?",
    ["it succeeds after 5 minutes", "it fails within a minute", "it tries for an hour"],
)

# %%
shortest = {"ErrorEquals": ["States.ALL"]}
reserve_only = {"StartAt": "Reserve", "States": {"Reserve": task("reserve", Retry=[shortest], End=True)}}
lab.order("3101", 49.90, {"mug": 1})
lab.inject(Fault("unavailable", target="warehouse.reserve", lasts=minutes(5), order="3101"))
began = lab.clock.now
run = sfn.start_execution(
    stateMachineArn=deploy_flow("ReserveOnly", reserve_only), input=json.dumps({"orderId": "3101"})
)
lab.run(until="quiet")
lab.clear_faults()
ended = sfn.describe_execution(executionArn=run["executionArn"])["status"]
quick = ended == "FAILED" and lab.clock.now - began < 60
display(happened("shortest", "it fails within a minute" if quick else f"it ended {ended}"))
every_second = {"IntervalSeconds": 1, "BackoffRate": 1.0, "MaxAttempts": 100}
lab.retries({"AWS's own": shortest, "each second": every_second}, minutes(5), ran={"3101": "warehouse.reserve"})

# %% [markdown]
# Each row is one way to try again. Three retries, 1 s, 2 s and 4 s apart, are what a retrier makes that names no numbers:
# enough for a hiccup, nothing for an update. (A state without a retrier is not tried again at all.) A retry each second keeps asking a system that is just coming back, costs a state
# transition each time, and gives up before the end all the same.
#
# So the waits grow: the first is `IntervalSeconds`, each is `BackoffRate` times the one before, none is longer than
# `MaxDelaySeconds`, and after `MaxAttempts` retries it is over. This is a **back-off**. It has to be over at some point,
# because then a person has to know.
#
# ### Exercise: patient, not stubborn
#
# Write the retrier for everything that passes by itself, as `TRANSIENT`. Outages of **20 minutes** heal. What does
# not heal is given up **within 40 minutes** of the first try, and no call is tried more than **20 times**. (The policy of lesson
# 02 is over after 18 and a half minutes.) Business errors are answers; `BUSINESS` stands before yours.
#
# Two cells follow yours. The first makes the machine: it begins anew with five states, and `deploy_order_flow` puts `BUSINESS`
# and `TRANSIENT` into each. The second sends a new order through it, because the name of a started order is taken. After a
# change of `TRANSIENT` run all three. Later in the lesson run the cells of the saga and of the approval again as well.
#
# In the machine's cell `ResultSelector` picks the amount out of the function's answer, and `ResultPath` puts it beside the
# order id, under `order`.

# %% solution="transient"
TRANSIENT = None  # {"ErrorEquals": ..., "IntervalSeconds": ..., ...}
### BEGIN SOLUTION
TRANSIENT = {
    "ErrorEquals": ["States.ALL"],
    "IntervalSeconds": 10,
    "BackoffRate": 2.0,
    "MaxDelaySeconds": 120,
    "MaxAttempts": 15,
}
### END SOLUTION

# %%
amount = {"amount.$": "$.Payload.amount"}  # of a function's answer, which stands under Payload
order_flow = {
    "StartAt": "ReadOrder",
    "States": {
        "ReadOrder": task("read", ResultSelector=amount, ResultPath="$.order", Next="ChargePayment"),
        "ChargePayment": task("charge", ResultPath=None, Next="ReserveStock"),
        "ReserveStock": task("reserve", ResultPath=None, Next="ConfirmOrder"),
        "ConfirmOrder": task("confirm", ResultPath=None, Next="NotifyCustomer"),
        "NotifyCustomer": task("tell", ResultPath=None, End=True),
    },
}


def deploy_order_flow():
    """Puts both retriers into every state that calls a function, and deploys the machine."""
    for state in order_flow["States"].values():
        if state.get("Resource") == "arn:aws:states:::lambda:invoke" and TRANSIENT:
            state["Retry"] = [BUSINESS, TRANSIENT]
    return deploy_flow("OrderFlow", order_flow)


def start_workflow(order_id):
    name, order = f"order-{order_id}", json.dumps({"orderId": order_id})
    try:
        return sfn.start_execution(stateMachineArn=ORDER_FLOW, name=name, input=order)["executionArn"]
    except sfn.exceptions.ExecutionAlreadyExists:
        return ORDER_FLOW.replace(":stateMachine:", ":execution:") + f":{name}"


ORDER_FLOW = deploy_order_flow()

# %%
long_wait = lab.order("3102", 49.90, {"mug": 1}, fresh=True)
lab.inject(Fault("unavailable", target="warehouse.reserve", lasts=minutes(20), order=long_wait))
start_workflow(long_wait)
lab.run(until="quiet")
lab.clear_faults()
lab.retries({"yours": TRANSIENT or {"MaxAttempts": 0}}, minutes(20), ran={long_wait: "warehouse.reserve"})

# %% check="03-outage-heals"
check("03-outage-heals")

# %%
# Stuck? Take a # away: each hint says a little more, and a solution opens after a try of your own.
# hint("03-outage-heals")
# solution("03-outage-heals")

# %% [markdown]
# ## Losing patience
#
# A state can have a time limit of its own, `TimeoutSeconds`. In the next machine it is 5 seconds. The gateway takes longer
# that day, and the function that waits for it may run for 20.

# %%
predict(
    "gave-up",
    "After 5 seconds the state stops waiting for the charge of order 3103. Is the customer's card charged?",
    ["no, the charge was stopped", "yes"],
)

# %%
hasty = task("charge", TimeoutSeconds=5, End=True)
lab.order("3103", 49.90, {"mug": 1})
lab.inject(Fault("slow", target="payment_gateway.charge", order="3103"))
arn = deploy_flow("Hasty", {"StartAt": "Charge", "States": {"Charge": hasty}})
sfn.start_execution(stateMachineArn=arn, input=json.dumps({"orderId": "3103"}))
lab.run(until="quiet")
lab.clear_faults()
charges = lab.history().of("effect", what="charged", order_id="3103")
display(happened("gave-up", "yes" if charges else "no, the charge was stopped"))
lab.timeline("3103")

# %% [markdown]
# The state saw `States.Timeout`, and the execution was over. Function and gateway were told nothing: they went on, and the
# money came later. **A timeout does not mean no.** Two rules follow. Let whoever asks be more patient than whoever answers,
# here state, then function (20 s), then gateway (10 s); else you make up errors that nobody had. And after a timeout treat the
# step as one that may have happened: try it again under its key, or undo it.
#
# ## Going back
#
# Suppose that the shelf is empty. `OutOfStock` is an answer, so nothing is tried again, and the execution fails with the
# money taken. Nothing can be rolled back: the charge is in the books of another company. What can be done is a second
# booking that makes up for it, a **compensation**. A workflow whose steps have compensations is a **saga**:
#
# | step | compensation | |
# |---|---|---|
# | charge | refund | can be undone |
# | reserve | release | can be undone |
# | confirm | none | the **pivot**: whoever is past it goes forward only |
# | tell | none | is tried until it works |
#
# Compensations run in reverse order, and only before the pivot. They fail like any other call, so they need retries, and
# therefore keys. A refund where nothing was charged does no harm here: the gateway remembers it, and declines a charge that
# comes late. So does the warehouse with a release where nothing was reserved.
#
# ### Exercise: a saga
#
# Write `refund(event, context)` and `release(event, context)` in the handler `undo`, around `payment_gateway.refund(order_id,
# key=...)` and `warehouse.release(order_id, key=...)`, and deploy both as functions. Then give the machine the way back:
# states that call `refund`, `release` and `cancel`; the one that cancels leads to `NotifyCustomer`. And a `Catch` at
# `ChargePayment` and at `ReserveStock`. Which errors may they catch, and what has to be undone after each of them? The last line deploys the
# machine, and puts the retriers into your new states.

# %% solution="undo"
# %%handler undo
### BEGIN SOLUTION
from sagalab.participants import payment_gateway, warehouse


def refund(event, context):
    return payment_gateway.refund(event["orderId"], key=f"refund-{event['orderId']}")


def release(event, context):
    return warehouse.release(event["orderId"], key=f"release-{event['orderId']}")


### END SOLUTION

# %% solution="saga"
states = order_flow["States"]
### BEGIN SOLUTION
deploy_function("refund", "undo.refund", "undo")
deploy_function("release", "undo.release", "undo")


def caught(state):
    return [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": state}]


states["ReleaseStock"] = task("release", ResultPath=None, Next="RefundPayment")
states["RefundPayment"] = task("refund", ResultPath=None, Next="CancelOrder")
states["CancelOrder"] = task("cancel", ResultPath=None, Next="NotifyCustomer")
states["ChargePayment"]["Catch"] = caught("RefundPayment")
states["ReserveStock"]["Catch"] = caught("ReleaseStock")
### END SOLUTION
ORDER_FLOW = deploy_order_flow()

# %% [markdown]
# Order 3104: the shelf is empty, on a day on which the refund does not work at once either.

# %%
empty = lab.order("3104", 18.50, {"globe": 1}, fresh=True)
lab.sell_out("globe")
lab.inject(Fault("unavailable", target="payment_gateway.refund", calls=2, order=empty))
start_workflow(empty)
lab.run(until="quiet")
lab.clear_faults()
lab.timeline(empty)

# %% check="03-compensates"
check("03-compensates")

# %% check="03-compensation-fails"
check("03-compensation-fails")

# %% [markdown]
# ## Asking a person
#
# Orders of 100 € and more shall be looked at by a person before they are confirmed. That may take half an hour, and an
# ordinary Lambda function runs for 15 minutes at most
# ([*Lambda quotas*](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html), as of November 2026). A state can
# wait. With `.waitForTaskToken` it hands out a **task token**, for example in a message, and sleeps until somebody sends the
# token back with an answer. In the cell below `ask` makes such a state, and `questions` reads the messages. (`$` is the state's
# input; `$$` is what the engine knows about this run, the token included.)


# %%
APPROVALS = sqs.create_queue(QueueName="approvals")["QueueUrl"]


def ask(**rest):
    """Gives a state that asks a person, and waits for the answer."""
    question = {"orderId.$": "$.orderId", "token.$": "$$.Task.Token"}
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": APPROVALS, "MessageBody": question},
        **rest,
    }


def questions():
    """Gives the messages that ask for an approval; they stay in the queue until they are deleted."""
    found = sqs.receive_message(QueueUrl=APPROVALS, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return found.get("Messages", [])


# %% [markdown]
# ### Exercise: approved, refused, forgotten
#
# A state of type `Choice` looks at its input and calls nobody. Your first one is given, `is_large`: it goes to a state
# `AskAPerson` from 100 on, else to `ConfirmOrder`. (`ReadOrder` put the amount there.)
#
# Let it follow `ReserveStock`, and make `AskAPerson` with `ask`. What comes back is `{"approved": true}` or `{"approved": false}`; keep it with
# `ResultPath="$.answer"`, and let a second `Choice` decide (`BooleanEquals`). A refused order goes back, both steps, in the right order. If
# nobody answers within **30 minutes**, that is a refusal as well.
#
# Then write `decide(order_id, approved)`: it finds the question about this order, sends its token back with
# `sfn.send_task_success(taskToken=..., output=...)`, where the output is JSON text, and deletes the message:
# `sqs.delete_message(QueueUrl=APPROVALS, ReceiptHandle=message["ReceiptHandle"])`.

# %% solution="approval"
states = order_flow["States"]
large = {"Variable": "$.order.amount", "NumericGreaterThanEquals": 100, "Next": "AskAPerson"}
is_large = {"Type": "Choice", "Choices": [large], "Default": "ConfirmOrder"}
### BEGIN SOLUTION
yes = {"Variable": "$.answer.approved", "BooleanEquals": True, "Next": "ConfirmOrder"}
forgotten = {"ErrorEquals": ["States.Timeout"], "ResultPath": None, "Next": "ReleaseStock"}
states["ReserveStock"]["Next"] = "IsLarge"
states["IsLarge"] = is_large
states["AskAPerson"] = ask(ResultPath="$.answer", TimeoutSeconds=1800, Catch=[forgotten], Next="IsApproved")
states["IsApproved"] = {"Type": "Choice", "Choices": [yes], "Default": "ReleaseStock"}
### END SOLUTION
ORDER_FLOW = deploy_order_flow()


# %% solution="decide"
def decide(order_id, approved):
    for message in questions():
        question = json.loads(message["Body"])
        ### BEGIN SOLUTION
        if question["orderId"] == order_id:
            answer = json.dumps({"approved": approved})
            sfn.send_task_success(taskToken=question["token"], output=answer)
            sqs.delete_message(QueueUrl=APPROVALS, ReceiptHandle=message["ReceiptHandle"])
        ### END SOLUTION


# %%
large_one = lab.order("3105", 240.00, {"chair": 1}, fresh=True)
execution = start_workflow(large_one)
lab.run(until=minutes(5))
decide(large_one, False)
lab.run(until="quiet")
lab.path(execution)

# %% check="03-asks-a-person"
check("03-asks-a-person")

# %% [markdown]
# ## What only a person can mend
#
# Order 3106 is confirmed, and then the mailer is gone for two hours. No retry lasts that long, and it should not.

# %%
predict(
    "past-the-pivot",
    "The mailer is gone for two hours, after the order was confirmed. What becomes of the money?",
    ["it goes back", "it stays with the shop"],
)

# %%
silent = lab.order("3106", 49.90, {"mug": 1}, fresh=True)
lab.inject(Fault("unavailable", target="mailer.send", lasts=minutes(120), order=silent))
execution = start_workflow(silent)
lab.run(until="quiet")
past = sfn.get_execution_history(executionArn=execution, maxResults=1000)["events"]
print(sfn.describe_execution(executionArn=execution)["status"], "after", len(past), "events;")
print(sum(event["type"] == "TaskFailed" for event in past), "of them say TaskFailed. The last:", past[-1]["type"])
refunds = lab.history().of("effect", what="refunded", order_id=silent)
display(happened("past-the-pivot", "it goes back" if refunds else "it stays with the shop"))
lab.path(execution)

# %% [markdown]
# Past the pivot there is nothing to undo: the goods are sold, and the customer does not know it yet. The execution has failed,
# and that is the honest end. It stands in a list that a person can look at, and its **execution history** says in which state
# it stopped, after how many tries, with which error. It is the history of lesson 02, on a bad day; an auditor
# calls it the **audit trail**.
#
# When the mailer is back, the person need not do the machine's work by hand. A **redrive** lets a failed execution go on in
# the state that failed, with that state's input, and the history grows on. (Starting it again under the same name starts
# nothing: AWS raises `ExecutionAlreadyExists`.)
#
# ### Exercise: redrive what failed
#
# Write `redrive_failed()`: it redrives every failed execution of `OrderFlow`, `sfn.redrive_execution(executionArn=...)`, and
# leaves all others alone. `sfn.list_executions` takes a `statusFilter`. Somebody may run it twice.


# %% solution="redrive"
def redrive_failed():
    failed = []
    ### BEGIN SOLUTION
    failed = sfn.list_executions(stateMachineArn=ORDER_FLOW, statusFilter="FAILED")["executions"]
    for row in failed:
        sfn.redrive_execution(executionArn=row["executionArn"])
    ### END SOLUTION
    return len(failed)


# %%
lab.run(until=minutes(120))
lab.clear_faults()
print("redriven:", redrive_failed())
lab.run(until="quiet")
lab.timeline(silent)

# %% check="03-redrive"
check("03-redrive")

# %% [markdown]
# ## On real AWS
#
# A retrier's own numbers are 1 s, 3 attempts and a rate of 2.0, without jitter. With `"JitterStrategy": "FULL"` each wait is drawn
# between 0 and its length, so that a thousand executions do not come back in the same second
# ([*Handling errors*](https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html), as of November 2026).
# A redrive is a state transition, and so is each state that it runs again
# ([*Transitions*](https://docs.aws.amazon.com/step-functions/latest/dg/concepts-transitions.html), as of November 2026). So is
# each retry: $0.025 for 1,000 in us-east-1 ([Step Functions pricing](https://aws.amazon.com/step-functions/pricing/), as of
# November 2026).
#
# `.waitForTaskToken` and redrive exist in Standard workflows only. A wait ends with the execution, after one year at most
# ([*Service integration patterns*](https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html), as of
# November 2026). A redrive is possible within 14 days
# ([*Redriving executions*](https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html), as of November
# 2026). It runs the definition that the execution began with: a machine that you mend afterwards does not help it. And
# `States.ALL` does not catch everything there: `States.DataLimitExceeded` and `States.Runtime` pass it by
# ([*Handling errors*](https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html), as of November 2026).
#
# ## Keep
#
# - Try again what passes, slower each time, with an end. Take an answer for an answer.
# - Before the pivot go back in reverse, after it go forward. Compensations are calls: they fail, and they need keys.
# - The mistake that everybody makes once: "it timed out, so it did not happen."
#
# `progress()` shows where you stand. Next comes lesson 04, where nobody leads.
