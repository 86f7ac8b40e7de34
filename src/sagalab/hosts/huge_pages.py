"""Makes a warm process cheap to fork: few garbage collections in its forks, and few pages to copy.

A fork copies one entry for each page, and copies each page that is written later. Most of a warm process is
never written again. Where Linux can (6.1 and later, https://man7.org/linux/man-pages/man2/madvise.2.html),
its memory is put on pages of 2 MB, of which there are five hundred times fewer.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from pathlib import Path

from sagalab.hosts.limits import libc

COLLAPSE = 25  # MADV_COLLAPSE
SIZE = 2 * 1024 * 1024  # bytes of a huge page on x86-64 and, mostly, on ARM


def settle() -> None:
    """Leaves garbage behind now, keeps what is left out of later collections, and takes huge pages for it."""
    if sys.platform == "linux":
        libc()
    gc.collect()
    gc.freeze()
    collapse()


def collapse() -> int:
    """Puts this process's own memory on huge pages; gives the megabytes that are on them, 0 where that cannot be."""
    if sys.platform != "linux":
        return 0
    madvise = libc().madvise
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    done = 0
    for start, end in _regions():
        for place in range(start, end, SIZE):
            done += madvise(place, SIZE, COLLAPSE) == 0
    return done * SIZE // 2**20


def _regions() -> list[tuple[int, int]]:
    """Gives the anonymous, writable regions of this process, cut to whole huge pages."""
    found = []
    for line in Path("/proc/self/maps").read_text(encoding="ascii", errors="replace").splitlines():
        span, access, _, _, inode, *name = line.split(maxsplit=5)
        if access != "rw-p" or inode != "0" or (name and name[0] != "[heap]"):
            continue
        low, high = (int(part, 16) for part in span.split("-"))
        start, end = -(-low // SIZE) * SIZE, high // SIZE * SIZE
        if start < end:
            found.append((start, end))
    return found
