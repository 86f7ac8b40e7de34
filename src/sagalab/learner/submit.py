"""`submit()`: packs the project into one e-mail file, and says what is in it. Nothing is ever sent."""

from __future__ import annotations

import html
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sagalab.course import course
from sagalab.errors import LearnerError
from sagalab.learner.mail import (
    APPROACHES,
    PLANS,
    RECOMMENDATION,
    MailReport,
    Work,
    attachments,
    inspect_mail,
    pack,
    sources_digest,
    verify,
)
from sagalab.learner.shown import Shown, box, paragraph
from sagalab.scenario import ENTRY

__all__ = ["MailReport", "Work", "inspect_mail", "mailto", "pack", "sources_digest", "submit", "verify"]


def mailto(to: str, title: str, file: str) -> str:
    """Gives a link that opens a mail program; such a link cannot attach the file."""
    body = f"Please find my project attached.\n\n(Attach the file {file} before sending.)"
    return f"mailto:{quote(to, safe='@')}?subject={quote(f'Project: {title}')}&body={quote(body)}"


def submit(notebook: str | Path | None = None, to: str | None = None) -> Shown:
    """Writes the e-mail beside the notebook and shows what is in it; sending it stays with the learner.

    Plans and recommendation are read from the running notebook. Raises LearnerError where no notebook
    can be found or read.
    """
    known = course()
    path = notebook_here(notebook)
    address = to or known.contact
    plans, recommendation, names = _defined()
    try:
        work = Work(path.name, path.read_bytes(), plans, recommendation)
    except OSError as error:
        raise LearnerError(
            f"the notebook cannot be read: {error.strerror}",
            where=str(path),
            slip="the notebook was not saved yet, or it has another name",
            do='save it, or give its name, for example submit("11_project.ipynb")',
        ) from error
    return packed(work, path, names, address, known.title)


def packed(work: Work, path: Path, defined: Iterable[str], to: str, title: str) -> Shown:
    """Writes the e-mail beside the notebook at `path`, and gives a card of what is in it and what is not yet.

    `defined` are the names that the notebook defines. Raises LearnerError where it cannot be written.
    """
    mail = path.with_suffix(".eml")
    try:
        mail.write_bytes(pack(work, to, title))
    except OSError as error:
        raise LearnerError(
            f"the e-mail cannot be written: {error.strerror}",
            where=str(mail),
            do="copy the notebook into a folder of your own and run submit() there",
        ) from error
    return _card(work, mail, set(defined), to, title)


def notebook_here(notebook: str | Path | None = None) -> Path:
    """Finds the notebook that this runs in; raises LearnerError where that is not clear."""
    if notebook:
        return Path(notebook)
    # Jupyter's server tells a kernel which notebook it serves; other front ends may not.
    session = os.environ.get("JPY_SESSION_NAME", "")
    if session.endswith(".ipynb") and Path(session).is_file():
        return Path(session)
    here = sorted(Path.cwd().glob("*.ipynb"))
    if len(here) == 1:
        return here[0]
    raise LearnerError(
        "which notebook to pack is not clear",
        where=f"submit(), which sees {len(here)} notebooks in this folder",
        do='give its name, for example submit("11_project.ipynb")',
    )


def _defined() -> tuple[list[dict[str, Any]], dict[str, Any] | None, set[str]]:
    """Reads plans, recommendation and all names from the notebook that this runs in, as far as they are defined."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    names: dict[str, Any] = shell.user_ns if shell is not None else {}
    plans: Any = names.get("recovery_plans")
    rows = plans if isinstance(plans, list | tuple) else [plans]
    recommendation: Any = names.get("recommendation")
    return (
        [row.to_json() for row in rows if hasattr(row, "to_json")],
        recommendation.to_json() if hasattr(recommendation, "to_json") else None,
        set(names),
    )


def _blank(name: str, content: bytes) -> bool:
    """Says whether an attachment holds nothing yet: a diagram's cell may hold no code but comments."""
    lines = [line.strip() for line in content.splitlines()]
    return not any(line and not (name.endswith(".py") and line.startswith(b"#")) for line in lines)


def _card(work: Work, mail: Path, defined: set[str], to: str, title: str) -> Shown:
    inside = attachments(work)
    wanted = [work.name, *(f"diagram_{approach}.py" for approach in APPROACHES), PLANS, RECOMMENDATION]
    missing = [f"{name}()" for name in ENTRY.values() if name not in defined]
    missing += [name for name in wanted if _blank(name, inside.get(name, b""))]
    link = mailto(to, title, mail.name)
    rows = [
        f"{name}, {'nothing in it yet' if _blank(name, content) else f'{len(content):,} bytes'}"
        for name, content in inside.items()
    ]
    said = [
        f"{mail.name} is written beside your notebook, addressed to {to}. Nothing has been sent.",
        "Open that file with a mail program and send it. Or begin a mail by the link and attach the file "
        "yourself: a link cannot attach anything.",
        "What counts is the notebook as it was saved last. After a change, save it and run `submit()` again.",
    ]
    if missing:
        said.insert(1, f"Still missing, because the notebook does not define or draw it yet: {', '.join(missing)}.")
    heading = "Your project is packed"
    text = "\n".join([heading, *(f"  - {row}" for row in rows), *(f"  {line}" for line in said), f"  {link}"])
    items = "".join(f"<li>{html.escape(row)}</li>" for row in rows)
    anchor = f'<p><a href="{html.escape(link, quote=True)}">Begin a mail to {html.escape(to)}</a></p>'
    body = paragraph(said[0]) + f"<ul>{items}</ul>" + "".join(map(paragraph, said[1:])) + anchor
    return Shown(text, box(heading, body))
