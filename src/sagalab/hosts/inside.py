"""Inside a child: boto3, participants, time and chance lead over the channel to the judge.

boto3 needs no server: a before-send hook ships each request and hands the answer back. The hook is put in
place once per process (`prepare`), before any client exists, and is asleep until `enter` gives it a channel.

Time and chance are asked for only where code reads them: what is told the same says the same, and need not be
run again (`transcripts`).
"""

from __future__ import annotations

import base64
import datetime as real_datetime
import random
import time
import uuid
from io import BytesIO
from types import SimpleNamespace
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


REQUEST = "00000000-0000-4000-8000-000000000000"  # names each request of a client; the judge reads it nowhere
_BOUND = (
    "betavariate", "binomialvariate", "choice", "choices", "expovariate", "gammavariate", "gauss", "getrandbits",
    "getstate", "lognormvariate", "normalvariate", "paretovariate", "randbytes", "randint", "random", "randrange",
    "sample", "seed", "setstate", "shuffle", "triangular", "uniform", "vonmisesvariate", "weibullvariate",
)  # fmt: skip

_channel: Line | None = None
_now: float | None = None  # None where it has to be asked for
_prepared = False
_plain: random.Random | None = None  # the module's own generator, once another one stands for it
_kept = False  # whether code here may have kept a function of that one
_rehearsing = False


class _Raw(BytesIO):
    def stream(self, **_: Any) -> Any:
        yield self.read()


def now() -> float:
    """Gives the virtual second; it stands still until this code asks for something else."""
    global _now
    if _now is None:
        _now = float(ask({"op": "now"})["now"])
    return _now


def ask(message: dict[str, Any]) -> dict[str, Any]:
    """Sends a request to the judge and gives its answer; virtual time passes meanwhile."""
    global _now
    assert _channel is not None
    _channel.send(message)
    reply = _channel.receive()
    _now = None
    return reply


def particulars() -> dict[str, Any]:
    """Gives what a handler's context says that differs from one invocation to the next."""
    return dict(ask({"op": "context"})["context"])


class Chance:
    """The chance of one invocation, out of a seed that is asked for when the first number is drawn."""

    def __init__(self) -> None:
        self._seed: str | None = None
        self.numbers: random.Random | None = None
        self._identifiers: random.Random | None = None

    def seeded(self) -> str:
        """Gives the seed."""
        if self._seed is None:
            self._seed = str(ask({"op": "chance"})["seed"])
        return self._seed

    def drawn(self) -> random.Random:
        """Gives what draws the numbers of the module `random`."""
        if self.numbers is None:
            self.numbers = random.Random(self.seeded())
        return self.numbers

    def identifier(self) -> uuid.UUID:
        """Draws a UUID."""
        if self._identifiers is None:
            self._identifiers = random.Random(f"uuid:{self.seeded()}")
        return uuid.UUID(int=self._identifiers.getrandbits(128), version=4)


chance = Chance()  # of the invocation that has its turn


class _Numbers(random.Random):
    """Stands for the module's own generator: without a judge it is that one."""

    def __init__(self, plain: random.Random) -> None:
        self._plain = plain

    def _here(self) -> random.Random:
        return self._plain if _channel is None else chance.drawn()

    def random(self) -> float:
        return self._here().random()

    def gauss(self, mu: float = 0.0, sigma: float = 1.0) -> float:
        return self._here().gauss(mu, sigma)

    def getrandbits(self, k: int, /) -> int:
        return self._here().getrandbits(k)

    def seed(self, a: Any = None, version: int = 2) -> None:
        if _channel is None:
            self._plain.seed(a, version)
        else:
            chance.numbers = random.Random()
            chance.numbers.seed(a, version)

    def getstate(self) -> Any:
        return self._here().getstate()

    def setstate(self, state: Any) -> None:
        self._here().setstate(state)


def lead_chance() -> None:
    """Leads `random` and `uuid` to the judge, once, before code keeps a function of theirs."""
    global _plain
    if _plain is not None:
        return
    plain, plain_uuid4 = random._inst, uuid.uuid4
    _plain, numbers = plain, _Numbers(plain)
    for name in _BOUND:
        if hasattr(random, name):
            setattr(random, name, getattr(numbers, name))
    uuid.uuid4 = lambda: plain_uuid4() if _channel is None else chance.identifier()


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
        instant = EPOCH + real_datetime.timedelta(seconds=now())
        return instant.astimezone(tz) if tz is not None else instant.replace(tzinfo=None)

    @classmethod
    def utcnow(cls) -> Any:
        return (EPOCH + real_datetime.timedelta(seconds=now())).replace(tzinfo=None)


def prepare() -> None:
    """Puts the sleeping hook into botocore; call it before the first client is made."""
    global _prepared
    if _prepared:
        return
    import botocore.endpoint
    import botocore.handlers

    botocore.endpoint.uuid = SimpleNamespace(uuid4=lambda: REQUEST)
    botocore.handlers.BUILTIN_HANDLERS.insert(0, ("before-send", _before_send))
    _prepared = True


def enter(channel: Line) -> None:
    """From now on everything this process asks of the world goes over this channel."""
    import botocore.auth

    global _channel, _kept
    _channel, _kept = channel, _plain is None
    lead_chance()
    api.silence()
    botocore.auth.get_current_datetime = _signed_at
    participants.open_door(_RemoteDoor())
    time.sleep = lambda seconds: ask({"op": "sleep", "seconds": float(seconds)}) and None  # type: ignore[assignment]
    time.time = lambda: EPOCH.timestamp() + now()
    time.monotonic = time.perf_counter = now
    time.time_ns = lambda: int(time.time() * 1e9)
    real_datetime.datetime = _Datetime  # type: ignore[misc]


def _signed_at(remove_tzinfo: bool = True) -> real_datetime.datetime:
    """Gives the time that signatures bear: nobody checks them, and a signature is no reading of the clock."""
    return EPOCH.replace(tzinfo=None) if remove_tzinfo else EPOCH


def begin() -> None:
    """Begins one invocation: its time and its chance are asked for anew."""
    global _now, chance
    _now, chance = None, Chance()
    if _kept and _plain is not None:
        _plain.seed(chance.seeded())


def turn_to(other: Chance) -> None:
    """Gives the turn to an invocation that has begun already, by its chance."""
    global chance
    chance = other
