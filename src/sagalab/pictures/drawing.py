"""Draws the diagram that a `%%diagram` cell describes, for the learner to look at while they work.

The cell runs in the learner's own process, as any cell does; what it draws is shown, not written to a file.
Judging reads the structure elsewhere, in a child (`sagalab.architecture`).
"""

from __future__ import annotations

import re
import traceback
from typing import Any

from sagalab.errors import LearnerError
from sagalab.pictures import dot
from sagalab.pictures.picture import Picture

ALT = re.compile(r"^#\s*alt:\s*(.+(?:\n#(?!\s*alt:).+)*)", re.MULTILINE)

# Where a learner left the package's own settings, ones that place labels beside their arrows.
LOOK = {
    "pad": ("2.0", "0.3"),
    "splines": ("ortho", "spline"),
    "nodesep": ("0.60", "0.35"),
    "ranksep": ("0.75", "1.4"),
}


def alt_text(source: str) -> str:
    """Gives the text of the comment `# alt: ...`, which may go on over several comment lines."""
    found = ALT.search(source)
    return " ".join(line.lstrip("# ").strip() for line in found[1].splitlines()) if found else ""


def drawn_picture(source: str) -> Picture | None:
    """Draws the last diagram of a cell; None when the cell draws none. Raises LearnerError in words."""
    from diagrams import Diagram

    drawn: list[Any] = []
    original = Diagram.render

    def keep(diagram: Any) -> None:
        drawn.append(diagram)

    Diagram.render = keep
    try:
        exec(compile(source, "<diagram>", "exec"), {"__name__": "diagram"})
    except FileNotFoundError as error:
        # Leaving the `with` block removes a file that was never written here.
        if not drawn:
            raise _explained(error) from error
    except Exception as error:
        raise _explained(error) from error
    finally:
        Diagram.render = original
    if not drawn:
        return None
    diagram = drawn[-1]
    for name, (usual, better) in LOOK.items():
        if diagram.dot.graph_attr.get(name) == usual:
            diagram.dot.graph_attr[name] = better
    text, name = diagram.dot.source, diagram.name
    alt = alt_text(source) or f"Architecture diagram: {name}."
    svg = dot.draw(text, "svg").decode()
    return Picture(svg, alt, lambda: dot.draw(text, "png"))


def _explained(error: Exception) -> LearnerError:
    lines = [row.lineno for row in traceback.extract_tb(error.__traceback__) if row.filename == "<diagram>"]
    place = f"line {lines[-1]}" if lines else f"line {getattr(error, 'lineno', '?')}"
    slip = "a class of the diagrams package that is spelt otherwise" if isinstance(error, ImportError) else ""
    return LearnerError(
        f"{type(error).__name__}: {error}",
        where=f"%%diagram, {place} of the cell's body",
        slip=slip,
        do="mend that line",
    )
