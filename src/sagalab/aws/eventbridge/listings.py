"""EventBridge: rules, targets and buses as they are listed, by name and page by page.

Each function below is one gap: what AWS does, its page, what moto does, and the seam.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

Page = tuple[list[Any], str | None]
MOST = 100  # rows of one page


def place(token: str | None) -> int:
    """Gives the number of the first row of the page that a token stands for."""
    from moto.events.exceptions import ValidationException

    try:
        return int(base64.b64decode(token, validate=True)) if token else 0
    except ValueError:
        raise ValidationException("The value of the parameter NextToken is not valid.") from None


def page(rows: list[Any], token: str | None, limit: Any) -> Page:
    """Gives the rows from a token on, so many as are asked for, and the token of what follows."""
    first = place(token)
    end = first + int(limit or MOST)
    return rows[first:end], base64.b64encode(str(end).encode()).decode() if end < len(rows) else None


def _by_name() -> None:
    """AWS lists rules and buses by their names; moto as they were made.

    eventbridge/latest/APIReference/API_ListRules.html, API_ListRuleNamesByTarget and API_ListEventBuses. Seams:
    `EventsBackend.list_rules`, `EventsBackend.list_rule_names_by_target`, `EventsBackend.list_event_buses`.
    """
    from moto.events.models import EventsBackend

    def rules_of(backend: Any, bus: str | None) -> list[Any]:
        rules = backend._get_event_bus(backend._normalize_event_bus_arn(bus)).rules
        return [rules[name] for name in sorted(rules)]

    def list_rules(
        backend: Any, prefix: str | None = None, event_bus_arn: str | None = None,
        next_token: str | None = None, limit: int | None = None,
    ) -> Page:  # fmt: skip
        rows = [rule for rule in rules_of(backend, event_bus_arn) if rule.name.startswith(prefix or "")]
        return page(rows, next_token, limit)

    def list_rule_names_by_target(
        backend: Any, target_arn: str, event_bus_arn: str | None, next_token: str | None = None, limit: Any = None
    ) -> Page:
        rows = [
            rule for rule in rules_of(backend, event_bus_arn) if any(one["Arn"] == target_arn for one in rule.targets)
        ]
        return page(rows, next_token, limit)

    def list_event_buses(
        backend: Any, name_prefix: str | None = None, next_token: str | None = None, limit: Any = None
    ) -> Page:
        buses = backend.event_buses
        return page([buses[name] for name in sorted(buses) if name.startswith(name_prefix or "")], next_token, limit)

    EventsBackend.list_rules, EventsBackend.list_rule_names_by_target = list_rules, list_rule_names_by_target
    EventsBackend.list_event_buses = list_event_buses


def _targets() -> None:
    """AWS lists each target of a rule once; moto tells pages by ARN, so that two inputs of one queue never end.

    eventbridge/latest/APIReference/API_ListTargetsByRule.html. Seam: `EventsBackend.list_targets_by_rule`.
    """
    from moto.events.models import EventsBackend

    def list_targets_by_rule(
        backend: Any, rule_id: str, event_bus_arn: str | None, next_token: str | None = None, limit: Any = None
    ) -> Page:
        bus = backend._get_event_bus(backend._normalize_event_bus_arn(event_bus_arn))
        return page(list(bus.rules[rule_id].targets), next_token, limit)

    EventsBackend.list_targets_by_rule = list_targets_by_rule


PATCHES: tuple[Callable[[], None], ...] = (_by_name, _targets)
