"""EventBridge: rules deliver to their targets on virtual time, with transformers, retries and dead letters.

What AWS does: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html,
eb-rule-retry-policy and eb-rule-dlq: each target for itself, up to 24 hours and 185 attempts, then the
dead-letter queue or nothing; a missing target goes there at once.
What moto does: it delivers inside PutEvents, knows few targets, ignores Input, state, retries and dead-letter
queues, and one bad target fails the whole call. Seams: `Rule.send_to_targets`, `EventsBackend.put_events`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from sagalab.aws import detours
from sagalab.aws.current import Origin, cloud, origin
from sagalab.aws.detours import Undeliverable
from sagalab.aws.eventbridge.bus_requests import is_lost, is_malformed, is_whole
from sagalab.aws.eventbridge.transformers import NoJson, Text, compact, transformed
from sagalab.aws.handing_over import to_bus, to_function, to_log_group, to_queue, to_state_machine, to_topic
from sagalab.aws.lambdas.functions import order_of

BACK_OFF = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)  # seconds, the last one repeats


def _send_to_targets(original: Callable[..., Any]) -> Callable[..., Any]:
    def send_to_targets(rule: Any, original_event: dict[str, Any], transform_input: bool = True) -> None:
        if rule.state != "ENABLED" or not rule.event_pattern.matches_event(_visible(original_event)):
            return
        if any(_is_archive(target) for target in rule.targets):
            original(rule, original_event, transform_input)
            return
        event = _visible(original_event)
        here = cloud()
        here.triggered.append((here.clock.now, str(rule.event_bus_name).split("/")[-1], rule.name))
        hand_out = partial(_hand_out, rule, event, [dict(target) for target in rule.targets])
        hand_out()
        here.replays.get(_key(rule.event_bus_name, event), []).append(hand_out)

    return send_to_targets


def _hand_out(rule: Any, event: dict[str, Any], targets: list[dict[str, Any]]) -> None:
    for target in targets:
        cloud().clock.spawn(partial(_deliver, rule, target, event), f"rule {rule.name}")


def _key(bus: str, event: dict[str, Any]) -> str:
    """Tells an event by what it says; moto has given it its id in between."""
    return json.dumps([bus, event.get("source"), event.get("detail-type"), event.get("detail")], sort_keys=True)


def _is_archive(target: dict[str, Any]) -> bool:
    service, resource = target["Arn"].split(":")[2], target["Arn"].split(":", 5)[-1]
    return service == "events" and not resource.strip(":")


def _visible(event: dict[str, Any]) -> dict[str, Any]:
    """Gives the event as targets see it: ISO time, no field of moto's own."""
    from datetime import UTC, datetime

    shown = {name: value for name, value in event.items() if name not in ("ingestion-time", "archive-arn")}
    time = shown.get("time")
    if isinstance(time, int | float):
        shown["time"] = datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return shown


def _deliver(rule: Any, target: dict[str, Any], event: dict[str, Any]) -> None:
    here = cloud()
    started, attempts = here.clock.now, 0
    policy = target.get("RetryPolicy") or {}
    age = float(policy.get("MaximumEventAgeInSeconds", 86400))
    most = int(policy.get("MaximumRetryAttempts", 185))
    while True:
        here.quotas.deliveries.take()
        here.clock.sleep(here.hop())
        try:
            _send(rule, target, event)
        except Undeliverable as error:
            pause = BACK_OFF[min(attempts, len(BACK_OFF) - 1)]
            attempts += 1
            if error.retry and attempts <= most and here.clock.now + pause - started <= age:
                here.clock.sleep(pause)
                continue
            _give_up(rule, target, event, error)
        else:
            here.history.record(
                here.clock.now, "delivered", rule.event_bus_name, order_id=order_of(event),
                cause=origin.get().invocation,
                detail={"rule": rule.name, "to": target["Arn"], "event": event["id"]},
            )  # fmt: skip
        return


def _send(rule: Any, target: dict[str, Any], event: dict[str, Any]) -> None:
    hand_over = partial(send, rule.account_id, rule.region_name, target)
    about = {
        "aws.events.rule-arn": rule.arn,
        "aws.events.rule-name": rule.name,
        "aws.events.event.ingestion-time": f"{cloud().clock.instant:%Y-%m-%dT%H:%M:%SZ}",
    }
    try:
        body = transformed(target, event, about)
    except NoJson as error:
        raise Undeliverable("INVALID_JSON", str(error)) from error
    service, resource = target["Arn"].split(":", 5)[2::3]
    if service in ("lambda", "states"):
        detours.without_queue(resource.split(":")[1], order_of(event), body, hand_over)
    else:
        hand_over(body)


def _give_up(rule: Any, target: dict[str, Any], event: dict[str, Any], error: Undeliverable) -> None:
    here = cloud()
    dead = (target.get("DeadLetterConfig") or {}).get("Arn")
    here.history.record(
        here.clock.now, "dead_lettered" if dead else "delivered", rule.event_bus_name, order_id=order_of(event),
        detail={"rule": rule.name, "to": dead.split(":")[-1] if dead else None, "dropped": not dead,
                "error": error.code, "message": event["id"]},
    )  # fmt: skip
    if dead:
        attributes = {
            "ERROR_CODE": error.code, "ERROR_MESSAGE": str(error), "RULE_ARN": rule.arn, "TARGET_ARN": target["Arn"],
        }  # fmt: skip
        with suppress(Undeliverable):  # Without its dead-letter queue, too, the event is lost.
            to_queue(
                rule.account_id, rule.region_name, dead, compact(event),
                attributes={name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()},
            )  # fmt: skip


def send(account: str, region: str, target: dict[str, Any], body: Any) -> None:
    """Hands one event to one target.

    Raises `Undeliverable`, also for what the target refuses, and `NotSupportedHere` for a kind of target that the local
    cloud lacks.
    """
    from moto.core.exceptions import ServiceException

    try:
        _hand_over(account, region, target, body)
    except ServiceException as error:
        raise Undeliverable(str(error.code), str(error.message)) from error


def _hand_over(account: str, region: str, target: dict[str, Any], body: Any) -> None:
    from sagalab.errors import NotSupportedHere

    arn = target["Arn"]
    service = arn.split(":")[2]
    if service == "sqs":
        group = (target.get("SqsParameters") or {}).get("MessageGroupId")
        to_queue(account, region, arn, _text(body), group)
    elif service == "lambda":
        to_function(account, region, arn, body)
    elif service == "sns":
        to_topic(account, region, arn, _text(body))
    elif service == "states":
        to_state_machine(account, region, arn, compact(body))
    elif service == "events" and ":event-bus/" in arn:
        to_bus(account, region, arn, body)
    elif service == "logs":
        to_log_group(account, region, arn, _text(body))
    else:
        raise NotSupportedHere(f"a rule's target of service {service!r}", where=arn)


def _text(body: Any) -> str:
    return str(body) if isinstance(body, Text) else compact(body)


def _put_events(original: Callable[..., Any]) -> Callable[..., Any]:
    def put_events(backend: Any, events: list[dict[str, Any]], forwarded: bool = False) -> list[dict[str, Any]]:
        here = cloud()
        faults = None if forwarded else here.faults
        failed = faults.failed_entries("events:PutEvents", len(events)) if faults is not None else set()
        malformed = {number for number, event in enumerate(events) if is_malformed(event)}
        # Only AWS's own services speak in their names.
        foreign = {n for n, event in enumerate(events) if not forwarded and str(event.get("Source")).startswith("aws.")}
        taken = [number for number in range(len(events)) if number not in failed | malformed | foreign]
        lost = {number for number in taken if is_lost(backend, events[number])}
        kept = [events[number] for number in taken if number not in lost]
        if failed:
            bus = _bus_of(events[0])
            detours.record("publish_failed", bus, order_of(events[0].get("Detail")))
        for event in kept:
            if is_whole(event):
                _record_published(event)
        for event in kept:
            hand_outs: list[Callable[[], None]] = []
            if (key := _replayed(event, hand_outs)) is not None:
                here.replays[key] = hand_outs
        # Only an invocation's own facts cause what follows: an operator's or a notebook's call has none.
        answers = iter(original(backend, kept) if kept else [])
        here.replays.clear()
        refused = {"ErrorCode": "InternalFailure", "ErrorMessage": "the entry was not accepted; send it again"}
        bad = {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
        mine = {"ErrorCode": "NotAuthorizedForSource", "ErrorMessage": "Not authorized for the source."}
        said = {**dict.fromkeys(foreign, mine), **dict.fromkeys(malformed, bad), **dict.fromkeys(failed, refused)}
        said |= {number: {"EventId": str(here.identifier())} for number in sorted(lost)}
        return [said[number] if number in said else next(answers) for number in range(len(events))]

    return put_events


def _replayed(event: dict[str, Any], hand_outs: list[Callable[[], None]]) -> str | None:
    """Gives the event's key when the archive will hand it out again: to the rules that it is about to meet."""
    bus = _bus_of(event)
    again = detours.replay(bus, order_of(event.get("Detail")), partial(_all, hand_outs))
    try:
        detail = json.loads(event.get("Detail") or "{}")
    except ValueError:
        return None  # The bus will refuse it, so that no archive holds it.
    said = {"source": event.get("Source"), "detail-type": event.get("DetailType"), "detail": detail}
    return _key(bus, said) if again else None


def _all(hand_outs: list[Callable[[], None]]) -> None:
    for hand_out in hand_outs:
        hand_out()


def _bus_of(event: dict[str, Any]) -> str:
    return str(event.get("EventBusName") or "default").split("/")[-1]


def _record_published(event: dict[str, Any]) -> None:
    here, caller = cloud(), origin.get()
    bus = _bus_of(event)
    fact = here.history.record(
        here.clock.now, "published", bus, order_id=order_of(event.get("Detail")), cause=caller.invocation,
        detail={"source": event.get("Source"), "detail_type": event.get("DetailType"), **caller.detail()},
    )  # fmt: skip
    # What the rules deliver from here on was caused by this publication.
    origin.set(Origin(caller.function, fact, caller.execution, caller.operator))


def _restoring_origin(function: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        token = origin.set(origin.get())
        try:
            return function(*args, **kwargs)
        finally:
            origin.reset(token)

    return wrapped


def _deliveries() -> None:
    """See the top of this module. Seams: `Rule.send_to_targets`, `EventsBackend.put_events`."""
    from moto.events.models import EventsBackend, Rule

    Rule.send_to_targets = _send_to_targets(Rule.send_to_targets)
    EventsBackend.put_events = _restoring_origin(_put_events(EventsBackend.put_events))


PATCHES: tuple[Callable[[], None], ...] = (_deliveries,)
