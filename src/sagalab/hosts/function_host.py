"""The warm process that children with learners' functions are forked from.

Started as `python -m sagalab.hosts.function_host FD`. A child is one instance, or many together, or itself a
warm process that has one deployment's code ready. None holds anything worth reading: no seed, no orders, no
deployment but the functions' own zips.
"""

from __future__ import annotations

import base64
import functools
import os
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from sagalab.hosts import archives, files, inside
from sagalab.hosts.channel import Channel
from sagalab.hosts.fork_server import Forker, control_pair, serve
from sagalab.hosts.huge_pages import settle
from sagalab.hosts.instance import Instance
from sagalab.hosts.limits import Limits, die_with_parent, keep_private, places
from sagalab.hosts.loading import LoadError
from sagalab.hosts.together import serve_together

CLIENTS = ("stepfunctions", "events", "sqs", "sns", "lambda", "dynamodb")
RESOURCES = ("sqs", "sns", "dynamodb")
WARM_LIFE = 3600  # CPU seconds that a warm process may spend on forking


def functions(channel: Channel, request: dict[str, Any]) -> None:
    """Lives as the request says: "alone", "together", or as the "warm" process of one deployment."""
    life = request.get("life", "alone")
    folder = Path(request["folder"])
    folder.mkdir()
    os.chdir(folder)
    os.environ.update(places(str(folder)))
    tempfile.tempdir = str(folder)  # said before anybody asks: to find one out is to write a file
    if life == "warm":
        for code in channel.receive()["codes"]:
            with suppress(LoadError):  # The instance that loads it says why.
                archives.prepare(base64.b64decode(code), folder)
        channel.send({"op": "ready"})
        channel.close()
        settle()
        serve(socket.socket(fileno=int(request["extra"][0])), functions, Limits())
        return
    signal.signal(signal.SIGXCPU, functools.partial(_spent, channel))
    if life == "together":
        serve_together(channel, folder)
    inside.enter(channel)
    files.own(folder)
    instance = Instance(folder)
    while True:
        channel.send(instance.answer(channel.receive()))


def warm_for(forker: Forker, codes: list[bytes], folder: str) -> Forker:
    """Gives a fork server with this code ready, forked from the warm process; it ends with its control socket."""
    ours, theirs = control_pair()
    request = {"life": "warm", "folder": folder, "limits": {"cpu": WARM_LIFE}}
    channel, _ = forker.fork(request, theirs)
    theirs.close()
    channel.send({"codes": [base64.b64encode(code).decode() for code in codes]})
    channel.receive(60.0)
    channel.close()
    return Forker(ours)


def _spent(channel: Channel, *_: object) -> None:
    """Says that the processor time is used up; a handler that never lets this run is killed a second later."""
    channel.send({"op": "spent"})
    os._exit(1)


def _share_clients() -> None:
    """Makes the usual clients once, before forking: making one costs more than a whole invocation."""
    import boto3

    made = {name: boto3.client(name) for name in CLIENTS}
    inside.rehearse(made)
    boto3.client = _shared(boto3.client, made)
    boto3.resource = _shared(boto3.resource, {name: boto3.resource(name) for name in RESOURCES})


def _shared(original: Any, made: dict[str, Any]) -> Any:
    @functools.wraps(original)
    def make(service_name: str, *args: Any, **kwargs: Any) -> Any:
        plain = not args and set(kwargs) <= {"region_name"}
        return made[service_name] if plain and service_name in made else original(service_name, *args, **kwargs)

    return make


def main() -> None:
    """Becomes the warm process; none of its children can read what another one holds."""
    die_with_parent()
    keep_private()
    control = socket.socket(fileno=int(sys.argv[1]))
    inside.prepare()
    inside.lead_chance()
    _share_clients()
    import datetime  # noqa: F401
    import decimal  # noqa: F401

    files.prepare()
    settle()
    serve(control, functions, Limits())


if __name__ == "__main__":
    main()
