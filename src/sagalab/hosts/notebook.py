"""A child that runs a whole notebook, brings its evidence, and stays alive to be called.

Brought up from the warm process `python -m sagalab.hosts.notebook FD`. It gets the notebook's cells over its channel,
runs them in one InteractiveShell without a kernel, answers with outputs and evidence, and then forks a child
for each request on the control socket that came along, until that closes.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sagalab.errors import CellTimeout
from sagalab.hosts import files, inside, warm_process
from sagalab.hosts.channel import Channel
from sagalab.hosts.entry import serve_calls
from sagalab.hosts.fork_server import serve
from sagalab.hosts.huge_pages import settle
from sagalab.hosts.limits import Limits, apply, places

STREAM = 20_000  # characters of text output that a cell keeps
DISPLAY = 2_000_000  # characters of one display that a cell keeps
DISPLAYS = 20  # displays that a cell keeps
CALLS = 5  # CPU seconds for all calls that one fork answers
TRACE = 6000  # characters of an error's traceback

USUAL = (
    "boto3", "IPython.core.interactiveshell", "sagalab.aws.cloud", "sagalab.lab", "sagalab.learner",
    "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "PIL.Image", "graphviz", "sagalab.pictures",
    "diagrams.aws.compute", "diagrams.aws.integration",
)  # fmt: skip

Output = dict[str, Any]


class _Stream:
    """Takes what a cell prints, and keeps a bounded part of it."""

    def __init__(self, outputs: list[Output], name: str) -> None:
        self.outputs, self.name = outputs, name
        self.encoding, self.errors = "utf-8", "replace"
        self._kept = 0

    def write(self, text: str) -> int:
        room = STREAM - self._kept
        if room > 0 and text:
            self._kept += len(text)
            part = text if len(text) <= room else text[:room] + "\n... more output was left out\n"
            last = self.outputs[-1] if self.outputs else None
            if last and last["output_type"] == "stream" and last["name"] == self.name:
                last["text"] += part
            else:
                self.outputs.append({"output_type": "stream", "name": self.name, "text": part})
        return len(text)

    def flush(self) -> None:
        """Has nothing to flush."""

    def isatty(self) -> bool:
        return False


def _shell(outputs: list[Output]) -> Any:
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    def keep(kind: str, data: dict[str, Any], metadata: dict[str, Any] | None) -> None:
        shown = {name: value for name, value in data.items() if len(str(value)) <= DISPLAY}
        if shown and sum(row["output_type"] != "stream" for row in outputs) < DISPLAYS:
            row: Output = {"output_type": kind, "data": shown, "metadata": metadata or {}}
            outputs.append(row | ({"execution_count": None} if kind == "execute_result" else {}))

    class Publisher(DisplayPublisher):
        def publish(self, data: Any, metadata: Any = None, source: Any = None, **_: Any) -> None:
            keep("display_data", dict(data), metadata)

        def clear_output(self, wait: bool = False) -> None:
            outputs.clear()

    class Hook(DisplayHook):
        def __call__(self, result: Any = None) -> None:
            if result is not None and not self.quiet():
                data, metadata = self.compute_format_data(result)
                keep("execute_result", data, metadata)

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "NoColor"
    config.InteractiveShell.display_page = True
    InteractiveShell.displayhook_class = Hook
    InteractiveShell.display_pub_class = Publisher
    shell = InteractiveShell.instance(config=config)

    def show(kind: type, error: BaseException, lines: list[str]) -> None:
        text = "\n".join(lines)[-TRACE:]
        outputs.append(
            {
                "output_type": "error",
                "ename": kind.__name__,
                "evalue": str(error)[:TRACE],
                "traceback": [text],
            }
        )

    shell._showtraceback = show
    return shell


@contextlib.contextmanager
def _bounded(seconds: float) -> Iterator[None]:
    """Interrupts the code inside after so many seconds of processor time, and again each second after that."""

    def interrupt(*_: object) -> None:
        raise CellTimeout(f"the cell used up its {seconds:g} seconds of processor time: does a loop in it never end?")

    previous = signal.signal(signal.SIGPROF, interrupt)
    signal.setitimer(signal.ITIMER_PROF, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)


def run_cell(source: str, shell: Any, outputs: list[Output], seconds: float) -> bool:
    """Runs one code cell, past its error, and says whether it went well; its outputs stay in the list."""
    out, err = _Stream(outputs, "stdout"), _Stream(outputs, "stderr")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            with _bounded(seconds):
                return bool(shell.run_cell(source, store_history=False).success)
        except CellTimeout as error:
            shell._showtraceback(CellTimeout, error, [str(error)])
            return False


def live(channel: Channel, request: dict[str, Any]) -> None:
    """Is one notebook's life."""
    control = socket.socket(fileno=int(request["extra"][0]))
    home = str(request["home"])
    os.environ.update(places(home))
    os.chdir(request["folder"])
    limits = Limits(**request["limits"])
    apply(limits)
    files.lead(Path(home))
    order = channel.receive()
    outputs: list[Output] = []
    shell = _shell(outputs)
    well = True
    for cell in order["cells"]:
        outputs.clear()
        if cell["code"]:
            well = run_cell(cell["source"], shell, outputs, float(request["cell_seconds"])) and well
        channel.send({"op": "cell", "outputs": outputs})
    from sagalab import lab
    from sagalab.evidence import gather

    opened = lab.current()
    read = (opened.deployment, opened.refused()) if opened is not None else (None,)
    evidence = gather(shell.user_ns, *read)
    evidence.ran = well
    channel.send({"op": "evidence", "evidence": evidence.model_dump(mode="json")})
    settle()
    serve(control, serve_calls(shell.user_ns), replace(limits, cpu=min(limits.cpu, CALLS)))


def _load() -> None:
    """Imports what nearly every notebook needs."""
    inside.prepare()
    inside.lead_chance()
    files.prepare()
    from sagalab.aws.warming import warm_up

    for name in USUAL:
        importlib.import_module(name)
    warm_up()
    from sagalab.history import History
    from sagalab.pictures import timeline

    timeline(History()).png  # noqa: B018 - matplotlib looks for its fonts at the first picture


def main() -> None:
    """Becomes the warm process."""
    control = socket.socket(fileno=int(sys.argv[1]))
    _load()
    settle()
    warm_process.serve(control, live)


if __name__ == "__main__":
    main()
