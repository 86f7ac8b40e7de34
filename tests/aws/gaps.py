"""One probe per patched place of moto: it passes on our cloud, and must fail where that patch alone is undone.

Run as a program it is told, line by line, a seam and "undone" or "patched"; it runs the seam's probe in a fork of its own,
with that patch undone or with all in place, and prints as JSON how the probe ended. A probe that passes undone says that
moto no longer needs the patch.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any

from tests.aws import (  # noqa: F401 - they register probes
    probes_of_answers,
    probes_of_archives,
    probes_of_bad_input,
    probes_of_buckets,
    probes_of_cloudwatch,
    probes_of_evaluation,
    probes_of_failures,
    probes_of_fields,
    probes_of_functions,
    probes_of_histories,
    probes_of_lambda,
    probes_of_machines,
    probes_of_queues,
    probes_of_requests,
    probes_of_services,
    probes_of_tables,
    probes_of_tasks,
    probes_of_topics,
    probes_of_workflows,
)
from tests.aws.building import Account
from tests.aws.probing import PROBES, Probe


def _resolve(seam: str) -> tuple[Any, str, Any]:
    module, _, path = seam.partition(":")
    owner: Any = importlib.import_module(module)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    # A static method must go back as one.
    value = owner.__dict__[name] if name in vars(owner) else getattr(owner, name, None)
    return owner, name, value


def _in_fork(work: Probe) -> str:
    """Runs a probe in a fork; gives "" when it passes, else what it raised."""
    reader, writer = os.pipe()
    if (pid := os.fork()) == 0:
        words, nowhere = "", os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)  # What moto says about its own failures is not news here.
        os.dup2(nowhere, 2)
        try:
            work()
        except BaseException as error:
            words = f"{type(error).__name__}: {error}"[:300] or "failed"
        os.write(writer, words.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        words = stream.read()
    os.waitpid(pid, 0)
    return words


def main() -> None:
    """Answers until its input ends."""
    from sagalab.aws import cloud

    cloud.load()
    originals = {seam: _resolve(seam) for seam in PROBES}  # None for what moto does not have at all
    cloud.install()
    from sagalab.aws.warming import warm_up

    warm_up()
    Account().close()
    for line in sys.stdin:
        seam, how = line.split()
        owner, name, value = originals[seam]

        def undone(owner: Any = owner, name: str = name, value: Any = value, seam: str = seam) -> None:
            setattr(owner, name, value)
            PROBES[seam]()

        print(json.dumps(_in_fork(undone if how == "undone" else PROBES[seam])), flush=True)


if __name__ == "__main__":
    main()
