"""The fault catalogue, and the plan of faults that one run is struck by.

A fault is injected on purpose; what learner code sees of it is an error. Refusals (declined, out of stock)
are data of the orders, not faults, so that a fault can strike a compensation alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from sagalab.clock import VirtualClock, minutes
from sagalab.errors import DefinitionError
from sagalab.participants.market import Caller, Strike

Group = Literal["definite outage", "indefinite", "crash", "delivery", "refusal of the cloud"]
GROUPS: tuple[str, ...] = ("definite outage", "indefinite", "crash", "delivery", "refusal of the cloud", "pairs")
LONG = minutes(15)  # seconds of faults in a run that a design has to heal by itself


@dataclass(frozen=True)
class FaultKind:
    """One row of the catalogue. `strikes` says where: participant, function, queue, api or order."""

    name: str
    group: Group
    strikes: Literal["participant", "function", "queue", "api", "order"]
    definite: bool
    story: str


CATALOGUE: dict[str, FaultKind] = {
    kind.name: kind
    for kind in (
        FaultKind(
            "unavailable", "definite outage", "participant", True,
            "The participant cannot be reached. The caller knows that nothing happened. A good design tries again, "
            "slower each time, and not for ever.",
        ),
        FaultKind(
            "consumer_down", "definite outage", "function", True,
            "The function that reads a queue stands still for a while. Messages wait; no receive is counted. A good "
            "design lets them wait.",
        ),
        FaultKind(
            "reply_lost", "indefinite", "participant", False,
            "The effect happened, and the answer got lost. The caller sees a timeout and knows nothing. A good design "
            "asks again with the same idempotency key.",
        ),
        FaultKind(
            "slow", "indefinite", "participant", False,
            "The participant answers too late. The caller sees a timeout, and the effect lands afterwards. A good "
            "design asks again with the same key, and never takes silence for a no.",
        ),
        FaultKind(
            "crash_before", "crash", "function", True,
            "The function dies before it did anything. A good design runs it again.",
        ),
        FaultKind(
            "crash_after", "crash", "function", False,
            "The function did its work and died before it could say so. It will run again. A good design makes the "
            "second run harmless.",
        ),
        FaultKind(
            "cold_start", "crash", "function", False,
            "The function dies after its work, and the second run lands on a fresh instance that remembers nothing. "
            "A good design keeps what it must remember outside the function.",
        ),
        FaultKind(
            "duplicated", "delivery", "queue", False,
            "A message is delivered twice, as at-least-once delivery allows. A good design does the work once.",
        ),
        FaultKind(
            "started_twice", "delivery", "order", False,
            "Somebody starts the same order a second time. A good design processes it once.",
        ),
        FaultKind(
            "throttled", "refusal of the cloud", "api", True,
            "The cloud refuses a call because there were too many. A good design tries again.",
        ),
        FaultKind(
            "publish_failed", "refusal of the cloud", "api", True,
            "The bus answers, but did not take the entry: FailedEntryCount says so, no error does. A good design "
            "looks, and sends it again.",
        ),
    )
}  # fmt: skip


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
        how = f"for {self.lasts / 60:g} minutes" if self.lasts else times
        at = f", from call {self.call} on" if self.call > 1 else ""
        return f"{self.kind.replace('_', ' ')} at {self.target}, {how}{at}"


@dataclass
class FaultPlan:
    """The faults of one run, asked at each point where one could strike.

    One plan serves participants, functions, queues and the API; it counts calls per fault.
    """

    faults: tuple[Fault, ...]
    clock: VirtualClock
    seed: int | str = 0
    struck: list[tuple[float, Fault]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._seen: dict[Fault, int] = {}
        self._first: dict[Fault, float] = {}
        self._crashed: set[str] = set()
        self._random = random.Random(f"faults:{self.seed}")

    def _strikes(self, kinds: Iterable[str], target: str, order: str | None = None) -> Fault | None:
        for fault in self.faults:
            if fault.kind not in kinds or not _aims_at(fault.target, target):
                continue
            if fault.order is not None and order != fault.order:
                continue
            self._seen[fault] = self._seen.get(fault, 0) + 1
            if self._active(fault):
                self._first.setdefault(fault, self.clock.now)
                self.struck.append((self.clock.now, fault))
                return fault
        return None

    def _active(self, fault: Fault) -> bool:
        count = self._seen[fault] - fault.call
        if count < 0:
            return False
        if fault.lasts is None:
            return count < fault.calls
        return self.clock.now < self._first.get(fault, self.clock.now) + fault.lasts

    # -- participants ---------------------------------------------------------------------------

    def on_call(self, what: str, order_id: str | None, caller: Caller) -> Strike | None:
        """Gives the fault that strikes this participant call."""
        fault = self._strikes(("unavailable", "reply_lost", "slow"), what, order_id)
        if fault is None:
            return None
        return Strike(fault.kind, self._random.uniform(3.0, 120.0) if fault.kind == "slow" else 0.0)

    # -- functions ------------------------------------------------------------------------------

    def before_invocation(self, function: str) -> str | None:
        """Gives "crash_before" or "crash_after" for this invocation."""
        fault = self._strikes(("crash_before", "crash_after", "cold_start"), function)
        if fault is None:
            return None
        return "crash_before" if fault.kind == "crash_before" else "crash_after"

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

    def on_sent(self, queue: str, message: str, order_id: str | None) -> float | None:
        """Gives the seconds after which a duplicate of this message shows up, or None."""
        fault = self._strikes(("duplicated",), queue, order_id)
        return self._random.uniform(0.01, 20.0) if fault is not None else None

    def failed_entries(self, count: int) -> set[int]:
        """Gives which entries of this PutEvents call fail."""
        return {0} if self._strikes(("publish_failed",), "events:PutEvents") is not None else set()

    def refused(self, api: str) -> bool:
        """Says whether this API call is throttled."""
        return self._strikes(("throttled",), api) is not None

    def refuses_calls(self) -> bool:
        """Says whether any API call of this run could be throttled."""
        return any(CATALOGUE[fault.kind].strikes == "api" for fault in self.faults)

    # -- orders ---------------------------------------------------------------------------------

    def starts(self, order_id: str) -> int:
        """Gives how many times somebody starts this order."""
        return 2 if self._strikes(("started_twice",), "order", order_id) is not None else 1


def _aims_at(target: str, point: str) -> bool:
    return target == point or point.startswith(f"{target}.")
