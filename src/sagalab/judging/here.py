"""Judging from inside a running notebook: the kernel is the learner's process, the judge is another one.

The kernel answers the judge's requests by forking itself while it waits. Runs that several checks share are
kept in the judge until a cell is run that is no check.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import re
import socket
import sys
from collections.abc import Callable
from typing import Any

from sagalab.criteria.finding import Finding, unknown
from sagalab.deployment import Deployment
from sagalab.elsewhere import judged_elsewhere
from sagalab.errors import NotSupportedHere
from sagalab.evidence import Evidence, gather
from sagalab.hosts.entry import serve_calls
from sagalab.hosts.fork_server import control_pair, serve_one
from sagalab.hosts.limits import Limits
from sagalab.judging.process import Judge

HOME_SEED = "home"
_LOOK = re.compile(r"^\s*(check|hint|solution|progress|predict|submit)\(")
_judge: tuple[Judge, socket.socket] | None = None


def judge_here(
    deployed: Callable[[], Deployment], refused: Callable[[], list[str]], shell: Any, criterion: str
) -> Finding:
    """Judges one criterion of the notebook that runs in this process.

    `deployed` reads what its lab holds, `refused` what AWS refused to deploy there; `shell` is its IPython shell,
    None outside of IPython.
    """
    if judged_elsewhere():
        return unknown(criterion, "This is judged after the notebook ran.", facts={"manual": True})
    if not hasattr(os, "fork"):
        raise NotSupportedHere(
            "checks inside a notebook need a system that can fork",
            do="run `sagalab check` in WSL, or on Linux or macOS",
        )
    namespace: dict[str, Any] = shell.user_ns if shell is not None else sys.modules["__main__"].__dict__
    evidence = gather(namespace, deployed, refused())
    if criterion == "f-submission":
        return _mail(namespace, evidence)
    judge, control = _warm()
    child = serve_calls(namespace)
    found = judge.ask(
        evidence,
        [criterion],
        HOME_SEED,
        progress=_say,
        serve=(control, lambda: serve_one(control, child, Limits(memory=4000))),
        state=_state(shell, evidence),
    )
    _say("")
    return found[criterion]


def _warm() -> tuple[Judge, socket.socket]:
    """Gives the judge of this kernel, started at the first check."""
    global _judge
    if _judge is None or not _judge[0].alive():
        ours, theirs = control_pair()
        _judge = (Judge(theirs), ours)
        theirs.close()
        atexit.register(close)
    return _judge


def close() -> None:
    """Ends this kernel's judge."""
    global _judge
    if _judge is not None:
        _judge[0].close()
        _judge[1].close()
        _judge = None


def _state(shell: Any, evidence: Evidence) -> str:
    """Names what the judge's kept runs depend on: the evidence, and every cell run that is no check."""
    cells = [] if shell is None else [text for text in shell.user_ns.get("In", []) if not _LOOK.match(text)]
    text = json.dumps([evidence.model_dump(mode="json"), cells], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _say(words: str) -> None:
    """Shows what the judge is doing, on one line that goes away."""
    try:
        from IPython.display import clear_output
    except ImportError:
        return
    if words:
        clear_output(wait=True)
        print(f"{words} ...", flush=True)
    else:
        clear_output(wait=False)


def _mail(namespace: dict[str, Any], evidence: Evidence) -> Finding:
    """Judges the packed e-mail beside the notebook, or a fresh one."""
    from pathlib import Path

    import nbformat

    from sagalab.course import course
    from sagalab.judging.submission import judge_mail
    from sagalab.learner.submit import notebook_here

    path = notebook_here()
    notebook = nbformat.read(path, as_version=4)
    mail = Path(path).with_suffix(".eml")
    evidence.ran = True  # Whoever calls this ran the cells above; the grader runs them again.
    return judge_mail(notebook, course(), evidence, mail.read_bytes() if mail.is_file() else None)
