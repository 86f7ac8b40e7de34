"""`python -m grading …`: what it prints, and how it ends."""

from __future__ import annotations

import re
from pathlib import Path

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


def test_an_inbox_with_nothing_to_collect_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    code, _, complaint = run("collect", str(tmp_path / "inbox"), "--lesson", LESSON)
    assert code == 2 and "is an e-mail, an archive or a notebook" in complaint


def test_grade_prints_a_line_per_student_and_the_table(run: Run, classroom: Classroom) -> None:
    classroom.hand_in("ada").write_text("{oops")
    code, printed, _ = run("grade", "--lesson", "05", "--submissions", str(classroom.submissions), "--jobs", "1")
    assert code == 0 and "[1/1] ada: quarantined" in printed
    assert re.search(r"^ *ada +quarantined +0 +0 +0 +yes", printed, re.MULTILINE)
    assert "class.html" in printed


def test_a_folder_s_name_stands_in_the_table_as_it_is(run: Run, classroom: Classroom) -> None:
    classroom.hand_in("ada[x]").write_text("{oops")
    code, printed, _ = run("grade", "--lesson", "05", "--submissions", str(classroom.submissions), "--jobs", "1")
    assert code == 0
    assert re.search(r"^ *ada\[x\] +quarantined", printed, re.MULTILINE)


def test_grade_without_submissions_says_what_to_name(run: Run) -> None:
    code, _, complaint = run("grade", "--lesson", "05", "--submissions", "nowhere")
    assert code == 2 and "--submissions" in complaint


def test_a_bare_grade_takes_the_folder_that_was_graded_last(run: Run, classroom: Classroom, tmp_path: Path) -> None:
    classroom.hand_in("ada").write_text("{oops")
    rest = ("--lesson", "05", "--out", str(tmp_path / "out"), "--jobs", "1")
    code, _, complaint = run("grade", *rest)
    assert code == 2 and "none was graded before" in complaint
    assert run("grade", *rest, "--submissions", str(classroom.submissions))[0] == 0
    code, printed, _ = run("grade", *rest)
    assert code == 0 and "[1/1] ada: quarantined" in printed


def test_a_bare_grade_takes_the_lesson_that_was_graded_last(run: Run, classroom: Classroom, tmp_path: Path) -> None:
    classroom.hand_in("ada").write_text("{oops")
    out = ("--out", str(tmp_path / "out"), "--jobs", "1")
    assert run("grade", "--lesson", "05", *out, "--submissions", str(classroom.submissions))[0] == 0
    code, printed, _ = run("grade", *out)
    assert code == 0 and "ada: The notebook is not valid JSON" in printed


def test_collect_says_how_the_same_lesson_is_graded(run: Run, classroom: Classroom, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox" / "ada"
    inbox.mkdir(parents=True)
    (inbox / f"{LESSON}.ipynb").write_bytes(classroom.course.release(LESSON).read_bytes())
    into = tmp_path / "into"
    _, printed, _ = run("collect", str(inbox.parent), "--lesson", LESSON, "--into", str(into))
    assert f"1 learner in {into}" in printed and f"--lesson 05 --submissions {into}" in printed


def test_the_sentence_of_each_row_and_what_was_left_out_are_printed(run: Run, classroom: Classroom) -> None:
    classroom.hand_in("ada").write_text("{oops")
    (classroom.submissions / "notes.txt").write_text("not a student")
    code, printed, _ = run("grade", "--lesson", "05", "--submissions", str(classroom.submissions), "--jobs", "1")
    assert code == 0
    assert "ada: The notebook is not valid JSON" in printed and "Left out, no student's folder: notes.txt" in printed


def test_a_misspelt_student_is_told_the_nearest_name(run: Run, classroom: Classroom) -> None:
    classroom.hand_in("ada")
    folder = ("--submissions", str(classroom.submissions))
    code, _, complaint = run("grade", "--lesson", "05", *folder, "--student", "adda")
    assert code == 2 and "did you mean 'ada'?" in complaint


def test_help_names_the_defaults(run: Run) -> None:
    _, printed, _ = run("grade", "--help")
    assert "otherwise grading/out" in " ".join(re.sub(r"[^\w/]", " ", printed).split())
