"""The feedback page of any lesson: promise, smallest schedule in words, picture, one hint, the naive design's points."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sagalab import pictures
from sagalab.course import course_at
from sagalab.criteria.finding import Finding, invalid, unknown, valid
from sagalab.faults import Fault
from sagalab.history import History
from sagalab.learner import page as feedback
from sagalab.learner.card import card_text, replay_command
from sagalab.learner.hints import first_hint
from sagalab.learner.naive import naive_fractions, naive_line
from sagalab.learner.page import Feedback, card, learner_page
from sagalab.scenario import healthy

LESSON = "11_project"
KNOWN = course_at(Path(__file__).parents[2])
SCENARIO = healthy("orchestration", "s").with_faults(Fault("reply_lost", "payment_gateway.charge"))
ORDER = SCENARIO.orders[0].order_id


def run(order: str = ORDER) -> History:
    history = History()
    history.record(0.0, "accepted", "orchestration", order_id=order)
    return history


@pytest.fixture(autouse=True)
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws each run as a small picture of its own."""

    def timeline(history: History, title: str = "") -> Any:
        order = history.orders()[0]
        return SimpleNamespace(svg=f"<svg>{order}</svg>", png=b"", alt=f"Order {order} was charged twice.")

    monkeypatch.setattr(pictures, "timeline", timeline)


def broken(criterion: str, order: str = ORDER, **changes: Any) -> Finding:
    fields = {"promise": "Money", "schedule": SCENARIO.line(), "history": run(order), "hint": "A key.", **changes}
    return invalid(criterion, "Order was charged 2 times.", **fields)


def shown(*findings: Finding, **changes: Any) -> str:
    found = {finding.criterion: finding for finding in findings}
    points = {name: finding.fraction * KNOWN.criterion(name).points for name, finding in found.items()}
    return learner_page(KNOWN, Feedback("ada", LESSON, found, points, **changes))


def article(text: str, criterion: str) -> str:
    return re.findall(rf'<article class="criterion" id="{criterion}">.*?</article>', text, re.DOTALL)[0]


def test_a_broken_criterion_has_all_five_parts() -> None:
    text = article(shown(broken("a-healthy", "1"), broken("a-faults", "2")), "a-faults")
    assert "<strong>Money. Charged minus refunded equals the amount when confirmed" in text
    assert f"order {ORDER}; reply lost at payment_gateway.charge, once." in text
    assert 'alt="Order 2 was charged twice."' in text
    assert "Hint:</em> A key." in text
    assert "A naive design (the steps alone: no retries, keys or compensations) scores 0 of 12 here." in text
    assert "sagalab replay" in text


def test_a_finding_without_a_hint_of_its_own_gets_the_first_of_its_criterion() -> None:
    text = article(shown(broken("a-faults", hint="")), "a-faults")
    assert text.count("Hint:") == 1 and feedback.escape(first_hint("a-faults")) in text


def test_a_run_that_several_criteria_show_is_drawn_once() -> None:
    text = shown(broken("a-faults"), broken("a-attempts"), broken("a-audit"))
    assert text.count("<img") == 1 and text.count("The picture of this run stands above.") == 3


def test_pictures_stop_before_a_page_grows_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback, "MAX_PICTURES", 300)
    text = shown(*(broken(name, name) for name in ("a-faults", "a-attempts", "a-audit")))
    assert text.count("<img") == 1 and "This page holds no more pictures" in text


def test_what_holds_is_compared_and_neither_hinted_at_nor_drawn() -> None:
    text = article(shown(valid("a-faults", "All kept.", history=run()), broken("a-audit", "9")), "a-faults")
    assert "scores 0 of 12" in text and "Hint" not in text and "<img" not in text


def test_what_the_judge_could_not_decide_is_no_promise_of_the_learner_s() -> None:
    text = article(shown(unknown("a-faults", "It broke.", history=run()), broken("a-audit", "9")), "a-faults")
    assert "not your fault" in text and "<img" not in text and "Hint" not in text


def test_a_message_that_tells_its_schedule_is_not_said_twice() -> None:
    text = article(shown(invalid("a-faults", f"Tried: {SCENARIO.in_words()}.", schedule=SCENARIO.line())), "a-faults")
    assert text.count("reply lost at") == 1


def test_a_promise_that_is_no_invariant_stands_in_its_own_words() -> None:
    assert "<strong>Three steps</strong>" in shown(broken("a-healthy", promise="Three steps"))
    assert "Nothing lost. Every message is accounted for" in shown(broken("b-accounted", promise="Nothing lost"))


def test_a_schedule_that_cannot_be_read_says_nothing_wrong() -> None:
    assert "The smallest run" not in shown(broken("a-faults", schedule="a:b"))


def test_the_card_in_the_notebook_and_the_one_in_the_gradebook_say_the_same() -> None:
    row = KNOWN.criterion("a-faults")
    finding = broken("a-faults")
    mine, theirs = card_text(finding, row.title, row.points), card(finding, row)
    for words in (
        f"order {ORDER}; reply lost at payment_gateway.charge, once.",
        "scores 0 of 12 here",
        "sagalab replay",
    ):
        assert words in mine and words in theirs


def test_lessons_have_no_naive_design() -> None:
    assert naive_line("02-three-steps", 3) == ""


def test_the_naive_table_names_the_project_s_automatic_criteria_in_their_order() -> None:
    assert list(naive_fractions()) == [row.id for row in KNOWN.criteria(LESSON) if not row.manual]


def test_the_naive_design_is_told_apart_where_it_matters() -> None:
    total = sum(fraction * KNOWN.criterion(name).points for name, fraction in naive_fractions().items())
    most = sum(row.points for row in KNOWN.criteria(LESSON))
    assert all(naive_fractions()[name] < 0.5 for name in ("a-faults", "b-faults", "c-failure", "d-recovers"))
    assert total < 0.6 * most


def test_a_learner_s_own_check_writes_the_class_s_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    from grading.cycle import Score
    from grading.report.feedback import learner_page as class_page
    from grading.report.record import Record
    from sagalab.judging import command
    from sagalab.judging.submission import Judged

    findings = {one.criterion: one for one in (broken("a-faults"), valid("a-healthy", "Fine."))}
    monkeypatch.setattr(command, "judge_notebook", lambda *_, **__: Judged("graded", findings=findings))
    monkeypatch.setattr(command, "read_notebook", lambda path: None)
    monkeypatch.setattr(command, "course", lambda: KNOWN.model_copy(update={"root": tmp_path}))
    said = command.check(tmp_path / "11_project.ipynb", LESSON)
    own = (tmp_path / ".sagalab" / "feedback" / f"{LESSON}.html").read_text(encoding="utf-8")
    record = Record("Your own work", LESSON, "graded", findings=findings)
    record.pictures = {name: feedback.picture(one) for name, one in findings.items() if one.history}
    scores = {name: Score(name, one.fraction * KNOWN.criterion(name).points, False) for name, one in findings.items()}
    assert own == class_page(KNOWN, record, scores)
    assert said == f"The feedback page: {tmp_path / '.sagalab' / 'feedback' / f'{LESSON}.html'}"


@pytest.mark.parametrize(
    ("criterion", "begins"),
    [("a-faults", "sagalab replay '{"), ("02-short-outage", "sagalab replay --lesson 02 '{")],
)
def test_the_command_that_plays_a_run_again_names_a_lesson_but_not_the_project(criterion: str, begins: str) -> None:
    assert replay_command(broken(criterion)).startswith(begins)


def test_where_every_promise_holds_a_run_is_shown_all_the_same() -> None:
    kept = valid("a-healthy", "3 healthy orders ended as they should.", history=run())
    text = learner_page(KNOWN, Feedback("ada", LESSON, {"a-healthy": kept}, {"a-healthy": 4.0}))
    assert "A run of yours that kept them" in text and "<img" in text


def test_what_went_wrong_first_stands_on_top() -> None:
    slip = "The cell `order-flow` raised NameError in line 24: name 'x' is not defined."
    text = learner_page(KNOWN, Feedback("ada", LESSON, {"a-healthy": broken("a-healthy")}, {}, slip=slip))
    assert text.index("Mend this first") < text.index("The first broken promise")


def test_code_between_backticks_is_set_as_code_and_the_rest_stays_text() -> None:
    slip = "The cell `order-flow` <b> raised an error."
    text = learner_page(KNOWN, Feedback("ada", LESSON, {"a-healthy": broken("a-healthy")}, {}, slip=slip))
    assert "<p>The cell <code>order-flow</code> &lt;b&gt; raised an error.</p>" in text


def test_what_a_teacher_wrote_stands_at_its_criterion_or_on_top() -> None:
    words = {"e-reasoning": "Say for whom.", "services": "A name for each queue."}
    text = shown(broken("a-healthy"), comments=words)
    assert "Say for whom." in article(text, "e-reasoning")
    assert "<code>services</code></dt><dd><p>A name for each queue.</p>" in text
    assert text.index("A name for each queue.") < text.index('<article class="criterion"')
