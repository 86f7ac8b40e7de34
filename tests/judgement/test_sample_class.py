"""The judge finds in each submission of the sample class what its `expected.toml` says, and nothing else.

What takes minutes, every criterion of every learner, is a long proof (`make prove`).
"""

from __future__ import annotations

import pytest

from tests.judgement.sample import criteria, expected, judged, surprises, taken_in
from tests.submissions.build import out_of_step
from tests.submissions.recipes import RECIPES

FAULTS = {"a-faults", "b-faults"}
FAST = tuple(one for one in criteria() if one not in FAULTS)
HERE_AND_NOW = {
    "reference": FAST,
    "different_but_correct": FAST,
    "blank": tuple(criteria()),
    "forgets_refund": (
        "a-healthy",
        "a-faults",
        "a-attempts",
        "a-audit",
        "b-healthy",
        "c-agreement",
        "d-scenario",
    ),
    "charges_twice_on_reply_lost": ("a-healthy", "a-faults", "a-attempts", "a-audit"),
    "keys_in_module_global": ("a-healthy", "a-faults", "b-healthy"),
    "one_function": FAST,
}
RUNS = [student for student in RECIPES if expected(student).status != "quarantined"]


def test_the_notebooks_are_what_their_recipes_make() -> None:
    assert out_of_step() == []


@pytest.mark.parametrize("student", RECIPES)
def test_an_expectation_speaks_of_the_rubric_and_says_why(student: str) -> None:
    told = expected(student)
    assert set(told.loses) | set(told.keeps) <= set(criteria())
    assert not set(told.loses) & set(told.keeps)
    assert told.why.endswith(".")


@pytest.mark.parametrize("student", RECIPES)
def test_each_submission_is_taken_in_with_the_status_expected(student: str) -> None:
    taken = taken_in(student)
    assert {"ok": "graded"}.get(taken.status, taken.status) == expected(student).status
    assert bool(taken.repairs) == (taken.status == "repaired")


@pytest.mark.parametrize("student", HERE_AND_NOW)
def test_the_judge_finds_what_is_expected(student: str) -> None:
    assert surprises(student, HERE_AND_NOW[student]) == []


def test_a_blank_notebook_scores_nothing_and_runs_without_an_error() -> None:
    found = judged("blank", HERE_AND_NOW["blank"])
    assert {one.fraction for one in found.findings.values()} == {0.0}
    assert not [row for cell in found.outputs for row in cell if row["output_type"] == "error"]


def test_the_forgotten_refund_is_named_as_the_broken_promise() -> None:
    finding = judged("forgets_refund", HERE_AND_NOW["forgets_refund"]).findings["a-faults"]
    assert finding.promise == "Money"
    assert "ended cancelled" in finding.message
    assert finding.history is not None


def test_the_double_charge_is_shown_by_its_smallest_schedule() -> None:
    asked = HERE_AND_NOW["charges_twice_on_reply_lost"]
    finding = judged("charges_twice_on_reply_lost", asked).findings["a-faults"]
    assert "charged 2 times" in finding.message
    assert '"kind":"reply_lost"' in finding.schedule


@pytest.mark.prove
@pytest.mark.parametrize("student", RUNS)
def test_every_criterion_is_judged_as_expected(student: str) -> None:
    assert surprises(student, criteria()) == []
