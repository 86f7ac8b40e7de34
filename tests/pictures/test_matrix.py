"""The decision matrix as a picture: both scores of each row, the weights, and the sums."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

from sagalab import magics
from sagalab.pictures import matrix, palette
from sagalab.recommendation import APPROACHES, MATRIX, MEASURABLE, Constraint, Flip, Measurement, Recommendation

SCORES = st.floats(0, 5).map(lambda score: round(score, 1))


def recommended(weights: dict[str, float], orchestration: list[float], choreography: list[float]) -> Recommendation:
    scores = dict(zip(APPROACHES, (orchestration, choreography), strict=True))
    return Recommendation(
        scenario="a shop", approach="orchestration", weights=weights,
        scores={name: dict(zip(weights, row, strict=False)) for name, row in scores.items()},
        constraints=[Constraint(requirement=MATRIX[0], must="yes")],
        measurements=[Measurement(name=name, orchestration=1, choreography=2) for name in list(MEASURABLE)[:3]],
        flip=Flip(weights={MATRIX[0]: 1}, to="choreography", because="teams part"),
    )  # fmt: skip


@pytest.fixture
def weights() -> dict[str, float]:
    return dict(zip(MATRIX, (4, 2, 5, 1, 3), strict=True)) | {"Auditors who read & <ask> about each and every order": 2}


def test_the_words_tell_every_row_and_the_weighted_sums(weights: dict[str, float]) -> None:
    alt = matrix(recommended(weights, [5, 2, 4, 2, 5, 3], [1, 5, 1, 5, 3, 3])).alt
    assert "Easy debugging, weight 5: orchestration 4, choreography 1." in alt
    assert "orchestration 67 and choreography 39. The pick is orchestration." in alt


@given(st.lists(SCORES, min_size=6, max_size=6), st.lists(SCORES, min_size=6, max_size=6))
def test_the_sums_are_those_of_the_scores(orchestration: list[float], choreography: list[float]) -> None:
    rows = {**dict.fromkeys(MATRIX, 1.0), "One's own": 2.0}
    alt = matrix(recommended(rows, orchestration, choreography)).alt
    told = [float(number) for number in re.findall(r"sums: orchestration (\S+) and choreography (\S+)\. ", alt)[0]]
    wanted = [sum(row) + row[-1] for row in (orchestration, choreography)]
    assert told == pytest.approx(wanted, rel=1e-4, abs=1e-4)


def test_a_tie_shows_both_marks_one_above_the_other(weights: dict[str, float]) -> None:
    tied = matrix(recommended(weights, [3] * 6, [3] * 6))
    apart = matrix(recommended(weights, [3] * 6, [4] * 6))
    for picture in (tied, apart):
        assert all(picture.svg.count(f"fill: {colour.lower()}") >= 6 for colour in (palette.BLUE, palette.GREEN))
    assert tied.svg != apart.svg


def test_a_cell_that_ends_in_a_recommendation_shows_the_matrix(weights: dict[str, float]) -> None:
    shell = InteractiveShell()
    magics.register(shell)
    shown, _ = shell.display_formatter.format(recommended(weights, [5] * 6, [1] * 6))
    assert shown["text/html"].startswith("<img ") and "weighted sums" in shown["text/plain"].lower()


def test_the_same_recommendation_gives_the_same_picture(weights: dict[str, float]) -> None:
    one, two = (matrix(recommended(weights, [5] * 6, [1] * 6)) for _ in range(2))
    assert one.svg == two.svg and one.png == two.png
