"""A class is graded to its end, whatever single submissions do, and goes on where it was stopped."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from grading.cycle import Cycle
from grading.judge import salt
from grading.report.record import Record
from grading.runner import grade
from sagalab.errors import SetupError
from tests.grading.conftest import LESSON, Classroom, answered, saying


def class_json(room: Classroom) -> dict[str, Any]:
    report = room.course.root / "grading" / "out" / "report" / LESSON / "class.json"
    return {row["student"]: row for row in json.loads(report.read_text())}


def test_every_student_has_a_row_with_parts_and_total_from_the_gradebook(classroom: Classroom) -> None:
    classroom.hand_in("ada", answered)
    classroom.hand_in("blank")
    grade(classroom.batch())
    rows = class_json(classroom)
    assert {name: (row["status"], row["total"], row["parts"]) for name, row in rows.items()} == {
        "ada": ("graded", 4.0, {"A": 4.0, "B": 0.0}),
        "blank": ("graded", 1.0, {"A": 1.0, "B": 0.0}),
    }


def test_bad_submissions_do_not_stop_the_others(classroom: Classroom) -> None:
    classroom.hand_in("crash", saying("BREAK THE JUDGE"))
    classroom.hand_in("killed", saying("KILL THE JUDGE"))
    classroom.hand_in("unreadable").write_text("{oops")
    (classroom.submissions / "absent").mkdir()
    (classroom.submissions / "odd name!").mkdir()
    classroom.hand_in("zoe", answered)
    rows = {row.student: row for row in grade(classroom.batch())}
    assert {name: (row.status, row.total) for name, row in rows.items()} == {
        "absent": ("missing", 0.0),
        "crash": ("failed", 0.0),
        "killed": ("failed", 0.0),
        "odd name!": ("quarantined", 0.0),
        "unreadable": ("quarantined", 0.0),
        "zoe": ("graded", 4.0),
    }
    assert all(row.needs_person for row in rows.values() if row.status in ("failed", "quarantined"))


def test_a_judge_that_never_ends_is_ended_at_its_time(classroom: Classroom) -> None:
    classroom.hand_in("loop", saying("NEVER END"))
    (row,) = grade(classroom.batch(seconds=0.5))
    assert row.status == "failed" and "longer than" in row.note and row.needs_person


def test_what_is_graded_is_not_judged_again(classroom: Classroom) -> None:
    classroom.hand_in("ada", answered)
    classroom.hand_in("bob")
    grade(classroom.batch())
    classroom.hand_in("bob", answered)
    rows = {row.student: row.total for row in grade(classroom.batch())}
    assert classroom.judged() == ["ada", "bob", "bob"] and rows == {"ada": 4.0, "bob": 4.0}


def test_fresh_judges_everybody_again(classroom: Classroom) -> None:
    classroom.hand_in("ada", answered)
    grade(classroom.batch())
    grade(classroom.batch(fresh=True))
    assert classroom.judged() == ["ada", "ada"]


def test_a_fault_of_the_judge_is_tried_again_next_time(classroom: Classroom) -> None:
    classroom.hand_in("kim", saying("BREAK THE JUDGE"))
    grade(classroom.batch())
    grade(classroom.batch())
    assert classroom.judged() == ["kim", "kim"]


def test_a_stopped_batch_goes_on_and_counts_nobody_twice(classroom: Classroom) -> None:
    for student in ("ada", "bob", "cleo"):
        classroom.hand_in(student, answered)

    def stop(done: int, count: int, record: Record) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade(classroom.batch(jobs=1), stop)
    rows = grade(classroom.batch(jobs=1))
    assert [(row.student, row.total) for row in rows] == [("ada", 4.0), ("bob", 4.0), ("cleo", 4.0)]
    assert classroom.judged() == ["ada", "bob", "cleo"]


def test_a_lost_gradebook_is_filled_again(classroom: Classroom) -> None:
    classroom.hand_in("ada", answered)
    grade(classroom.batch())
    (classroom.course.root / "grading" / "out" / "gradebook.db").unlink()
    (row,) = grade(classroom.batch())
    assert row.total == 4.0


def test_a_persons_points_and_comments_are_in_the_next_report(classroom: Classroom) -> None:
    classroom.hand_in("ada", answered)
    grade(classroom.batch())
    cycle = Cycle(classroom.course.root, classroom.course.root / "grading" / "out")
    with cycle.gradebook() as gradebook:
        for name, points in (("05-words", 3.0), ("05-undecided", 5.0)):
            given = gradebook.find_grade(name, LESSON, LESSON, "ada")
            given.manual_score, given.needs_manual_grade = points, False
        for name, words in (("05-words", "Say for whom."), ("adder", "A short <b>one</b>.")):
            gradebook.find_comment(name, LESSON, LESSON, "ada").manual_comment = words
        gradebook.db.commit()
    (row,) = grade(classroom.batch())
    assert row.total == 12.0 and not row.needs_person
    page = (classroom.batch().report / "ada.html").read_text(encoding="utf-8")
    assert "Say for whom." in page and "A short &lt;b&gt;one&lt;/b&gt;." in page


def test_the_judging_process_has_its_own_group_and_log(classroom: Classroom) -> None:
    classroom.hand_in("kim", saying("BREAK THE JUDGE"))
    group = os.getpgrp()
    grade(classroom.batch())
    log = classroom.course.root / "grading" / "out" / "logs" / "kim.log"
    assert "ZeroDivisionError" in log.read_text() and os.getpgrp() == group


def test_watching_tells_of_each_student_once(classroom: Classroom) -> None:
    classroom.hand_in("ada", answered)
    classroom.hand_in("bob")
    told: list[tuple[int, int]] = []
    grade(classroom.batch(), lambda done, count, record: told.append((done, count)))
    assert told == [(1, 2), (2, 2)]


def test_only_the_named_students_are_graded(classroom: Classroom) -> None:
    classroom.hand_in("ada", answered)
    classroom.hand_in("bob")
    rows = grade(classroom.batch(students=("bob",)))
    assert [(row.student, row.status) for row in rows] == [("bob", "graded")]


def test_a_name_without_a_folder_is_a_slip_and_no_row(classroom: Classroom) -> None:
    classroom.hand_in("ada", answered)
    with pytest.raises(SetupError, match="no folder 'adda'"):
        grade(classroom.batch(students=("adda",)))


def test_grading_one_student_again_keeps_the_others_in_the_report(classroom: Classroom) -> None:
    classroom.hand_in("ada", answered)
    classroom.hand_in("bob")
    grade(classroom.batch())
    classroom.hand_in("bob", answered)
    rows = grade(classroom.batch(students=("bob",)))
    assert [row.student for row in rows] == ["bob"]
    assert {name: row["total"] for name, row in class_json(classroom).items()} == {"ada": 4.0, "bob": 4.0}


def test_a_lesson_that_was_never_released_is_said_so(classroom: Classroom) -> None:
    classroom.hand_in("ada")
    classroom.course.release(LESSON).unlink()
    with pytest.raises(SetupError, match="is missing"):
        grade(classroom.batch())


def test_an_empty_class_is_said_so(classroom: Classroom) -> None:
    classroom.submissions.mkdir()
    with pytest.raises(SetupError, match="holds no student"):
        grade(classroom.batch())


@pytest.mark.parametrize("name", ["Jörg Müller", "anna lee", "o'brien@example.org", "李雷"])
def test_a_name_of_any_script_is_a_student_s(classroom: Classroom, name: str) -> None:
    classroom.hand_in(name, answered)
    (row,) = grade(classroom.batch())
    assert (row.student, row.status, row.total) == (name, "graded", 4.0)
    assert (classroom.batch().report / f"{name}.html").is_file()


@pytest.mark.parametrize("name", ["-rf", "a*b", "a[b", "a+b", "tail "])
def test_a_name_that_paths_or_patterns_would_misread_is_refused_with_what_to_do(
    classroom: Classroom, name: str
) -> None:
    classroom.hand_in(name, answered)
    (row,) = grade(classroom.batch())
    assert row.status == "quarantined" and "Rename the folder" in row.note


def test_a_folder_that_cannot_be_written_to_is_said_so(classroom: Classroom, tmp_path: Path) -> None:
    classroom.hand_in("ada", answered)
    (tmp_path / "file").write_text("in the way")
    batch = classroom.batch()
    with pytest.raises(SetupError, match="cannot be written to"):
        grade(dataclasses.replace(batch, out=tmp_path / "file" / "out"))


def test_the_class_s_secret_lies_with_its_products(classroom: Classroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGALAB_GRADING_OUT", str(classroom.course.root / "elsewhere"))
    assert salt(classroom.course) == (classroom.course.root / "elsewhere" / "salt").read_text()


def test_a_batch_that_is_killed_leaves_no_judging_process_behind(classroom: Classroom) -> None:
    classroom.hand_in("loop", saying("NEVER END"))
    note = classroom.course.root / "grading" / "out" / "submitted" / "pid.txt"
    batch = os.fork()
    if batch == 0:
        try:
            grade(classroom.batch())
        finally:
            os._exit(0)
    while not (note.is_file() and note.read_text()):
        os.sched_yield()
    os.kill(batch, signal.SIGKILL)
    os.waitpid(batch, 0)
    judge = Path("/proc", note.read_text(), "stat")
    assert any(not judge.exists() or ") Z" in judge.read_text() or os.sched_yield() for _ in range(200_000))
