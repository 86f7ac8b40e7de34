"""What Step Functions refuses when a state machine is created, in words.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
Two checks: transitions (ours, for both query languages) and the grammar of JSONPath definitions (statelint).
"""

from __future__ import annotations

import difflib
import functools
import json
import re
from collections.abc import Iterator
from typing import Any

from sagalab.aws.stepfunctions.definition_texts import problems_of_texts
from sagalab.aws.stepfunctions.definition_words import as_aws_says
from sagalab.aws.stepfunctions.resources import resource_problems

ENDS = frozenset({"Succeed", "Fail"})
TYPES = ("Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")
FIELDS = (
    "Type", "Next", "End", "Comment", "Resource", "Parameters", "ResultPath", "ResultSelector", "InputPath",
    "OutputPath", "Retry", "Catch", "TimeoutSeconds", "HeartbeatSeconds", "ErrorEquals", "IntervalSeconds",
    "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "Choices", "Default", "Branches", "ItemsPath",
    "ItemProcessor", "Seconds",
)  # fmt: skip
VARIABLE = re.compile(r"(?<![\w$.'])\$(?=[A-Za-z_])")
# statelint asks for a Float where AWS takes any number, and knows neither names in brackets nor the newest fields.
FALSE_ALARMS = re.compile(
    r"should be a Float$|is \"\$(\.\w+|\[\d+\]|\['[^']*'\])+\" but should be a Reference Path"
    r"|Field \"(Label|InputType|CSV\w+|MaxItemsPath|Transformation)\" not allowed"
)


@functools.lru_cache(maxsize=256)
def definition_problems(definition: str) -> tuple[str, ...]:
    """Gives what AWS would refuse in an ASL definition, each with its code and place."""
    try:
        tree = json.loads(definition)
    except ValueError as error:
        return (
            f"INVALID_JSON_DESCRIPTION: the definition is no JSON: {error}"
            " Likely slip: a Python dict was passed as text; json.dumps(definition) makes JSON of it",
        )
    if not isinstance(tree, dict):
        return ("INVALID_JSON_DESCRIPTION: the definition is no JSON object",)
    problems = list(_transitions(tree, "")) or list(problems_of_texts(tree))
    if not problems and '"JSONata"' not in definition:
        from statelint.linter import Linter

        found = [row for row in Linter.validate(_without_variables(tree)) if not FALSE_ALARMS.search(row)]
        # A misspelt type makes every field of its state look wrong: the type is what to mend.
        found = [row for row in found if ".Type is " in row] or found
        problems = [f"{as_aws_says(row)}{_slip(row)}" for row in found]
    return tuple(problems)


def _without_variables(node: Any) -> Any:
    """Gives a definition as it would be without variables, which statelint does not know.

    https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
    """
    if isinstance(node, dict):
        kept = (name for name in node if name != "Assign" or not ({"Type", "ErrorEquals", "Next"} & node.keys()))
        return {name: "$" if _names_values(name, node[name]) else _without_variables(node[name]) for name in kept}
    if isinstance(node, list):
        return [_without_variables(one) for one in node]
    return VARIABLE.sub("$.", node) if isinstance(node, str) else node


def _names_values(field: str, value: Any) -> bool:
    """Says whether a field of a template holds a path; statelint knows but few kinds of them."""
    if not (field.endswith(".$") and isinstance(value, str) and value.startswith("$")):
        return False
    import jsonpath_ng.ext

    try:
        jsonpath_ng.ext.parse(VARIABLE.sub("$.", value[1:] if value.startswith("$$") else value))
    except Exception:
        return False  # the parser fails in many ways on a text that is no path: that is the answer
    return True


def _slip(problem: str) -> str:
    """Gives the likely slip behind one of statelint's sentences, where there is one."""
    if found := re.search(r"No transition found to state State Machine\.(?:States\.)?(.+)", problem):
        return f" Likely slip: no Next, Default or Catch names {found[1]}, and StartAt does not either"
    if found := re.search(r'\.Type is "([^"]*)"', problem):
        close = difflib.get_close_matches(found[1], TYPES, 1, 0.4)
        return f" Likely slip: did you mean {close[0]}?" if close else ""
    if "ErrorEquals" in problem and "should be an Array" in problem:
        return ' Likely slip: it is a list, also of one name: ["PaymentDeclined"]'
    if found := re.search(r'Field "([^"]*)" not allowed', problem):
        close = difflib.get_close_matches(found[1], FIELDS, 1, 0.6)
        return f" Likely slip: did you mean {close[0]}?" if close and close[0] != found[1] else ""
    return ""


def _transitions(machine: dict[str, Any], path: str) -> Iterator[str]:
    states = machine.get("States")
    if not isinstance(states, dict) or not states:
        yield f"SCHEMA_VALIDATION_FAILED: States is missing or empty at {path or '/'}"
        return
    if "StartAt" in machine:
        yield from _target(machine["StartAt"], states, f"{path}/StartAt", "StartAt")
    else:
        yield f"SCHEMA_VALIDATION_FAILED: The field 'StartAt' is required but was missing at {path or '/'}"
    for name, state in states.items():
        place = f"{path}/States/{name}"
        if not isinstance(state, dict):
            yield f"SCHEMA_VALIDATION_FAILED: the state is no object at {place}"
            continue
        yield from _of_state(state, states, place)
        for field in ("ItemProcessor", "Iterator"):
            if isinstance(state.get(field), dict):
                yield from _transitions(state[field], f"{place}/{field}")
        for number, branch in enumerate(_rows(state.get("Branches"))):
            if isinstance(branch, dict):
                yield from _transitions(branch, f"{place}/Branches[{number}]")


def _of_state(state: dict[str, Any], states: dict[str, Any], place: str) -> Iterator[str]:
    kind = state.get("Type")
    if "Next" in state:
        yield from _target(state["Next"], states, f"{place}/Next", "Next")
    elif str(kind) not in ENDS and kind != "Choice" and state.get("End") is not True:
        yield f'MISSING_END_OR_NEXT: a {kind} state needs "Next" or "End": true at {place}'
    if "Default" in state:
        yield from _target(state["Default"], states, f"{place}/Default", "Default")
    if kind == "Task":
        yield from resource_problems(state.get("Resource"), place)
    yield from _wildcards(state, place)
    for field in ("Catch", "Choices"):
        for number, row in enumerate(_rows(state.get(field))):
            if isinstance(row, dict) and "Next" in row:
                yield from _target(row["Next"], states, f"{place}/{field}[{number}]/Next", "Next")


def _wildcards(state: dict[str, Any], place: str) -> Iterator[str]:
    """Finds wildcards that would hide what comes after them.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """
    for field in ("Retry", "Catch"):
        rows = [row.get("ErrorEquals") if isinstance(row, dict) else None for row in _rows(state.get(field))]
        for number, names in enumerate(rows):
            if isinstance(names, list) and "States.ALL" in names and (len(names) > 1 or number + 1 < len(rows)):
                yield (
                    f"SCHEMA_VALIDATION_FAILED: States.ALL must appear alone and at end of list at {place}/{field}"
                    f"[{number}] Likely slip: whatever is listed after it would never be asked; put it last"
                )


def _rows(value: Any) -> list[Any]:
    """Gives a list, and nothing for what is none: the other checks say so."""
    return value if isinstance(value, list) else []


def _target(name: Any, states: dict[str, Any], place: str, field: str) -> Iterator[str]:
    if isinstance(name, str) and name in states:
        return
    close = difflib.get_close_matches(str(name), list(states), 1, 0.6)
    slip = f" Likely slip: did you mean {close[0]}?" if close else ""
    yield f"MISSING_TRANSITION_TARGET: Missing '{field}' target: {name} at {place}{slip}"
