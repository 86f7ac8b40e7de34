"""Grading the same submissions of one lesson: `python -m grading grade` against stock `nbgrader autograde`.

Both start from submitted notebooks and end with scores in a gradebook, commands' start-up included. Ours also
repairs what came in, and writes feedback pages and the class report. Ours grades a small class, because it brings up
once what all of its submissions share; the peer starts anew for each, so that a few show its pace.

The peer's kernels run the check cells too, and each starts a judge of its own, so a part of the peer's
time is spent in our code.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

OURS, STOCK_ONES = 24, 4  # submissions
LESSON = os.environ.get("SAGALAB_BENCH_LESSON", "02_orchestration")
SETTINGS = """
c = get_config()
c.CourseDirectory.course_id = "bench"
c.CourseDirectory.source_directory = "source"
"""


def ours() -> float:
    """Submissions per second, judged by behaviour and entered into nbgrader's gradebook."""
    from sagalab.course import course

    here = course()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        submissions = Path(folder) / "submissions"
        _hand_in(submissions, _solved(here.root), OURS)
        command = [sys.executable, "-m", "grading", "grade", "--lesson", LESSON, "--fresh",
                   "--submissions", str(submissions), "--out", str(Path(folder) / "out")]  # fmt: skip
        took = _timed(command, here.root)
        pages = list((Path(folder) / "out" / "report").rglob("learner-*.html"))
    if len(pages) != OURS:
        raise RuntimeError(f"{len(pages)} feedback pages for {OURS} submissions")
    return OURS / took


def stock() -> float:
    """Submissions per second, executed cell by cell in a kernel each, by nbgrader as it is installed."""
    from sagalab.course import course

    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        root, solved = Path(folder), _solved(course().root)
        (root / "nbgrader_config.py").write_text(SETTINGS, encoding="utf-8")
        (root / "source" / LESSON).mkdir(parents=True)
        shutil.copy(solved, root / "source" / LESSON / f"{LESSON}.ipynb")
        _timed([sys.executable, "-m", "nbgrader", "generate_assignment", LESSON], root)
        _hand_in(root / "submitted", solved, STOCK_ONES)
        took = _timed([sys.executable, "-m", "nbgrader", "autograde", LESSON], root)
        graded = list((root / "autograded").glob(f"*/{LESSON}/{LESSON}.ipynb"))
    if len(graded) != STOCK_ONES:
        raise RuntimeError(f"{len(graded)} graded notebooks for {STOCK_ONES} submissions")
    return STOCK_ONES / took


def _solved(root: Path) -> Path:
    path = root / "solutions" / LESSON / f"{LESSON}.ipynb"
    if not path.is_file():
        raise RuntimeError(f"there is no {path}: run `make release`")
    return path


def _hand_in(submissions: Path, notebook: Path, count: int) -> None:
    for number in range(count):
        target = submissions / f"learner-{number}" / LESSON
        target.mkdir(parents=True)
        shutil.copy(notebook, target / f"{LESSON}.ipynb")


def _timed(command: list[str], folder: Path) -> float:
    from sagalab.course import find_root

    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": programs, "SAGALAB_COURSE": str(find_root())}
    began = perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    took = perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[2:4])} ended with {done.returncode}: {done.stderr[-2000:]}")
    return took
