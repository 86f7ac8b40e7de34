"""Our steps in nbgrader's pipeline: restore what was released, ask the judge, leave to a person.

`AskJudge` stands where stock nbgrader executes the notebook. It writes the judge's points and
words into one locked cell per criterion; nbgrader's own SaveAutoGrades reads the points there and
stays the only writer of ordinary scores. `LeaveToAPerson` comes after it, for what no machine decided or a
teacher overrode.
"""

from __future__ import annotations

import copy
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Any as AnyTrait

from grading import outputs
from grading.overrides import apply, beside
from grading.rebuild import is_added, rebuild
from sagalab.course import Criterion, course_at
from sagalab.criteria.finding import Finding, unknown
from sagalab.learner.page import card

JUDGE = "grading.judge.judge_notebook"
UNDECIDED = "left to a person"


class Judgement(Protocol):
    """What a judge gives back for one notebook (`grading.judge.Judged`)."""

    @property
    def status(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def findings(self) -> dict[str, Finding]: ...
    @property
    def outputs(self) -> list[list[NotebookNode]]: ...


Judge = Callable[[NotebookNode, str, str, Path], Judgement]


class RestoreFromRelease(NbGraderPreprocessor):
    """Rebuilds the submitted notebook from the released one, keeping only what is the learner's."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Gives the rebuilt notebook; repairs go to nbgrader's log."""
        names, coursedir = resources["nbgrader"], _coursedir(self)
        folder = coursedir.format_path(coursedir.release_directory, ".", names["assignment"])
        release = nbformat.read(Path(folder) / f"{names['notebook']}.ipynb", as_version=4)
        rebuilt = rebuild(nb, release)
        for line in (*rebuilt.repairs, *rebuilt.notes):
            self.log.info("%s: %s", names["student"], line)
        return rebuilt.notebook, resources


class AskJudge(NbGraderPreprocessor):
    """Has the notebook judged, and writes each finding into its criterion's cell."""

    judge = AnyTrait(JUDGE, help="The judge, or its dotted name.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Gives the notebook with the learner's outputs, and points and words in the graded cells."""
        names = resources["nbgrader"]
        criteria = {row.id: row for row in course_at(Path(_coursedir(self).root)).criteria(names["assignment"])}
        folder = Path(resources["metadata"]["path"])
        findings, cell_outputs, drawn = self._judged(nb, names["assignment"], names["student"], folder)
        left: dict[str, Any] = {"undecided": [], "checksums": {}}
        resources["sagalab"] = left
        for index, cell in enumerate(nb.cells):
            row = cell.metadata.get("nbgrader", {})
            name = row.get("grade_id", "")
            if row.get("grade") and not row.get("solution") and cell.cell_type == "code":
                finding = findings.get(name) or unknown(name, "The judge said nothing about this criterion.")
                points = float(row["points"])
                cell.outputs = [_graded_output(finding, criteria.get(name), points, drawn.get(name))]
                if finding.verdict == "unknown":
                    left["undecided"].append(name)
            elif cell.cell_type == "code":
                cell.outputs = outputs.shown(cell_outputs[index]) if index < len(cell_outputs) else []
            elif row.get("solution") or is_added(cell):
                cell.source = outputs.harmless(cell.source)
            if row.get("grade") and row.get("solution"):
                # with its checksum stock nbgrader scores an unchanged answer 0 before anybody has read it
                left["checksums"][name] = row.pop("checksum", None)
        return nb, resources

    def _judged(
        self, nb: NotebookNode, lesson: str, student: str, folder: Path
    ) -> tuple[dict[str, Finding], list[list[NotebookNode]], dict[str, str]]:
        try:
            judged = self._judge()(copy.deepcopy(nb), lesson, student, folder)
            if judged.note:
                self.log.info("%s: %s", student, judged.note)
            missing = judged.note or "The judge said nothing about this criterion."
            ids = [cell.metadata.get("nbgrader", {}).get("grade_id", "") for cell in nb.cells]
            findings = {name: judged.findings.get(name) or unknown(name, missing) for name in ids}
            # a batch has drawn its pictures already, in the processes that judged
            return findings, judged.outputs, getattr(judged, "pictures", {})
        except Exception:
            # a fault of the judge is never a learner's zero: every criterion is left to a person
            self.log.exception("The judge failed for %s.", student)
            return {}, [], {}

    def _judge(self) -> Judge:
        if callable(self.judge):
            return self.judge
        module, _, name = str(self.judge).rpartition(".")
        return getattr(importlib.import_module(module), name)


class LeaveToAPerson(NbGraderPreprocessor):
    """Takes back the scores of what no machine decided, and sets those that a teacher decided otherwise."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Gives the notebook with its checksums back in place."""
        names, left = resources["nbgrader"], resources["sagalab"]
        coursedir = _coursedir(self)
        with Gradebook(names["db_url"], coursedir.course_id) as gradebook:
            for cell in nb.cells:
                row = cell.metadata.get("nbgrader", {})
                name = row.get("grade_id", "")
                if left["checksums"].get(name):
                    row["checksum"] = left["checksums"][name]
                undecided = name in left["undecided"]
                wordless = row.get("grade") and row.get("solution") and float(row["points"]) == 0
                if not (undecided or wordless):
                    continue
                grade = gradebook.find_grade(name, names["notebook"], names["assignment"], names["student"])
                grade.auto_score = None if undecided else 0.0
                grade.needs_manual_grade = undecided or grade.manual_score is not None
                if undecided:
                    cell.outputs[0]["data"]["text/plain"] = UNDECIDED
            gradebook.db.commit()
            overrides = beside(names["db_url"], Path(coursedir.root))
            apply(gradebook, names["assignment"], names["student"], overrides)
        return nb, resources


def _graded_output(finding: Finding, criterion: Criterion | None, points: float, drawn: str | None) -> NotebookNode:
    # an undecided criterion reads 0 here until LeaveToAPerson has taken the score back: a run that is
    # killed in between must not have given full marks
    score = min(max(finding.fraction * points, 0.0), points) if finding.verdict != "unknown" else 0.0
    shown_as = criterion or Criterion(id=finding.criterion or "criterion", title=finding.criterion, points=1)
    return nbformat.v4.new_output(
        "execute_result",
        data={"text/plain": repr(float(score)), "text/html": card(finding, shown_as, drawn)},
        execution_count=None,
    )


def _coursedir(step: NbGraderPreprocessor) -> Any:
    # nbgrader makes each step a child of its exporter, and the exporter a child of the converter
    return step.parent.parent.coursedir
