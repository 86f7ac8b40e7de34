"""The table at the end of `make prove`: it is printed however many processes run the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.judgement.table import right_row, spread_row, written, wrong_row

ROOT = Path(__file__).parents[2]
ASKED = "SAGALAB_ROW_OF_A_TABLE"


def test_a_row_is_handed_on_when_asked(record_property: Callable[[str, Any], None]) -> None:
    if os.environ.get(ASKED):
        record_property("judged", right_row(os.environ[ASKED], []))


@pytest.mark.parametrize("options", [[], ["-n", "2"]], ids=["one process", "several"])
def test_it_is_printed_by_the_process_that_sums_up(options: list[str], tmp_path: Path) -> None:
    this = f"{Path(__file__).relative_to(ROOT)}::test_a_row_is_handed_on_when_asked"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, this]
    environment = {**os.environ, ASKED: "a design of this test", "SAGALAB_TABLE": str(tmp_path / "judgement.md")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert "does the judge judge right?" in done.stdout and "right designs accepted: 1 of 1" in done.stdout
    assert "1 of 1" in (tmp_path / "judgement.md").read_text(encoding="utf-8")


def test_it_counts_the_caught_and_the_accepted_and_gives_the_spread() -> None:
    text = written(
        [
            wrong_row("forgets", ["a-faults"], [], ["a-faults"]), wrong_row("blamed", ["a-faults"], [], []),
            right_row("good", []), right_row("misread", ["c-style"]),
            spread_row("good", [93.0, 93.0]), spread_row("good", [92.5]),
        ]
    )  # fmt: skip
    assert "1 of 2" in text and "misread" in text and "0.5" in text
