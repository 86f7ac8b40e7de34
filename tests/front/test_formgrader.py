"""The instructor's way through formgrader, click by click, in a real Chromium, as `sagalab teach` starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.front.browser import ROOT, Window, needs_chromium, served

LESSON = "11_project"
SAMPLE = ROOT / "tests" / "submissions" / "orchestration_only" / f"{LESSON}.ipynb"
REASONING = "e-reasoning"
WORDS = "One team owns all three steps and wants to read an order's way in one place, so I recommend the workflow."
COMMENT = "You name whose need decides. Say also what it would take to change your mind."
# nbgrader's own pages of a submission and of its feedback ask for this; our report does not
MATHJAX = "https://cdnjs.cloudflare.com/ajax/libs/mathjax/"

pytestmark = needs_chromium


def handed_in(inbox: Path, learner: str) -> None:
    """Lays a learner's project, with its reasoning, into an inbox."""
    notebook = nbformat.read(SAMPLE, as_version=4)
    (cell,) = (row for row in notebook.cells if row.metadata.get("nbgrader", {}).get("grade_id") == REASONING)
    cell.source = WORDS
    (inbox / learner).mkdir(parents=True)
    nbformat.write(notebook, inbox / learner / f"{LESSON}.ipynb")


def collected(root: Path, inbox: Path) -> str:
    """Runs the instructor's command, as the page for instructors says, and gives what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "grading", "collect", str(inbox), "--into", "grading/out/submitted"], cwd=root,
        env={**os.environ, "SAGALAB_COURSE": str(root), "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


class Formgrader:
    """Formgrader in its frame inside JupyterLab."""

    def __init__(self, window: Window) -> None:
        self.window = window
        window.menu("Nbgrader", "nbgrader:open-formgrader")
        window.page.wait_for_selector("iframe")
        self.frame: Any = window.page.frame_locator("iframe").last

    def row(self, name: str) -> Any:
        """Gives the row of a table that holds this name."""
        return self.frame.locator("tr", has=self.frame.get_by_text(name, exact=True)).first

    def press(self, name: str, column: str) -> str:
        """Presses the sign in a column of a row, and gives what the answer says once it is there."""
        self.row(name).locator(f"td.{column} a").click()
        answer = self.frame.locator(".modal")
        answer.wait_for()
        said = str(answer.inner_text())
        answer.get_by_text("OK", exact=True).click()
        answer.wait_for(state="detached")
        return said

    def go(self, page: str) -> None:
        """Chooses an entry at the left of formgrader."""
        self.frame.get_by_role("link", name=page, exact=True).first.click()


def test_an_instructor_finds_the_course_in_formgrader(course_copy: Path, window: Window) -> None:
    with served("teach", course_copy) as address:
        window.page.goto(address)
        grader = Formgrader(window)
        grader.row("00_start_here").wait_for()
        window.picture("formgrader")
    assert window.outside == []


@pytest.mark.prove
def test_a_project_is_collected_graded_read_by_a_person_and_returned(
    course_copy: Path, window: Window, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    handed_in(inbox, "alex")
    with served("teach", course_copy) as address:
        window.page.goto(address)
        grader = Formgrader(window)
        assert "Success" in grader.press(LESSON, "assign")
        window.picture("formgrader-generated")
        assert "alex" in collected(course_copy, inbox)
        grader.go("Manage Assignments")
        grader.row(LESSON).locator("td.num-submissions a").click()
        grader.row("alex").get_by_text("needs autograding").wait_for()
        window.picture("formgrader-collected")
        assert "Success" in grader.press("alex", "autograde")
        grader.row("alex").get_by_text("needs manual grading").wait_for()
        window.picture("formgrader-autograded")
        read_by_a_person(grader)
        grader.go("Manual Grading")
        grader.go("Manage Assignments")
        grader.row(LESSON).locator("td.num-submissions a").click()
        grader.row("alex").get_by_text("graded", exact=True).wait_for()
        window.picture("formgrader-read")
        assert "Success" in grader.press("alex", "generate-feedback")
    page = course_copy / "grading" / "out" / "feedback" / "alex" / LESSON / f"{LESSON}.html"
    assert COMMENT in page.read_text(encoding="utf-8")
    window.page.goto(page.as_uri())
    window.page.get_by_text(COMMENT).scroll_into_view_if_needed()
    window.picture("formgrader-feedback")
    assert [url for url in window.outside if not url.startswith(MATHJAX)] == []


def read_by_a_person(grader: Formgrader) -> None:
    """Opens the submission in manual grading; gives the reasoning one point and a comment."""
    grader.go("Manual Grading")
    for name in (LESSON, LESSON):
        grader.frame.get_by_role("link", name=name, exact=True).last.click()
    grader.window.picture("formgrader-submissions")
    grader.frame.locator("#main-table a").first.click()
    score = grader.frame.locator(f"#{REASONING}")
    score.scroll_into_view_if_needed()
    assert grader.frame.get_by_text(WORDS).is_visible()
    score.fill("1")
    score.press("Tab")
    note = grader.frame.locator(f"#{REASONING}-comment")
    note.fill(COMMENT)
    note.press("Tab")
    grader.window.picture("formgrader-by-hand")
