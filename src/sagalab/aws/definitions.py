"""What Step Functions refuses when a state machine is created, in words.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
Two checks: transitions (ours, for both query languages) and the grammar of JSONPath definitions (statelint).
"""

from __future__ import annotations

import difflib
import functools
import json
from collections.abc import Iterator
from typing import Any

ENDS = frozenset({"Succeed", "Fail"})
# statelint asks for a Float where AWS takes any number.
FALSE_ALARMS = ("should be a Float",)


@functools.lru_cache(maxsize=256)
def definition_problems(definition: str) -> tuple[str, ...]:
    """Gives what AWS would refuse in an ASL definition, each with its code and place."""
    try:
        tree = json.loads(definition)
    except ValueError as error:
        return (f"INVALID_JSON_DESCRIPTION: the definition is no JSON: {error}",)
    if not isinstance(tree, dict):
        return ("INVALID_JSON_DESCRIPTION: the definition is no JSON object",)
    problems = list(_transitions(tree, ""))
    if not problems and '"JSONata"' not in definition:
        from statelint.linter import Linter

        problems = [
            f"SCHEMA_VALIDATION_FAILED: {problem}"
            for problem in Linter.validate(tree)
            if not problem.endswith(FALSE_ALARMS)
        ]
    return tuple(problems)


def _transitions(machine: dict[str, Any], path: str) -> Iterator[str]:
    states = machine.get("States")
    if not isinstance(states, dict) or not states:
        yield f"SCHEMA_VALIDATION_FAILED: States is missing or empty (at {path or '/'})"
        return
    yield from _target(machine.get("StartAt"), states, f"{path}/StartAt", "StartAt")
    for name, state in states.items():
        place = f"{path}/States/{name}"
        if not isinstance(state, dict):
            yield f"SCHEMA_VALIDATION_FAILED: the state is no object (at {place})"
            continue
        yield from _of_state(state, states, place)
        for field in ("ItemProcessor", "Iterator"):
            if isinstance(state.get(field), dict):
                yield from _transitions(state[field], f"{place}/{field}")
        for number, branch in enumerate(state.get("Branches") or []):
            if isinstance(branch, dict):
                yield from _transitions(branch, f"{place}/Branches[{number}]")


def _of_state(state: dict[str, Any], states: dict[str, Any], place: str) -> Iterator[str]:
    kind = state.get("Type")
    if "Next" in state:
        yield from _target(state["Next"], states, f"{place}/Next", "Next")
    elif kind not in ENDS and kind != "Choice" and state.get("End") is not True:
        yield f'MISSING_END_OR_NEXT: a {kind} state needs "Next" or "End": true (at {place})'
    if "Default" in state:
        yield from _target(state["Default"], states, f"{place}/Default", "Default")
    for field in ("Catch", "Choices"):
        for number, row in enumerate(state.get(field) or []):
            if isinstance(row, dict) and "Next" in row:
                yield from _target(row["Next"], states, f"{place}/{field}[{number}]/Next", "Next")


def _target(name: Any, states: dict[str, Any], place: str, field: str) -> Iterator[str]:
    if isinstance(name, str) and name in states:
        return
    close = difflib.get_close_matches(str(name), list(states), 1, 0.6)
    slip = f" Likely slip: did you mean {close[0]}?" if close else ""
    yield f"MISSING_TRANSITION_TARGET: Missing '{field}' target: {name} (at {place}).{slip}"
