"""A learner of the sample class before the judge: taken in as the gradebook does it, run, and judged."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from grading.intake import Intake, take_in
from sagalab.course import course
from sagalab.criteria.finding import Finding
from sagalab.judging.submission import Judged, judge_notebook
from tests.submissions.recipes import HERE, LESSON, released

SEED = "the sample class"


@dataclass(frozen=True)
class Expected:
    """What `expected.toml` says of a submission; `groups` names fault groups that break and that hold."""

    why: str
    status: str
    loses: list[str]
    keeps: list[str]
    groups: dict[str, dict[str, list[str]]] = field(default_factory=dict)


def expected(student: str) -> Expected:
    """Reads what is expected of a submission."""
    return Expected(**tomllib.loads((HERE / student / "expected.toml").read_text(encoding="utf-8")))


def criteria() -> list[str]:
    """Gives the ids of the project's automatic criteria."""
    return [row.id for row in course().criteria(LESSON) if not row.manual]


@lru_cache(maxsize=1)
def _release() -> Any:
    return released(course())


def taken_in(student: str) -> Intake:
    """Takes a submission in, as the gradebook does before anything is run."""
    with tempfile.TemporaryDirectory(prefix="sagalab-sample-") as working:
        return take_in(HERE / student, LESSON, _release(), Path(working))


def judged(student: str, asked: Iterable[str], seed: str = SEED) -> Judged:
    """Runs a submission and judges the criteria asked for, once for all tests that ask the same."""
    return _judged(student, tuple(asked), seed)


@lru_cache(maxsize=64)
def _judged(student: str, asked: tuple[str, ...], seed: str) -> Judged:
    notebook = taken_in(student).notebook
    assert notebook is not None
    return judge_notebook(notebook, course(), asked, seed)


def losses(findings: dict[str, Finding]) -> list[str]:
    """Says what a submission lost, one line each: the criterion, its message, and the schedule that shows it."""
    return [
        f"{criterion} ({finding.fraction:.2f}, {finding.verdict}): {finding.message} {finding.schedule}".rstrip()
        + (f"\n{finding.facts}" if finding.verdict == "unknown" else "")
        for criterion, finding in findings.items()
        if finding.verdict != "valid" or finding.fraction < 1
    ]


def surprises(student: str, asked: Iterable[str], seed: str = SEED) -> list[str]:
    """Says what the judge found otherwise than expected, one line each."""
    told = expected(student)
    findings = judged(student, asked, seed).findings
    found = []
    for criterion, finding in findings.items():
        if finding.verdict == "unknown":
            found.append(f"{criterion} could not be judged: {str(finding.facts)[-400:]}")
        elif criterion in told.keeps and finding.fraction < 1:
            found.append(f"{criterion} should be kept: {finding.message} {finding.schedule}")
        elif criterion in told.loses and finding.fraction == 1:
            found.append(f"{criterion} should be lost: {finding.message}")
        for group in told.groups.get(criterion, {}).get("break", []):
            if not finding.facts[group]["failed"]:
                found.append(f"{criterion}: no schedule of {group!r} breaks a promise")
        for group in told.groups.get(criterion, {}).get("hold", []):
            if finding.facts[group]["failed"]:
                found.append(f"{criterion}: {group!r} should hold: {finding.message}")
    return found
