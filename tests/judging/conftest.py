"""A bench around the small design, and one warm process for all functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from sagalab.deployment import Deployment
from sagalab.hosts.fork_server import Forker, start
from sagalab.hosts.limits import clean_environment
from sagalab.judging.bench import Bench
from tests.judging.designs import STEPS, deployed, learner, starter

BenchMaker = Callable[..., Bench]


@pytest.fixture(scope="session")
def functions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forker]:
    folder = str(tmp_path_factory.mktemp("functions"))
    forker, process = start("sagalab.hosts.function_host", clean_environment(folder), folder)
    yield forker
    forker.close()
    process.kill()
    process.wait()


@pytest.fixture(scope="session")
def deployment() -> Deployment:
    return deployed()


@pytest.fixture
def bench(functions: Forker) -> Iterator[BenchMaker]:
    """Makes benches: the small design, with other handlers or other functions of the learner where given."""
    with ExitStack() as stack:

        def make(steps: str = STEPS, **names: Any) -> Bench:
            forker = stack.enter_context(learner(**{"start_workflow": starter(), **names}))
            made = Bench(deployed(steps), forker, functions)
            stack.callback(made.close)
            return made

        yield make
