"""What happened in a run: an append-only list of facts. Read this file first.

The cloud writes facts, faults mark them, and everything else (invariants, pictures, criteria,
feedback) reads them and nothing else. A history holds plain JSON data, so that it can cross a
process boundary and be compared byte for byte.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

Kind = Literal[
    "accepted",  # an order's start function returned; what = "orchestration" | "choreography"
    "api",  # an AWS call; what = "sqs:SendMessage"; detail: status, error
    "call",  # a participant was called; what = "payment_gateway.charge"; detail: key, result | error, effect
    "effect",  # the outside world changed; what = "charged" | "refunded" | "reserved" | ...
    "execution",  # a workflow execution; detail: arn, status
    "state",  # one event of an execution's own history; what = state name; detail: type, execution
    "invocation",  # a function ran; what = function name; detail: request, cold, error; at..until
    "sent",  # a message entered a queue; what = queue name; detail: message
    "received",  # a message was handed to a consumer; detail: message, count
    "deleted",  # a consumer was done with a message
    "dead_lettered",  # a message moved to a dead-letter queue; detail: message, to
    "published",  # an event reached a bus or a message a topic; what = bus or topic
    "delivered",  # a bus or topic handed on; detail: rule | subscription, to
    "fault",  # an injected fault struck; what = fault kind; detail: target
    "action",  # an operator's recovery action began or ended
    "signal",  # a detector was read; detail: fired
    "end",  # the run ended; detail: reason
]
KINDS = frozenset(get_args(Kind))


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened, at one virtual instant.

    `at` and `until` are virtual seconds since the run began; `until` differs from `at` for what
    lasts (a call, an invocation). `cause` is the index of the fact that led to this one.
    """

    index: int
    at: float
    kind: Kind
    what: str
    order_id: str | None = None
    correlation_id: str | None = None
    cause: int | None = None
    until: float | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Gives the fact as a JSON object without its empty fields."""
        row = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in row.items() if value is not None and value != {}}


class History:
    """The one record of a run."""

    def __init__(self, facts: list[Fact] | None = None) -> None:
        self._facts: list[Fact] = list(facts or [])

    def record(self, at: float, kind: Kind, what: str, **fields: Any) -> int:
        """Appends a fact and gives its index."""
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is no kind of fact; the kinds are {sorted(KINDS)}")
        index = len(self._facts)
        self._facts.append(Fact(index, round(at, 6), kind, what, **fields))
        return index

    def close(self, index: int, until: float, **detail: Any) -> None:
        """Completes a fact that lasts: when it ended, and what is known only then."""
        fact = self._facts[index]
        self._facts[index] = Fact(
            fact.index,
            fact.at,
            fact.kind,
            fact.what,
            fact.order_id,
            fact.correlation_id,
            fact.cause,
            round(until, 6),
            {**fact.detail, **detail},
        )

    def __iter__(self) -> Iterator[Fact]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def __getitem__(self, index: int) -> Fact:
        return self._facts[index]

    def of(self, *kinds: Kind, what: str | None = None, order_id: str | None = None) -> list[Fact]:
        """Gives the facts of some kinds, in order, of one thing or one order if asked."""
        return [
            fact
            for fact in self._facts
            if fact.kind in kinds
            and (what is None or fact.what == what)
            and (order_id is None or fact.order_id == order_id)
        ]

    def orders(self) -> list[str]:
        """Gives the ids of the orders seen, in the order of their first fact."""
        return list(dict.fromkeys(fact.order_id for fact in self._facts if fact.order_id))

    def of_order(self, order_id: str) -> History:
        """Gives a history of one order's facts alone; causes outside of it are left out."""
        kept = [fact for fact in self._facts if fact.order_id == order_id]
        number = {fact.index: place for place, fact in enumerate(kept)}
        return History(
            [
                replace(
                    fact,
                    index=number[fact.index],
                    cause=None if fact.cause is None else number.get(fact.cause),
                )
                for fact in kept
            ]
        )

    @classmethod
    def joined(cls, histories: Iterable[History]) -> History:
        """Gives the facts of several runs behind each other; causes still lead to their own run."""
        facts: list[Fact] = []
        for history in histories:
            start = len(facts)
            facts += [
                replace(fact, index=fact.index + start, cause=None if fact.cause is None else fact.cause + start)
                for fact in history
            ]
        return cls(facts)

    @property
    def ended_at(self) -> float:
        """The virtual second of the last fact, 0 for an empty history."""
        return max((fact.until or fact.at for fact in self._facts), default=0.0)

    def to_json(self) -> list[dict[str, Any]]:
        """Gives the facts as JSON objects."""
        return [fact.to_json() for fact in self._facts]

    @classmethod
    def from_json(cls, rows: list[dict[str, Any]]) -> History:
        """Rebuilds a history from `to_json`'s rows."""
        return cls([Fact(**row) for row in rows])

    def text(self) -> str:
        """Gives the history as text, one fact a line: equal texts mean equal runs."""
        return "\n".join(json.dumps(row, sort_keys=True) for row in self.to_json())
