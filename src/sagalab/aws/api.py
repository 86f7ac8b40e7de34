"""The gate that every AWS call passes: faults refuse here, and calls become facts.

Seam: `BotocoreStubber.process_request`. `serve` answers a request that came from another process.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from sagalab.aws import early_refusals, kept_refusals, malformed_requests
from sagalab.aws.current import go_on, origin, running
from sagalab.aws.lacking import not_supported
from sagalab.aws.malformed_requests import operation_of
from sagalab.errors import GraderError

SERVICE = {
    "AWSStepFunctions": "states", "AWSEvents": "events", "AmazonSQS": "sqs", "DynamoDB": "dynamodb", "Logs": "logs",
    "GraniteServiceVersion20100801": "monitoring",
}  # fmt: skip
# Where the path of a REST call names the operation.
REST = (
    (re.compile(r"^/2015-03-31/functions/[^/]+/invocations"), "lambda:Invoke"),
    (re.compile(r"^/2015-03-31/functions"), "lambda:Function"),
    (re.compile(r"^/2015-03-31/event-source-mappings"), "lambda:EventSourceMapping"),
)
# signing name in a request's credential → where AWS answers it
HOSTS = {
    **{name: f"{name}.{{region}}.amazonaws.com" for name in (
        "sqs", "sns", "events", "states", "lambda", "dynamodb", "logs", "monitoring", "sts",
    )},
    "iam": "iam.amazonaws.com",
}  # fmt: skip
# What the served cloud has besides: nothing that is handed in could keep it.
SERVED = {"s3": "s3.{region}.amazonaws.com"}
CREDENTIAL = re.compile(r"Credential=[^/]+/\d+/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")
# Exports to a bucket, and phones: nothing here could make one, and moto fails where none is.
OUT_OF_REACH = ("dynamodb:ListExports", "sns:DeletePlatformApplication")
CALL = 0.02  # virtual seconds that an API call of a notebook takes
MAX_BODY = 6 * 1024 * 1024  # bytes; Lambda's limit for a synchronous payload is the largest of all


class Service(NamedTuple):
    """A service that a request is signed for; `host` is None where the local cloud does not have it."""

    name: str
    host: str | None


def service_of(authorization: str) -> Service | None:
    """Reads off a request's Authorization header for which service it is, or gives None for an unsigned one."""
    found = CREDENTIAL.search(authorization)
    if found is None:
        return None
    region, name = found.groups()
    here = running()
    hosts = HOSTS | SERVED if here is not None and here.address else HOSTS
    return Service(name, hosts[name].format(region=region) if name in hosts else None)


def _signed_for(request: Any) -> Service | None:
    authorization = request.headers.get("Authorization", "")
    return service_of(authorization.decode() if isinstance(authorization, bytes) else str(authorization))


def _led_here(request: Any, address: str) -> None:
    """Leads a request for the endpoint of this very cloud, which a function in it makes, straight into it.

    Over the network it would wait for the thread that it holds up.
    """
    service = _signed_for(request)
    if service is not None and service.host is not None:
        request.url = f"https://{service.host}{request.url.removeprefix(address)}"


def operation(request: Any) -> str:
    """Names the operation of a prepared AWS request, such as "sqs:SendMessage"."""
    target = request.headers.get("X-Amz-Target")
    if target:
        target = target.decode() if isinstance(target, bytes) else target
        prefix, _, action = target.partition(".")
        return f"{SERVICE.get(prefix.split('_')[0], prefix)}:{action}"
    parts = urlsplit(request.url)
    host = parts.netloc.split(".")[0]
    body = request.body or b""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    action = parse_qs(text).get("Action") or parse_qs(parts.query).get("Action")
    if action:
        return f"{host}:{action[0]}"
    return next((name for pattern, name in REST if pattern.match(parts.path)), f"{host}:{request.method}")


def _process_request(original: Callable[..., Any]) -> Callable[..., Any]:
    def process_request(stubber: Any, request: Any) -> Any:
        here = running()
        if here is None:
            return original(stubber, request)
        if here.address and str(request.url).startswith(f"{here.address}/"):
            _led_here(request, here.address)
        # StartSyncExecution has a host of its own.
        request.url = str(request.url).replace("https://sync-states.", "https://states.", 1)
        go_on()
        name, service = operation(request), _signed_for(request)
        if service is not None and service.host is None:
            return no_service(service.name)
        caller = origin.get()
        if here.faults is not None and here.faults.refused(name):
            here.history.record(here.clock.now, "fault", "throttled", cause=caller.invocation, detail={"target": name})
            return _throttled(name)
        try:
            early = early_refusals.refused(name, request)
            answer = refusal(name, *early) if early is not None else original(stubber, request)
        except NotImplementedError:
            answer = _lacking(name, request)
        except Exception:
            malformed = malformed_requests.refused(name, request)
            if malformed is None and name not in OUT_OF_REACH:
                raise
            answer = refusal(name, *malformed) if malformed is not None else _lacking(name, request)
        if answer and answer[0] == 404 and answer[2] in ("Not yet implemented", b"Not yet implemented"):
            answer = _lacking(name, request)
        if answer and not caller.function:
            kept_refusals.keep(here.refusals, name, *answer)
        if caller.function or caller.operator or (caller.execution and name != "lambda:Invoke"):
            status = answer[0] if answer else 0
            here.history.record(
                here.clock.now, "api", name, cause=caller.invocation, detail={"status": status, **caller.detail()}
            )
        if here.paced and not here.clock.driven:
            # A loop that polls a status without a pause must come to its end, as it would on AWS.
            here.clock.run(until=here.clock.now + CALL)
        return answer

    return process_request


SIGNED = {"email": "ses", "monitoring": "cloudwatch"}  # signing names that are not the services' own
QUERY = ("sns", "iam", "sts", "ec2", "s3")  # services that speak XML


def refusal(name: str, status: int, code: str, message: str) -> tuple[int, dict[str, str], bytes]:
    """Gives an error answer to an operation such as "sqs:SendMessage", in the words of its service's protocol."""
    if name.split(":")[0] in QUERY:
        xml = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
            "<RequestId>refused</RequestId></ErrorResponse>"
        )
        return status, {"content-type": "text/xml"}, xml.encode()
    body = json.dumps({"__type": code, "message": message}).encode()
    headers = {"x-amzn-errortype": code, "x-amzn-requestid": "refused", "content-type": "application/x-amz-json-1.0"}
    return status, headers, body


def _throttled(name: str) -> tuple[int, dict[str, str], bytes]:
    code = {"sns": "Throttling", "lambda": "TooManyRequestsException"}.get(name.split(":")[0], "ThrottlingException")
    return refusal(name, 400, code, "Rate exceeded")


def _lacking(name: str, request: Any) -> tuple[int, dict[str, str], bytes]:
    """Gives the refusal of an operation that the local cloud lacks; a REST call is named by its method and path."""
    operation = operation_of(name, request)
    return refusal(
        name,
        501,
        "NotSupportedHere",
        not_supported(f"{name.partition(':')[0]}:{operation.name}" if operation else name),
    )


def no_service(name: str) -> tuple[int, dict[str, str], bytes]:
    """Gives the refusal of a service of AWS that the local cloud lacks, in the protocol that the service speaks."""
    words = not_supported(f"the service {name}")
    return refusal("s3" if _speaks_xml(name) else name, 501, "NotSupportedHere", words)


@cache
def _speaks_xml(service: str) -> bool:
    """Says whether a service's clients read XML; `service` is the name that its requests are signed for."""
    import botocore.session

    session, known = botocore.session.get_session(), (service, SIGNED.get(service, ""))
    name = next((one for one in known if one in session.get_available_services()), "")
    return bool(name) and session.get_service_model(name).metadata["protocol"] in ("query", "rest-xml", "ec2")


def serve(message: dict[str, Any]) -> dict[str, Any]:
    """Answers an AWS request that came over a channel.

    `message` and the answer hold method or status, url, headers, and the body in base64. Raises ValueError for a
    message that is no request, and `GraderError` when the cloud itself fails.
    """
    from moto.core.models import botocore_stubber

    request = _request(message)
    if len(request.body) > MAX_BODY:
        return answer(413, {}, b'{"__type":"RequestEntityTooLargeException","message":"Request too large"}')
    try:
        reply = botocore_stubber.process_request(request)
    except Exception as error:
        raise GraderError(
            f"the local cloud failed: {type(error).__name__}: {error}", where=operation(request)
        ) from error
    if reply is None:
        return answer(404, {}, b'{"__type":"UnknownEndpoint","message":"no such service in the local cloud"}')
    status, reply_headers, reply_body = reply
    return answer(status, dict(reply_headers), reply_body)


def _request(message: dict[str, Any]) -> Any:
    from botocore.awsrequest import AWSPreparedRequest
    from botocore.compat import HTTPHeaders

    headers, given = HTTPHeaders(), message["headers"]
    if not isinstance(given, dict) or not str(message["url"]).startswith("https://"):
        raise ValueError("the message is no AWS request")
    for name, value in given.items():
        headers[str(name)] = str(value)
    body = base64.b64decode(str(message["body"]), validate=True)
    return AWSPreparedRequest(str(message["method"]), str(message["url"]), headers, body, False)


def silence() -> None:
    """Stops the cloud of this process from answering: in a fork of a notebook, the judge's cloud does.

    botocore asks every before-send handler, also after one has answered.
    """
    models = sys.modules.get("moto.core.models")
    if models is not None:
        models.botocore_stubber.enabled = False


def answer(status: int, headers: dict[str, Any], body: bytes | str) -> dict[str, Any]:
    """Packs an HTTP answer for a channel."""
    raw = body.encode() if isinstance(body, str) else body
    return {
        "status": status,
        "headers": {str(name): str(value) for name, value in headers.items()},
        "body": base64.b64encode(raw).decode(),
    }


def _gate() -> None:
    """Every call of boto3 in this process passes our gate. Seam: `BotocoreStubber.process_request`."""
    from moto.core.botocore_stubber import BotocoreStubber

    BotocoreStubber.process_request = _process_request(BotocoreStubber.process_request)


PATCHES: tuple[Callable[[], None], ...] = (_gate,)
