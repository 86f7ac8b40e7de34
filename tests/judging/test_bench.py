"""The judge's bench: restored deployments, a fork per scenario, the same seed the same history."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from sagalab.course import course
from sagalab.evidence import Evidence
from sagalab.hosts.fork_server import Forker, start
from sagalab.hosts.limits import clean_environment
from sagalab.invariants import violations
from sagalab.judging.bench import Bench
from sagalab.judging.submission import Budget, NotebookProcess, cells_of
from sagalab.scenario import APPROACHES, declined, healthy, out_of_stock


@pytest.fixture(scope="module")
def reference() -> Iterator[tuple[NotebookProcess, Evidence]]:
    """Runs the course's own project once."""
    import nbformat

    source = course().root / "solutions" / "11_project" / "11_project.ipynb"
    process = NotebookProcess(None, Budget())
    try:
        _, evidence = process.run(cells_of(nbformat.read(source, as_version=4)))
        yield process, evidence
    finally:
        process.close()


@pytest.fixture(scope="module")
def bench(reference: tuple[NotebookProcess, Evidence], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = str(tmp_path_factory.mktemp("functions"))
    functions, warm = start("sagalab.hosts.function_host", clean_environment(folder), folder)
    made = Bench(reference[1].deployment, Forker(reference[0].control), functions)
    yield made
    made.close()
    warm.kill()
    warm.wait()


@pytest.mark.parametrize("approach", APPROACHES)
def test_the_reference_keeps_its_promises_and_repeats_itself(bench: Bench, approach: str) -> None:
    for make in (healthy, declined, out_of_stock):
        scenario = make(approach, "bench")  # type: ignore[operator]
        first, second = bench.run(scenario)[0], bench.run(scenario)[0]
        assert violations(first, scenario.expectation) == []
        assert first.text() == second.text()


def test_other_seeds_give_other_orders_and_other_histories(bench: Bench) -> None:
    texts = {bench.run(healthy("choreography", seed, 3))[0].text() for seed in "abc"}
    assert len(texts) == 3


def test_nothing_of_one_scenario_is_left_in_the_next(bench: Bench) -> None:
    scenario = healthy("choreography", "left")
    before = bench.run(scenario)[0].text()
    bench.run(healthy("orchestration", "between", 3))
    assert bench.run(scenario)[0].text() == before
    assert bench.clock.now == 0


HASHED = """
import sys
sys.path.insert(0, {tests!r})
from sagalab.scenario import orders_from, healthy
print(orders_from("s", 5), healthy("orchestration", "s").line())
"""


def test_orders_do_not_depend_on_pythons_hash_seed() -> None:
    def printed(hash_seed: str) -> str:
        code = HASHED.format(tests=str(course().root))
        return subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": hash_seed}
        ).stdout

    assert printed("1") == printed("2") != ""
