"""Lambda: functions run from their uploaded zip, on virtual time, with AWS's error mapping.

What AWS does: https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html and
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
What moto does: it starts a container with Docker. Seams: `LambdaFunction._invoke_lambda`, through which
API invocations, workflow tasks, topics and our event source mappings all pass, and `LambdaFunction.invoke`
for asynchronous invocations, which moto runs synchronously.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sagalab.aws.current import cloud
from sagalab.aws.lambdas.functions import LARGEST, Outcome, error_payload, spec_of

LONGEST_LOG = 4096  # bytes of a log's end that Invoke answers


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
