"""What a rule's target receives of an event: all of it, a part, a constant, or a filled template.

What AWS does: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
A template of quoted lines gives text, in which values lose their quotes; any other template has to give JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from sagalab.aws.early_refusals import json_problem

PLACEHOLDER = re.compile(r"<([A-Za-z0-9._-]+)>")
RESERVED = (
    "aws.events.rule-arn", "aws.events.rule-name", "aws.events.event.ingestion-time", "aws.events.event",
    "aws.events.event.json",
)  # fmt: skip


RENAMED = {"detail-type": "detailType"}  # how aws.events.event names a field of the event


class Text(str):
    """What a template gave that is no JSON value: lines of text as they are."""


class NoJson(ValueError):
    """A filled template that is neither quoted text nor JSON: AWS delivers nothing then."""


def compact(value: Any) -> str:
    """Writes JSON as EventBridge hands it over: without blanks, and every letter as itself."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def transformed(target: Mapping[str, Any], event: Mapping[str, Any], about: Mapping[str, str] | None = None) -> Any:
    """Gives what the target receives; `about` holds what the reserved variables say of the rule.

    Raises `NoJson`.
    """
    if target.get("Input") is not None:
        return json.loads(target["Input"])
    if target.get("InputPath"):
        found = _at(target["InputPath"], event)
        return found[0] if found else {}
    transformer = target.get("InputTransformer")
    if not transformer:
        return event
    values: dict[str, Any] = {
        **(about or {}),
        "aws.events.event.json": event,
        "aws.events.event": {RENAMED.get(name, name): value for name, value in event.items() if name != "detail"},
    }
    for name, path in (transformer.get("InputPathsMap") or {}).items():
        found = _at(path, event)
        values[name] = found[0] if found else ""
    return filled(transformer["InputTemplate"], values)


def _at(path: str, event: Mapping[str, Any]) -> list[Any]:
    from jsonpath_ng.ext import parse

    return [found.value for found in parse(path).find(event)]


def _is_path(path: str) -> bool:
    from jsonpath_ng.ext import parse

    try:
        parse(path)
    except Exception:
        return False  # Its parser has no common error, and fails inside at some texts.
    return path.startswith("$")


def filled(template: str, values: Mapping[str, Any]) -> Any:
    """Puts values in the place of `<name>`; raises `NoJson`."""
    lines = template.lstrip().startswith('"')
    out, quoted, index = [], False, 0
    while index < len(template):
        mark = PLACEHOLDER.match(template, index)
        if mark and mark[1] in values:
            out.append(_written(values[mark[1]], quoted, lines))
            index = mark.end()
            continue
        quoted ^= template[index] == '"' and template[index - 1 : index] != "\\"
        out.append(template[index])
        index += 1
    text = "".join(out)
    try:
        return json.loads(text)
    except ValueError as error:
        if lines:
            return Text(text)
        raise NoJson(f"the input template gave no JSON: {text[:200]}") from error


def _written(value: Any, quoted: bool, lines: bool) -> str:
    text = compact(value)
    if not quoted:
        return text
    if isinstance(value, str):
        return text[1:-1]
    return text.replace('"', "") if lines else text


def target_problem(target: Mapping[str, Any]) -> str | None:
    """Gives what PutTargets refuses in a target's input, in AWS's words, or None."""
    given = [name for name in ("Input", "InputPath", "InputTransformer") if target.get(name)]
    if len(given) > 1:
        return f"Only one of Input, InputPath, or InputTransformer must be provided for target {target['Id']}."
    if target.get("Input") is not None and (problem := json_problem(target["Input"])):
        return f"JSON syntax error in input for target {target['Id']}: {problem}"
    transformer = target.get("InputTransformer") or {}
    for path in (target.get("InputPath"), *(transformer.get("InputPathsMap") or {}).values()):
        if path and not _is_path(path):
            return f"Invalid InputPath for target {target['Id']}: {path!r} is no JSON path such as $.detail."
    known = {*RESERVED, *(transformer.get("InputPathsMap") or {})}
    for name in PLACEHOLDER.findall(transformer.get("InputTemplate") or ""):
        if name not in known:
            return f"InputTemplate for target {target['Id']} contains invalid placeholder {name}."
    return None
