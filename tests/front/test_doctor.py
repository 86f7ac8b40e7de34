"""The doctor finds what a machine lacks, and says what to do about it."""

from __future__ import annotations

import socket
from importlib import metadata
from pathlib import Path

import pytest

from sagalab import doctor, jupyter


def test_this_machine_can_run_the_course(tmp_path: Path) -> None:
    rows = doctor.examine(tmp_path)
    assert [row for row in rows if row.state == "problem"] == []


def test_an_old_python_is_told_which_one_to_install() -> None:
    row = doctor.python_version((3, 9))
    assert row.state == "problem"
    assert "3.9" in row.words and "3.11" in row.words


def test_a_package_of_another_version_is_named_with_the_one_that_is_needed() -> None:
    row = doctor.packages("sagalab", lambda name: "1.0" if name == "moto" else metadata.version(name))
    assert row.state == "problem"
    assert "moto is 1.0, needed is ==5.2.5" in row.words


def test_a_missing_package_is_named() -> None:
    def installed(name: str) -> str:
        if name == "nbgrader":
            raise metadata.PackageNotFoundError(name)
        return metadata.version(name)

    assert "nbgrader is missing" in doctor.packages("sagalab", installed).words


def test_a_module_that_cannot_be_found_is_a_problem() -> None:
    assert doctor.module("a_module_that_nobody_wrote", "Nothing").state == "problem"


def test_a_folder_that_may_not_be_written_to_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may write everywhere
    row = doctor.may_write(tmp_path)
    assert row.state == "problem"
    assert "folder of your own" in row.words


def test_diagrams_can_be_drawn_without_a_system_graphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGALAB_FORCE_PURE_DOT", "1")
    row = doctor.graphviz()
    assert (row.state, row.words) == ("ok", "draws with the package graphviz-pure")


def test_a_missing_chromium_is_only_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert doctor.browser().state == "note"


def test_the_next_port_is_taken_when_the_first_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind((jupyter.HOST, 0))
        other.listen()
        taken = other.getsockname()[1]
        monkeypatch.setattr(jupyter, "FIRST_PORT", taken)
        assert taken < jupyter.choose_port(None) < taken + jupyter.PORTS_TRIED


def test_when_every_port_is_taken_one_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jupyter, "is_free", lambda port: False)
    row = doctor.ports()
    assert row.state == "problem"
    assert "--port" in row.words
