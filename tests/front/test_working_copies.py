"""Working copies: the learner's work is never lost, and nothing but it keeps a lesson from being renewed."""

from __future__ import annotations

from pathlib import Path

import pytest

from sagalab import working_copies
from sagalab.course import Course
from sagalab.errors import SetupError
from sagalab.working_copies import bring_up_to_date, first_unfinished, reset


def release(course: Course, lesson: str, text: str) -> None:
    course.release(lesson).write_text(text, encoding="utf-8")


def copy_of(course: Course, lesson: str) -> Path:
    return working_copies.notebook(course, lesson)


def test_the_first_opening_copies_every_lesson_with_what_belongs_to_it(small_course: Course) -> None:
    opened = bring_up_to_date(small_course)
    assert copy_of(small_course, "02").read_text(encoding="utf-8") == "first release of 02"
    assert (copy_of(small_course, "02").parent / "orders.json").read_text(encoding="utf-8") == "[]"
    assert len(opened.made) == 3


def test_opening_again_does_nothing(small_course: Course) -> None:
    bring_up_to_date(small_course)
    again = bring_up_to_date(small_course)
    assert (again.made, again.updated, again.kept) == ([], [], [])


def test_a_copy_that_nobody_worked_in_takes_the_new_release(small_course: Course) -> None:
    bring_up_to_date(small_course)
    release(small_course, "02", "second release of 02")
    opened = bring_up_to_date(small_course)
    assert copy_of(small_course, "02").read_text(encoding="utf-8") == "second release of 02"
    assert opened.updated == ["02_orchestration/02_orchestration.ipynb"]


def test_a_copy_with_work_in_it_outlives_a_new_release(small_course: Course) -> None:
    bring_up_to_date(small_course)
    copy_of(small_course, "02").write_text("my work", encoding="utf-8")
    release(small_course, "02", "second release of 02")
    opened = bring_up_to_date(small_course)
    assert copy_of(small_course, "02").read_text(encoding="utf-8") == "my work"
    assert opened.kept == ["02_orchestration/02_orchestration.ipynb"]


@pytest.mark.parametrize("left", [None, "not JSON", "[1, 2]"])
def test_work_is_kept_when_what_was_released_is_forgotten(small_course: Course, left: str | None) -> None:
    bring_up_to_date(small_course)
    copy_of(small_course, "00").write_text("my work", encoding="utf-8")
    remembered = small_course.root / working_copies.FOLDER / working_copies.REMEMBERED
    remembered.unlink() if left is None else remembered.write_text(left, encoding="utf-8")
    release(small_course, "00", "second release of 00")
    bring_up_to_date(small_course)
    assert copy_of(small_course, "00").read_text(encoding="utf-8") == "my work"


def test_a_reset_restores_the_lesson_and_numbers_the_backups(small_course: Course) -> None:
    bring_up_to_date(small_course)
    for work in ("first try", "second try"):
        copy_of(small_course, "02").write_text(work, encoding="utf-8")
        reset(small_course, "02")
    folder = copy_of(small_course, "02").parent
    assert copy_of(small_course, "02").read_text(encoding="utf-8") == "first release of 02"
    assert (folder / "02_orchestration.backup-1.ipynb").read_text(encoding="utf-8") == "first try"
    assert (folder / "02_orchestration.backup-2.ipynb").read_text(encoding="utf-8") == "second try"


def test_a_reset_of_an_untouched_lesson_leaves_no_backup(small_course: Course) -> None:
    bring_up_to_date(small_course)
    assert reset(small_course, "02") == []


def test_a_reset_leaves_the_learner_s_own_files_alone(small_course: Course) -> None:
    bring_up_to_date(small_course)
    own = copy_of(small_course, "02").parent / "notes.txt"
    own.write_text("mine", encoding="utf-8")
    reset(small_course, "02")
    assert own.read_text(encoding="utf-8") == "mine"


def test_the_first_unfinished_lesson_is_the_one_to_open(small_course: Course) -> None:
    assert first_unfinished(small_course, set()).number == "00"
    assert first_unfinished(small_course, {"00_start_here"}).number == "02"
    assert first_unfinished(small_course, {"00_start_here", "02_orchestration"}).number == "02"


def test_a_course_without_released_lessons_says_how_to_release_them(small_course: Course) -> None:
    for lesson in small_course.lessons:
        small_course.release(lesson.name).unlink()
    with pytest.raises(SetupError, match="make release"):
        first_unfinished(small_course, set())


def test_a_folder_that_cannot_be_written_to_is_named_with_what_to_do(small_course: Course) -> None:
    (small_course.root / working_copies.FOLDER).write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(SetupError, match="cannot be written to") as caught:
        bring_up_to_date(small_course)
    assert "folder of your own" in caught.value.do
