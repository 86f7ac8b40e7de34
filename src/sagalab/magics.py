"""The two cell magics of a lesson: `%%handler NAME` and `%%diagram APPROACH`."""

from __future__ import annotations

from typing import Any

from sagalab import packaging
from sagalab.errors import LearnerError, SagalabError

diagrams: dict[str, str] = {}  # the source of each diagram cell, by approach


def handler(line: str, cell: str, namespace: dict[str, Any]) -> None:
    """Serves `%%handler NAME`."""
    packaging.define(line.strip(), cell, namespace)


def diagram(line: str, cell: str) -> str:
    """Serves `%%diagram APPROACH`: keeps the source and gives the approach."""
    approach = line.split()[0] if line.split() else ""
    if approach not in ("orchestration", "choreography"):
        raise LearnerError(
            f"{line.strip()!r} names no approach",
            where="%%diagram",
            slip="the line reads %%diagram orchestration or %%diagram choreography",
        )
    diagrams[approach] = cell
    return approach


def register(shell: Any) -> None:
    """Gives a notebook's shell the magics; a learner's slip prints as words, without a traceback."""

    def handler_magic(line: str, cell: str) -> None:
        handler(line, cell, shell.user_ns)

    def diagram_magic(line: str, cell: str) -> Any:
        diagram(line, cell)
        return _drawn(cell)

    shell.register_magic_function(handler_magic, "cell", "handler")
    shell.register_magic_function(diagram_magic, "cell", "diagram")
    shell.set_custom_exc((SagalabError,), _plainly)


def _drawn(source: str) -> Any:
    """Draws the cell's diagram for the learner to look at, where that is possible."""
    from sagalab.pictures.drawing import drawn_picture

    return drawn_picture(source)


def _plainly(shell: Any, kind: type, error: BaseException, traceback: Any, tb_offset: int | None = None) -> list[str]:
    """Shows an error of the kit in words; the cell still counts as failed."""
    lines = [f"{kind.__name__}: {error}"]
    shell._showtraceback(kind, error, lines)
    return lines
