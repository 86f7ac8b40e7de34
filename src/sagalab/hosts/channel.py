"""The one way between learner code and the judge: JSON messages of bounded size over a socket.

Never pickle. Bytes travel as base64 text inside the JSON.
"""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

MAX_MESSAGE = 16 * 1024 * 1024  # bytes
_LENGTH = struct.Struct("!I")


class ChannelClosed(Exception):
    """The other side is gone."""


class ChannelTimeout(Exception):
    """The other side said nothing for too long, by the wall clock."""


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no JSON")


class Channel:
    """One end of a socket that carries JSON objects."""

    def __init__(self, sock: socket.socket, limit: int = MAX_MESSAGE) -> None:
        self.socket, self.limit = sock, limit

    def send(self, message: dict[str, Any]) -> None:
        """Sends one object; raises `ChannelClosed`, and ValueError when it is too large or no JSON."""
        raw = json.dumps(message, allow_nan=False).encode()
        if len(raw) > self.limit:
            raise ValueError(f"the message has {len(raw):,} bytes, more than the {self.limit:,} allowed")
        try:
            self.socket.sendall(_LENGTH.pack(len(raw)) + raw)
        except OSError as error:
            raise ChannelClosed(str(error)) from error

    def receive(self, timeout: float | None = None) -> dict[str, Any]:
        """Waits for one object.

        Raises `ChannelClosed`, `ChannelTimeout` after `timeout` wall-clock seconds, and ValueError for
        anything that is too large or no JSON object.
        """
        self.socket.settimeout(timeout)
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        if length > self.limit:
            raise ValueError(f"a message of {length:,} bytes was announced, more than the {self.limit:,} allowed")
        raw = self._exactly(length)
        try:
            message = json.loads(raw, parse_constant=_no_number)
        except RecursionError:
            raise ValueError("the message is nested too deeply") from None
        if not isinstance(message, dict):
            raise ValueError("a message must be a JSON object")
        return message

    def _exactly(self, count: int) -> bytes:
        parts, left = [], count
        while left:
            try:
                part = self.socket.recv(min(left, 1 << 20))
            except TimeoutError as error:
                raise ChannelTimeout("no answer in time") from error
            except OSError as error:
                raise ChannelClosed(str(error)) from error
            if not part:
                raise ChannelClosed("the other side is gone")
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Closes this end."""
        self.socket.close()
