"""Wrong ways from one service to the next: calls past the bus, queues that lose, block or give up too early."""

from __future__ import annotations

from tests.judgement.wrong.edits import NO_NOTIFICATION_DLQ, given
from tests.judgement.wrong.marks import PLAN, wrong
from tests.submissions.recipes import Edit, Notebook, edited

NOTIFICATION_QUEUE = 'notification_queue = deploy_queue("notification", notification_service)\n'
DEAD_LETTERS = (
    '        queue >> Edge(label="after 7 receives", style="dashed", color="#D55E00") >> SQS(f"{name}-dlq")\n'
)


def _only_where(condition: str) -> Edit:
    return DEAD_LETTERS, f"        if {condition}:\n    {DEAD_LETTERS}"


@wrong("b-decoupled", "c-style", says="calls another component directly")
def calls_the_next_service(notebook: Notebook) -> Notebook:
    """Invokes the inventory from the payment service, because then it is known at once whether it worked."""
    hand_over = """def hand_over(detail):
    message = {"messageId": "1", "body": json.dumps({"detail-type": "PaymentCharged", "detail": detail})}
    answer = boto3.client("lambda").invoke(FunctionName="inventory-service", Payload=json.dumps({"Records": [message]}))
    if json.loads(answer["Payload"].read()).get("batchItemFailures") != []:
        raise RuntimeError("the inventory failed")


def react(kind, detail):"""
    queue = 'inventory_queue = deploy_queue("inventory", inventory_service)\n'
    rule = 'deploy_rule("on-payment-charged", ["PaymentCharged"], inventory_queue)\n'
    drawn = [
        (
            '    wiring = {"payment": "OrderCreated, StockRefused", "inventory": "PaymentCharged", ',
            '    inventory = Lambda("inventory-service")\n'
            '    inventory >> Edge(label="publishes", constraint="false", color="#CC79A7") >> bus\n'
            '    wiring = {"payment": "OrderCreated, StockRefused", ',
        ),
        (
            '        if name != "notification":\n',
            '        if name == "payment":\n'
            '            service >> Edge(label="invokes") >> inventory\n'
            '        if name != "notification":\n',
        ),
    ]
    return edited(
        notebook,
        {
            "payment": [
                ("def react(kind, detail):", hand_over),
                ('publish("PaymentCharged", detail)', "hand_over(detail)"),
            ],
            "services": [(queue, ""), (rule, "")],
            "diagram-choreography": drawn,
            "plans": [
                ('for name in ("payment", "inventory", "notification")}', 'for name in ("payment", "notification")}'),
                ('signals.queue("inventory-dlq")', 'signals.queue("payment-dlq")'),
            ],
        },
    )


@wrong("b-accounted", says="has no dead-letter queue")
def dead_letter_queue_missing(notebook: Notebook) -> Notebook:
    """Makes the notification's queue by hand and forgets its dead-letter queue."""
    by_hand = """notification_url = sqs.create_queue(QueueName="notification-queue", Attributes={"VisibilityTimeout": "180"})["QueueUrl"]
notification_queue = sqs.get_queue_attributes(QueueUrl=notification_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
functions.create_event_source_mapping(
    EventSourceArn=notification_queue, FunctionName=notification_service, BatchSize=5,
    FunctionResponseTypes=["ReportBatchItemFailures"],
)
"""
    return edited(
        notebook,
        {
            "services": [(NOTIFICATION_QUEUE, by_hand)],
            "diagram-choreography": [_only_where('name != "notification"')],
            "plans": NO_NOTIFICATION_DLQ,
        },
    )


@wrong(
    "b-accounted", "b-faults", "d-scenario", says="has no dead-letter queue", may=PLAN,
    groups=("refusal of the cloud",), holds=("definite outage", "crash", "delivery"),
)  # fmt: skip
def poison_blocks_the_queue(notebook: Notebook) -> Notebook:
    """Deploys no dead-letter queue at all: what fails comes back for ever, before everything else."""
    parked = """    dlq = sqs.create_queue(QueueName=f"{name}-dlq")["QueueUrl"]
    dlq_arn = sqs.get_queue_attributes(QueueUrl=dlq, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": dlq_arn, "maxReceiveCount": 7})
    attributes = {"VisibilityTimeout": "180", "RedrivePolicy": redrive}
"""
    return edited(
        given(notebook, (parked, '    attributes = {"VisibilityTimeout": "180"}\n')),
        {
            "diagram-choreography": [(DEAD_LETTERS, "")],
            "plans": [
                ('for name in ("payment", "inventory", "notification")}', "for name in ()}"),
                (
                    'signals.queue("inventory-dlq").visible > 0',
                    'signals.queue("inventory-queue").oldest_age > minutes(20)',
                ),
            ],
        },
    )


@wrong("b-faults", "b-accounted", says="nobody told the customer", groups=("definite outage",))
def the_bus_tries_for_ever(notebook: Notebook) -> Notebook:
    """Points the rule straight at the notification function, because the bus keeps trying until it works."""
    direct = """functions.add_permission(
    FunctionName="notification-service", StatementId="bus", Action="lambda:InvokeFunction", Principal="events.amazonaws.com"
)
events.put_rule(Name="on-outcome", EventPattern=json.dumps({"detail-type": ["OrderConfirmed", "OrderCancelled"]}))
events.put_targets(Rule="on-outcome", Targets=[{"Id": "function", "Arn": notification_service}])
"""
    on_event = """def on_event(event, context):
    outcome = {"OrderConfirmed": "confirmed", "OrderCancelled": "cancelled"}[event["detail-type"]]
    tell(event["detail"]["orderId"], outcome, event["detail"]["correlationId"])


def on_messages(event, context):"""
    drawn = [
        (', "notification": "OrderConfirmed, OrderCancelled"}', "}"),
        (
            '        if name != "notification":\n'
            '            service >> Edge(label="publishes", constraint="false", color="#CC79A7") >> bus',
            '        service >> Edge(label="publishes", constraint="false", color="#CC79A7") >> bus\n'
            '    bus >> Edge(label="OrderConfirmed, OrderCancelled") >> Lambda("notification-service")',
        ),
    ]  # fmt: skip
    return edited(
        notebook,
        {
            "notification": [("def on_messages(event, context):", on_event)],
            "services": [
                ('"notification.on_messages"', '"notification.on_event"'),
                (NOTIFICATION_QUEUE, ""),
                ('deploy_rule("on-outcome", ["OrderConfirmed", "OrderCancelled"], notification_queue)\n', direct),
            ],
            "diagram-choreography": drawn,
            "plans": NO_NOTIFICATION_DLQ,
        },
    )


@wrong("b-faults", says="never ended", groups=("definite outage",), holds=("crash", "delivery"))
def visibility_shorter_than_the_handler(notebook: Notebook) -> Notebook:
    """Hides a message for 20 seconds, while a batch of five can take 50: receives are used up by waiting."""
    return given(notebook, ('"VisibilityTimeout": "180"', '"VisibilityTimeout": "20"'))


@wrong("b-faults", says="Tried: order", groups=("definite outage",), holds=("delivery",))
def too_few_receives(notebook: Notebook) -> Notebook:
    """Parks a message after its second receive, as if one retry were enough for any outage."""
    return edited(
        given(notebook, ('"maxReceiveCount": 7', '"maxReceiveCount": 2')),
        {"diagram-choreography": [("after 7 receives", "after 2 receives")]},
    )
