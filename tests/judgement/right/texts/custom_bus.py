# %% solution="services"
SHOP = events.create_event_bus(Name="shop")["EventBusArn"]
events.create_archive(ArchiveName="shop-archive", EventSourceArn=SHOP, RetentionDays=7)
UNDELIVERED = sqs.create_queue(QueueName="undelivered")["QueueUrl"]
undelivered = sqs.get_queue_attributes(QueueUrl=UNDELIVERED, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
SAFELY = {"DeadLetterConfig": {"Arn": undelivered}, "RetryPolicy": {"MaximumRetryAttempts": 100, "MaximumEventAgeInSeconds": 3600}}


def rule(name, bus, kinds, target, **more):
    """Sends events of these kinds to a target; what cannot be delivered there waits in a dead-letter queue."""
    events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps({"detail-type": kinds}))
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "1", "Arn": target, **SAFELY, **more}])


# The shop's own bus hears of new orders from the default one, and of everything else from its services.
rule("orders-to-shop", "default", ["OrderCreated"], SHOP, RoleArn=lab.role_arn)
for name, kinds in {
    "payment": ["OrderCreated", "StockRefused"],
    "inventory": ["PaymentCharged"],
    "notification": ["OrderConfirmed", "OrderCancelled"],
}.items():
    rule(f"to-{name}", "shop", kinds, deploy_queue(name, deploy_function(f"{name}-service", f"{name}.on_messages", name)))


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
# alt: The default bus forwards OrderCreated to the bus of the shop, which hands events to three queues; each feeds one service,
# and services publish to the shop's bus. Dead letters of queues and of rules are kept.
from diagrams import Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import SQS, Eventbridge

with Diagram("Choreography on a bus of its own", direction="LR"):
    shop = Eventbridge("shop")
    Eventbridge("default") >> Edge(label="OrderCreated") >> shop
    shop >> Edge(label="undeliverable", style="dashed") >> SQS("undelivered")
    for name in ("payment", "inventory", "notification"):
        queue, service = SQS(f"{name}-queue"), Lambda(f"{name}-service")
        shop >> queue >> service
        queue >> Edge(label="after 7 receives", style="dashed", color="#D55E00") >> SQS(f"{name}-dlq")
        if name != "notification":
            service >> Edge(label="publishes", constraint="false", color="#CC79A7") >> shop
