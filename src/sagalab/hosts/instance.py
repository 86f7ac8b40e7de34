"""One Lambda instance: loads a function once, then answers its invocations."""

from __future__ import annotations

import base64
import io
import os
import sys
from pathlib import Path
from typing import Any

from sagalab.aws.lambdas.functions import Outcome
from sagalab.hosts import archives, files, inside
from sagalab.hosts.loading import Handler, LoadError, call, imported

LOG_SIZE = 4096  # characters of a function's output that are kept


class _Log(io.StringIO):
    def write(self, text: str) -> int:
        if self.tell() < LOG_SIZE:
            super().write(text[: LOG_SIZE - self.tell()])
        return len(text)


class Instance:
    """A function's code and whatever it remembers; `names` are the modules that it brought along."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: list[str] = []
        self.archive: Path | None = None
        self._function: Handler | None = None

    def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        """Runs one invocation and gives what the judge is told of it."""
        inside.begin()
        sys.stdout = sys.stderr = log = _Log()
        try:
            if self._function is None:
                os.environ.update({str(k): str(v) for k, v in message["environment"].items()})
                self._function = self._load(message)
            outcome = call(
                self._function, message["event"], message["context"], inside.now, inside.particulars
            )  # fmt: skip
        except LoadError as error:
            outcome = Outcome(error=error.kind, message=str(error))
        return {
            "op": "done", "payload": outcome.payload, "error": outcome.error, "message": outcome.message,
            "trace": list(outcome.trace), "log": log.getvalue(), "loaded": self._function is not None,
        }  # fmt: skip

    def _load(self, message: dict[str, Any]) -> Handler:
        archive = archives.ready(message.get("archive"))
        if archive is None:
            with files.ours():
                archive = archives.prepare(base64.b64decode(message["code"]), self.folder)
        self.archive, self.names = archive
        return imported(archive.path, archive.names, message["handler"])
