"""Step Functions: paths into inputs and variables, and what is said of one that leads nowhere.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html and
workflow-variables.html. Each function below is one gap and its seam.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sagalab.aws.stepfunctions.evaluation import Final, fail, failure

VARIABLE = re.compile(r"\$([^\W\d]\w*)(.*)", re.DOTALL)
STEP = re.compile(r"""\.([^.\[\]]+)|\[\s*(-?\d+)\s*\]|\[\s*'([^']*)'\s*\]|\[\s*"([^"]*)"\s*\]""")
NOWHERE = re.compile(r"Invalid path '(.+?)' : No results for path: \$\['.*?'\]$", re.DOTALL)


def steps_of(path: str) -> list[str | int] | None:
    """Gives the names and places that a path goes through, or None for one that may name many values."""
    found: list[str | int] = []
    place = 1
    while place < len(path):
        step = STEP.match(path, place)
        if step is None or step[1] == "*":
            return None
        found.append(
            int(step[2]) if step[2] else next(name for name in (step[1], step[3], step[4]) if name is not None)
        )
        place = step.end()
    return found


def _variables_in_paths() -> None:
    """AWS reads a path into a variable as any path, and fails one that leads nowhere.

    moto reads it as JSONata, in which it is null. Seam: `StringVariableSample._eval_body`.
    """
    from moto.stepfunctions.parser.asl.component.common.query_language import QueryLanguageMode
    from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringVariableSample
    from moto.stepfunctions.parser.asl.eval.variable_store import NoSuchVariable
    from moto.stepfunctions.parser.asl.utils.json_path import NoSuchJsonPathError, extract_json

    original = StringVariableSample._eval_body

    def _eval_body(sample: Any, env: Any) -> None:
        parts = VARIABLE.fullmatch(sample.expression)
        if parts is None or sample.query_language_mode != QueryLanguageMode.JSONPath:
            original(sample, env)
            return
        try:
            value = env.variable_store.get(parts[1])
            env.stack.append(extract_json(f"${parts[2]}", value) if parts[2] else value)
        except NoSuchVariable:
            fail(
                env,
                "StatesRuntime",
                f"The variable '${parts[1]}' in '{sample.expression}' is not assigned in this scope.",
            )
        except NoSuchJsonPathError as error:
            raise NoSuchJsonPathError(json_path=sample.expression, data=error.data) from None

    StringVariableSample._eval_body = _eval_body


def _variables_of_outer_scopes() -> None:
    """AWS lets an inner workflow read the variables around it, and set none of them; moto names its own class.

    https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html. Seam: `AssignDecl._eval_body`.
    """
    from moto.stepfunctions.parser.asl.component.common.assign.assign_decl import AssignDecl
    from moto.stepfunctions.parser.asl.eval.variable_store import IllegalOuterScopeWrite

    original = AssignDecl._eval_body

    def _eval_body(decl: Any, env: Any) -> None:
        try:
            original(decl, env)
        except IllegalOuterScopeWrite as error:
            name = error.variable_identifier
            words = f"The variable '{name}' belongs to an outer scope and cannot be assigned in an inner one."
            raise Final(failure(env, "StatesRuntime", words, "ExecutionFailed")) from None

    AssignDecl._eval_body = _eval_body


def _filters_without_a_match() -> None:
    """AWS gives an empty list for a filter or a deep scan that finds nothing; moto only for wildcards and slices.

    Seam: `json_path._contains_slice_or_wildcard_array`.
    """
    import moto.stepfunctions.parser.asl.utils.json_path as module

    original = module._contains_slice_or_wildcard_array

    def names_many(path: str) -> bool:
        return "[?" in path or ".." in path or original(path)

    module._contains_slice_or_wildcard_array = names_many


def _steps_in_causes() -> None:
    """AWS writes each step of a path without results between brackets; moto all of them as one.

    Seam: `FailureEventException.get_execution_failed_event_details`.
    """
    from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException

    original = FailureEventException.get_execution_failed_event_details

    def written(found: re.Match[str]) -> str:
        steps = steps_of(found[1])
        if not steps:
            return found[0]
        places = "".join(f"[{step}]" if isinstance(step, int) else f"['{step}']" for step in steps)
        return f"Invalid path '{found[1]}' : No results for path: ${places}"

    def get_execution_failed_event_details(error: Any) -> Any:
        found = original(error)
        if found and found.get("cause"):
            found["cause"] = NOWHERE.sub(written, found["cause"])
        return found

    FailureEventException.get_execution_failed_event_details = get_execution_failed_event_details


def _results_into_inputs() -> None:
    """AWS puts a result only where the input has an object, or that item; moto fails inside, or makes up items.

    Seam: `ResultPath._eval_body`.
    """
    from moto.stepfunctions.parser.asl.component.common.path.result_path import ResultPath
    from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

    original = ResultPath._eval_body

    def _eval_body(path: Any, env: Any) -> None:
        given, written = env.states.get_input(), path.result_path_src
        if written is not None and not fits(steps_of(written) or [], given):
            words = to_json_str(given, separators=(",", ":"))
            raise Final(failure(env, "StatesRuntime", f"Unable to apply ReferencePath {written} to input {words}"))
        original(path, env)

    ResultPath._eval_body = _eval_body


def fits(steps: list[str | int], value: Any) -> bool:
    """Says whether a result can be put at the end of these steps: what is missing of an object will be made."""
    for step in steps:
        if isinstance(step, int):
            if not isinstance(value, list) or not -len(value) <= step < len(value):
                return False
        elif not isinstance(value, dict):
            return False
        elif step not in value:
            return True
        value = value[step]
    return True


PATCHES: tuple[Callable[[], None], ...] = (
    _variables_in_paths,
    _variables_of_outer_scopes,
    _filters_without_a_match,
    _steps_in_causes,
    _results_into_inputs,
)
