"""The command line as a learner meets it: in a process of its own, or through typer's own runner."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from sagalab import cli, jupyter, working_copies
from sagalab.course import Course
from sagalab.errors import SagalabError
from sagalab.learner import kept


def sagalab(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sagalab.cli", *words],
        cwd=cwd, env={**os.environ, "NO_COLOR": "1", **environment}, capture_output=True, text=True,
    )  # fmt: skip


class Door:
    """The command line in this process, with a stand-in for JupyterLab that says at once that it is ready."""

    def __init__(self, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.patch, self.capsys = patch, capsys
        self.servers: list[jupyter.Server] = []
        patch.setattr(jupyter, "run", self._run)

    def _run(self, server: jupyter.Server, ready: Callable[[], None]) -> int:
        self.servers.append(server)
        ready()
        return 0

    def __call__(self, *words: str) -> str:
        """Gives what the command prints; the command has to succeed."""
        self.patch.setattr(sys, "argv", ["sagalab", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert not ended.value.code
        return self.capsys.readouterr().out


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Door:
    return Door(monkeypatch, capsys)


HELP = """
import sys
sys.argv = ["sagalab", "--help"]
try:
    from sagalab import cli
    cli.main()
finally:
    print(sorted({"moto", "boto3", "pydantic", "matplotlib", "jupyterlab"} & set(sys.modules)))
"""


def test_help_names_every_command_and_loads_nothing_slow(small_course: Course) -> None:
    done = subprocess.run([sys.executable, "-c", HELP], cwd=small_course.root, capture_output=True, text=True)
    for command in ("learn", "teach", "reset", "doctor", "progress", "check", "submit", "replay"):
        assert command in done.stdout
    assert done.stdout.rstrip().endswith("[]"), done.stdout


def test_learn_makes_the_copies_and_prints_the_address(small_course: Course, door: Door) -> None:
    printed = door("learn", "--no-browser")
    assert f"/lab/tree/my-lessons/00_start_here/00_start_here.ipynb?reset&token={door.servers[0].token}" in printed
    assert working_copies.notebook(small_course, "00").exists()


def test_learn_goes_on_where_the_learner_stopped(small_course: Course, door: Door) -> None:
    progress = kept.Progress()
    progress.record_check("02-starts-once", fraction=0.5, attempted=True)
    kept.save(progress)
    assert "02_orchestration.ipynb" in door("learn", "--no-browser")


def test_learn_opens_a_page_from_which_every_lesson_is_one_click_away(
    small_course: Course, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: not opened.append(address))
    monkeypatch.delenv("SAGALAB_NO_BROWSER", raising=False)
    door("learn")
    assert "/lab/tree/my-lessons/START.md?" in opened[0]
    text = (small_course.root / "my-lessons" / "START.md").read_text(encoding="utf-8")
    for link in re.findall(r"\]\((\S+?)\)", text):
        assert (small_course.root / "my-lessons" / link).is_file(), link


def test_no_browser_can_be_asked_for_by_the_environment(
    small_course: Course, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: not opened.append(address))
    monkeypatch.setenv("SAGALAB_NO_BROWSER", "1")
    door("learn")
    assert opened == []
    monkeypatch.delenv("SAGALAB_NO_BROWSER")
    door("learn")
    assert len(opened) == 1


def test_a_machine_without_a_browser_is_told_what_to_do(
    small_course: Course, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SAGALAB_NO_BROWSER", raising=False)
    monkeypatch.setattr("webbrowser.open", lambda address: False)
    assert "copy the address above" in door("learn")


def test_a_copy_that_stays_behind_its_release_is_named_with_what_to_do(small_course: Course, door: Door) -> None:
    working_copies.bring_up_to_date(small_course)
    working_copies.notebook(small_course, "02").write_text("my work", encoding="utf-8")
    small_course.release("02").write_text("second release", encoding="utf-8")
    assert "sagalab reset 02" in door("learn", "--no-browser")


def test_a_taken_port_is_one_line_that_says_what_to_do(small_course: Course) -> None:
    with socket.socket() as other:
        other.bind((jupyter.HOST, 0))
        other.listen()
        done = sagalab("learn", "--port", str(other.getsockname()[1]), cwd=small_course.root)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "is taken" in done.stderr and "--port" in done.stderr


def test_an_unwritable_folder_is_one_line_without_a_traceback(small_course: Course) -> None:
    (small_course.root / "my-lessons").write_text("in the way", encoding="utf-8")
    done = sagalab("learn", "--no-browser", cwd=small_course.root)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot be written to" in done.stderr


def test_teaching_without_the_grading_half_says_that_it_needs_a_full_clone(small_course: Course) -> None:
    done = sagalab("teach", "--no-browser", cwd=small_course.root)
    assert done.returncode == 1
    assert "full clone" in done.stderr


def test_teach_puts_nbgrader_s_configuration_first(small_course: Course, door: Door) -> None:
    (small_course.root / "grading" / "nbgrader_config.py").write_text("", encoding="utf-8")
    printed = door("teach", "--no-browser")
    configs = door.servers[0].environment({})["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    assert configs[0] == str(small_course.root / "grading")
    assert "/formgrader?token=" in printed


def test_reset_says_where_the_old_work_is(small_course: Course) -> None:
    working_copies.bring_up_to_date(small_course)
    working_copies.notebook(small_course, "02").write_text("my work", encoding="utf-8")
    done = sagalab("reset", "02", cwd=small_course.root)
    assert done.returncode == 0
    assert "02_orchestration.backup-1.ipynb" in done.stdout


def test_an_unknown_lesson_is_answered_with_the_known_ones(small_course: Course) -> None:
    done = sagalab("reset", "77", cwd=small_course.root)
    assert done.returncode == 1
    assert "00_start_here, 02_orchestration" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_notebook_that_is_not_there_is_named(small_course: Course) -> None:
    done = sagalab("check", "02", cwd=small_course.root)
    assert done.returncode == 1
    assert "there is no notebook" in done.stderr.lower()


def test_progress_names_every_lesson_and_what_was_tried(small_course: Course, door: Door) -> None:
    tried = kept.Progress()
    tried.record_check("02-starts-once", fraction=1.0, attempted=True)
    kept.save(tried)
    printed = door("progress")
    assert "Start here" in printed and "One order, one execution" in printed
    assert printed.count("One order, one execution") == 1


def test_submit_packs_what_the_notebook_defines_and_sends_nothing(small_course: Course) -> None:
    path = small_course.root / "work.ipynb"
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell("answer = 6 * 7")]), path)
    done = sagalab("submit", "--notebook", str(path), cwd=small_course.root)
    assert done.returncode == 0, done.stderr
    mail = message_from_bytes(path.with_suffix(".eml").read_bytes())
    assert mail["To"] == "teacher@example.org"
    assert "work.ipynb" in [part.get_filename() for part in mail.walk()]
    assert "Nothing has been sent" in done.stdout


def test_a_file_that_is_no_notebook_is_one_line(small_course: Course) -> None:
    path = small_course.root / "work.ipynb"
    path.write_text("not JSON", encoding="utf-8")
    done = sagalab("submit", "--notebook", str(path), cwd=small_course.root)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot be read as a notebook" in done.stderr


def test_an_error_s_words_become_one_line() -> None:
    from sagalab.doctor import one_line

    error = SagalabError("no lesson\nhere", where="course.toml", slip="a typo", do="look again.")
    assert one_line(error) == "course.toml: no lesson here. Likely slip: a typo. Look again."
