"""Requests of which moto dies inside because they lack a member, or hold one of the wrong type.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html: it refuses them as
ValidationException, and a body that is no JSON as SerializationException. botocore checks the same before it sends a
request, so that only other programs, or a client without `parameter_validation`, come here. Seam: the gate of
`sagalab.aws.api`, which asks when moto raised something.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sagalab.aws.early_refusals import Refusal

CLIENTS = {"states": "stepfunctions", "monitoring": "cloudwatch"}  # where botocore's name is another one
MOST = 5  # problems that are told


def refused(name: str, request: Any) -> Refusal | None:
    """Gives what AWS answers to a malformed request of an operation such as "sqs:SendMessage"; None for a sound one."""
    service = name.partition(":")[0]
    operation = operation_of(name, request)
    if operation is None or operation.input_shape is None:
        return None
    if operation.service_model.metadata["protocol"] == "query":
        return _of_a_form(operation, _text(request.body))
    shape = operation.input_shape
    elsewhere = {member for member, found in shape.members.items() if "location" in found.serialization}
    try:
        found = json.loads(_text(request.body) or "{}")
    except ValueError:
        return Refusal(400, "SerializationException", "The request body is no JSON.")
    if not isinstance(found, dict):
        return Refusal(400, "SerializationException", "Start of structure or map found where not expected.")
    problems = _problems(found, shape, elsewhere)
    if not problems:
        return None
    words = "; ".join(problems[:MOST])
    code = "MissingParameter" if service == "sqs" else "ValidationException"
    plural = "" if len(problems) == 1 else "s"
    return Refusal(400, code, f"{len(problems)} validation error{plural} detected: {words}")


def operation_of(name: str, request: Any) -> Any:
    """Gives botocore's model of the operation that a request asks for, or None; REST is told by method and path."""
    service, _, action = name.partition(":")
    model = _model(CLIENTS.get(service, service))
    if model is None:
        return None
    if model.metadata["protocol"] == "rest-json":
        path = urlsplit(request.url).path
        action = next((one for how, shape, one in _paths(model) if how == request.method and shape.fullmatch(path)), "")
    return model.operation_model(action) if action in model.operation_names else None


@cache
def _model(service: str) -> Any:
    import botocore.session

    session = botocore.session.get_session()
    return session.get_service_model(service) if service in session.get_available_services() else None


@cache
def _paths(model: Any) -> tuple[tuple[str, re.Pattern[str], str], ...]:
    rows = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        parts = re.split(r"\{[^}]+\}", http["requestUri"].partition("?")[0])
        rows.append((str(http["method"]), re.compile("[^/]+".join(map(re.escape, parts))), name))
    return tuple(rows)


def _problems(found: dict[str, Any], shape: Any, elsewhere: set[str]) -> list[str]:
    """Gives what is wrong with the members of a body, in AWS's words where a member is missing."""
    from botocore.validate import ParamValidator

    rows = []
    for reason, where, about in ParamValidator().validate(found, shape)._errors:
        missing = about.get("required_name")
        if reason == "missing required field":
            if where or missing not in elsewhere:
                place = _lower(f"{where}.{missing}".strip("."))
                rows.append(f"Value null at '{place}' failed to satisfy constraint: Member must not be null")
        elif reason == "invalid type":
            rows.append(f"Value at '{_lower(where.strip('.'))}' is of the wrong type")
    return rows


def _of_a_form(operation: Any, text: str) -> Refusal | None:
    """Gives the refusal of a request whose fields are those of a form."""
    given = parse_qs(text, keep_blank_values=True)
    for member in operation.input_shape.required_members:
        if not any(name == member or name.startswith(f"{member}.") for name in given):
            return Refusal(400, "InvalidParameter", f"Invalid parameter: {member}")
    return None


def _lower(place: str) -> str:
    return place[:1].lower() + place[1:]


def _text(body: Any) -> str:
    return body.decode("utf-8", "replace") if isinstance(body, bytes | bytearray) else str(body or "")
