"""The child that draws can do nothing but draw, and always comes back."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sagalab.architecture import DrawingError, NothingDrawn, child, drawn, drawn_in_child
from tests.architecture.designs import TRUE_CHOREOGRAPHY

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limits of processor time and memory")


def refusal(source: str) -> str:
    with pytest.raises(DrawingError) as told:
        drawn_in_child(source)
    assert told.value.do
    return str(told.value)


def test_a_child_draws_what_this_process_draws() -> None:
    here, there = drawn(TRUE_CHOREOGRAPHY), drawn_in_child(TRUE_CHOREOGRAPHY)
    assert (there.nodes, there.edges, there.name, there.alt) == (here.nodes, here.edges, here.name, here.alt)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("open('/etc/hostname')", "line 1: the cell opens a file"),
        ("import os", "line 1: the cell imports 'os'"),
        ("import socket", "the cell imports 'socket'"),
        ("import diagrams\ndiagrams.os.system('true')", "line 2: the cell reaches out of the drawing"),
        ("import diagrams\ndiagrams.Path('/etc/hostname').read_text()", "line 2: the cell opens a file"),
        ("import diagrams\ndiagrams.os.kill(diagrams.os.getppid(), 0)", "reaches out of the drawing"),
        ("import diagrams\ndiagrams.os.fork()", "reaches out of the drawing"),
        ("import diagrams\ndiagrams.os.listdir.__self__.execv('/bin/true', ['true'])", "reaches out"),
        ("print('x' * 10_000_000)", "prints more than 64 KB"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise SystemExit", "SystemExit"),
        ("x = 1 / 0", "ZeroDivisionError"),
        ("import diagrams\ndiagrams.os._exit(0)", "did not finish"),
    ],
)
def test_what_a_drawing_does_not_need_is_refused_in_words(source: str, said: str) -> None:
    assert said in refusal(source)


def test_no_file_is_written(tmp_path: Path) -> None:
    target = tmp_path / "written"
    refusal(f"import diagrams\ndiagrams.Path({str(target)!r}).write_text('x')")
    refusal(f"import diagrams\ndiagrams.os.open({str(target)!r}, 65)")
    assert not target.exists()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "COMPUTING", 0)


@posix
@pytest.mark.usefixtures("impatient")
def test_a_loop_without_an_end_is_stopped() -> None:
    assert "each one must end" in refusal("while True:\n    pass")


@posix
@pytest.mark.usefixtures("impatient")
def test_a_loop_that_catches_everything_is_stopped_too() -> None:
    refusal("while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass")


@posix
def test_memory_that_grows_and_grows_is_stopped() -> None:
    assert "memory" in refusal("x = [1]\nwhile True:\n    x += x")


@posix
def test_a_flood_through_the_channel_is_stopped() -> None:
    refusal("import diagrams\nwhile True:\n    diagrams.os.write(3, b'x' * 100_000)")


@pytest.mark.parametrize("answer", ["{}", "[]", '{"nodes": 1}', "no json", '{"error": {}}'])
def test_a_forged_answer_is_no_drawing(answer: str) -> None:
    code = f"import diagrams\ndiagrams.os.write(3, {answer.encode()!r})\ndiagrams.os._exit(0)"
    with pytest.raises(DrawingError):
        drawn_in_child(code)


def test_an_unwritten_cell_is_told_apart() -> None:
    with pytest.raises(NothingDrawn):
        drawn_in_child("# your drawing")


def test_a_cell_that_is_far_too_long_is_not_run() -> None:
    assert "characters" in refusal("#" * 200_001)
