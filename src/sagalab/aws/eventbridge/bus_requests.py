"""EventBridge: patterns, targets and entries as they are handed in, and what of them is refused.

Each function below is one gap: what AWS does, its page, what moto does, and the seam.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from sagalab.aws.current import cloud
from sagalab.aws.early_refusals import constraint
from sagalab.aws.eventbridge.matching import event_problem, matches
from sagalab.aws.eventbridge.names import length_problem
from sagalab.aws.eventbridge.pattern_texts import pattern_text_problem
from sagalab.aws.eventbridge.patterns import pattern_problem
from sagalab.aws.eventbridge.transformers import target_problem

TARGETS = {  # service → what an ARN of a target says of it
    "lambda": re.compile(r"function:[A-Za-z0-9_-]{1,64}(:[$A-Za-z0-9_-]+)?"),
    "sqs": re.compile(r"[A-Za-z0-9_-]{1,80}(\.fifo)?"),
    "sns": re.compile(r"[A-Za-z0-9_-]{1,256}(\.fifo)?"),
    "states": re.compile(r"stateMachine:[^:\s]{1,80}(:[\w.-]+)?"),  # a version or an alias behind it
    "events": re.compile(r"event-bus/[\w./-]+"),
    "logs": re.compile(r"log-group:[\w./#-]+(:\*)?"),
}
ARN = re.compile(r"arn:aws[a-z-]*:([a-z0-9-]+):[a-z]{2}-[a-z-]+-\d:\d{12}:(\S+)")
LARGEST = 1024 * 1024  # bytes of all entries of one PutEvents
MOST = 10  # entries of one PutEvents
MOST_RETRIES = {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86400}


def _checked_patterns() -> None:
    """AWS refuses a pattern with a misspelt operator; moto takes one for an operator that always matches.

    eventbridge/latest/userguide/eb-create-pattern-operators.html. Seam: `EventPatternParser.parse`.
    """
    from moto.events.exceptions import InvalidEventPatternException
    from moto.events.models import EventPatternParser

    original = EventPatternParser.parse

    def parse(parser: Any) -> Any:
        if not parser.pattern:
            return original(parser)
        try:
            pattern = json.loads(parser.pattern)
        except ValueError as error:
            raise InvalidEventPatternException(reason=f"Invalid JSON: {error}") from error
        if problem := pattern_problem(pattern):
            # A notebook is told of the likely slip; whoever reaches a served cloud, what AWS says.
            said = pattern_text_problem(parser.pattern, pattern) if cloud().address else None
            raise InvalidEventPatternException(reason=said or problem)
        return pattern

    EventPatternParser.parse = parse


def _matching() -> None:
    """AWS looks into objects of an array and keeps numbers from booleans; moto does not.

    eventbridge/latest/userguide/eb-event-patterns-arrays.html. A rule without a pattern, such as an archive's, takes
    every event. Seam: `EventPattern.matches_event`.
    """
    from moto.events.models import EventPattern

    def matches_event(pattern: Any, event: dict[str, Any]) -> bool:
        return not pattern._pattern or matches(pattern._pattern, event)

    EventPattern.matches_event = matches_event


def _trying_patterns() -> None:
    """AWS says whether an event would match a pattern; moto answers nothing.

    eventbridge/latest/APIReference/API_TestEventPattern.html. Seam: `EventsHandler.test_event_pattern`.
    """
    from moto.events.exceptions import InvalidEventPatternException, ValidationException
    from moto.events.models import EventPattern, EventPatternParser
    from moto.events.responses import EventsHandler

    def test_event_pattern(response: Any) -> Any:
        text, event = response._get_param("EventPattern"), response._get_param("Event")
        if not text:
            raise InvalidEventPatternException(reason="Invalid JSON: it is empty")
        if problem := length_problem(text):
            raise ValidationException(problem)
        pattern = EventPattern(text, EventPatternParser(text).parse())
        if problem := event_problem(event):
            why = "" if cloud().address else f": {problem}"  # AWS does not say what is wrong with it.
            raise ValidationException(f"Parameter Event is not valid{why}.")
        return json.dumps({"Result": pattern.matches_event(json.loads(event))}), response.response_headers

    EventsHandler.test_event_pattern = test_event_pattern


def _checked_targets() -> None:
    """AWS refuses two inputs for one target, an unknown placeholder, an ARN that is none, retries without end, and a
    state machine without a role that may start it; moto takes them all.

    What nobody could deliver to here is refused by name.
    eventbridge/latest/APIReference/API_PutTargets.html. Seam: `EventsBackend.put_targets`.
    """
    from moto.core.exceptions import JsonRESTError
    from moto.events.exceptions import ValidationException
    from moto.events.models import EventsBackend

    original = EventsBackend.put_targets

    def put_targets(backend: Any, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]) -> None:
        for number, target in enumerate(targets, 1):
            if problem := target_problem(target) or limit_problem(target, number):
                raise ValidationException(problem)
            if target["Arn"].endswith(":::") and target["Arn"].split(":")[2] == "events":
                continue  # moto's own way to an archive
            found = ARN.fullmatch(target["Arn"])
            if found is None or (found[1] in TARGETS and TARGETS[found[1]].fullmatch(found[2]) is None):
                words = f"Parameter {target['Arn']} is not valid. Reason: Provided Arn is not in correct format."
                raise ValidationException(words)
            if found[1] not in TARGETS:
                words = f"targets of {found[1]} exist on AWS, but not in the local cloud of this course"
                raise JsonRESTError("NotSupportedHere", words)
            if found[1] == "states" and not target.get("RoleArn") and not _role_of(backend, name, event_bus_arn):
                raise ValidationException(f"RoleArn is required for target {target['Arn']}.")
        original(backend, name, event_bus_arn, targets)

    EventsBackend.put_targets = put_targets


def _role_of(backend: Any, name: str, event_bus_arn: str | None) -> str | None:
    bus = backend.event_buses.get(str(event_bus_arn or "default").split("/")[-1])
    rule = bus.rules.get(name) if bus else None
    return rule.role_arn if rule else None


def limit_problem(target: dict[str, Any], number: int) -> str | None:
    """Gives what AWS says of a target's retry policy out of bounds, or None."""
    for name, most in MOST_RETRIES.items():
        value = (target.get("RetryPolicy") or {}).get(name)
        if value is not None and int(value) > most:
            field = f"targets.{number}.member.retryPolicy.{name[0].lower()}{name[1:]}"
            return constraint(value, field, f"Member must have value less than or equal to {most}")
    return None


def _entries_within_limits() -> None:
    """AWS refuses more than 10 entries and more than 1 MB of them; moto counts them alone, after our facts are written.

    eventbridge/latest/userguide/eb-putevents.html. Seam: `EventsBackend.put_events`.
    """
    from moto.events.exceptions import ValidationException
    from moto.events.models import EventsBackend

    original = EventsBackend.put_events

    def put_events(backend: Any, events: list[dict[str, Any]], *args: Any, **fields: Any) -> Any:
        if len(events) > MOST:
            raise ValidationException(
                constraint(
                    "[PutEventsRequestEntry]", "entries", f"Member must have length less than or equal to {MOST}"
                )
            )
        if sum(size_of(event) for event in events) > LARGEST:
            raise ValidationException("Total size of the entries in the request is over the limit.")
        return original(backend, events, *args, **fields)

    EventsBackend.put_events = put_events


def size_of(entry: dict[str, Any]) -> int:
    """Gives the bytes of an entry as EventBridge counts them: eb-putevents.html#eb-putevent-size."""
    texts = [entry.get(name) for name in ("Source", "DetailType", "Detail")] + list(entry.get("Resources") or [])
    return (14 if entry.get("Time") else 0) + sum(len(str(text).encode()) for text in texts if text)


def is_malformed(entry: dict[str, Any]) -> bool:
    """Says whether the Detail of a PutEvents entry is there and no JSON object; moto takes any JSON.

    eventbridge/latest/APIReference/API_PutEventsRequestEntry.html.
    """
    detail = entry.get("Detail")
    if not detail:
        return False  # Another error of the entry, which moto knows.
    try:
        return not isinstance(json.loads(detail), dict)
    except (TypeError, ValueError, RecursionError):
        return True


def is_whole(entry: dict[str, Any]) -> bool:
    """Says whether a PutEvents entry has all that one needs; any other is refused."""
    return all(entry.get(name) for name in ("Source", "DetailType", "Detail"))


def is_lost(backend: Any, entry: dict[str, Any]) -> bool:
    """Says whether a whole PutEvents entry is for a bus that is not there: AWS takes it, and no rule ever sees it.

    moto refuses the call. eventbridge/latest/userguide/eb-putevents.html.
    """
    return is_whole(entry) and str(entry.get("EventBusName") or "default").split("/")[-1] not in backend.event_buses


PATCHES: tuple[Callable[[], None], ...] = (
    _checked_patterns, _matching, _trying_patterns, _checked_targets, _entries_within_limits,
)  # fmt: skip
