"""Through nbgrader's own autograde: scores come from the judge, and what nobody decided asks for a person."""

from __future__ import annotations

import json
import shutil
from typing import Any

import nbformat
import pytest

from grading.cycle import Cycle, Score
from sagalab.criteria.finding import valid
from tests.grading import fake_judge
from tests.grading.conftest import JUDGE, LESSON, Classroom, answered, cell_of, saying, with_a_copy


@pytest.fixture
def autograde(classroom: Classroom, cycle: Cycle) -> Any:
    """Hands one notebook in, autogrades it as nbgrader does, and gives its scores."""

    def run(change: Any = lambda notebook: None, judge: Any = JUDGE) -> dict[str, Score]:
        path = classroom.hand_in("kim", change)
        target = cycle.submitted / "kim" / LESSON / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        cycle.autograde(LESSON, "kim", judge=judge)
        return {score.criterion: score for score in cycle.scores(LESSON, "kim")}

    return run


def graded(cycle: Cycle) -> Any:
    return nbformat.read(cycle.out / "autograded" / "kim" / LESSON / f"{LESSON}.ipynb", as_version=4)


def test_the_judges_fraction_becomes_points(autograde: Any) -> None:
    assert autograde()["05-adds"] == Score("05-adds", 1.0, needs_person=False)


def test_a_right_answer_gets_all_points_in_spite_of_notes_on_stderr(autograde: Any, cycle: Cycle) -> None:
    assert autograde(answered)["05-adds"].points == 4.0
    printed = cell_of(graded(cycle), "adder").outputs
    assert [output.text for output in printed] == ["a note on stderr\n"]


def test_an_undecided_criterion_has_no_score_and_asks_for_a_person(autograde: Any, cycle: Cycle) -> None:
    assert autograde(answered)["05-undecided"] == Score("05-undecided", None, needs_person=True)
    (output,) = cell_of(graded(cycle), "05-undecided").outputs
    assert "not your fault" in output.data["text/html"]


def test_a_judge_that_breaks_costs_no_points_and_asks_for_a_person(autograde: Any) -> None:
    scores = autograde(saying("BREAK THE JUDGE"))
    assert all(scores[name] == Score(name, None, needs_person=True) for name in ("05-adds", "05-undecided"))


def test_a_criterion_that_the_judge_forgot_asks_for_a_person(autograde: Any) -> None:
    def forgetful(*_: Any) -> Any:
        return fake_judge.Judged("graded", "", {"05-undecided": valid("05-undecided", "Yes.")})

    scores = autograde(answered, forgetful)
    assert (scores["05-adds"].points, scores["05-undecided"].points) == (None, 5.0)


def test_an_unchanged_manual_answer_asks_for_a_person(autograde: Any) -> None:
    assert autograde()["05-words"] == Score("05-words", None, needs_person=True)


def test_prose_without_points_asks_for_nobody(autograde: Any) -> None:
    assert autograde()["effect"] == Score("effect", 0.0, needs_person=False)


def test_a_persons_score_survives_the_next_autograde(autograde: Any, cycle: Cycle) -> None:
    autograde(answered)
    with cycle.gradebook() as gradebook:
        grade = gradebook.find_grade("05-words", LESSON, LESSON, "kim")
        grade.manual_score, grade.needs_manual_grade = 2.0, False
        gradebook.db.commit()
    assert autograde(answered)["05-words"].points == 2.0


def test_a_duplicated_id_is_repaired_in_plain_autograde_too(autograde: Any) -> None:
    assert autograde(with_a_copy)["05-adds"].points == 4.0


def test_a_forged_score_in_a_deleted_checks_place_is_worth_nothing(autograde: Any) -> None:
    def forge(notebook: Any) -> None:
        cell = cell_of(notebook, "05-adds")
        cell.source, cell.metadata.nbgrader.points, cell.metadata.nbgrader.locked = "99.0", 99, False

    assert autograde(forge)["05-adds"].points == 1.0


def test_the_graded_cell_shows_the_words_escaped_and_its_float(autograde: Any, cycle: Cycle) -> None:
    autograde()
    (output,) = cell_of(graded(cycle), "05-adds").outputs
    assert output.data["text/plain"] == "1.0"
    assert "&lt;b&gt;nothing&lt;/b&gt;" in output.data["text/html"]


def test_no_markup_of_the_learners_reaches_the_graded_notebook(autograde: Any, cycle: Cycle) -> None:
    def attack(notebook: Any) -> None:
        cell_of(notebook, "05-words").source = "<script>alert(1)</script>"

    autograde(attack)
    assert "<script" not in json.dumps(graded(cycle))
