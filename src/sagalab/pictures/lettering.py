"""How wide words are in Arial, and SVG text held to that width.

Graphviz lays out with Arial's widths. Where a reader's machine has no Arial, a wider font takes its
place, and words would run over the edge of their box.
"""

from __future__ import annotations

import html
import re
import unicodedata

FONTS = "Arial,Liberation Sans,Arimo,Helvetica,DejaVu Sans Condensed,sans-serif"

# Thousandths of the font's size, for the characters from space to ~: the widths of Arial, Arimo, Helvetica.
_REGULAR = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667,
    556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556,
    556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722,
    500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip
_BOLD = (
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722,
    611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556,
    611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778,
    556, 556, 500, 389, 280, 389, 584,
)  # fmt: skip

_TEXT = re.compile(r"<text\b([^>]*)>([^<]*)</text>")
_SIZE = re.compile(r'font-size="([\d.]+)')
_FAMILY = re.compile(r'font-family="Arial[^"]*"')


def width(words: str, size: float, bold: bool = False) -> float | None:
    """Gives the width of words in the unit of `size`; None when a letter's width is not known."""
    widths, total = _BOLD if bold else _REGULAR, 0
    for letter in words.replace("\u00a0", " "):
        base = unicodedata.normalize("NFD", letter)[0]  # an accent takes no width of its own
        if not " " <= base <= "~":
            return None
        total += widths[ord(base) - 32]
    return total * size / 1000


def fitted(svg: str) -> str:
    """Holds every text in Arial of a Graphviz SVG to its width, whatever font it is shown in."""

    def held(match: re.Match[str]) -> str:
        looks, words = match[1], html.unescape(match[2])
        if not _FAMILY.search(looks):
            return match[0]
        size = _SIZE.search(looks)
        wide = width(words, float(size[1]), 'font-weight="bold"' in looks) if size else None
        looks = _FAMILY.sub(f'font-family="{FONTS}"', looks)
        if wide and len(words) > 1 and "textLength" not in looks:
            looks += f' textLength="{wide:.1f}" lengthAdjust="spacingAndGlyphs"'
        return f"<text{looks}>{match[2]}</text>"

    return _TEXT.sub(held, svg)
