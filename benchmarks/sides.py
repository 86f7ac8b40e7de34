"""The sides of each row. `python -m benchmarks.sides NAME` runs one and prints its number."""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import perf_counter

from benchmarks import grading_side, judging_side, kernel_side, moto_side, saga

EXECUTIONS = 60
HOUR = {"StartAt": "Hour", "States": {"Hour": {"Type": "Wait", "Seconds": 3600, "End": True}}}


def sagas_ours() -> float:
    """Saga executions per second in a lab, handlers included."""
    from sagalab import Lab

    lab = Lab()
    machine = saga.deploy(lab.role_arn, saga.zipped())
    orders = [lab.order(f"b-{number}", 10.0) for number in range(EXECUTIONS + 1)]
    saga.start(machine, orders.pop())
    lab.run(until="quiet")
    began = perf_counter()
    executions = [saga.start(machine, order) for order in orders]
    lab.run(until="quiet")
    took = perf_counter() - began
    saga.expect_success(executions)
    return EXECUTIONS / took


def sagas_moto() -> float:
    """Saga executions per second in bare moto."""
    code = saga.zipped()
    with moto_side.cloud() as role:
        machine = saga.deploy(role, code)
        moto_side.wait_for([saga.start(machine, "warm")])
        began = perf_counter()
        executions = [saga.start(machine, f"b-{number}") for number in range(EXECUTIONS)]
        moto_side.wait_for(executions)
        took = perf_counter() - began
        saga.expect_success(executions)
    return EXECUTIONS / took


def hour_ours() -> float:
    """Milliseconds that an hour of waiting in a state machine takes in a lab."""
    from sagalab import Lab

    lab = Lab()
    machine = saga.create("Hour", HOUR, lab.role_arn)
    saga.start(machine, "warm")
    lab.run(until="quiet")
    began = perf_counter()
    execution = saga.start(machine, "measured")
    lab.run(until="quiet")
    took = perf_counter() - began
    saga.expect_success([execution])
    return took * 1000


SIDES: dict[str, Callable[[], float]] = {
    "sagas_ours": sagas_ours,
    "sagas_moto": sagas_moto,
    "hour_ours": hour_ours,
    "kernel_ours": kernel_side.ours,
    "kernel_moto": kernel_side.moto,
    "scenarios": judging_side.scenarios,
    "project": judging_side.project,
    "grading_ours": grading_side.ours,
    "grading_stock": grading_side.stock,
}

if __name__ == "__main__":
    print(SIDES[sys.argv[1]]())
