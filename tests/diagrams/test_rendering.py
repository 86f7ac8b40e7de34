"""Our own two diagrams: their pictures are in step with their code, and they tell the truth."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sagalab.architecture import compare, deployed
from sagalab.architecture.drawing import alternative_text
from sagalab.architecture.recorder import Recorder
from sagalab.pictures import dot
from tests.architecture import designs

FOLDER = Path(__file__).resolve().parents[2] / "diagrams"
NAMES = ("orchestration", "choreography")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a script of the folder as on a machine without Graphviz."""
    environment = {**os.environ, "PATH": "", "SAGALAB_FORCE_PURE_DOT": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, cwd=FOLDER.parent, timeout=120)


@pytest.mark.parametrize("name", NAMES)
def test_each_diagram_is_drawn_by_its_own_script_without_graphviz(name: str, tmp_path: Path) -> None:
    finished = run(f"diagrams/{name}.py", "--into", str(tmp_path))
    assert (finished.returncode, finished.stderr) == (0, "")
    assert sorted(file.name for file in tmp_path.iterdir()) == [f"{name}.{end}" for end in ("dot", "png", "svg")]
    assert (tmp_path / f"{name}.png").stat().st_size > 50_000


def test_the_rendered_texts_are_what_the_code_draws() -> None:
    finished = run("diagrams/render.py", "--check")
    assert finished.stdout == ""
    assert finished.returncode == 0


def test_a_text_that_is_out_of_step_is_named(tmp_path: Path) -> None:
    (tmp_path / "orchestration.dot").write_text("digraph {}")
    finished = run("diagrams/render.py", "orchestration", "--check", "--into", str(tmp_path))
    assert finished.returncode == 1
    assert "rendered/orchestration.dot is not what orchestration.py draws" in finished.stdout


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    finished = run("diagrams/render.py", "opera")
    assert finished.returncode != 0
    assert "there are orchestration, choreography" in finished.stderr


@pytest.mark.parametrize("name", NAMES)
def test_rendered_pictures_are_self_contained_and_name_no_machine(name: str) -> None:
    svg = (FOLDER / "rendered" / f"{name}.svg").read_text(encoding="utf-8")
    links = re.findall(r'href="([^"]{0,22})', svg)
    assert len(links) > 8
    assert set(links) == {"data:image/png;base64,"}
    assert (FOLDER / "rendered" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    text = (FOLDER / "rendered" / f"{name}.dot").read_text(encoding="utf-8")
    assert set(re.findall(r'image="([^/"]*)', text)) == {"resources"}


@pytest.mark.parametrize("name", NAMES)
def test_our_diagrams_tell_the_truth_about_the_reference_design(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    recorder = Recorder()
    with recorder.listening():
        __import__(name).draw(str(tmp_path / name), [])
    drawing = recorder.graph(alternative_text((FOLDER / f"{name}.py").read_text(encoding="utf-8")))
    graph = deployed(designs.both(), designs.HISTORIES[name]).part(name)
    assert compare(drawing, graph).words == "The picture tells the truth."
    assert len(drawing.alt.split()) > 20


def test_the_folder_does_not_hide_the_package_of_its_name() -> None:
    finished = run("-c", "import diagrams; print(diagrams.Diagram.__name__)")
    assert finished.stdout.strip() == "Diagram"


def test_drawing_does_not_need_the_shim_where_graphviz_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "dot"
    program.write_text("#!/bin/sh\ncat > /dev/null; echo '<svg></svg>'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.delenv("SAGALAB_FORCE_PURE_DOT", raising=False)
    assert dot.draw("digraph {}", "svg") == b"<svg></svg>\n"
