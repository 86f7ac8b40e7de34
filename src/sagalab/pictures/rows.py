"""A run as rows of bars and marks: what the timeline draws, without how it is drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from sagalab.history import Fact
from sagalab.pictures.words import COMPENSATIONS, effect_in_words, plain

Group = Literal["States", "Functions", "Queues", "Participants", "Faults"]
GROUPS: tuple[str, ...] = ("States", "Functions", "Queues", "Participants", "Faults")
READS = frozenset({"get", "lookup", "outcome"})
_LASTING = ("state", "invocation", "call", "sent", "received", "deleted", "dead_lettered", "fault", "effect")


@dataclass
class Bar:
    """Something that lasted from `start` to `end`, in virtual seconds; `number` counts tries."""

    start: float
    end: float
    look: Literal["state", "function", "message", "call", "read"]
    failed: bool = False
    compensation: bool = False
    number: str = ""


@dataclass
class Mark:
    """Something that happened at one instant, in words."""

    at: float
    words: str
    look: Literal["fault", "error", "effect", "compensation", "parked"]


@dataclass
class Row:
    """One component of the run, under the heading of its group."""

    group: str
    name: str
    bars: list[Bar] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


class _Rows:
    def __init__(self) -> None:
        self.rows: dict[tuple[Group, str], Row] = {}

    def of(self, group: Group, name: str) -> Row:
        return self.rows.setdefault((group, name), Row(group, name))

    def named(self, name: str) -> Row | None:
        for group in ("Functions", "Queues", "Participants", "States"):
            if row := self.rows.get((group, name)):
                return row
        return None


def rows_of(facts: Iterable[Fact]) -> list[Row]:
    """Gives the rows of a run: its states, functions, queues and participants, each in order."""
    drawn = [fact for fact in facts if fact.kind in _LASTING]
    end = max((fact.until or fact.at for fact in drawn), default=0.0)
    rows = _Rows()
    _states(rows, [fact for fact in drawn if fact.kind == "state"], end)
    for fact in drawn:
        if fact.kind == "invocation":
            bar = Bar(fact.at, fact.until or end, "function", failed=bool(fact.detail.get("error")))
            rows.of("Functions", fact.what).bars.append(bar)
    _messages(rows, drawn, end)
    _calls(rows, drawn, end)
    for fact in drawn:
        if fact.kind == "effect":
            name = fact.detail.get("participant") or "order_book"
            look: Literal["effect", "compensation"] = "compensation" if fact.what in COMPENSATIONS else "effect"
            rows.of("Participants", plain(name)).marks.append(
                Mark(fact.at, effect_in_words(fact).removeprefix("customer "), look)
            )
    _faults(rows, drawn)
    return sorted(rows.rows.values(), key=lambda row: GROUPS.index(row.group))


def _states(rows: _Rows, facts: list[Fact], end: float) -> None:
    """A bar lasts from the entry of a state to its exit, its execution's end, or the end of the run."""
    open_bars: dict[tuple[str, str], Bar] = {}
    for fact in facts:
        kind, execution = str(fact.detail.get("type", "")), str(fact.detail.get("execution", ""))
        place = (execution, fact.what)
        if kind.endswith("StateEntered"):
            bar = Bar(fact.at, end, "state")
            open_bars[place] = bar
            rows.of("States", fact.what).bars.append(bar)
        elif kind.endswith("StateExited") and place in open_bars:
            open_bars.pop(place).end = fact.at
        elif kind in ("ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"):
            for place in [place for place in open_bars if place[0] == execution]:
                bar = open_bars.pop(place)
                bar.end, bar.failed = fact.at, True


def _messages(rows: _Rows, facts: list[Fact], end: float) -> None:
    """A bar lasts from the sending of a message until a consumer was done with it."""
    open_bars: dict[tuple[str, str], Bar] = {}
    for fact in facts:
        message = str(fact.detail.get("message", ""))
        place = (fact.what, message)
        if fact.kind == "sent":
            open_bars[place] = Bar(fact.at, end, "message")
            rows.of("Queues", fact.what).bars.append(open_bars[place])
        elif fact.kind == "received" and place in open_bars and int(fact.detail.get("count", 1)) > 1:
            open_bars[place].number = f"{fact.detail['count']} receives"
        elif fact.kind == "deleted" and place in open_bars:
            open_bars.pop(place).end = fact.at
        elif fact.kind == "dead_lettered":
            if place in open_bars:
                bar = open_bars.pop(place)
                bar.end, bar.failed = fact.at, True
            words = f"parked in {fact.detail['to']}" if fact.detail.get("to") else "dropped"
            rows.of("Queues", fact.what).marks.append(Mark(fact.at, words, "parked"))


def _calls(rows: _Rows, facts: list[Fact], end: float) -> None:
    """Repeated calls of one thing for one order are its tries, and are numbered."""
    calls = [fact for fact in facts if fact.kind == "call"]
    struck = {fact.cause for fact in facts if fact.kind == "fault"}
    several = {place for place, count in Counter(_place(fact) for fact in calls).items() if count > 1}
    seen: Counter[tuple[str, str | None]] = Counter()
    for fact in calls:
        participant, _, verb = fact.what.partition(".")
        row, place = rows.of("Participants", plain(participant)), _place(fact)
        seen[place] += 1
        row.bars.append(
            Bar(
                fact.at,
                fact.until or end,
                "read" if verb in READS else "call",
                failed=bool(fact.detail.get("error")),
                compensation=verb in COMPENSATIONS,
                number=str(seen[place]) if place in several and verb not in READS else "",
            )
        )
        error = fact.detail.get("error")
        if error and fact.index not in struck:
            row.marks.append(Mark(fact.until or fact.at, f"{verb}: {error}", "error"))


def _place(fact: Fact) -> tuple[str, str | None]:
    return (fact.what, fact.order_id)


def _faults(rows: _Rows, facts: list[Fact]) -> None:
    """A fault is marked where it struck: a participant, a function, a queue; else in a row of its own."""
    for fact in facts:
        if fact.kind != "fault":
            continue
        target = str(fact.detail.get("target", ""))
        row = rows.named(plain(target.partition(".")[0])) or rows.named(target) or rows.of("Faults", target or "cloud")
        verb = target.partition(".")[2]
        words = f"{verb}: {plain(fact.what)}" if verb else plain(fact.what)
        row.marks.append(Mark(fact.at, words, "fault"))
