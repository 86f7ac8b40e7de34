"""Part F's judgement of the packed e-mail."""

from __future__ import annotations

from typing import Any

import pytest

from sagalab.criteria.submission import submission

WHOLE = {"attempted": True, "parses": True, "recipient": True, "manifest": True, "runs": True}


def judged(**changes: Any) -> Any:
    return submission(**{**WHOLE, **changes})


def test_a_whole_mail_around_a_running_notebook_gets_everything() -> None:
    assert judged().fraction == 1


def test_where_no_mail_came_the_rest_is_judged_and_said() -> None:
    finding = judged(came=False)
    assert finding.fraction == 1 and "No e-mail came" in finding.message


def test_a_notebook_without_a_design_scores_nothing_however_whole_the_mail() -> None:
    finding = judged(attempted=False)
    assert (finding.fraction, finding.attempted) == (0, False)


@pytest.mark.parametrize(
    ("broken", "fraction"),
    [("recipient", 0.75), ("manifest", 0.75), ("runs", 0.75), ("parses", 0.25)],
)
def test_each_broken_promise_costs_its_share_and_an_unreadable_mail_keeps_only_the_run(
    broken: str, fraction: float
) -> None:
    finding = judged(**{broken: False})
    assert finding.fraction == fraction
    assert finding.promise and finding.hint and finding.verdict == "invalid"


def test_the_problems_found_are_what_the_learner_reads() -> None:
    said = "The e-mail goes to a@b.c, not to the course's contact."
    assert judged(recipient=False, problems=[said]).message == said


def test_a_notebook_that_does_not_run_is_told_beside_the_mails_problems() -> None:
    finding = judged(manifest=False, runs=False, problems=["notebook differs."])
    assert finding.fraction == 0.5
    assert "notebook differs." in finding.message and "top to bottom" in finding.message


def test_a_notebook_that_does_not_run_is_said_in_one_plain_sentence() -> None:
    assert judged(runs=False).message == "The notebook does not run from top to bottom within its budget."
