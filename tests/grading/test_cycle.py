"""The whole round with nbgrader's own commands, as an instructor types them."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.grading.conftest import JUDGE, LESSON, Classroom, answered

REPOSITORY = Path(__file__).parents[2]


def nbgrader(root: Path, cwd: Path, *arguments: str) -> str:
    environment = {
        **os.environ,
        "SAGALAB_COURSE": str(root),
        "JUPYTER_CONFIG_PATH": str(REPOSITORY / "grading"),
        "PYTHONPATH": str(REPOSITORY),
        "IPYTHONDIR": str(root / "ipython"),
    }
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_generate_autograde_feedback_and_export_work_by_their_own_commands(classroom: Classroom) -> None:
    root, out = classroom.course.root, classroom.course.root / "grading" / "out"
    released = classroom.course.release(LESSON).read_text()
    nbgrader(root, root, "generate_assignment", LESSON, "--force")
    assert classroom.course.release(LESSON).read_text().strip() == released.strip()
    for student, change in (("ada", answered), ("blank", lambda notebook: None)):
        path = classroom.hand_in(student, change)
        shutil.copytree(path.parent, out / "submitted" / student / LESSON)
    nbgrader(root, root, "autograde", LESSON, f"--AskJudge.judge={JUDGE}")
    nbgrader(root, root, "generate_feedback", LESSON)
    assert "Twelve pairs were added." in (out / "feedback" / "ada" / LESSON / f"{LESSON}.html").read_text()
    nbgrader(root, root, "export", "--to", "grades.csv")
    with (root / "grades.csv").open() as table:
        scores = {row["student_id"]: float(row["raw_score"]) for row in csv.DictReader(table)}
    assert scores == {"ada": 4.0, "blank": 1.0}


def test_the_wrapper_finds_the_course_from_a_folder_below_it(classroom: Classroom) -> None:
    below = classroom.course.root / "solutions"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    environment.pop("SAGALAB_COURSE", None)
    (classroom.course.root / "grading" / "out" / "gradebook.db").unlink()
    command = [sys.executable, "-m", "grading", "nbgrader", "generate_assignment", LESSON, "--force"]
    done = subprocess.run(command, cwd=below, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (classroom.course.root / "grading" / "out" / "gradebook.db").is_file()


def test_a_new_gradebook_is_made_without_the_environment_on_path(classroom: Classroom) -> None:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "SAGALAB_COURSE": str(classroom.course.root)}
    environment["PATH"] = os.pathsep.join(
        folder for folder in os.environ["PATH"].split(os.pathsep) if folder != str(Path(sys.executable).parent)
    )
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", LESSON, "--force"]
    where = REPOSITORY / "grading"  # plain nbgrader reads the configuration of its own folder
    done = subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
