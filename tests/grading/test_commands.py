"""`python -m grading …`: what it prints, and how it ends."""

from __future__ import annotations

import re

from tests.grading.conftest import LESSON, Classroom, Run


def test_release_check_is_quiet_when_all_is_in_step(run: Run) -> None:
    assert run("release", "--check") == (0, "1 lessons in step.\n", "")


def test_release_check_names_what_is_out_of_step_and_fails(run: Run, classroom: Classroom) -> None:
    classroom.course.release(LESSON).write_text("{}")
    code, printed, _ = run("release", "--check")
    assert code == 1 and f"out of step: lessons/{LESSON}/{LESSON}.ipynb" in printed


def test_a_slip_is_told_in_words_without_a_traceback(run: Run) -> None:
    code, _, complaint = run("release", "07_nowhere")
    assert code == 2 and "there is no lesson '07_nowhere'" in complaint and "Traceback" not in complaint


def test_grade_prints_a_line_per_student_and_the_table(run: Run, classroom: Classroom) -> None:
    classroom.hand_in("ada").write_text("{oops")
    code, printed, _ = run("grade", "--lesson", "05", "--submissions", str(classroom.submissions), "--jobs", "1")
    assert code == 0 and "[1/1] ada: quarantined" in printed
    assert re.search(r"^ *ada +quarantined +0 +0 +0 +yes", printed, re.MULTILINE)
    assert "class.html" in printed


def test_grade_without_submissions_says_what_to_name(run: Run) -> None:
    code, _, complaint = run("grade", "--lesson", "05", "--submissions", "nowhere")
    assert code == 2 and "--submissions" in complaint
