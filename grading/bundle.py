"""The learners' archive: the course without solutions, grading and tests.

What goes in is listed, so that nothing slips in that nobody thought of. `proved` unpacks the archive into an
empty folder and uses it as a learner would.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from sagalab.course import COURSE_FILE, RUBRIC_FILE, Course
from sagalab.errors import SetupError

AS_THEY_ARE = (
    COURSE_FILE, RUBRIC_FILE.as_posix(), "pyproject.toml", "uv.lock", "environment.yml", "LICENSE",
    "scripts/bootstrap.py",
)  # fmt: skip
WRITTEN_FOR_LEARNERS = Path("grading") / "learners"  # its files go to the archive's top
PRODUCTS = ("__pycache__", ".ipynb_checkpoints", ".sagalab")
A_DAY = (2026, 1, 1, 0, 0, 0)  # one date for all entries: the same course gives the same archive, byte for byte


def entries(course: Course) -> Iterator[tuple[str, Path]]:
    """Gives each file of the archive: its name in there, and where it lies."""
    for name in AS_THEY_ARE:
        yield name, course.root / name
    for path in sorted((course.root / WRITTEN_FOR_LEARNERS).iterdir()):
        yield path.name, path
    for lesson in course.lessons:
        path = course.release(lesson.name)
        yield path.relative_to(course.root).as_posix(), path
    for path in sorted((course.root / "src").rglob("*")):
        if path.is_file() and not set(PRODUCTS) & set(path.parts):
            yield path.relative_to(course.root).as_posix(), path


def bundle(course: Course, folder: Path) -> Path:
    """Writes the archive and gives its path; all its files lie in one folder named after the course.

    Raises `SetupError` where a part of the course is missing.
    """
    found = dict(entries(course))
    missing = [name for name, path in found.items() if not path.is_file()]
    if missing:
        raise SetupError(f"the course has no {missing[0]}", do="Run `python -m grading release`, or take a full clone.")
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"{course.id}.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, path in sorted(found.items()):
            file.writestr(zipfile.ZipInfo(f"{course.id}/{name}", A_DAY), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return archive


def proved(archive: Path, say: Callable[[str], None]) -> None:
    """Unpacks the archive into an empty folder, sets it up there and works through its first lesson.

    Raises `SetupError` with the last lines of what went wrong.
    """
    with tempfile.TemporaryDirectory(prefix="bundle-") as folder:
        with zipfile.ZipFile(archive) as file:
            file.extractall(folder)
        (root,) = Path(folder).iterdir()
        programs = root / ".venv" / ("Scripts" if os.name == "nt" else "bin")
        sagalab = str(programs / "sagalab")
        say("setting up in an empty folder")
        _run([sys.executable, "scripts/bootstrap.py"], root)
        say("looking at the machine")
        _run([sagalab, "doctor"], root)
        say("opening the first lesson and running it from top to bottom")
        first = _first_lesson(root)
        _run([sagalab, "reset", first], root)
        (notebook,) = (root / "my-lessons" / first).glob("*.ipynb")
        _run([str(programs / "jupyter"), "execute", "--inplace", str(notebook)], root)
        say("asking for progress")
        _run([sagalab, "progress"], root)


def _first_lesson(root: Path) -> str:
    """Gives the name of the first lesson of an unpacked archive."""
    return min(path.name for path in (root / "lessons").iterdir())


def _run(command: list[str], root: Path) -> None:
    ours = ("SAGALAB_", "VIRTUAL_ENV", "JUPYTER_")  # what would lead back to this course
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    path = os.pathsep.join([str(root / ".venv" / "bin"), kept.get("PATH", "")])
    environment = {**kept, "UV_NO_DEV": "1", "PATH": path}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise SetupError(f"the archive does not work from an empty folder: {Path(command[0]).name} failed\n{said}")
