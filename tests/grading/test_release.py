"""A lesson's text becomes its notebooks, always the same ones, and slips in the text are named."""

from __future__ import annotations

from typing import Any

import pytest

from grading.release import release, source_notebook, strays
from sagalab.course import Course
from sagalab.errors import SetupError
from tests.grading.conftest import LESSON, TEXT, cell_of, released_notebook


def built(text: str, course: Course) -> Any:
    return source_notebook(text, LESSON, course.criteria(LESSON))


def test_two_releases_are_equal_byte_for_byte(tiny: Course) -> None:
    first = tiny.release(LESSON).read_bytes()
    tiny.release(LESSON).unlink()
    release(tiny, [LESSON])
    assert tiny.release(LESSON).read_bytes() == first


def test_check_names_a_released_notebook_that_was_edited_and_leaves_it(tiny: Course) -> None:
    path = tiny.release(LESSON)
    path.write_text(path.read_text().replace("given = 1", "given = 2"))
    assert release(tiny, [LESSON], check=True) == [f"lessons/{LESSON}/{LESSON}.ipynb"]
    assert "given = 2" in path.read_text()


def test_check_finds_nothing_when_all_is_in_step(tiny: Course) -> None:
    assert release(tiny, [LESSON], check=True) == []


def test_a_file_that_no_longer_belongs_to_the_lesson_is_removed(tiny: Course) -> None:
    stale = tiny.release(LESSON).with_name("old.csv")
    stale.write_text("left over")
    release(tiny, [LESSON])
    assert not stale.exists()


def test_learners_files_beside_the_source_notebook_are_released(tiny: Course) -> None:
    (tiny.root / "solutions" / LESSON / "orders.json").write_text("[]")
    release(tiny, [LESSON])
    assert tiny.release(LESSON).with_name("orders.json").read_text() == "[]"


def test_a_handler_cell_keeps_its_first_line_and_loses_its_solution(tiny: Course) -> None:
    source = cell_of(released_notebook(tiny), "adder").source
    assert source == "%%handler payment\nimport json\n# Your code here."


def test_points_come_from_the_rubric_and_checks_are_locked(tiny: Course) -> None:
    row = cell_of(released_notebook(tiny), "05-adds").metadata.nbgrader
    assert (row.points, row.locked, row.grade, row.solution) == (4.0, True, True, False)


def test_a_manual_answer_keeps_its_question(tiny: Course) -> None:
    source = cell_of(released_notebook(tiny), "05-words").source
    assert source.startswith("Why does it add?") and "commutative" not in source


def test_given_cells_carry_no_grading_metadata_and_nothing_was_run(tiny: Course) -> None:
    notebook = released_notebook(tiny)
    assert "nbgrader" not in notebook.cells[1].metadata
    assert all(not cell.outputs for cell in notebook.cells if cell.cell_type == "code")
    assert notebook.metadata.kernelspec.name == "python3"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('check="05-adds"', 'chek="05-adds"', "meant check="),
        ('check="05-adds"\ncheck("05-adds")', 'check="05-ads"\ncheck("05-ads")', "meant '05-adds'"),
        ('check("05-adds")', 'check("05-adds"); x = 1', "nothing but its call"),
        ('# %% check="05-undecided"\ncheck("05-undecided")\n', "", "no cell for 05-undecided"),
        ('prose="effect"', 'prose="adder"', "more than one cell"),
        ('check="05-adds"\ncheck("05-adds")', '[markdown] manual="05-adds"\n# x', "has 05-adds as check"),
        ("### END SOLUTION\n\n# %% check", "\n# %% check", "do not pair up"),
        ('# %% solution="adder"', "# %%", "a cell that is no solution"),
        ("### BEGIN SOLUTION\ndef", "def", "do not pair up"),
        ('[markdown] prose="effect"', 'prose="effect"', "belongs on a Markdown cell"),
    ],
)
def test_a_slip_in_the_text_is_named_with_its_cell(tiny: Course, old: str, new: str, words: str) -> None:
    assert old in TEXT
    with pytest.raises(SetupError, match=words) as caught:
        built(TEXT.replace(old, new, 1), tiny)
    assert f"solutions/{LESSON}.py" in str(caught.value)


def test_a_whole_cell_solution_may_not_swallow_its_magic_line(tiny: Course) -> None:
    text = TEXT.replace("### BEGIN SOLUTION\ndef", "def").replace("first + second\n### END SOLUTION", "0")
    with pytest.raises(SetupError, match="would lose the line %%handler payment"):
        built(text, tiny)


def test_a_text_that_course_toml_does_not_list_is_a_stray(tiny: Course) -> None:
    (tiny.root / "solutions" / "09_draft.py").write_text(TEXT)
    (tiny.root / "lessons" / "08_gone").mkdir()
    assert strays(tiny) == ["lessons/08_gone", "solutions/09_draft.py"]
