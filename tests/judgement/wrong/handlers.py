"""Wrong handlers, which both coordinators call: keys, amounts, traces, and what a handler remembers."""

from __future__ import annotations

from tests.judgement.wrong.edits import MAIL_A, MAIL_B, REDRIVE, TABLE_A, TABLE_B, TABLE_DEPLOYED
from tests.judgement.wrong.marks import AFTER_A, AFTER_B, PLAN, wrong
from tests.submissions import recipes
from tests.submissions.recipes import Edit, Notebook, edited

CHARGED_TWICE = "was charged 2 times"


@wrong(
    "a-faults", "b-faults", says=CHARGED_TWICE, may=PLAN,
    groups=("indefinite", "crash"), holds=("definite outage",),
)  # fmt: skip
def a_key_per_attempt(notebook: Notebook) -> Notebook:
    """Draws a new idempotency key for every attempt, so that each retry is a new charge."""
    return recipes.charges_twice_on_reply_lost(notebook)


@wrong("a-healthy", "b-healthy", says="should be paid", may=(*AFTER_A, *AFTER_B))
def a_key_that_all_orders_share(notebook: Notebook) -> Notebook:
    """Gives every charge the key "charge", so that only the first customer pays."""
    return edited(notebook, {"payment": [('key=f"charge-{order_id}"', 'key="charge"')]})


@wrong(
    "a-faults", "b-faults", says=CHARGED_TWICE, may=PLAN,
    groups=("indefinite", "crash"), holds=("definite outage", "refusal of the cloud"),
)  # fmt: skip
def idempotency_in_memory(notebook: Notebook) -> Notebook:
    """Remembers in a global of the module which orders were charged, though any call may meet a fresh instance."""
    return recipes.keys_in_module_global(notebook)


@wrong(
    "a-faults", "b-faults", says=CHARGED_TWICE, may=PLAN,
    groups=("indefinite", "crash"), holds=("definite outage", "refusal of the cloud"),
)  # fmt: skip
def idempotency_in_a_file(notebook: Notebook) -> Notebook:
    """Remembers in files below /tmp which orders were charged, as if every instance had the same disk."""
    charge = (
        "    order = order_book.get(order_id)\n"
        '    return payment_gateway.charge(order_id, order["amount"], key=f"charge-{order_id}", '
        "correlation_id=correlation_id)\n"
    )
    remembering = (
        '    mark = Path(f"/tmp/charged-{order_id}")\n'
        "    if mark.exists():\n"
        "        return None\n"
        "    order = order_book.get(order_id)\n"
        "    mark.touch()\n"
        "    try:\n"
        '        return payment_gateway.charge(order_id, order["amount"], correlation_id=correlation_id)\n'
        "    except (PaymentDeclined, ParticipantUnavailable):\n"
        "        mark.unlink()  # nothing happened\n"
        "        raise\n"
    )
    names = "from sagalab.participants import PaymentDeclined, order_book, payment_gateway"
    more = "from pathlib import Path\n\nfrom sagalab.participants import PaymentDeclined, ParticipantUnavailable\n"
    return edited(
        notebook,
        {
            "payment": [
                (names, f"{more}from sagalab.participants import order_book, payment_gateway"),
                (charge, remembering),
            ]
        },
    )


@wrong(
    "a-healthy", "b-healthy", says="one invocation of",
    may=(*AFTER_A, *AFTER_B),
)  # fmt: skip
def one_function_for_all(notebook: Notebook) -> Notebook:
    """Does all three steps in one function, because that is less to deploy."""
    return recipes.one_function(notebook)


KEYLESS_BY_TASK: list[Edit] = [
    ("def charge(order_id, correlation_id):", "def charge(order_id, correlation_id, key=None):"),
    ('key=f"charge-{order_id}"', "key=key"),
    (
        "        try:\n            charge(order_id, correlation_id)",
        '        try:\n            charge(order_id, correlation_id, f"charge-{order_id}")',
    ),
]


@wrong(
    "a-faults", says=CHARGED_TWICE, groups=("indefinite", "crash"), holds=("definite outage", "delivery"),
)  # fmt: skip
def no_key_because_standard_is_exactly_once(notebook: Notebook) -> Notebook:
    """Gives the charge no key in the state machine, because a Standard workflow runs exactly once."""
    return edited(notebook, {"payment": KEYLESS_BY_TASK, "plans": REDRIVE})


@wrong(
    "a-faults", says=CHARGED_TWICE, groups=("delivery",),
    holds=("definite outage", "indefinite", "crash", "refusal of the cloud"),
)  # fmt: skip
def start_not_idempotent(notebook: Notebook) -> Notebook:
    """Names each execution at random and takes that name as the key: an order started twice is charged twice."""
    run_as_key = [
        *KEYLESS_BY_TASK,
        (
            'return charge(event["orderId"], event["correlationId"])',
            'return charge(event["orderId"], event["correlationId"], f"charge-{event[\'run\']}")',
        ),
    ]
    flow = [
        (
            '"correlationId.$": "$.correlationId", **',
            '"correlationId.$": "$.correlationId", "run.$": "$$.Execution.Name", **',
        ),
        ("def task(function,", "import uuid\n\n\ndef task(function,"),
        ('name, order = f"order-{order_id}", {', 'name, order = f"order-{order_id}-{uuid.uuid4()}", {'),
    ]
    return edited(notebook, {"payment": run_as_key, "order-flow": flow, "plans": REDRIVE})


def _remembering(notebook: Notebook, work: str) -> Notebook:
    charge = (
        "    order = order_book.get(order_id)\n"
        '    return payment_gateway.charge(order_id, order["amount"], key=f"charge-{order_id}", '
        "correlation_id=correlation_id)\n"
    )
    head = (
        '    inbox, mark = boto3.client("dynamodb"), {"id": {"S": f"charge-{order_id}"}}\n'
        '    if "Item" in inbox.get_item(TableName="inbox", Key=mark, ConsistentRead=True):\n'
        "        return  # this was done before\n"
        "    order = order_book.get(order_id)\n"
    )
    return edited(
        notebook,
        {
            "payment": [(charge, head + work)],
            "order-flow": [TABLE_DEPLOYED],
            "diagram-orchestration": TABLE_A,
            "diagram-choreography": TABLE_B,
        },
    )


@wrong(
    "a-faults", "b-faults", says=CHARGED_TWICE, groups=("indefinite",), holds=("definite outage",),
)  # fmt: skip
def dedupe_after_the_effect(notebook: Notebook) -> Notebook:
    """Writes into an inbox table that an order was charged, after charging it; in between lies the second charge."""
    return _remembering(
        notebook,
        '    payment_gateway.charge(order_id, order["amount"], correlation_id=correlation_id)\n'
        '    inbox.put_item(TableName="inbox", Item=mark)\n',
    )


@wrong(
    "a-faults", "b-faults", says="0 is", groups=("definite outage",),
)  # fmt: skip
def dedupe_before_the_effect(notebook: Notebook) -> Notebook:
    """Writes into an inbox table that an order was charged, before charging it; a retry then believes it."""
    return _remembering(
        notebook,
        '    inbox.put_item(TableName="inbox", Item=mark)\n'
        '    payment_gateway.charge(order_id, order["amount"], key=f"charge-{order_id}", '
        "correlation_id=correlation_id)\n",
    )


@wrong(
    "a-faults", "b-faults", says="0.00 should be paid, but -", groups=("indefinite", "crash"),
    holds=("definite outage",),
)  # fmt: skip
def refunds_twice(notebook: Notebook) -> Notebook:
    """Gives the charge a key and the refund none, because a refund is only the way back."""
    return edited(notebook, {"payment": [('key=f"refund-{order_id}", ', "")]})


@wrong(
    "a-faults", "b-faults", says="was told 2 times", groups=("indefinite", "crash"), holds=("definite outage",),
)  # fmt: skip
def tells_twice(notebook: Notebook) -> Notebook:
    """Sends the mail without a key: one mail too many hurts nobody."""
    return edited(notebook, {"notification": [('key=f"tell-{order_id}", ', "")]})


@wrong("a-healthy", "b-healthy", says="should be paid", may=(*AFTER_A, *AFTER_B))
def amount_hard_coded(notebook: Notebook) -> Notebook:
    """Charges 49.90, as the example order costs."""
    return edited(notebook, {"payment": [('order_id, order["amount"], key', "order_id, 49.90, key")]})


@wrong("a-faults", "b-faults", says="carries no correlation id")
def correlation_id_dropped(notebook: Notebook) -> Notebook:
    """Passes the correlation id on to the warehouse and the mailer, and forgets the payment gateway."""
    charge = 'order["amount"], key=f"charge-{order_id}"'
    return edited(notebook, {"payment": [(f"{charge}, correlation_id=correlation_id)", f"{charge})")]})


@wrong("a-faults", "b-faults", says="its stock is not reserved", groups=("definite outage", "indefinite"))
def hides_every_error(notebook: Notebook) -> Notebook:
    """Wraps the reservation in a catch-all that prints the error, so that the flow always goes on."""
    reserve = (
        'return warehouse.reserve(order_id, order["items"], key=f"reserve-{order_id}", correlation_id=correlation_id)'
    )
    quiet = (
        "try:\n"
        '        warehouse.reserve(order_id, order["items"], key=f"reserve-{order_id}", '
        "correlation_id=correlation_id)\n"
        "    except Exception as error:\n"
        '        print(f"reserve: {error}")'
    )
    return edited(notebook, {"inventory": [(reserve, quiet)], "plans": [*MAIL_A, *MAIL_B]})


@wrong("a-attempts", "b-decoupled", says="and was asked again")
def asks_a_declined_card_again(notebook: Notebook) -> Notebook:
    """Tries a declined card three times before it believes the answer."""
    charge = (
        'return payment_gateway.charge(order_id, order["amount"], key=f"charge-{order_id}", '
        "correlation_id=correlation_id)"
    )
    thrice = (
        "for attempt in (1, 2, 3):\n"
        "        try:\n"
        '            return payment_gateway.charge(order_id, order["amount"], key=f"charge-{order_id}-{attempt}", '
        "correlation_id=correlation_id)\n"
        "        except PaymentDeclined:\n"
        "            if attempt == 3:\n"
        "                raise"
    )
    return edited(notebook, {"payment": [(charge, thrice)]})
