# %% solution="services"
sns = boto3.client("sns")
KINDS = {
    "payment": ["OrderCreated", "StockRefused"],
    "inventory": ["PaymentCharged"],
    "notification": ["OrderConfirmed", "OrderCancelled"],
}
TOPICS = {kind: sns.create_topic(Name=kind)["TopicArn"] for kinds in KINDS.values() for kind in kinds}


def arn_of(url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


for name, kinds in KINDS.items():
    function = functions.create_function(
        FunctionName=f"{name}-service", Runtime="python3.11", Role=lab.role_arn, Handler=f"{name}.on_messages",
        Code={"ZipFile": package(name)}, Timeout=20, Environment={"Variables": {"TOPICS": json.dumps(TOPICS)}},
    )["FunctionArn"]
    queue = deploy_queue(name, function)
    # What the topic itself cannot hand over waits with what the service could not take.
    dead = json.dumps({"deadLetterTargetArn": queue.replace("-queue", "-dlq")})
    for kind in kinds:
        sns.subscribe(TopicArn=TOPICS[kind], Protocol="sqs", Endpoint=queue, Attributes={"RedrivePolicy": dead})

events.put_rule(Name="on-order-created", EventPattern=json.dumps({"source": ["orders"], "detail-type": ["OrderCreated"]}))
events.put_targets(Rule="on-order-created", Targets=[{"Id": "topic", "Arn": TOPICS["OrderCreated"], "InputPath": "$.detail"}])


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
# alt: The default bus hands OrderCreated to a topic of that name. Each kind of event has a topic; queues subscribe to
# topics and feed one service each; services publish to topics. A message that keeps failing goes to a dead-letter queue.
from diagrams import Diagram, Edge
from diagrams.aws.compute import Lambda
from diagrams.aws.integration import SNS, SQS, Eventbridge

KINDS = {
    "payment": ["OrderCreated", "StockRefused"],
    "inventory": ["PaymentCharged"],
    "notification": ["OrderConfirmed", "OrderCancelled"],
}
PUBLISHED = {"payment": ["PaymentCharged", "OrderCancelled"], "inventory": ["StockRefused", "OrderConfirmed"]}

with Diagram("Choreography: a topic for each kind of event", direction="LR"):
    topics = {kind: SNS(kind) for kinds in KINDS.values() for kind in kinds}
    Eventbridge("default") >> topics["OrderCreated"]
    for name, kinds in KINDS.items():
        queue, service = SQS(f"{name}-queue"), Lambda(f"{name}-service")
        for kind in kinds:
            topics[kind] >> queue
        queue >> service
        queue >> Edge(label="dead letters", style="dashed") >> SQS(f"{name}-dlq")
        for kind in PUBLISHED.get(name, []):
            service >> Edge(label="publishes") >> topics[kind]
