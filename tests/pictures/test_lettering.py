"""Words stay inside their boxes, also where a wider font than Arial shows them."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagalab.pictures import path_taken
from sagalab.pictures.lettering import fitted, width
from tests.architecture import designs
from tests.pictures import runs

NODE = re.compile(r'<g id="node\d+" class="node">(.*?)</g>', re.DOTALL)
TEXT = re.compile(r'<text[^>]*text-anchor="(\w+)" x="([\d.-]+)"[^>]*>')


def boxes(svg: str) -> list[tuple[float, float, str]]:
    """Gives the left and right edge of every box, with what stands in it."""
    found = []
    for body in NODE.findall(svg):
        path = re.search(r'<path[^>]* d="([^"]+)"', body)
        if path and "<text" in body:
            across = [float(x) for x in re.findall(r"([\d.-]+),[\d.-]+", path[1])]
            found.append((min(across), max(across), body))
    return found


def test_every_word_of_a_path_is_held_inside_its_box() -> None:
    held = boxes(path_taken(designs.machine().definition, runs.refused(), runs.EXECUTION).svg)
    assert len(held) > 5
    for left, right, body in held:
        for match in TEXT.finditer(body):
            length = float(re.search(r'textLength="([\d.]+)"', match[0])[1])  # type: ignore[index]
            start = float(match[2]) - (length / 2 if match[1] == "middle" else 0)
            assert left + 4 < start
            assert start + length < right - 4, f"too wide: {body}"


def test_widths_are_those_of_the_font_that_graphviz_measures() -> None:
    """matplotlib carries Helvetica's measures, which Arial and Arimo copy."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "pdfcorefonts"
    for file, bold in (("Helvetica.afm", False), ("Helvetica-Bold.afm", True)):
        for row in (folder / file).read_text("latin-1").splitlines():
            if match := re.match(r"C (\d+) ; WX (\d+) ; N (\w+)", row):
                code, known, name = int(match[1]), int(match[2]), match[3]
                if 32 <= code <= 126 and not name.startswith("quote"):
                    assert width(chr(code), 1000, bold) == known, name


PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=126))


@given(PLAIN, PLAIN, st.booleans())
def test_words_are_as_wide_as_their_parts(one: str, other: str, bold: bool) -> None:
    parts = [width(one, 10, bold), width(other, 10, bold)]
    assert width(one + other, 10, bold) == pytest.approx(sum(part or 0 for part in parts))


def test_accents_take_no_width_and_unknown_letters_are_left_to_the_font() -> None:
    assert width("é", 10) == width("e", 10)
    assert width("注文", 10) is None
    text = '<text font-family="Arial" font-size="12.00">注文</text>'
    assert "textLength" not in fitted(text)


def test_a_text_is_held_once() -> None:
    once = fitted('<text font-family="Arial" font-size="12.00">payment&#45;queue</text>')
    assert once.count("textLength") == 1
    assert fitted(once) == once


def test_a_font_that_the_layout_did_not_measure_as_arial_is_left_alone() -> None:
    text = '<text font-family="Courier" font-size="12.00">payment</text>'
    assert fitted(text) == text
