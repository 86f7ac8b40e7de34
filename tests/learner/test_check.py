"""check: its number, its card, and what it never does."""

from __future__ import annotations

import math
import sys
from typing import Any

import pytest

from sagalab.criteria.finding import Finding, invalid, unknown, valid
from sagalab.errors import DefinitionError, GraderError
from sagalab.history import History
from sagalab.learner import check, judged_by
from sagalab.learner.kept import load


def half(criterion: str) -> Finding:
    return invalid(
        criterion, "Order 1042 paid 2 × 13.20.", fraction=0.5, promise="Money", schedule="reply_lost charge 3"
    )


def raising(error: Exception) -> Any:
    def judge(criterion: str) -> Finding:
        raise error

    return judge


def test_the_value_is_the_fraction_of_the_rubrics_points() -> None:
    judged_by(half)
    assert check("a-faults") == 6.0


def test_the_plain_text_is_a_bare_number_that_nbgrader_can_read() -> None:
    judged_by(half)
    assert repr(check("a-healthy")) == "2.0" == str(check("a-healthy"))


def test_ipython_shows_the_number_as_text_and_the_card_as_html() -> None:
    from IPython.core.interactiveshell import InteractiveShell

    judged_by(half)
    bundle, _ = InteractiveShell.instance().display_formatter.format(check("a-healthy"))
    assert bundle["text/plain"] == "2.0"
    assert "Not yet: Healthy orders complete" in bundle["text/html"]


def test_a_wrong_answer_shows_the_run_that_proves_it_and_the_way_to_the_next_hint() -> None:
    judged_by(half)
    card = check("a-faults").html
    for part in (
        "2 × 13.20",
        "Money",
        "sagalab replay &#x27;reply_lost charge 3&#x27;",
        "hint(&quot;a-faults&quot;)",
    ):
        assert part in card


def test_a_right_answer_asks_one_question_that_goes_further() -> None:
    judged_by(lambda criterion: valid(criterion, "212 schedules were tried."))
    card = check("a-healthy").html
    assert "212 schedules" in card and "One step further" in card and "(4 of 4)" in card


def test_an_untouched_cell_is_not_started_rather_than_wrong() -> None:
    judged_by(lambda criterion: invalid(criterion, "Define `start_workflow`.", attempted=False))
    result = check("a-healthy")
    assert "Not started" in result.html and "Nothing is lost" in result.html and "0 of" not in result.html
    assert not load().tries("a-healthy").attempted


@pytest.mark.parametrize("error", [GraderError("the cloud did not start"), ZeroDivisionError("inside")])
def test_the_kits_own_fault_is_no_score_and_says_whom_to_write(error: Exception) -> None:
    judged_by(raising(error))
    result = check("a-healthy")
    assert math.isnan(result)
    assert "not your fault" in result.html and "teacher@example.org" in result.html
    assert "of 4" not in result.html and not load().tries("a-healthy").attempted


def test_a_slip_in_the_learners_own_work_is_told_in_its_words() -> None:
    judged_by(raising(DefinitionError("the field 'Next' is missing", where="state Charge")))
    result = check("a-healthy")
    assert result == 0 and "state Charge: the field" in result.text


def test_without_a_lab_the_card_says_how_to_open_one() -> None:
    assert "lab = Lab()" in check("a-healthy").text


def test_a_criterion_that_a_person_reads_is_not_judged() -> None:
    judged_by(raising(AssertionError("must not be asked")))
    assert "Read by a person" in check("e-reasoning").html


def test_nothing_ever_reaches_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    def noisy(criterion: str) -> Finding:
        print("a note of the learner's", file=sys.stderr)
        return half(criterion)

    judged_by(noisy)
    check("a-healthy")
    seen = capsys.readouterr()
    assert seen.err == "" and "a note of the learner's" in seen.out


def test_a_terminal_gets_the_card_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    judged_by(half)
    check("a-healthy")
    assert "Not yet: Healthy orders complete (2 of 4)" in capsys.readouterr().out


def test_a_finding_with_a_run_shows_its_picture_with_words() -> None:
    history = History()
    history.record(0, "call", "payment_gateway.charge", order_id="1042", detail={"error": "ParticipantTimeout"})
    judged_by(lambda criterion: invalid(criterion, "Charged twice.", history=history))
    card = check("a-faults").html
    assert '<img src="data:image/svg+xml;base64,' in card and 'alt="' in card


def test_the_kits_own_fault_is_not_hidden_by_an_earlier_success() -> None:
    judged_by(lambda criterion: valid(criterion, "Fine."))
    check("a-healthy")
    judged_by(lambda criterion: unknown(criterion, "The judge stopped."))
    assert math.isnan(check("a-healthy"))
    assert load().done("a-healthy")


def test_a_check_in_another_lessons_notebook_says_where_it_belongs(monkeypatch: pytest.MonkeyPatch) -> None:
    judged_by(half)
    monkeypatch.setenv("JPY_SESSION_NAME", "/course/lessons/00_start_here/00_start_here.ipynb")
    said = check("a-healthy")
    assert "belongs to lesson 11, and this notebook is lesson 00" in said.text
    assert not load().tries("a-healthy").attempted
    monkeypatch.setenv("JPY_SESSION_NAME", "/course/my-own-name.ipynb")
    assert check("a-healthy") == 2.0
