"""What faults do to a message on its way: it comes twice, late, behind the next one, malformed, or again much later.

The plan is asked once for each message that enters a queue, and once for each that a rule or a topic hands to a
function or a state machine without a queue between them.
"""

from __future__ import annotations

import contextvars
import copy
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from sagalab.aws.current import cloud, origin
from sagalab.aws.lambdas.functions import order_of
from sagalab.aws.messaging.sightings import note


class Undeliverable(Exception):
    """A target that cannot be reached: `code` as AWS names it; `retry` says whether to try again."""

    def __init__(self, code: str, message: str, retry: bool = False) -> None:
        super().__init__(message)
        self.code, self.retry = code, retry


BEHIND = 1.0  # seconds by which a message that is overtaken comes after the other


def record(kind: str, place: str, order_id: str | None, **detail: Any) -> None:
    """Writes into the history that a fault struck a message at this place."""
    here = cloud()
    here.history.record(
        here.clock.now, "fault", kind, order_id=order_id, cause=origin.get().invocation,
        detail={"target": place, **detail},
    )  # fmt: skip


def on_queue(queue: Any, message: Any) -> None:
    """Lets a fault strike a message that has just entered its queue."""
    here = cloud()
    if here.faults is None:
        return
    order_id = order_of(message.body)
    _release_held(queue)
    detour = here.faults.on_message(queue.name, order_id)
    if queue.fifo_queue:
        _keep_group(queue, message)
    if detour is None:
        return
    record(detour.kind, queue.name, order_id, message=message.id)
    if detour.kind == "duplicated":
        twin = copy.deepcopy(message)
        here.clock.at(here.clock.now + detour.after, partial(_append, queue, twin))
        return
    message.delayed_until = max(message.delayed_until, _millis(detour.after))
    if detour.kind == "reordered":
        here.queues.held.setdefault(queue.queue_arn, []).append((message, BEHIND))
    elif detour.kind == "poison":
        message.body = malformed(message.body)
        here.queues.orders[message.id] = order_id
        here.queues.held.setdefault(queue.queue_arn, []).append((message, 0.0))
    note(queue, "changed", message)


def _append(queue: Any, twin: Any) -> None:
    queue._messages.append(twin)
    note(queue, "in", twin)
    cloud().queues.wake(queue)


def _millis(after: float) -> float:
    return (cloud().clock.timestamp() + after) * 1000


def _release_held(queue: Any) -> None:
    """Lets the messages go that have waited for this one."""
    for message, behind in cloud().queues.held.pop(queue.queue_arn, []):
        message.delayed_until = min(message.delayed_until, _millis(behind))
        note(queue, "changed", message)


def _keep_group(queue: Any, message: Any) -> None:
    """Nothing overtakes in a group of a FIFO queue: a message waits for the one before it."""
    before = [
        one.delayed_until
        for one in queue._messages
        if one is not message and one.group_id == message.group_id and one.delayed
    ]
    message.delayed_until = max([message.delayed_until, *before])


def malformed(body: str) -> str:
    """Gives a text that is no JSON, and of which half is missing."""
    return "{" + body[: len(body) // 2]


def without_queue(place: str, order_id: str | None, event: Any, hand_over: Callable[[Any], None]) -> None:
    """Hands an event to a function or a state machine, and lets a fault strike it on the way."""
    here = cloud()
    detour = here.faults.on_message(place, order_id) if here.faults is not None else None
    if detour is None:
        hand_over(event)
        return
    record(detour.kind, place, order_id)
    if detour.kind == "poison":
        hand_over(_spoiled(event))
    elif detour.kind == "duplicated":
        hand_over(event)
        here.clock.spawn(partial(_later, detour.after, hand_over, event), f"duplicate for {place}")
    else:
        here.clock.sleep(detour.after)
        hand_over(event)


def _later(after: float, hand_over: Callable[[Any], None], event: Any) -> None:
    cloud().clock.sleep(after)
    with suppress(Undeliverable):  # Nobody waits for a duplicate that does not arrive.
        hand_over(event)


def _spoiled(event: Any) -> Any:
    """Gives the event with its content gone: an event's detail, a topic's message, or all of it."""
    if isinstance(event, dict) and "detail" in event:
        return {**event, "detail": {}}
    if isinstance(event, dict) and "Records" in event:
        rows = [{**row, "Sns": {**row["Sns"], "Message": malformed(row["Sns"]["Message"])}} for row in event["Records"]]
        return {**event, "Records": rows}
    return {}


def refused_entries(api: str, place: str, ids: list[str], texts: list[str]) -> list[dict[str, Any]]:
    """Gives AWS's answer for the entries of a batch that a fault lets fail, although the call succeeds."""
    here = cloud()
    failed = here.faults.failed_entries(api, len(ids)) if here.faults is not None else set()
    for number in failed:
        record("publish_failed", place, order_of(texts[number]))
    return [
        {"Id": ids[number], "SenderFault": False, "Code": "InternalError", "Message": "not accepted; send it again"}
        for number in sorted(failed)
    ]


def replay(bus: str, order_id: str | None, hand_out: Callable[[], object]) -> bool:
    """Hands an event out once more, much later, when a fault replays the archive; says whether it will."""
    here = cloud()
    after = here.faults.on_published(bus, order_id) if here.faults is not None else None
    if after is None:
        return False
    # What follows was caused by whoever published the event, not by the clock.
    context = contextvars.copy_context()

    def again() -> None:
        record("replayed", bus, order_id)
        hand_out()

    here.clock.at(here.clock.now + after, lambda: context.run(again))
    return True
