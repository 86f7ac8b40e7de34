"""What Step Functions refuses of single fields in a definition: names of variables, JSONata that cannot be read.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html, transforming-data.html,
state-wait.html and input-output-itemreader.html.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

LONGEST = 80  # characters of a variable's or state's name
WAIT = 99_999_999  # seconds
PATHS = ("InputPath", "OutputPath", "ResultPath")
OF_PATHS = (
    *PATHS, "Parameters", "ResultSelector", "ItemsPath", "SecondsPath", "TimestampPath", "TimeoutSecondsPath",
    "HeartbeatSecondsPath", "MaxConcurrencyPath", "ToleratedFailureCountPath", "ToleratedFailurePercentagePath",
    "ErrorPath", "CausePath",
)  # fmt: skip
NOT_OF = {
    "Map": ("TimeoutSeconds", "HeartbeatSeconds"), "Parallel": ("TimeoutSeconds", "HeartbeatSeconds"),
    "Succeed": ("Assign",), "Fail": ("Assign",),
}  # fmt: skip
OF_QUERIES = ("Arguments", "Output", "Items")


def problems_of_texts(machine: dict[str, Any], place: str = "", language: str = "JSONPath") -> Iterator[str]:
    """Gives what is wrong with the texts of a machine's states, and of the states inside of them."""
    language = str(machine.get("QueryLanguage") or language)
    states = machine.get("States")
    for name, state in states.items() if isinstance(states, dict) else ():
        if isinstance(state, dict):
            own = str(state.get("QueryLanguage") or language)
            yield from _of_state(state, f"{place}/States/{name}", own == "JSONata")
            inner = [("ItemProcessor", state.get("ItemProcessor")), ("Iterator", state.get("Iterator"))]
            branches = state.get("Branches")
            inner += [(f"Branches[{n}]", row) for n, row in enumerate(branches if isinstance(branches, list) else [])]
            for where, part in inner:
                if isinstance(part, dict):
                    yield from problems_of_texts(part, f"{place}/States/{name}/{where}", language)


def _of_state(state: dict[str, Any], place: str, queries: bool) -> Iterator[str]:
    own = {name: value for name, value in state.items() if name not in ("ItemProcessor", "Iterator", "Branches")}
    for rows in (own, *_rules(own)):
        yield from _of_names(rows.get("Assign"), place)
        yield from () if queries else _of_templates(rows.get("Assign"), place)
    if len(name := place.rpartition("/States/")[2]) > LONGEST:
        yield f"SCHEMA_VALIDATION_FAILED: The name '{name}' has more than {LONGEST} characters at {place}"
    for field in NOT_OF.get(str(own.get("Type")), ()):
        if field in own:
            yield f"SCHEMA_VALIDATION_FAILED: Field '{field}' is not supported at {place}"
    if queries:
        yield from _of_queries(own, place)
    yield from _of_languages(own, place, queries)
    yield from _of_readers(own.get("ItemReader"), place)
    seconds = own.get("Seconds")
    if own.get("Type") == "Wait" and isinstance(seconds, int) and seconds > WAIT:
        yield f"SCHEMA_VALIDATION_FAILED: Seconds is {seconds} but allowed ceiling is {WAIT} at {place}/Seconds"


def _of_languages(state: dict[str, Any], place: str, queries: bool) -> Iterator[str]:
    """Finds fields of the other query language, a Task without its Resource, and paths that are none."""
    for field in OF_PATHS if queries else OF_QUERIES:
        if field in state:
            yield f"SCHEMA_VALIDATION_FAILED: Field '{field}' is not supported at {place}"
    if state.get("Type") == "Task" and "Resource" not in state:
        yield f"SCHEMA_VALIDATION_FAILED: The field 'Resource' is required but was missing at {place}"
    for field in () if queries else PATHS:
        value = state.get(field)
        if isinstance(value, str) and not value.startswith("$"):
            yield f"SCHEMA_VALIDATION_FAILED: Value is not a valid JSONPath at {place}/{field}"


def _of_readers(reader: Any, place: str) -> Iterator[str]:
    config = reader.get("ReaderConfig") if isinstance(reader, dict) else None
    if isinstance(config, dict) and config.get("InputType") == "CSV" and "CSVHeaderLocation" not in config:
        where = f"{place}/ItemReader/ReaderConfig"
        yield f"SCHEMA_VALIDATION_FAILED: The field 'CSVHeaderLocation' is required but was missing at {where}"
    elif isinstance(config, dict) and config.get("CSVHeaderLocation") == "GIVEN" and "CSVHeaders" not in config:
        where = f"{place}/ItemReader/ReaderConfig"
        yield f"SCHEMA_VALIDATION_FAILED: The field 'CSVHeaders' is required but was missing at {where}"


def _rules(state: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for field in ("Catch", "Choices"):
        rows = state.get(field)
        yield from (row for row in (rows if isinstance(rows, list) else []) if isinstance(row, dict))


def _of_names(assigned: Any, place: str) -> Iterator[str]:
    for written in assigned if isinstance(assigned, dict) else ():
        name = written.removesuffix(".$")
        if name == "states":
            why = "this name belongs to Step Functions"
        elif not name.isidentifier() or name.startswith("_"):
            why = "a name begins with a letter and goes on with letters, digits and _"
        elif len(name) > LONGEST:
            why = f"a name has {LONGEST} characters at most"
        else:
            continue
        yield f"SCHEMA_VALIDATION_FAILED: '{name}' is no valid name of a variable: {why} at {place}/Assign"


def _of_templates(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name.endswith(".$") and not (isinstance(inner, str) and inner.startswith(("$", "States."))):
                words = f"The value for the field '{name}' must be a valid JSONPath or a valid intrinsic function call"
                yield f"SCHEMA_VALIDATION_FAILED: {words} at {place}/Assign"
            yield from _of_templates(inner, place)
    elif isinstance(value, list):
        for inner in value:
            yield from _of_templates(inner, place)


def _of_queries(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _of_queries(inner, f"{place}/{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _of_queries(inner, f"{place}[{number}]")
    elif (
        isinstance(value, str) and value.startswith("{%") and value.endswith("%}") and (why := _unreadable(value[2:-2]))
    ):
        field = place.rpartition("/")[2]
        yield (
            f"SCHEMA_VALIDATION_FAILED: The value for the field '{field}' must be a valid JSONata expression"
            f" at {place} Likely slip: {why}"
        )


@functools.lru_cache(maxsize=1024)
def _unreadable(expression: str) -> str:
    """Says what is wrong with an expression, or nothing."""
    from jsonata.jsonata import Jsonata

    if not expression.strip():
        return "it is empty"
    try:
        Jsonata(expression)
    except Exception as error:  # The parser fails in many ways on a text that is none: that is the answer.
        return str(error) or type(error).__name__
    return ""
