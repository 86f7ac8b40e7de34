"""Inside a child: boto3, participants, time and chance lead over the channel to the judge.

boto3 needs no server: a before-send hook ships each request and hands the answer back. The hook is put in
place once per process (`prepare`), before any client exists, and is asleep until `enter` gives it a channel.
"""

from __future__ import annotations

import base64
import datetime as real_datetime
import random
import time
import uuid
from io import BytesIO
from typing import Any, Protocol

from sagalab import participants
from sagalab.aws import api
from sagalab.clock import EPOCH
from sagalab.participants.market import revive


class Line(Protocol):
    """What leads to the judge: a channel, or one invocation's part of it."""

    def send(self, message: dict[str, Any]) -> None:
        """Sends one object."""

    def receive(self) -> dict[str, Any]:
        """Waits for one object."""


_channel: Line | None = None
_now = 0.0
_prepared = False
_rehearsing = False


class _Raw(BytesIO):
    def stream(self, **_: Any) -> Any:
        yield self.read()


def now() -> float:
    """Gives the virtual second that this child knows of."""
    return _now


def ask(message: dict[str, Any]) -> dict[str, Any]:
    """Sends a request to the judge and gives its answer; virtual time passes meanwhile."""
    global _now
    assert _channel is not None
    _channel.send(message)
    reply = _channel.receive()
    _now = float(reply.get("now", _now))
    return reply


def rehearse(clients: dict[str, Any]) -> None:
    """Makes one call with each client that answers itself: the first call of a client costs most."""
    global _rehearsing
    _rehearsing = True
    entry = {"Source": "s", "DetailType": "d", "Detail": "{}"}
    try:
        clients["events"].put_events(Entries=[entry])
        clients["sqs"].send_message(QueueUrl="https://sqs.us-east-1.amazonaws.com/1/q", MessageBody="m")
        clients["stepfunctions"].start_execution(stateMachineArn="arn:aws:states:us-east-1:1:stateMachine:m")
        clients["dynamodb"].get_item(TableName="table", Key={"id": {"S": "1"}})
        clients["sns"].publish(TopicArn="arn:aws:sns:us-east-1:1:t", Message="m")
    finally:
        _rehearsing = False


def _before_send(request: Any, **_: Any) -> Any:
    if _rehearsing:
        from botocore.awsrequest import AWSResponse

        xml = b"<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>"
        return AWSResponse(request.url, 200, {}, _Raw(xml if "//sns." in request.url else b"{}"))
    if _channel is None:
        return None
    from botocore.awsrequest import AWSResponse

    body = request.body or b""
    raw = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else body.read()
    headers = {
        str(name): value.decode() if isinstance(value, bytes) else str(value) for name, value in request.headers.items()
    }
    reply = ask(
        {
            "op": "aws", "method": request.method, "url": request.url, "headers": headers,
            "body": base64.b64encode(raw).decode(),
        }
    )  # fmt: skip
    return AWSResponse(request.url, reply["status"], reply["headers"], _Raw(base64.b64decode(reply["body"])))


class _RemoteDoor:
    def call(self, what: str, arguments: dict[str, Any]) -> Any:
        reply = ask({"op": "participant", "what": what, "arguments": arguments})
        if "error" in reply:
            if reply["error"] == "TypeError":
                raise TypeError(reply["message"])
            raise revive(reply["error"], reply["message"])
        return reply.get("answer")


class _Datetime(real_datetime.datetime):
    @classmethod
    def now(cls, tz: real_datetime.tzinfo | None = None) -> Any:
        instant = EPOCH + real_datetime.timedelta(seconds=_now)
        return instant.astimezone(tz) if tz is not None else instant.replace(tzinfo=None)

    @classmethod
    def utcnow(cls) -> Any:
        return (EPOCH + real_datetime.timedelta(seconds=_now)).replace(tzinfo=None)


def prepare() -> None:
    """Puts the sleeping hook into botocore; call it before the first client is made."""
    global _prepared
    if _prepared:
        return
    import botocore.handlers

    botocore.handlers.BUILTIN_HANDLERS.insert(0, ("before-send", _before_send))
    _prepared = True


def enter(channel: Line) -> None:
    """From now on everything this process asks of the world goes over this channel."""
    global _channel
    _channel = channel
    api.silence()
    participants.open_door(_RemoteDoor())
    time.sleep = lambda seconds: ask({"op": "sleep", "seconds": float(seconds)}) and None  # type: ignore[assignment]
    time.time = lambda: EPOCH.timestamp() + _now
    time.monotonic = time.perf_counter = lambda: _now
    time.time_ns = lambda: int(time.time() * 1e9)
    real_datetime.datetime = _Datetime  # type: ignore[misc]


def begin(now: float, seed: str) -> None:
    """Sets time and chance for one invocation."""
    global _now
    _now = now
    random.seed(seed)
    chance = random.Random(f"uuid:{seed}")
    uuid.uuid4 = lambda: uuid.UUID(int=chance.getrandbits(128), version=4)
