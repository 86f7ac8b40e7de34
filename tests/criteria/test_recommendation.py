"""Part E's judgement: constraints, the matrix, measurements taken again, the flip."""

from __future__ import annotations

from typing import Any

import pytest

from sagalab.criteria import recommendation as judged
from sagalab.criteria.finding import Finding
from sagalab.errors import NotSupportedHere
from sagalab.recommendation import MATRIX, MEASUREMENTS, Approach, Constraint, Measurement, Recommendation
from tests.criteria.measured_runs import (
    TRUE,
    again,
)


def recommended(**changes: Any) -> Recommendation:
    fields: dict[str, Any] = {
        "scenario": "Every step is audited.",
        "approach": "orchestration",
        "constraints": [
            Constraint(requirement="Clear step order", must="yes"),
            Constraint(requirement="records_to_find_a_stuck_order", at_most=1),
        ],
        "weights": dict.fromkeys(MATRIX, 1),
        "scores": {
            "orchestration": dict(zip(MATRIX, (5, 1, 4, 2, 5), strict=True)),
            "choreography": dict(zip(MATRIX, (1, 5, 2, 5, 2), strict=True)),
        },
        "measurements": [Measurement(name=name, **values) for name, values in TRUE.items()],
        "flip": {"weights": {"Loose coupling": 3}, "to": "choreography", "because": "Four teams."},
    }
    return Recommendation(**{**fields, **changes})


def cited(**changes: float) -> list[Measurement]:
    """The true measurements, those named scaled by a factor for the orchestration."""
    return [
        Measurement(
            name=name,
            orchestration=values["orchestration"] * changes.get(name, 1),
            choreography=values["choreography"],
        )
        for name, values in TRUE.items()
    ]


def all_findings(recommendation: Recommendation | None) -> list[Finding]:
    return [
        judged.constraints(recommendation, again),
        judged.follows(recommendation),
        judged.measured(recommendation, again),
        judged.flip(recommendation),
    ]


def test_an_honest_recommendation_gets_every_automatic_point() -> None:
    found = all_findings(recommended())
    assert [finding.criterion for finding in found] == ["e-constraints", "e-follows", "e-measured", "e-flip"]
    assert [finding.fraction for finding in found] == [1, 1, 1, 1]


def test_a_missing_recommendation_scores_nothing_and_is_no_try() -> None:
    for finding in all_findings(None):
        assert (finding.fraction, finding.attempted) == (0, False)
        assert "Recommendation(…)" in finding.message


def test_a_broken_hard_constraint_rules_the_pick_out_with_its_number() -> None:
    rule = Constraint(requirement="Independent teams", at_least=4)
    finding = judged.constraints(recommended(constraints=[rule, *recommended().constraints]))
    assert finding.fraction == 0
    assert "“Independent teams” must be at least 4, and orchestration has 1" in finding.message


def test_a_constraint_is_held_against_the_measured_value_where_the_cited_one_is_wrong() -> None:
    boasting = recommended(measurements=cited(records_to_find_a_stuck_order=0.1))
    assert judged.constraints(boasting).fraction == 1
    assert judged.constraints(boasting, lambda name, approach: 6.0).fraction == 0


def test_a_constraint_asks_for_no_run_but_its_own_pick_s() -> None:
    asked: list[tuple[str, Approach]] = []

    def counting(name: str, approach: Approach) -> float:
        asked.append((name, approach))
        return again(name, approach)

    judged.constraints(recommended(), counting)
    assert asked == [("records_to_find_a_stuck_order", "orchestration")]


def test_a_pick_with_the_lower_total_does_not_follow() -> None:
    finding = judged.follows(recommended(approach="choreography"))
    assert finding.fraction == 0
    assert "orchestration adds up to 17 and choreography adds up to 15" in finding.message


def test_a_tie_does_not_follow() -> None:
    even = {approach: dict.fromkeys(MATRIX, 3) for approach in ("orchestration", "choreography")}
    finding = judged.follows(recommended(scores=even))
    assert finding.fraction == 0 and "tie" in finding.message


@pytest.mark.parametrize(
    ("flip", "words"),
    [
        ({"weights": {"Loose coupling": 1.2}, "to": "choreography", "because": "x"}, "does not win"),
        ({"weights": {"Loose coupling": 1}, "to": "choreography", "because": "x"}, "nothing changes"),
        ({"weights": {"Easy debugging": 9}, "to": "orchestration", "because": "x"}, "recommend already"),
    ],
)
def test_a_flip_that_flips_nothing_says_why(flip: dict[str, Any], words: str) -> None:
    finding = judged.flip(recommended(flip=flip))
    assert finding.fraction == 0 and words in finding.message


def test_a_flip_to_what_wins_already_is_none() -> None:
    pick = recommended(
        approach="choreography",
        flip={"weights": {"Easy debugging": 9}, "to": "orchestration", "because": "x"},
    )
    assert "wins by your weights already" in judged.flip(pick).message


def test_numbers_within_a_tenth_hold_and_beyond_it_do_not() -> None:
    near = judged.measured(recommended(measurements=cited(cost_per_order=1.09)), again)
    far = judged.measured(recommended(measurements=cited(cost_per_order=1.12)), again)
    assert near.fraction == 1
    assert far.fraction == pytest.approx(2 / 3)
    assert "cost_per_order, orchestration: you cite" in far.message and "10 % either way is allowed" in far.message


@pytest.mark.parametrize(
    ("name", "cited", "found", "holds"),
    [
        ("orders_per_second_at_the_knee", 0.36, 0.31, True),
        ("orders_per_second_at_the_knee", 0.39, 0.31, False),
        ("orders_hurt_by_one_outage", 2, 3, True),
        ("orders_hurt_by_one_outage", 1, 3, False),
        ("messages_per_order", 0, 0, True),
        ("messages_per_order", 0.001, 0, False),
    ],
)
def test_each_measurement_has_its_own_tolerance(name: str, cited: float, found: float, holds: bool) -> None:
    assert judged.agrees(name, cited, found) is holds


def test_three_numbers_of_one_measurement_are_one_measurement() -> None:
    price = MEASUREMENTS["price of an order"]
    only = recommended(
        measurements=[one for one in cited() if one.name in price],
        constraints=[Constraint(requirement="Clear step order", must="yes")],
    )
    finding = judged.measured(only, again)
    assert finding.fraction == pytest.approx(1 / 3)
    assert "change impact, finding an order, throughput, reach of an outage" in finding.message


def test_a_measurement_that_the_runs_cannot_show_does_not_count_and_says_why() -> None:
    knee = Measurement(name="orders_per_second_at_the_knee", orchestration=10, choreography=80)
    rest = [one for one in cited() if one.name in MEASUREMENTS["price of an order"] + MEASUREMENTS["change impact"]]
    plain = [Constraint(requirement="Clear step order", must="yes")]
    finding = judged.measured(recommended(measurements=[*rest, knee], constraints=plain), again)
    assert finding.fraction == pytest.approx(2 / 3)
    assert "it takes a run under load" in finding.message


def test_without_a_healthy_run_of_one_approach_nothing_is_confirmed() -> None:
    def half(name: str, approach: Approach) -> float:
        if approach == "choreography":
            raise NotSupportedHere("there is no healthy run")
        return again(name, approach)

    finding = judged.measured(recommended(), half)
    assert (
        finding.fraction == 0 and "of the choreography was not taken again: there is no healthy run" in finding.message
    )
