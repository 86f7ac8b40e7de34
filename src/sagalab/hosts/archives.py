"""Function code made ready before a process forks: the zip lies on the disk, its modules are compiled.

Compiling a handler's modules costs more than most of its invocations. Nothing of them runs here: a process
that only prepares executes no learner code.
"""

from __future__ import annotations

import hashlib
import sys
import zipimport
from contextlib import suppress
from pathlib import Path
from types import CodeType
from typing import NamedTuple

from sagalab.hosts.loading import ARCHIVE_NAME, module_names

_compiled: dict[tuple[str, str, str], CodeType] = {}


class Archive(NamedTuple):
    """A zip that was made ready: where it lies, and its top-level modules."""

    path: Path
    names: list[str]


_ready: dict[str, Archive] = {}


class _Importer(zipimport.zipimporter):
    """Imports from a zip, each module compiled once for all forks."""

    def get_code(self, fullname: str) -> CodeType:
        key = (str(self.archive), str(self.prefix), fullname)
        if key not in _compiled:
            _compiled[key] = super().get_code(fullname)
        return _compiled[key]


def digest(code: bytes) -> str:
    """Names a zip by its content."""
    return hashlib.sha256(code).hexdigest()


def prepare(code: bytes, folder: Path) -> Archive:
    """Writes a zip below the folder, reads its directory and compiles its modules; raises `LoadError` for no zip.

    What does not compile is left for the import to say.
    """
    if _hook not in sys.path_hooks:
        sys.path_hooks.insert(0, _hook)
    names = module_names(code)
    path = folder / digest(code) / ARCHIVE_NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(code)
    archive = _ready[digest(code)] = Archive(path, names)
    importer = _Importer(str(path))
    sys.path_importer_cache[str(path)] = importer
    for module in names:
        with suppress(SyntaxError, ValueError, ImportError, RecursionError, MemoryError):
            importer.get_code(module)
    return archive


def ready(name: str | None) -> Archive | None:
    """Gives the zip of that digest, if it was made ready here."""
    return _ready.get(name) if name is not None else None


def _hook(path: str) -> zipimport.zipimporter:
    """Serves the packages inside of what was made ready; everything else is somebody else's."""
    if any(path.startswith(f"{archive.path}/") for archive in _ready.values()):
        return _Importer(path)
    raise ImportError(path)
