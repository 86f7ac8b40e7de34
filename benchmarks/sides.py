"""The sides of each row. `python -m benchmarks.sides NAME` runs one and prints its number."""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import perf_counter

from benchmarks import choreography, grading_side, judging_side, kernel_side, moto_side, saga

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


def events_ours() -> float:
    """Choreographed sagas per second in a lab, handlers included."""
    from sagalab import Lab

    lab = Lab()
    choreography.deploy_functions(choreography.deploy(), lab.role_arn, saga.zipped())
    orders = [lab.order(f"b-{number}", 10.0) for number in range(EXECUTIONS + 1)]
    choreography.emit("OrderCreated", orders.pop())
    lab.run(until="quiet")
    began = perf_counter()
    for order in orders:
        choreography.emit("OrderCreated", order)
    lab.run(until="quiet")
    took = perf_counter() - began
    told = len(lab.history().of("effect", what="told"))
    if told != EXECUTIONS + 1:
        raise RuntimeError(f"{told} of {EXECUTIONS + 1} customers were told")
    return EXECUTIONS / took


def events_moto() -> float:
    """Choreographed sagas per second in bare moto, which polls no queue: messages are passed on by hand."""
    with moto_side.cloud():
        urls = choreography.deploy()
        choreography.emit("OrderCreated", "warm")
        choreography.pass_on(urls, 1)
        began = perf_counter()
        for number in range(EXECUTIONS):
            choreography.emit("OrderCreated", f"b-{number}")
        choreography.pass_on(urls, EXECUTIONS)
        return EXECUTIONS / (perf_counter() - began)


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
    "events_ours": events_ours,
    "events_moto": events_moto,
    "hour_ours": hour_ours,
    "kernel_ours": kernel_side.ours,
    "kernel_moto": kernel_side.moto,
    "scenarios": judging_side.scenarios,
    "memory": judging_side.memory,
    "project": judging_side.project,
    "grading_ours": grading_side.ours,
    "grading_stock": grading_side.stock,
}

if __name__ == "__main__":
    print(SIDES[sys.argv[1]]())
