"""A teacher overrides a criterion: with a reason, for good, through nbgrader's own gradebook."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.cycle import Cycle
from grading.overrides import Override, Overrides, checked
from grading.runner import grade
from sagalab.course import Course
from sagalab.errors import SetupError
from tests.grading.conftest import JUDGE, LESSON, Classroom, Run, answered
from tests.grading.test_cycle import REPOSITORY
from tests.grading.test_runner import class_json

REASON = "Your design <i>is</i> right; the rule was wrong."


@pytest.fixture
def graded(classroom: Classroom) -> Classroom:
    classroom.hand_in("ada")
    grade(classroom.batch())
    return classroom


def points(room: Classroom, student: str = "ada") -> dict[str, float | None]:
    cycle = Cycle(room.course.root, room.course.root / "grading" / "out")
    return {score.criterion: score.points for score in cycle.scores(LESSON, student)}


def needs_person(room: Classroom, criterion: str) -> bool:
    cycle = Cycle(room.course.root, room.course.root / "grading" / "out")
    return next(score.needs_person for score in cycle.scores(LESSON, "ada") if score.criterion == criterion)


def page(room: Classroom, name: str) -> str:
    return (room.course.root / "grading" / "out" / "report" / LESSON / f"{name}.html").read_text()


def test_an_override_counts_at_once_and_stands_with_its_reason_on_both_pages(run: Run, graded: Classroom) -> None:
    code, printed, _ = run("override", "ada", "05-adds", "3.5", "--reason", REASON)
    assert code == 0 and "3.5 points from now on" in printed
    assert points(graded)["05-adds"] == 3.5 and not needs_person(graded, "05-adds")
    own, shared = page(graded, "ada"), page(graded, "class")
    assert "Points set by your teacher" in own and "The judge had found 1 of 4" in own
    assert "<i>is</i>" not in own + shared and own.count("&lt;i&gt;is&lt;/i&gt;") == shared.count("&lt;i&gt;is") == 1
    assert "Set by a teacher" in shared and "3.5 of 4" in shared
    assert class_json(graded)["ada"]["overrides"] == {"05-adds": {"points": 3.5, "reason": REASON}}


def test_what_a_teacher_decided_is_no_longer_the_place_to_begin(run: Run, graded: Classroom) -> None:
    assert "The first broken promise: Sums" in page(graded, "ada")
    run("override", "ada", "05-adds", "4", "--reason", REASON)
    assert "The first broken promise" not in page(graded, "ada")


def test_regrading_everything_keeps_it(run: Run, graded: Classroom) -> None:
    run("override", "ada", "05-adds", "3.5", "--reason", REASON)
    graded.hand_in("ada", lambda notebook: None)
    for batch in (graded.batch(fresh=True), graded.batch()):
        (row,) = grade(batch)
        assert row.total == 3.5 and points(graded)["05-adds"] == 3.5
        assert not needs_person(graded, "05-adds")
    assert REASON.split(";")[1] in page(graded, "ada")
    assert graded.judged() == ["ada", "ada"]


def test_it_holds_on_new_work_and_on_work_that_cannot_be_read(run: Run, graded: Classroom) -> None:
    run("override", "ada", "05-adds", "3.5", "--reason", REASON)
    graded.hand_in("ada", answered)
    grade(graded.batch())
    assert points(graded)["05-adds"] == 3.5
    graded.hand_in("ada").write_text("{oops")
    grade(graded.batch())
    assert points(graded)["05-adds"] == 3.5


def test_a_gradebook_made_anew_gets_it_again(run: Run, graded: Classroom) -> None:
    run("override", "ada", "05-adds", "3.5", "--reason", REASON)
    (graded.course.root / "grading" / "out" / "gradebook.db").unlink()
    grade(graded.batch())
    assert points(graded)["05-adds"] == 3.5


def test_nbgrader_s_own_autograde_keeps_it(run: Run, graded: Classroom) -> None:
    run("override", "ada", "05-adds", "3.5", "--reason", REASON)
    root = graded.course.root
    environment = {**os.environ, "SAGALAB_COURSE": str(root), "PYTHONPATH": str(REPOSITORY)}
    environment |= {"JUPYTER_CONFIG_PATH": str(REPOSITORY / "grading"), "IPYTHONDIR": str(root / "ipython")}
    command = [sys.executable, "-m", "nbgrader", "autograde", LESSON, "--force", f"--AskJudge.judge={JUDGE}"]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert points(graded)["05-adds"] == 3.5 and not needs_person(graded, "05-adds")


def test_a_criterion_that_nobody_decided_is_decided_by_it(run: Run, graded: Classroom) -> None:
    assert points(graded)["05-undecided"] is None
    run("override", "ada", "05-undecided", "5", "--reason", "Measured by hand.")
    assert points(graded)["05-undecided"] == 5 and not needs_person(graded, "05-undecided")
    run("override", "ada", "05-undecided", "--remove")
    assert points(graded)["05-undecided"] is None and needs_person(graded, "05-undecided")


def test_removing_it_lets_the_judge_s_points_count_again(run: Run, graded: Classroom) -> None:
    run("override", "ada", "05-adds", "3.5", "--reason", REASON)
    code, printed, _ = run("override", "ada", "05-adds", "--remove")
    assert code == 0 and "the judge's points count again" in printed
    assert points(graded)["05-adds"] == 1 and "set by your teacher" not in page(graded, "ada")


def test_removing_it_brings_back_what_a_person_had_given_before_the_first_one(run: Run, graded: Classroom) -> None:
    with Cycle(graded.course.root, graded.course.root / "grading" / "out").gradebook() as gradebook:
        gradebook.find_grade("05-adds", LESSON, LESSON, "ada").manual_score = 2.0
        gradebook.db.commit()
    for given_points in ("3", "4"):
        run("override", "ada", "05-adds", given_points, "--reason", REASON)
    run("override", "ada", "05-adds", "--remove")
    assert points(graded)["05-adds"] == 2.0


def test_the_list_shows_who_what_and_why(run: Run, graded: Classroom) -> None:
    assert "0 overrides" in run("override", "--list")[1]
    run("override", "ada", "05-adds", "3.5", "--reason", "Right.")
    printed = run("override", "--list")[1]
    assert "ada  05-adds  3.5  Right." in printed and "1 override in" in printed
    assert "0 overrides" in run("override", "bob", "--list")[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("eve", "05-adds", "3", "--reason", "x"), "Graded are: ada"),
        (("adda", "05-adds", "3", "--reason", "x"), "did you mean 'ada'"),
        (("ada", "05-ads", "3", "--reason", "x"), "did you mean '05-adds'"),
        (("ada", "05-adds", "4.5", "--reason", "x"), "Give 0 to 4 points"),
        (("ada", "05-adds", "nan", "--reason", "x"), "points are not possible"),
        (("ada", "05-adds", "3"), "there is no reason"),
        (("ada", "05-adds", "3", "--reason", "  "), "there is no reason"),
        (("ada", "05-adds"), "the points are needed"),
        ((), "the student, the criterion"),
        (("ada", "05-adds", "--remove"), "has no override"),
    ],
)
def test_a_slip_is_told_in_words_and_changes_nothing(
    run: Run,
    graded: Classroom,
    arguments: tuple[str, ...],
    words: str,
) -> None:
    before = points(graded)
    code, _, complaint = run("override", *arguments)
    assert code == 2 and words in complaint and "Traceback" not in complaint
    assert points(graded) == before and Overrides(graded.course.root / "grading" / "out").rows == []


def test_overrides_that_cannot_be_read_stop_a_batch_before_it_begins(graded: Classroom) -> None:
    file = graded.course.root / "grading" / "out" / "overrides.json"
    file.write_text('[{"student": "ada"}]')
    with pytest.raises(SetupError, match="cannot be read"):
        grade(graded.batch(fresh=True))
    assert graded.judged() == ["ada"]


def test_a_changed_lesson_is_graded_anew_and_the_override_goes_along(run: Run, graded: Classroom) -> None:
    run("override", "ada", "05-adds", "3.5", "--reason", REASON)
    _with_fewer_points(graded.course)
    (row,) = grade(graded.batch())
    assert row.total == 2 and points(graded)["05-adds"] == 2  # all that the criterion has now


def _with_fewer_points(course: Course) -> None:
    """Takes points from a criterion, in the rubric, the source and the release, as `release` does."""
    from grading.release import release
    from sagalab.course import course_at

    rubric = course.root / "grading" / "rubric.toml"
    rubric.write_text(re.sub(r"points = 4", "points = 2", rubric.read_text()))
    release(course_at(course.root), [LESSON])


names = st.text("abc", min_size=1, max_size=3)
rows = st.builds(Override, names, names, names, st.floats(0, 4), st.text(min_size=1), st.none() | st.floats(0, 4))


@given(st.lists(rows, max_size=8))
def test_each_student_s_criterion_has_one_override_the_last(
    tmp_path_factory: pytest.TempPathFactory, given_rows: list[Override]
) -> None:
    out = tmp_path_factory.mktemp("out")
    kept = Overrides(out)
    for row in given_rows:
        kept.put(row)
    last = {(row.lesson, row.student, row.criterion): (row.points, row.reason) for row in given_rows}
    again = Overrides(out).rows
    assert {(row.lesson, row.student, row.criterion): (row.points, row.reason) for row in again} == last
    for row in again:
        kept.remove(row)
    assert Overrides(out).rows == [] == kept.rows
    shutil.rmtree(out)


def test_what_is_kept_can_be_read_by_people(tiny: Course, tmp_path_factory: pytest.TempPathFactory) -> None:
    out = tmp_path_factory.mktemp("out")
    Overrides(out).put(checked(tiny, "ada", "05-adds", 3, " Größer. "))
    (row,) = json.loads((out / "overrides.json").read_text(encoding="utf-8"))
    assert row["reason"] == "Größer." and "Größer" in (out / "overrides.json").read_text(encoding="utf-8")
