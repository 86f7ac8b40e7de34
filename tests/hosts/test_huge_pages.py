"""Huge pages change nothing but the cost of a fork."""

from __future__ import annotations

import subprocess
import sys

from sagalab.hosts.huge_pages import SIZE, _regions

PROGRAM = """
from sagalab.hosts.huge_pages import collapse
kept = [str(number) for number in range(500_000)]
megabytes = collapse()
assert kept == [str(number) for number in range(500_000)]
print(megabytes)
"""


def test_memory_reads_the_same_after_it_was_moved() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and int(done.stdout) >= 0, done.stderr


def test_regions_are_whole_huge_pages() -> None:
    assert all(start % SIZE == 0 and end % SIZE == 0 and start < end for start, end in _regions())
