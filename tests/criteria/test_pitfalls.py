"""Lesson 08's criteria on small histories and data."""

from __future__ import annotations

import json

from sagalab.criteria.pitfalls import eyes, flips, incomplete, lines_of, two_companies
from sagalab.criteria.watched import Watched
from sagalab.history import History
from sagalab.recommendation import MATRIX, MEASURABLE, Approach, Constraint, Flip, Measurement, Recommendation
from sagalab.scenario import healthy

SCORES = {"orchestration": (5, 2, 5, 2, 5), "choreography": (2, 5, 2, 4, 2)}
BASE = healthy("choreography", "pitfalls")
ORDER = BASE.orders[0].order_id


def advice(approach: Approach, weights: tuple[float, ...], flip: float = 30, scores: int = 0) -> Recommendation:
    """Gives a recommendation; `scores` is added to each score of the first row."""
    other: Approach = "choreography" if approach == "orchestration" else "orchestration"
    row = "Independent teams" if other == "choreography" else "Easy debugging"
    rows = {style: dict(zip(MATRIX, (five[0] - scores, *five[1:]), strict=True)) for style, five in SCORES.items()}
    return Recommendation(
        scenario="s", approach=approach, constraints=[Constraint(requirement=MATRIX[0], at_most=4.9)],
        weights=dict(zip(MATRIX, weights, strict=True)), scores=rows, flip=Flip(weights={row: flip}, to=other, because="b"),
        measurements=[Measurement(name=name, orchestration=1, choreography=1) for name in list(MEASURABLE)[:3]],
    )  # fmt: skip


GOOD = {"pharmacy": advice("orchestration", (4, 1, 4, 1, 3)), "marketplace": advice("choreography", (1, 5, 2, 4, 0))}


def again(name: str, approach: Approach) -> float:
    return float(approach == "orchestration" if name.startswith("components") else 1 + 5 * (approach == "choreography"))


def test_two_picks_that_meet_what_is_needed_are_right() -> None:
    assert two_companies("x", GOOD, again).verdict == flips("x", GOOD).verdict == "valid"


def test_a_pick_that_the_measured_number_rules_out_is_named() -> None:
    wrong = {**GOOD, "pharmacy": advice("choreography", (4, 1, 4, 1, 3))}
    assert "choreography has 6, measured again" in two_companies("x", wrong, again).message


def test_scores_are_the_same_for_both_companies() -> None:
    wrong = {**GOOD, "pharmacy": advice("orchestration", (4, 1, 4, 1, 3), scores=1)}
    assert "different scores" in two_companies("x", wrong, again).message


def test_a_flip_that_does_not_turn_the_decision_is_told_with_its_company() -> None:
    wrong = {**GOOD, "marketplace": advice("choreography", (1, 5, 2, 4, 0), flip=2.5)}
    assert flips("x", wrong).message.startswith("The marketplace. With the changed weights")


def test_no_advice_is_no_attempt_and_half_of_it_is_one() -> None:
    none, half = incomplete("x", {}), incomplete("x", {"pharmacy": GOOD["pharmacy"]})
    assert none is not None and half is not None and (none.attempted, half.attempted) == (False, True)
    assert incomplete("x", GOOD) is None


def seen(*rows: object) -> Watched:
    """Gives a run in which one event was heard, and whose function printed these rows."""
    history = History()
    history.record(0, "accepted", "choreography", order_id=ORDER)
    event = history.record(0, "published", "default", order_id=ORDER, detail={"detail_type": "OrderCreated"})
    history.record(1, "sent", "payment-queue", order_id=ORDER, cause=event)
    return Watched(BASE, history, printed={3: "\n".join(["no JSON", "3", *map(json.dumps, rows)])})


def test_lines_are_read_among_whatever_else_was_printed() -> None:
    assert lines_of(seen({"orderId": ORDER}, {"other": 1})) == [{"orderId": ORDER}]


def test_each_message_that_was_heard_needs_a_line_under_the_orders_own_id() -> None:
    line = {"orderId": ORDER, "correlationId": "c", "heard": "OrderCreated"}
    messages = {
        "whole": eyes("x", [seen(line, line)]).verdict,
        "silent": eyes("x", [seen()]).message,
        "no id": eyes("x", [seen({**line, "correlationId": None})]).message,
        "shared": eyes("x", [seen(line, {**line, "orderId": "1"})]).message,
        "other": eyes("x", [seen({**line, "heard": "Other"})]).message,
    }
    assert messages["whole"] == "valid"
    assert "No line names order" in messages["silent"] and "carry no correlationId" in messages["no id"]
    assert "share the id 'c'" in messages["shared"] and "No line says that OrderCreated" in messages["other"]
