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
    from botocore.exceptions import ClientError, ParamValidationError

    shell.set_custom_exc((SagalabError, ClientError, ParamValidationError), _plainly)
    bundles = shell.display_formatter.mimebundle_formatter
    bundles.for_type_by_name("sagalab.recommendation", "Recommendation", _as_matrix)


def _as_matrix(recommendation: Any) -> Any:
    """Shows a recommendation that ends a cell as its decision matrix."""
    from sagalab.pictures import matrix

    return matrix(recommendation)._repr_mimebundle_()


def _drawn(source: str) -> Any:
    """Draws the cell's diagram for the learner to look at, where that is possible."""
    from sagalab.pictures.drawing import drawn_picture

    return drawn_picture(source)


def _plainly(shell: Any, kind: type, error: BaseException, traceback: Any, tb_offset: int | None = None) -> list[str]:
    """Shows an error of the kit, or what the cloud refused, in words; the cell still counts as failed."""
    lines = [f"{kind.__name__}: {error}"]
    if not isinstance(error, SagalabError):
        lines = [*_place(traceback), *lines, *_slip(error)]
    shell._showtraceback(kind, error, lines)
    return lines


def _place(traceback: Any) -> list[str]:
    """Gives the line of the learner's own code that made the call."""
    import linecache

    own = []
    while traceback is not None:
        name = traceback.tb_frame.f_code.co_filename
        if "ipython-input" in name or "ipykernel" in name:
            own.append((traceback.tb_lineno, linecache.getline(name, traceback.tb_lineno).strip()))
        traceback = traceback.tb_next
    return [f"Line {number} of the cell: {text}" for number, text in own[-1:]]


SLIPS = {
    "ResourceConflictException": "it was made before: update it, or empty the lab with lab.reset()",
    "ResourceNotFoundException": "the name is misspelt, or the cell that makes it was not run",
    "ExecutionAlreadyExists": "an execution of this name was started with other input, or has ended",
    "QueueDoesNotExist": "the name is misspelt, or the cell that makes the queue was not run",
    "AWS.SimpleQueueService.QueueDeletedRecently": "a deleted queue's name is free after a minute: lab.run(until=61)",
    "AWS.SimpleQueueService.NonExistentQueue": "the name is misspelt, or the cell that makes the queue was not run",
}
SAID = (("Reason: Invalid JSON", "a Python dict was passed as text: json.dumps(pattern) makes JSON of it"),)


def _slip(error: BaseException) -> list[str]:
    """Gives the likely slip behind what the cloud refused, where the message does not say it already."""
    code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
    words = SLIPS.get(code) or next((slip for said, slip in SAID if said in str(error)), None)
    return [f"Likely slip: {words}"] if words and "Likely slip" not in str(error) else []
