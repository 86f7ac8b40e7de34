"""Starts JupyterLab on the course, for a learner or for an instructor.

The server listens on this machine only, carries its token in the address that is printed, shows no
news and asks nothing of the network.
"""

from __future__ import annotations

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from sagalab.errors import SetupError

HOST = "127.0.0.1"
FIRST_PORT = 8888
PORTS_TRIED = 50
CONFIG = Path(__file__).resolve().parent / "config"
# what a learner's server leaves out: nbgrader's pages for instructors
LEARNING = Path(__file__).resolve().parent / "learning"
PATIENCE = 600  # looks at a server that does not answer, a tenth of a second apart


@dataclass(frozen=True)
class Server:
    """One JupyterLab that is to be started; `configs` are folders of Jupyter configuration, first wins."""

    root: Path
    port: int
    configs: tuple[Path, ...] = ()
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    def command(self) -> list[str]:
        """Gives the command line; the token is not in it, where other users of the machine would see it."""
        return [
            sys.executable, "-m", "jupyterlab", "--no-browser",
            f"--ServerApp.ip={HOST}", f"--ServerApp.port={self.port}", "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={self.root}", "--ServerApp.answer_yes=True", "--log-level=ERROR",
            # a course runs in containers too, where the only user is root
            "--ServerApp.allow_root=True",
            "--LabApp.news_url=", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ]  # fmt: skip

    def environment(self, outer: Mapping[str, str]) -> dict[str, str]:
        """Gives the environment: this Python's programs first on PATH, our configuration first of all."""
        configs = [str(path) for path in (*self.configs, CONFIG)]
        return {
            **outer,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), outer.get("PATH", "")]),
            "JUPYTER_TOKEN": self.token,
            "JUPYTER_PREFER_ENV_PATH": "1",
            "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, [*configs, outer.get("JUPYTER_CONFIG_PATH")])),
            "SAGALAB_COURSE": str(self.root),
        }

    def address(self, page: str) -> str:
        """Gives the address of a page, such as `lab` or `formgrader`, with the token in it."""
        return f"http://{HOST}:{self.port}/{page}?token={self.token}"

    def address_of(self, notebook: Path) -> str:
        """Gives the address that opens one notebook under the root."""
        inside = quote(notebook.relative_to(self.root).as_posix())
        # without `reset` the tabs of last time may hide the notebook
        return f"http://{HOST}:{self.port}/lab/tree/{inside}?reset&token={self.token}"


def choose_port(asked: int | None) -> int:
    """Gives the port that was asked for, or the first free one from 8888 on."""
    if asked is not None:
        if not is_free(asked):
            raise SetupError(f"port {asked} is taken", do="Leave --port out, or name another one.")
        return asked
    for port in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        if is_free(port):
            return port
    raise SetupError(
        f"the ports {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1} are all taken",
        do="Close a JupyterLab that still runs, or name a free port with --port.",
    )


def is_free(port: int) -> bool:
    """Says whether a server could listen on this port of this machine."""
    with socket.socket() as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def run(server: Server, ready: Callable[[], None]) -> int:
    """Runs the server until it ends or is interrupted; calls `ready` once it answers. Gives its exit code."""
    # a plain `kill` must not leave the server and its kernels behind
    signal.signal(signal.SIGTERM, _interrupt)
    process = subprocess.Popen(
        server.command(),
        cwd=server.root,
        env=server.environment(os.environ),
        stdin=subprocess.DEVNULL,
    )
    try:
        _wait_until_it_answers(process, server.port)
        ready()
        return process.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        _stop(process)


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(PATIENCE):
        if _answers(port):
            return
        try:
            code = process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue  # it still runs: ask again
        raise SetupError(f"JupyterLab ended as it started (exit code {code})", do="Run `sagalab doctor`.")
    raise SetupError("JupyterLab did not answer within a minute", do="Run `sagalab doctor`.")


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/api")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
