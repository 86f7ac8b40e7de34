"""The benchmarks' arithmetic: pairs, medians, bounds. What they measure is no matter for a test."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import benchmarks.__main__ as bench
from benchmarks import sides
from benchmarks.harness import Result, Row, reached, run

RATE = Row("rate", "ours", "peer", "per second", True, "ratio >= 2")
TIME = Row("time", "ours", "peer", "s", False, "ratio >= 2")


def numbers(**given: list[float]) -> dict[str, Iterator[float]]:
    return {side: iter(values) for side, values in given.items()}


def test_a_rate_is_better_when_it_is_higher_and_a_time_when_it_is_lower() -> None:
    rates, times = numbers(ours=[40] * 3, peer=[10] * 3), numbers(ours=[40] * 3, peer=[10] * 3)
    assert run(RATE, lambda side: next(rates[side])).ratio == 4
    assert run(TIME, lambda side: next(times[side])).ratio == 0.25


def test_the_ratio_is_taken_within_each_pair() -> None:
    # the machine was three times slower in the second pair: for both
    given = numbers(ours=[30, 10, 30], peer=[10, 3.25, 10])
    assert run(RATE, lambda side: next(given[side])).ratio == 3


def test_the_sides_take_turns_in_being_first() -> None:
    order: list[str] = []
    run(RATE, lambda side: order.append(side) or 1.0)  # type: ignore[func-returns-value]
    assert order == ["ours", "peer", "peer", "ours", "ours", "peer"]


def test_a_row_without_a_peer_has_no_ratio_and_a_bound_on_ours() -> None:
    result = run(Row("wait", "ours", None, "ms", False, "ours <= 40"), lambda side: 41.0)
    assert (result.peer, result.ratio, result.met) == (None, None, False)


@pytest.mark.parametrize(
    ("must", "ours", "ratio", "met"),
    [("ratio >= 20", 1.0, 20.0, True), ("ratio >= 20", 99.0, 19.9, False), ("ours <= 2", 2.0, None, True)],
)
def test_a_bound_is_met_or_not(must: str, ours: float, ratio: float | None, met: bool) -> None:
    assert reached(must, ours, ratio) is met


def test_a_bound_that_cannot_be_read_is_named() -> None:
    with pytest.raises(ValueError, match="quickly"):
        reached("quickly", 1.0, None)


def test_every_row_names_sides_that_exist_and_a_bound_that_can_be_read() -> None:
    for row in bench.ROWS:
        assert {row.ours, row.peer} - {None} <= set(sides.SIDES), row.name
        reached(row.must, 1.0, 1.0)


def test_rows_that_were_not_run_keep_what_they_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "OUT", tmp_path / "out" / "latest.json")
    first, second = bench.ROWS[0].name, bench.ROWS[1].name
    bench.write([Result(second, 1.0, 1.0, 1.0, "s", "ratio >= 1", True)])
    bench.write([Result(first, 2.0, None, None, "s", "ours <= 2", True)])
    rows = json.loads(bench.OUT.read_text(encoding="utf-8"))
    assert [row["name"] for row in rows] == [first, second]
    assert set(rows[0]) == {"name", "ours", "peer", "ratio", "unit", "must", "met"}
