"""Bounds on what a child may use. The full sandbox (namespaces, system calls) hooks in here later."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """CPU in seconds, memory and file size in megabytes, and counts."""

    cpu: int = 5
    memory: int = 1200
    file_size: int = 32
    files: int = 128
    processes: int = 256


def apply(limits: Limits) -> None:
    """Binds this process and its children to the limits, and to their parent's life where the system can."""
    die_with_parent()
    try:
        import resource
    except ImportError:
        return  # Windows: the wall-clock watchdog of the parent stays.
    wanted = {
        "RLIMIT_CPU": limits.cpu,
        "RLIMIT_AS": limits.memory * MEGABYTE,
        "RLIMIT_FSIZE": limits.file_size * MEGABYTE,
        "RLIMIT_NOFILE": limits.files,
        "RLIMIT_NPROC": limits.processes,
        "RLIMIT_CORE": 0,
    }
    for name, value in wanted.items():
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        _, hard = resource.getrlimit(kind)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (bound, bound))
        except (ValueError, OSError):
            continue  # macOS refuses some of them; the others hold.


def die_with_parent() -> None:
    """Asks Linux to kill this process when its parent ends."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)
    if os.getppid() == 1:
        os._exit(1)  # The parent was gone before we asked.


def clean_environment(scratch: str) -> dict[str, str]:
    """Gives the environment of a child that runs learner code: an allow-list, never the grader's own."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "SYSTEMROOT") if name in os.environ}
    return {
        **kept,
        "HOME": scratch,
        "TMPDIR": scratch,
        "MPLCONFIGDIR": scratch,
        "IPYTHONDIR": scratch,
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
