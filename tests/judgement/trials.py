"""Designs before the judge, and where it and their marks disagree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sagalab.course import course
from sagalab.faults import GROUPS
from sagalab.judging.process import Judge
from sagalab.judging.submission import Budget, Judged, NotebookProcess, cells_of, judge_notebook
from tests.judgement.right.designs import DESIGNS as RIGHT
from tests.judgement.sample import SEED, criteria
from tests.judgement.wrong.marks import Wrong
from tests.submissions.recipes import LESSON, Notebook, project


def right(design: str, asked: Iterable[str] = ()) -> Judged:
    """Judges a correct design: the criteria asked for, or all automatic ones."""
    return judge_notebook(RIGHT[design](project(course())), course(), list(asked) or criteria(), SEED)


def judged(design: Wrong, asked: Iterable[str] = ()) -> Judged:
    """Judges a wrong design: the criteria asked for, or all that its mistake can reach."""
    return judge_notebook(design.notebook(), course(), list(asked) or design.asked(criteria()), SEED)


def lost(found: Judged) -> list[str]:
    """Gives the criteria that did not get all their points, also those that the judge could not decide."""
    return [name for name, finding in found.findings.items() if finding.fraction < 1]


def complaints(design: Wrong, found: Judged) -> list[str]:
    """Says where the judge and the marks of a wrong design disagree, one line each."""
    findings, said = found.findings, []
    for name, finding in findings.items():
        if finding.verdict == "unknown":
            said.append(f"{name} could not be judged: {str(finding.facts)[-400:]}")
    for name in lost(found):
        if name not in (*design.loses, *design.may):
            said.append(f"{name} is blamed for it: {findings[name].message} {findings[name].schedule}")
    for name in design.loses:
        if name in findings and name not in lost(found):
            said.append(f"{name} does not see it: {findings[name].message}")
    first = findings.get(design.loses[0])
    if first is not None and design.says not in first.message:
        said.append(f"{design.loses[0]} is lost for another reason than {design.says!r}: {first.message}")
    return said + list(_groups(design, findings))


def _groups(design: Wrong, findings: dict[str, Any]) -> Iterator[str]:
    for name in [one for one in design.loses if one.endswith("-faults") and one in findings]:
        facts = findings[name].facts
        broken = {group for group in GROUPS if facts.get(group, {}).get("failed")}
        if unseen := set(design.groups) - broken:
            yield f"{name}: no schedule of {', '.join(sorted(unseen))} breaks a promise"
        if blamed := set(design.holds) & broken:
            yield f"{name}: {', '.join(sorted(blamed))} should hold: {findings[name].message}"


def errors(found: Judged) -> list[str]:
    """Gives the errors that cells ended in: such a design would be judged for another mistake than its own."""
    rows = [row for cell in found.outputs for row in cell if row["output_type"] == "error"]
    return [f"{row['ename']}: {row['evalue']}" for row in rows]


def scores(notebook: Notebook, seeds: list[str]) -> Iterator[float]:
    """Gives the points of a notebook under each seed; the notebook runs once, its judge asks again."""
    points = {row.id: row.points for row in course().criteria(LESSON) if not row.manual and row.id != "f-submission"}
    process = NotebookProcess(None, Budget())
    try:
        _, evidence = process.run(cells_of(notebook))
        judge = Judge(process.control)
        try:
            for seed in seeds:
                found = judge.ask(evidence, points, seed, state=seed)
                unsure = [name for name, one in found.items() if one.verdict == "unknown"]
                assert not unsure, f"under seed {seed} the judge could not decide {unsure}"
                yield sum(points[name] * one.fraction for name, one in found.items())
        finally:
            judge.close()
    finally:
        process.close()
