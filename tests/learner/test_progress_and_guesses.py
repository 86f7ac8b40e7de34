"""progress, predict and happened: what is remembered, and what a broken file does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sagalab.course import course
from sagalab.criteria.finding import Finding, invalid, valid
from sagalab.errors import LearnerError
from sagalab.learner import check, finished_lessons, happened, hint, judged_by, predict, progress
from sagalab.learner.kept import load, place, save

OPTIONS = ["0.00", "49.90", "99.80"]


def judged(*findings: Finding) -> None:
    rest = iter(findings)
    judged_by(lambda _criterion: next(rest))
    for finding in findings:
        check(finding.criterion)


def test_the_best_try_is_kept_and_every_try_is_counted() -> None:
    judged(valid("a-healthy", "x"), invalid("a-healthy", "x", fraction=0.25))
    row = load().tries("a-healthy")
    assert (row.best, row.tries) == (1.0, 2)


def test_progress_shows_points_tries_and_hints() -> None:
    judged(invalid("a-faults", "x", fraction=0.5))
    hint("a-faults")
    shown = progress()
    assert "11 The project" in shown.text and "6 of 16" in shown.text
    assert "(tries 1, hints 1)" in shown.text
    assert '<th scope="col"' in shown.html and "a-faults: The invariants hold" in shown.html


def test_progress_lives_at_the_courses_root(small_course: Path) -> None:
    judged(valid("a-healthy", "x"))
    kept = small_course / ".sagalab" / "progress.json"
    assert json.loads(kept.read_text())["checks"]["a-healthy"]["best"] == 1.0
    assert [path.name for path in kept.parent.iterdir()] == ["progress.json"]


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"checks": {"a-healthy": {"best": 7}}}', "\x00\xff"])
def test_a_broken_file_is_set_aside_and_a_new_one_begins(broken: str) -> None:
    place().parent.mkdir()
    place().write_bytes(broken.encode("latin-1"))
    judged(valid("a-healthy", "x"))
    assert load().done("a-healthy")
    assert place().with_suffix(".broken.json").read_bytes() == broken.encode("latin-1")


def test_where_nothing_can_be_written_the_kernel_remembers_and_says_so(small_course: Path) -> None:
    (small_course / ".sagalab").write_text("a file stands where the folder should be")
    judged(valid("a-healthy", "x"))
    assert load().done("a-healthy")
    assert "cannot be written to" in progress().text


def test_a_lesson_is_finished_when_all_its_checks_held() -> None:
    judged(valid("a-healthy", "x"))
    assert finished_lessons(course()) == ["00_start_here"]
    judged(valid("a-faults", "x"))
    assert finished_lessons(course()) == ["00_start_here", "11_project"]


def test_nothing_is_finished_before_anything_was_tried() -> None:
    assert finished_lessons(course()) == []


def test_a_prediction_without_a_guess_says_how_to_make_one() -> None:
    shown = predict("twice", "How much is paid?", OPTIONS)
    assert "guess='0.00'" in shown.text and all(option in shown.html for option in OPTIONS)
    assert load().guesses == {}


def test_a_guess_is_compared_with_what_happened() -> None:
    predict("twice", "How much is paid?", OPTIONS, guess="49.90")
    assert "99.80. You guessed: 49.90." in happened("twice", "99.80").text


def test_a_right_guess_is_told_without_cheering() -> None:
    predict("count", "How many?", [1, 2, 3], guess=2)
    assert "2. You guessed it." in happened("count", 2).text


def test_the_first_guess_counts() -> None:
    predict("twice", "?", OPTIONS, guess="49.90")
    assert "first guess" in predict("twice", "?", OPTIONS, guess="99.80").text
    assert "You guessed: 49.90" in happened("twice", "99.80").text


def test_a_guess_after_the_outcome_is_none() -> None:
    happened("twice", "99.80")
    assert "seen already" in predict("twice", "?", OPTIONS, guess="99.80").text
    assert load().guesses["twice"].guess is None


def test_a_guess_that_is_no_option_gets_a_suggestion() -> None:
    with pytest.raises(LearnerError, match=r"did you mean '49\.90'"):
        predict("twice", "?", OPTIONS, guess="49.9")


def test_a_guess_survives_a_restart_of_the_kernel() -> None:
    predict("twice", "?", OPTIONS, guess="49.90")
    record = load()
    assert save(record) and load() == record
    assert record.guesses["twice"].guess == "49.90"
