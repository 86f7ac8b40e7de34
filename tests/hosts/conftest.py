"""One warm process for all tests of this folder, and a room in which functions run in its children."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from sagalab.aws import api
from sagalab.aws.lambdas.functions import FunctionSpec, Outcome
from sagalab.hosts.fork_server import Forker, start
from sagalab.hosts.limits import Limits, clean_environment
from sagalab.hosts.runtime import HostRuntime
from sagalab.hosts.transcripts import Transcripts
from sagalab.packaging import zipped
from sagalab.participants.market import Market
from sagalab.participants.orders import Item, Order
from tests.aws.building import Account

TIGHT = Limits(cpu=1, memory=600)
ORDER = Order("7", "c-1", (Item("mug", 1),), 49.9)


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forker]:
    folder = str(tmp_path_factory.mktemp("warm"))
    forker, process = start("sagalab.hosts.function_host", clean_environment(folder), folder)
    yield forker
    forker.close()
    process.kill()
    process.wait()


class Room:
    """A cloud and a market, with functions in children that are bound tightly.

    With `disturbed`, instances live together in one child.
    """

    def __init__(
        self,
        warm: Forker,
        wall: float = 5.0,
        disturbed: Callable[[str], NoReturn] | None = None,
        transcripts: Transcripts | None = None,
    ) -> None:
        self.account = Account(seed="room")
        self.clock, self.history = self.account.clock, self.account.history
        self.market = Market(self.clock, self.history, [ORDER], {"mug": 5})
        self.runtime = HostRuntime(
            warm, self.clock, self.market, api.serve, "room", TIGHT, wall,
            disturbed=disturbed, transcripts=transcripts,
        )  # fmt: skip
        self.account.cloud.functions.runtime = self.runtime

    def spec(self, source: str, name: str = "f", timeout: float = 20, **environment: str) -> FunctionSpec:
        """Gives a function whose handler is `m.f` of this source."""
        arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
        return FunctionSpec(name, arn, "m.f", zipped({"m.py": source}), timeout, 128, environment)

    def invoke(self, source: str, event: Any = None, **fields: Any) -> Outcome:
        """Runs one invocation of such a function."""
        return self.account.cloud.functions.invoke(self.spec(source, **fields), event)

    def effects(self) -> list[str]:
        """Gives what changed in the outside world."""
        return [fact.what for fact in self.history.of("effect")]

    def pids(self) -> list[int]:
        """Gives the processes of the instances that live."""
        shared = [self.runtime._shared] if self.runtime._shared is not None else []
        return [line.pid for line in [*(host.line for host in self.runtime._alone), *shared]]

    def close(self) -> None:
        self.runtime.close()
        self.account.close()


@pytest.fixture
def room(lone_room: Room) -> Room:
    """A room whose instances have a child each."""
    return lone_room


@pytest.fixture
def lone_room(warm: Forker) -> Iterator[Room]:
    made = Room(warm)
    yield made
    made.close()


class Disturbance(Exception):
    """Stands for the end of a scenario's first try."""


@pytest.fixture
def shared_room(warm: Forker) -> Iterator[Room]:
    """A room whose instances live together in one child."""

    def disturbed(why: str) -> NoReturn:
        raise Disturbance(why)

    made = Room(warm, disturbed=disturbed)
    yield made
    made.close()


@pytest.fixture
def impatient_room(warm: Forker) -> Iterator[Room]:
    """A room that takes a child for hung after a moment of silence."""
    made = Room(warm, wall=0.4)
    yield made
    made.close()


@pytest.fixture
def alive() -> Callable[[int], bool]:
    """Says whether a process still runs: a zombie does not."""

    def look(pid: int) -> bool:
        try:
            return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False

    return look
