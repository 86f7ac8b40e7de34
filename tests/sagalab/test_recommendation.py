"""The recommendation as learners write it: what it accepts, what it says of slips, how it adds up."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagalab.errors import DefinitionError
from sagalab.recommendation import (
    APPROACHES,
    MATRIX,
    Constraint,
    Measurement,
    Recommendation,
    decision,
    winner,
)


def stated(**changes: Any) -> dict[str, Any]:
    """A recommendation's fields that are in order, with changes."""
    fields: dict[str, Any] = {
        "scenario": "Orders with a legal audit of every step.",
        "approach": "orchestration",
        "constraints": [Constraint(requirement="Clear step order", must="yes")],
        "weights": dict.fromkeys(MATRIX, 1),
        "scores": {
            "orchestration": dict(zip(MATRIX, (5, 1, 4, 2, 5), strict=True)),
            "choreography": dict(zip(MATRIX, (1, 5, 2, 5, 2), strict=True)),
        },
        "measurements": [
            Measurement(name="cost_per_order", orchestration=0.0002, choreography=0.00001),
            Measurement(name="records_to_find_a_stuck_order", orchestration=1, choreography=9),
            Measurement(name="components_changed_to_add_a_participant", orchestration=1, choreography=0),
        ],
        "flip": {
            "weights": {"Loose coupling": 3},
            "to": "choreography",
            "because": "Four teams own the steps.",
        },
    }
    return {**fields, **changes}


def slip_in(**changes: Any) -> str:
    with pytest.raises(DefinitionError) as caught:
        Recommendation(**stated(**changes))
    return str(caught.value)


def test_the_matrix_has_the_five_rows_of_the_course() -> None:
    assert MATRIX == (
        "Clear step order",
        "Independent teams",
        "Easy debugging",
        "Loose coupling",
        "Long-running workflows",
    )


def test_totals_are_weights_times_scores() -> None:
    assert decision(Recommendation(**stated())) == {"orchestration": 17.0, "choreography": 15.0}


def test_a_recommendation_survives_the_way_through_json() -> None:
    recommendation = Recommendation(**stated())
    assert Recommendation.from_json(json.loads(json.dumps(recommendation.to_json()))) == recommendation


def test_a_dump_with_empty_fields_is_read_back_too() -> None:
    recommendation = Recommendation(**stated())
    assert Recommendation.from_json(recommendation.model_dump(mode="json")) == recommendation


def test_rows_of_ones_own_may_join_the_matrix() -> None:
    weights = {**dict.fromkeys(MATRIX, 1), "Audit": 4}
    scores = {approach: {**stated()["scores"][approach], "Audit": 3} for approach in APPROACHES}
    assert decision(Recommendation(**stated(weights=weights, scores=scores)))["orchestration"] == 29.0


def test_a_missing_row_of_the_matrix_is_named_with_the_misspelt_one() -> None:
    weights = {row: 1 for row in MATRIX if row != "Easy debugging"} | {"Easy debuging": 1}
    said = slip_in(weights=weights)
    assert "'Easy debugging'" in said and "'Easy debuging'" in said


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weights": dict.fromkeys(MATRIX, 0)}, "weights are all 0"),
        ({"weights": {**dict.fromkeys(MATRIX, 1), MATRIX[0]: -1}}, "it is -1"),
        ({"weights": {**dict.fromkeys(MATRIX, 1), MATRIX[0]: float("nan")}}, "finite"),
        ({"scores": {"orchestration": dict.fromkeys(MATRIX, 3)}}, "no entry for 'choreography'"),
        ({"approach": "orchestrator"}, "it is 'orchestrator'"),
        ({"scenario": "  "}, "scenario"),
        ({"constraints": []}, "constraints"),
        ({"measurements": stated()["measurements"][:2]}, "measurements"),
        ({"measurements": stated()["measurements"][:1] * 3}, "cited twice"),
        ({"colour": "blue"}, "no entry 'colour'"),
    ],
)
def test_a_slip_is_named_in_the_learners_terms(changes: dict[str, Any], words: str) -> None:
    said = slip_in(**changes)
    assert words in said and "pydantic" not in said


def test_a_score_above_five_says_where_it_stands() -> None:
    scores = {**stated()["scores"], "choreography": {**stated()["scores"]["choreography"], MATRIX[2]: 7}}
    assert "scores.choreography.Easy debugging" in slip_in(scores=scores)


def test_values_without_names_are_explained() -> None:
    with pytest.raises(DefinitionError, match="its parts are given by name"):
        Recommendation("orchestration")


def test_a_left_out_entry_is_named() -> None:
    fields = stated()
    del fields["flip"]
    with pytest.raises(DefinitionError, match="flip is missing"):
        Recommendation(**fields)


def test_an_unknown_measurement_gets_a_suggestion() -> None:
    with pytest.raises(DefinitionError, match="did you mean 'cost_per_order'"):
        Measurement(name="costs_per_order", orchestration=1, choreography=2)


@pytest.mark.parametrize(
    "constraint",
    [
        {"requirement": "Clear step order"},
        {"requirement": "Clear step order", "must": "yes", "at_least": 3},
        {"requirement": "cost_per_order", "must": "yes"},
    ],
)
def test_a_constraint_has_exactly_one_condition_that_can_be_decided(constraint: dict[str, Any]) -> None:
    with pytest.raises(DefinitionError):
        Constraint(**constraint)


@pytest.mark.parametrize(
    "constraint",
    [
        {"requirement": "Clear step order", "at_least": 0},
        {"requirement": "Clear step order", "at_most": 5},
        {"requirement": "orders_hurt_by_one_outage", "at_most": 5},
        {"requirement": "Clear steps order", "must": "yes"},
    ],
)
def test_a_constraint_that_nothing_can_decide_or_break_is_refused(constraint: dict[str, Any]) -> None:
    assert "constraint" in slip_in(constraints=[constraint])


def test_a_flip_names_only_rows_that_have_a_weight() -> None:
    flip = {"weights": {"Lose coupling": 9}, "to": "choreography", "because": "x"}
    assert "did you mean 'Loose coupling'" in slip_in(flip=flip)


def test_what_is_no_object_is_refused_in_words() -> None:
    with pytest.raises(DefinitionError, match="not a JSON object"):
        Recommendation.from_json(["orchestration"])


def test_tenths_that_add_up_the_same_tie() -> None:
    rows = dict(zip(MATRIX, (0.1, 0.2, 0.3, 0, 0), strict=True))
    scores = {
        "orchestration": dict(zip(MATRIX, (1, 1, 0, 0, 0), strict=True)),
        "choreography": dict(zip(MATRIX, (0, 0, 1, 0, 0), strict=True)),
    }
    assert winner(decision(Recommendation(**stated(weights=rows, scores=scores)))) is None


TENTHS = st.integers(0, 50).map(lambda n: n / 10)
ROW_OF_FIVE = st.lists(TENTHS, min_size=5, max_size=5).map(lambda values: dict(zip(MATRIX, values, strict=True)))


@given(weights=ROW_OF_FIVE.filter(lambda row: any(row.values())), ours=ROW_OF_FIVE, theirs=ROW_OF_FIVE)
def test_totals_agree_with_exact_fractions(
    weights: dict[str, float], ours: dict[str, float], theirs: dict[str, float]
) -> None:
    scores = {"orchestration": ours, "choreography": theirs}
    totals = decision(Recommendation(**stated(weights=weights, scores=scores)))
    exact = {
        approach: sum(Fraction(str(weights[row])) * Fraction(str(row_scores[row])) for row in MATRIX)
        for approach, row_scores in scores.items()
    }
    assert totals == {approach: float(total) for approach, total in exact.items()}
    best = winner(totals)
    assert (best is None) == (exact["orchestration"] == exact["choreography"])
    assert best is None or exact[best] == max(exact.values())
