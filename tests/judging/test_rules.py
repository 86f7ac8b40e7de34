"""Which rule judges which criterion."""

import tomllib
from pathlib import Path

import pytest

from sagalab.evidence import Evidence
from sagalab.judging import lesson_rules, rules  # noqa: F401 - they register what judges
from sagalab.judging.case import Case
from sagalab.judging.registry import RULES, judge
from tests.judging.test_case import FakeBench

RUBRIC = tomllib.loads(Path(__file__).resolve().parents[2].joinpath("grading", "rubric.toml").read_text())
AUTOMATIC = {
    name: lesson for lesson, rows in RUBRIC["lessons"].items() for name, row in rows.items() if not row.get("manual")
}
# Judged over the notebook itself, outside of the judge's process.
ELSEWHERE = {"f-submission"}


def blank():
    return Case(Evidence(), FakeBench(), "s")


def test_rubric_and_rules_name_the_same_criteria():
    assert set(RULES) | ELSEWHERE == set(AUTOMATIC)


@pytest.mark.parametrize("criterion", sorted(set(AUTOMATIC) - ELSEWHERE))
def test_a_blank_notebook_gets_nothing_says_why_and_costs_no_run(criterion):
    case = blank()
    found = judge(case, criterion)
    assert (found.criterion, found.verdict, found.fraction) == (criterion, "invalid", 0.0)
    assert not found.attempted and found.message and found.hint


@pytest.mark.parametrize("criterion", ["a-healthy", "a-faults"])
def test_a_sound_design_is_valid(criterion):
    case = Case(Evidence(defined=["start_workflow"]), FakeBench(), "s")
    assert judge(case, criterion).verdict == "valid"


def test_each_fault_group_counts_for_itself():
    case = Case(Evidence(defined=["start_workflow"]), FakeBench(weak_to="reply_lost"), "s")
    found = judge(case, "a-faults")
    assert found.verdict == "invalid" and 0.5 < found.fraction < 1
    assert found.promise == "Money" and found.schedule.startswith('{"approach"') and found.history is not None


def test_nothing_counts_before_healthy_orders_complete():
    class Idle(FakeBench):
        def step(self, history, order, what, outcome):
            """Does nothing at all."""

    case = Case(Evidence(defined=["start_workflow"]), Idle(), "s")
    assert judge(case, "a-healthy").promise == "Terminal"
    for criterion in ("a-faults", "a-attempts", "a-audit"):
        found = judge(case, criterion)
        assert found.fraction == 0 and "counts once healthy orders complete" in found.message


def test_one_function_that_does_two_steps_is_no_three_step_design():
    class Lumped(FakeBench):
        def invocation(self, history, order, function):
            known = history.of("invocation", order_id=order.order_id)
            return known[0].index if known else super().invocation(history, order, "everything")

    case = Case(Evidence(defined=["start_workflow"]), Lumped(), "s")
    found = judge(case, "a-healthy")
    assert found.promise == "Three steps" and "each needs its own step" in found.message


def test_a_criterion_that_nobody_knows_is_a_key_error_of_ours():
    with pytest.raises(KeyError):
        judge(blank(), "z-nothing")
