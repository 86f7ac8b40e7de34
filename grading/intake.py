"""What arrives from a learner: repaired, or refused with one plain sentence. Never raises for bad input.

Looks at a submitted folder and makes a working copy that nbgrader can grade; the original is only
read. `grading.rebuild` says what of a notebook is the learner's.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import stat
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import nbformat
import nbformat.converter
import nbformat.reader
from nbformat import NotebookNode

from grading.rebuild import rebuild

Status = Literal["ok", "repaired", "quarantined", "missing"]

MAX_NOTEBOOK = 25_000_000  # bytes
MAX_FOLDER = 50_000_000  # bytes of all files together
MAX_ENTRIES = 200
MAY_HOLD = {".7z", ".gz", ".html", ".ipynb", ".pdf", ".py", ".rar", ".tar", ".zip"}  # a project in another form
ATTACHMENTS = {".csv", ".eml", ".json", ".md", ".png", ".py", ".svg", ".txt", ".zip"}


@dataclass(frozen=True)
class Intake:
    """What became of one submission; `folder` is its working copy, `digest` names its contents."""

    student: str
    status: Status
    sentence: str
    digest: str = ""
    repairs: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    notebook: NotebookNode | None = None
    folder: Path | None = None


class _Refused(Exception):
    """One plain sentence why a submission is not graded."""


def take_in(submission: Path, lesson: str, release: NotebookNode, working: Path) -> Intake:
    """Makes the working copy of one student's submission, `<working>/<student>/<lesson>/`.

    `submission` is the student's folder; the notebook lies in it, or in a folder of the lesson's name.
    """
    student, digest = submission.name, ""
    folder = working / student / lesson
    try:
        _remove(folder)
        digest = fingerprint(submission)
        path, repairs = _find(submission, lesson)
        if path is None:
            _unless_packed(submission, lesson)
            return Intake(student, "missing", f"No notebook for {lesson} was handed in.", digest)
        notebook = _read(path)
        _unless_of_another_lesson(notebook, release, lesson)
        rebuilt = rebuild(notebook, release)
        files, dropped = _attachments(path.parent, lesson)
        repairs = [*repairs, *rebuilt.repairs, *dropped]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{lesson}.ipynb").write_text(nbformat.writes(rebuilt.notebook), encoding="utf-8")
        for file in files:
            target = folder / file.relative_to(path.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    except _Refused as refusal:
        _remove(folder)
        return Intake(student, "quarantined", str(refusal), digest)
    except (OSError, ValueError, RecursionError) as error:
        _remove(folder)
        return Intake(student, "quarantined", f"The submission cannot be read: {error}.", digest)
    sentence = " ".join(repairs) if repairs else "Taken in as it is."
    status: Status = "repaired" if repairs else "ok"
    return Intake(student, status, sentence, digest, repairs, rebuilt.notes, rebuilt.notebook, folder)


def _unless_packed(submission: Path, lesson: str) -> None:
    """Refuses a folder whose work came in another form: an archive, an export, a notebook further down."""
    if not submission.is_dir():
        return
    found = [path.relative_to(submission).as_posix() for path in _walk(submission) if path.suffix.lower() in MAY_HOLD]
    if found:
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        raise _Refused(
            f"There is no {lesson}.ipynb here, but {', '.join(found[:3])}{more}. Likely slip: the work came packed, "
            "exported or in a folder of its own. Put its notebook into the learner's folder and grade again."
        )


def _unless_of_another_lesson(notebook: NotebookNode, release: NotebookNode, lesson: str) -> None:
    """Refuses a notebook that has exercises, none of which is this lesson's."""
    mine, own = _exercises(notebook), _exercises(release)
    if mine and own and not mine & own:
        raise _Refused(
            f"None of its exercises ({', '.join(sorted(mine)[:3])}) is of {lesson}. Likely slip: another lesson's "
            "notebook was handed in under this one's name."
        )


def _exercises(notebook: NotebookNode) -> set[str]:
    cells = [cell for cell in notebook.get("cells", []) if isinstance(cell, dict)]
    marks = [(cell.get("metadata") or {}).get("nbgrader") or {} for cell in cells]
    return {str(mark["grade_id"]) for mark in marks if isinstance(mark, dict) and mark.get("grade_id")}


def fingerprint(submission: Path) -> str:
    """Gives a digest over the names and contents of everything that was handed in."""
    digest = hashlib.sha256()
    if submission.is_symlink():
        raise _Refused("The submission is a link to another place, and is not followed.")
    total = 0
    for number, path in enumerate(_walk(submission)):
        if number >= MAX_ENTRIES:
            raise _Refused(f"The submission holds more than {MAX_ENTRIES} files.")
        mode = path.lstat().st_mode
        digest.update(f"{path.relative_to(submission).as_posix()}\0{stat.S_IFMT(mode)}\0".encode())
        if not stat.S_ISREG(mode):
            continue
        total += path.lstat().st_size
        if total > MAX_FOLDER:
            raise _Refused(f"The submission holds more than {MAX_FOLDER // 10**6} MB.")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _read(path: Path) -> NotebookNode:
    if path.lstat().st_size > MAX_NOTEBOOK:
        raise _Refused(
            f"The notebook is larger than {MAX_NOTEBOOK // 10**6} MB; clear its outputs and hand it in again."
        )
    text = path.read_bytes().decode("utf-8", errors="replace")
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _Refused("The notebook is not valid JSON: the file was cut short or edited by hand.") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("nbformat"), int):
        raise _Refused("The file is JSON, but not a notebook.")
    cells = raw.get("cells")
    if raw["nbformat"] == 4 and not (isinstance(cells, list) and all(isinstance(one, dict) for one in cells)):
        raise _Refused("The file is JSON, but its list of cells is missing or broken.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # not nbformat.reads: it validates, and what it complains about is rebuilt anyway
            return nbformat.converter.convert(nbformat.reader.reads(text), 4)
    except Exception as error:
        raise _Refused("The file is JSON, but Jupyter cannot read it as a notebook.") from error


def _find(submission: Path, lesson: str) -> tuple[Path | None, list[str]]:
    for folder in (submission / lesson, submission):
        if folder.is_symlink():
            raise _Refused("The submission is a link to another place, and is not followed.")
        if not folder.is_dir():
            continue
        path = folder / f"{lesson}.ipynb"
        if path.is_symlink():
            raise _Refused("The notebook is a link to another file, and is not followed.")
        if path.exists() and not stat.S_ISREG(path.lstat().st_mode):
            raise _Refused("The notebook is not a file.")
        if path.exists():
            return path, []
        others = sorted(file for file in folder.glob("*.ipynb") if file.is_file() and not file.is_symlink())
        if len(others) == 1:
            return others[0], [f"The notebook was called {others[0].name}."]
        if others:
            raise _Refused(f"There are {len(others)} notebooks, and none is called {lesson}.ipynb.")
    return None, []


def _attachments(folder: Path, lesson: str) -> tuple[list[Path], list[str]]:
    files: list[Path] = []
    dropped: list[str] = []
    for path in _walk(folder):
        inside = path.relative_to(folder)
        if any(part.startswith(".") or part == "__pycache__" for part in inside.parts):
            continue
        if path.is_symlink():
            dropped.append(f"The link {inside.as_posix()} was left out.")
        elif not stat.S_ISREG(path.lstat().st_mode) or path.suffix not in ATTACHMENTS:
            continue
        elif path.suffix == ".py" and _shadows(Path(inside.parts[0]).stem):
            dropped.append(f"The file {inside.as_posix()} was left out: it hides a module of that name.")
        elif inside.as_posix() == "timestamp.txt" and not _is_timestamp(path):
            dropped.append("The time of submission could not be read.")
        elif inside.as_posix() != f"{lesson}.ipynb":
            files.append(path)
    return files, dropped


def _shadows(name: str) -> bool:
    if name in sys.stdlib_module_names or name in sys.builtin_module_names:
        return True
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return True


def _is_timestamp(path: Path) -> bool:
    from nbgrader.utils import parse_utc

    try:
        parse_utc(path.read_text(encoding="utf-8").strip())
    except (ValueError, OverflowError):
        return False
    return True


def _walk(folder: Path) -> Iterator[Path]:
    """Gives everything below a folder that is no folder, sorted, without following links."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
        else:
            yield path


def _remove(folder: Path) -> None:
    if folder.is_dir():
        shutil.rmtree(folder)
