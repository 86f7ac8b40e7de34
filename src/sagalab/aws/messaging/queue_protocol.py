"""SQS: requests that no SDK makes: a URL with the action in it, and an action that is none.

What AWS does: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html.
Each function below is one gap and its seam.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

XMLNS = "http://queue.amazonaws.com/doc/2012-11-05/"


def _actions_in_urls() -> None:
    """AWS answers a request without a content type in XML, as of its older protocol; moto takes it for JSON.

    Seam: `core.responses.determine_request_protocol`.
    """
    from moto.core import responses

    original = responses.determine_request_protocol

    def determine_request_protocol(service_model: Any, content_type: str | None = None) -> str:
        if not content_type and service_model.service_name == "sqs":
            return "query"
        return original(service_model, content_type)

    responses.determine_request_protocol = determine_request_protocol


def _actions_that_are_none() -> None:
    """AWS refuses an action that it does not have; moto fails inside. Seam: `SQSResponse._dispatch`."""
    from botocore.model import OperationNotFoundError
    from moto.sqs.responses import SQSResponse

    original = SQSResponse._dispatch

    def _dispatch(response: Any, request: Any, *args: Any, **fields: Any) -> Any:
        try:
            return original(response, request, *args, **fields)
        except OperationNotFoundError as error:
            return unknown(str(error), bool(request.headers.get("X-Amz-Target")))

    SQSResponse._dispatch = _dispatch


def unknown(action: str, speaks_json: bool) -> tuple[int, dict[str, str], str]:
    """Gives AWS's answer to an action that it does not have."""
    if speaks_json:
        body = json.dumps({"__type": "com.amazon.coral.service#UnknownOperationException"})
        return 404, {"content-type": "application/x-amz-json-1.0"}, body
    said = f"The action {action} is not valid for this endpoint."
    error = f"<Type>Sender</Type><Code>InvalidAction</Code><Message>{said}</Message><Detail/>"
    body = f'<ErrorResponse xmlns="{XMLNS}"><Error>{error}</Error><RequestId>refused</RequestId></ErrorResponse>'
    return 400, {"content-type": "text/xml"}, body


PATCHES: tuple[Callable[[], None], ...] = (_actions_in_urls, _actions_that_are_none)
