"""EventBridge: names of rules, targets, buses, archives and replays, and what they are missed or refused as.

Each function below is one gap: what AWS does, its page, what moto does, and the seam.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from sagalab.aws.early_refusals import constraint

PATTERN, BUS_PATTERN = r"[\.\-_A-Za-z0-9]+", r"[/\.\-_A-Za-z0-9]+"
LONGEST, LONGEST_BUS, LONGEST_PATTERN = 64, 256, 4096  # characters
MOST_TARGETS = 5  # of one rule
STATES = ("ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")


def name_problem(name: Any, field: str, longest: int = LONGEST, pattern: str = PATTERN) -> str | None:
    """Gives what AWS says of a name that cannot be one, or None."""
    if len(str(name)) > longest:
        return constraint(name, field, f"Member must have length less than or equal to {longest}")
    if re.fullmatch(pattern, str(name), re.ASCII) is None:
        return constraint(name, field, f"Member must satisfy regular expression pattern: {pattern}")
    return None


def length_problem(pattern: str | None) -> str | None:
    """Gives what AWS says of an event pattern that is too long, or None."""
    if len(pattern or "") <= LONGEST_PATTERN:
        return None
    return constraint(pattern, "eventPattern", f"Member must have length less than or equal to {LONGEST_PATTERN}")


def _rules() -> None:
    """AWS refuses a rule whose name, state or pattern's length cannot be one; moto takes it.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html. Seam: `EventsBackend.put_rule`.
    """
    from moto.events.exceptions import ValidationException
    from moto.events.models import EventsBackend

    original = EventsBackend.put_rule

    def put_rule(backend: Any, name: str, *args: Any, **fields: Any) -> Any:
        problem, state = name_problem(name, "name"), fields.get("state")
        if not problem and state and state not in STATES:
            problem = constraint(state, "state", f"Member must satisfy enum value set: [{', '.join(STATES)}]")
        if not problem and not fields.get("managed_by"):
            problem = length_problem(fields.get("event_pattern"))
        if problem:
            raise ValidationException(problem)
        return original(backend, name, *args, **fields)

    EventsBackend.put_rule = put_rule


def _missing_rules() -> None:
    """AWS says on which bus a rule is missing that is described, switched, or asked for its targets; moto does not.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html and API_DisableRule. Seams:
    `EventsBackend.describe_rule`, `disable_rule`, `enable_rule` and `list_targets_by_rule`, of the same class.
    """
    from moto.events.exceptions import ResourceNotFoundException
    from moto.events.models import EventsBackend

    described, listed = EventsBackend.describe_rule, EventsBackend.list_targets_by_rule

    def missing(name: str, event_bus_arn: str | None) -> Exception:
        bus = (event_bus_arn or "default").split("/")[-1]
        return ResourceNotFoundException(f"Rule {name} does not exist on EventBus {bus}.")

    def checking(original: Callable[..., Any]) -> Callable[..., Any]:
        def switch(backend: Any, name: str, event_bus_arn: str | None) -> bool:
            if not original(backend, name, event_bus_arn):
                raise missing(name, event_bus_arn)
            return True

        return switch

    def list_targets_by_rule(backend: Any, rule_id: str, event_bus_arn: str | None, **page: Any) -> Any:
        try:
            return listed(backend, rule_id, event_bus_arn, **page)
        except KeyError:
            raise missing(rule_id, event_bus_arn) from None

    def describe_rule(backend: Any, name: str, event_bus_arn: str | None) -> Any:
        try:
            return described(backend, name, event_bus_arn)
        except ResourceNotFoundException as error:
            if str(error.message).startswith(f"Rule {name} does"):
                raise missing(name, event_bus_arn) from None
            raise

    EventsBackend.describe_rule = describe_rule
    EventsBackend.disable_rule = checking(EventsBackend.disable_rule)
    EventsBackend.enable_rule = checking(EventsBackend.enable_rule)
    EventsBackend.list_targets_by_rule = list_targets_by_rule


def _targets() -> None:
    """AWS refuses a target's id that cannot be one, and more than five targets of a rule; moto takes them.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html. Seam: `Rule.put_targets`.
    """
    from moto.core.exceptions import JsonRESTError
    from moto.events.exceptions import ValidationException
    from moto.events.models import Rule

    original = Rule.put_targets

    def put_targets(rule: Any, targets: list[dict[str, Any]]) -> None:
        for number, target in enumerate(targets, 1):
            if problem := name_problem(target["Id"], f"targets.{number}.member.id"):
                raise ValidationException(problem)
        if len({row["Id"] for row in [*rule.targets, *targets]}) > MOST_TARGETS:
            raise JsonRESTError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
        original(rule, targets)

    Rule.put_targets = put_targets


def _buses() -> None:
    """AWS refuses a bus whose name cannot be one, and keeps one that still has rules; moto does neither.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html and API_DeleteEventBus.
    Seams: `EventsBackend.create_event_bus`, `EventsBackend.delete_event_bus`.
    """
    from moto.events.exceptions import ValidationException
    from moto.events.models import EventsBackend

    create, delete = EventsBackend.create_event_bus, EventsBackend.delete_event_bus

    def create_event_bus(backend: Any, name: str, *args: Any, **fields: Any) -> Any:
        if problem := name_problem(name, "name", LONGEST_BUS, BUS_PATTERN):
            raise ValidationException(problem)
        return create(backend, name, *args, **fields)

    def delete_event_bus(backend: Any, name: str) -> None:
        bus = backend.event_buses.get(name)
        if bus is not None and name != "default" and bus.rules:
            raise ValidationException("Event bus can't be deleted since it has rules.")
        delete(backend, name)

    EventsBackend.create_event_bus, EventsBackend.delete_event_bus = create_event_bus, delete_event_bus


def _ages_of_buses() -> None:
    """AWS says of each bus that it lists when it was made and changed; moto only of one that it describes.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EventBus.html
    Seam: `EventsHandler.list_event_buses`.
    """
    from moto.events.responses import EventsHandler

    original = EventsHandler.list_event_buses

    def list_event_buses(handler: Any) -> Any:
        body, headers = original(handler)
        answer = json.loads(body)
        for row in answer["EventBuses"]:
            bus = handler.events_backend.event_buses[row["Name"]]
            row |= {"CreationTime": bus.creation_time, "LastModifiedTime": bus.last_modified_time}
            if bus.description:
                row["Description"] = bus.description
        return json.dumps(answer), headers

    EventsHandler.list_event_buses = list_event_buses


PATCHES: tuple[Callable[[], None], ...] = (_rules, _missing_rules, _targets, _buses, _ages_of_buses)
