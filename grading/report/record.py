"""What is known about one graded submission, kept as a file so that a batch can resume."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import nbformat

from sagalab.criteria.finding import Finding

RowStatus = Literal["graded", "repaired", "failed", "quarantined", "missing"]


@dataclass
class Record:
    """One submission's way through a batch: its status, what was repaired, and what the judge found.

    `slip` says which cell of the notebook failed first. `digest` names what was graded: submission, release and
    rubric. `pictures` holds the drawn run of each finding that has one, as HTML. Scores are not kept here, the
    gradebook holds them.
    """

    student: str
    lesson: str
    status: RowStatus
    note: str = ""
    slip: str = ""
    digest: str = ""
    repairs: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    findings: dict[str, Finding] = field(default_factory=dict)
    outputs: list[list[Any]] = field(default_factory=list)
    pictures: dict[str, str] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Writes the record; a reader sees the old one or the new one, never a part."""
        row = dict(self.__dict__)
        row["findings"] = {name: finding.to_json() for name, finding in self.findings.items()}
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f".{path.name}.{os.getpid()}")
        half.write_text(json.dumps(row), encoding="utf-8")
        half.replace(path)

    @classmethod
    def load(cls, path: Path) -> Record | None:
        """Reads a record; None when there is none, or none that this version can read."""
        try:
            row = json.loads(path.read_text(encoding="utf-8"))
            row["findings"] = {name: Finding.from_json(found) for name, found in row["findings"].items()}
            row["outputs"] = [[nbformat.from_dict(one) for one in cell] for cell in row["outputs"]]
            return cls(**row)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None


@dataclass(frozen=True)
class Row:
    """One line of the class report; `total` and `parts` come from the gradebook.

    `overrides` says, by criterion, which points a teacher set and why.
    """

    student: str
    status: RowStatus
    total: float
    parts: dict[str, float]
    needs_person: bool
    note: str
    overrides: dict[str, dict[str, Any]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Gives the row as a JSON object, with points rounded to two places."""
        return {
            **self.__dict__,
            "total": round(self.total, 2),
            "parts": {part: round(points, 2) for part, points in self.parts.items()},
        }
