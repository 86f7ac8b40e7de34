"""matplotlib figures as pictures: without its global state, and the same bytes for the same run."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from sagalab.pictures import palette
from sagalab.pictures.picture import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PIXELS_PER_INCH = 110


def figure_of(width: float, height: float) -> Figure:
    """Gives an empty figure; width and height in points."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width / 72, height / 72), facecolor=palette.PAPER)


def nothing(heading: str) -> Picture:
    """Gives the picture of an empty history."""
    figure = figure_of(420, 90)
    figure.text(0.5, 0.66, heading, ha="center", va="center", fontsize=11, weight="bold", color=palette.INK)
    words = "Nothing happened: the history has no facts to draw."
    figure.text(0.5, 0.32, words, ha="center", va="center", fontsize=10, color=palette.INK)
    return picture_of(figure, f"{heading}: nothing happened.")


def picture_of(figure: Figure, alt: str) -> Picture:
    """Makes a picture of a figure."""

    def png() -> bytes:
        from PIL import Image

        sharp = io.BytesIO()
        _save(figure, sharp, format="png", dpi=PIXELS_PER_INCH, pil_kwargs={"compress_level": 1})
        content = io.BytesIO()
        # 256 colours hold every ink of the palette, in a third of the bytes; a notebook waits for this
        few = Image.open(sharp).convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(content, "PNG")
        return content.getvalue()

    def svg() -> str:
        content = io.BytesIO()
        _save(figure, content, format="svg", metadata={"Date": None, "Creator": None})
        return palette.adapting(content.getvalue().decode())

    return Picture(svg, alt, png)


def _save(figure: Figure, to: io.BytesIO, **options: Any) -> None:
    import matplotlib

    fixed: dict[Any, Any] = {
        "svg.hashsalt": "sagalab",
        "svg.fonttype": "path",
        "hatch.linewidth": 1.0,
        "font.family": "DejaVu Sans",
    }
    with matplotlib.rc_context(fixed):
        figure.savefig(to, facecolor=palette.PAPER, **options)
