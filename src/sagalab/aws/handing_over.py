"""How one service hands something over to another: the same for a rule's target, a subscription and a destination."""

from __future__ import annotations

import json
from typing import Any

from sagalab.aws.current import cloud
from sagalab.aws.detours import Undeliverable
from sagalab.aws.lambdas.functions import spec_of

STREAM = "events"  # the log stream that a rule writes to; on AWS each has a random name


def to_queue(
    account: str,
    region: str,
    arn: str,
    body: str,
    group: str | None = None,
    attributes: dict[str, Any] | None = None,
    deduplication: str | None = None,
) -> None:
    """Sends a message to a queue; raises `Undeliverable`."""
    from moto.sqs.models import sqs_backends

    backend = sqs_backends[account][region]
    name = arn.split(":")[-1]
    queue = backend.queues.get(name)
    if queue is None:
        raise Undeliverable("NO_SUCH_QUEUE", f"the queue {name} does not exist")
    if queue.fifo_queue:
        if group is None:
            raise Undeliverable("INVALID_PARAMETER", f"the FIFO queue {name} needs a MessageGroupId")
        if deduplication is None and queue.attributes.get("ContentBasedDeduplication") != "true":
            raise Undeliverable("INVALID_PARAMETER", f"the FIFO queue {name} needs ContentBasedDeduplication")
    else:
        deduplication = None  # A standard queue behind a FIFO topic takes what comes.
    backend.send_message(
        name, body, group_id=group, deduplication_id=deduplication, message_attributes=attributes or {},
        validate_group_id=False,
    )  # fmt: skip


def to_function(account: str, region: str, arn: str, body: Any) -> None:
    """Invokes a function for later; raises `Undeliverable`."""
    from moto.awslambda.models import lambda_backends

    try:
        function = lambda_backends[account][region].get_function(arn)
    except Exception as error:
        raise Undeliverable("RESOURCE_NOT_FOUND", f"the function {arn} does not exist") from error
    from sagalab.aws.lambdas import asynchronous

    here = cloud()
    if here.functions.is_throttled(function.function_name):
        raise Undeliverable("THROTTLING", "Rate Exceeded.", retry=True)
    here.clock.spawn(lambda: asynchronous.invoke(function, body), f"async {spec_of(function).name}")


def to_topic(account: str, region: str, arn: str, body: str) -> None:
    """Publishes to a topic; raises `Undeliverable`."""
    from moto.sns.models import sns_backends

    backend = sns_backends[account][region]
    if arn not in backend.topics:
        raise Undeliverable("RESOURCE_NOT_FOUND", f"the topic {arn} does not exist")
    backend.publish(message=body, arn=arn)


def to_state_machine(account: str, region: str, arn: str, body: str) -> None:
    """Starts an execution; raises `Undeliverable`."""
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends

    backend = stepfunctions_parser_backends[account][region]
    try:
        backend.start_execution(arn, str(cloud().identifier()), body)
    except Exception as error:
        raise Undeliverable("RESOURCE_NOT_FOUND", f"{arn}: {error}") from error


def to_log_group(account: str, region: str, arn: str, text: str) -> None:
    """Writes a line to a log group; raises `Undeliverable`."""
    from moto.logs.models import logs_backends

    backend, name = logs_backends[account][region], arn.split(":")[6]
    if name not in backend.groups:
        raise Undeliverable("RESOURCE_NOT_FOUND", f"the log group {name} does not exist")
    if STREAM not in backend.groups[name].streams:
        backend.create_log_stream(name, STREAM)
    backend.put_log_events(name, STREAM, [{"timestamp": int(cloud().clock.timestamp() * 1000), "message": text}])


def to_bus(account: str, region: str, arn: str, event: dict[str, Any]) -> None:
    """Puts an event on another bus."""
    from moto.events.models import events_backends

    entry = {
        "Source": event["source"],
        "DetailType": event["detail-type"],
        "Detail": json.dumps(event["detail"]),
        "Resources": event.get("resources") or [],
        "EventBusName": arn.split("/")[-1],
    }
    # The cloud's own hand-over: no client is there to see FailedEntryCount and send again.
    events_backends[account][region].put_events([entry], forwarded=True)
