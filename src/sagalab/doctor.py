"""Looks at this machine and says whether the course can run on it, row by row."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from sagalab.errors import SagalabError, SetupError

OLDEST_PYTHON = (3, 11)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

State = Literal["ok", "note", "problem"]


@dataclass(frozen=True)
class Row:
    """One thing that was looked at: `problem` keeps the course from running, `note` does not."""

    what: str
    state: State
    words: str


def examine(root: Path) -> list[Row]:
    """Looks at everything that the course at `root` needs of this machine."""
    return [
        python_version(sys.version_info[:2]),
        packages("sagalab"),
        may_write(root),
        module("jupyterlab", "JupyterLab"),
        module("nbgrader", "nbgrader"),
        graphviz(),
        local_cloud(),
        ports(),
        browser(),
    ]


def python_version(found: tuple[int, ...]) -> Row:
    """Compares a Python version with the oldest one that works."""
    text = ".".join(str(part) for part in found)
    if tuple(found) >= OLDEST_PYTHON:
        return Row("Python", "ok", text)
    return Row("Python", "problem", f"{text} is too old. Install Python 3.11 or newer, then run `make learn` again.")


def packages(distribution: str, installed: Callable[[str], str] = metadata.version) -> Row:
    """Compares what is installed with the versions that the distribution asks for."""
    wrong = list(_unmet(distribution, installed))
    if wrong:
        return Row("packages", "problem", f"{'; '.join(wrong)}. Run `uv sync --locked`.")
    return Row("packages", "ok", "as pinned")


def _unmet(distribution: str, installed: Callable[[str], str]) -> Iterator[str]:
    from packaging.requirements import Requirement

    for line in metadata.requires(distribution) or []:
        wanted = Requirement(line)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        try:
            found = installed(wanted.name)
        except metadata.PackageNotFoundError:
            yield f"{wanted.name} is missing"
            continue
        if not wanted.specifier.contains(found, prereleases=True):
            yield f"{wanted.name} is {found}, needed is {wanted.specifier}"


def may_write(root: Path) -> Row:
    """Says whether working copies and progress can be kept in the course's folder."""
    if os.access(root, os.W_OK):
        return Row("write permission", "ok", str(root))
    do = "Clone the course into a folder of your own."
    return Row("write permission", "problem", f"{root} cannot be written to. {do}")


def module(name: str, title: str) -> Row:
    """Says whether a package can be found."""
    if importlib.util.find_spec(name) is None:
        return Row(title, "problem", "not installed. Run `uv sync --locked`.")
    return Row(title, "ok", metadata.version(name))


def graphviz() -> Row:
    """Draws a small graph, with the system's `dot` or the one in the package's wheel, and says which."""
    from sagalab.pictures import dot

    try:
        import graphviz

        by = "the package graphviz-pure" if dot.install() else "the system's dot"
        drawn = graphviz.Source("digraph { order -> payment }").pipe(format="svg")
    except (ImportError, OSError, SetupError, subprocess.CalledProcessError) as error:
        words = one_line(error) if isinstance(error, SetupError) else f"{error}. Run `uv sync --locked`."
        return Row("Graphviz", "problem", f"nothing could be drawn: {words}")
    finally:
        dot.uninstall()
    state: State = "ok" if b"<svg" in drawn else "problem"
    return Row("Graphviz", state, f"draws with {by}" if state == "ok" else f"{by} gave no picture")


def local_cloud() -> Row:
    """Says whether the moto that is installed is the one that the local cloud is built on."""
    from sagalab.aws import seams

    try:
        seams.check()
    except SetupError as error:
        return Row("local cloud", "problem", one_line(error))
    return Row("local cloud", "ok", f"moto {seams.MOTO}")


def ports() -> Row:
    """Says which port JupyterLab would take."""
    from sagalab import jupyter

    try:
        return Row("port", "ok", str(jupyter.choose_port(None)))
    except SetupError as error:
        return Row("port", "problem", one_line(error))


def browser() -> Row:
    """Says whether the course's own browser test can run; learners need any browser, not this one."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found:
        return Row("Chromium", "ok", found)
    return Row("Chromium", "note", "not here; only the course's own browser test needs it")


def one_line(error: SagalabError) -> str:
    """Gives an error's words in one line: where, what, and what to do."""
    head = " ".join((f"{error.where}: {error.what}" if error.where else error.what).split())
    rest = [f"Likely slip: {error.slip}" if error.slip else "", error.do]
    sentences = [part.strip().rstrip(".") for part in (head, *rest) if part]
    return ". ".join(part[0].upper() + part[1:] if n else part for n, part in enumerate(sentences)) + "."
