"""What the course's lint looks for: the prose of a lesson, cell by cell, and what may not stand in it.

Left out of sentence lengths: headings, tables, code, and what stands in brackets as a source. A colon before a list
or a display, and a semicolon, end a thought as a full stop does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jupytext
import pytest

from sagalab.course import course
from sagalab.learner import kept

COURSE = course()
PROJECT = "11_project"
LONGEST = 30  # words of a sentence
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
DATED = re.compile(rf"as of ({'|'.join(MONTHS)})\s+(20\d\d)")
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]*)\)")
BARE = re.compile(r"https?://\S+|\b(?:[a-z0-9-]+\.)+(?:com|org|io|net|dev|edu)/\S+", re.IGNORECASE)
CODE = re.compile(r"`[^`]*`")
FILLERS = {
    "simply": r"\bsimply\b", "obviously": r"\bobviously\b", "of course": r"\bof course\b",
    "just as a filler": r"(?<!have )(?<!has )(?<!had )\bjust\b(?! (?:as|then|before|after|now|so|like|enough|\w+ing)\b)", "let's": r"\blet['’]s\b",
    "seamless": r"\bseamless(?:ly)?\b", "powerful": r"\bpowerful\b", "robust": r"\brobust\b", "leverage": r"\bleverag",
    "dive into": r"\bdiv(?:e|ing) into\b", "exciting": r"\bexciting\b", "Incorrect.": r"\bincorrect\.",
    "an exclamation mark": r"[a-z]!(?:\s|$)", "an emoji": "[\U0001f300-\U0001faff\u2600-\u26ff]",
    "a word twice": r"\b([a-z]{2,}) \1\b(?<!had had)(?<!that that)",
}  # fmt: skip
MISSPELT = set(Path(__file__).with_name("misspelt.txt").read_text(encoding="utf-8").split())
SERVICES = r"\b(?:AWS|Step Functions|EventBridge|SQS|SNS|Lambda|DynamoDB|Standard|Express|Google|Pub/Sub|Eventarc)\b"
AMOUNT = (
    r"\d[\d,.]*\s?(?:KiB|KB|MiB|MB|GB|days?|hours?|minutes?|years?|times|attempts|%|transitions|events of history)\b"
)


@dataclass(frozen=True)
class Cell:
    """One cell of a lesson: where it begins, its kind and its text."""

    number: int
    kind: str
    text: str
    meta: tuple[str, ...] = ()


@cache
def cells(lesson: str) -> tuple[Cell, ...]:
    """Gives a lesson's cells from its hand-written text."""
    text = COURSE.source(lesson).read_text(encoding="utf-8")
    rows = jupytext.reads(text, fmt="py:percent").cells
    return tuple(
        Cell(number, row.cell_type, row.source, tuple(sorted(row.metadata))) for number, row in enumerate(rows, 1)
    )


def markdown(lesson: str) -> Iterator[Cell]:
    """Gives the cells that hold prose."""
    return (cell for cell in cells(lesson) if cell.kind == "markdown")


def code(lesson: str) -> str:
    """Gives all code of a lesson as one text."""
    return "\n".join(cell.text for cell in cells(lesson) if cell.kind == "code")


def headings(lesson: str) -> list[str]:
    """Gives the headings of a lesson, without their marks."""
    return [line.lstrip("#").strip() for cell in markdown(lesson) for line in _lines(cell.text) if line.startswith("#")]


def rounds(lesson: str) -> list[tuple[str, list[Cell]]]:
    """Gives the parts of a lesson below each heading of the second level, with the heading."""
    found: list[tuple[str, list[Cell]]] = []
    for cell in cells(lesson):
        heading = re.findall(r"^## (.+)$", cell.text, re.MULTILINE) if cell.kind == "markdown" else []
        if heading:
            found.append((heading[-1], []))
        elif found:
            found[-1][1].append(cell)
    return found


def paragraphs(text: str) -> list[str]:
    """Gives the paragraphs and list items of a Markdown text, each on one line; no headings, tables or code blocks."""
    found: list[str] = []
    apart = True
    for line in _lines(text):
        stripped = line.strip()
        if not stripped or stripped.startswith(("#", "|")):
            apart = True
            continue
        item = re.match(r"(?:[-*>]|\d+\.)\s+", stripped)
        if item:
            stripped = stripped[item.end() :]
        if apart or item:
            found.append(stripped)
        else:
            found[-1] += " " + stripped
        apart = False
    return found


def _lines(text: str) -> list[str]:
    """Gives the lines outside of fenced code."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL).splitlines()


def plain(paragraph: str) -> str:
    """Gives a paragraph as it is read: the words of a link, a word for code, no source in brackets."""
    words = LINK.sub(lambda match: match[2], paragraph)
    words = re.sub(r"\([^()]*as of [^()]*\)", "", words)
    words = CODE.sub("code", words)
    return re.sub(r"[*_]{1,2}(?=\w)|(?<=[\w.,:;?])[*_]{1,2}", "", words)


def sentences(text: str) -> list[str]:
    """Gives the sentences of a Markdown text."""
    parts = (re.split(r"(?<=[.?!;])[\"')*]*\s+|:\s+(?=code\b)|:$", plain(row)) for row in paragraphs(text))
    return [part.strip() for row in parts for part in row if part.strip()]


def length(sentence: str) -> int:
    """Gives how many words a sentence has; a dash or a lone sign is none."""
    return sum(bool(re.search(r"\w", word)) for word in sentence.split())


def too_long(text: str) -> list[str]:
    """Gives the sentences that have too many words."""
    return [f"{length(one)} words: {one}" for one in sentences(text) if length(one) > LONGEST]


def fillers(text: str) -> list[str]:
    """Gives the words that the course does not use, each with the sentence that it stands in."""
    return [
        f"{name}: {one}"
        for one in sentences(text)
        for name, pattern in FILLERS.items()
        if re.search(pattern, one, re.IGNORECASE)
    ]


def misspellings(text: str) -> list[str]:
    """Gives words that are often written like this and are wrong."""
    return sorted(set(re.findall(r"[a-z']+", text.lower())) & MISSPELT)


def bad_links(text: str) -> list[str]:
    """Gives links that are not https or not well formed, addresses outside of a link, and images without words."""
    found = []
    for image, words, address in LINK.findall(text):
        parts = urlsplit(address)
        whole = parts.scheme == "https" and "." in parts.netloc and address[-1] not in ".,;:"
        if not whole and not (image and address.startswith("attachment:")):
            found.append(f"no well-formed https link: {address}")
        if not words.strip():
            found.append(f"{'an image' if image else 'a link'} without words: {address}")
    rest = CODE.sub("", LINK.sub("", text))
    found += [f"an address outside of a link: {match[0]}" for match in BARE.finditer(rest)]
    found += [f"an image without alt text: {tag}" for tag in re.findall(r"<img\b[^>]*>", text) if not _has_alt(tag)]
    return found


def _has_alt(tag: str) -> bool:
    return re.search(r"""\balt=(["'])\s*\S.*?\1""", tag) is not None


def unsourced(lesson: str) -> list[str]:
    """Gives paragraphs that state a number about a cloud without a link to its source and a date.

    Below "On real AWS" every number is such a fact; elsewhere a price is, and an amount beside the name of a service.
    """
    found, real = [], False
    for cell in markdown(lesson):
        for block in re.split(r"^(?=#+ )", "\n".join(_lines(cell.text)), flags=re.MULTILINE):
            if block.startswith("#"):
                real = block.startswith("## On real ")
            found += [row for row in paragraphs(block) if _states(row, real) and not _sourced(row)]
    return found


def _states(paragraph: str, real: bool) -> bool:
    words = re.sub(DATED, "", CODE.sub("code", LINK.sub(lambda match: match[2], paragraph)))
    words = re.sub(r"\blessons?\s\d\d\b", "", words, flags=re.IGNORECASE)
    if re.search(r"\$\s?\d", words):
        return True
    if real:
        return re.search(r"\d", words) is not None
    return any(
        re.search(SERVICES, one)
        and re.search(AMOUNT, one)
        and re.search(r"\b(?:on|in) AWS\b|limit|quota|price", one, re.IGNORECASE)
        for one in re.split(r"(?<=[.?!])\s+", words)
    )


def _sourced(paragraph: str) -> bool:
    linked = any(address.startswith("https://") for image, _, address in LINK.findall(paragraph) if not image)
    return linked and DATED.search(paragraph) is not None


def dates(lesson: str) -> list[date]:
    """Gives the months that facts are dated with."""
    text = " ".join(row for cell in markdown(lesson) for row in paragraphs(cell.text))
    return [date(int(year), MONTHS.index(month) + 1, 1) for month, year in DATED.findall(text)]


def undescribed(lesson: str) -> list[str]:
    """Gives the diagram cells that draw something and have no alternative text."""
    from sagalab.architecture.drawing import alternative_text

    drawing = [cell for cell in cells(lesson) if cell.kind == "code" and "%%diagram" in cell.text]
    return [f"cell {cell.number}" for cell in drawing if "Diagram(" in cell.text and not alternative_text(cell.text)]


def pictures(outputs: list[list[Any]]) -> list[str]:
    """Gives the words of each picture that a run showed: its plain text, or the `alt` of images in a page."""
    found = []
    for row in (row["data"] for cell in outputs for row in cell if "data" in row):
        if "image/svg+xml" in row or ("image/png" in row and "text/html" not in row):
            found.append(str(row.get("text/plain", "")))
        tags = re.findall(r"<img\b[^>]*>", str(row.get("text/html", "")))
        found += [alt[1] if (alt := re.search(r'\balt="([^"]*)"', tag)) else "" for tag in tags]
    return found


def scratch_progress(monkeypatch: pytest.MonkeyPatch) -> list[kept.Progress]:
    """Keeps what a learner has tried in a list, in the place of the file; gives that list."""
    rows = [kept.Progress()]
    monkeypatch.setattr(kept, "load", lambda: rows[-1])
    monkeypatch.setattr(kept, "save", rows.append)
    return rows
