"""Step Functions: which calls of services a Task may name.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html and
supported-services-awssdk.html. Services that the local cloud lacks are not looked into: their tasks fail as they run.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterator
from typing import Any

PLACE = re.compile(
    r"arn:aws[a-z-]*:states:[a-z0-9-]*:\d*:(?P<sdk>aws-sdk:)?(?P<service>[\w-]+):(?P<action>\w+)(?P<how>\..+)?"
)
TOKEN = {"", ".waitForTaskToken"}
OPTIMIZED: dict[str, dict[str, set[str]]] = {
    "lambda": {"invoke": TOKEN},
    "sqs": {"sendMessage": TOKEN},
    "sns": {"publish": TOKEN},
    "events": {"putEvents": TOKEN},
    "states": {"startExecution": TOKEN | {".sync", ".sync:2"}},
    "dynamodb": dict.fromkeys(("getItem", "putItem", "updateItem", "deleteItem"), {""}),
}
SDK = {  # as a Resource writes a service, and as its SDK does
    "sqs": "sqs", "sns": "sns", "lambda": "lambda", "dynamodb": "dynamodb", "sfn": "stepfunctions",
    "eventbridge": "events", "cloudwatch": "cloudwatch", "cloudwatchlogs": "logs",
}  # fmt: skip


def resource_problems(resource: Any, place: str) -> Iterator[str]:
    """Gives what AWS refuses of a Task's Resource, with its likely slip; `place` is the state."""
    found = PLACE.fullmatch(resource) if isinstance(resource, str) else None
    if found is None:
        return
    known = _of_sdk(found["service"]) if found["sdk"] else OPTIMIZED.get(found["service"])
    how = found["how"] or ""
    if known is None or how in known.get(found["action"], ()):
        return
    yield (
        f"SCHEMA_VALIDATION_FAILED: The resource provided {resource} is not recognized. The value is not a valid "
        f"resource ARN, or the resource is not available in this region at {place}/Resource{_slip(found, known)}"
    )


def _slip(found: re.Match[str], known: dict[str, set[str]]) -> str:
    if found["action"] in known:
        ways = sorted(f"{found['action']}{way}" for way in known[found["action"]])
        return f" Likely slip: {found['service']} has {' and '.join(ways)}"
    close = difflib.get_close_matches(found["action"], list(known), 1, 0.6)
    if close:
        return f" Likely slip: did you mean {close[0]}?"
    return (
        "" if found["sdk"] else f" Likely slip: arn:aws:states:::aws-sdk:{found['service']}:{found['action']} is meant"
    )


@functools.cache
def _of_sdk(service: str) -> dict[str, set[str]] | None:
    """Gives the calls of a service's SDK, None for a service that is not looked into."""
    if service not in SDK:
        return None
    return {f"{name[0].lower()}{name[1:]}": TOKEN for name in _model(service).operation_names}


@functools.cache
def _model(service: str) -> Any:
    import botocore.session

    return botocore.session.get_session().get_service_model(SDK[service])


@functools.cache
def operation_of(service: str, action: str) -> Any:
    """Gives botocore's model of a call of a service's SDK, None for one that is not looked into."""
    name = f"{action[:1].upper()}{action[1:]}".partition(".")[0]
    known = service in SDK and name in _model(service).operation_names
    return _model(service).operation_model(name) if known else None
