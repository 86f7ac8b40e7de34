# %% [markdown]
# # 01 · Why coordinate
#
# Order 1101: one mug, 49.90 €. The shop takes the money, puts the mug aside, writes the order down as confirmed, and tells
# the customer. Four calls, one after the other, and on most days nothing is wrong with them.
#
# This lesson is about the other days. You will see what four calls leave behind when they stop in the middle. You will
# write down what has to hold, as functions, and let them judge every run from then on. Thirty-five minutes.

# %%
import json
import random
import sqlite3

import boto3

from sagalab import Fault, Lab, check, happened, hint, package, predict, progress, solution
from sagalab.participants import payment_gateway

lab = Lab()
lab.order("1101", 49.90, {"mug": 1})
lab.order("1102", 49.90, {"mug": 1})
functions = boto3.client("lambda")

# %% [markdown]
# ## Four calls
#
# Here they are, in a handler. Below it is the plumbing of lesson 00, and `place_order`, which calls the function and waits for its
# answer.

# %%
# %%handler shop
from sagalab.participants import mailer, order_book, payment_gateway, warehouse


def sell(event, context):
    order = order_book.get(event["orderId"])
    payment_gateway.charge(order["order_id"], order["amount"])
    warehouse.reserve(order["order_id"], order["items"])
    order_book.confirm(order["order_id"])
    mailer.send(order["order_id"], "confirmed")
    return "sold"


# %%
def deploy_function(name, handler, module):
    """Makes a function of a handler module, or replaces code and handler of the one that is there."""
    code, runs = package(module), {"Runtime": "python3.11", "Role": lab.role_arn, "Handler": handler}
    try:
        functions.create_function(FunctionName=name, Code={"ZipFile": code}, **runs)
    except functions.exceptions.ResourceConflictException:
        functions.update_function_code(FunctionName=name, ZipFile=code)
        functions.update_function_configuration(FunctionName=name, **runs)


def place_order(order_id, function="sell-order"):
    """Calls the shop's function for an order, and gives its answer, or the error that ended it."""
    answer = functions.invoke(FunctionName=function, Payload=json.dumps({"orderId": order_id}))
    said = json.loads(answer["Payload"].read())
    return f"{said['errorType']}: {said['errorMessage']}" if "FunctionError" in answer else said


deploy_function("sell-order", "shop.sell", "shop")

# %%
print(place_order("1101"))
lab.timeline("1101")

# %% [markdown]
# One invocation, four effects, in the order of the calls. Now the same for order 1102, on a day on which the warehouse
# cannot be reached.

# %%
predict(
    "in-the-middle",
    "warehouse.reserve raises an error for order 1102. Where is the customer's money afterwards?",
    ["with the customer", "with the shop"],
)

# %%
lab.inject(Fault("unavailable", target="warehouse.reserve", order="1102"))
print(place_order("1102"))
lab.clear_faults()
charges = lab.history().of("effect", what="charged", order_id="1102")
display(happened("in-the-middle", "with the shop" if charges else "with the customer"))
lab.timeline("1102")

# %% [markdown]
# Money without goods. The gateway did its work, and the function ended on the next line, with an error that somebody may or
# may not read. Nobody was told, no line will run again, and the order book still says nothing about order 1102.
#
# That was one bad day. The next cell takes 200: a seeded die picks the call in which each order stops, and whether the call
# had its effect before it was lost.

# %%
predict(
    "half-done",
    "200 orders, each stopped in one of the four calls. In how many is the money taken, and nothing confirmed?",
    ["in a few", "in about half", "in nearly all"],
)

# %%
die = random.Random(1)
batch = len(lab.history())  # new order ids, also when this cell is run again
crashed = [lab.order(f"{batch}-{number}", 49.90, {"mug": 1}) for number in range(200)]
for order_id in crashed:
    call = die.choice(["payment_gateway.charge", "warehouse.reserve", "order_book.confirm", "mailer.send"])
    lab.inject(Fault(die.choice(["unavailable", "reply_lost"]), target=call, order=order_id))
    place_order(order_id)
lab.run(until="quiet")
lab.clear_faults()
names = [{fact.what for fact in lab.history().of("effect", order_id=order_id)} for order_id in crashed]
taken = sum("charged" in effects and "confirmed" not in effects for effects in names)
display(happened("half-done", "in about half" if 70 < taken < 130 else "in a few" if taken <= 70 else "in nearly all"))
lab.left_behind(crashed)

# %% [markdown]
# Each row is one state in which orders were left, with their number, and nobody knows which order stands in which row. Only
# the first row and the last are as they should be: nothing done, or everything. No line of the script is wrong. Where it stops decides, and the script cannot choose that.
#
# ## What has to hold
#
# "It went wrong" is no good description: it does not say what right would be. An **invariant** is a sentence that holds for
# every order that has come to rest, whatever happened on the way. This course calls them promises. Here are three:
#
# | promise | |
# |---|---|
# | money | What was charged, minus what was refunded, is the order's amount if the order was confirmed, and 0 if it was not. |
# | goods | Reservations minus releases are 1 if the order was confirmed, and 0 if it was not. An order is never reserved twice. |
# | customer | An order that was confirmed or cancelled has one message, which says so and went out afterwards. Any other order has none. |
#
# A promise is about effects, not about code. So it can be read off the list at the right of the picture. `ledger` gives
# that list as plain dictionaries.


# %%
def ledger(order_id):
    """Gives the effects of an order, in the order in which they happened."""
    return [{"at": fact.at, "what": fact.what, **fact.detail} for fact in lab.history().of("effect", order_id=order_id)]


ledger("1101")

# %% [markdown]
# `what` is one of `charged`, `refunded`, `reserved`, `released`, `confirmed`, `cancelled` and `told`. An order's **outcome**
# is `confirmed` or `cancelled`, and it has one at most. A charge and a refund have an `amount`; a `told` has an `outcome`,
# the one that the customer was told.
#
# ### Exercise: the promise about money
#
# `money_kept(effects, amount)` gets such a list and what the order costs. It sets `kept` to True when the promise about
# money holds, and to False when it does not. It will be run on orders that it has never seen.


# %% solution="money"
def money_kept(effects, amount):
    kept = None  # True or False
    ### BEGIN SOLUTION
    balance = 0
    for effect in effects:
        if effect["what"] == "charged":
            balance += effect["amount"]
        if effect["what"] == "refunded":
            balance -= effect["amount"]
    confirmed = any(effect["what"] == "confirmed" for effect in effects)
    kept = round(balance, 2) == (round(amount, 2) if confirmed else 0)
    ### END SOLUTION
    return kept


# %% check="01-money"
check("01-money")

# %%
# Stuck? Take a # away: each hint says a little more, and a solution opens after a try of your own.
# hint("01-money")
# solution("01-money")

# %% [markdown]
# ### Exercise: goods and customer
#
# The other two, in the same way. `goods_kept(effects)` counts; `customer_kept(effects)` has to look at the order of things
# as well.


# %% solution="goods"
def goods_kept(effects):
    kept = None  # True or False
    ### BEGIN SOLUTION
    whats = [effect["what"] for effect in effects]
    standing = whats.count("reserved") - whats.count("released")
    kept = whats.count("reserved") <= 1 and standing == (1 if "confirmed" in whats else 0)
    ### END SOLUTION
    return kept


# %% check="01-goods"
check("01-goods")


# %% solution="customer"
def customer_kept(effects):
    kept = None  # True or False
    ### BEGIN SOLUTION
    seen = [effect for effect in effects if effect["what"] in ("confirmed", "cancelled", "told")]
    messages = [effect.get("outcome") for effect in seen[1:]]
    kept = not seen or (seen[0]["what"] != "told" and messages == [seen[0]["what"]])
    ### END SOLUTION
    return kept


# %% check="01-customer"
check("01-customer")


# %%
# From here on your functions judge; one that is not written yet finds nothing.
def broken(order_id, amount=49.90):
    """Names the promises that an order breaks now."""
    effects = ledger(order_id)
    said = {
        "money": money_kept(effects, amount),
        "goods": goods_kept(effects),
        "customer": customer_kept(effects),
    }
    return [name for name, kept in said.items() if kept is False]


print("1101 breaks", broken("1101"), "and 1102 breaks", broken("1102"))

# %% [markdown]
# ## Undo it, then
#
# The first thing that comes to mind is `except`. When the warehouse says no or nothing, this shop gives the money back,
# cancels, and says so.

# %%
# %%handler careful
from sagalab.participants import mailer, order_book, payment_gateway, warehouse


def sell(event, context):
    order = order_book.get(event["orderId"])
    order_id = order["order_id"]
    payment_gateway.charge(order_id, order["amount"])
    try:
        warehouse.reserve(order_id, order["items"])
        order_book.confirm(order_id)
    except Exception:
        payment_gateway.refund(order_id)
        order_book.cancel(order_id, "no goods")
    mailer.send(order_id, order_book.outcome(order_id))


# %%
deploy_function("sell-carefully", "careful.sell", "careful")
lab.order("1103", 49.90, {"mug": 1})
lab.inject(Fault("unavailable", target="warehouse.reserve", order="1103"))
place_order("1103", "sell-carefully")
lab.clear_faults()
print("order 1103:", [effect["what"] for effect in ledger("1103")], "breaks", broken("1103"))

# %% [markdown]
# Every promise is kept. Now order 1104: the warehouse puts the mug aside, and its answer gets lost on the way back. The
# function waits for it until its own time is up, and then Lambda ends it. That time is 3 seconds unless you set another
# ([*Configure Lambda function timeout*](https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html), as of
# November 2026).

# %%
predict(
    "except",
    "The function is ended while it waits for the warehouse. Which promises does order 1104 break?",
    ["none", "money", "money and goods"],
)

# %%
lab.order("1104", 49.90, {"mug": 1})
lab.inject(Fault("reply_lost", target="warehouse.reserve", order="1104"))
print(place_order("1104", "sell-carefully"))
lab.run(until="quiet")
lab.clear_faults()
names = [effect["what"] for effect in ledger("1104")]
found = ["money"] * ("charged" in names) + ["goods"] * ("reserved" in names)
display(happened("except", " and ".join(found) or "none"))
lab.timeline("1104")

# %% [markdown]
# `except` is a line of code, too, and a process that is gone runs no line. Look at the warehouse: the mug is put aside, and
# nothing in the shop knows. A timeout is an **indefinite** error. It says that you do not know; it does not say that nothing
# happened.
#
# ## A transaction, then
#
# A database can do what the shop needs: all of it or nothing. So the shop writes each payment into its own table, and
# charges inside of the transaction. This time it is the answer of the gateway that gets lost.

# %%
predict(
    "rolled-back",
    "The charge of order 1105 ends in a timeout inside the transaction. What do table and gateway say afterwards?",
    ["no row, nothing charged", "no row, 49.90 charged", "a row, 49.90 charged"],
)

# %%
lab.order("1105", 49.90, {"mug": 1})
lab.inject(Fault("reply_lost", target="payment_gateway.charge", order="1105"))
book = sqlite3.connect(":memory:")
book.execute("create table payments (order_id text)")
try:
    with book:  # a transaction: all of it, or nothing
        book.execute("insert into payments values ('1105')")
        payment_gateway.charge("1105", 49.90)
except Exception as error:
    print(type(error).__name__, error)
lab.clear_faults()
rows = book.execute("select * from payments").fetchall()
charged = [effect["what"] for effect in ledger("1105")].count("charged")
happened("rolled-back", f"{'a' if rows else 'no'} row, {'49.90' if charged else 'nothing'} charged")

# %% [markdown]
# The transaction kept its word. It spans one database, the shop's. Gateway, warehouse and mailer have databases of their
# own, and none of them waits for your commit.
#
# Changing the order of lines does not help. Effect first, record second: a crash in between leaves an effect that no record
# knows. Record first, effect second: a crash in between leaves a record of something that never happened. There is no
# third order, so a crash can always be between an effect and its record.
#
# What does help is weaker, and enough: do it **again** until it is done, and let the other side recognise that it is the
# same thing. For that `charge`, `reserve` and `send` take a `key`. The first call with a key has an effect; every later one
# with the same key gets the first answer back. That is an **idempotency key**. (`confirm` needs none: an order is confirmed
# once, however often the book is told.)
#
# ### Exercise: run it again
#
# Fill in the three keys. Then `place_order` can be called a second time, however the first call ended, and the order comes to its
# right end: everything done, and nothing twice.

# %% solution="keys"
# %%handler shop
from sagalab.participants import mailer, order_book, payment_gateway, warehouse


def sell(event, context):
    order = order_book.get(event["orderId"])
    order_id = order["order_id"]
    charge_key = reserve_key = mail_key = None
    ### BEGIN SOLUTION
    charge_key, reserve_key, mail_key = f"charge-{order_id}", f"reserve-{order_id}", f"mail-{order_id}"
    ### END SOLUTION
    payment_gateway.charge(order_id, order["amount"], key=charge_key)
    warehouse.reserve(order_id, order["items"], key=reserve_key)
    order_book.confirm(order_id)
    mailer.send(order_id, "confirmed", key=mail_key)
    return "sold"


# %%
deploy_function("sell-order", "shop.sell", "shop")
# Stuck at the check below?
# hint("01-run-again")
# solution("01-run-again")

# %%
again = lab.order("1106", 49.90, {"mug": 1}, fresh=True)  # a new order each time that this cell is run
lab.inject(Fault("reply_lost", target="warehouse.reserve", order=again))
print("first: ", place_order(again))
print("second:", place_order(again))
lab.run(until="quiet")
lab.clear_faults()
print("order", again, "breaks", broken(again))
lab.timeline(again)

# %% check="01-run-again"
check("01-run-again")

# %% [markdown]
# ## Who runs it again?
#
# You did, by hand, because you were watching. At night somebody else has to remember how far each order has come, call
# again, stop at some point, and undo what cannot be finished. A workflow of several steps needs a **pattern** for that, so
# that it stays consistent and can be recovered. There are two:
#
# - **Orchestration.** A central controller, a workflow engine, tells each step what to do, and remembers the answers. It is
#   the one that calls again. Easier to monitor and debug; can become a bottleneck. Lesson 02.
# - **Choreography.** No single coordinator: each service reacts to events and publishes its own. A message stays in its
#   queue until its work is done; that is what calls again. More decoupled and flexible; harder to trace. Lesson 04.
#
# Either way the promises stay the same, and so do the keys. The project of lesson 11 is judged by these promises and a few
# more, under faults at every call.
#
# ## On real AWS
#
# Lambda does not run a function again that you invoked directly and that failed; one that was invoked asynchronously is run
# up to two more times (AWS Lambda developer guide,
# [*Understanding retry behavior in Lambda*](https://docs.aws.amazon.com/lambda/latest/dg/invocation-retries.html), as of
# November 2026). So whether your four calls run once or three times depends on how they are called, and the keys are needed
# anyway. No transaction spans these steps. A workflow that undoes them one by one is called a **saga** (Garcia-Molina and
# Salem, SIGMOD 1987).
#
# ## Keep
#
# - Say what must hold, as code, before you build anything. Then every run has a judge.
# - An effect and its record are two things. A crash fits between them, and a timeout tells you nothing.
# - The mistake that everybody makes once: to trust `except`. It does not run in a process that is gone.

# %%
progress()
