"""Runs a diagram cell in a child process that can do nothing but draw.

The child may import `diagrams` and read its own packages. It writes no file, opens no connection,
starts no program, and has little time and memory. JSON comes back over a pipe.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import threading
from typing import Any

from sagalab.architecture.drawing import DrawingError, DrawnGraph, NothingDrawn
from sagalab.errors import GraderError

COMPUTING = 2  # seconds of processor time for the cell itself
PATIENCE = 20.0  # seconds on the wall clock, for a child that waits for ever
MEMORY = 1 << 30  # bytes
MOST_BACK = 2 << 20  # bytes of JSON
MOST_SOURCE = 200_000  # characters

# Refused by the interpreter itself, whatever way the code takes to get there.
_REFUSED = (
    "os.", "subprocess.", "socket.", "ctypes.", "shutil.", "pty.", "signal.", "mmap.", "tempfile.",
    "fcntl.", "resource.", "syslog.", "webbrowser.", "urllib.", "http.", "ftplib.", "smtplib.",
    "sqlite3.", "winreg.", "_winapi.", "msvcrt.", "gc.", "sys.addaudithook", "sys.settrace",
    "sys.setprofile", "sys.unraisablehook", "cpython.run_",
)  # fmt: skip
_HARMLESS = {"os.listdir", "os.scandir", "os.fspath"}


def drawn_in_child(source: str) -> DrawnGraph:
    """Runs a diagram cell in a child process and gives what it draws.

    Raises `DrawingError` for every slip of the code, and `GraderError` when no child can be started.
    """
    if len(source) > MOST_SOURCE:
        raise DrawingError(f"the cell has more than {MOST_SOURCE} characters", do="draw with less code")
    with tempfile.TemporaryDirectory() as scratch:
        answer, status = _run(source, scratch)
    if status == 0 and answer:
        return _read(answer)
    if len(answer) >= MOST_BACK:
        raise DrawingError("the drawing is larger than 2 MB", slip="a loop that draws again and again", do="draw less")
    raise DrawingError(
        f"the cell did not finish within {COMPUTING} s of computing, or within its memory",
        slip="a loop without an end, or a text or list that grows and grows",
        do="look at the loops of the cell: each one must end",
    )


def _run(source: str, scratch: str) -> tuple[bytes, int]:
    environment = {name: os.environ[name] for name in ("SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
    # `-c` with the parent's search path, because `-m` and the site's own settings may differ in the child
    start = (
        f"import sys; sys.path[:0] = {[entry for entry in sys.path if entry]!r}; "
        "from sagalab.architecture.child import serve; "
        f"serve({COMPUTING})"
    )
    try:
        child = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", start], cwd=scratch, env=environment, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError as error:
        raise GraderError(f"no child process could be started to draw in: {error}") from error
    assert child.stdin is not None and child.stdout is not None
    watchdog = threading.Timer(PATIENCE, child.kill)
    watchdog.start()
    try:
        with child.stdin as pipe:
            pipe.write(source.encode("utf-8", "replace"))
    except BrokenPipeError:
        pass  # the child ended before it read everything; its status says how
    try:
        answer = child.stdout.read(MOST_BACK)
        if len(answer) >= MOST_BACK:
            child.kill()
        return answer, child.wait()
    finally:
        watchdog.cancel()
        child.kill()
        child.stdout.close()


def _read(answer: bytes) -> DrawnGraph:
    try:
        row = json.loads(answer)
    except ValueError:
        raise DrawingError("the drawing came back damaged", do="run the cell again") from None
    if isinstance(row, dict) and "error" in row:
        told = {name: str(row["error"].get(name, ""))[:1000] for name in ("what", "where", "slip", "do")}
        kind = NothingDrawn if row.get("nothing") else DrawingError
        raise kind(told["what"], where=told["where"], slip=told["slip"], do=told["do"])
    if isinstance(row, dict) and "fault" in row:
        raise GraderError(f"the child that draws failed: {str(row['fault'])[:500]}")
    return DrawnGraph.from_json(row)


def serve(computing: int) -> None:
    """Is what the child does: reads the cell, closes the doors, runs it, writes JSON.

    `computing` is the processor time that the cell may use, in seconds.
    """
    source = sys.stdin.buffer.read().decode("utf-8", "replace")
    back = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    answer: dict[str, Any]
    try:
        from sagalab.architecture.recorder import drawn

        _load()
        _limit(computing)
        _close_the_doors()
    except Exception as error:
        answer = {"fault": f"{type(error).__name__}: {error}"}
    else:
        try:
            answer = drawn(source).to_json()
        except DrawingError as error:
            answer = {"error": {"what": error.what, "where": error.where, "slip": error.slip, "do": error.do}}
            answer["nothing"] = isinstance(error, NothingDrawn)
        except BaseException as error:  # whatever the cell raised, the answer goes back in words
            answer = {"error": {"what": f"the cell raised {type(error).__name__}", "do": "take that line out"}}
    back.write(json.dumps(answer).encode())
    back.flush()
    os._exit(0)


def _load() -> None:
    """Imports what drawing needs, before the doors close."""
    import uuid

    import diagrams.aws.compute
    import diagrams.aws.integration
    import diagrams.custom  # noqa: F401

    uuid.uuid4()  # noqa: TID251  (loads what it needs to; the ids themselves are thrown away)


def _limit(computing: int) -> None:
    """Sets the limits of processor time, memory, files and processes, where the system has them."""
    try:
        import resource
    except ImportError:
        return  # Windows: the watchdog of the parent remains
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    for name, most in (
        ("RLIMIT_CPU", spent + computing), ("RLIMIT_AS", MEMORY), ("RLIMIT_FSIZE", 0), ("RLIMIT_NPROC", 0),
        ("RLIMIT_CORE", 0),
    ):  # fmt: skip
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):
            continue  # a limit that this system does not know; the others hold


def _close_the_doors() -> None:
    """Makes the interpreter itself refuse everything but drawing; this cannot be taken back."""
    import diagrams
    import graphviz

    folders = [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")]
    folders += [os.path.dirname(str(package.__file__)) for package in (diagrams, graphviz)]
    homes = tuple({os.path.realpath(folder) + os.sep for folder in folders})
    writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

    def watch(event: str, given: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = given
            reads = not set(mode or "r") & set("wax+") and not int(flags or 0) & writes
            if reads and isinstance(path, str) and os.path.realpath(path).startswith(homes):
                return
            _refuse("opens a file")
        if event.startswith(_REFUSED) and event not in _HARMLESS:
            _refuse(f"reaches out of the drawing ({event})")

    sys.addaudithook(watch)


def _refuse(what: str) -> None:
    from sagalab.architecture.recorder import _line_now

    line = _line_now()
    raise DrawingError(
        f"the cell {what}",
        where=f"line {line}" if line else "",
        slip="a diagram cell only draws",
        do="take that line out",
    )
