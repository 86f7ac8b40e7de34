"""Correct orchestrations that differ from the reference; the services are the reference's."""

from __future__ import annotations

from tests.judgement.right.pieces import answers
from tests.submissions.recipes import Notebook, edited


def jsonata(notebook: Notebook) -> Notebook:
    """Writes the flow in JSONata: variables instead of result paths, one catch for both refusals, functions by ARN.

    The variables are set before the first call, and whatever refuses leads to the same choice.
    """
    return answers(notebook, "jsonata")


def nested_saga(notebook: Notebook) -> Notebook:
    """Buys in a nested execution that undoes itself and says in its output whether it bought; the order only chooses.

    A child that fails for good fails its parent: nothing is cancelled on a guess.
    """
    return answers(notebook, "nested_saga")


def queue_in_front(notebook: Notebook) -> Notebook:
    """Starts through a queue, under other names; the ARN follows from the order id before the execution runs.

    The name is the idempotency key of the start, however often the message comes.
    """
    return edited(
        answers(notebook, "queue_in_front"),
        {
            "plans": [
                ('"notification")}', '"notification")} | {"orders-dlq": "orders"}'),
                ('json.loads(message["Body"])["detail"]["orderId"]',
                 'message.get("MessageAttributes", {}).get("orderId", {}).get("StringValue") '
                 'or json.loads(message["Body"])["detail"]["orderId"]'),
                ("MaxNumberOfMessages=10, VisibilityTimeout=0)",
                 'MaxNumberOfMessages=10, VisibilityTimeout=0, MessageAttributeNames=["All"])'),
            ]
        },
    )  # fmt: skip


def task_token(notebook: Notebook) -> Notebook:
    """Reserves by a callback: the state sends a message with its task token and waits until a worker answers.

    The queue retries and parks; the state waits a day, so that a redriven message still finds it.
    """
    lambda_resource = (
        '"ReserveStock": task(reserve_stock, "ConfirmOrder", catch=caught("OutOfStock", "RefundPayment")),'
    )
    return edited(
        answers(notebook, "task_token"),
        {
            "order-flow": [
                ('reserve_stock = deploy_function("reserve-stock", "inventory.reserve_task", "inventory")\n',
                 'reserve_stock = deploy_function("reserve-stock", "inventory.answer_tasks", "inventory")\n'
                 'parked = sqs.create_queue(QueueName="reservations-dlq")["QueueUrl"]\n'
                 'policy = {"deadLetterTargetArn": queue_arn(parked), "maxReceiveCount": 7}\n'
                 'REQUESTS = sqs.create_queue(QueueName="reservations", Attributes={"VisibilityTimeout": "180", '
                 '"RedrivePolicy": json.dumps(policy)})["QueueUrl"]\n'
                 "functions.create_event_source_mapping(EventSourceArn=queue_arn(REQUESTS), FunctionName=reserve_stock, "
                 "BatchSize=1)\n"),
                ("def caught(",
                 "def queue_arn(url):\n"
                 '    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]\n'
                 "\n\ndef caught("),
                (lambda_resource,
                 '"ReserveStock": {\n'
                 '            "Type": "Task",\n'
                 '            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",\n'
                 '            "Parameters": {"QueueUrl": REQUESTS, "MessageBody": {\n'
                 '                "orderId.$": "$.orderId", "correlationId.$": "$.correlationId", "token.$": "$$.Task.Token"}},\n'
                 '            "TimeoutSeconds": 86400,\n'
                 '            "ResultPath": None,\n'
                 '            "Retry": [BUSINESS, {"ErrorEquals": ["States.Timeout"], "MaxAttempts": 0}, TRANSIENT],\n'
                 '            "Catch": caught("OutOfStock", "RefundPayment"),\n'
                 '            "Next": "ConfirmOrder",\n        },'),
            ]
        },
    )  # fmt: skip
