"""Every kind of picture: one palette, its own paper, words of its own, and nothing from elsewhere.

Each is drawn once, light and as PNG, into tests/out/pictures/, to be looked at.
"""

from __future__ import annotations

import html
import re
from functools import cache
from pathlib import Path

import pytest

from sagalab.pictures import Picture, palette
from tests.pictures.kinds import KINDS
from tests.pictures.test_palette import INKS, WORDS, contrast

OUT = Path(__file__).resolve().parents[1] / "out"
ICONS = ("deployed", "drawn")  # Graphviz's own paper, and the icons of AWS
NAMES = {"white": "#ffffff", "black": "#000000"}

each_kind = pytest.mark.parametrize("kind", KINDS)
each_adapting = pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ICONS])


@cache
def drawn(kind: str) -> Picture:
    """Gives the picture, drawn once; what it shows is kept."""
    picture = KINDS[kind]()
    (OUT / "pictures").mkdir(parents=True, exist_ok=True)
    (OUT / ".gitignore").write_text("*\n", encoding="utf-8")
    (OUT / "pictures" / f"{kind.replace(' ', '-')}.png").write_bytes(picture.png)
    (OUT / "pictures" / f"{kind.replace(' ', '-')}.svg").write_text(picture.svg, encoding="utf-8")
    return picture


def colours(picture: Picture) -> set[str]:
    """Gives the colours that lines, areas and words of a picture have."""
    body = re.sub(r"<style>.*?</style>", "", picture.svg, flags=re.DOTALL)
    found = re.findall(r"(?:fill|stroke)(?:=\"|: ?)(#[0-9a-fA-F]{6}|white|black)", body)
    return {NAMES.get(colour, colour.lower()) for colour in found}


def known() -> set[str]:
    """Gives the palette: inks, words, rules, bands, and the tints that a bar or a box is filled with."""
    plain = {*INKS.values(), *WORDS, palette.GREY, palette.PALE, palette.PAPER, *palette.DARK}
    shares = {0.75: (palette.BLUE, palette.SKY, palette.GREEN, palette.ORANGE, palette.GREY)}
    return {colour.lower() for colour in plain} | {
        palette.tint(colour, share).lower() for share, row in shares.items() for colour in row
    }


@each_kind
def test_a_picture_says_in_words_what_it_shows(kind: str) -> None:
    picture = drawn(kind)
    assert len(picture.alt.split()) >= 8 and picture.alt.endswith(".")
    assert f"<desc>{html.escape(picture.alt)}</desc>" in picture.svg


@each_kind
def test_a_picture_brings_its_own_paper_and_needs_nothing_from_elsewhere(kind: str) -> None:
    picture = drawn(kind)
    assert palette.PAPER.lower() in colours(picture)
    assert [link for link in re.findall(r'href="([^"]*)"', picture.svg) if not link.startswith(("#", "data:"))] == []
    assert picture.png.startswith(b"\x89PNG")


@each_adapting
def test_a_picture_uses_the_palette_and_no_other_colour(kind: str) -> None:
    assert sorted(colours(drawn(kind)) - known()) == []


@each_adapting
def test_every_colour_of_a_picture_is_seen_on_a_dark_page(kind: str) -> None:
    """Words reach 4.5 against dark paper, all else that is no paper itself 1.3: rules and bands are meant to be faint."""
    picture = drawn(kind)
    assert "prefers-color-scheme:dark" in picture.svg
    dark = {light.lower(): one for light, one in palette.DARK.items()}
    for colour in colours(picture) - {palette.PAPER.lower(), palette.PALE.lower()}:
        shown = dark.get(colour, colour)
        least = 4.5 if colour in {word.lower() for word in WORDS} else 1.3
        assert contrast(shown, palette.DARK_PAPER) >= least, f"{colour} is {shown} there"


@each_adapting
def test_a_marker_has_no_colour_of_its_own_that_would_stay_light(kind: str) -> None:
    shapes = re.findall(r'<path id="m\w+" d="[^"]*" style="([^"]*)"', drawn(kind).svg)
    assert [style for style in shapes if "#" in style] == []
