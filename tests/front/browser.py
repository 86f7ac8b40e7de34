"""A real headless Chromium on JupyterLab as `sagalab learn` and `sagalab teach` start it.

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
PATIENCE = 90_000  # milliseconds for what takes a fraction of it on a quiet machine
WIDE, HIGH = 1400, 1000
TALLEST = 16_000  # pixels; Chromium draws no more at once

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: `apt install chromium` (or Google Chrome) runs this test"
)
ALL_RAN = """() => {
    const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(cell => cell.textContent);
    return prompts.length > 0 && prompts.every(text => /[0-9]/.test(text));
}"""
SHOWN = ".jp-NotebookPanel:not(.lm-mod-hidden)"
HEIGHT = f"""() => [...document.querySelectorAll('{SHOWN} .jp-Cell')]
    .reduce((sum, cell) => sum + cell.getBoundingClientRect().height + 2, 0)"""
CUT_OR_WORDLESS = f"""() => [...document.querySelectorAll('{SHOWN} .jp-OutputArea-output img')].filter(image => {{
    const output = image.closest('.jp-OutputArea-output').getBoundingClientRect();
    return image.alt.split(' ').length < 4 || image.getBoundingClientRect().right > output.right + 1;
}}).map(image => image.alt || image.src.slice(0, 40))"""
AT_TOP = f"""() => {{
    const outer = document.querySelector('{SHOWN} .jp-WindowedPanel-outer');
    outer.scrollTop = 0;
    const first = document.querySelector('{SHOWN} .jp-Cell').getBoundingClientRect();
    return outer.scrollTop === 0 && first.top > 0 && first.height > 0;
}}"""


def copied(to: Path) -> Path:
    """Gives a copy of the course as a clone holds it."""
    to.mkdir()
    for name in ("course.toml", "grading", "lessons", "solutions", "diagrams"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, to / name, ignore=shutil.ignore_patterns("out", "__pycache__"))
        elif source.exists():
            shutil.copy(source, to / name)
    return to


@contextmanager
def served(command: str, root: Path) -> Iterator[str]:
    """Runs `sagalab learn` or `sagalab teach` as a person would; gives the address that it prints last."""
    own = {
        "SAGALAB_COURSE": str(root),
        "SAGALAB_NO_BROWSER": "1",
        "PYTHONUNBUFFERED": "1",
        "JUPYTERLAB_WORKSPACES_DIR": str(root / ".workspaces"),
        "JUPYTERLAB_SETTINGS_DIR": str(root / ".settings"),
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

    def whole_notebook(self, name: str) -> None:
        """Keeps all of the notebook that is open, in a window as high as it is."""
        self.page.set_viewport_size({"width": WIDE, "height": TALLEST})
        self.page.wait_for_function(AT_TOP)
        height = min(int(self.page.evaluate(HEIGHT)) + 300, TALLEST)
        self.page.set_viewport_size({"width": WIDE, "height": height})
        self.page.wait_for_function(AT_TOP)
        self.picture(name)
        self.page.set_viewport_size({"width": WIDE, "height": HIGH})

    def menu(self, name: str, command: str) -> None:
        """Chooses an entry of JupyterLab's menu bar."""
        self.page.click(f".lm-MenuBar-itemLabel:has-text('{name}')")
        self.page.click(f".lm-Menu-item[data-command='{command}']")

    def accept(self) -> None:
        """Says yes to the one question that is open."""
        self.page.click(".jp-Dialog button.jp-mod-accept")
        self.page.wait_for_selector(".jp-Dialog", state="detached")

    def open_from_start_page(self, title: str) -> None:
        """Opens a lesson by its one click, and waits for its kernel."""
        self.page.click(f".jp-MarkdownViewer td a:text-is('{title}')")
        self.page.wait_for_selector(f"{SHOWN} .jp-Cell")
        # while a kernel is still connecting, running a cell asks which kernel to select
        self.page.wait_for_selector("#jp-main-statusbar >> text=/\\| Idle/")

    def restart_and_run_all(self) -> None:
        """Restarts the kernel, runs every cell, and waits for the last one."""
        self.menu("Run", "runmenu:restart-and-run-all")
        self.accept()
        self.page.wait_for_function(ALL_RAN)

    def save(self) -> None:
        """Saves the document that is open."""
        self.page.keyboard.press("Control+s")
        self.page.wait_for_selector(".lm-TabBar-tab.jp-mod-current.jp-mod-dirty", state="detached")

    def bad_pictures(self) -> list[str]:
        """Gives the pictures of the notebook that is open that are cut off at the right, or have no words."""
        return list(self.page.evaluate(CUT_OR_WORDLESS))

    def left_over(self) -> list[str]:
        """Gives the words of every dialog and every notice that is open."""
        return [*self.page.locator(".jp-Dialog, .Toastify__toast").all_inner_texts()]


@contextmanager
def chromium() -> Iterator[Window]:
    """Opens a window, and keeps what it showed last."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        try:
            shown = Window(browser.new_page(viewport={"width": WIDE, "height": HIGH}))
            yield shown
            shown.picture("last-seen")
        finally:
            browser.close()
