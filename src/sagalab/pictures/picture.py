"""A picture: SVG, PNG when asked for, and the same in words."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable
from functools import cached_property

from sagalab.elsewhere import judged_elsewhere

COLUMN = 900.0  # CSS pixels of a notebook's column on a small screen
LEAST_SCALE = 0.7  # of how it was drawn; words are too small below


class Picture:
    """One picture of a run or of a deployment; a notebook shows it by itself.

    Either form is drawn at the first look. `svg` has its own background, so that it reads on a dark page too;
    `alt` says in sentences what it shows.
    """

    def __init__(self, draw_svg: Callable[[], str], alt: str, draw_png: Callable[[], bytes]) -> None:
        self.alt = alt
        self._draw_svg, self._draw_png = draw_svg, draw_png

    @cached_property
    def svg(self) -> str:
        """The picture as SVG."""
        return _described(self._draw_svg(), self.alt)

    @cached_property
    def png(self) -> bytes:
        """The picture as PNG."""
        return self._draw_png()

    def img(self, width: str = "") -> str:
        """Gives the picture as one HTML tag that holds everything, with its alternative text.

        It is `width` wide, a length of CSS, or as wide as it was drawn where there is room for that.
        """
        content = base64.b64encode(self.svg.encode()).decode()
        looks = f"width:{width};max-width:none;height:auto" if width else "max-width:100%;height:auto"
        return f'<img src="data:image/svg+xml;base64,{content}" alt="{html.escape(self.alt)}" style="{looks}">'

    def _page(self) -> str:
        """Gives the tag for a notebook's column; a picture that would become too small there can be moved instead."""
        width = self._width()
        if width * LEAST_SCALE <= COLUMN:
            return self.img()
        return f'<div style="overflow-x:auto">{self.img(f"{width * LEAST_SCALE:.0f}px")}</div>'

    def _width(self) -> float:
        """Gives how wide the picture was drawn, in CSS pixels; 0 where it does not say."""
        found = re.search(r'<svg\b[^>]*\bwidth="([\d.]+)pt"', self.svg)
        return float(found[1]) * 4 / 3 if found else 0.0

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, dict[str, object]]]:
        """Gives the tag, the words, and PNG for a page that leaves HTML out.

        Not bare SVG: JupyterLab cuts that off at the right of its column, and gives it no alternative text. A page of
        graded work leaves HTML out, so that it is not drawn for one.
        """
        page = {} if judged_elsewhere() else {"text/html": self._page()}
        shown = {**page, "text/plain": self.alt}
        try:
            shown["image/png"] = base64.b64encode(self.png).decode()
        except Exception:  # the picture itself is there; its second form is not worth an error in a lesson
            return shown, {}
        looks: dict[str, object] = {"alt": self.alt}
        if page and (width := self._width()):
            looks["width"] = round(width)
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
