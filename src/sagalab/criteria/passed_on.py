"""What states hand on to each other: which one's answer took the place of the input that a failed task needed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from sagalab.deployment import Deployment
from sagalab.history import Fact, History

NAMELESS = ("KeyError", "UnknownOrder", "TypeError")  # what a function fails with that was given no order
ANSWERING = ("Task", "Parallel", "Map")  # types of states whose answer becomes the next one's input
MOST_FAILURES = 50  # of one run that are looked into: a flood has thousands, and all alike
States = dict[str, dict[str, Any]]


class Task(NamedTuple):
    """A task that failed in its function: who took its input away, or the key that the input never had."""

    state: str
    function: str
    error: str
    order_lost: bool  # the execution names an order, and the function was given none
    taken_by: str = ""
    caught: bool = False
    never_given: str = ""
    answered: bool = False  # that state hands on what its function returned, by its OutputPath


def failed_tasks(history: History, deployment: Deployment) -> Iterator[Task]:
    """Gives each task that failed in its function, in the order of the run."""
    machines = {machine.name: _states(machine.definition) for machine in deployment.state_machines}
    failures = (fact for fact in history.of("state") if fact.detail.get("type") == "TaskFailed")
    for failed in islice(failures, MOST_FAILURES):
        if failed.cause is None:
            continue
        execution, name = history[failed.cause], failed.detail.get("execution")
        ours = [fact for fact in history.of("state") if fact.detail.get("execution") == name]
        called = [
            fact
            for fact in history.of("invocation")
            if fact.detail.get("execution") == name and fact.index < failed.index and "error" in fact.detail
        ]
        states = machines.get(execution.what, {})
        if called and failed.what in states:
            taken_by, caught, first = _taken_by([fact for fact in ours if fact.index < failed.index], failed, states)
            key = _read_of_the_event(failed) if first and _gets_everything(states[failed.what]) else ""
            lost = execution.order_id is not None and called[-1].order_id is None
            answered = states.get(taken_by, {}).get("OutputPath") == "$.Payload"
            yield Task(
                failed.what, called[-1].what, str(failed.detail.get("error")), lost, taken_by, caught, key, answered
            )  # fmt: skip


def _taken_by(before: list[Fact], failed: Fact, states: States) -> tuple[str, bool, bool]:
    """Gives the last state before a failed one that did not hand on its input, and whether it did so by its catcher.

    The third value says that no state before could have changed the input.
    """
    first, following = True, failed.what
    for place in range(len(before) - 1, -1, -1):
        fact = before[place]
        if not str(fact.detail.get("type")).endswith("StateEntered") or fact.what == failed.what:
            continue
        state = states.get(fact.what, {})
        if state.get("Type") in ANSWERING:
            first = False
            ended = [str(row.detail.get("type")) for row in before[place:] if row.what == fact.what]
            caught = any(row.endswith(("Failed", "TimedOut")) for row in ended[-2:])
            ways_out = _catchers(state, following) if caught else [state]
            # A state written in JSONata has no ResultPath; what it hands on stands in its Output.
            if "Arguments" not in state and any(row.get("ResultPath", "$") == "$" for row in ways_out):
                return fact.what, caught, False
        following = fact.what
    return "", False, first


def _catchers(state: dict[str, Any], following: str) -> list[dict[str, Any]]:
    rows = state.get("Catch")
    return (
        [row for row in rows if isinstance(row, dict) and row.get("Next") == following]
        if isinstance(rows, list)
        else []
    )


def _gets_everything(state: dict[str, Any]) -> bool:
    call = state.get("Parameters", {})
    return "InputPath" not in state and isinstance(call, dict) and call.get("Payload.$") == "$"


def _read_of_the_event(failed: Fact) -> str:
    """Gives the key that the failing line reads of its event, empty if the line reads something else."""
    try:
        said = json.loads(str(failed.detail.get("cause", "")))
        key, trace = str(said["errorMessage"]).strip("'"), "".join(said["stackTrace"])
    except (ValueError, KeyError, TypeError):
        return ""
    read = re.search(rf"""\bevent\[["']{re.escape(key)}["']\]""", trace)
    return key if failed.detail.get("error") == "KeyError" and read else ""


def _states(definition: str) -> States:
    """Gives every state of a definition by its name, those inside of Parallel and Map as well."""
    try:
        return dict(_walk(json.loads(definition)))
    except (ValueError, RecursionError):
        return {}


def _walk(part: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(part, list):
        for one in part:
            yield from _walk(one)
    elif isinstance(part, dict):
        states = part.get("States")
        if isinstance(states, dict):
            yield from ((str(name), state) for name, state in states.items() if isinstance(state, dict))
        for one in part.values():
            yield from _walk(one)
