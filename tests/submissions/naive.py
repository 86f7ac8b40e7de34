"""What the naive design scores: `python -m tests.submissions.naive` judges it and writes the table that feedback reads."""

from __future__ import annotations

import json
from typing import Any

import nbformat

from sagalab.course import course
from sagalab.judging.submission import judge_notebook
from sagalab.learner.naive import FILE
from tests.submissions.recipes import LESSON, project, written


def naive(notebook: Any) -> Any:
    """Does the steps as in a first tutorial: no retries, no keys, no compensations, no dead-letter queues."""
    return written(notebook, "naive")


def scored(seed: str) -> dict[str, float]:
    """Gives the fraction of each automatic criterion that the naive design gets; raises where one is undecided."""
    known = course()
    asked = [row.id for row in known.criteria(LESSON) if not row.manual]
    notebook = nbformat.from_dict(naive(project(known)))
    findings = judge_notebook(notebook, known, asked, seed).findings
    undecided = [f"{name}: {finding.facts}" for name, finding in findings.items() if finding.verdict == "unknown"]
    if undecided:
        raise RuntimeError(f"the judge could not decide {undecided}")
    return {name: round(findings[name].fraction, 3) for name in asked}


def main() -> None:
    """Writes the table."""
    FILE.write_text(json.dumps(scored("the naive design"), indent=1) + "\n", encoding="utf-8")
    print(f"written: {FILE}")


if __name__ == "__main__":
    main()
