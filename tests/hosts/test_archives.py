"""Zips made ready: they import as any zip does, and nothing in them has run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sagalab.hosts import archives
from sagalab.hosts.loading import LoadError, imported
from sagalab.packaging import zipped


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))


def test_making_a_zip_ready_runs_nothing_of_it(tmp_path: Path) -> None:
    code = zipped({"m.py": "raise RuntimeError('ran')"})
    assert archives.prepare(code, tmp_path).names == ["m"]
    assert archives.ready(archives.digest(code)) is not None


def test_a_handler_is_imported_with_its_siblings_and_packages(tmp_path: Path) -> None:
    code = zipped(
        {
            "m.py": "from own import rates\ndef f(e, c): return rates.VAT",
            "own/__init__.py": "",
            "own/rates.py": "VAT = 19",
        }
    )
    archive = archives.prepare(code, tmp_path)
    assert imported(archive.path, archive.names, "m.f")(None, None) == 19


def test_each_import_has_a_namespace_of_its_own(tmp_path: Path) -> None:
    archive = archives.prepare(zipped({"m.py": "seen = []\ndef f(e, c): seen.append(1); return len(seen)"}), tmp_path)
    assert [imported(archive.path, archive.names, "m.f", alone=False)(None, None) for _ in range(3)] == [1, 1, 1]


def test_a_slip_in_the_source_is_told_when_it_is_imported(tmp_path: Path) -> None:
    archive = archives.prepare(zipped({"m.py": "def f(e, c) return 1"}), tmp_path)
    with pytest.raises(LoadError, match="Syntax error in module 'm'"):
        imported(archive.path, archive.names, "m.f")


def test_what_is_no_zip_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="no zip"):
        archives.prepare(b"nothing", tmp_path)
