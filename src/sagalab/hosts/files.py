"""The files of a function's instance: `/tmp` is its own and starts empty, everything else is read-only, as in Lambda.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html. Python's own ways to a file are
led to the instance's folder, and so are those of a notebook that a grader runs. This keeps honest code from meeting
what another run left; a wall against code that means to is the sandbox's.
"""

from __future__ import annotations

import builtins
import dbm
import errno
import functools
import io
import os
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TMP = "/tmp"
# Python and this course may themselves lie below /tmp, and read their files while they run.
_CODE = tuple(f"{folder}/" for folder in (sys.prefix, sys.base_prefix, Path(__file__).resolve().parents[3]))
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Events by which a path changes (https://docs.python.org/3/library/audit_events.html); the path comes first.
_CHANGES = frozenset({
    "os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate",
    "os.utime", "sqlite3.connect",
})  # fmt: skip
_FIRST = (
    "access", "chmod", "chdir", "listdir", "lstat", "mkdir", "open", "readlink", "remove", "rmdir", "scandir", "stat",
    "symlink", "truncate", "unlink", "utime",
)  # fmt: skip
_BOTH = ("link", "rename", "replace")
_NAMES = frozenset({"path", "file", "src", "dst", "database"})

Refuse = Callable[[str], None]
_refuse: Refuse | None = None
_room: tuple[str, str] | None = None  # where `/tmp` is led to, and the folder around it
_prepared = False


def prepare() -> None:
    """Puts the sleeping guard and leads into this process, once, before it forks and before others keep an `open`."""
    global _prepared
    if _prepared:
        return
    _prepared = True
    sys.addaudithook(_watch)
    for name in _FIRST:
        setattr(os, name, _leading(getattr(os, name), 1))
    for name in _BOTH:
        setattr(os, name, _leading(getattr(os, name), 2))
    builtins.open = io.open = _leading(io.open, 1)
    sqlite3.connect = sqlite3.dbapi2.connect = _leading(sqlite3.connect, 1)
    dbm.open = _leading(dbm.open, 1)


def own(folder: Path) -> None:
    """Gives the one instance of this process a `/tmp` of its own, and lets it write nowhere else."""
    room = lead(folder)

    def refuse(path: str) -> None:
        if path != os.devnull and not os.path.abspath(path).startswith(room):
            words = "Read-only file system: a function may write below /tmp only, and a fresh instance finds it empty"
            raise OSError(errno.EROFS, words, path)

    _guard(refuse)


def lead(folder: Path) -> str:
    """Leads this process's `/tmp` to a new folder below this one, and gives that one's path."""
    global _room
    prepare()
    room = folder / "tmp"
    room.mkdir()
    _room = str(room), f"{folder}/"
    tempfile.tempdir = str(room)  # as it is: what is no Python, such as an import from a zip, knows of no lead
    return str(room)


def _led(path: Any) -> Any:
    if _room is None or isinstance(path, int) or path is None:
        return path
    real, mine = _room
    full = os.path.abspath(os.fsdecode(path))
    if (full == TMP or full.startswith(f"{TMP}/")) and not f"{full}/".startswith((mine, *_CODE)):
        return real + full[len(TMP) :]
    return path


def shared(leave: Callable[[], None]) -> None:
    """Calls `leave` when one of many instances in this process would change a file: it needs a process of its own."""
    _guard(lambda path: None if path == os.devnull else leave())


@contextmanager
def ours() -> Iterator[None]:
    """Lets our own code write meanwhile."""
    global _refuse
    before, _refuse = _refuse, None
    try:
        yield
    finally:
        _refuse = before


def _guard(refuse: Refuse) -> None:
    global _refuse
    _refuse = refuse


def _leading(function: Any, count: int) -> Any:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if _room is None:
            return function(*args, **kwargs)
        named = {name: _led(value) if name in _NAMES else value for name, value in kwargs.items()}
        return function(*map(_led, args[:count]), *args[count:], **named)

    return call


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if _refuse is None:
        return
    if event == "open":
        path, _, flags = args
        changes = bool(flags & _WRITES)
    else:
        changes = event in _CHANGES
        path = args[0] if changes else None
    if changes and isinstance(path, str | bytes | os.PathLike) and path not in (":memory:", ""):
        _refuse(os.fsdecode(path))
