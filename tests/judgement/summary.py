"""The table at the end of `make prove`: what the judge found of each design.

A test that judges a design hands on what was found with `record_property("judged", row(...))`, which reaches
this process from every other that runs tests; the table is made of these rows alone.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tests.judgement.table import written

OUT = Path(__file__).parent.parent / "out" / "judgement.md"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Prints the table of what the judge found, and keeps it in tests/out/judgement.md."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, [])]
    rows = [value for report in reports for name, value in report.user_properties if name == "judged"]
    if not rows:
        return
    kept, text = Path(os.environ.get("SAGALAB_TABLE") or OUT), written(rows)
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(text, encoding="utf-8")
    terminalreporter.section("does the judge judge right?")
    terminalreporter.write_line(text)
