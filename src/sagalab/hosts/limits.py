"""Bounds on what a child may use. The full sandbox (namespaces, system calls) hooks in here later."""

from __future__ import annotations

import ctypes
import functools
import os
import signal
import sys
from dataclasses import dataclass
from typing import Any

MEGABYTE = 1024 * 1024
_DUMPABLE, _PARENT_DEATH, _DROP_CAPABILITY, _NO_NEW_PRIVILEGES = 4, 1, 24, 38  # of Linux's prctl
_CAPABILITIES_3 = 0x20080522


@dataclass(frozen=True)
class Limits:
    """CPU in seconds, memory and file size in megabytes, and counts."""

    cpu: int = 5
    memory: int = 1200
    file_size: int = 32
    files: int = 128
    processes: int = 256


@functools.cache
def libc() -> Any:
    """Gives the C library, looked up once: a fork that looks it up itself pays for it each time."""
    return ctypes.CDLL(None, use_errno=True)


def apply(limits: Limits) -> None:
    """Binds this process and its children to the limits, and to their parent's life where the system can.

    At the end of its processor time a process gets SIGXCPU, and a second later it is killed.
    """
    die_with_parent()
    drop_privileges()
    try:
        import resource
    except ImportError:
        return  # Windows: the wall-clock watchdog of the parent stays.
    wanted = {
        "RLIMIT_CPU": (limits.cpu, limits.cpu + 1),
        "RLIMIT_AS": (limits.memory * MEGABYTE,) * 2,
        "RLIMIT_FSIZE": (limits.file_size * MEGABYTE,) * 2,
        "RLIMIT_NOFILE": (limits.files,) * 2,
        "RLIMIT_NPROC": (limits.processes,) * 2,
        "RLIMIT_CORE": (0, 0),
    }
    for name, bounds in wanted.items():
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        _, hard = resource.getrlimit(kind)
        soft, last = (bound if hard == resource.RLIM_INFINITY else min(bound, hard) for bound in bounds)
        try:
            resource.setrlimit(kind, (soft, last))
        except (ValueError, OSError):
            continue  # macOS refuses some of them; the others hold.


def die_with_parent() -> None:
    """Asks Linux to kill this process when its parent ends."""
    if sys.platform != "linux":
        return
    libc().prctl(_PARENT_DEATH, signal.SIGKILL)
    if os.getppid() == 1:
        os._exit(1)  # The parent was gone before we asked.


def keep_private() -> None:
    """Hides this process's memory and environment from others of the same user."""
    if sys.platform == "linux":
        libc().prctl(_DUMPABLE, 0, 0, 0, 0)


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


def drop_privileges() -> None:
    """Gives up root's powers over other processes and files, for good; root's own files stay readable."""
    if sys.platform != "linux":
        return
    libc().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    for number in range(64):
        if libc().prctl(_DROP_CAPABILITY, number, 0, 0, 0) != 0:
            break  # An ordinary user may not, and has none; or there is no capability of that number.
    libc().capset(ctypes.byref(_Header(_CAPABILITIES_3, 0)), ctypes.byref((ctypes.c_uint32 * 6)()))


def places(scratch: str) -> dict[str, str]:
    """Gives the variables that lead whatever a child writes to its own folder."""
    return dict.fromkeys(("HOME", "TMPDIR", "MPLCONFIGDIR", "IPYTHONDIR"), scratch)


def clean_environment(scratch: str) -> dict[str, str]:
    """Gives the environment of a child that runs learner code: an allow-list, never the grader's own."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "SYSTEMROOT") if name in os.environ}
    return {
        **kept,
        **places(scratch),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
