"""nbgrader's own steps, called in this process: assign, autograde, feedback, and reading scores back.

Everything that writes or reads the gradebook goes through here. One process at a time does so:
nbgrader's SQLite gradebook wants a single writer.
"""

from __future__ import annotations

import glob
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from grading.nbgrader_config import configure
from grading.overrides import Override, Overrides, apply, unset
from sagalab.errors import GraderError, SetupError


@dataclass(frozen=True)
class Score:
    """One criterion's score in the gradebook; `points` is None while a person has to look."""

    criterion: str
    points: float | None
    needs_person: bool


class Cycle:
    """nbgrader on one course, with its products under `out`.

    `judge` takes the place of the configured one for this object's `autograde`; `log` receives
    nbgrader's own lines.
    """

    def __init__(self, root: Path, out: Path, log: logging.Logger | None = None) -> None:
        from traitlets.config import Config

        self.root, self.out = root.resolve(), out.resolve()
        self.log = log or quiet_log("sagalab.grading.nbgrader")
        self.config = Config()
        configure(self.config, self.root, self.out)
        with_environment_on_path()

    @property
    def submitted(self) -> Path:
        """The folder where nbgrader expects submissions, `<student>/<lesson>/`."""
        return self.out / "submitted"

    def generate_assignment(self, lesson: str, release: str | None = None, gradebook: bool = True) -> None:
        """Releases a lesson, into another step folder than the configured one if `release` names it.

        Without `gradebook` the notebook is built and the gradebook is not told of it.
        """
        from nbgrader.converters import GenerateAssignment

        settings: dict[str, Any] = {"release_directory": release} if release else {}
        changes = {} if gradebook else {"GenerateAssignment": {"no_database": True}, "SaveCells": {"enabled": False}}
        self._start(GenerateAssignment, lesson, ".", force=True, changes=changes, **settings)

    def autograde(self, lesson: str, student: str, judge: str | Callable[..., Any] | None = None) -> None:
        """Autogrades one student's submission that lies in the submitted folder."""
        from nbgrader.converters import Autograde

        changes = {"AskJudge": {"judge": judge}} if judge is not None else {}
        self._start(Autograde, lesson, student, force=True, changes=changes)

    def generate_feedback(self, lesson: str, student: str) -> None:
        """Writes nbgrader's feedback page of one student."""
        from nbgrader.converters import GenerateFeedback

        from grading.pages import FeedbackPage

        self._start(GenerateFeedback, lesson, student, force=True, page=FeedbackPage)

    def record_without_notebook(self, lesson: str, student: str) -> None:
        """Gives a student whose submission cannot be graded a row in the gradebook that asks for a person."""
        with self.gradebook() as gradebook:
            gradebook.update_or_create_student(student)
            gradebook.update_or_create_submission(lesson, student)
            for grade in gradebook.find_submission_notebook(lesson, lesson, student).grades:
                grade.auto_score, grade.needs_manual_grade = None, True
            gradebook.db.commit()

    def scores(self, lesson: str, student: str) -> list[Score]:
        """Reads a student's scores of one lesson; empty when the gradebook does not know the submission."""
        from nbgrader.api import MissingEntry

        with self.gradebook() as gradebook:
            try:
                found = gradebook.find_submission_notebook(lesson, lesson, student)
            except MissingEntry:
                return []
            return [
                Score(
                    grade.name,
                    None if grade.auto_score is None and grade.manual_score is None else float(grade.score),
                    bool(grade.needs_manual_grade),
                )
                for grade in found.grades
            ]

    def comments(self, lesson: str, student: str) -> dict[str, str]:
        """Reads what a person wrote beside a student's cells in formgrader, by the cell's name."""
        from nbgrader.api import MissingEntry

        with self.gradebook() as gradebook:
            try:
                found = gradebook.find_submission_notebook(lesson, lesson, student)
            except MissingEntry:
                return {}
            return {comment.name: comment.manual_comment for comment in found.comments if comment.manual_comment}

    def apply_overrides(self, lesson: str, student: str, overrides: Overrides) -> None:
        """Writes a student's overrides into the gradebook, where it knows the submission."""
        if overrides.of(lesson, student):
            with self.gradebook() as gradebook:
                apply(gradebook, lesson, student, overrides)

    def override(self, override: Override, overrides: Overrides) -> None:
        """Sets one criterion's points by hand, and keeps them; raises SetupError for a student who is not graded."""
        from nbgrader.api import MissingEntry

        with self.gradebook() as gradebook:
            try:
                grade = gradebook.find_grade(override.criterion, override.lesson, override.lesson, override.student)
            except MissingEntry:
                raise self._not_graded(gradebook, override) from None
            overrides.put(replace(override, before=grade.manual_score))
            apply(gradebook, override.lesson, override.student, overrides)

    def remove_override(self, override: Override, overrides: Overrides) -> None:
        """Lets the judge's points count again."""
        from nbgrader.api import MissingEntry

        overrides.remove(override)
        with self.gradebook() as gradebook, suppress(MissingEntry):
            unset(gradebook, override)

    def _not_graded(self, gradebook: Any, override: Override) -> SetupError:
        students = sorted(row.student.id for row in gradebook.assignment_submissions(override.lesson))
        near = get_close_matches(override.student, students, n=1)
        return SetupError(
            f"no submission of {override.lesson} by {override.student!r} is graded yet",
            slip=f"did you mean {near[0]!r}" if near else "",
            do=f"Grade it first. Graded are: {', '.join(students[:20]) or 'none'}.",
        )

    def forget_assignment(self, lesson: str, overrides: Overrides | None = None) -> bool:
        """Removes a lesson with its grades from the gradebook, unless a person has graded in it.

        An override is no obstacle: it is kept in a file of its own, and written again after the next judging.
        """
        from nbgrader.api import MissingEntry

        with self.gradebook() as gradebook:
            try:
                notebook = gradebook.find_notebook(lesson, lesson)
            except MissingEntry:
                return True
            for submission in notebook.submissions:
                kept = overrides.of(lesson, submission.student.id) if overrides is not None else {}
                by_hand = [grade for grade in submission.grades if grade.manual_score is not None]
                if any(grade.name not in kept or kept[grade.name].before is not None for grade in by_hand):
                    return False
            gradebook.remove_assignment(lesson)
            return True

    @contextmanager
    def gradebook(self) -> Iterator[Any]:
        """Opens the gradebook and closes it again."""
        from nbgrader.api import Gradebook

        settings = self.config.CourseDirectory
        with _without_its_warnings(), Gradebook(settings.db_url, settings.course_id) as opened:
            yield opened

    def _start(
        self,
        converter: Any,
        lesson: str,
        student: str,
        force: bool,
        changes: dict[str, Any] | None = None,
        page: type | None = None,
        **directories: str,
    ) -> None:
        from copy import deepcopy

        from nbgrader.converters.base import NbGraderException
        from nbgrader.coursedir import CourseDirectory
        from traitlets.config import Config

        config = deepcopy(self.config)
        config.merge(Config(changes or {}))
        # nbgrader takes the student for a file pattern
        coursedir = CourseDirectory(config=config, assignment_id=lesson, student_id=glob.escape(student), **directories)
        run = converter(coursedir=coursedir, config=config)
        run.log, run.force = self.log, force
        if page is not None:
            run.export_class = page
        try:
            with _without_its_warnings():
                run.start()
        except (NbGraderException, SystemExit) as error:
            raise GraderError(
                f"nbgrader's {converter.__name__} failed for {student}: {error}",
                where=lesson,
                do="Read nbgrader's own lines in the log.",
            ) from error


@contextmanager
def _without_its_warnings() -> Iterator[None]:
    # nbgrader's own use of SQLAlchemy warns about objects that it adds a moment later
    from sqlalchemy.exc import SAWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        yield


def quiet_log(name: str, path: Path | None = None) -> logging.Logger:
    """Gives a logger that writes to a file, or nowhere, and never to the terminal."""
    log = logging.getLogger(name)
    log.propagate = False
    log.setLevel(logging.INFO)
    for old in list(log.handlers):
        log.removeHandler(old)
        old.close()
    log.addHandler(logging.FileHandler(path, encoding="utf-8") if path else logging.NullHandler())
    return log


def with_environment_on_path() -> None:
    """Puts this interpreter's programs on PATH, where nbgrader looks for `alembic`."""
    programs = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", "")
    if programs not in path.split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([programs, path])
