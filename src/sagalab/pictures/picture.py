"""A picture: SVG, PNG when asked for, and the same in words."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable
from functools import cached_property


class Picture:
    """One picture of a run or of a deployment; a notebook shows it by itself.

    `svg` has its own background, so that it reads on a dark page too. `alt` says in sentences what
    it shows.
    """

    def __init__(self, svg: str, alt: str, draw_png: Callable[[], bytes]) -> None:
        self.svg = _described(svg, alt)
        self.alt = alt
        self._draw_png = draw_png

    @cached_property
    def png(self) -> bytes:
        """The picture as PNG, drawn at the first look."""
        return self._draw_png()

    def img(self) -> str:
        """Gives the picture as one HTML tag that holds everything, with its alternative text."""
        content = base64.b64encode(self.svg.encode()).decode()
        looks = "max-width:100%;height:auto"
        return f'<img src="data:image/svg+xml;base64,{content}" alt="{html.escape(self.alt)}" style="{looks}">'

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, dict[str, object]]]:
        """Gives the tag, the words, and PNG for a page that leaves HTML out.

        Not bare SVG: JupyterLab cuts that off at the right of its column, and gives it no alternative text.
        """
        shown = {"text/html": self.img(), "text/plain": self.alt}
        try:
            shown["image/png"] = base64.b64encode(self.png).decode()
        except Exception:  # the picture itself is there; its second form is not worth an error in a lesson
            return shown, {}
        width = re.search(r'<svg\b[^>]*\bwidth="([\d.]+)pt"', self.svg)
        looks: dict[str, object] = {"alt": self.alt}
        if width:
            looks["width"] = round(float(width[1]) * 4 / 3)  # CSS pixels, as wide as the SVG
        return shown, {"image/png": looks}

    def __repr__(self) -> str:
        return self.alt


def _described(svg: str, alt: str) -> str:
    """Starts at the `svg` tag, names it an image, and puts the words in for screen readers."""
    svg = svg[svg.index("<svg") :]
    words = html.escape(alt)
    # As wide as the page at most: a notebook's column is narrower than many a run.
    svg = re.sub(r"<svg\b", '<svg role="img" style="max-width:100%;height:auto"', svg, count=1)
    return re.sub(r"(<svg\b[^>]*>)", lambda match: f"{match[1]}<desc>{words}</desc>", svg, count=1)
