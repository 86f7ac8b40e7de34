"""What part D says of plans: which of them count, and why one does not."""

from __future__ import annotations

from dataclasses import replace

from sagalab.criteria.plan import CRITERIA, Executed, judge

BOTH_WELL = {"orchestration": True, "choreography": True}


def good(approach: str) -> Executed:
    """A plan whose execution left nothing to wish for."""
    return Executed(approach, 0, open_without="order 7 never ended", fired_at=1200.0, deadline=1800.0)


def test_a_plan_for_a_design_that_does_not_work_is_not_called_missing() -> None:
    finding = judge(
        "d-scenario", {"choreography": good("choreography")}, {"choreography": True, "orchestration": False}
    )
    assert finding.fraction == 0.5
    assert "no recovery plan" not in finding.message
    assert "healthy orders complete" in finding.message


def test_a_missing_plan_is_named_by_its_approach() -> None:
    finding = judge("d-scenario", {"orchestration": good("orchestration")}, BOTH_WELL)
    assert finding.message == "Choreography: there is no recovery plan for choreography yet."


def test_the_promise_is_what_the_plan_should_do_and_no_approach_s_name() -> None:
    plans = {"orchestration": good("orchestration"), "choreography": replace(good("choreography"), fired_at=None)}
    assert judge("d-detects", plans, BOTH_WELL).promise == "The detector fires within its deadline"


def test_two_good_plans_get_every_point() -> None:
    plans = {approach: good(approach) for approach in BOTH_WELL}
    assert judge("d-recovers", plans, BOTH_WELL).verdict == "valid"


def test_a_plan_for_a_fault_that_heals_by_itself_has_recovered_nothing() -> None:
    plans = {approach: replace(good(approach), open_without="") for approach in BOTH_WELL}
    fractions = {criterion: judge(criterion, plans, BOTH_WELL).fraction for criterion in CRITERIA}
    assert fractions == {
        "d-scenario": 0, "d-detects": 1, "d-silent": 1, "d-recovers": 0, "d-twice": 0, "d-unseen": 0
    }  # fmt: skip
    assert "heals this fault by itself" in judge("d-unseen", plans, BOTH_WELL).message
