"""What AWS refused to deploy for a notebook, kept until the same operation goes well."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

DEPLOYS = re.compile(r":(Create|Update|Put|Subscribe|Set)")
TAKEN = re.compile("Exists|Conflict|InUse")  # Whoever finds a name taken goes on to change what has it.
MOST_SAID = 300  # characters of what AWS said
_CODE = re.compile(r'"__type":\s*"(?:[^"#]*#)?([^"]+)|<Code>([^<]+)')
_MESSAGE = re.compile(r'"[Mm]essage":\s*"((?:[^"\\]|\\.)*)|<Message>([^<]*)')


def keep(refusals: dict[str, str], operation: str, status: int, headers: Mapping[str, str], body: Any) -> None:
    """Keeps what an operation such as "states:CreateStateMachine" was told, until the operation goes well."""
    if not DEPLOYS.search(operation):
        return
    if status < 400:
        refusals.pop(operation, None)
        return
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    code = str(headers.get("x-amzn-errortype") or "") or _first(_CODE, text) or str(status)
    if not TAKEN.search(code):
        said = _first(_MESSAGE, text)[:MOST_SAID]
        refusals[operation] = f"{operation.partition(':')[2]} ended in {code}{': ' if said else ''}{said}"


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return next((group for group in found.groups() if group is not None), "") if found else ""
