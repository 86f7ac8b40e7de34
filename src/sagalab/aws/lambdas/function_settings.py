"""Lambda: settings of a function that cannot be, and how AWS writes those that it has.

Each function below is one gap: what AWS does, its page, what moto does, and the seam.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from sagalab.aws.current import cloud
from sagalab.aws.early_refusals import constraint, name_problem
from sagalab.aws.ids import id_of
from sagalab.aws.lacking import not_supported

HANDLER = re.compile(r"[^\s]+")
SETTINGS = {"Timeout": (1, 900), "MemorySize": (128, 10_240)}
PYTHON = re.compile(r"python3\.(\d{1,2})")
OLD_PYTHONS = ("python2.7", "python3.6", "python3.7")  # AWS runs what is there, and takes no new ones.
LATEST_PYTHON = 14
# dg/lambda-runtimes.html: other languages, also those that AWS takes no more
OTHER_LANGUAGES = re.compile(r"(nodejs|java|dotnet|dotnetcore|ruby|go|provided)[0-9a-z.]*")
VARIABLE = re.compile("[a-zA-Z]([a-zA-Z0-9_])+")
LARGEST_ENVIRONMENT = 4 * 1024  # bytes
# dg/configuration-envvars.html#configuration-envvars-runtime
RESERVED = frozenset(
    (
        "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
    )
)  # fmt: skip


def _possible_functions() -> None:
    """AWS refuses a name, handler, timeout, memory size, runtime or environment that cannot be; moto takes them all.

    api/API_CreateFunction.html. Seams: `LambdaBackend.create_function`, `LambdaBackend.update_function_configuration`.
    """
    from moto.awslambda.exceptions import InvalidParameterValueException
    from moto.awslambda.models import LambdaBackend

    make, change = LambdaBackend.create_function, LambdaBackend.update_function_configuration

    def check(spec: dict[str, Any]) -> None:
        if problem := _setting_problem(spec) or _variable_problem(spec):
            raise impossible(problem)
        if problem := _runtime_problem(spec.get("Runtime")) or _environment_problem(spec):
            raise InvalidParameterValueException(problem)
        if OTHER_LANGUAGES.fullmatch(str(spec.get("Runtime"))):
            from moto.core.exceptions import JsonRESTError

            raise JsonRESTError("NotSupportedHere", not_supported(f"the runtime {spec['Runtime']}"))

    def create_function(backend: Any, spec: dict[str, Any]) -> Any:
        if problem := name_problem(str(spec.get("FunctionName"))):
            raise impossible(problem)
        check(spec)
        if spec.get("PackageType") in (None, "Zip") and not (spec.get("Runtime") and spec.get("Handler")):
            raise InvalidParameterValueException(
                "Runtime and Handler are mandatory parameters for functions created with deployment packages."
            )
        return make(backend, spec)

    def update_function_configuration(backend: Any, function_name: str, qualifier: str, body: dict[str, Any]) -> Any:
        check(body)
        return change(backend, function_name, qualifier, body)

    LambdaBackend.create_function = create_function
    LambdaBackend.update_function_configuration = update_function_configuration


def impossible(problem: str) -> Exception:
    """Gives AWS's error for a request that says something impossible."""
    from moto.awslambda.exceptions import LambdaClientError

    return LambdaClientError("ValidationException", problem)


def _setting_problem(spec: dict[str, Any]) -> str | None:
    """Gives what AWS says of the first setting of a function that is out of its bounds, or None."""
    handler = spec.get("Handler")
    if handler is not None and HANDLER.fullmatch(str(handler)) is None:
        return constraint(handler, "handler", f"Member must satisfy regular expression pattern: {HANDLER.pattern}")
    for field, (low, high) in SETTINGS.items():
        value = spec.get(field)
        if value is not None and not low <= int(value) <= high:
            shown = field[0].lower() + field[1:]
            if int(value) < low:
                return constraint(value, shown, f"Member must have value greater than or equal to {low}")
            return constraint(value, shown, f"Member must have value less than or equal to {high}")
    return None


def _runtime_problem(runtime: Any) -> str | None:
    """Gives what AWS says of a runtime that it does not have, or has no more, or None."""
    if runtime is None or OTHER_LANGUAGES.fullmatch(str(runtime)):
        return None
    if runtime in OLD_PYTHONS:
        return (
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. "
            "We recommend you use a supported runtime while creating or updating functions."
        )
    found = PYTHON.fullmatch(str(runtime))
    if found is None or int(found[1]) > LATEST_PYTHON:
        known = ", ".join(f"python3.{minor}" for minor in range(8, LATEST_PYTHON + 1))
        words = f"Member must satisfy enum value set: [{known}] or be a valid ARN"
        return f"Value {runtime} at 'runtime' failed to satisfy constraint: {words}"
    return None


def _variables(spec: dict[str, Any]) -> dict[str, str]:
    return dict((spec.get("Environment") or {}).get("Variables") or {})


def _variable_problem(spec: dict[str, Any]) -> str | None:
    """Gives what AWS says of an environment with a name that cannot be one, or None."""
    variables = _variables(spec)
    reserved = RESERVED.intersection(variables)
    if all(VARIABLE.fullmatch(name) or name in reserved for name in variables):
        return None
    shown = "{" + ", ".join(f"{name}={value}" for name, value in variables.items()) + "}"
    rules = f"Member must satisfy regular expression pattern: {VARIABLE.pattern}, Member must not be null"
    return constraint(shown, "environment.variables", f"Map keys must satisfy constraint: [{rules}]")


def _environment_problem(spec: dict[str, Any]) -> str | None:
    """Gives what AWS says of an environment with names that Lambda sets itself, or of one too large, or None."""
    variables = _variables(spec)
    words = (
        "Lambda was unable to configure your environment variables because the environment variables you have provided"
    )
    if reserved := RESERVED.intersection(variables):
        return (
            f"{words} contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(sorted(reserved))}"
        )
    text = json.dumps(variables, separators=(",", ":"), ensure_ascii=False)
    if len(text.encode()) > LARGEST_ENVIRONMENT:
        return f"{words} exceeded the 4KB limit. String measured: {text}"
    return None


def _written_settings() -> None:
    """AWS writes milliseconds and a zone in LastModified, and names a revision and where logs go; moto nanoseconds.

    api/API_FunctionConfiguration.html. Seam: `LambdaFunction.get_configuration`.
    """
    from moto.awslambda.models import LambdaFunction

    original = LambdaFunction.get_configuration

    def get_configuration(function: Any, *args: Any, **fields: Any) -> dict[str, Any]:
        shown = original(function, *args, **fields)
        shown["LastModified"] = re.sub(r"(\.\d{3})\d*Z$", r"\1+0000", str(shown["LastModified"]))
        logs = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}"}
        return {**shown, "LoggingConfig": logs, "RevisionId": _revision(shown)}

    LambdaFunction.get_configuration = get_configuration


def _revision(shown: dict[str, Any]) -> str:
    """Gives an id that changes with the code or a setting of a function."""
    said = json.dumps(
        {name: value for name, value in shown.items() if name != "LastUpdateStatus"}, sort_keys=True, default=str
    )
    return id_of(said)


def _changed_when() -> None:
    """AWS says when code or settings were changed last; moto when the function was made.

    api/API_UpdateFunctionConfiguration.html. Seams: `LambdaFunction.update_configuration`,
    `LambdaFunction.update_function_code`.
    """
    from moto.awslambda.models import LambdaFunction

    settings, code = LambdaFunction.update_configuration, LambdaFunction.update_function_code

    def update_configuration(function: Any, config_updates: dict[str, Any]) -> Any:
        function.last_modified = f"{cloud().clock.instant:%Y-%m-%dT%H:%M:%S.%fZ}"
        return settings(function, config_updates)

    def update_function_code(function: Any, updated_spec: dict[str, Any]) -> Any:
        function.last_modified = f"{cloud().clock.instant:%Y-%m-%dT%H:%M:%S.%fZ}"
        return code(function, updated_spec)

    LambdaFunction.update_configuration, LambdaFunction.update_function_code = (
        update_configuration,
        update_function_code,
    )


PATCHES: tuple[Callable[[], None], ...] = (_possible_functions, _written_settings, _changed_when)
