"""Lambda: functions run from their uploaded zip, on virtual time, with AWS's error mapping.

What AWS does: https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html and
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
What moto does: it starts a container with Docker. Seams: `LambdaFunction._invoke_lambda`, through which
API invocations, workflow tasks, topics and our event source mappings all pass, and `LambdaFunction.invoke`
for asynchronous invocations, which moto runs synchronously.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from sagalab.aws.current import Origin, cloud, origin
from sagalab.clock import VirtualClock
from sagalab.history import History

LARGEST = 6_291_556  # bytes of an answer
FROM_OUTSIDE = ("Runtime.ExitError", "Sandbox.Timedout", "Function.ResponseSizeTooLarge")  # errors of no handler
LONGEST_LOG = 4096  # bytes of a log's end that Invoke answers


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
    """How an invocation ended: a JSON payload, or an error with AWS's names; `cold` for a new instance."""

    payload: Any = None
    error: str | None = None
    message: str = ""
    trace: tuple[str, ...] = ()
    cold: bool = False
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
        return str(
            uuid.UUID(bytes=hashlib.md5(b"request %d" % self._requests, usedforsecurity=False).digest(), version=4)
        )

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


def _invoke_lambda(function: Any, event: Any = None) -> tuple[str, bool, str]:
    """Replaces `LambdaFunction._invoke_lambda`."""
    here = cloud()
    here.quotas.invocations.take()
    begun = here.clock.now
    outcome = here.functions.invoke(spec_of(function), event)
    log = _log(outcome, function, here.clock.now - begun)
    if outcome.error is not None:
        return error_payload(outcome), True, log
    text = json.dumps(outcome.payload)
    if len(text) > LARGEST:
        # lambda/latest/dg/gettingstarted-limits.html: 6 MB, whatever the function did before.
        words = f"Response payload size exceeded maximum allowed payload size ({LARGEST} bytes)."
        return error_payload(replace(outcome, error="Function.ResponseSizeTooLarge", message=words)), True, log
    return text, False, log


def _log(outcome: Outcome, function: Any, seconds: float) -> str:
    """Gives what the function's log holds of one invocation, its billed time on the virtual clock.

    https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html. Nothing measures memory here: it is left out.
    """
    about, took = f"RequestId: {outcome.request}", seconds * 1000
    printed = outcome.log if not outcome.log or outcome.log.endswith("\n") else f"{outcome.log}\n"
    return (
        f"START {about} Version: {function.version}\n{printed}END {about}\n"
        f"REPORT {about}\tDuration: {took:.2f} ms\tBilled Duration: {math.ceil(took)} ms\t"
        f"Memory Size: {function.memory_size} MB\t\n"
    )


def _invoke(original: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps `LambdaFunction.invoke`: throttling, "Unhandled", and asynchronous invocations with two retries."""

    def invoke(function: Any, body: Any, request_headers: Any, response_headers: Any) -> Any:
        from sagalab.aws.lambdas import asynchronous

        here = cloud()
        if here.functions.is_throttled(function.function_name):
            raise _too_many_requests("CallerRateLimitExceeded")
        if request_headers.get("x-amz-invocation-type") == "Event":
            event = json.loads(body or "{}")
            here.clock.spawn(lambda: asynchronous.invoke(function, event), f"async {function.function_name}")
            return b""
        if request_headers.get("x-amz-invocation-type") == "DryRun":
            return b""
        if here.functions.is_at_limit(function):
            raise _too_many_requests("ReservedFunctionConcurrentInvocationLimitExceeded")
        payload, errored, log = function._invoke_lambda(json.loads(body or "{}"))
        response_headers["x-amz-executed-version"] = str(function.version)
        if errored:
            response_headers["x-amz-function-error"] = "Unhandled"
        response_headers["x-amz-log-result"] = base64.b64encode(log.encode()[-LONGEST_LOG:]).decode()
        return payload.encode()

    return invoke


def _too_many_requests(why: str) -> Exception:
    """Gives the answer to an invocation that is one too many: api/API_Invoke.html, TooManyRequestsException."""
    from moto.awslambda.exceptions import LambdaClientError

    class TooManyRequests(LambdaClientError):
        code = 429

    error = TooManyRequests("TooManyRequestsException", "Rate Exceeded.")
    error.description = json.dumps({"Reason": why, "Type": "User", "message": "Rate Exceeded."})
    return error


def _invocations() -> None:
    """See the top of this module. Seams: `LambdaFunction._invoke_lambda`, `LambdaFunction.invoke`."""
    from moto.awslambda.models import LambdaFunction

    LambdaFunction._invoke_lambda = _invoke_lambda
    LambdaFunction.invoke = _invoke(LambdaFunction.invoke)


PATCHES: tuple[Callable[[], None], ...] = (_invocations,)
