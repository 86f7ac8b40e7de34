"""`sagalab serve`: the local cloud as an HTTP endpoint of this machine, for one user and several clients.

Connections are read by threads of their own; one thread alone, the one that calls `Endpoint.run`, lets time
pass and answers the requests, as tasks of the clock. A request that waits, such as a long poll, holds up no other.
Virtual time keeps pace with real time, times `speed`.
"""

from __future__ import annotations

import base64
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NoReturn

from sagalab.clock import VirtualClock
from sagalab.errors import SetupError
from sagalab.faults import FaultPlan
from sagalab.history import History
from sagalab.hosts.calls import WALL
from sagalab.hosts.runtime import LocalRuntime, open_local_door
from sagalab.participants.market import Market

HOST = "127.0.0.1"
PORT = 5150
HOP_BY_HOP = {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"}
NAP = 0.2  # real seconds between two looks at whether to stop
# The last one comes from a terminal that is closed; Windows has none.
SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

Reply = tuple[int, dict[str, str], bytes]


class Interrupted(KeyboardInterrupt):
    """A signal came; what a handler raises has no part in it."""


class Endpoint:
    """A local cloud behind a port of this machine. Raises `SetupError` when the port is taken.

    `speed` is virtual seconds per real second; port 0 takes a free one. A function that keeps all others waiting
    for `wall` real seconds is stopped.
    """

    def __init__(self, port: int = PORT, speed: float = 1.0, seed: int | str = 0, wall: float = WALL) -> None:
        from sagalab.aws.cloud import Cloud
        from sagalab.aws.restoring import ensure_role

        if not speed > 0:
            raise SetupError(f"the speed is {speed}", do="Give --speed a number above 0: 60 makes a minute a second.")
        self.speed, self.stopping = speed, False
        self._asked: queue.SimpleQueue[tuple[dict[str, Any], Future[Reply]] | None] = queue.SimpleQueue()
        try:
            self._server = _Server((HOST, port), partial(_Connection, self.ask))
        except (OSError, OverflowError) as error:
            raise SetupError(f"port {port} of this machine is taken", do="Name another one with --port.") from error
        self.address = f"http://{HOST}:{self._server.server_address[1]}"
        # Clients tell dates by their own clock, so this cloud begins today.
        self.clock = VirtualClock(seed, epoch=datetime.fromtimestamp(time.time(), UTC))
        history, faults = History(), FaultPlan((), self.clock, seed)
        market = Market(self.clock, history, [], {}, faults, seed)
        self.cloud = Cloud(self.clock, history, LocalRuntime(self.clock, lambda: market, wall), faults, seed).start()
        self.cloud.address = self.address
        ensure_role()
        open_local_door(lambda: market)

    def ask(self, message: dict[str, Any]) -> Reply:
        """Hands a request to the thread of the clock and waits for its answer."""
        if self.stopping:
            return _failure(503, "ServiceUnavailable", "the local cloud is shutting down")
        future: Future[Reply] = Future()
        self._asked.put((message, future))
        return future.result()

    def stop(self) -> None:
        """Lets `run` come to its end; may be called from any thread."""
        self.stopping = True
        self._asked.put(None)

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Answers requests and lets time pass until `stop`; the caller is the thread that made the endpoint."""
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": NAP}, daemon=True).start()
        sleep, time.sleep = time.sleep, self._sleep  # type: ignore[assignment]
        leave, os._exit = os._exit, self._exit
        open_asks: list[Future[Reply]] = []
        began = time.monotonic()
        try:
            ready()
            while not self.stopping:
                target = (time.monotonic() - began) * self.speed
                if self.clock.run(until=target, done=self._interrupted) != "done":
                    self.clock.advance(target)
                self._report()
                open_asks = [future for future in open_asks if not future.done()]
                open_asks += self._take(began)
        finally:
            time.sleep, os._exit = sleep, leave
            self._close(open_asks)

    def _interrupted(self) -> bool:
        return self.stopping or not self._asked.empty()

    def _take(self, began: float) -> list[Future[Reply]]:
        """Waits for requests, no longer than until the next work is due, and makes tasks of them."""
        taken: list[Future[Reply]] = []
        due = self.clock.due
        patience = NAP if due is None else min(NAP, max(0.0, due / self.speed - (time.monotonic() - began)))
        try:
            asked = self._asked.get(timeout=patience) if patience else self._asked.get_nowait()
            # Time stood still while nobody asked; a request begins now, not when the last look was taken.
            self.clock.advance((time.monotonic() - began) * self.speed)
            while asked is not None:
                message, future = asked
                self.clock.spawn(partial(_answer, message, future), "request")
                taken.append(future)
                asked = self._asked.get_nowait()
        except queue.Empty:
            pass  # Everybody who asked is being answered.
        return taken

    def _sleep(self, seconds: float) -> None:
        """Stands for `time.sleep`: a function's handler waits on virtual time, other threads really."""
        if threading.get_ident() == self.clock.thread and self.clock.driven:
            self.clock.sleep(seconds)
        else:
            threading.Event().wait(seconds)

    def _exit(self, status: int) -> NoReturn:
        """Stands for `os._exit`: a handler ends its invocation, as it ends its own process on AWS, not this one."""
        raise SystemExit(status)

    def _report(self) -> None:
        for name, error in self.clock.failures:
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
        self.clock.failures.clear()

    def _close(self, open_asks: list[Future[Reply]]) -> None:
        self.stopping = True
        self._server.shutdown()
        while True:
            try:
                asked = self._asked.get_nowait()
            except queue.Empty:
                break
            if asked is not None:
                open_asks.append(asked[1])
        for future in open_asks:
            if not future.done():
                future.set_result(_failure(503, "ServiceUnavailable", "the local cloud is shutting down"))
        self._server.server_close()
        self.cloud.stop()


def _answer(message: dict[str, Any], future: Future[Reply]) -> None:
    try:
        reply = _ask_cloud(message)
    except Exception as error:
        name = _service(message)
        reply = _failure(500, "InternalFailure", f"{type(error).__name__}: {error}", name)
    if not future.done():
        future.set_result(reply)


def _ask_cloud(message: dict[str, Any]) -> Reply:
    from sagalab.aws import api

    found = api.service_of(message["headers"].get("Authorization", ""))
    if found is None:
        return api.refusal("", 403, "MissingAuthenticationToken", "the request is not signed; any credentials will do")
    if found.host is None:
        return api.no_service(found.name)
    url = f"https://{found.host}{message['path']}"
    body = base64.b64encode(message["body"]).decode()
    reply = api.serve({"method": message["method"], "url": url, "headers": message["headers"], "body": body})
    return reply["status"], reply["headers"], base64.b64decode(reply["body"])


def _failure(status: int, code: str, text: str, service: str = "") -> Reply:
    from sagalab.aws import api

    return api.refusal(service, status, code, text)


def _service(message: dict[str, Any]) -> str:
    from sagalab.aws import api

    found = api.service_of(message["headers"].get("Authorization", ""))
    return found.name if found else ""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


class _Connection(BaseHTTPRequestHandler):
    """Reads the requests of one client and writes the answers."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together

    def __init__(self, ask: Callable[[dict[str, Any]], Reply], *args: Any) -> None:
        self._ask = ask
        super().__init__(*args)

    def _handle(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if "chunked" in self.headers.get("Transfer-Encoding", "") or not length.isdigit():
            self.close_connection = True
            self._reply(_failure(411, "MissingContentLength", "a request tells its length here"))
            return
        message = {
            "method": self.command,
            "path": self.path,
            "headers": {name: value for name, value in self.headers.items() if name.lower() != "host"},
            "body": self.rfile.read(int(length)),
        }
        self._reply(self._ask(message))

    def _reply(self, reply: Reply) -> None:
        status, headers, body = reply
        try:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body if self.command != "HEAD" else b"")
            self.wfile.flush()
        except OSError:
            self.close_connection = True  # The client has gone.

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _handle

    def log_message(self, format: str, *args: Any) -> None:
        """Writes nothing: what happens is in the cloud's own history."""


def serve(port: int, speed: float, say: Callable[[str], None]) -> None:
    """Serves a local cloud until one of `SIGNALS`. Raises `SetupError` when it cannot start."""
    endpoint = Endpoint(port, speed)

    def interrupt(_signal: int, _frame: object) -> None:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)  # Once is enough: what follows shall come to its end.
        endpoint.stopping = True
        raise Interrupted  # Also out of a handler that never ends.

    for number in SIGNALS:
        signal.signal(number, interrupt)
    try:
        endpoint.run(lambda: say(endpoint.address))
    except KeyboardInterrupt:
        pass  # A signal is how it is meant to end.
