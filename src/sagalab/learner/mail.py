"""The e-mail of a submission: packing it, and reading one back. Pure: no files, nothing is ever sent.

The manifest names every attachment with its SHA-256; the notebook's covers its cell sources only, so
that saving outputs changes nothing. `inspect_mail` holds a packed mail against its manifest.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from pathlib import Path
from typing import Any

from sagalab.errors import LearnerError

MANIFEST = "manifest.json"
RECOMMENDATION, PLANS = "recommendation.json", "recovery_plans.json"
APPROACHES = ("orchestration", "choreography")
HEAVY = 10_000_000  # bytes; many mail servers refuse more, so a heavier notebook goes without outputs
_DIAGRAM = re.compile(r"\A\s*%%diagram[ \t]+(\w+)[^\n]*\n")


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    return text.replace("\r\n", "\n").rstrip()


def _cells(notebook: Any) -> list[Mapping[str, Any]]:
    cells = notebook.get("cells") if isinstance(notebook, Mapping) else None
    return [cell for cell in cells if isinstance(cell, Mapping)] if isinstance(cells, list) else []


def sources_digest(notebook: Any) -> str:
    """Gives the SHA-256 of a notebook's cells in order, kind and source.

    Outputs, metadata and empty cells do not count.
    """
    rows = [[str(cell.get("cell_type")), _source(cell)] for cell in _cells(notebook) if _source(cell)]
    return _sha256(json.dumps(rows).encode())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def diagram_sources(notebook: Any) -> dict[str, str]:
    """Gives the body of each `%%diagram` cell by its approach; a later cell replaces an earlier one."""
    found = {}
    for cell in _cells(notebook):
        text = _source(cell)
        match = _DIAGRAM.match(f"{text}\n")
        if match and match[1] in APPROACHES:
            found[match[1]] = text[match.end() :]
    return found


@dataclass(frozen=True)
class Work:
    """What goes into a mail: the notebook's file as it is, plans and recommendation as JSON objects."""

    name: str
    notebook: bytes
    plans: list[dict[str, Any]] = field(default_factory=list)
    recommendation: dict[str, Any] | None = None

    def parsed(self) -> Any:
        """Gives the notebook as data; raises LearnerError for a file that is none."""
        try:
            notebook = json.loads(self.notebook)
        except (ValueError, RecursionError) as error:
            raise LearnerError(
                f"this is no notebook file: {error}", where=self.name, do="save the notebook once more"
            ) from error
        if not _cells(notebook):
            raise LearnerError("the file holds no cells", where=self.name, do="save the notebook once more")
        return notebook


def attachments(work: Work) -> dict[str, bytes]:
    """Gives the content of each attachment by its file name, the manifest left out."""
    notebook = work.parsed()
    content = work.notebook
    if len(content) > HEAVY:
        lean = [
            {**cell, "outputs": [], "execution_count": None} if cell.get("cell_type") == "code" else cell
            for cell in _cells(notebook)
        ]
        content = _as_json({**notebook, "cells": lean})
    found = {work.name: content}
    for approach, source in diagram_sources(notebook).items():
        found[f"diagram_{approach}.py"] = source.encode("utf-8", "replace")
    if work.plans:
        found[PLANS] = _as_json(work.plans)
    if work.recommendation is not None:
        found[RECOMMENDATION] = _as_json(work.recommendation)
    return found


def _as_json(value: Any) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")


def pack(work: Work, to: str, title: str) -> bytes:
    """Packs the work into the bytes of an `.eml` file; the same work gives the same bytes."""
    attached = attachments(work)
    rows = {
        name: {"sha256": _sha256(content), "bytes": len(content)}
        for name, content in attached.items()
        if name != work.name
    }
    manifest = {
        "notebook": {"name": work.name, "cell_sources_sha256": sources_digest(work.parsed())},
        "attachments": rows,
    }
    message = EmailMessage(policy=policy.SMTP)
    message["To"] = to
    message["Subject"] = f"Project: {title}"
    message["X-Unsent"] = "1"  # mail programs that know it open the file as a draft
    message.set_content(
        "This is my project. Attached: " + ", ".join([*attached, MANIFEST]) + ".\n"
        "The manifest names each file with its SHA-256.\n"
    )
    sealed = _as_json(manifest)
    for name, content in {**attached, MANIFEST: sealed}.items():
        message.add_attachment(content, maintype="application", subtype=_subtype(name), filename=name)
    message.set_boundary(f"=-sagalab-{_sha256(sealed)[:32]}")
    return message.as_bytes()


def _subtype(name: str) -> str:
    return {".json": "json", ".ipynb": "x-ipynb+json"}.get(Path(name).suffix, "octet-stream")


@dataclass(frozen=True)
class MailReport:
    """What reading a packed mail found: three answers, and every problem in words."""

    parses: bool
    recipient: bool
    manifest: bool
    problems: list[str]


def inspect_mail(eml: bytes, contact: str, notebook: Any) -> MailReport:
    """Holds a packed mail against the course's contact, its own manifest and the notebook handed in."""
    try:
        message = message_from_bytes(eml, policy=policy.default)
        to = getaddresses([str(value) for name in ("To", "Cc") for value in message.get_all(name, [])])
        attached = _unpacked(message)
    except Exception as error:  # the parser fails in many ways on bytes that are no mail
        return MailReport(False, False, False, [f"The file cannot be read as an e-mail ({type(error).__name__})."])
    if MANIFEST not in {name for name, _ in attached}:
        return MailReport(False, False, False, [f"The e-mail has no {MANIFEST}, so it is not a packed project."])
    addresses = sorted({address.lower() for _, address in to if address})
    recipient = contact.lower() in addresses
    problems = _manifest_problems(attached, notebook)
    wrong = f"The e-mail goes to {', '.join(addresses) or 'nobody'}, not to the course's contact {contact}."
    return MailReport(True, recipient, not problems, [*([] if recipient else [wrong]), *problems])


def verify(eml: bytes, contact: str, notebook: Any) -> list[str]:
    """Gives every problem of a packed mail in words, none for a whole one."""
    return inspect_mail(eml, contact, notebook).problems


def _unpacked(message: EmailMessage) -> list[tuple[str, bytes]]:
    rows = []
    for part in message.walk():
        name = part.get_filename()
        if name:
            content = part.get_payload(decode=True)
            rows.append((name, content if isinstance(content, bytes) else b""))
    return rows


def _manifest_problems(attached: list[tuple[str, bytes]], notebook: Any) -> list[str]:
    names = [name for name, _ in attached]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        return [f"{name} is attached more than once." for name in twice]
    files = dict(attached)
    try:
        stated = json.loads(files.pop(MANIFEST))
        own, digest = str(stated["notebook"]["name"]), stated["notebook"]["cell_sources_sha256"]
        expected = {str(name): row["sha256"] for name, row in stated["attachments"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return [f"{MANIFEST} cannot be read: it does not list the notebook and the attachments."]
    problems = [f"{name} is attached, but the manifest does not list it." for name in files if name not in expected]
    problems = [line for line in problems if not line.startswith(f"{own} is attached")]
    for name, digests in expected.items():
        if name not in files:
            problems.append(f"{name} is in the manifest, but it is not attached.")
        elif _sha256(files[name]) != digests:
            problems.append(f"{name} is not the file that was packed: its SHA-256 differs from the manifest's.")
    return [*problems, *_notebook_problems(own, files.get(own), digest, notebook)]


def _notebook_problems(own: str, content: bytes | None, digest: Any, notebook: Any) -> list[str]:
    if content is None:
        return [f"The notebook {own} is not attached."]
    try:
        attached = json.loads(content)
    except (ValueError, RecursionError):
        return [f"{own} is attached, but it is not a notebook any more."]
    problems = []
    if sources_digest(attached) != digest:
        problems.append(f"{own} in the e-mail is not the notebook that was packed: its cells differ.")
    if sources_digest(notebook) != digest:
        problems.append(f"The e-mail was packed from another state of {own} than the one handed in.")
    return problems
