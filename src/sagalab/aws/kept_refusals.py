"""What AWS refused to deploy for a notebook, kept until the same operation goes well."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping
from typing import Any

DEPLOYS = re.compile(r":(?!PutEvents|PutItem|UpdateItem|PutMetricData)(Create|Update|Put|Subscribe|Set)")
TAKEN = re.compile("Exists|Conflict|InUse")  # Whoever finds a name taken goes on to change what has it.
MOST_SAID = 600  # characters of what AWS said
_CODE = re.compile(r'"__type":\s*"(?:[^"#]*#)?([^"]+)|<Code>([^<]+)')
_MESSAGE = re.compile(r"<Message>([^<]*)")


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
        said = textwrap.shorten(_said(text), MOST_SAID, placeholder=" …")
        refusals[operation] = f"{operation.partition(':')[2]} ended in {code}{': ' if said else ''}{said}"


def _said(text: str) -> str:
    try:
        body = json.loads(text)
    except ValueError:
        return _first(_MESSAGE, text)
    return str(body.get("message") or body.get("Message") or "") if isinstance(body, dict) else ""


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return next((group for group in found.groups() if group is not None), "") if found else ""
