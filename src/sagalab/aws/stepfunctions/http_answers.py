"""Step Functions: what an optimized integration adds to a service's answer, the HTTP response that brought it.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html: next to the Payload stand
SdkHttpMetadata and SdkResponseMetadata. So it is with SQS, SNS, DynamoDB and nested executions, not with EventBridge.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import uuid
import zlib
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from sagalab.aws.current import cloud

SERVICES = "moto.stepfunctions.parser.asl.component.state.exec.state_task.service"
QUERY_ANSWER = 258  # bytes of the XML around a MessageId
NUMBERED = 38  # bytes of the XML around a SequenceNumber


def _answers_with_their_headers() -> None:
    """AWS hands on which response brought an answer; moto leaves it out.

    Seams: `StateTaskServiceSqs._eval_service_task`, `StateTaskServiceSns._eval_service_task`,
    `StateTaskServiceLambda._eval_service_task`, `StateTaskServiceSfn._eval_service_task` and
    `StateTaskServiceDynamoDB._eval_service_task`.
    """
    for module, name, headers in (
        ("sqs", "Sqs", _json_headers),
        ("sns", "Sns", _xml_headers),
        ("lambda", "Lambda", _function_headers),
        ("sfn", "Sfn", _json_headers),
        ("dynamodb", "DynamoDB", _table_headers),
    ):
        service = vars(importlib.import_module(f"{SERVICES}.state_task_service_{module}"))[f"StateTaskService{name}"]
        service._eval_service_task = _with_headers(service._eval_service_task, headers)


def _with_headers(original: Callable[..., Any], headers: Callable[..., dict[str, str]]) -> Callable[..., Any]:
    def _eval_service_task(task: Any, env: Any, *args: Any, **fields: Any) -> None:
        original(task, env, *args, **fields)
        answer: dict[str, Any] = env.stack[-1]
        run = env.states.context_object.context_object_data["Execution"]["Id"]
        place = f"{run}:{env.event_history_context.last_published_event_id}"
        digest = hashlib.sha256(place.encode()).digest()  # draws nothing: chance stays as the seed gives it
        found = headers(answer, digest)
        number = int(answer.get("StatusCode") or 200)
        answer["SdkHttpMetadata"] = {
            "AllHttpHeaders": {name: [value] for name, value in found.items()},
            "HttpHeaders": dict(sorted(found.items(), key=lambda row: row[0].lower())),
            "HttpStatusCode": number,
        }
        answer["SdkResponseMetadata"] = {"RequestId": found["x-amzn-RequestId"]}
        # Names of answers begin small until a nested execution's are written large.
        env.stack[-1] = dict(sorted(answer.items(), key=lambda row: row[0].lower()))

    return _eval_service_task


def _json_headers(answer: dict[str, Any], digest: bytes) -> dict[str, str]:
    return {
        "x-amzn-RequestId": _request(digest),
        "connection": "keep-alive",
        "Content-Length": str(len(_body(answer))),
        "Date": _date(),
        "Content-Type": "application/x-amz-json-1.0",
    }


def _xml_headers(answer: dict[str, Any], digest: bytes) -> dict[str, str]:
    length = QUERY_ANSWER + len(answer["MessageId"])
    if "SequenceNumber" in answer:
        length += NUMBERED + len(answer["SequenceNumber"])
    return _json_headers(answer, digest) | {"Content-Length": str(length), "Content-Type": "text/xml"}


def _function_headers(answer: dict[str, Any], digest: bytes) -> dict[str, str]:
    log = {"X-Amz-Log-Result": answer["LogResult"]} if "LogResult" in answer else {}
    ran = {"X-Amz-Executed-Version": answer["ExecutedVersion"]} if answer.get("ExecutedVersion") else {}
    return (
        log
        | ran
        | {
            "x-amzn-Remapped-Content-Length": "0",
            "Connection": "keep-alive",
            "x-amzn-RequestId": _request(digest),
            "Content-Length": str(len(_body(answer.get("Payload")))),
            "Date": _date(),
            "X-Amzn-Trace-Id": f"Root=1-{digest[:4].hex()}-{digest[4:16].hex()};Parent={digest[16:24].hex()};Sampled=0",
            "Content-Type": "application/json",
        }
    )


def _table_headers(answer: dict[str, Any], digest: bytes) -> dict[str, str]:
    return {
        "Server": "Server",
        "Connection": "keep-alive",
        "x-amzn-RequestId": _request(digest),
        "x-amz-crc32": str(zlib.crc32(_body(answer))),
        "Content-Length": str(len(_body(answer))),
        "Date": _date(),
        "Content-Type": "application/x-amz-json-1.0",
    }


def _request(digest: bytes) -> str:
    return str(uuid.UUID(bytes=digest[:16], version=4))


def _date() -> str:
    return format_datetime(cloud().clock.instant, usegmt=True)


def _body(answer: Any) -> bytes:
    def number(value: Any) -> Any:
        return value.timestamp() if isinstance(value, datetime) else str(value)

    return json.dumps(answer, separators=(",", ":"), default=number).encode()


PATCHES: tuple[Callable[[], None], ...] = (_answers_with_their_headers,)
