"""What people read: the first broken promise on top, everything escaped, nothing loaded from elsewhere."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from grading.cycle import Score
from grading.judging import pictures_of
from grading.report.classroom import class_page, row_of
from grading.report.feedback import learner_page
from grading.report.record import Record
from sagalab import pictures
from sagalab.course import Course
from sagalab.criteria.finding import Finding, invalid, unknown, valid
from sagalab.history import History
from sagalab.learner.page import card, first_broken
from tests.grading.conftest import LESSON


def run() -> History:
    history = History()
    history.record(0.0, "accepted", "orchestration", order_id="1042")
    return history


def record(*findings: Finding, **changes: Any) -> Record:
    made = Record("ada", LESSON, "graded", findings={finding.criterion: finding for finding in findings})
    for name, value in changes.items():
        setattr(made, name, value)
    return made


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[History]:
    """Draws every timeline as the same small picture, and keeps what was drawn."""
    seen: list[History] = []

    def timeline(history: History, title: str = "") -> Any:
        seen.append(history)
        return SimpleNamespace(svg="<svg/>", png=b"", alt="Order 1042 was charged twice.")

    monkeypatch.setattr(pictures, "timeline", timeline, raising=False)
    return seen


def scores(**points: float | None) -> dict[str, Score]:
    named = {f"05-{name}": value for name, value in points.items()}
    return {name: Score(name, value, value is None) for name, value in named.items()}


def test_the_first_broken_promise_stands_on_top_with_one_picture(tiny: Course, drawn: list[History]) -> None:
    broken = invalid("05-adds", "Order 1042 paid 2 x 13.20.", promise="Money", history=run(), schedule="a:b")
    text = learner_page(tiny, record(broken, valid("05-undecided", "Fine.")), scores(adds=0.0, undecided=5.0))
    assert text.index("The first broken promise: Money") < text.index("It adds")
    assert text.count('alt="Order 1042 was charged twice."') == 1
    assert "sagalab replay --lesson 05 a:b" in text and "5 of 12 points so far" in text


def test_a_broken_promise_with_a_run_comes_before_one_without(tiny: Course) -> None:
    dull, vivid = invalid("05-adds", "No."), invalid("05-undecided", "No.", history=run())
    found = first_broken(record(dull, vivid).findings, tiny.criteria(LESSON))
    assert found is vivid


def test_work_that_was_not_begun_is_told_where_to_begin(tiny: Course) -> None:
    text = learner_page(tiny, record(invalid("05-adds", "Write add.", attempted=False)), scores(adds=0.0))
    assert "Where to begin" in text and "Not attempted" in text and "broken promise" not in text


def test_a_quarantined_submission_is_told_its_reason(tiny: Course) -> None:
    text = learner_page(tiny, record(status="quarantined", note="The notebook is not valid JSON."), {})
    assert "Nothing was scored yet" in text and "The notebook is not valid JSON." in text


def test_words_of_a_run_cannot_run_in_the_reader(tiny: Course) -> None:
    evil = "<script>alert(1)</script>"
    finding = invalid("05-adds", evil, promise=evil, hint=evil, schedule=evil)
    made = record(finding, note=evil, repairs=[evil])
    pages = learner_page(tiny, made, {}) + card(finding, tiny.criterion("05-adds"))
    pages += class_page(tiny, LESSON, [row_of(made, {}, tiny.criteria(LESSON))], {"ada": made})
    assert "<script" not in pages


def test_pages_load_nothing_from_elsewhere(tiny: Course, drawn: list[History]) -> None:
    made = record(invalid("05-adds", "No.", history=run()))
    text = learner_page(tiny, made, scores(adds=0.0))
    text += class_page(tiny, LESSON, [row_of(made, scores(adds=0.0), tiny.criteria(LESSON))], {"ada": made})
    assert not re.search(r"(src|href)=[\"'](https?:)?//|@import|url\(", text)
    assert "prefers-color-scheme: dark" in text


def test_a_picture_that_fails_leaves_the_words(monkeypatch: pytest.MonkeyPatch, tiny: Course) -> None:
    def timeline(*_: Any, **__: Any) -> Any:
        raise RuntimeError("no font")

    monkeypatch.setattr(pictures, "timeline", timeline, raising=False)
    text = card(invalid("05-adds", "2 and 3 gave 6.", history=run()), tiny.criterion("05-adds"))
    assert "2 and 3 gave 6." in text and "could not be drawn" in text


def test_a_picture_beyond_its_limit_gives_way_to_its_words(monkeypatch: pytest.MonkeyPatch, tiny: Course) -> None:
    huge = SimpleNamespace(svg="x" * 10**7, png=b"x" * 10**7, alt="Charged twice.")
    monkeypatch.setattr(pictures, "timeline", lambda *_, **__: huge, raising=False)
    text = card(invalid("05-adds", "No.", history=run()), tiny.criterion("05-adds"))
    assert "Charged twice." in text and len(text) < 10_000


def test_an_undecided_criterion_shows_no_score(tiny: Course) -> None:
    text = card(unknown("05-adds", "The measuring broke."), tiny.criterion("05-adds"))
    assert "A person will look at this" in text and "– of 4 points" in text


def test_a_row_adds_up_its_parts(tiny: Course) -> None:
    row = row_of(record(), scores(adds=2.5, words=None, undecided=1.0), tiny.criteria(LESSON))
    assert (row.parts, row.total, row.needs_person) == ({"A": 2.5, "B": 1.0}, 3.5, True)


def test_the_class_page_names_every_student_and_where_points_were_lost(tiny: Course) -> None:
    made = record(invalid("05-adds", "No.", 0.25))
    text = class_page(tiny, LESSON, [row_of(made, scores(adds=1.0), tiny.criteria(LESSON))], {"ada": made})
    assert 'href="ada.html"' in text and "0 of 1" in text and "It adds" in text


def test_a_record_comes_back_as_it_was_saved(tmp_path: Any) -> None:
    made = record(invalid("05-adds", "No.", history=run()), digest="d", repairs=["r"])
    made.save(tmp_path / "ada.json")
    loaded = Record.load(tmp_path / "ada.json")
    assert loaded is not None and loaded.findings["05-adds"].history is not None
    assert loaded.findings["05-adds"].history.text() == run().text() and loaded.repairs == ["r"]


def test_half_a_record_is_no_record(tmp_path: Any) -> None:
    (tmp_path / "ada.json").write_text('{"student": "ada", "findings"')
    assert Record.load(tmp_path / "ada.json") is None


def test_each_broken_promise_and_one_kept_one_are_drawn(drawn: list[History]) -> None:
    findings = {
        "a": valid("a", "Holds.", history=run()),
        "b": invalid("b", "Broken.", history=run()),
        "c": valid("c", "Holds.", history=run()),
        "d": unknown("d", "A person has to look.", history=run()),
        "e": valid("e", "Holds, and nothing ran."),
    }
    made = pictures_of(findings)
    assert {name: bool(one) for name, one in made.items()} == {"a": True, "b": True, "c": False, "d": True}
    assert len(drawn) == 3


def test_a_run_that_was_not_worth_a_picture_is_not_drawn_for_the_page_either(
    tiny: Course, drawn: list[History]
) -> None:
    kept = valid("05-adds", "Fine.", history=run())
    page = learner_page(tiny, record(kept, pictures={"05-adds": ""}), scores(adds=5.0))
    assert drawn == [] and "<img" not in page
