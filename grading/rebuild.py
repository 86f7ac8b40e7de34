"""The notebook that is graded, built from its release and what is the learner's in the submitted one.

Answers and added cells are the learner's; given cells and checks are as they were released. Nothing
here raises for bad cells: what cannot be read as a cell is left out.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import NotebookNode

MAX_SOURCE = 200_000  # characters of one cell
MAX_CELLS = 500
ADDED = "added-"


@dataclass(frozen=True)
class Rebuilt:
    """A notebook built from its release; `repairs` matter to a grader, `notes` are everyday."""

    notebook: NotebookNode
    repairs: list[str]
    notes: list[str]


def rebuild(submitted: NotebookNode, release: NotebookNode) -> Rebuilt:
    """Builds the notebook that is graded: the release, with the learner's answers and added cells.

    An answer that exists more than once: the first that differs from the release is the answer, the
    other different ones stay behind it as added cells, because they ran when the learner ran it.
    """
    sorting = _Sorting(release)
    for cell in list(submitted.get("cells") or [])[:MAX_CELLS]:
        sorting.place(cell)
    return sorting.result()


def is_added(cell: NotebookNode) -> bool:
    """Tells whether a cell of a rebuilt notebook was added by the learner."""
    return str(cell.get("id", "")).startswith(ADDED)


class _Sorting:
    """Sorts the cells of a submitted notebook by what they are in the released one."""

    def __init__(self, release: NotebookNode) -> None:
        self.release = release
        self.keyed = {grade_id(cell): i for i, cell in enumerate(release.cells) if grade_id(cell)}
        self.ids = {cell.id: i for i, cell in enumerate(release.cells) if not grade_id(cell) and "id" in cell}
        self.given = {cell.source.strip() for cell in release.cells if not _is_answer(cell)}
        self.answers: dict[int, list[tuple[str, str]]] = {}
        self.seen: set[int] = set()
        self.added: dict[int, list[tuple[str, str]]] = {}
        self.repairs: list[str] = []
        self.notes: list[str] = []
        self.anchor = -1

    def place(self, cell: Any) -> None:
        kind, source = _content(cell)
        name = grade_id(cell)
        index = self.keyed.get(name, -1) if name else self.ids.get(_text(cell.get("id")), -1)
        if index >= 0 and index not in self.seen:
            self.anchor = index
        if name and index >= 0:
            self._place_keyed(index, kind, source, name)
        elif index >= 0 and index not in self.seen:
            if source.strip() != self.release.cells[index].source.strip():
                self.notes.append(f"Given cell {index + 1} was changed and is as released again.")
        elif source.strip() and source.strip() not in self.given and kind in ("code", "markdown"):
            self.added.setdefault(self.anchor, []).append((kind, source))
        if index >= 0:
            self.seen.add(index)

    def _place_keyed(self, index: int, kind: str, source: str, name: str) -> None:
        again = index in self.seen
        if _is_answer(self.release.cells[index]):
            self.answers.setdefault(index, []).append((kind, source))
            if again:
                self.repairs.append(f"The id {name} stood on more than one cell.")
        elif again:
            self.repairs.append(f"The check {name} stood there more than once.")
        elif source.strip() != self.release.cells[index].source.strip():
            self.repairs.append(f"The check {name} had been changed and is as released again.")

    def result(self) -> Rebuilt:
        notebook = nbformat.v4.new_notebook(metadata=copy.deepcopy(self.release.metadata))
        count = 0
        for index in range(-1, len(self.release.cells)):
            if index >= 0:
                notebook.cells.append(self._released(index))
            for kind, source in self.added.get(index, []):
                make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
                notebook.cells.append(make(source, id=f"{ADDED}{count:03d}"))
                count += 1
        notebook.nbformat_minor = 5
        return Rebuilt(notebook, list(dict.fromkeys(self.repairs)), list(dict.fromkeys(self.notes)))

    def _released(self, index: int) -> NotebookNode:
        cell = copy.deepcopy(self.release.cells[index])
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        name = grade_id(cell)
        if index not in self.seen and name:
            what = "answer cell" if _is_answer(cell) else "check"
            self.repairs.append(f"The {what} {name} had been deleted and is back as released.")
        different = [(kind, text) for kind, text in self.answers.get(index, []) if text != cell.source]
        if not different:
            return cell
        (kind, text), *others = dict.fromkeys(different)
        if kind != cell.cell_type:
            self.repairs.append(f"The answer cell {name} is a {cell.cell_type} cell again.")
        cell.source = text
        first = self.added.setdefault(index, [])
        first[:0] = [(other_kind, other) for other_kind, other in others if other_kind in ("code", "markdown")]
        return cell


def grade_id(cell: Any) -> str:
    """Gives a cell's grade id, or nothing."""
    metadata = cell.get("metadata") if isinstance(cell, dict) else None
    row = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return _text(row.get("grade_id")) if isinstance(row, dict) else ""


def _is_answer(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def _content(cell: Any) -> tuple[str, str]:
    source = cell.get("source", "")
    text = "".join(map(_text, source)) if isinstance(source, list) else _text(source)
    # a lone surrogate is valid JSON and cannot be written to a file
    return _text(cell.get("cell_type")), text[:MAX_SOURCE].encode("utf-8", "replace").decode("utf-8")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
