"""Step Functions: fields of a state that hold a number, a moment or a text, and get another thing at run time.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html, state-wait.html, state-fail.html
and transforming-data.html. Each function below is one gap and its seam.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from sagalab.aws.stepfunctions.definition_texts import WAIT
from sagalab.aws.stepfunctions.evaluation import fail, in_json
from sagalab.aws.stepfunctions.queries import failed_query, unexpected

COMPONENT = "moto.stepfunctions.parser.asl.component"
MAP = f"{COMPONENT}.state.exec.state_map"
ITEMS = 10_000_000  # of a Map run


def _seconds_of_paths() -> None:
    """AWS fails a Task whose time is no whole number above 0 as States.Runtime; moto dies of it, or times out at once.

    Seams: `TimeoutSecondsPath._eval_seconds`, `HeartbeatSecondsPath._eval_seconds`.
    """
    for module, name in (("timeout", "TimeoutSecondsPath"), ("heartbeat", "HeartbeatSecondsPath")):
        holder = vars(importlib.import_module(f"{COMPONENT}.common.timeouts.{module}"))[name]
        holder._eval_seconds = _checked_seconds(holder._eval_seconds, name)


def _checked_seconds(original: Callable[..., Any], name: str) -> Callable[..., Any]:
    def _eval_seconds(field: Any, env: Any) -> Any:
        try:
            value = original(field, env)
        except (TypeError, ValueError):
            value = None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= WAIT:
            written = field.string_sampler.literal_value
            words = f"does not refer to a whole number from 1 to {WAIT}: {written}"
            fail(env, "StatesRuntime", f"The {name} parameter {words}", "ExecutionFailed")
        return value

    return _eval_seconds


def _numbers_of_expressions() -> None:
    """AWS fails an expression that gives no number as a failed query; moto makes one of it, or dies.

    Seams: `TimeoutSecondsJSONata._eval_seconds`, `HeartbeatSecondsJSONata._eval_seconds`,
    `MaxConcurrencyJSONata._eval_max_concurrency`, `ToleratedFailureCountStringJSONata._eval_tolerated_failure_count`,
    `ToleratedFailurePercentageStringJSONata._eval_tolerated_failure_percentage`, `SecondsJSONata._get_wait_seconds`.
    """
    times, tolerated = f"{COMPONENT}.common.timeouts", f"{MAP}.tolerated_failure"
    for module, holder, method, least, most in (
        (f"{times}.timeout", "TimeoutSecondsJSONata", "_eval_seconds", 1, WAIT),
        (f"{times}.heartbeat", "HeartbeatSecondsJSONata", "_eval_seconds", 1, WAIT),
        (f"{MAP}.max_concurrency", "MaxConcurrencyJSONata", "_eval_max_concurrency", 0, WAIT),
        (tolerated, "ToleratedFailureCountStringJSONata", "_eval_tolerated_failure_count", 0, ITEMS),
        (tolerated, "ToleratedFailurePercentageStringJSONata", "_eval_tolerated_failure_percentage", 0, 100),
    ):  # fmt: skip
        setattr(vars(importlib.import_module(module))[holder], method, _number_of(least, most))
    wait = vars(importlib.import_module(f"{COMPONENT}.state.wait.wait_function.seconds"))["SecondsJSONata"]
    wait._get_wait_seconds = _number_of(0, WAIT)


def _counts_of_expressions() -> None:
    """AWS takes an expression for ToleratedFailureCount as a number of items; moto as a share of them.

    Seam: `Preprocessor.visitTolerated_failure_count_string_jsonata`.
    """
    from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor

    count = vars(importlib.import_module(f"{MAP}.tolerated_failure"))["ToleratedFailureCountStringJSONata"]

    def visit(preprocessor: Any, ctx: Any) -> Any:
        return count(string_jsonata=preprocessor.visitString_jsonata(ctx=ctx.string_jsonata()))

    Preprocessor.visitTolerated_failure_count_string_jsonata = visit


def _number_of(least: int, most: int) -> Callable[..., int]:
    def number(holder: Any, env: Any) -> int:
        holder.string_jsonata.eval(env=env)
        value = env.stack[-1]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise failed_query(env, holder.string_jsonata, unexpected("number", value))
        if not least <= value <= most:
            words = f"returned {value}, which is not between {least} and {most}."
            raise failed_query(env, holder.string_jsonata, words)
        return int(env.stack.pop())

    return number


def _moments_of_expressions() -> None:
    """AWS fails an expression that gives no timestamp as a failed query, and names the path that leads to none.

    moto says States.Runtime of the first, and of the second what any field says.

    Seam: `Timestamp._get_wait_seconds`.
    """
    from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata
    from moto.stepfunctions.parser.asl.component.state.wait.wait_function.timestamp import Timestamp
    from moto.stepfunctions.parser.asl.utils.json_path import NoSuchJsonPathError

    original = Timestamp._get_wait_seconds

    def _get_wait_seconds(wait: Any, env: Any) -> Any:
        if not isinstance(wait.string, StringJSONata):
            try:
                return original(wait, env)
            except NoSuchJsonPathError as error:
                words = f"The TimestampPath parameter does not reference an input value: {error.json_path}"
                fail(env, "StatesRuntime", words, "ExecutionFailed")
        wait.string.eval(env=env)
        value = env.stack.pop()
        if not isinstance(value, str):
            raise failed_query(env, wait.string, unexpected("string", value))
        if wait._from_timestamp_string(value) is None:
            raise failed_query(env, wait.string, f"returned no valid ISO-8601 timestamp: {value}")
        # A query may draw chance: it is not asked for again.
        found = SimpleNamespace(eval=lambda env: env.stack.append(value))
        return original(SimpleNamespace(string=found, _from_timestamp_string=wait._from_timestamp_string), env)

    Timestamp._get_wait_seconds = _get_wait_seconds


def _seconds_of_a_wait() -> None:
    """AWS takes no boolean for a number of seconds, and writes what it got as JSON; moto takes true for 1.

    Seam: `SecondsPath._validate_seconds_value`.
    """
    seconds = vars(importlib.import_module(f"{COMPONENT}.state.wait.wait_function.seconds_path"))["SecondsPath"]
    original = seconds._validate_seconds_value

    def _validate_seconds_value(wait: Any, env: Any, seconds: Any) -> None:
        if isinstance(seconds, bool) or not isinstance(seconds, int | str):
            found = f"{wait.string_sampler.literal_value} == {in_json(seconds)}"
            words = f"The SecondsPath parameter cannot be parsed as a long value: {found}"
            fail(env, "StatesRuntime", words, "ExecutionFailed")
        original(wait, env, seconds)

    seconds._validate_seconds_value = _validate_seconds_value


def _texts_of_a_failure() -> None:
    """AWS wants a text for Error and Cause; moto dies of another value.

    Seams: `Error._eval_body`, `Cause._eval_body`.
    """
    from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata

    for module, name in (("error_decl", "Error"), ("cause_decl", "Cause")):
        holder = vars(importlib.import_module(f"{COMPONENT}.state.fail.{module}"))[name]

        def _eval_body(decl: Any, env: Any, name: str = name, original: Any = holder._eval_body) -> None:
            original(decl, env)
            value = env.stack[-1]
            if isinstance(value, str):
                return
            if isinstance(decl.string_expression, StringJSONata):
                raise failed_query(env, decl.string_expression, unexpected("string", value))
            written = decl.string_expression.literal_value
            fail(env, "StatesRuntime", f"The {name}Path parameter does not refer to a string: {written}")

        holder._eval_body = _eval_body


def _no_time_limit_of_its_own() -> None:
    """AWS lets a Task with HeartbeatSeconds and no TimeoutSeconds run on; moto ends it after 60 seconds.

    state-task.html. Seam: `ExecutionState.from_state_props`.
    """
    from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import Timeout, TimeoutSeconds
    from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState

    original = ExecutionState.from_state_props

    def from_state_props(state: Any, state_props: Any) -> None:
        original(state, state_props)
        if state_props.get(Timeout) is None:
            state.timeout = TimeoutSeconds(timeout_seconds=TimeoutSeconds.DEFAULT_TIMEOUT_SECONDS)

    ExecutionState.from_state_props = from_state_props


PATCHES: tuple[Callable[[], None], ...] = (
    _no_time_limit_of_its_own,
    _seconds_of_paths,
    _numbers_of_expressions,
    _counts_of_expressions,
    _moments_of_expressions,
    _seconds_of_a_wait,
    _texts_of_a_failure,
)
