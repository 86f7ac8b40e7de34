"""Lambda: event source mappings, the pollers that hand a queue's messages to functions.

What AWS does: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html (batches, receive counts,
partial failures, a paused poller counts no receive) and services-sqs-scaling.html (concurrency).
What moto does: it calls the function inside the sender's SendMessage, one message at a time, with a receive count of
"1". Seam: `LambdaBackend.create_event_source_mapping`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sagalab.aws.current import Origin, cloud, origin, running
from sagalab.aws.lambdas.functions import Outcome, spec_of
from sagalab.aws.lambdas.mapping_requests import passes
from sagalab.aws.lambdas.queue_records import record_of

THROTTLE_PAUSE = 5.0  # seconds that a poller waits while its function is throttled or down


def _create_mapping(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_event_source_mapping(backend: Any, spec: dict[str, Any]) -> Any:
        mapping = original(backend, spec)
        watch(backend, mapping)
        return mapping

    return create_event_source_mapping


def watch(backend: Any, mapping: Any) -> None:
    """Starts the poller of a mapping whose source is a queue."""
    here = cloud()
    if ":sqs:" not in mapping.event_source_arn or mapping.uuid in here.queues.polled:
        return
    here.queues.polled.add(mapping.uuid)
    token = origin.set(Origin())
    try:
        here.clock.spawn(lambda: _poll(backend, mapping), f"poller {mapping.uuid}")
    finally:
        origin.reset(token)


def _poll(backend: Any, mapping: Any) -> None:
    from moto.sqs.models import sqs_backends

    here = cloud()
    sqs = sqs_backends[backend.account_id][backend.region_name]
    while running() is here and mapping.uuid in backend._event_source_mappings:
        queue = next((q for q in sqs.queues.values() if q.queue_arn == mapping.event_source_arn), None)
        if queue is None:
            return
        function = _function_of(backend, mapping)
        pause = _pause(mapping, function)
        if pause is not None:
            here.clock.wait(here.queues.waiters.setdefault(queue.queue_arn, []), pause)
            continue
        if _is_full(mapping):
            here.clock.wait(here.queues.waiters.setdefault(queue.queue_arn, []))
            continue
        if (left := _gathers_for(mapping, queue)) > 0:
            here.clock.wait(here.queues.waiters.setdefault(queue.queue_arn, []), left)
            continue
        if queue.messages:
            here.quotas.invocations.take()  # first: what waits for its turn waits in the queue, not in flight
        messages = sqs.receive_message(queue.name, _most(mapping), 0, int(queue.visibility_timeout), ["All"])
        messages = _let_through(mapping, queue, messages)
        if messages:
            here.queues.under_way[mapping.uuid] = here.queues.under_way.get(mapping.uuid, 0) + 1
            here.clock.spawn(partial(_hand_over, function, mapping, queue, messages), "batch")
        else:
            here.clock.wait(here.queues.waiters.setdefault(queue.queue_arn, []), _next_visible(queue))


def _is_full(mapping: Any) -> bool:
    """Says whether a mapping has as many batches under way as its ScalingConfig allows.

    What it may not hand over stays in the queue and counts no receive: lambda/latest/dg/services-sqs-scaling.html.
    """
    most = (mapping.scaling_config or {}).get("MaximumConcurrency")
    return most is not None and cloud().queues.under_way.get(mapping.uuid, 0) >= int(most)


def _most(mapping: Any) -> int:
    return int(mapping.batch_size or 10)


def _gathers_for(mapping: Any, queue: Any) -> float:
    """Gives the seconds for which the poller still waits for its batch to fill.

    lambda/latest/dg/services-sqs-configure.html. On AWS the messages of a batch that fills are received already; here
    they lie in the queue until it goes.
    """
    here, window = cloud(), float(mapping.max_batch_window or 0)
    if not window or not queue.messages:
        here.queues.gathering.pop(mapping.uuid, None)  # Purged, or taken by somebody else: the next one begins anew.
        return 0.0
    since = here.queues.gathering.setdefault(mapping.uuid, here.clock.now)
    left = since + window - here.clock.now
    if left > 0 and len(queue.messages) < _most(mapping):
        return left
    del here.queues.gathering[mapping.uuid]
    return 0.0


def _let_through(mapping: Any, queue: Any, messages: list[Any]) -> list[Any]:
    """Deletes what the mapping's filters hold back, and gives the rest."""
    kept = []
    for message in messages:
        if passes(mapping, record_of(mapping, queue, message)):
            kept.append(message)
        else:
            _delete_quietly(queue, message)
    return kept


def _function_of(backend: Any, mapping: Any) -> Any:
    return backend.get_function(mapping.function_arn)


def _pause(mapping: Any, function: Any) -> float | None:
    """Gives how long the poller stands still: disabled, or its consumer down or throttled."""
    here = cloud()
    if str(mapping.enabled).lower() == "false":
        return 60.0
    name = function.function_name
    if here.faults is not None and here.faults.consumer_down(name):
        if name not in here.queues.stopped:
            here.queues.stopped.add(name)
            here.history.record(here.clock.now, "fault", "consumer_down", detail={"target": name})
        return THROTTLE_PAUSE
    if here.functions.is_throttled(name):
        return THROTTLE_PAUSE
    rest = here.queues.rest_until.get(mapping.uuid, 0.0) - here.clock.now
    return rest if rest > 0 else None


def _next_visible(queue: Any) -> float | None:
    """Gives the seconds until the next message shows up by itself, or None."""
    now = cloud().clock.timestamp() * 1000
    waits = [max(m.visible_at, m.delayed_until) - now for m in queue._messages if not (m.visible and not m.delayed)]
    # Visibility ends strictly after its instant, hence the extra millisecond.
    return max(0.0, min(waits)) / 1000 + 0.001 if waits else None


def _hand_over(function: Any, mapping: Any, queue: Any, messages: list[Any]) -> None:
    """Invokes the function with a batch, and deletes what it finished.

    A function at its reserved concurrency gets nothing: the messages show up again once their visibility timeout is
    over, with a receive more, and the poller rests.
    """
    here = cloud()
    here.clock.sleep(here.hop())
    cause = here.queues.causes.get(messages[0].id)
    token = origin.set(Origin(invocation=cause))
    try:
        if here.functions.is_at_limit(function):
            here.queues.rest_until[mapping.uuid] = here.clock.now + THROTTLE_PAUSE
            return
        event = {"Records": [record_of(mapping, queue, message) for message in messages]}
        outcome = here.functions.invoke(spec_of(function), event)
        for message in _done(mapping, messages, outcome):
            _delete_quietly(queue, message)
    finally:
        if _is_full(mapping):
            here.queues.wake(queue)
        here.queues.under_way[mapping.uuid] -= 1
        origin.reset(token)


def _done(mapping: Any, messages: list[Any], outcome: Outcome) -> list[Any]:
    """Gives the messages that the batch finished: all, none, or all but the reported failures."""
    if outcome.error is not None:
        return []
    if "ReportBatchItemFailures" not in (mapping.function_response_types or []):
        return messages
    answer = outcome.payload
    if answer in (None, {}, "") or not isinstance(answer, dict):
        return messages
    failures = answer.get("batchItemFailures") or []
    try:
        failed = {row["itemIdentifier"] for row in failures}
    except (TypeError, KeyError):
        return []  # AWS takes an unreadable answer for a failed batch.
    known = {message.id for message in messages}
    if not failed <= known:
        return []
    return [message for message in messages if message.id not in failed]


def _delete_quietly(queue: Any, message: Any) -> None:
    from moto.sqs.exceptions import ReceiptHandleIsInvalid

    try:
        queue.delete_message(message.receipt_handle)
    except ReceiptHandleIsInvalid:
        pass  # The queue was purged, or the message moved on after its visibility ended.


def _pollers() -> None:
    """See the top of this module. Seam: `LambdaBackend.create_event_source_mapping`."""
    from moto.awslambda.models import LambdaBackend

    LambdaBackend.create_event_source_mapping = _create_mapping(LambdaBackend.create_event_source_mapping)


PATCHES: tuple[Callable[[], None], ...] = (_pollers,)
