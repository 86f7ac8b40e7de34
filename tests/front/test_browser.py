"""One real browser: a learner's first lesson, then every lesson, in JupyterLab as `sagalab learn` starts it."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from sagalab.course import Lesson, course
from tests.front.browser import Window, needs_chromium, served

COURSE = course()
FIRST = COURSE.lessons[0]

pytestmark = needs_chromium


def validated(window: Window) -> str:
    """Presses Validate and gives what it answers."""
    window.page.click("button:has-text('Validate'), jp-button:has-text('Validate')")
    return str(window.page.wait_for_selector(".jp-Dialog").inner_text())


def worked_through(window: Window, lesson: Lesson) -> None:
    """A learner opens a lesson, restarts and runs it all, saves and validates it; leaves the answer open."""
    window.open_from_start_page(lesson.title)
    window.restart_and_run_all()
    window.save()
    assert window.left_over() == []
    assert window.bad_pictures() == []
    window.whole_notebook(f"lesson-{lesson.number}")
    assert "validation results" in validated(window).lower()


def never_run_or_failed(notebook: Path) -> list[str]:
    """Gives the code cells of a saved notebook that were not run or ended in an error."""
    cells = [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code" and cell.source]
    errors = [f"{row.ename}: {row.evalue}" for cell in cells for row in cell.outputs if row.output_type == "error"]
    return errors + [cell.source for cell in cells if cell.execution_count is None]


def test_a_learner_s_first_lesson_opens_runs_and_validates(course_copy: Path, window: Window) -> None:
    page = window.page
    with served("learn", course_copy) as address:
        assert "START.md" in address
        page.goto(address)
        # rendered, not as text; one click from there
        page.wait_for_selector(".jp-MarkdownViewer table")
        window.picture("start-page")
        worked_through(window, FIRST)
        assert "Not started: Every order starts its own execution" in window.left_over()[0]
        window.picture("lesson-00-validated")
    assert window.outside == []
    assert never_run_or_failed(course_copy / "my-lessons" / FIRST.name / f"{FIRST.name}.ipynb") == []


@pytest.mark.prove
def test_every_lesson_opens_runs_and_validates_in_one_window(course_copy: Path, window: Window) -> None:
    with served("learn", course_copy) as address:
        window.page.goto(address)
        for lesson in COURSE.lessons:
            worked_through(window, lesson)
            window.accept()
            window.menu("File", "filemenu:close-and-cleanup")
            window.accept()
            notebook = course_copy / "my-lessons" / lesson.name / f"{lesson.name}.ipynb"
            assert never_run_or_failed(notebook) == [], lesson.name
            assert window.left_over() == [], lesson.name
    assert window.outside == []
