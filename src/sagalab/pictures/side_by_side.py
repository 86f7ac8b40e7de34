"""Orders of both styles on one time axis: a band of rows for each, every band from its own start on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sagalab.history import Fact, History
from sagalab.pictures.figures import nothing, picture_of
from sagalab.pictures.picture import Picture
from sagalab.pictures.rows import Row, rows_of
from sagalab.pictures.timeline import Chart, span
from sagalab.pictures.words import approach_of, listed, of_order, seconds, story

HEADING = "On one time axis"
TOGETHER = {"States": "states", "Queues": "messages", "Functions": "functions"}  # one row each; first what coordinates


def side_by_side(history: History, orders: Sequence[str]) -> Picture:
    """Draws orders under each other, each with its time counted from its own start.

    States, functions and messages of an order have one row each; participants keep their own. An order without
    facts is left out.
    """
    bands = {order: facts for order in orders if (facts := _from_zero(of_order(history, order)))}
    if not bands:
        return nothing(HEADING)
    rows = [row for order, facts in bands.items() for row in _band(name_of(order, facts), facts)]
    heading = f"{'Order' if len(bands) == 1 else 'Orders'} {listed(bands)} {HEADING.lower()}"
    chart = Chart((heading, "Each counts from its own start"), rows, [fact for row in bands.values() for fact in row])
    said = [f"{heading}, each counted from its own start."]
    for order, facts in bands.items():
        said.append(f"{name_of(order, facts)}, until {seconds(span(rows_of(facts))[1])}.")
        said += story(facts)
    return picture_of(chart.figure, " ".join(said))


def name_of(order: str, facts: Sequence[Fact]) -> str:
    """Names a band: what coordinated the order, and its number."""
    approach = approach_of(facts)
    return f"{approach[:1].upper()}{approach[1:]}, order {order}" if approach else f"Order {order}"


def _from_zero(facts: list[Fact]) -> list[Fact]:
    """Moves facts so that the first thing that is drawn happens at 0; leaves out faults of others' components."""
    own = {row.name for row in rows_of(fact for fact in facts if fact.kind != "fault")}
    facts = [fact for fact in facts if fact.order_id or fact.kind != "fault" or fact.detail.get("target") in own]
    rows = rows_of(facts)
    if not rows:
        return []
    start = span(rows)[0]
    return [
        replace(fact, at=fact.at - start, until=None if fact.until is None else fact.until - start) for fact in facts
    ]


def _band(name: str, facts: list[Fact]) -> list[Row]:
    """Gives the rows of one order, under its name; several components of a kind share a row."""
    rows: dict[str, Row] = {}
    for row in rows_of(facts):
        kind = TOGETHER.get(row.group, row.name)
        found = rows.setdefault(kind, Row(name, kind))
        found.bars += row.bars
        found.marks += row.marks
    first = [name for name in TOGETHER.values() if name in rows]
    return [rows[name] for name in (*first, *(name for name in rows if name not in first))]
