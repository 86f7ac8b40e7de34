"""A child that is one Lambda instance: loads a zip once, then serves invocations.

Started as `python -m sagalab.hosts.function_host FD`, it becomes the warm process that such children are
forked from. It holds nothing worth reading: no seed, no orders, no deployment but its own zip.
"""

from __future__ import annotations

import base64
import functools
import io
import os
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

from sagalab.aws.functions import Outcome
from sagalab.hosts import inside
from sagalab.hosts.channel import Channel
from sagalab.hosts.fork_server import serve
from sagalab.hosts.limits import Limits, die_with_parent
from sagalab.hosts.loading import LoadError, call, load

CLIENTS = ("stepfunctions", "events", "sqs", "sns", "lambda", "dynamodb")
LOG_SIZE = 4096  # characters of a function's output that are kept


class _Log(io.StringIO):
    def write(self, text: str) -> int:
        if self.tell() < LOG_SIZE:
            super().write(text[: LOG_SIZE - self.tell()])
        return len(text)


def instance(channel: Channel, request: dict[str, Any]) -> None:
    """Serves one function until the channel closes."""
    folder = str(request["folder"])
    os.mkdir(folder)
    os.chdir(folder)
    tempfile.tempdir = folder  # An instance shares its disk with no other.
    inside.enter(channel)
    signal.signal(signal.SIGXCPU, functools.partial(_spent, channel))
    function: Any = None
    while True:
        message = channel.receive()
        inside.begin(float(message["now"]), str(message["seed"]))
        sys.stdout = sys.stderr = log = _Log()
        try:
            if function is None:
                os.environ.update({str(k): str(v) for k, v in message["environment"].items()})
                function = load(base64.b64decode(message["code"]), message["handler"], Path(folder))
            outcome = call(function, message["event"], message["context"], inside.now)
        except LoadError as error:
            outcome = Outcome(error=error.kind, message=str(error))
        channel.send(
            {
                "op": "done", "payload": outcome.payload, "error": outcome.error, "message": outcome.message,
                "trace": list(outcome.trace), "log": log.getvalue(), "loaded": function is not None,
            }
        )  # fmt: skip


def _spent(channel: Channel, *_: object) -> None:
    """Says that the processor time is used up; a handler that never lets this run is killed a second later."""
    channel.send({"op": "spent"})
    os._exit(1)


def _share_clients() -> None:
    """Makes the usual clients once, before forking: making one costs more than a whole invocation."""
    import boto3

    made = {name: boto3.client(name) for name in CLIENTS}
    inside.rehearse(made)
    original = boto3.client

    @functools.wraps(original)
    def client(service_name: str, *args: Any, **kwargs: Any) -> Any:
        plain = not args and set(kwargs) <= {"region_name"}
        return made[service_name] if plain and service_name in made else original(service_name, *args, **kwargs)

    boto3.client = client


def main() -> None:
    """Becomes the warm process."""
    die_with_parent()
    control = socket.socket(fileno=int(sys.argv[1]))
    inside.prepare()
    _share_clients()
    import datetime  # noqa: F401
    import decimal  # noqa: F401
    import gc

    gc.collect()
    gc.freeze()
    serve(control, instance, Limits())


if __name__ == "__main__":
    main()
