"""Runs each side of a row in a fresh process, in pairs, and takes medians.

A ratio says how many times better ours is than the peer, and is taken within each pair: both sides meet the
same load of the machine. `must` is a bound on the ratio, or on ours where the row has no peer.
"""

from __future__ import annotations

import operator
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
Measure = Callable[[str], float]
RELATIONS = {">=": operator.ge, "<=": operator.le}


@dataclass(frozen=True)
class Row:
    """One benchmark: its two sides by name, its unit, whether more is better, and what it must reach."""

    name: str
    ours: str
    peer: str | None
    unit: str
    more_is_better: bool
    must: str
    repeats: int = 3


@dataclass(frozen=True)
class Result:
    """What one row came to, in the shape of `latest.json`."""

    name: str
    ours: float
    peer: float | None
    ratio: float | None
    unit: str
    must: str
    met: bool


def measured(side: str) -> float:
    """Runs one side in a process of its own and gives its number."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.sides", side],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{side} failed:\n{done.stderr[-3000:]}")
    return float(done.stdout.split()[-1])


def run(row: Row, measure: Measure = measured) -> Result:
    """Measures one row; the sides take turns in being first."""
    pairs: list[tuple[float, float | None]] = []
    for turn in range(row.repeats):
        if row.peer is None:
            pairs.append((measure(row.ours), None))
        elif turn % 2:
            peer = measure(row.peer)
            pairs.append((measure(row.ours), peer))
        else:
            pairs.append((measure(row.ours), measure(row.peer)))
    ours = median(ours for ours, _ in pairs)
    peers = [peer for _, peer in pairs if peer is not None]
    ratios = [_ratio(row, ours, peer) for ours, peer in pairs if peer is not None]
    peer, ratio = (median(peers), median(ratios)) if peers else (None, None)
    return Result(row.name, ours, peer, ratio, row.unit, row.must, reached(row.must, ours, ratio))


def _ratio(row: Row, ours: float, peer: float) -> float:
    return ours / peer if row.more_is_better else peer / ours


def reached(must: str, ours: float, ratio: float | None) -> bool:
    """Says whether a bound such as `ratio >= 20` or `ours <= 2` holds."""
    match = re.fullmatch(r"(ratio|ours) (>=|<=) ([\d.]+)", must)
    if match is None:
        raise ValueError(f"{must!r} is no bound such as 'ratio >= 20'")
    value = ours if match[1] == "ours" else ratio
    return value is not None and bool(RELATIONS[match[2]](value, float(match[3])))
