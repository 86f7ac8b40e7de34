"""The colours can be told apart, also by people who see fewer of them."""

from __future__ import annotations

import itertools
import math
import re

import pytest

from sagalab.pictures import palette, path_taken, space_time, timeline
from tests.architecture import designs
from tests.pictures import runs

MACHINE = designs.machine().definition

INKS = {
    "states": palette.BLUE,
    "queues": palette.GREEN,
    "faults": palette.VERMILION,
    "participants": palette.ORANGE,
    "functions": palette.SKY,
    "compensation": palette.PINK,
}
# What remains of linear red, green and blue: Viénot, Brettel and Mollon, "Digital video colourmaps for checking the
# legibility of displays by dichromats", 1999; and Machado, Oliveira and Fernandes, "A physiologically-based model for
# simulation of color vision deficiency", 2009, at severity 1.0. The first has no matrix for missing blue cones.
SEEN_BY = {
    "full colour": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia, Viénot": ((0.1124, 0.8876, 0.0), (0.1124, 0.8876, 0.0), (0.004, -0.004, 1.0)),
    "deuteranopia, Viénot": ((0.2928, 0.7072, 0.0), (0.2928, 0.7072, 0.0), (-0.0223, 0.0223, 1.0)),
    "protanopia, Machado": (
        (0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia, Machado": (
        (0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia, Machado": (
        (1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900),
    ),
}  # fmt: skip
WHITE = (0.9505, 1.0, 1.089)  # D65
TO_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
LEAST = 12.0  # of the distance in CIELAB; about 2 can just be told apart side by side


def linear(colour: str) -> tuple[float, ...]:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return tuple(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)


def times(matrix: tuple[tuple[float, ...], ...], parts: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(sum(share * part for share, part in zip(row, parts, strict=True)) for row in matrix)


def lab(colour: str, eyes: str) -> tuple[float, float, float]:
    """Gives a colour in CIELAB, as these eyes see it."""
    seen = tuple(min(max(part, 0.0), 1.0) for part in times(SEEN_BY[eyes], linear(colour)))
    shares = (part / white for part, white in zip(times(TO_XYZ, seen), WHITE, strict=True))
    x, y, z = (share ** (1 / 3) if share > 0.008856 else 7.787 * share + 16 / 116 for share in shares)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def contrast(one: str, other: str) -> float:
    lights = sorted(times(TO_XYZ, linear(colour))[1] for colour in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@pytest.mark.parametrize("eyes", SEEN_BY)
def test_every_two_colours_differ_in_the_eyes_of(eyes: str) -> None:
    for one, other in itertools.combinations(INKS, 2):
        distance = math.dist(lab(INKS[one], eyes), lab(INKS[other], eyes))
        assert distance > LEAST, f"{one} and {other} look alike to {eyes}: {distance:.1f}"


def test_red_and_green_of_traffic_lights_would_not_pass() -> None:
    red, green = "#C8503C", "#8C7A32"
    assert math.dist(lab(red, "full colour"), lab(green, "full colour")) > LEAST
    assert math.dist(lab(red, "deuteranopia, Viénot"), lab(green, "deuteranopia, Viénot")) < LEAST


WORDS = [palette.INK, "#5B6570", "#A84A00", "#007355", "#8A5F00", "#9C4A7D"]


@pytest.mark.parametrize("colour", WORDS)
def test_words_can_be_read_on_a_light_and_on_a_dark_page(colour: str) -> None:
    assert contrast(colour, palette.PAPER) > 4.5
    assert contrast(palette.DARK[colour], palette.DARK_PAPER) > 4.5


def test_bars_stand_out_on_a_light_and_on_a_dark_page() -> None:
    for colour in INKS.values():
        assert contrast(colour, palette.PAPER) > 2
        assert contrast(palette.DARK.get(colour, colour), palette.DARK_PAPER) > 3


def test_every_colour_of_words_in_a_picture_has_its_dark_one() -> None:
    drawn = [timeline(runs.refused()), space_time(runs.refused()), path_taken(MACHINE, runs.refused(), runs.EXECUTION)]
    for picture in drawn:
        assert "prefers-color-scheme:dark" in picture.svg
        body = picture.svg.partition("</style>")[2]
        dark = {colour.lower() for colour in palette.DARK}
        greys = {found for found in re.findall("#[0-9a-f]{6}", body) if contrast(found, palette.PAPER) > 9}
        assert greys <= dark, "words in this colour would vanish on a dark page"
        assert palette.PAPER.lower() in body


def test_a_tint_lies_between_the_colour_and_white() -> None:
    assert palette.tint("#000000", 0) == "#FFFFFF"
    assert palette.tint("#0072B2", 1) == "#0072B2"
    assert palette.tint("#000000", 0.5) == "#808080"
