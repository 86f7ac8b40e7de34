"""One assignment through nbgrader's exchange: published, fetched, handed in, collected, graded, returned."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.grading.conftest import JUDGE, LESSON, Classroom, answered

REPOSITORY = Path(__file__).parents[2]


class Machine:
    """A shared machine: the instructor works at the course, the learner in a home of their own."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root, self.home, self.exchange = root, folder / "home", folder / "exchange"
        self.home.mkdir()
        self.exchange.mkdir()
        self.exchange.chmod(0o777)

    def instructor(self, *arguments: str) -> str:
        """Runs `python -m grading nbgrader …`, as the instructor's page says."""
        own = {"SAGALAB_COURSE": str(self.root), "SAGALAB_EXCHANGE": str(self.exchange), "PYTHONPATH": str(REPOSITORY)}
        return self._run([sys.executable, "-m", "grading", "nbgrader", *arguments], self.root, own)

    def learner(self, *arguments: str) -> str:
        """Runs stock nbgrader, told of the course and the exchange on its command line."""
        where = ["--course", "tiny", f"--Exchange.root={self.exchange}"]
        own = {"HOME": str(self.home), "JUPYTER_DATA_DIR": str(self.home / "data")}
        return self._run([sys.executable, "-m", "nbgrader", *arguments, *where], self.home, own)

    def _run(self, command: list[str], cwd: Path, own: dict[str, str]) -> str:
        done = subprocess.run(command, cwd=cwd, env={**os.environ, **own}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def machine(classroom: Classroom, tmp_path: Path) -> Machine:
    return Machine(classroom.course.root, tmp_path)


def test_an_assignment_goes_out_and_its_feedback_comes_back(machine: Machine) -> None:
    machine.instructor("generate_assignment", LESSON, "--force")
    machine.instructor("release_assignment", LESSON)
    assert LESSON in machine.learner("list")
    machine.learner("fetch_assignment", LESSON)
    path = machine.home / LESSON / f"{LESSON}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    answered(notebook)
    nbformat.write(notebook, path)
    machine.learner("submit", LESSON)
    machine.instructor("collect", LESSON)
    machine.instructor("autograde", LESSON, f"--AskJudge.judge={JUDGE}")
    machine.instructor("generate_feedback", LESSON)
    machine.instructor("release_feedback", LESSON)
    machine.learner("fetch_feedback", LESSON)
    (page,) = (machine.home / LESSON / "feedback").rglob("*.html")
    assert "Twelve pairs were added." in page.read_text(encoding="utf-8")
