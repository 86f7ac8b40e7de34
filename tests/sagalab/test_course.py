"""The course is found from anywhere below it, and what is wrong in its files is said in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from sagalab.course import course, course_at, find_root
from sagalab.errors import SetupError

COURSE = """
[course]
id = "small"
title = "Small"
contact = "course@example.org"
facts_as_of = "2026-11"

[[lessons]]
name = "02_first"
title = "First"

[[lessons]]
name = "11_last"
title = "Last"
"""
RUBRIC = """
[parts]
A = "All"

[lessons.02_first]
02-starts-once = { points = 2, title = "It starts once" }

[lessons.11_last]
a-healthy = { part = "A", points = 4, title = "Healthy" }
a-words = { part = "A", points = 1, title = "Words", manual = true }
"""


def write(root: Path, course_text: str = COURSE, rubric: str = RUBRIC) -> Path:
    (root / "grading").mkdir(parents=True, exist_ok=True)
    (root / "course.toml").write_text(course_text)
    (root / "grading" / "rubric.toml").write_text(rubric)
    return root


def test_criteria_come_with_part_points_and_who_reads_them(tmp_path: Path) -> None:
    rows = course_at(write(tmp_path)).criteria("11_last")
    assert [(row.id, row.part, row.points, row.manual) for row in rows] == [
        ("a-healthy", "A", 4.0, False),
        ("a-words", "A", 1.0, True),
    ]


def test_a_lesson_is_found_by_its_number_and_a_criterion_by_its_id(tmp_path: Path) -> None:
    small = course_at(write(tmp_path))
    title = small.lesson("02").title
    assert {small.lesson(name).name for name in ("02", "2", "02_first", title, title.lower())} == {"02_first"}
    with pytest.raises(SetupError):
        course().lesson("")
    assert small.criterion("02-starts-once").part == ""
    assert small.lesson_of("a-words").name == "11_last"


def test_the_root_is_found_from_a_folder_below_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SAGALAB_COURSE", raising=False)
    below = write(tmp_path) / "my-lessons" / "deep"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert course().root == tmp_path.resolve()


def test_the_variable_names_the_root_wherever_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGALAB_COURSE", str(write(tmp_path / "other")))
    monkeypatch.chdir(tmp_path)
    assert find_root().name == "other"


def test_a_variable_that_names_no_course_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGALAB_COURSE", str(tmp_path))
    with pytest.raises(SetupError, match=r"holds no course\.toml"):
        find_root()


def test_a_change_of_the_rubric_is_seen_at_once(tmp_path: Path) -> None:
    course_at(write(tmp_path))
    write(tmp_path, rubric=RUBRIC.replace("points = 4", "points = 12"))
    assert course_at(tmp_path).criterion("a-healthy").points == 12


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[lessons.11_last]", "[lessons.12_last]", r"12_last\] is no lesson"),
        ("a-healthy", "02-starts-once", "used in 02_first already"),
        ("02-starts-once", "03-starts-once", "begins with 02-"),
        ('part = "A", points = 4', 'part = "Z", points = 4', "part 'Z'"),
        ("points = 4", 'points = "many"', r"a-healthy\.points"),
        ("points = 4", "points = -1", r"a-healthy\.points"),
        ("[parts]", "[parts", "not valid TOML"),
    ],
)
def test_a_slip_in_the_rubric_is_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(SetupError, match=words):
        course_at(write(tmp_path, rubric=RUBRIC.replace(old, new)))


def test_an_unknown_lesson_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="02_first, 11_last"):
        course_at(write(tmp_path)).lesson("03_none")


def test_the_real_course_gives_its_project_a_hundred_points() -> None:
    real = course_at(Path(__file__).parents[2])
    assert sum(row.points for row in real.criteria("11_project")) == 100
