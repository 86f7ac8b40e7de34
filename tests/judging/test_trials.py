"""Load and outages: the knee is where latency climbs, and the lab's own numbers are the judge's."""

from __future__ import annotations

import json
from statistics import median

import pytest

from sagalab.aws.current import cloud
from sagalab.aws.quotas import SMALL, Quotas
from sagalab.course import course
from sagalab.criteria.measurements import MEASURES, measure
from sagalab.criteria.recommendation import agrees
from sagalab.criteria.trials import orders_per_second_at_the_knee
from sagalab.evidence import Evidence
from sagalab.hosts.fork_server import Forker
from sagalab.judging.bench import Bench
from sagalab.judging.case import Case
from sagalab.judging.submission import Budget, NotebookProcess, cells_of
from sagalab.judging.trials import FEW, MANY, at_once, on_bench
from sagalab.recommendation import APPROACHES, MEASURABLE
from sagalab.scenario import healthy, orders_from
from tests.judging.designs import STEPS
from tests.submissions.recipes import project


def knee(bench: Bench, seed: str) -> float:
    few, many = (on_bench(bench)(healthy("orchestration", f"{seed}{n}", n), at_once) for n in (FEW, MANY))
    return orders_per_second_at_the_knee(few, many)


def latency(bench: Bench, rate: float, count: int = 24) -> float:
    """Gives the median seconds that an order takes when so many arrive in a second, in a small account."""
    scenario = healthy("orchestration", "arrivals", count)

    def drive(stage):
        cloud().quotas = Quotas(stage.run.clock, SMALL)
        for number, order in enumerate(scenario.orders):
            stage.run.start_order(order.order_id, stage.start, number / rate)
        stage.run.clock.run(until=3600)
        return {}

    history, _ = bench.run(scenario, drive)
    took = [
        max(fact.at for fact in history.of("effect", order_id=order.order_id)) - number / rate
        for number, order in enumerate(orders_from("arrivals", count)[0])
    ]
    return median(took)


def test_below_the_knee_an_order_waits_for_nobody_and_above_it_latency_climbs(bench) -> None:
    made = bench()
    found = knee(made, "s")
    alone, below, above = (latency(made, found * factor) for factor in (0.1, 0.8, 1.6))
    assert below < alone * 1.5
    assert above > alone * 3


def test_the_knee_is_the_engine_s_quota_over_the_states_of_an_order(bench) -> None:
    assert knee(bench(), "s") == pytest.approx(5_000 * SMALL / 4, rel=0.05)


def test_a_load_is_the_same_byte_for_byte(bench) -> None:
    made, scenario = bench(), healthy("orchestration", "s", FEW)
    first, again = (on_bench(made)(scenario, at_once).text() for _ in range(2))
    assert first == again


def test_orders_that_do_not_finish_under_load_leave_no_knee(bench) -> None:
    from sagalab.errors import NotSupportedHere

    silent = STEPS.replace("def tell(event, context):\n", "def tell(event, context):\n    return\n")
    with pytest.raises(NotSupportedHere, match="4 of 4 orders did not finish"):
        knee(bench(silent), "s")


def test_the_lab_s_own_measurements_are_the_judge_s(functions: Forker) -> None:
    starts = '{"orchestration": start_workflow, "choreography": emit_order_created}'
    ask = (
        f'import json\nprint(json.dumps(lab.measurements("1001", "1002", starts={starts})))\nprint(len(lab.history()))'
    )
    cells = [*cells_of(project(course())), {"code": True, "source": "print(len(lab.history()))\n" + ask}]
    process = NotebookProcess(None, Budget())
    try:
        outputs, evidence = process.run(cells)
        before, said, after = "".join(row["text"] for row in outputs[-1] if "text" in row).splitlines()
        found = json.loads(said)
        again = _judged(evidence, process, functions)
    finally:
        process.close()
    assert before == after  # the lab did not notice
    assert set(found) == set(MEASURABLE) == set(MEASURES)
    wrong = [(name, row, again[name]) for name, row in found.items() if not _agree(name, row, again[name])]
    assert wrong == []
    assert again["orders_hurt_by_one_outage"]["orchestration"] > again["orders_hurt_by_one_outage"]["choreography"] == 0


def _agree(name: str, cited: dict[str, float], found: dict[str, float]) -> bool:
    return all(agrees(name, cited[approach], found[approach]) for approach in APPROACHES)


def _judged(evidence: Evidence, process: NotebookProcess, functions: Forker) -> dict[str, dict[str, float]]:
    bench = Bench(evidence.deployment, Forker(process.control), functions)
    try:
        case = Case(evidence, bench, "another seed")
        return {
            name: {one: measure(name, evidence.deployment, case.trial(one)) for one in APPROACHES} for name in MEASURES
        }
    finally:
        bench.close()
