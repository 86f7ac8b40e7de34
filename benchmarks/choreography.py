"""The three-step order saga by events: a rule and a queue for each step, the same calls in the lab and in bare moto."""

from __future__ import annotations

import json

from benchmarks.saga import STEPS

WAITS_FOR = dict(zip(STEPS, ("OrderCreated", "PaymentTaken", "StockReserved"), strict=True))


def deploy() -> dict[str, str]:
    """Creates the rules and queues; gives each step's queue URL."""
    import boto3

    events, queues = boto3.client("events"), boto3.client("sqs")
    urls = {}
    for step, kind in WAITS_FOR.items():
        urls[step] = queues.create_queue(QueueName=step)["QueueUrl"]
        pattern = {"source": ["bench"], "detail-type": [kind]}
        events.put_rule(Name=step, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=step, Targets=[{"Id": step, "Arn": arn(urls[step])}])
    return urls


def deploy_functions(urls: dict[str, str], role: str, code: bytes) -> None:
    """Creates a function for each step, and has it poll the step's queue."""
    import boto3

    functions = boto3.client("lambda")
    for step, url in urls.items():
        functions.create_function(
            FunctionName=step, Runtime="python3.11", Handler=f"{step}.on_event", Role=role, Code={"ZipFile": code}
        )
        functions.create_event_source_mapping(EventSourceArn=arn(url), FunctionName=step, BatchSize=1)


def arn(url: str) -> str:
    """Gives a queue's ARN."""
    import boto3

    return str(
        boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    )


def emit(kind: str, order_id: str) -> None:
    """Emits one event about an order."""
    import boto3

    detail = json.dumps({"orderId": order_id})
    boto3.client("events").put_events(Entries=[{"Source": "bench", "DetailType": kind, "Detail": detail}])


def pass_on(urls: dict[str, str], orders: int) -> None:
    """Moves every order through the queues by hand, in the functions' place; raises when one got lost."""
    import boto3

    queues = boto3.client("sqs")
    for step, following in zip(STEPS, (*STEPS[1:], None), strict=True):
        for _ in range(orders):
            (message,) = queues.receive_message(QueueUrl=urls[step])["Messages"]
            detail = json.loads(message["Body"])["detail"]
            if following is not None:
                emit(WAITS_FOR[following], detail["orderId"])
            queues.delete_message(QueueUrl=urls[step], ReceiptHandle=message["ReceiptHandle"])
