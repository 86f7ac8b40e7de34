"""One real browser: JupyterLab as `sagalab learn` and `sagalab teach` start it, in a headless Chromium.

Works on a copy of the course, so that no gradebook and no working copy of this clone is touched.
Screenshots are left in tests/out/.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from sagalab.doctor import BROWSERS

ROOT = Path(__file__).resolve().parent.parent.parent
OUT = ROOT / "tests" / "out"
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip
LESSON = "00_start_here"
PATIENCE = 90_000  # milliseconds for what takes a fraction of it on a quiet machine

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: `apt install chromium` (or Google Chrome) runs this test"
)


@pytest.fixture(scope="module")
def course_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the course as a clone holds it."""
    root = tmp_path_factory.mktemp("course")
    for name in ("course.toml", "grading", "lessons", "solutions", "diagrams"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("out", "__pycache__"))
        elif source.exists():
            shutil.copy(source, root / name)
    return root


@contextmanager
def served(command: str, root: Path) -> Iterator[str]:
    """Runs `sagalab learn` or `sagalab teach` as a person would; gives the address that it prints last."""
    own = {
        "SAGALAB_COURSE": str(root),
        "SAGALAB_NO_BROWSER": "1",
        "PYTHONUNBUFFERED": "1",
        "JUPYTERLAB_WORKSPACES_DIR": str(root / ".workspaces"),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "sagalab.cli", command], cwd=root, env={**os.environ, **own},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    try:
        address = ""
        for line in process.stdout:
            address = next(iter(re.findall(r"http://\S+", line)), address)
            if "Ctrl+C" in line:
                break
        else:
            pytest.fail(f"`sagalab {command}` ended: {process.stderr.read()}")
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        process.stdout.close()
        process.stderr.close()


class Window:
    """A browser window, with every request that left this machine."""

    def __init__(self, page: Any) -> None:
        self.page, self.outside = page, list[str]()
        page.on("request", lambda request: self._note(request.url))
        page.set_default_timeout(PATIENCE)

    def _note(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1":
            self.outside.append(url)

    def picture(self, name: str) -> None:
        """Keeps what the window shows."""
        OUT.mkdir(parents=True, exist_ok=True)
        (OUT / ".gitignore").write_text("*\n", encoding="utf-8")
        self.page.screenshot(path=str(OUT / f"{name}.png"))


@pytest.fixture
def window() -> Iterator[Window]:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        try:
            shown = Window(browser.new_page(viewport={"width": 1400, "height": 1000}))
            yield shown
            shown.picture("last-seen")
        finally:
            browser.close()


def run_all_cells(page: Any) -> None:
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    # while a kernel is still connecting, running a cell asks which kernel to select
    page.wait_for_selector("#jp-main-statusbar >> text=/\\| Idle/")
    page.click(".lm-MenuBar-itemLabel:has-text('Run')")
    page.click(".lm-Menu-item[data-command='runmenu:run-all']")
    page.wait_for_function(
        """() => {
            const cells = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')];
            const prompts = cells.map(cell => cell.textContent);
            return prompts.some(text => /[0-9]/.test(text)) && !prompts.some(text => text.includes('*'));
        }"""
    )


def test_a_learner_s_first_lesson_opens_runs_and_validates(course_copy: Path, window: Window) -> None:
    if not (course_copy / "lessons" / LESSON / f"{LESSON}.ipynb").exists():
        pytest.fail(f"lesson {LESSON} is not released: run `make release`")
    page = window.page
    with served("learn", course_copy) as address:
        assert "START.md" in address
        page.goto(address)
        # rendered, not as text; one click from there
        page.wait_for_selector(".jp-MarkdownViewer table")
        window.picture("start-page")
        page.click(".jp-MarkdownViewer a:has-text('Start here')")
        run_all_cells(page)
        window.picture("lesson-00-after-run-all")
        errors = page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']")
        assert errors.all_text_contents() == []
        page.keyboard.press("Control+s")
        page.wait_for_selector(".lm-TabBar-tab.jp-mod-dirty", state="detached")
        page.click("button:has-text('Validate'), jp-button:has-text('Validate')")
        dialog = page.wait_for_selector(".jp-Dialog")
        window.picture("lesson-00-validated")
        assert "validation results" in dialog.inner_text().lower()
    assert window.outside == []
    assert (course_copy / "my-lessons" / LESSON / f"{LESSON}.ipynb").exists()


def test_an_instructor_finds_the_course_in_formgrader(course_copy: Path, window: Window) -> None:
    page = window.page
    with served("teach", course_copy) as address:
        page.goto(address)
        page.click(".lm-MenuBar-itemLabel:has-text('Nbgrader')")
        page.click(".lm-Menu-itemLabel:has-text('Formgrader')")
        page.wait_for_selector("iframe")
        frame = page.frame_locator("iframe").last
        frame.locator(f"text={LESSON}").first.wait_for()
        window.picture("formgrader")
    assert window.outside == []
