"""What every test gets: no network but this machine's own, no cloud account, reproducible properties."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

# Here, and not beside what it is about: where tests run in several processes, the first one knows this file alone.
from tests.judgement.summary import pytest_terminal_summary  # noqa: F401

os.environ.setdefault("MPLBACKEND", "Agg")
for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
    os.environ.pop(name, None)

# The same examples on every run: what a test finds today it finds tomorrow. `make prove` looks further.
settings.register_profile("calm", deadline=None, derandomize=True, max_examples=50)
settings.register_profile("prove", deadline=None, max_examples=2000)
settings.load_profile("prove" if os.environ.get("SAGALAB_PROVE") else "calm")


def _stays_here(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket's path
    try:
        return ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return address[0] in ("localhost", "")


@pytest.fixture(autouse=True, scope="session")
def _no_network_but_loopback() -> Iterator[None]:
    reach = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if not _stays_here(address):
            raise OSError(f"a test reached out to {address}: tests use the loopback interface only")
        reach(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        yield
