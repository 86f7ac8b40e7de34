"""The set-up answers an old Python in one line, and needs nothing but the standard library."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import bootstrap

ROOT = Path(bootstrap.ROOT)


def test_the_set_up_can_be_read_by_a_python_too_old_for_the_course() -> None:
    source = (ROOT / "scripts" / "bootstrap.py").read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 7))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert names <= sys.stdlib_module_names


def test_an_old_python_is_told_in_one_line_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    assert bootstrap.main() == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "3.11 or newer" in said and "3.9" in said


def test_a_folder_that_may_not_be_written_to_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert bootstrap.main() == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("printed", "usable"),
    [("uv 0.5.1", False), ("uv 0.8.0 (abc 2025-07-17)", True), ("uv 1.0", True), ("who knows", False)],
)
def test_a_uv_too_old_for_the_lock_is_not_used(tmp_path: Path, printed: str, usable: bool) -> None:
    uv = tmp_path / "uv"
    uv.write_text(f"#!/bin/sh\necho '{printed}'\n", encoding="utf-8")
    uv.chmod(0o755)
    assert bootstrap.recent(str(uv)) is usable


def test_another_active_environment_is_not_mistaken_for_the_course_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/elsewhere")
    assert "VIRTUAL_ENV" not in bootstrap.calm()


@pytest.mark.skipif(shutil.which("make") is None, reason="no make here: install it to run the Makefile's tests")
def test_make_without_a_usable_python_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    for name in ("Makefile", "uv.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "bootstrap.py", tmp_path / "scripts")
    done = subprocess.run(["make", "PYTHON=", "learn"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode != 0
    assert done.stderr.startswith("Python 3.11 or newer is needed")
