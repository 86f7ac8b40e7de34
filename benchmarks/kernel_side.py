"""From starting a Jupyter kernel to the end of its first workflow, in seconds."""

from __future__ import annotations

from time import perf_counter

FIRST_OURS = """
from benchmarks import saga
from sagalab import Lab
lab = Lab()
machine = saga.deploy(lab.role_arn, saga.zipped())
execution = saga.start(machine, lab.order("first", 10.0))
lab.run(until="quiet")
saga.expect_success([execution])
"""
FIRST_MOTO = """
from benchmarks import moto_side, saga
code = saga.zipped()
with moto_side.cloud() as role:
    execution = saga.start(saga.deploy(role, code), "first")
    moto_side.wait_for([execution])
    saga.expect_success([execution])
"""


def ours() -> float:
    """Seconds with the lab."""
    return _first_workflow(FIRST_OURS)


def moto() -> float:
    """Seconds with bare moto."""
    return _first_workflow(FIRST_MOTO)


def _first_workflow(cell: str) -> float:
    from jupyter_client.manager import KernelManager

    began = perf_counter()
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=120)
        reply = client.execute_interactive(cell, timeout=300, allow_stdin=False)
        took = perf_counter() - began
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    if reply["content"]["status"] != "ok":
        raise RuntimeError(f"the cell failed: {reply['content'].get('evalue')}")
    return took
