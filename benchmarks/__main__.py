"""Measures Sagalab against its peers in the same run: prints a table and writes `benchmarks/out/latest.json`.

With a word, only the rows whose name holds it are run, and the file keeps the others as they were.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from benchmarks.harness import ROOT, Result, Row, run

OUT = ROOT / "benchmarks" / "out" / "latest.json"
ROWS = [
    Row("an hour of virtual waiting", "hour_ours", None, "ms", False, "ours <= 40", repeats=5),
    Row("saga executions against bare moto", "sagas_ours", "sagas_moto", "per second", True, "ratio >= 1"),
    Row("choreographed sagas against bare moto", "events_ours", "events_moto", "per second", True, "ratio >= 1"),
    Row("kernel start to first executed workflow", "kernel_ours", "kernel_moto", "s", False, "ours <= 2"),
    Row("scenarios judged on one core", "scenarios", None, "per second", True, "ours >= 30"),
    Row("memory growth over 10,000 scenarios", "memory", None, "MB", False, "ours <= 20", repeats=1),
    Row("a whole project judged on one core", "project", None, "s", False, "ours <= 15"),
    Row("grading a lesson against stock nbgrader", "grading_ours", "grading_stock", "submissions per second",
        True, "ratio >= 20"),
]  # fmt: skip


def main(word: str = "") -> int:
    """Runs the rows and writes what came out; gives 1 if a row could not be measured."""
    from rich.console import Console
    from rich.table import Table

    console, results, failed = Console(), list[Result](), 0
    for row in (row for row in ROWS if word in row.name):
        console.print(f"measuring: {row.name}")
        try:
            results.append(run(row))
        except RuntimeError as error:
            failed += 1
            console.print(f"not measured: {error}", markup=False)
    table = Table("benchmark", "ours", "peer", "ratio", "unit", "must", "met")
    for one in results:
        numbers = (f"{n:.3g}" if n is not None else "-" for n in (one.ours, one.peer, one.ratio))
        table.add_row(one.name, *numbers, one.unit, one.must, "yes" if one.met else "no")
    console.print(table)
    write(results)
    return 1 if failed else 0


def _asked(arguments: list[str]) -> str:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [row.name for row in ROWS]
    parser.add_argument("word", nargs="?", default="", help=f"part of a row's name: {'; '.join(names)}")
    word = str(parser.parse_args(arguments).word)
    if not any(word in name for name in names):
        parser.error(f"no row's name holds {word!r}; the rows are: {'; '.join(names)}")
    return word


def write(results: list[Result]) -> None:
    """Writes the results, in the rows' order; rows that were not run now keep what they had."""
    known = {row["name"]: row for row in json.loads(OUT.read_text(encoding="utf-8"))} if OUT.is_file() else {}
    known |= {one.name: asdict(one) for one in results}
    kept = [known[row.name] for row in ROWS if row.name in known]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(_asked(sys.argv[1:])))
