"""What the judgement tests share: designs judged in the background, and the table at the end of `make prove`.

A test that judges a design hands on what was found with `record_property("judged", row(...))`; the table
is made of these rows alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.judgement.table import written
from tests.judgement.trials import Trials
from tests.judgement.wrong.corpus import DESIGNS

OUT = Path(__file__).parent.parent / "out"


@pytest.fixture(scope="session")
def trials(request: pytest.FixtureRequest) -> Iterator[Trials]:
    """Judges the wrong designs that the selected tests ask for, in their order."""
    made = Trials()
    asked = [item.callspec.params.get("wrong") for item in request.session.items if hasattr(item, "callspec")]
    made.begin(DESIGNS[name] for name in asked if name is not None)
    yield made
    made.close()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Prints the table of what the judge found, and keeps it in tests/out/judgement.md."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, [])]
    rows = [value for report in reports for name, value in report.user_properties if name == "judged"]
    if not rows:
        return
    OUT.mkdir(exist_ok=True)
    text = written(rows)
    (OUT / "judgement.md").write_text(text, encoding="utf-8")
    terminalreporter.section("does the judge judge right?")
    terminalreporter.write_line(text)
