"""The decision matrix: two scores in each row, the distance between them, and what the weights make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sagalab.pictures import palette
from sagalab.pictures.figures import figure_of, picture_of
from sagalab.pictures.picture import Picture
from sagalab.recommendation import APPROACHES, SCORES, Recommendation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, LEFT, RIGHT, HEAD, ROW, FOOT = 560.0, 190.0, 78.0, 74.0, 30.0, 58.0  # points
LOOKS = {"orchestration": (palette.BLUE, "o"), "choreography": (palette.GREEN, "s")}
QUIET = "#5B6570"


def matrix(recommendation: Recommendation) -> Picture:
    """Draws a recommendation's matrix: a row for each requirement, a mark for each approach's score."""
    rows = list(recommendation.weights)
    height = HEAD + ROW * len(rows) + FOOT
    figure = figure_of(WIDTH, height)
    axes: Axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(height, 0)
    axes.axis("off")
    axes.text(14, 18, "Decision matrix", fontsize=12, weight="bold", color=palette.INK, va="center")
    axes.text(_place(SCORES[0]), HEAD - 22, "0", fontsize=9, color=QUIET, ha="center", va="center")
    axes.text(_place(SCORES[1]), HEAD - 22, "5", fontsize=9, color=QUIET, ha="center", va="center")
    axes.text(WIDTH - RIGHT / 2, HEAD - 22, "weight", fontsize=9, color=QUIET, ha="center", va="center")
    for number, row in enumerate(rows):
        _row(axes, recommendation, row, HEAD + ROW * (number + 0.5))
    _key(axes, recommendation, height - FOOT + 24)
    return picture_of(figure, _words(recommendation))


def _place(score: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (score - SCORES[0]) / (SCORES[1] - SCORES[0])


def _row(axes: Axes, recommendation: Recommendation, row: str, y: float) -> None:
    weight = recommendation.weights[row]
    heaviest = max(recommendation.weights.values())
    axes.plot([_place(SCORES[0]), _place(SCORES[1])], [y, y], color=palette.PALE, linewidth=8, zorder=0)
    looks: dict[str, Any] = {"fontsize": 9.5, "color": palette.INK, "va": "center"}
    axes.text(LEFT - 16, y, row if len(row) <= 30 else f"{row[:29]}…", ha="right", **looks)
    axes.text(WIDTH - RIGHT / 2, y, f"{weight:g}", ha="center", **looks)
    scores = {approach: recommendation.scores[approach][row] for approach in APPROACHES}
    low, high = sorted(_place(score) for score in scores.values())
    axes.plot([low, high], [y, y], color=palette.GREY, linewidth=1.2 + 3.5 * weight / heaviest, zorder=1)
    tie = scores["orchestration"] == scores["choreography"]
    for approach, score in scores.items():
        colour, marker = LOOKS[approach]
        # Two marks in one place lie one above the other.
        shift = 0.0 if not tie else -5.0 if approach == "orchestration" else 5.0
        axes.plot(
            [_place(score)], [y + shift], marker=marker, color=colour, markersize=8, markeredgecolor=palette.PAPER
        )


def _key(axes: Axes, recommendation: Recommendation, y: float) -> None:
    for approach, x in zip(APPROACHES, (LEFT, LEFT + (WIDTH - LEFT - RIGHT) / 2 + 24), strict=True):
        colour, marker = LOOKS[approach]
        picked = "bold" if approach == recommendation.approach else "normal"
        axes.plot([x], [y], marker=marker, color=colour, markersize=8)
        words = f"{approach} {_total(recommendation, approach):g}"
        axes.text(x + 11, y, words, fontsize=9.5, weight=picked, color=palette.INK, va="center")
    axes.text(LEFT - 16, y, "weighted sum", fontsize=9.5, color=QUIET, ha="right", va="center")


def _total(recommendation: Recommendation, approach: str) -> float:
    scores = recommendation.scores[approach]  # type: ignore[index]
    return round(sum(weight * scores[row] for row, weight in recommendation.weights.items()), 6)


def _words(recommendation: Recommendation) -> str:
    said = [f"Decision matrix with {len(recommendation.weights)} rows, scores from 0 to 5."]
    for row, weight in recommendation.weights.items():
        one, two = (recommendation.scores[approach][row] for approach in APPROACHES)
        said.append(f"{row}, weight {weight:g}: orchestration {one:g}, choreography {two:g}.")
    totals = " and ".join(f"{approach} {_total(recommendation, approach):g}" for approach in APPROACHES)
    said.append(f"Weighted sums: {totals}. The pick is {recommendation.approach}.")
    return " ".join(said)
