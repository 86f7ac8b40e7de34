"""The colours can be told apart, also by people who see fewer of them."""

from __future__ import annotations

import itertools

import pytest

from sagalab.pictures import palette

INKS = {
    "states": palette.BLUE,
    "queues": palette.GREEN,
    "faults": palette.VERMILION,
    "participants": palette.ORANGE,
    "functions": palette.SKY,
    "compensation": palette.PINK,
}
# Viénot, Brettel and Mollon 1999: what remains of linear red, green and blue
SEEN_BY = {
    "full colour": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red cones": ((0.1124, 0.8876, 0.0), (0.1124, 0.8876, 0.0), (0.004, -0.004, 1.0)),
    "no green cones": ((0.2928, 0.7072, 0.0), (0.2928, 0.7072, 0.0), (-0.0223, 0.0223, 1.0)),
}


def linear(colour: str) -> tuple[float, ...]:
    return tuple((int(colour[at : at + 2], 16) / 255) ** 2.2 for at in (1, 3, 5))


@pytest.mark.parametrize("eyes", SEEN_BY)
def test_every_two_colours_differ_in_the_eyes_of(eyes: str) -> None:
    def seen(colour: str) -> tuple[float, ...]:
        parts = linear(colour)
        mixed = (sum(share * part for share, part in zip(row, parts, strict=True)) for row in SEEN_BY[eyes])
        return tuple(max(value, 0) ** (1 / 2.2) for value in mixed)

    for one, other in itertools.combinations(INKS, 2):
        distance = sum((a - b) ** 2 for a, b in zip(seen(INKS[one]), seen(INKS[other]), strict=True)) ** 0.5
        assert distance > 0.08, f"{one} and {other} look alike to {eyes}"


def test_a_tint_lies_between_the_colour_and_white() -> None:
    assert palette.tint("#000000", 0) == "#FFFFFF"
    assert palette.tint("#0072B2", 1) == "#0072B2"
    assert palette.tint("#000000", 0.5) == "#808080"
