"""Correct choreographies that differ from the reference; the state machine is the reference's."""

from __future__ import annotations

from tests.judgement.right.pieces import STEPS, answers, packed_with
from tests.submissions.recipes import Notebook, edited


def fifo(notebook: Notebook) -> Notebook:
    """Lets services talk over a FIFO topic and FIFO queues, with a message group for each order.

    A message that fails holds up its own order only. After five minutes deduplication forgets, so keys stay.
    """
    return edited(answers(notebook, "fifo"), {"order-flow": packed_with("line")})


def topics(notebook: Notebook) -> Notebook:
    """Fans out over SNS, a topic for each kind of event; the bus only brings new orders in.

    Queues subscribe and keep what their service cannot take; a subscription has its own dead letters, too.
    """
    bus = '    entry = {{"Source": "orders.{0}", "DetailType": kind, "Detail": json.dumps(detail), "EventBusName": "default"}}\n'
    taken = (
        '    answer = boto3.client("events").put_events(Entries=[entry])\n'
        '    if answer["FailedEntryCount"]:\n'
        '        raise RuntimeError(f"the bus did not take {kind}")'
    )
    publish = (
        '    boto3.client("sns").publish(TopicArn=json.loads(os.environ["TOPICS"])[kind], Message=json.dumps(detail))'
    )
    body = 'message = json.loads(record["body"])'
    parts = 'kind, detail = message["TopicArn"].rpartition(":")[2], json.loads(message["Message"])'
    opened = [(body, f"{body}\n            {parts}")]
    react = [("import json\n", "import json\nimport os\n"), (taken, publish),
             ('react(message["detail-type"], message["detail"])', "react(kind, detail)"), *opened]  # fmt: skip
    return edited(
        answers(notebook, "topics"),
        {
            "payment": [(bus.format("payment"), ""), *react],
            "inventory": [(bus.format("inventory"), ""), *react],
            "notification": [
                *opened,
                ('[message["detail-type"]]', "[kind]"),
                ('tell(message["detail"]["orderId"], outcome, message["detail"]["correlationId"])',
                 'tell(detail["orderId"], outcome, detail["correlationId"])'),
            ],
            "plans": [
                ('json.loads(message["Body"])["detail"]["orderId"]', 'order_of(json.loads(message["Body"]))'),
                ("def stuck_orders():",
                 "def order_of(body):\n"
                 '    """Reads the order id out of an envelope of the topic."""\n'
                 '    return json.loads(body["Message"])["orderId"]\n\n\ndef stuck_orders():'),
            ],
        },
    )  # fmt: skip


def inbox(notebook: Notebook) -> Notebook:
    """Keeps an inbox table of what followed from each message, and answers a duplicate out of it.

    The entry is written after the effect and before the event, and the effect has its key: no crash falls in between.
    """
    deploy = '"{0}-service", "{0}.on_messages", "{0}"'
    table = (
        'boto3.client("dynamodb").create_table(\n'
        '    TableName="inbox", BillingMode="PAY_PER_REQUEST",\n'
        '    KeySchema=[{"AttributeName": "message", "KeyType": "HASH"}],\n'
        '    AttributeDefinitions=[{"AttributeName": "message", "AttributeType": "S"}],\n)\n'
    )
    first = "payment_service = deploy_function("
    return edited(
        answers(notebook, "inbox"),
        {
            "order-flow": packed_with("inbox"),
            "services": [
                *((deploy.format(name), deploy.format(name) + ', "inbox"') for name in STEPS),
                (first, table + first),
            ],
            "diagram-choreography": [
                ("from diagrams.aws.integration", "from diagrams.aws.database import Dynamodb\nfrom diagrams.aws.integration"),
                ('bus = Eventbridge("default")', 'bus, inbox = Eventbridge("default"), Dynamodb("inbox")'),
                ("        if name !=", '        service >> Edge(label="remembers") >> inbox\n        if name !='),
            ],
        },
    )  # fmt: skip


def custom_bus(notebook: Notebook) -> Notebook:
    """Lets services talk over a bus of their own, which the default one forwards to; each target has dead letters.

    The operator moves dead letters back by a message move task.
    """
    loop = (
        '        while messages := sqs.receive_message(QueueUrl=url_of(dlq), MaxNumberOfMessages=10).get("Messages"):\n'
        "            for message in messages:\n"
        '                sqs.send_message(QueueUrl=url_of(queue), MessageBody=message["Body"])\n'
        '                sqs.delete_message(QueueUrl=url_of(dlq), ReceiptHandle=message["ReceiptHandle"])'
    )
    return edited(
        answers(notebook, "custom_bus"),
        {
            **{name: [('"EventBusName": "default"', '"EventBusName": "shop"')] for name in ("payment", "inventory")},
            "plans": [
                ("    for dlq in DLQS:", '    for dlq in [*DLQS, "undelivered"]:'),
                (loop,
                 '        known = sqs.get_queue_attributes(QueueUrl=url_of(dlq), AttributeNames=["QueueArn"])\n'
                 '        sqs.start_message_move_task(SourceArn=known["Attributes"]["QueueArn"])'),
            ],
        },
    )  # fmt: skip
