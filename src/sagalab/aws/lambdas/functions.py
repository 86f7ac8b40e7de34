"""Lambda: what a function is, how an invocation of it ends, and what it costs in time, faults and facts."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from sagalab.aws.current import Origin, origin
from sagalab.aws.ids import id_of
from sagalab.clock import VirtualClock
from sagalab.history import History

LARGEST = 6_291_556  # bytes of an answer at once: dg/gettingstarted-limits.html
FROM_OUTSIDE = ("Runtime.ExitError", "Sandbox.Timedout", "Function.ResponseSizeTooLarge")  # errors of no handler


@dataclass(frozen=True)
class FunctionSpec:
    """What a runtime needs to run a function."""

    name: str
    arn: str
    handler: str
    code: bytes
    timeout: float
    memory: int
    environment: dict[str, str] = field(default_factory=dict)
    version: str = "$LATEST"


@dataclass(frozen=True)
class Outcome:
    """How an invocation ended: a JSON payload, or an error with AWS's names; `cold` for a new instance.

    `loaded` says whether there was a handler to call.
    """

    payload: Any = None
    error: str | None = None
    message: str = ""
    trace: tuple[str, ...] = ()
    cold: bool = False
    loaded: bool = True
    log: str = ""
    request: str = ""


class Runtime(Protocol):
    """Where a function's code runs: in this process, or in a child."""

    def run(self, function: FunctionSpec, event: Any, context: dict[str, Any], fresh: bool) -> Outcome:
        """Runs one invocation; never raises for an error of the learner's code."""

    def close(self) -> None:
        """Ends all instances."""


class FunctionFaults(Protocol):
    """What the functions ask of the faults of a run."""

    def before_invocation(self, function: str) -> str | None:
        """Gives "crash_before", "crash_after", "cold_start" or None."""

    def entered(self, invocation: int, deadline: float) -> None:
        """Is told the virtual second at which an invocation will be killed."""

    def throttled(self, function: str) -> bool:
        """Says whether this function is throttled now."""

    def fresh_instances(self) -> bool:
        """Says whether every invocation lands on a fresh instance."""


def order_of(value: Any, depth: int = 0) -> str | None:
    """Finds the order id that an event carries, to sort facts by order; nothing is judged by it."""
    if isinstance(value, str) and depth < 6 and value[:1] in "{[":
        try:
            return order_of(json.loads(value), depth + 1)
        except (ValueError, RecursionError):
            return None
    if isinstance(value, dict):
        for name in ("orderId", "order_id"):
            if isinstance(value.get(name), str):
                return str(value[name])
        children = list(value.values())
    elif isinstance(value, list):
        children = value
    else:
        return None
    if depth >= 6:
        return None
    return next((found for child in children if (found := order_of(child, depth + 1))), None)


class Functions:
    """Invokes functions: time costs, faults, facts, and the runtime behind them."""

    def __init__(
        self, clock: VirtualClock, history: History, runtime: Runtime, faults: FunctionFaults | None, seed: int | str
    ) -> None:
        self.clock, self.history, self.runtime, self.faults = clock, history, runtime, faults
        self._random = random.Random(f"functions:{seed}")
        self._requests = 0
        self.counts: dict[str, dict[str, int]] = {}
        self.printed: dict[int, str] = {}  # by the invocation's fact; no fact itself: it may differ from run to run
        self.running: dict[str, int] = {}  # invocations under way, by the function's name
        self.throttled: list[tuple[float, str]] = []  # refused invocations
        self.abandoned: set[int] = set()  # invocations in this process whose time is up

    def _count(self, name: str, what: str) -> None:
        row = self.counts.setdefault(name, {"invocations": 0, "errors": 0, "throttles": 0})
        row[what] += 1

    def is_throttled(self, name: str) -> bool:
        """Says whether a fault refuses this invocation; it is counted as a throttle."""
        if self.faults is not None and self.faults.throttled(name):
            self._count(name, "throttles")
            self.throttled.append((self.clock.now, name))
            self.history.record(
                self.clock.now, "fault", "throttled", cause=origin.get().invocation, detail={"target": name}
            )
            return True
        return False

    def is_at_limit(self, function: Any) -> bool:
        """Says whether moto's function runs as often as its reserved concurrency allows; counted as a throttle.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
        """
        name, most = function.function_name, _latest(function).reserved_concurrency
        if most is None or self.running.get(name, 0) < int(most):
            return False
        self._count(name, "throttles")
        self.throttled.append((self.clock.now, name))
        return True

    def new_request(self) -> str:
        """Gives the id of the next invocation; it is the same one whatever the seed."""
        self._requests += 1
        return id_of(f"request {self._requests}")

    def invoke(self, function: FunctionSpec, event: Any, request: str = "") -> Outcome:
        """Runs one invocation and waits for its end; one that is tried again keeps its `request`."""
        self.running[function.name] = self.running.get(function.name, 0) + 1
        try:
            return self._invoke(function, event, request or self.new_request())
        finally:
            self.running[function.name] -= 1

    def _invoke(self, function: FunctionSpec, event: Any, request: str) -> Outcome:
        self._count(function.name, "invocations")
        caller = origin.get()
        fault = self.faults.before_invocation(function.name) if self.faults is not None else None
        fact = self.history.record(
            self.clock.now, "invocation", function.name,
            order_id=order_of(event), cause=caller.invocation,
            detail={"request": request, **({"execution": caller.execution} if caller.execution else {})},
        )  # fmt: skip
        token = origin.set(Origin(function.name, fact, caller.execution))
        try:
            outcome = self._run(function, event, request, fault, fact)
        finally:
            origin.reset(token)
        outcome = replace(outcome, request=request)
        if outcome.log:
            self.printed[fact] = outcome.log
        detail: dict[str, Any] = {"cold": outcome.cold}
        if outcome.error is not None:
            self._count(function.name, "errors")
            detail |= {"error": outcome.error, "message": outcome.message[:500]}
            detail |= {} if outcome.loaded else {"loaded": False}
        self.history.close(fact, self.clock.now, **detail)
        return outcome

    def _run(self, function: FunctionSpec, event: Any, request: str, fault: str | None, fact: int) -> Outcome:
        if fault is not None:
            self.history.record(self.clock.now, "fault", fault, cause=fact, detail={"target": function.name})
        self.clock.sleep(self._random.uniform(0.002, 0.01))
        if fault == "crash_before":
            return _crash(request)
        context: dict[str, Any] = {
            "function_name": function.name,
            "function_version": function.version,
            "log_group_name": f"/aws/lambda/{function.name}",
            "log_stream_name": f"{self.clock.instant:%Y/%m/%d}/[{function.version}]{request.replace('-', '')}",
            "invoked_function_arn": function.arn,
            "aws_request_id": request,
            "memory_limit_in_mb": str(function.memory),
            "deadline": self.clock.now + function.timeout,
        }
        fresh = False
        if self.faults is not None:
            fresh = self.faults.fresh_instances()
            self.faults.entered(fact, context["deadline"])
        outcome = self.runtime.run(function, event, context, fresh)
        if fault in ("crash_after", "cold_start") and outcome.error is None:
            return _crash(request)
        return outcome

    def cold_start(self) -> None:
        """Takes the time that a new instance needs to start."""
        self.clock.sleep(self._random.uniform(0.15, 0.4))


def _latest(function: Any) -> Any:
    """Gives the function itself for one of its published versions."""
    if function.version == "$LATEST":
        return function
    from moto.awslambda.models import lambda_backends

    return lambda_backends[function.account_id][function.region].get_function(function.function_name)


def _crash(request: str) -> Outcome:
    return Outcome(
        error="Runtime.ExitError",
        message=f"RequestId: {request} Error: Runtime exited with error: signal: killed",
        cold=False,
    )


def spec_of(function: Any) -> FunctionSpec:
    """Reads what a runtime needs out of moto's function."""
    return FunctionSpec(
        name=function.function_name,
        arn=function.function_arn,
        handler=function.handler,
        code=function.code_bytes,
        timeout=float(function.timeout),
        memory=int(function.memory_size),
        environment=dict(function.environment_vars),
        version=str(function.version),
    )


def error_payload(outcome: Outcome) -> str:
    """Gives the JSON text that AWS answers for a function error."""
    body: dict[str, Any] = {"errorMessage": outcome.message, "errorType": outcome.error}
    if outcome.error not in FROM_OUTSIDE:
        body |= {"requestId": outcome.request, "stackTrace": list(outcome.trace)}
    return json.dumps(body)
