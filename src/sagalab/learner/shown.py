"""How something is put before a learner: HTML in a notebook, plain text in a terminal, never stderr."""

from __future__ import annotations

import html
import re
import sys

LONGEST = 4_000  # characters of one text in a card: a learner's own value may be endless
STYLE = (
    "border-left:4px solid {colour};padding:.4em 1em;margin:.5em 0;max-width:52rem;"
    "color:inherit;background:transparent;line-height:1.5"
)
# Okabe-Ito: told apart without colour vision, and against white as well as against black
GREEN, VERMILION, BLUE, PURPLE = "#009E73", "#D55E00", "#0072B2", "#CC79A7"
CODE = "font-family:monospace;color:inherit;background:rgba(127,127,127,.15);padding:0 .25em;white-space:pre-wrap"


class Shown:
    """A text for the learner that shows itself: as HTML in a notebook, as its words elsewhere."""

    def __init__(self, text: str, html_text: str) -> None:
        self.text, self.html = text, html_text

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html


def in_notebook() -> bool:
    """Says whether this runs in a notebook's kernel, which shows the value of a cell as HTML."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    return shell is not None and getattr(shell, "kernel", None) is not None


def bounded(text: str) -> str:
    """Cuts a text that would fill the page, and says so."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]} … ({len(text) - LONGEST} more characters)"


def rich(text: str) -> str:
    """Escapes a text for HTML; what stands between backticks becomes code, a line break stays one."""
    escaped = html.escape(bounded(text))
    coded = re.sub(r"`([^`\n]+)`", rf'<code style="{CODE}">\1</code>', escaped)
    return coded.replace("\n", "<br>")


def code_block(source: str) -> str:
    """Gives source text as an HTML block."""
    style = f"{CODE};display:block;padding:.5em;overflow-x:auto;white-space:pre"
    return f'<pre style="{style}">{html.escape(bounded(source))}</pre>'


def box(heading: str, body: str, colour: str = BLUE) -> str:
    """Gives a bordered section with a heading; the body is HTML already."""
    label = html.escape(heading, quote=True)
    return (
        f'<section aria-label="{label}" style="{STYLE.format(colour=colour)}">'
        f'<h4 style="margin:.2em 0;color:inherit">{label}</h4>{body}</section>'
    )


def paragraph(text: str) -> str:
    """Gives a text as one HTML paragraph."""
    return f'<p style="margin:.4em 0">{rich(text)}</p>'
