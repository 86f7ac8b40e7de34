"""nbgrader's configuration of this course: folders, stubs, and our steps in its pipeline.

nbgrader executes this file when it is started from this folder, or from anywhere with
JUPYTER_CONFIG_PATH set to this folder (that is what `python -m grading nbgrader` and `make teach`
do, and what makes formgrader find the course). Our own code imports it for `configure`.

SAGALAB_COURSE names another course root, SAGALAB_GRADING_OUT another folder than `grading/out`, and
SAGALAB_EXCHANGE the folder through which assignments are exchanged on a shared machine.
"""

import os
import sys
import tomllib
from pathlib import Path
from typing import Any

CODE_STUB = "# Your code here."
TEXT_STUB = "Your words here."

SANITIZE = [
    "nbgrader.preprocessors.ClearOutput",
    "grading.nbgrader_steps.RestoreFromRelease",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# stock's list with AskJudge in the place of Execute, and LeaveToAPerson after the scores are saved
AUTOGRADE = [
    "grading.nbgrader_steps.AskJudge",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "grading.nbgrader_steps.LeaveToAPerson",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]


def configure(c: Any, root: Path, out: Path, exchange: str = "") -> None:
    """Fills nbgrader's configuration for the course at `root`, with its products under `out`.

    `exchange` is the folder of nbgrader's exchange; nbgrader's own if not given.
    """
    out.mkdir(parents=True, exist_ok=True)
    heading = tomllib.loads((root / "course.toml").read_text(encoding="utf-8"))["course"]
    # nbgrader matches paths against root + step, so that every step is given relative to the root
    step = os.path.relpath(out, root)
    c.CourseDirectory.root = str(root)
    c.CourseDirectory.course_id = heading["id"]
    c.CourseDirectory.source_directory = "solutions"
    c.CourseDirectory.release_directory = "lessons"
    c.CourseDirectory.source_with_tests_directory = os.path.join(step, "source_with_tests")
    c.CourseDirectory.solution_directory = os.path.join(step, "solution")
    c.CourseDirectory.submitted_directory = os.path.join(step, "submitted")
    c.CourseDirectory.autograded_directory = os.path.join(step, "autograded")
    c.CourseDirectory.feedback_directory = os.path.join(step, "feedback")
    c.CourseDirectory.db_url = f"sqlite:///{out / 'gradebook.db'}"
    c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", ".*"]
    c.ClearSolutions.code_stub = {"python": CODE_STUB}
    c.ClearSolutions.text_stub = TEXT_STUB
    c.OverwriteCells.add_missing_cells = True
    c.Autograde.sanitize_preprocessors = SANITIZE
    c.Autograde.autograde_preprocessors = AUTOGRADE
    if exchange:
        c.Exchange.root = exchange
    c.ExportApp.plugin_class = "nbgrader.plugins.export.CsvExportPlugin"


if "get_config" in globals():  # executed by nbgrader, not imported
    _root = Path(os.environ.get("SAGALAB_COURSE") or Path(__file__).resolve().parent.parent).resolve()
    _out = Path(os.environ.get("SAGALAB_GRADING_OUT") or _root / "grading" / "out").resolve()
    # nbgrader imports our steps by name, and puts only the current folder on the path
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    # nbgrader calls `alembic` by name when it makes a new gradebook
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    configure(get_config(), _root, _out, os.environ.get("SAGALAB_EXCHANGE", ""))  # type: ignore[name-defined]  # noqa: F821
