"""What the judgement tests share: designs judged in the background, and the table at the end of `make prove`.

A test that judges a design hands on what was found with `record_property("judged", row(...))`; the table
is made of these rows alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sagalab.judging.submission import Judged
from tests.judgement import sample
from tests.judgement import trials as trials_
from tests.judgement.table import written
from tests.judgement.trials import Trials
from tests.judgement.wrong.corpus import DESIGNS

# How the design is judged that a long proof names by this parameter.
WORK: dict[str, Callable[[str], Judged]] = {
    "right": trials_.right,
    "student": lambda name: sample.judged(name, sample.criteria()),
    "wrong": lambda name: trials_.judged(DESIGNS[name]),
}
OUT = Path(__file__).parent.parent / "out"


@pytest.fixture(scope="session")
def trials(request: pytest.FixtureRequest) -> Iterator[Trials]:
    """Judges the designs that the selected long proofs ask for, in their order."""
    made = Trials()
    for item in request.session.items:
        if hasattr(item, "callspec") and item.get_closest_marker("prove") is not None:
            for parameter, name in item.callspec.params.items():
                if parameter in WORK:
                    made.ahead(f"{parameter}:{name}", partial(WORK[parameter], name))
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
