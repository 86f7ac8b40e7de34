"""Wrong choreographies: rules, queues, dead-letter queues, and what a service does with a message."""

from __future__ import annotations

from tests.judgement.wrong.coordinator import NOT_REFUSED
from tests.judgement.wrong.edits import MAIL_B, given
from tests.judgement.wrong.handlers import CHARGED_TWICE, KEYLESS_BY_TASK
from tests.judgement.wrong.marks import PLAN, wrong
from tests.submissions.recipes import Edit, Notebook, edited

REDRIVE_POLICY = '{"VisibilityTimeout": "180", "RedrivePolicy": redrive}'
CHECKED = """    if answer["FailedEntryCount"]:
        raise RuntimeError(f"the bus did not take {kind}")
"""
STOCK_REFUSED = """        refund(order_id, correlation_id)
        order_book.cancel(order_id, "out of stock", correlation_id=correlation_id)
"""
CHARGING = """        try:
            charge(order_id, correlation_id)
        except PaymentDeclined:
            order_book.cancel(order_id, "payment declined", correlation_id=correlation_id)
            publish("OrderCancelled", detail)
        else:
            publish("PaymentCharged", detail)
"""
RESERVING = """    try:
        reserve(order_id, correlation_id)
    except OutOfStock:
        publish("StockRefused", detail)
"""
PUT_BACK = """            failed.append({"itemIdentifier": record["messageId"]})
"""
NOTIFICATION_QUEUE = 'notification_queue = deploy_queue("notification", notification_service)\n'
DEAD_LETTERS_DRAWN = '        queue >> Edge(label="after 7 receives"'


@wrong("b-decoupled", "b-faults", says="and was asked again", groups=("definite outage", "delivery"))
def a_declined_card_is_an_exception(notebook: Notebook) -> Notebook:
    """Lets the refusal of a card raise, so that the message comes back and the card is asked again."""
    bare = '        charge(order_id, correlation_id)\n        publish("PaymentCharged", detail)\n'
    return edited(notebook, {"payment": [(CHARGING, bare)]})


@wrong("b-faults", says="never ended", groups=("definite outage", "indefinite"), holds=("crash",))
def swallows_failed_messages(notebook: Notebook) -> Notebook:
    """Prints the error of a message and forgets to report it, so that the queue deletes the message."""
    return edited(notebook, {"inventory": [(PUT_BACK, "")], "plans": MAIL_B})


@wrong("b-faults", says="ended cancelled, but its stock is still reserved", groups=("definite outage", "delivery"))
def publishes_before_the_effect(notebook: Notebook) -> Notebook:
    """Announces PaymentCharged and charges after that, to save the customer a moment."""
    early = (
        CHARGING.replace("        try:\n", '        publish("PaymentCharged", detail)\n        try:\n')
        .replace('        else:\n            publish("PaymentCharged", detail)\n', "")
    )  # fmt: skip
    return edited(notebook, {"payment": [(CHARGING, early)]})


@wrong("b-faults", says=NOT_REFUSED, groups=("indefinite",), holds=("definite outage", "crash", "delivery"))
def refunds_before_the_charge_is_known(notebook: Notebook) -> Notebook:
    """Refunds and cancels when the gateway does not answer, without knowing whether it charged."""
    unknown = CHARGING.replace(
        "        else:\n",
        "        except ParticipantTimeout:\n"
        "            refund(order_id, correlation_id)\n"
        '            order_book.cancel(order_id, "payment unknown", correlation_id=correlation_id)\n'
        '            publish("OrderCancelled", detail)\n'
        "        else:\n",
    )
    imports = (
        "from sagalab.participants import PaymentDeclined, order_book, payment_gateway",
        "from sagalab.participants import ParticipantTimeout, PaymentDeclined, order_book, payment_gateway",
    )
    return edited(notebook, {"payment": [(CHARGING, unknown), imports]})


@wrong("b-faults", says=NOT_REFUSED, groups=("definite outage", "indefinite"))
def refuses_on_any_error(notebook: Notebook) -> Notebook:
    """Publishes StockRefused whatever goes wrong at the warehouse, so that a short outage cancels orders."""
    return edited(
        notebook,
        {"inventory": [("    except OutOfStock:\n", "    except Exception:\n")], "plans": MAIL_B},
    )


@wrong("b-faults", says="before the order book said so", groups=("definite outage", "delivery", "pairs"))
def forgets_to_cancel_in_the_order_book(notebook: Notebook) -> Notebook:
    """Refunds and announces the cancellation, and leaves the order open in the order book."""
    return edited(notebook, {"payment": [(STOCK_REFUSED, STOCK_REFUSED.splitlines(keepends=True)[0])]})


@wrong(
    "b-faults", says="publish failed", groups=("refusal of the cloud",), holds=("definite outage", "crash", "delivery")
)
def failed_entries_ignored(notebook: Notebook) -> Notebook:
    """Takes the answer of put_events for delivery, and never looks at FailedEntryCount."""
    return edited(notebook, {"payment": [(CHECKED, "")], "inventory": [(CHECKED, "")]})


@wrong("b-faults", says="never ended", groups=("refusal of the cloud",), holds=("definite outage", "crash"))
def emit_ignores_failed_entries(notebook: Notebook) -> Notebook:
    """Publishes OrderCreated once and returns, whatever the bus answered."""
    loop = """    for _ in range(5):
        answer = events.put_events(Entries=[entry])
        if not answer["FailedEntryCount"]:
            return answer
    raise RuntimeError("the bus did not take the event")"""
    return edited(notebook, {"services": [(loop, "    return events.put_events(Entries=[entry])")]})


@wrong("b-faults", says="correlation ids", groups=("definite outage", "delivery"))
def a_new_correlation_id_per_step(notebook: Notebook) -> Notebook:
    """Gives each event an id of its own and calls that the correlation id."""
    fresh = [
        ("import json\n\nimport boto3", "import json\nimport uuid\n\nimport boto3"),
        (
            "def publish(kind, detail):\n",
            'def publish(kind, detail):\n    detail = {**detail, "correlationId": str(uuid.uuid4())}\n',
        ),
    ]
    return edited(notebook, {"payment": fresh, "inventory": fresh})


@wrong("b-faults", says="never ended", groups=("definite outage", "delivery"))
def wrong_rule_pattern(notebook: Notebook) -> Notebook:
    """Waits for StockRejected, though the inventory publishes StockRefused: no order is ever paid back."""
    return edited(notebook, {"services": [('["StockRefused"]', '["StockRejected"]')]})


@wrong("b-faults", says="nobody told the customer", groups=("definite outage", "delivery"))
def tells_only_the_happy(notebook: Notebook) -> Notebook:
    """Routes confirmed orders to the notification and forgets the cancelled ones."""
    return edited(
        notebook,
        {
            "services": [('["OrderConfirmed", "OrderCancelled"]', '["OrderConfirmed"]')],
            "diagram-choreography": [('"OrderConfirmed, OrderCancelled"', '"OrderConfirmed"')],
        },
    )


def _parallel(notebook: Notebook, on_charged: str) -> Notebook:
    """Reserves and charges side by side; the inventory confirms when it hears of the charge."""
    whole = (
        RESERVING
        + """    else:
        order_book.confirm(order_id, correlation_id=correlation_id)
        publish("OrderConfirmed", detail)
"""
    )
    reacting = (
        """    if kind == "OrderCancelled":
        warehouse.release(order_id, key=f"release-{order_id}", correlation_id=correlation_id)
        return
    if kind == "PaymentCharged":
"""
        + on_charged
        + """        return
"""
        + RESERVING
    )
    rules = (
        'deploy_rule("on-payment-charged", ["PaymentCharged"], inventory_queue)',
        'deploy_rule("stock-matters", ["OrderCreated", "PaymentCharged", "OrderCancelled"], inventory_queue)',
    )
    label = ('"inventory": "PaymentCharged"', '"inventory": "OrderCreated, PaymentCharged, OrderCancelled"')
    return edited(
        notebook,
        {
            "inventory": [(whole, reacting)],
            "services": [rules],
            "diagram-choreography": [label],
            "plans": MAIL_B,
        },
    )


@wrong("b-faults", says="never ended", may=PLAN, groups=("definite outage", "crash"))
def consumer_assumes_order(notebook: Notebook) -> Notebook:
    """Drops PaymentCharged when the stock is not reserved yet: events come in the order in which they were sent."""
    return _parallel(
        notebook,
        """        if warehouse.lookup(order_id) == "reserved":  # else the order was refused before
            order_book.confirm(order_id, correlation_id=correlation_id)
            publish("OrderConfirmed", detail)
""",
    )


@wrong("b-faults", says=CHARGED_TWICE, groups=("indefinite", "delivery"))
def fifo_instead_of_keys(notebook: Notebook) -> Notebook:
    """Puts FIFO queues between the services and drops the key, because FIFO means exactly once."""
    queue = [
        ('QueueName=f"{name}-dlq")', 'QueueName=f"{name}-dlq.fifo", Attributes={"FifoQueue": "true"})'),
        ('QueueName=f"{name}-queue"', 'QueueName=f"{name}-queue.fifo"'),
        (
            REDRIVE_POLICY,
            '{\n        "VisibilityTimeout": "180", "RedrivePolicy": redrive,\n'
            '        "FifoQueue": "true", "ContentBasedDeduplication": "true",\n    }',
        ),
        (
            '{"Id": "queue", "Arn": queue_arn}',
            '{"Id": "queue", "Arn": queue_arn, "SqsParameters": {"MessageGroupId": "orders"}}',
        ),
    ]
    plans = [
        ('{f"{name}-dlq": f"{name}-queue" for', '{f"{name}-dlq.fifo": f"{name}-queue.fifo" for'),
        ('signals.queue("inventory-dlq")', 'signals.queue("inventory-dlq.fifo")'),
        (
            'MessageBody=message["Body"])',
            'MessageBody=message["Body"], MessageGroupId="orders", '
            'MessageDeduplicationId="again-" + message["MessageId"])',
        ),
    ]
    drawn = [('SQS(f"{name}-queue")', 'SQS(f"{name}-queue.fifo")'), ('SQS(f"{name}-dlq")', 'SQS(f"{name}-dlq.fifo")')]
    return edited(
        given(notebook, *queue),
        {"payment": _keyless_by_message(), "plans": plans, "diagram-choreography": drawn},
    )


def _keyless_by_message() -> list[Edit]:
    """Drops the key where a message asks for the charge, and keeps it where a state does."""
    return [
        *KEYLESS_BY_TASK[:2],
        (
            'return charge(event["orderId"], event["correlationId"])',
            'return charge(event["orderId"], event["correlationId"], f"charge-{event[\'orderId\']}")',
        ),
    ]


@wrong("b-faults", says=CHARGED_TWICE, groups=("indefinite", "crash", "delivery"))
def one_failure_fails_the_batch(notebook: Notebook) -> Notebook:
    """Lets one message fail the whole batch and gives the charge no key, so that its neighbours are charged again."""
    raising = (PUT_BACK, "            raise\n")
    reported = (', BatchSize=5, FunctionResponseTypes=["ReportBatchItemFailures"]', ", BatchSize=5")
    return edited(
        given(notebook, reported),
        {"payment": [*_keyless_by_message(), raising], "inventory": [raising], "notification": [raising]},
    )
