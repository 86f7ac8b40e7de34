"""Judging the reference project on one core: single scenarios, and the project as a whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

SCENARIOS = 100  # of each approach, spread over all that the exploration strikes
PROJECT = "11_project"
FILLING, WATCHED, ASKED = 3000, 1000, 10_000  # scenarios until all that may be kept is kept, then, and asked about


def scenarios() -> float:
    """Scenarios run and judged per second, functions in hosts, by all processes on one core."""
    from sagalab.explore import singles
    from sagalab.scenario import APPROACHES

    with _one_core(), _case() as case:
        wanted = {}
        for approach in APPROACHES:
            found = [schedule.scenario for schedule in singles(case.bases(approach))]
            wanted[approach] = found[:: max(1, len(found) // SCENARIOS)][:SCENARIOS]
        began = perf_counter()
        broken = [ran for approach, rows in wanted.items() for ran in case.struck(approach, rows) if ran.broken()]
        took = perf_counter() - began
    if broken:
        raise RuntimeError(f"the reference breaks a promise: {broken[0].scenario.line()}")
    return sum(map(len, wanted.values())) / took


def memory() -> float:
    """Megabytes by which a judge grows over 10,000 scenarios, no two alike: 4,000 of them, and the last ones' pace."""
    from sagalab.scenario import APPROACHES, healthy

    with _case() as case:

        def grown(count: int, name: str) -> float:
            before = _resident()
            for number in range(count):
                case.bench.run(healthy(APPROACHES[number % 2], f"{name}:{number}"))
            return _resident() - before

        grown(2, "warm")
        filling, pace = grown(FILLING, "filling"), grown(WATCHED, "watched") / WATCHED
        return filling + max(0.0, pace) * (ASKED - FILLING)


def _resident() -> float:
    """Gives the megabytes of memory that this process has, of Linux alone."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def project() -> float:
    """Seconds to run and judge the whole project on one core, its notebook included."""
    from sagalab.course import course
    from sagalab.judging.submission import judge_notebook

    here = course()
    criteria = [row.id for row in here.criteria(PROJECT) if not row.manual]
    notebook = _notebook(here)
    with _one_core():
        began = perf_counter()
        judged = judge_notebook(notebook, here, criteria, "bench")
        took = perf_counter() - began
    lost = [name for name, finding in judged.findings.items() if finding.fraction < 1]
    if lost:
        raise RuntimeError(f"the reference loses {lost}")
    return took


def _notebook(here: Any) -> Any:
    import nbformat

    return nbformat.read(here.root / "solutions" / PROJECT / f"{PROJECT}.ipynb", as_version=4)


@contextmanager
def _one_core() -> Iterator[None]:
    """Binds this process and what it starts to one core, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def _case() -> Iterator[Any]:
    """Gives the reference project before the judge, its notebook run and its deployment restored."""
    from sagalab.course import course
    from sagalab.hosts.fork_server import Forker, start
    from sagalab.hosts.limits import clean_environment
    from sagalab.judging.bench import Bench
    from sagalab.judging.case import Case
    from sagalab.judging.submission import Budget, NotebookProcess, cells_of

    process = NotebookProcess(None, Budget())
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        functions, warm = start("sagalab.hosts.function_host", clean_environment(folder), folder)
        try:
            _, evidence = process.run(cells_of(_notebook(course())))
            case = Case(evidence, Bench(evidence.deployment, Forker(process.control), functions), "bench")
            yield case
            case.close()
        finally:
            warm.kill()
            warm.wait()
            process.close()
