"""What a state machine's definition says: its states, their transitions, the resources behind its tasks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_INTEGRATION = re.compile(r"^arn:aws[\w-]*:states:[^:]*:[^:]*:(?:aws-sdk:)?(\w+):(\w+)")
_QUOTED = re.compile(r"""'([^']+)'|"([^"]+)\"""")
_TARGETS = {  # service -> the kind of resource, and the parameter that names it
    "lambda": ("function", "FunctionName"),
    "sqs": ("queue", "QueueUrl"),
    "sns": ("topic", "TopicArn"),
    "dynamodb": ("table", "TableName"),
    "states": ("state_machine", "StateMachineArn"),
    "sfn": ("state_machine", "StateMachineArn"),
}


@dataclass(frozen=True)
class Target:
    """A resource that a task names: its `kind`, and candidates for its name, ARN or URL.

    A name that is computed when the workflow runs gives the texts that stand in the expression.
    """

    kind: str
    names: tuple[str, ...]
    fixed: bool = True


@dataclass
class State:
    """One state, with the states it may lead to; `caught` are those that a Catch leads to."""

    name: str
    type: str
    following: list[str] = field(default_factory=list)
    caught: list[str] = field(default_factory=list)
    first_inside: list[str] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)


@dataclass(frozen=True)
class Definition:
    """The states of a machine, those inside of Parallel and Map included."""

    start: str
    states: dict[str, State]

    def healthy(self) -> set[str]:
        """Gives the states that can be reached without any Catch."""
        return self._reached(self.start)

    def _reached(self, start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            name = waiting.pop()
            if name in seen or name not in self.states:
                continue
            seen.add(name)
            state = self.states[name]
            waiting += state.following + state.first_inside
        return seen


def read(definition: str) -> Definition:
    """Reads an ASL text; what is no ASL gives a definition without states."""
    try:
        root = json.loads(definition)
    except ValueError:
        return Definition("", {})
    states: dict[str, State] = {}
    start = _walk(root, states)
    return Definition(start, states)


def _walk(machine: Any, states: dict[str, State]) -> str:
    if not isinstance(machine, dict) or not isinstance(machine.get("States"), dict):
        return ""
    for name, row in machine["States"].items():
        if not isinstance(row, dict):
            continue
        state = State(str(name), str(row.get("Type", "")))
        states[state.name] = state
        state.following += [str(row[key]) for key in ("Next", "Default") if row.get(key)]
        state.following += [str(choice["Next"]) for choice in _rows(row.get("Choices")) if choice.get("Next")]
        state.caught += [str(catch["Next"]) for catch in _rows(row.get("Catch")) if catch.get("Next")]
        inside = [*_rows(row.get("Branches")), *_rows([row.get("ItemProcessor"), row.get("Iterator")])]
        state.first_inside += [_walk(branch, states) for branch in inside]
        if state.type == "Task":
            state.targets += _targets(row)
    return str(machine.get("StartAt", ""))


def _rows(value: Any) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _targets(row: dict[str, Any]) -> Iterator[Target]:
    resource = str(row.get("Resource", ""))
    given = row.get("Arguments", row.get("Parameters"))
    parameters = given if isinstance(given, dict) else {}
    integration = _INTEGRATION.match(resource)
    if not integration:
        if ":lambda:" in resource and ":function:" in resource:
            yield Target("function", (resource,))
        elif resource.startswith("{%"):
            yield _named("function", resource)
        return
    service = integration[1].lower()
    if service in ("events", "eventbridge"):
        entries = parameters.get("Entries")
        for entry in _rows(entries) or [{}]:
            yield _found("bus", "EventBusName", entry) or Target("bus", ("default",))
    elif service in _TARGETS:
        kind, name = _TARGETS[service]
        target = _found(kind, name, parameters) or _found(kind, "TargetArn", parameters)
        if target is not None:
            yield target


def _found(kind: str, name: str, parameters: dict[str, Any]) -> Target | None:
    if f"{name}.$" in parameters:
        return _named(kind, "{%" + str(parameters[f"{name}.$"]) + "%}")
    return _named(kind, str(parameters[name])) if name in parameters else None


def _named(kind: str, value: str) -> Target:
    """Takes a fixed name as it is; of an expression it takes the quoted texts."""
    if not value.strip().startswith("{%"):
        return Target(kind, (value,))
    return Target(kind, tuple(one or other for one, other in _QUOTED.findall(value)), fixed=False)
