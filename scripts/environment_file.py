"""Writes `environment.yml` for conda: the direct dependencies, at the versions that `uv.lock` holds.

Run it after every change of pyproject.toml or uv.lock: `python scripts/environment_file.py`.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "environment.yml"
HEAD = """\
# For conda users: `conda env create -f environment.yml`, then `conda activate sagalab` and `sagalab learn`.
# Written by scripts/environment_file.py from pyproject.toml and uv.lock; not edited by hand.
name: sagalab
channels:
  - conda-forge
dependencies:
  - python>=3.11
  - pip
  - pip:
"""


def render(root: Path = ROOT) -> str:
    """Gives the text of `environment.yml`."""
    return HEAD + "".join(f"      - {line}\n" for line in requirements(root))


def requirements(root: Path = ROOT) -> list[str]:
    """Gives the lines of the pip part: every direct dependency pinned, and the course itself."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lock = tomllib.loads((root / "uv.lock").read_text(encoding="utf-8"))
    locked: dict[str, list[dict[str, Any]]] = {}
    for package in lock["package"]:
        locked.setdefault(package["name"], []).append(package)
    pinned = [pin for line in project["dependencies"] for pin in _pinned(line, locked)]
    return [*pinned, "-e ."]


def _pinned(line: str, locked: dict[str, list[dict[str, Any]]]) -> list[str]:
    match = re.match(r"([A-Za-z0-9._-]+)(\[[^\]]*\])?", line)
    assert match is not None, line
    found = locked.get(re.sub(r"[-_.]+", "-", match[1]).lower())
    if not found:
        raise SystemExit(f"uv.lock holds no {match[1]}. Run `uv lock`.")
    # the lock may hold a version each for older and for newer Pythons
    return [f"{match[1]}{match[2] or ''}=={one['version']}{_marker(one)}" for one in found]


def _marker(package: dict[str, Any]) -> str:
    markers = package.get("resolution-markers", [])
    return " ; " + " or ".join(f"({marker})" if " and " in marker else marker for marker in markers) if markers else ""


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
    print(f"Wrote {TARGET.name}")
