"""Wrong answers to the exercises of lessons 05 and 06: each is a misconception, and is told what is wrong with it.

Each runs a whole notebook: here and now the first wrong answer of each check, all of them in `make prove`.
"""

from __future__ import annotations

import pytest

from tests.course.answers import Edit, Wrong, check_told, finding, tried, typed

FAILING, SEEING = "05_choreography_failures", "06_seeing"
TRANSACTION = "        dynamodb.transact_write_items(TransactItems=writes)\n"
MARK_FIRST = (
    '        dynamodb.put_item(**once["Put"])\n'
    "        dynamodb.update_item(**total, ExpressionAttributeValues=amount)\n"
)
ADD_FIRST = (
    '        if "Item" in dynamodb.get_item(TableName="counted", Key=mark["Item"]):\n            return\n'
    "        dynamodb.update_item(**total, ExpressionAttributeValues=amount)\n        dynamodb.put_item(**mark)\n"
)
CONDITION = (
    '        "ConditionExpression": "attribute_not_exists(orderId) OR reached < :reached",\n'
    '        "ExpressionAttributeValues": {":reached": {"N": reached}},\n',
    "",
)
READS = """    known = dynamodb.get_item(TableName="board", Key={"orderId": {"S": order_id}}).get("Item")
    if known and int(known["reached"]["N"]) >= int(reached):
        return
"""
IN_MEMORY = """import boto3
from receiving import each

from sagalab.participants import order_book

seen = set()


def count(kind, order_id):
    if order_id in seen:
        return
    amount = {":amount": {"N": str(order_book.get(order_id)["amount"])}}
    total = {"TableName": "takings", "Key": {"name": {"S": "all"}}, "UpdateExpression": "ADD amount :amount"}
    boto3.client("dynamodb").update_item(**total, ExpressionAttributeValues=amount)
    seen.add(order_id)


def on_messages(event, context):
    return each(event, count)
"""
REFUSED_MARK = ("TransactionCanceledException", "ConditionalCheckFailedException")
CAUSE = (
    '        if error.response["CancellationReasons"][0]["Code"] != "ConditionalCheckFailed":\n            raise\n',
    "        return\n",
)
LINE_BY_LINE = (
    '        if not eventbridge.put_events(Entries=[entry])["FailedEntryCount"]:\n            dynamodb.delete_item('
)

# answer: lesson, criterion, the answer's key, edits, words of the message
WRONG: dict[str, Wrong] = {
    "a mark that is written before the total": (
        FAILING, "05-counted-once", "sales", [(TRANSACTION, MARK_FIRST), REFUSED_MARK, CAUSE],
        "something was marked as counted, and never was.",
    ),
    "a mark that is written after the total": (
        FAILING, "05-counted-once", "sales", [(TRANSACTION, ADD_FIRST)], "something was counted twice.",
    ),
    "marks that the function keeps in its own memory": (
        FAILING, "05-counted-once", "sales", [("", f"%%handler sales\n{IN_MEMORY}")], "something was counted twice.",
    ),
    "an answer that is not returned": (
        FAILING, "05-counted-once", "sales", [("    return each(event, count)", "    each(event, count)")],
        "a message was taken for done, and its order was neither marked nor counted.",
    ),
    "a transaction in small letters": (
        FAILING, "05-counted-once", "sales", [('once = {"Put": ', 'once = {"put": ')], "In sales-service each message came back: ParamValidationError",
    ),
    "a total that nobody asked for": (
        FAILING, "05-counted-once", "sales", [('{"name": {"S": "all"}}', '{"name": {"S": "today"}}')],
        "the takings have no item `all`.",
    ),
    "a board that shows what arrived last": (
        FAILING, "05-only-forward", "board", [(" OR reached < :reached", " OR reached <> :reached")],
        "is confirmed, and the board says 'p",
    ),
    "a condition whose value is missing": (
        FAILING, "05-only-forward", "board", [('        "ExpressionAttributeValues": {":reached": {"N": reached}},\n', "")],
        "An expression attribute value used in expression is not defined; attribute value: :reached.",
    ),
    "a board that keeps what arrived first": (
        FAILING, "05-only-forward", "board",
        [(" OR reached < :reached", ""), ('        "ExpressionAttributeValues": {":reached": {"N": reached}},\n', "")],
        "is confirmed, and the board says 'placed'.",
    ),
    "a board that reads, compares and then writes": (
        FAILING, "05-only-forward", "board", [CONDITION, ("    try:\n", READS + "    try:\n")],
        "is confirmed, and the board says 'p",
    ),
    "a malformed message that is dropped": (
        FAILING, "05-poison-parked", "receiving",
        [("        except Exception:\n", "        except ValueError:\n            continue\n        except Exception:\n")],
        "was taken for done, and is gone.",
    ),
    "a malformed message that takes its batch along": (
        FAILING, "05-poison-parked", "receiving",
        [("        try:\n            message = json.loads(record[\"body\"])\n", "        message = json.loads(record[\"body\"])\n        try:\n")],
        "whose message was sound,",
    ),
    "a malformed message that is told by a name it never got": (
        FAILING, "05-poison-parked", "receiving",
        [("        except Exception:\n", "        except Exception:\n            print(message[\"detail-type\"])\n")],
        "`each` itself failed in ",
    ),
    "a new receiving that is not deployed": (
        FAILING, "05-poison-parked", "parking", [("deploy_steps()\n", "")], "`each` itself failed in payment-service: JSONDecodeError",
    ),
    "one dead-letter queue for all": (
        FAILING, "05-poison-parked", "parking", [('queue_arn(f"{name}-dlq")', 'queue_arn("dlq")')], "was parked in dlq; asked for is payment-dlq.",
    ),
    "messages that are parked after three receives": (
        FAILING, "05-poison-parked", "parking", [('"maxReceiveCount": 7', '"maxReceiveCount": 3')],
        "was parked, though the outage was over after ten minutes.",
    ),
    "one queue without its dead-letter queue": (
        FAILING, "05-poison-parked", "parking", [('("payment", "inventory", "notification")', '("payment", "inventory")')],
        "An hour later notification-queue still hands out the message",
    ),
    "a redrive of one queue alone": (
        FAILING, "05-redriven", "redrive", [('("payment", "inventory", "notification")', '("payment",)')],
        "still lies in inventory-dlq.",
    ),
    "a redrive that the second call stops": (
        FAILING, "05-redriven", "redrive",
        [("        try:\n            sqs.start", "        if True:\n            sqs.start"),
         ("        except sqs.exceptions.ClientError as error:\n            print(f\"{name}-dlq: {error}\")\n", "")],
        "redrive_all() raised ",
    ),
    "a redrive whose queues share one try": (
        FAILING, "05-redriven", "redrive",
        [("    for name in (\"payment\", \"inventory\", \"notification\"):\n        parked = queue_arn(f\"{name}-dlq\")\n",
          "    try:\n        for name in (\"payment\", \"inventory\", \"notification\"):\n            parked = queue_arn(f\"{name}-dlq\")\n"),
         ("        try:\n            sqs.start_message_move_task(SourceArn=parked)\n        except sqs.exceptions.ClientError as error:\n",
          "            sqs.start_message_move_task(SourceArn=parked)\n    except sqs.exceptions.ClientError as error:\n")],
        "was called while a task of payment-dlq was under way. Order ",
    ),
    "a redrive that reads and deletes": (
        FAILING, "05-redriven", "redrive",
        [('            sqs.start_message_move_task(SourceArn=parked)\n',
          '            url = sqs.get_queue_url(QueueName=f"{name}-dlq")["QueueUrl"]\n'
          "            for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(\"Messages\", []):\n"
          '                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])\n')],
        "left the dead-letter queue, and nobody worked on it again.",
    ),
    "all lines in one call": (
        FAILING, "05-outbox", "outbox",
        [('''    for line in dynamodb.scan(TableName="outbox")["Items"]:
        detail = json.dumps({"orderId": line["orderId"]["S"]})
        entry = {"Source": "orders", "DetailType": "OrderCreated", "Detail": detail}
        if not eventbridge.put_events(Entries=[entry])["FailedEntryCount"]:
            dynamodb.delete_item(TableName="outbox", Key={"orderId": line["orderId"]})
''', '''    lines = dynamodb.scan(TableName="outbox")["Items"]
    texts = [json.dumps({"orderId": line["orderId"]["S"]}) for line in lines]
    entries = [{"Source": "orders", "DetailType": "OrderCreated", "Detail": text} for text in texts]
    answers = eventbridge.put_events(Entries=entries)["Entries"] if entries else []
    for line, answer in zip(lines, answers):
        if "ErrorCode" not in answer:
            dynamodb.delete_item(TableName="outbox", Key={"orderId": line["orderId"]})
''')],
        "its line still stands in the outbox.",
    ),
    "two writes instead of a transaction": (
        FAILING, "05-outbox", "outbox",
        [("    dynamodb.transact_write_items(TransactItems=writes)\n", "    for write in writes:\n        dynamodb.put_item(**write[\"Put\"])\n")],
        "no line stands in the outbox.",
    ),
    "a relay that does not read the answer": (
        FAILING, "05-outbox", "outbox",
        [(LINE_BY_LINE, "        eventbridge.put_events(Entries=[entry])\n        if True:\n            dynamodb.delete_item(")],
        "the outbox holds no line for it.",
    ),
    "a relay that never takes a line away": (
        FAILING, "05-outbox", "outbox",
        [('            dynamodb.delete_item(TableName="outbox", Key={"orderId": line["orderId"]})', "            continue")],
        "times.",
    ),
    "an order that is published while it is taken": (
        FAILING, "05-outbox", "outbox",
        [("    dynamodb.transact_write_items(TransactItems=writes)\n",
          "    dynamodb.transact_write_items(TransactItems=writes[:1])\n"
          "    entry = {\"Source\": \"orders\", \"DetailType\": \"OrderCreated\", \"Detail\": json.dumps({\"orderId\": order_id})}\n"
          "    eventbridge.put_events(Entries=[entry])\n")],
        "nobody ever heard of it: the outbox holds no line for it.",
    ),
    "a correlation id of each event's own": (
        SEEING, "06-ids", "publishing", [('cause["detail"]["correlationId"]', 'f"corr-{kind}-{order_id}"')],
        "carry 3 correlation ids:",
    ),
    "a cause that is the whole order": (
        SEEING, "06-ids", "publishing", [('cause["id"]', 'cause["detail"]["correlationId"]')], "and no event has this id.",
    ),
    "a cause that is always the first event": (
        SEEING, "06-ids", "publishing", [('cause["id"]', 'cause["detail"].get("causationId", cause["id"])')],
        "names OrderCreated as its cause; it was PaymentCharged.",
    ),
    "one id for all orders": (
        SEEING, "06-ids", "emit-with-id", [('f"corr-{order_id}"', '"corr-orders"')], "share the id 'corr-orders'.",
    ),
    "a trace that is sorted by time": (
        SEEING, "06-trace", "trace",
        [("    trace, record = [], caused_by.get(None)\n    while record:\n        trace.append(record[\"kind\"])\n"
          "        record = caused_by.get(record[\"eventId\"])\n    return trace\n",
          "    return [record[\"kind\"] for record in sorted(caused_by.values(), key=lambda record: record[\"at\"])]\n")],
        "; it was OrderCreated, PaymentCharged, OrderConfirmed.",
    ),
    "a trace that reads the whole log": (
        SEEING, "06-trace", "trace",
        [('dynamodb.query(**index, ExpressionAttributeValues=wanted)',
          'dynamodb.scan(TableName="event_log", FilterExpression="correlationId = :id", ExpressionAttributeValues=wanted)')],
        "is right, and it read all ",
    ),
    "a trace that is the same for every order": (
        SEEING, "06-trace", "trace",
        [("", 'def trace_of(correlation_id):\n    return ["OrderCreated", "PaymentCharged", "OrderConfirmed"]\n')],
        " gave OrderCreated, PaymentCharged, OrderConfirmed; it was OrderCreated, ",
    ),
    "a trace that ends too soon": (
        SEEING, "06-trace", "trace", [("    while record:\n", "    if record:\n")], " gave OrderCreated; it was OrderCreated, ",
    ),
    "a report that names whoever is under way": (
        SEEING, "06-stuck", "stuck", [(" and now - at > 600", "")], " s old.",
    ),
    "a report to which only a confirmation is an end": (
        SEEING, "06-stuck", "stuck", [('in ("OrderConfirmed", "OrderCancelled")', '== "OrderConfirmed"')],
        "is named as stuck, and it is cancelled long ago.",
    ),
    "a report to which a payment is an end": (
        SEEING, "06-stuck", "stuck", [('("OrderConfirmed", "OrderCancelled")', '("PaymentCharged", "OrderCancelled")')],
        "minutes, and is not named.",
    ),
    "a report that reads one page": (
        SEEING, "06-stuck", "stuck",
        [('dynamodb.get_paginator("scan").paginate(TableName="event_log")', '[dynamodb.scan(TableName="event_log")]')],
        "The log holds more than one page. After 12 minutes order ",
    ),
    "a diagnosis that reads errors alone": (
        SEEING, "06-game-day", "diagnose",
        [('        if queue.in_flight:\n            return f"{step}: outage"\n', "")],
        "Hidden was 'payment: outage', and after ten minutes diagnose said 'healthy'.",
    ),
    "a diagnosis that takes every waiting message for an outage": (
        SEEING, "06-game-day", "diagnose", [("if queue.in_flight:", "if queue.in_flight or queue.visible:")],
        "Hidden was 'payment: standstill', and after ten minutes diagnose said 'payment: outage'.",
    ),
    "a diagnosis that looks at the queue first": (
        SEEING, "06-game-day", "diagnose",
        [("        if function.throttles:\n", "        if queue.visible:\n            return f\"{step}: standstill\"\n        if function.throttles:\n")],
        "Hidden was 'payment: throttled', and after ten minutes diagnose said 'payment: standstill'.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("lesson", "criterion", "key", "edits", "words"), tried(WRONG))
def test_a_wrong_answer_is_told_what_is_wrong(
    lesson: str, criterion: str, key: str, edits: list[Edit], words: str
) -> None:
    check_told(lesson, criterion, key, edits, words)


IN_BATCHES = """def emit_order_created(order_id):
    item = {"orderId": {"S": order_id}}
    writes = [{"Put": {"TableName": table, "Item": item}} for table in ("outbox", "orders")]
    dynamodb.transact_write_items(TransactItems=writes)


def relay():
    lines = dynamodb.scan(TableName="outbox")["Items"]
    for number in range(0, len(lines), 10):
        batch = lines[number : number + 10]
        entries = [
            {"Source": "shop", "DetailType": "OrderCreated", "Detail": json.dumps({"orderId": line["orderId"]["S"]})}
            for line in batch
        ]
        for line, answer in zip(batch, eventbridge.put_events(Entries=entries)["Entries"]):
            if "ErrorCode" not in answer:
                dynamodb.delete_item(TableName="outbox", Key={"orderId": line["orderId"]})
"""
BY_GENERATIONS = """def trace_of(correlation_id):
    wanted = {":id": {"S": correlation_id}}
    records = [plain(item) for item in dynamodb.query(**index, ExpressionAttributeValues=wanted)["Items"]]
    def depth(record):
        cause = next((one for one in records if one["eventId"] == record.get("causationId")), None)
        return 0 if cause is None else 1 + depth(cause)
    return [record["kind"] for record in sorted(records, key=depth)]
"""
BY_COUNTS = """def diagnose(signals):
    worst = "healthy"
    for step in ("notification", "inventory", "payment"):
        queue, function = signals.queue(f"{step}-queue"), signals.function(f"{step}-service")
        if queue.oldest_age > 300:
            word = "standstill" if not queue.in_flight else "crashes" if function.errors else "outage"
            worst = f"{step}: {'throttled' if function.throttles else word}"
    return worst
"""


@pytest.mark.prove
@pytest.mark.parametrize(
    ("lesson", "criterion", "key", "answer"),
    [
        (FAILING, "05-outbox", "outbox", IN_BATCHES),
        (SEEING, "06-trace", "trace", BY_GENERATIONS),
        (SEEING, "06-game-day", "diagnose", BY_COUNTS),
    ],
)
def test_another_right_answer_than_the_solution_is_right(lesson: str, criterion: str, key: str, answer: str) -> None:
    found = finding(lesson, criterion, key, ("", answer))
    assert found.fraction == 1, found.message


TYPED = [
    "a mark that is written before the total",
    pytest.param("a mark that is written after the total", marks=pytest.mark.prove),
    pytest.param("marks that the function keeps in its own memory", marks=pytest.mark.prove),
    pytest.param("a board that reads, compares and then writes", marks=pytest.mark.prove),
    pytest.param("messages that are parked after three receives", marks=pytest.mark.prove),
]


@pytest.mark.parametrize("answer", TYPED)
def test_it_is_told_the_same_where_the_exercises_after_it_are_untouched(answer: str) -> None:
    lesson, criterion, key, edits, words = WRONG[answer]
    found = typed(lesson, criterion, key, *edits)
    assert (found.verdict, found.attempted) == ("invalid", True) and words in found.message, found.message
