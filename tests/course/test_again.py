"""Cells may be run again: a learner runs one twice, mends one above and runs the rest once more."""

from __future__ import annotations

import copy
import re
from functools import cache
from typing import Any

import nbformat
import pytest

from sagalab.course import course
from sagalab.deployment import Deployment
from sagalab.judging.submission import Judged, judge_notebook

COURSE = course()
GRADED = [lesson.name for lesson in COURSE.lessons if COURSE.criteria(lesson.name)]
HEALTHY = {"11_project": ["a-healthy", "b-healthy"]}


@cache
def judged(lesson: str, times: int) -> Judged:
    """Judges a solved lesson of which each cell was run so many times in a row."""
    notebook = nbformat.read(COURSE.root / "solutions" / lesson / f"{lesson}.ipynb", as_version=4)
    cells: list[Any] = []
    for cell in notebook.cells:
        cells += [copy.deepcopy(cell) for _ in range(times if cell.cell_type == "code" else 1)]
    notebook.cells = cells
    return judge_notebook(notebook, COURSE, HEALTHY.get(lesson, []), seed="again")


def deployed(found: Judged) -> dict[str, list[str]]:
    """Gives the names of what is deployed, by kind; a mapping by what it connects."""
    assert found.evidence is not None
    claim: Deployment = found.evidence.deployment
    named = {
        kind: [str(getattr(row, "name", None) or row.arn) for row in getattr(claim, kind)]
        for kind in ("state_machines", "functions", "rules", "queues", "archives", "topics", "tables")
    }
    return {**named, "mappings": sorted(f"{row.source_arn} {row.function_arn}" for row in claim.event_source_mappings)}


def happened(found: Judged) -> list[tuple[str, ...]]:
    """Gives what each cell says that happened, for those that say something."""
    texts = [[str(row.get("data", {}).get("text/plain", "")) for row in cell] for cell in found.outputs]
    said = [tuple(one for text in cell for one in re.findall(r"What happened: (.+?)\. You", text)) for cell in texts]
    return [one for one in said if one]


@pytest.mark.parametrize("lesson", GRADED)
def test_each_cell_of_a_lesson_can_be_run_twice_in_a_row_and_tells_the_same(lesson: str) -> None:
    once, twice = judged(lesson, 1), judged(lesson, 2)
    errors = [row["evalue"] for cell in twice.outputs for row in cell if row["output_type"] == "error"]
    assert errors == [] and twice.status == "graded"
    assert deployed(twice) == deployed(once)
    assert happened(twice)[::2] == happened(twice)[1::2] == happened(once)


def test_the_project_run_twice_still_works() -> None:
    findings = judged("11_project", 2).findings
    assert {name: found.message for name, found in findings.items() if found.fraction < 1} == {}
