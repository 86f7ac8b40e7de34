"""The registry of probes: one for each patched place of moto."""

from __future__ import annotations

from collections.abc import Callable

Probe = Callable[[], None]
PROBES: dict[str, Probe] = {}
SFN = "moto.stepfunctions.parser"
CALLBACK = f"{SFN}.asl.component.state.exec.state_task.service.state_task_service_callback"


def probe(*seams: str) -> Callable[[Probe], Probe]:
    """Registers the probe of patched places."""

    def register(function: Probe) -> Probe:
        PROBES.update(dict.fromkeys(seams, function))
        return function

    return register
