"""A fault, and the plan of faults that one run is struck by.

A fault is injected on purpose; what learner code sees of it is an error. The kinds are in `sagalab.catalogue`.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from typing import Any

from sagalab.catalogue import CATALOGUE, GROUPS, PLACES, FaultKind, Group
from sagalab.clock import VirtualClock, minutes
from sagalab.errors import DefinitionError
from sagalab.participants.arguments import TAKES
from sagalab.participants.market import PATIENCE, Caller, Strike

__all__ = [
    "CATALOGUE", "GROUPS", "LONG", "PLACES", "REPLAY", "Detour", "Fault", "FaultKind", "FaultPlan", "Group",
]  # fmt: skip

LONG = minutes(15)  # seconds of faults in a run that a design has to heal by itself
REPLAY = minutes(25)  # seconds after which an archive hands an event out again: most orders have ended by then
HELD = (45.0, 90.0)  # seconds that a message waits at most for the one that overtakes it
DELAY = minutes(5)  # seconds that a delayed message is under way, where the fault names none


@dataclass(frozen=True)
class Fault:
    """One injected fault.

    `kind` names a row of the catalogue; `target` says where it strikes ("warehouse.reserve", a function's or
    queue's name, "events:PutEvents"). It strikes from the `call`-th call on, `calls` times, or for `lasts`
    seconds from the first one that it strikes. `order` aims it at one order.
    """

    kind: str
    target: str
    call: int = 1
    calls: int = 1
    lasts: float | None = None
    order: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.kind, str) or self.kind not in CATALOGUE:
            raise DefinitionError(
                f"there is no fault {self.kind!r}",
                where="Fault",
                slip=f"the kinds are {', '.join(sorted(CATALOGUE))}",
            )
        if not isinstance(self.target, str):
            raise DefinitionError(f"the target is a text, not {self.target!r}", where="Fault")
        if CATALOGUE[self.kind].strikes == "participant":
            self._check_participant()
        if self.order is not None and not isinstance(self.order, str):
            raise DefinitionError(f"the order is an order id, a text, not {self.order!r}", where="Fault")
        for name in ("call", "calls"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise DefinitionError(f"{name} is a whole number from 1 on, not {value!r}", where="Fault")
        number = isinstance(self.lasts, int | float) and not isinstance(self.lasts, bool)
        if self.lasts is not None and not (number and 0 < self.lasts <= 86400):
            raise DefinitionError(
                f"a fault lasts more than 0 s and at most a day, not {self.lasts!r} s",
                where="Fault",
                slip="minutes(30) gives seconds",
            )

    def _check_participant(self) -> None:
        """Refuses a call that does not exist: such a fault would strike nothing, and nobody would see why."""
        known = [*TAKES, *dict.fromkeys(name.partition(".")[0] for name in TAKES)]
        if self.target in known:
            return
        close = get_close_matches(self.target, known, 1, 0.5)
        raise DefinitionError(
            f"no participant has a call {self.target!r}",
            where=f'Fault("{self.kind}")',
            slip=f"did you mean {close[0]!r}?" if close else f"the calls are {', '.join(TAKES)}",
        )

    @property
    def group(self) -> str:
        """The catalogue's group of this fault."""
        return CATALOGUE[self.kind].group

    @property
    def duration(self) -> float:
        """Seconds that the fault lasts by itself; 0 for one that strikes single calls."""
        return self.lasts or 0.0

    def to_json(self) -> dict[str, Any]:
        """Gives the fault as a JSON object without its defaults."""
        plain = Fault(self.kind, self.target)
        return {
            name: value
            for name, value in asdict(self).items()
            if name in ("kind", "target") or value != getattr(plain, name)
        }

    def in_words(self) -> str:
        """Says the fault in one phrase."""
        times = f"{self.calls} times" if self.calls > 1 else "once"
        how = f"for {_lasting(self.lasts)}" if self.lasts else times
        at = f", from call {self.call} on" if self.call > 1 else ""
        of = f", of order {self.order}" if self.order else ""
        return f"{self.kind.replace('_', ' ')} at {self.target}, {how}{at}{of}"


def _lasting(seconds: float) -> str:
    count, unit = (seconds / 60, "minute") if seconds >= 60 else (seconds, "second")
    return f"{count:g} {unit}" if count == 1 else f"{count:g} {unit}s"


@dataclass(frozen=True)
class Detour:
    """What a fault does to one message on its way; `after` in seconds.

    A duplicate comes `after`; a delayed message comes `after`, and not before; one that is reordered or poison waits
    for the next message of its queue, and at most so long.
    """

    kind: str
    after: float


@dataclass
class FaultPlan:
    """The faults of one run, asked at each point where one could strike.

    One plan serves participants, functions, messages, buses, the API and the starts of orders. It counts
    the calls that each fault could strike, whether or not another one struck them.
    """

    faults: tuple[Fault, ...]
    clock: VirtualClock
    seed: int | str = 0
    struck: list[tuple[float, Fault]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._seen: dict[Fault, int] = {}
        self._first: dict[Fault, float] = {}
        self._deadlines: dict[int, float] = {}
        self._random = random.Random(f"faults:{self.seed}")

    def clear(self) -> None:
        """Forgets all faults, and how often each could have struck."""
        self.faults = ()
        self._seen.clear()
        self._first.clear()

    def _strikes(self, kinds: Iterable[str], target: str, order: str | None = None) -> Fault | None:
        found = None
        for fault in dict.fromkeys(self.faults):
            if fault.kind not in kinds or not _aims_at(fault.target, target):
                continue
            if fault.order is not None and order != fault.order:
                continue
            self._seen[fault] = self._seen.get(fault, 0) + 1
            if found is None and self._active(fault):
                self._first.setdefault(fault, self.clock.now)
                found = fault
        if found is not None:
            self.struck.append((self.clock.now, found))
        return found

    def _active(self, fault: Fault) -> bool:
        count = self._seen[fault] - fault.call
        if count < 0:
            return False
        if fault.lasts is None or fault.kind == "delayed":
            return count < fault.calls
        return self.clock.now < self._first.get(fault, self.clock.now) + fault.lasts

    # -- participants ---------------------------------------------------------------------------

    def on_call(self, what: str, order_id: str | None, caller: Caller) -> Strike | None:
        """Gives the fault that strikes this participant call."""
        fault = self._strikes(("unavailable", "reply_lost", "slow", "timed_out"), what, order_id)
        if fault is None:
            return None
        if fault.kind == "slow":
            return Strike(fault.kind, self._random.uniform(3.0, 120.0))
        if fault.kind == "timed_out":
            deadline = self._deadlines.get(
                -1 if caller.invocation is None else caller.invocation, self.clock.now + PATIENCE
            )
            return Strike(fault.kind, max(0.0, deadline - self.clock.now) + self._random.uniform(3.0, 60.0))
        return Strike(fault.kind)

    # -- functions ------------------------------------------------------------------------------

    def before_invocation(self, function: str) -> str | None:
        """Gives "crash_before", "crash_after" or "cold_start" for this invocation."""
        fault = self._strikes(("crash_before", "crash_after", "cold_start"), function)
        return None if fault is None else fault.kind

    def entered(self, invocation: int, deadline: float) -> None:
        """Is told the virtual second at which an invocation will be killed."""
        self._deadlines[invocation] = deadline

    def throttled(self, function: str) -> bool:
        """Says whether this function is throttled now."""
        return self._strikes(("throttled",), f"lambda:{function}") is not None

    def fresh_instances(self) -> bool:
        """Says whether every invocation lands on a fresh instance."""
        return any(fault.kind == "cold_start" for fault in self.faults)

    def consumer_down(self, function: str) -> bool:
        """Says whether the poller of this function stands still now."""
        return self._strikes(("consumer_down",), function) is not None

    # -- messages and the API -------------------------------------------------------------------

    def on_message(self, place: str, order_id: str | None) -> Detour | None:
        """Gives what happens to this message on its way to a queue, or to a function without one."""
        fault = self._strikes(("duplicated", "delayed", "reordered", "poison"), place, order_id)
        if fault is None:
            return None
        if fault.kind == "duplicated":
            return Detour(fault.kind, self._random.uniform(0.01, 20.0))
        if fault.kind == "delayed":
            return Detour(fault.kind, fault.lasts or DELAY)
        return Detour(fault.kind, self._random.uniform(*HELD))

    def on_published(self, bus: str, order_id: str | None) -> float | None:
        """Gives the seconds after which this event or message is handed out once more, or None."""
        return REPLAY if self._strikes(("replayed",), bus, order_id) is not None else None

    def failed_entries(self, api: str, count: int) -> set[int]:
        """Gives which entries of this call fail, though the call succeeds; `api` such as "events:PutEvents"."""
        return {0} if self._strikes(("publish_failed",), api) is not None else set()

    def refused(self, api: str) -> bool:
        """Says whether this API call is throttled."""
        return self._strikes(("throttled",), api) is not None

    def refuses_calls(self) -> bool:
        """Says whether any API call of this run could be throttled."""
        return any(CATALOGUE[fault.kind].strikes == "api" for fault in self.faults)

    # -- orders ---------------------------------------------------------------------------------

    def starts_again(self, order_id: str) -> dict[str, float]:
        """Gives the faults that start this order once more, and how many seconds after its start."""
        again = {"started_twice": 1.0, "replayed": REPLAY}
        return {kind: after for kind, after in again.items() if self._strikes((kind,), "order", order_id) is not None}


def _aims_at(target: str, point: str) -> bool:
    return target == point or point.startswith(f"{target}.")
