# %%
# %%handler line
# What every service needs: publishing to the topic in the line of its order, and taking one message at a time.
import json
import os

import boto3


def publish(kind, order_id, correlation_id):
    boto3.client("sns").publish(
        TopicArn=os.environ["TOPIC"],
        Message=json.dumps({"orderId": order_id, "correlationId": correlation_id}),
        MessageGroupId=order_id,
        MessageDeduplicationId=f"{order_id}-{kind}",
        MessageAttributes={name: {"DataType": "String", "StringValue": value} for name, value in (("kind", kind), ("orderId", order_id))},
    )


def each(react):
    """Makes a handler of batches of one; an error brings the message back before any later one of its order."""

    def handler(event, context):
        for record in event["Records"]:
            body = json.loads(record["body"])
            react(record["messageAttributes"]["kind"]["stringValue"], body["orderId"], body["correlationId"])

    return handler

# %%
# %%handler intake
# The bus knows no FIFO topic as a target: this hands each new order over, into a line of its own.
import json

from line import publish


def on_events(event, context):
    for record in event["Records"]:
        detail = json.loads(record["body"])["detail"]
        publish("OrderCreated", detail["orderId"], detail["correlationId"])

# %% solution="payment"
# %%handler payment
from line import each, publish
from sagalab.participants import PaymentDeclined, order_book, payment_gateway


def charge(order_id, correlation_id):
    amount = order_book.get(order_id)["amount"]
    return payment_gateway.charge(order_id, amount, key=f"charge-{order_id}", correlation_id=correlation_id)


def refund(order_id, correlation_id):
    return payment_gateway.refund(order_id, key=f"refund-{order_id}", correlation_id=correlation_id)


def charge_task(event, context):
    return charge(event["orderId"], event["correlationId"])


def refund_task(event, context):
    return refund(event["orderId"], event["correlationId"])


def cancel(order_id, reason, correlation_id):
    order_book.cancel(order_id, reason, correlation_id=correlation_id)
    publish("OrderCancelled", order_id, correlation_id)


def react(kind, order_id, correlation_id):
    if kind == "StockRefused":
        refund(order_id, correlation_id)
        cancel(order_id, "out of stock", correlation_id)
        return
    try:
        charge(order_id, correlation_id)
    except PaymentDeclined:
        cancel(order_id, "payment declined", correlation_id)
    else:
        publish("PaymentCharged", order_id, correlation_id)


on_messages = each(react)

# %% solution="inventory"
# %%handler inventory
from line import each, publish
from sagalab.participants import OutOfStock, order_book, warehouse


def reserve(order_id, correlation_id):
    items = order_book.get(order_id)["items"]
    return warehouse.reserve(order_id, items, key=f"reserve-{order_id}", correlation_id=correlation_id)


def reserve_task(event, context):
    return reserve(event["orderId"], event["correlationId"])


def react(kind, order_id, correlation_id):
    try:
        reserve(order_id, correlation_id)
    except OutOfStock:
        publish("StockRefused", order_id, correlation_id)
    else:
        order_book.confirm(order_id, correlation_id=correlation_id)
        publish("OrderConfirmed", order_id, correlation_id)


on_messages = each(react)

# %% solution="notification"
# %%handler notification
from line import each
from sagalab.participants import mailer


def tell(order_id, outcome, correlation_id):
    return mailer.send(order_id, outcome, key=f"tell-{order_id}", correlation_id=correlation_id)


def tell_task(event, context):
    return tell(event["orderId"], event["outcome"], event["correlationId"])


def react(kind, order_id, correlation_id):
    tell(order_id, {"OrderConfirmed": "confirmed", "OrderCancelled": "cancelled"}[kind], correlation_id)


on_messages = each(react)

# %% solution="services"
sns = boto3.client("sns")
TOPIC = sns.create_topic(Name="orders.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]


def arn_of(url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def service(module, handler, queue, fifo):
    """Makes a function with its queue and that one's dead-letter queue; gives the queue's ARN."""
    ending, kind = (".fifo", {"FifoQueue": "true"}) if fifo else ("", {})
    parked = sqs.create_queue(QueueName=f"{queue}-dlq{ending}", Attributes=kind)["QueueUrl"]
    policy = json.dumps({"deadLetterTargetArn": arn_of(parked), "maxReceiveCount": 7})
    waiting = {"VisibilityTimeout": "180", "RedrivePolicy": policy, **kind}
    arn = arn_of(sqs.create_queue(QueueName=f"{queue}-queue{ending}", Attributes=waiting)["QueueUrl"])
    functions.create_function(
        FunctionName=f"{module}-service", Runtime="python3.11", Role=lab.role_arn, Handler=f"{module}.{handler}",
        Code={"ZipFile": package(module, "line")}, Timeout=20, Environment={"Variables": {"TOPIC": TOPIC}},
    )
    functions.create_event_source_mapping(EventSourceArn=arn, FunctionName=f"{module}-service", BatchSize=1)
    return arn


deploy_rule("on-order-created", ["OrderCreated"], service("intake", "on_events", "intake", fifo=False))
for module, kinds in {
    "payment": ["OrderCreated", "StockRefused"],
    "inventory": ["PaymentCharged"],
    "notification": ["OrderConfirmed", "OrderCancelled"],
}.items():
    sns.subscribe(
        TopicArn=TOPIC, Protocol="sqs", Endpoint=service(module, "on_messages", module, fifo=True),
        Attributes={"RawMessageDelivery": "true", "FilterPolicy": json.dumps({"kind": kinds})},
    )


def emit_order_created(order_id):
    detail = {"orderId": order_id, "correlationId": f"corr-{order_id}"}
    entry = {"Source": "orders", "DetailType": "OrderCreated", "Detail": json.dumps(detail), "EventBusName": "default"}
    for _ in range(5):
        answer = events.put_events(Entries=[entry])
        if not answer["FailedEntryCount"]:
            return answer
    raise RuntimeError("the bus did not take the event")

# %% solution="diagram-choreography"
# %%diagram choreography
# alt: The default bus feeds an intake service, which hands each order to the FIFO topic. Three FIFO queues listen to the topic,
# each feeds one service, and the services publish to the topic. What keeps failing goes to a dead-letter queue.
from diagrams import Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import SNS, SQS, Eventbridge

with Diagram("Choreography: one line for each order", direction="LR"):
    topic, intake_queue, intake = SNS("orders.fifo"), SQS("intake-queue"), Lambda("intake-service")
    Eventbridge("default") >> Edge(label="OrderCreated") >> intake_queue >> intake >> topic
    intake_queue >> Edge(label="dead letters", style="dashed") >> SQS("intake-dlq")
    for name in ("payment", "inventory", "notification"):
        queue, service = SQS(f"{name}-queue.fifo"), Lambda(f"{name}-service")
        topic >> queue >> service
        queue >> Edge(label="dead letters", style="dashed") >> SQS(f"{name}-dlq.fifo")
        if name != "notification":
            service >> Edge(label="publishes") >> topic

# %% solution="plans"
DLQS = {"intake-dlq": "intake-queue"} | {f"{name}-dlq.fifo": f"{name}-queue.fifo" for name in ("payment", "inventory", "notification")}


def url_of(queue):
    return sqs.get_queue_url(QueueName=queue)["QueueUrl"]


def letters(dlq, seconds):
    return sqs.receive_message(
        QueueUrl=url_of(dlq), MaxNumberOfMessages=10, VisibilityTimeout=seconds, MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["All"],
    ).get("Messages", [])


def unresolved_executions():
    listed = sfn.list_executions(stateMachineArn=ORDER_FLOW)["executions"]
    inputs = [(run["status"], sfn.describe_execution(executionArn=run["executionArn"])["input"]) for run in listed]
    healed = {text for status, text in inputs if status in ("RUNNING", "SUCCEEDED")}
    return sorted({text for status, text in inputs if status not in ("RUNNING", "SUCCEEDED")} - healed)


def order_of(message):
    """Reads the order id, out of the attributes where the body is no JSON; None for what names no order."""
    named = message.get("MessageAttributes", {}).get("orderId")
    try:
        return named["StringValue"] if named else json.loads(message["Body"])["detail"]["orderId"]
    except (ValueError, KeyError, TypeError):
        return None


def stuck_orders():
    found = {json.loads(text)["orderId"] for text in unresolved_executions()}
    found |= {order_of(message) for dlq in DLQS for message in letters(dlq, 0)}
    return sorted(found - {None})


def restart_failed_executions():
    for text in unresolved_executions():
        sfn.start_execution(stateMachineArn=ORDER_FLOW, name=f"order-{json.loads(text)['orderId']}-again", input=text)


def redrive_dead_letters():
    for dlq, queue in DLQS.items():
        while messages := letters(dlq, 30):
            for message in messages:
                known = message["Attributes"]
                # The old deduplication id may still be remembered: the message gets its own as a new one.
                line = {"MessageGroupId": known["MessageGroupId"], "MessageDeduplicationId": message["MessageId"]} if "MessageGroupId" in known else {}
                kept = {
                    name: {"DataType": row["DataType"], "StringValue": row["StringValue"]}
                    for name, row in message.get("MessageAttributes", {}).items()
                }
                sqs.send_message(QueueUrl=url_of(queue), MessageBody=message["Body"], MessageAttributes=kept, **line)
                sqs.delete_message(QueueUrl=url_of(dlq), ReceiptHandle=message["ReceiptHandle"])


well = {"order": "confirmed", "money": "charged", "stock": "reserved", "customer": "told once"}

recovery_plans = [
    RecoveryPlan(
        approach="orchestration",
        fault=Fault("unavailable", target="warehouse.reserve", lasts=minutes(40)),
        effect="Paid orders wait for stock; nobody is told.",
        detector=lambda signals: signals.state_machine("OrderFlow").unresolved > 0,
        detect_within=minutes(30),
        recover_within=minutes(60),
        reaction="12 retries within 19 minutes, then the execution fails",
        actions=restart_failed_executions,
        expected=well,
    ),
    RecoveryPlan(
        approach="choreography",
        fault=Fault("unavailable", target="warehouse.reserve", lasts=minutes(40)),
        effect="Paid orders wait for stock, each at the head of its own line; nobody is told.",
        detector=lambda signals: signals.queue("inventory-dlq.fifo").visible > 0,
        detect_within=minutes(30),
        recover_within=minutes(60),
        reaction="seven receives 180 s apart, then the message is parked",
        actions=redrive_dead_letters,
        expected=well,
    ),
]
