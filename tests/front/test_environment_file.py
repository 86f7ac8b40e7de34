"""environment.yml gives conda users the versions of the lock, and its pip part installs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from scripts import environment_file

ROOT = environment_file.ROOT
OFFLINE = re.compile(
    r"sending request|dns error|name resolution|network is unreachable|connection (refused|reset)", re.I
)

ASKED = """
import importlib.metadata, sys
for name in sys.argv[1:]:
    print(f"{name}=={importlib.metadata.version(name)}")
"""


def pip_part() -> list[str]:
    parsed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    return next(row["pip"] for row in parsed["dependencies"] if isinstance(row, dict))


def pins_here() -> list[str]:
    """Gives `name==version` of every line of the pip part that is meant for this Python."""
    rows = [Requirement(line) for line in pip_part()[:-1]]
    return [f"{row.name}{row.specifier}" for row in rows if row.marker is None or row.marker.evaluate()]


def uv() -> str:
    found = shutil.which("uv") or shutil.which(str(ROOT / ".venv-uv" / "bin" / "uv"))
    if found is None:
        pytest.skip("no uv here: `make test` brings it, or install it from docs.astral.sh/uv")
    return found


def test_the_file_is_in_step_with_the_lock() -> None:
    assert (ROOT / "environment.yml").read_text(encoding="utf-8") == environment_file.render()


def test_every_line_of_the_pip_part_is_one_exact_version() -> None:
    *pins, course = pip_part()
    assert course == "-e ."
    assert len(pins) >= 10
    assert [pin for pin in pins if not re.fullmatch(r"[\w.-]+(\[[\w,]+\])?==[\w.]+( ; .+)?", pin)] == []


def test_a_dependency_that_the_lock_does_not_hold_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["novelty>=1"]\n', encoding="utf-8")
    (tmp_path / "uv.lock").write_text("package = []\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="novelty"):
        environment_file.requirements(tmp_path)


def run(*command: str) -> subprocess.CompletedProcess[str]:
    outer = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return subprocess.run(command, cwd=ROOT, env={"UV_SYSTEM_CERTS": "true", **outer}, capture_output=True, text=True)


def test_the_pip_part_installs_into_a_fresh_environment(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("\n".join(pip_part()) + "\n", encoding="utf-8")
    fresh = tmp_path / "fresh"
    assert run(uv(), "venv", "--quiet", "--python", sys.executable, str(fresh)).returncode == 0
    python = str(next(path for path in (fresh / "bin" / "python", fresh / "Scripts" / "python.exe") if path.exists()))
    done = run(uv(), "pip", "install", "--python", python, "-r", str(tmp_path / "requirements.txt"))
    if done.returncode and OFFLINE.search(done.stderr):
        pytest.skip("the package index cannot be reached from here: run this test where it can")
    assert done.returncode == 0, done.stderr
    wanted = dict(pin.split("==") for pin in pins_here())
    found = run(python, "-c", ASKED, *wanted)
    assert dict(line.split("==") for line in found.stdout.split()) == wanted
    assert "learn" in run(python, "-m", "sagalab.cli", "--help").stdout
