"""The notebook's own process, kept alive after its last cell: forks of it call the learner's functions.

In a fork, the learner's clients and participants lead over the channel to the judge. What it can do there is
what an operator can do; it sees no seed, no answer and no score.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

from sagalab.hosts import inside
from sagalab.hosts.channel import Channel
from sagalab.hosts.loading import in_words

Namespace = dict[str, Any]
TEXT = 2000  # characters of an answer or an error that come back


class Unknown(Exception):
    """The notebook does not define what was asked for."""


def resolve(namespace: Namespace, target: str) -> Callable[..., Any]:
    """Finds what a request names: a function, or "plan:N:detector" or "plan:N:actions"."""
    kind, *rest = target.split(":")
    if kind == "plan":
        plan = namespace["recovery_plans"][int(rest[0])]
        return getattr(plan, rest[1])
    function = namespace.get(target)
    if not callable(function):
        raise Unknown(f"cannot be called: the notebook defines no function {target}()")
    return function


def serve_calls(namespace: Namespace) -> Callable[[Channel, dict[str, Any]], None]:
    """Gives the life of a fork: it answers calls until its channel closes."""

    def child(channel: Channel, request: dict[str, Any]) -> None:
        sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - for the life of this process
        inside.enter(channel)
        while True:
            message = channel.receive()
            inside.begin()
            channel.send({"op": "done", **answer(namespace, message)})

    return child


def answer(namespace: Namespace, message: dict[str, Any]) -> dict[str, Any]:
    """Makes one call and gives its answer, or its error in words."""
    try:
        function = resolve(namespace, str(message["target"]))
        arguments = list(message.get("arguments", []))
        if "signals" in message:
            from sagalab.signals import Signals

            arguments = [Signals.from_json(message["signals"], namespace.get("stuck_orders"))]
        return {"result": _plain(function(*arguments))}
    except Unknown as error:
        return {"error": "Unknown", "message": str(error)}
    except BaseException as error:
        lines = traceback.extract_tb(error.__traceback__)
        own = (row for row in reversed(lines) if "sagalab" not in row.filename)
        where = next((f"line {row.lineno} of {row.name}" for row in own), "")
        return {"error": type(error).__name__, "message": in_words(error)[:TEXT], "where": where}


def _plain(result: Any) -> Any:
    """Gives what of an answer can travel: a plain value, a list of texts, or whether it is true."""
    if result is None or isinstance(result, bool):
        return result
    if isinstance(result, str):
        return result[:TEXT]
    if isinstance(result, int | float) and abs(result) < 1e15:
        return result
    if isinstance(result, list | tuple | set):
        return [str(value)[:100] for value in list(result)[:1000]]
    return bool(result)
