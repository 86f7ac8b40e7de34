"""What AWS refuses before a request reaches its function: names that cannot be, payloads that are no JSON or too large.

What AWS does: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (names, payloads, codes) and
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (6 MB at once, 1 MB for later). What moto does:
it looks for a path that fits the name, and fails inside at the rest. Seam: the gate of `sagalab.aws.api`.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

PATTERN = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)"
    r"(:(\$LATEST|[a-zA-Z0-9-_]+))?"
)
NAME = re.compile(PATTERN)
LONGEST_NAME, LONGEST_ARN = 64, 140  # characters
PATH = re.compile(r"^/20\d\d-\d\d-\d\d/functions/([^/]*)")
AT_ONCE, LATER = 6 * 1024 * 1024, 1024 * 1024  # bytes of a payload
TYPES = ("Event", "RequestResponse", "DryRun")


class Refusal(NamedTuple):
    """An answer that needs no service: its status, code and message."""

    status: int
    code: str
    message: str


def refused(name: str, request: Any) -> Refusal | None:
    """Gives what AWS answers to an impossible request of Lambda, or None for one that may go on."""
    if not name.startswith("lambda:"):
        return None
    named = PATH.match(urlsplit(request.url).path)
    if named is not None and (problem := name_problem(unquote(named[1]))):
        return Refusal(400, "ValidationException", problem)
    return _payload(request) if name == "lambda:Invoke" else None


def name_problem(name: str) -> str | None:
    """Gives what AWS says of a function's name or ARN that cannot be one, or None."""
    if NAME.fullmatch(name) is None:
        return constraint(name, "functionName", f"Member must satisfy regular expression pattern: {PATTERN}")
    longest = LONGEST_ARN if ":" in name else LONGEST_NAME
    if len(name) > longest:
        return constraint(name, "functionName", f"Member must have length less than or equal to {longest}")
    return None


def constraint(value: Any, field: str, words: str) -> str:
    """Says in AWS's words that a value breaks a constraint."""
    return f"1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: {words}"


def _payload(request: Any) -> Refusal | None:
    given = request.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
    how = given.decode() if isinstance(given, bytes) else str(given)
    if how not in TYPES:
        words = constraint(how, "invocationType", f"Member must satisfy enum value set: [{', '.join(TYPES)}]")
        return Refusal(400, "ValidationException", words)
    body = request.body or b""
    raw = bytes(body) if isinstance(body, bytes | bytearray) else str(body).encode()
    most = LATER if how == "Event" else AT_ONCE
    if len(raw) > most:
        words = f"Request must be smaller than {most} bytes for the InvokeFunction operation"
        return Refusal(413, "RequestTooLargeException", words)
    problem = json_problem(raw)
    if raw and problem is not None:
        words = f"Could not parse request body into json: {problem}"
        return Refusal(400, "InvalidRequestContentException", words)
    return None


def json_problem(text: bytes | str) -> str | None:
    """Says why a text is no JSON, or gives None; NaN and Infinity are none, though Python reads them."""
    try:
        json.loads(text, parse_constant=_no_number)
    except RecursionError:
        return "it is nested too deeply"
    except UnicodeDecodeError:
        return "it is not encoded in UTF-8"
    except ValueError as error:
        return str(error)
    return None


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")
