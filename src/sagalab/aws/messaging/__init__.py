"""SQS and SNS: queues, topics, and what becomes of a message on its way."""

from __future__ import annotations

from sagalab.aws.patching import put_in_place


def install() -> None:
    """Puts the patches of this service in place, in this order."""
    from sagalab.aws.messaging import (
        ages,
        attempts,
        batches,
        fifo_topics,
        filter_policies,
        message_moves,
        message_requests,
        published,
        queue_answers,
        queue_lives,
        queue_protocol,
        queue_requests,
        queues,
        subscription_attributes,
        topic_making,
        topic_requests,
        topics,
    )

    put_in_place(ages, queue_lives, queues, queue_requests, queue_answers, message_requests, attempts, batches)
    put_in_place(queue_protocol, message_moves, published, topic_making, subscription_attributes)
    put_in_place(topics, fifo_topics, filter_policies, topic_requests)
