"""Which rule judges which criterion."""

import tomllib
from functools import partial
from pathlib import Path

import pytest

from sagalab.errors import GraderError
from sagalab.evidence import Evidence
from sagalab.history import History
from sagalab.judging import rules
from sagalab.judging.case import Case
from sagalab.judging.process import _one
from sagalab.judging.registry import RULES, judge
from sagalab.recommendation import MATRIX, Constraint, Measurement, Recommendation
from tests.judging.test_case import FakeBench

rules.load()
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


def test_a_function_that_always_fails_is_named_by_the_healthy_run_and_all_that_hangs_on_it():
    class Failing(FakeBench):
        def step(self, history, order, what, outcome):
            fact = history.record(1.0, "invocation", "charge-payment", order_id=order.order_id)
            history.close(fact, 2.0, error="NameError", message="name 'pay' is not defined")

    case = Case(Evidence(defined=["start_workflow"]), Failing(), "s")
    for criterion in ("a-healthy", "a-faults"):
        found = judge(case, criterion)
        assert "always failed with NameError: name 'pay' is not defined" in found.message
        assert "Mend what `charge-payment` fails with" in found.hint


def test_a_start_that_raises_without_a_fault_is_not_told_to_try_again():
    class Raising(FakeBench):
        def run(self, scenario, drive=None):
            history = History()
            words = "start_workflow('1') raised NameError: name 'ordr' is not defined"
            history.record(0.0, "accepted", "orchestration", order_id="1", detail={"error": words})
            return history, {}

    found = judge(Case(Evidence(defined=["start_workflow"]), Raising(), "s"), "a-healthy")
    assert found.promise == "Start" and "NameError" in found.message
    assert "refus" not in found.hint


@pytest.mark.parametrize(("name", "criterion"), [("recovery_plans", "d-detects"), ("recommendation", "e-follows")])
def test_what_has_another_shape_is_not_called_missing(name, criterion):
    evidence = Evidence(defined=[name], problems=["no lab", f"{name} must be one thing, and is a str"])
    found = judge(Case(evidence, FakeBench(), "s"), criterion)
    assert found.attempted and f"{name} must be one thing, and is a str." in found.message


def test_one_function_that_does_two_steps_is_no_three_step_design():
    class Lumped(FakeBench):
        def invocation(self, history, order, function):
            known = history.of("invocation", order_id=order.order_id)
            return known[0].index if known else super().invocation(history, order, "everything")

    case = Case(Evidence(defined=["start_workflow"]), Lumped(), "s")
    found = judge(case, "a-healthy")
    assert found.promise == "Three steps" and "each needs its own step" in found.message


def recommending(bench):
    """A case of both approaches with a recommendation that leans on one measurement, which both must be run for."""
    seen = {"cost_per_order": 4 * 0.2e-6, "records_to_find_a_stuck_order": 0, "messages_per_order": 0}
    recommendation = Recommendation(
        scenario="A shop.",
        approach="orchestration",
        constraints=[Constraint(requirement="Clear step order", must="yes")],
        weights=dict.fromkeys(MATRIX, 1),
        scores={"orchestration": dict.fromkeys(MATRIX, 4), "choreography": dict.fromkeys(MATRIX, 2)},
        measurements=[Measurement(name=name, orchestration=cited, choreography=cited) for name, cited in seen.items()],
        flip={"weights": {"Loose coupling": 2}, "to": "choreography", "because": "x"},
    )
    defined = ["start_workflow", "emit_order_created"]
    return Case(Evidence(defined=defined, recommendation=recommendation.to_json()), bench, "s")


def test_what_the_judge_cannot_run_in_one_approach_leaves_undecided_only_what_needs_it():
    class Broken(FakeBench):
        def run(self, scenario, drive=None):
            if scenario.approach == "choreography":
                raise GraderError("the bench broke")
            return super().run(scenario, drive)

    case = recommending(Broken())
    found = {name: _one(partial(judge, case, name), name) for name in RULES if name.startswith("e-")}
    verdicts = {name: finding.verdict for name, finding in found.items()}
    assert verdicts == {"e-constraints": "valid", "e-follows": "valid", "e-measured": "unknown", "e-flip": "invalid"}


def test_what_needs_no_run_costs_none():
    bench = FakeBench()
    case = recommending(bench)
    for criterion in ("e-constraints", "e-follows", "e-flip"):
        judge(case, criterion)
    assert bench.ran == []


def test_a_criterion_that_nobody_knows_is_a_key_error_of_ours():
    with pytest.raises(KeyError):
        judge(blank(), "z-nothing")
