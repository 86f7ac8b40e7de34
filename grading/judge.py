"""A submitted notebook in, findings out: the gradebook's way to the judge.

Learner code runs in a child, the scenarios in another process; this one, which is trusted, only carries
evidence between them. What is private in a class is the seed: it is drawn from a salt that stays under
`grading/out`, and from the student's id, so that a copied answer meets other orders.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from sagalab.course import Course, course_at, find_root
from sagalab.judging import submission
from sagalab.judging.submission import Judged

SALT = "SAGALAB_SALT"
OUT = "SAGALAB_GRADING_OUT"  # another folder than grading/out


def salt(course: Course) -> str:
    """Gives the class's secret: the environment's, or the one kept beside the gradebook, made at first use."""
    given = os.environ.get(SALT)
    if given:
        return given
    path = Path(os.environ.get(OUT) or course.root / "grading" / "out") / "salt"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(secrets.token_hex(16))
        path.chmod(0o600)
    return path.read_text().strip()


def seed_of(course: Course, student: str, lesson: str) -> str:
    """Gives the seed of one student's scenarios."""
    return hmac.new(salt(course).encode(), f"{student}/{lesson}".encode(), hashlib.sha256).hexdigest()[:16]


def prepare() -> None:
    """Starts what every judging process of a batch shares, before the first one is forked."""
    submission.prepare()


def judge_notebook(notebook: NotebookNode, lesson: str, student: str, folder: Path) -> Judged:
    """Judges one submitted notebook against its lesson's automatic criteria."""
    course = course_at(find_root(Path(__file__).parent))
    criteria = [row.id for row in course.criteria(lesson) if not row.manual]
    judged = submission.judge_notebook(
        notebook, course, criteria, seed_of(course, student, lesson), folder=folder, mail=_mail(folder)
    )
    judged.outputs = [[nbformat.from_dict(row) for row in cell] for cell in judged.outputs]
    # A notebook that never ended was judged, too: it keeps no promise.
    judged.status = "graded" if judged.status in ("graded", "stopped") else judged.status
    return judged


def _mail(folder: Path) -> bytes | None:
    mails = sorted(path for path in folder.glob("*.eml") if path.is_file() and not path.is_symlink())
    return mails[0].read_bytes() if mails else None
