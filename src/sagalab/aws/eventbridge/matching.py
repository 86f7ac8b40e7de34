"""Whether an event matches an event pattern.

What AWS does: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html and
eb-create-pattern-operators.html: operators look at leaves alone, an array's elements are alternatives, and what a
pattern asks of objects in one array has to hold for one of them. What moto does: it knows no arrays of objects, takes
1 for true, and an address range with host bits for one that holds nobody. `pattern_problem` says what is no sound
pattern.
"""

from __future__ import annotations

import functools
import ipaddress
import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Places = Mapping[str, int]  # path of an array → the element that a leaf lies in
Leaf = tuple[Any, Places]
Field = tuple[str, list[Any]]

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, "=": operator.eq, ">=": operator.ge, ">": operator.gt,
}  # fmt: skip
# Inside $or these names would be operators: such a list is no choice among fields.
OPERATORS = frozenset(
    {"prefix", "suffix", "anything-but", "numeric", "exists", "cidr", "equals-ignore-case", "wildcard", "exactly"}
)


def matches(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    """Says whether an event matches a sound pattern."""
    leaves: dict[str, list[Leaf]] = {}
    for path, leaf in _leaves(event, "", {}):
        leaves.setdefault(path, []).append(leaf)
    return any(_consistent(fields, leaves, {}) for fields in alternatives(pattern))


def is_choice(name: str, value: Any) -> bool:
    """Says whether a field of a pattern is a choice: `$or` and at least two patterns."""
    return (
        name == "$or"
        and isinstance(value, list)
        and len(value) > 1
        and all(isinstance(part, dict) and part and not part.keys() & OPERATORS for part in value)
    )


def alternatives(pattern: dict[str, Any], path: str = "") -> Iterator[list[Field]]:
    """Gives the pattern's fields, with their dotted paths, once for each way through its choices."""
    rows: list[list[Field]] = [[]]
    for name, value in pattern.items():
        here = f"{path}.{name}" if path else name
        if is_choice(name, value):
            ways = [way for part in value for way in alternatives(part, path)]
        elif isinstance(value, dict):
            ways = list(alternatives(value, here))
        else:
            ways = [[(here, value)]]
        rows = [[*row, *way] for row in rows for way in ways]
    yield from rows


def _leaves(node: Any, path: str, places: Places) -> Iterator[tuple[str, Leaf]]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _leaves(value, f"{path}.{name}" if path else name, places)
    elif isinstance(node, list):
        for number, value in enumerate(node):
            # Only objects lie somewhere: plain values of one array are alternatives of each other.
            inside = {**places, path: number} if isinstance(value, dict) else places
            yield from _leaves(value, path, inside)
    else:
        yield path, (node, places)


def _consistent(fields: list[Field], leaves: dict[str, list[Leaf]], places: Places) -> bool:
    if not fields:
        return True
    (path, filters), rest = fields[0], fields[1:]
    found = leaves.get(path, [])
    if not found:
        absent = any(isinstance(part, dict) and part.get("exists") is False for part in filters)
        return absent and _consistent(rest, leaves, places)
    return any(
        _consistent(rest, leaves, {**places, **lies})
        for value, lies in found
        if all(places.get(array, number) == number for array, number in lies.items())
        and any(_passes(value, part) for part in filters)
    )


def _passes(value: Any, part: Any) -> bool:
    if not isinstance(part, dict):
        return _same(value, part)
    ((name, operand),) = part.items()
    return FILTERS[name](value, operand)


def _same(value: Any, wanted: Any) -> bool:
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)


def _affix(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def passes(value: Any, operand: Any) -> bool:
        if not isinstance(value, str):
            return False
        if isinstance(operand, dict):
            return test(value.lower(), operand["equals-ignore-case"].lower())
        return any(test(value, one) for one in _all(operand))

    return passes


def _all(operand: Any) -> list[Any]:
    return operand if isinstance(operand, list) else [operand]


def _ignoring_case(value: Any, operand: Any) -> bool:
    return isinstance(value, str) and value.lower() in [one.lower() for one in _all(operand)]


def _wildcard(value: Any, operand: Any) -> bool:
    return isinstance(value, str) and any(_expression(one).fullmatch(value) for one in _all(operand))


@functools.lru_cache(maxsize=256)
def _expression(text: str) -> re.Pattern[str]:
    parts = re.findall(r"\\.|\*|[^\\*]+|\\", text, re.DOTALL)
    return re.compile("".join(".*" if part == "*" else re.escape(_unescaped(part)) for part in parts), re.DOTALL)


def _unescaped(part: str) -> str:
    return part[1] if part in (r"\*", r"\\") else part


def _numeric(value: Any, operand: list[Any]) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return all(COMPARE[sign](value, bound) for sign, bound in zip(operand[::2], operand[1::2], strict=True))


def _cidr(value: Any, operand: str) -> bool:
    try:
        return isinstance(value, str) and ipaddress.ip_address(value) in ipaddress.ip_network(operand, strict=False)
    except ValueError:
        return False


def _anything_but(value: Any, operand: Any) -> bool:
    if isinstance(operand, dict):
        return not _passes(value, operand)
    return not any(_same(value, one) for one in _all(operand))


FILTERS: dict[str, Callable[[Any, Any], bool]] = {
    "prefix": _affix(str.startswith),
    "suffix": _affix(str.endswith),
    "equals-ignore-case": _ignoring_case,
    "wildcard": _wildcard,
    "numeric": _numeric,
    "cidr": _cidr,
    "anything-but": _anything_but,
    "exists": lambda value, operand: bool(operand),
}


def event_problem(text: Any) -> str | None:
    """Gives what is wrong with the event of a TestEventPattern call, in words, or None.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html names the fields it must have.
    """
    try:
        event = json.loads(text)
    except (TypeError, ValueError) as error:
        return f"it is no JSON: {error}"
    if not isinstance(event, dict):
        return "it is no JSON object"
    lacking = [name for name in ("id", "account", "source", "time", "region", "detail-type") if name not in event]
    return f"it lacks {', '.join(lacking)}" if lacking else None
