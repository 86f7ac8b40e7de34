"""Whatever arrives gets a status and one plain sentence; the original is only read."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from grading import intake
from grading.intake import Intake, take_in
from tests.grading.conftest import LESSON, Classroom, answered, released_notebook


def taken(room: Classroom, student: str = "kim") -> Intake:
    working = room.course.root / "working"
    return take_in(room.submissions / student, LESSON, released_notebook(room.course), working)


def put(room: Classroom, text: str | bytes, name: str = f"{LESSON}.ipynb") -> Path:
    path = room.submissions / "kim" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_whole_submission_is_copied_and_the_original_stays(classroom: Classroom) -> None:
    original = classroom.hand_in("kim", answered)
    before = original.read_bytes()
    got = taken(classroom)
    assert got.status == "ok" and got.folder is not None and (got.folder / f"{LESSON}.ipynb").is_file()
    assert original.read_bytes() == before


def test_nbgraders_own_folder_layout_is_understood(classroom: Classroom) -> None:
    path = classroom.hand_in("kim", answered)
    nested = path.parent / LESSON / path.name
    nested.parent.mkdir()
    path.rename(nested)
    assert taken(classroom).status == "ok"


def test_a_single_notebook_of_another_name_is_taken(classroom: Classroom) -> None:
    path = classroom.hand_in("kim", answered)
    path.rename(path.with_name("my work (1).ipynb"))
    got = taken(classroom)
    assert got.status == "repaired" and got.sentence == "The notebook was called my work (1).ipynb."


def test_a_folder_without_a_notebook_is_missing(classroom: Classroom) -> None:
    put(classroom, "hello", "readme.md")
    assert taken(classroom).status == "missing"


def test_another_lesson_s_notebook_under_this_one_s_name_is_not_graded_as_this_one(classroom: Classroom) -> None:
    mark = {"nbgrader": {"grade_id": "02-three-steps", "grade": True}}
    cell = {"cell_type": "code", "source": "", "metadata": mark, "outputs": [], "execution_count": None}
    put(classroom, json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    got = taken(classroom)
    assert got.status == "quarantined" and "None of its exercises (02-three-steps)" in got.sentence


@pytest.mark.parametrize("name", [f"{LESSON}.zip", f"home/work/{LESSON}.ipynb", "export.HTML"])
def test_work_that_came_in_another_form_is_not_taken_for_missing(classroom: Classroom, name: str) -> None:
    put(classroom, "hello", name)
    got = taken(classroom)
    assert got.status == "quarantined" and name in got.sentence and "grade again" in got.sentence


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{oops", "not valid JSON"),
        ("", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[1, 2]", "not a notebook"),
        (b"\xff\xfe\x00", "not valid JSON"),
        (json.dumps({"nbformat": 4, "nbformat_minor": 5}), "list of cells"),
        (json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": "none"}), "list of cells"),
        (json.dumps({"nbformat": 99, "cells": []}), "cannot read it"),
        (json.dumps({"nbformat": 3, "nbformat_minor": 0, "worksheets": 4}), "cannot read it"),
    ],
)
def test_what_is_no_notebook_is_quarantined_with_its_reason(
    classroom: Classroom, content: str | bytes, words: str
) -> None:
    put(classroom, content)
    got = taken(classroom)
    assert got.status == "quarantined" and words in got.sentence


def test_a_notebook_beyond_the_size_limit_is_quarantined(classroom: Classroom, monkeypatch: pytest.MonkeyPatch) -> None:
    classroom.hand_in("kim")
    monkeypatch.setattr(intake, "MAX_NOTEBOOK", 100)
    assert taken(classroom).status == "quarantined"


def test_too_many_files_are_quarantined(classroom: Classroom, monkeypatch: pytest.MonkeyPatch) -> None:
    classroom.hand_in("kim")
    for number in range(6):
        put(classroom, "x", f"{number}.csv")
    monkeypatch.setattr(intake, "MAX_ENTRIES", 5)
    assert "more than 5 files" in taken(classroom).sentence


def test_a_link_in_the_place_of_the_notebook_is_not_followed(classroom: Classroom) -> None:
    secret = classroom.course.root / "secret.ipynb"
    secret.write_text(classroom.hand_in("other").read_text())
    (classroom.submissions / "kim").mkdir()
    os.symlink(secret, classroom.submissions / "kim" / f"{LESSON}.ipynb")
    assert taken(classroom).status == "quarantined"


def test_a_link_beside_the_notebook_is_left_out(classroom: Classroom) -> None:
    path = classroom.hand_in("kim")
    os.symlink("/etc/hostname", path.with_name("notes.txt"))
    got = taken(classroom)
    assert got.folder is not None and not (got.folder / "notes.txt").exists()
    assert got.sentence == "The link notes.txt was left out."


@pytest.mark.parametrize("name", ["boto3.py", "json.py", "sagalab/__init__.py"])
def test_a_file_that_hides_a_module_is_left_out(classroom: Classroom, name: str) -> None:
    classroom.hand_in("kim")
    put(classroom, "raise SystemExit", name)
    got = taken(classroom)
    assert got.status == "repaired" and got.folder is not None and not (got.folder / name).exists()


def test_handler_files_and_the_packed_mail_come_along(classroom: Classroom) -> None:
    classroom.hand_in("kim")
    put(classroom, "def charge(): ...", "my_handlers/payment.py")
    put(classroom, "To: course", "submission.eml")
    got = taken(classroom)
    assert got.status == "ok" and got.folder is not None
    assert (got.folder / "my_handlers" / "payment.py").is_file() and (got.folder / "submission.eml").is_file()


def test_a_time_of_submission_that_nbgrader_cannot_read_is_left_out(classroom: Classroom) -> None:
    classroom.hand_in("kim")
    put(classroom, "half past nine-ish", "timestamp.txt")
    assert taken(classroom).sentence == "The time of submission could not be read."


def test_the_digest_follows_the_contents(classroom: Classroom) -> None:
    classroom.hand_in("kim")
    first, same = taken(classroom).digest, taken(classroom).digest
    classroom.hand_in("kim", answered)
    assert first == same != taken(classroom).digest
