"""What a learner's cells printed, made safe and small enough to be kept in the graded notebook.

Graders and other learners look at these pages in their own browsers: nothing that can run there
passes, and no single cell fills a disk.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

import nbformat
from nbformat import NotebookNode

MAX_TEXT = 20_000  # characters of one output
MAX_IMAGE = 1_000_000  # characters of one base64 picture
MAX_CELL = 2_000_000  # characters of one cell's outputs together
MAX_OUTPUTS = 50

_MARKUP = re.compile(r"<[A-Za-z/!?]")


def shown(outputs: list[Any]) -> list[NotebookNode]:
    """Gives the outputs of one cell as text and plain pictures, cut to their limits.

    HTML, SVG, JavaScript and widgets are left out; their text form stays.
    """
    kept: list[NotebookNode] = []
    left = MAX_CELL
    for output in outputs[:MAX_OUTPUTS]:
        made = _one(output)
        if made is None:
            continue
        size = len(str(made))
        if size > left:
            break
        left -= size
        kept.append(made)
    if len(kept) < len(outputs) and (len(outputs) > MAX_OUTPUTS or left < MAX_IMAGE):
        kept.append(_stream("… further output is left out here\n"))
    return kept


def harmless(source: str) -> str:
    """Gives a Markdown cell's text with markup that could run in a browser escaped."""
    if not _MARKUP.search(source) and "javascript:" not in source.lower():
        return source
    from nbconvert.preprocessors.sanitize import SanitizeHTML

    cleaned = str(SanitizeHTML().sanitize_html_tags(source)).replace("&gt;", ">").replace("&amp;", "&")
    return re.sub(r"(?i)javascript\s*:", "javascript\u200b:", cleaned)


def _one(output: Any) -> NotebookNode | None:
    if not isinstance(output, dict):
        return None
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return _stream(_text(output.get("text")), name)
    if kind == "error":
        return nbformat.v4.new_output(
            "error",
            ename=_text(output.get("ename"))[:200],
            evalue=_text(output.get("evalue"))[:2000],
            traceback=[_text(line) for line in list(output.get("traceback") or [])[:60]],
        )
    if kind in ("display_data", "execute_result"):
        bundle = _bundle(output.get("data"))
        return nbformat.v4.new_output("display_data", data=bundle) if bundle else None
    return None


def _bundle(data: Any) -> dict[str, str]:
    if not isinstance(data, dict):
        return {}
    bundle: dict[str, str] = {}
    if "text/plain" in data:
        bundle["text/plain"] = _text(data["text/plain"])
    for kind in ("image/png", "image/jpeg"):
        picture = _text(data.get(kind), MAX_IMAGE + 1) if kind in data else ""
        if picture and len(picture) <= MAX_IMAGE and _is_base64(picture):
            bundle[kind] = picture
    return bundle


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _stream(text: str, name: str = "stdout") -> NotebookNode:
    return nbformat.v4.new_output("stream", name=name, text=text)


def _text(value: Any, limit: int = MAX_TEXT) -> str:
    text = "".join(str(part) for part in value) if isinstance(value, list) else str(value or "")
    if len(text) <= limit:
        return text
    return text[:limit] + "\n… cut here\n"
