"""SQS and SNS: queues, topics, and what becomes of a message on its way."""

from __future__ import annotations


def install() -> None:
    """Puts the patches of this service in place; where two hold on to one place, the later stands in front."""
    from sagalab.aws.messaging import (
        filter_policies,
        message_moves,
        message_requests,
        queue_requests,
        queues,
        topic_requests,
        topics,
    )

    for module in (queues, queue_requests, message_requests, message_moves, topics, filter_policies, topic_requests):
        module.install()
