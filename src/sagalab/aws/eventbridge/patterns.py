"""What EventBridge refuses in an event pattern, in words.

What AWS does: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
What moto does: it takes a misspelt operator for one that always matches, and any operand for a good one.
"""

from __future__ import annotations

import difflib
import ipaddress
import json
import re
from collections.abc import Callable
from typing import Any

from sagalab.aws.eventbridge.matching import COMPARE, is_choice
from sagalab.aws.eventbridge.pattern_texts import STARS

WAYS = 1000  # combinations of $or from which on AWS calls a rule too complex
LARGEST = 5.0e9  # numbers are compared up to this


def pattern_problem(pattern: Any) -> str | None:
    """Gives the first thing in an event pattern that AWS refuses, in words, or None."""
    if not isinstance(pattern, dict):
        return "the pattern is no JSON object"
    return _object_problem(pattern, "") or _too_many(pattern)


def _object_problem(pattern: dict[str, Any], path: str) -> str | None:
    if not pattern:
        return f"Empty objects are not allowed{f' (at {path})' if path else ''}"
    for name, value in pattern.items():
        here = f"{path}.{name}" if path else name
        if isinstance(value, dict):
            problem = _object_problem(value, here)
        elif not isinstance(value, list):
            slip = f" Likely slip: a value stands in a list, [{json.dumps(value)}]"
            problem = f'"{here}" must be an object or an array.{slip}'
        elif not value:
            problem = f"Empty arrays are not allowed (at {here})"
        elif is_choice(name, value):
            problem = _first(_object_problem(part, path) for part in value)
        else:
            problem = _first(_filter_problem(part, here) for part in value)
        if problem:
            return problem
    return None


def _too_many(pattern: dict[str, Any]) -> str | None:
    ways = _ways(pattern)
    return f"Rule is too complex: its choices have {ways} combinations, {WAYS} are allowed" if ways > WAYS else None


def _ways(pattern: dict[str, Any]) -> int:
    count = 1
    for name, value in pattern.items():
        if is_choice(name, value):
            count *= sum(_ways(part) for part in value)
        elif isinstance(value, dict):
            count *= _ways(value)
    return count


def _first(problems: Any) -> str | None:
    return next((problem for problem in problems if problem), None)


def _filter_problem(part: Any, path: str) -> str | None:
    if isinstance(part, list):
        return f"Match value must be String, number, true, false, or null (at {path})"
    if not isinstance(part, dict):
        return None
    if len(part) != 1:
        return f"Only one key allowed in match expression at {path}"
    ((operator, operand),) = part.items()
    if operator not in CHECKS:
        close = difflib.get_close_matches(operator, sorted(CHECKS), 1, 0.5)
        slip = f' Likely slip: did you mean "{close[0]}"?' if close else ""
        known = ", ".join(sorted(CHECKS))
        return f"Unrecognized match type {operator} at {path}.{slip} The match types are {known}."
    wanted = CHECKS[operator](operand)
    return f"{operator} at {path} takes {wanted}, not {operand!r}" if wanted else None


def _texts(operand: Any) -> bool:
    return isinstance(operand, str) or (
        isinstance(operand, list) and bool(operand) and all(isinstance(one, str) for one in operand)
    )


def _text(operand: Any) -> str | None:
    return None if isinstance(operand, str) else "a text"


def _affix(operand: Any) -> str | None:
    if isinstance(operand, dict):
        inner = operand.get("equals-ignore-case")
        return None if len(operand) == 1 and isinstance(inner, str) else 'a text or {"equals-ignore-case": a text}'
    return _text(operand)


def _wildcard(operand: Any) -> str | None:
    if not isinstance(operand, str):
        return "a text"
    plain = re.sub(r"\\[*\\]", "", operand)
    if "\\" in plain:
        return "a text in which a backslash stands before a star or a backslash"
    if "**" in re.sub(r"\\[*\\]", "x", operand):
        return "a text without two stars in a row"
    return f"a text of at most {STARS} stars" if plain.count("*") > STARS else None


def _numeric(operand: Any) -> str | None:
    good = (
        isinstance(operand, list)
        and len(operand) in (2, 4)
        and all(isinstance(sign, str) and sign in COMPARE for sign in operand[::2])
        and all(isinstance(number, int | float) and not isinstance(number, bool) for number in operand[1::2])
    )
    if not good:
        return 'a list such as [">", 0, "<=", 5]'
    if any(abs(number) > LARGEST for number in operand[1::2]):
        return "numbers from -5.0e9 to 5.0e9"
    if len(operand) == 4 and not (operand[0][0] == ">" and operand[2][0] == "<" and operand[1] < operand[3]):
        return 'a lower bound and then a larger upper one, such as [">", 0, "<=", 5]'
    return None


def _cidr(operand: Any) -> str | None:
    try:
        ipaddress.ip_network(operand, strict=False)
    except ValueError:
        return 'an address range such as "10.0.0.0/24"'
    return None if "/" in str(operand) else 'an address range such as "10.0.0.0/24"'


def _exists(operand: Any) -> str | None:
    return None if isinstance(operand, bool) else "true or false"


def _anything_but(operand: Any) -> str | None:
    if isinstance(operand, dict):
        inner = next(iter(operand), "")
        good = len(operand) == 1 and inner in ("prefix", "suffix", "equals-ignore-case", "wildcard")
        texts: Any = [operand[inner]] if good and isinstance(operand[inner], str) else operand.get(inner)
        if not good or not _texts(texts) or "" in texts:
            return "a filter with one or more texts, none of them empty"
        return _first(_wildcard(text) for text in texts) if inner == "wildcard" else None
    values = operand if isinstance(operand, list) else [operand]
    kinds = {str if isinstance(one, str) else float for one in values if isinstance(one, str | int | float)}
    plain = all(isinstance(one, str | int | float) for one in values)
    return None if plain and len(kinds) == 1 else "one or more texts, or one or more numbers"


CHECKS: dict[str, Callable[[Any], str | None]] = {
    "prefix": _affix,
    "suffix": _affix,
    "anything-but": _anything_but,
    "numeric": _numeric,
    "exists": _exists,
    "cidr": _cidr,
    "equals-ignore-case": _text,
    "wildcard": _wildcard,
}
