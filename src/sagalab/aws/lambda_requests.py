"""Lambda: what AWS refuses when a function or an event source mapping is made, and mappings found by name.

Each function below is one gap: what AWS does, its page, what moto does, and the seam.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
import zipfile
from collections.abc import Callable
from typing import Any

from sagalab.aws.early_refusals import NAME, constraint, name_problem
from sagalab.aws.matching import matches
from sagalab.aws.patterns import pattern_problem

HANDLER = re.compile(r"[^\s]+")
CONCURRENT, UNRESERVED = 1000, 100  # executions of an account at the same time
SETTINGS = {"Timeout": (1, 900), "MemorySize": (128, 10_240)}


def _zips() -> None:
    """AWS refuses code that is no zip, or none at all; moto keeps the bytes, and the function dies at its first call.

    api/API_CreateFunction.html. Seams: `LambdaBackend.create_function`, `LambdaBackend.update_function_code`.
    """
    from moto.awslambda.models import LambdaBackend

    make, change = LambdaBackend.create_function, LambdaBackend.update_function_code

    def create_function(backend: Any, spec: dict[str, Any]) -> Any:
        _check_code(spec.get("Code") or {})
        return make(backend, spec)

    def update_function_code(backend: Any, function_name: str, qualifier: str, body: dict[str, Any]) -> Any:
        _check_code(body)
        return change(backend, function_name, qualifier, body)

    LambdaBackend.create_function, LambdaBackend.update_function_code = create_function, update_function_code


def _check_code(code: dict[str, Any]) -> None:
    from moto.awslambda.exceptions import InvalidParameterValueException

    text = code.get("ZipFile")
    if text is None and not code.get("ImageUri") and not code.get("S3Bucket"):
        raise InvalidParameterValueException("Please provide a source for function code.")
    if text == "":
        raise InvalidParameterValueException("Uploaded file must be a non-empty zip")
    if text is not None and not _is_zip(text):
        raise InvalidParameterValueException(
            "Could not unzip uploaded file. Please check your file, then try to upload again. "
            "Likely slip: ZipFile takes the bytes of a zip, not those of the handler's source."
        )
    if text is None:
        from moto.core.exceptions import JsonRESTError

        words = "code in an image or a bucket exists on AWS, but not in the local cloud of this course"
        raise JsonRESTError("NotSupportedHere", words)


def _possible_functions() -> None:
    """AWS refuses a name, handler, timeout or memory size that cannot be; moto takes them, and finds no function later.

    api/API_CreateFunction.html. Seams: `LambdaBackend.create_function`, `LambdaBackend.update_function_configuration`.
    """
    from moto.awslambda.models import LambdaBackend

    make, change = LambdaBackend.create_function, LambdaBackend.update_function_configuration

    def create_function(backend: Any, spec: dict[str, Any]) -> Any:
        if problem := name_problem(str(spec.get("FunctionName"))) or _setting_problem(spec):
            raise _impossible(problem)
        return make(backend, spec)

    def update_function_configuration(backend: Any, function_name: str, qualifier: str, body: dict[str, Any]) -> Any:
        if problem := _setting_problem(body):
            raise _impossible(problem)
        return change(backend, function_name, qualifier, body)

    LambdaBackend.create_function = create_function
    LambdaBackend.update_function_configuration = update_function_configuration


def _impossible(problem: str) -> Exception:
    from moto.awslambda.exceptions import LambdaClientError

    return LambdaClientError("ValidationException", problem)


def _found_by_name() -> None:
    """AWS finds a function by its name or any part of its ARN, and refuses other texts; moto fails inside at them.

    api/API_GetFunction.html. Seams: `LambdaStorage.get_function_by_name_or_arn_with_qualifier`,
    `LambdaStorage.get_function_by_name_or_arn_forbid_qualifier`.
    """
    from moto.awslambda.models import LambdaStorage

    with_one, without = (
        LambdaStorage.get_function_by_name_or_arn_with_qualifier,
        LambdaStorage.get_function_by_name_or_arn_forbid_qualifier,
    )

    def plain(storage: Any, text: str) -> str:
        found = NAME.fullmatch(text)
        if found is None:
            raise _impossible(str(name_problem(text)))
        elsewhere = (found[3] or f"{storage.region_name}:", found[5] or f"{storage.account_id}:")
        if elsewhere != (f"{storage.region_name}:", f"{storage.account_id}:"):
            raise storage.construct_unknown_function_exception(text)
        return f"{found[7]}{found[8] or ''}"

    def get_with(storage: Any, name_or_arn: str, qualifier: str | None = None) -> Any:
        return with_one(storage, plain(storage, name_or_arn), qualifier)

    def get_without(storage: Any, name_or_arn: str) -> Any:
        return without(storage, plain(storage, name_or_arn))

    LambdaStorage.get_function_by_name_or_arn_with_qualifier = get_with
    LambdaStorage.get_function_by_name_or_arn_forbid_qualifier = get_without


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


def _is_zip(text: Any) -> bool:
    try:
        return zipfile.is_zipfile(io.BytesIO(base64.b64decode(text)))
    except (TypeError, binascii.Error):
        return False


def _mappings_that_cannot_work() -> None:
    """AWS refuses a queue that shows a message again while its function may still run, and a filter that is no pattern.

    It refuses as well a second mapping of the same pair, a queue that is not there, and a batch of more than ten
    without a window to gather it: dg/services-sqs-configure.html, dg/with-sqs-filtering.html. moto takes most of it,
    the first one doubling every slow message. Seam: `LambdaBackend.create_event_source_mapping`.
    """
    from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError
    from moto.awslambda.models import LambdaBackend

    class AlreadyMapped(LambdaClientError):
        code = 409

    original = LambdaBackend.create_event_source_mapping

    def create_event_source_mapping(backend: Any, spec: dict[str, Any]) -> Any:
        if problem := _mapping_problem(spec):
            raise _impossible(problem)
        if problem := _queue_problem(backend, spec) or _batch_problem(spec) or _filter_problem(spec):
            raise InvalidParameterValueException(problem)
        if known := _known(backend, spec):
            raise AlreadyMapped(
                "ResourceConflictException",
                f"An event source mapping with SQS arn {known.event_source_arn} and function "
                f"{_name(known.function_arn)} already exists. Please update or delete the existing mapping with UUID "
                f"{known.uuid}",
            )
        return original(backend, spec)

    LambdaBackend.create_event_source_mapping = create_event_source_mapping


def _known(backend: Any, spec: dict[str, Any]) -> Any:
    pair = (spec.get("EventSourceArn"), _name(spec.get("FunctionName") or ""))
    rows = backend._event_source_mappings.values()
    return next((row for row in rows if (row.event_source_arn, _name(row.function_arn)) == pair), None)


def _mapping_problem(spec: dict[str, Any]) -> str | None:
    """Gives what AWS says of the first number of a mapping that is out of its bounds, or None."""
    scaling = (spec.get("ScalingConfig") or {}).get("MaximumConcurrency")
    bounds = (
        (spec.get("BatchSize"), "batchSize", 1, 10_000),
        (spec.get("MaximumBatchingWindowInSeconds"), "maximumBatchingWindowInSeconds", 0, 300),
        (scaling, "scalingConfig.maximumConcurrency", 2, 1000),
    )
    for value, field, low, high in bounds:
        if value is not None and int(value) > high:
            return constraint(value, field, f"Member must have value less than or equal to {high}")
        if value is not None and int(value) < low:
            return constraint(value, field, f"Member must have value greater than or equal to {low}")
    for kind in spec.get("FunctionResponseTypes") or []:
        if kind != "ReportBatchItemFailures":
            enum = "Member must satisfy enum value set: [ReportBatchItemFailures]"
            return constraint([kind], "functionResponseTypes", f"Member must satisfy constraint: [{enum}]")
    return None


def _batch_problem(spec: dict[str, Any]) -> str | None:
    if int(spec.get("BatchSize") or 0) > 10 and str(spec.get("EventSourceArn")).endswith(".fifo"):
        return "Batch size must be less than or equal to 10 for a FIFO queue"
    if int(spec.get("BatchSize") or 0) > 10 and not spec.get("MaximumBatchingWindowInSeconds"):
        return "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
    return None


def _queue_problem(backend: Any, spec: dict[str, Any]) -> str | None:
    from moto.sqs.models import sqs_backends

    queues = sqs_backends[backend.account_id][backend.region_name].queues.values()
    source = str(spec.get("EventSourceArn"))
    queue = next((one for one in queues if one.queue_arn == source), None)
    try:
        function = backend.get_function(spec.get("FunctionName"))
    except Exception:
        return None  # moto says which function is missing.
    if queue is None and ":sqs:" in source:
        return (
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
            "SQS Error Message: The specified queue does not exist."
        )
    if queue is None or int(queue.visibility_timeout) >= int(function.timeout):
        return None
    return (
        f"Queue visibility timeout: {queue.visibility_timeout} seconds is less than Function timeout: "
        f"{function.timeout} seconds"
    )


def _filter_problem(spec: dict[str, Any]) -> str | None:
    for row in (spec.get("FilterCriteria") or {}).get("Filters", []):
        try:
            pattern = json.loads(row.get("Pattern") or "")
        except ValueError:
            return "Invalid filter pattern definition. It is no JSON."
        if problem := pattern_problem(pattern):
            return f"Invalid filter pattern definition. {problem}"
    return None


def passes(mapping: Any, record: dict[str, Any]) -> bool:
    """Says whether a mapping's filters let a queue's record through; AWS deletes the others unseen.

    A body that is a JSON object is looked into: dg/with-sqs-filtering.html.
    """
    filters = (mapping.filter_criteria or {}).get("Filters") or []
    if not filters:
        return True
    try:
        body = json.loads(record["body"])
    except ValueError:
        body = record["body"]
    seen = {**record, "body": body if isinstance(body, dict) else record["body"]}
    return any(matches(json.loads(row["Pattern"]), seen) for row in filters)


def _reserved_concurrency() -> None:
    """AWS leaves at least 100 of an account's 1,000 concurrent executions unreserved; moto lets anybody reserve all.

    dg/configuration-concurrency.html. Seam: `LambdaBackend.put_function_concurrency`.
    """
    from moto.awslambda.exceptions import InvalidParameterValueException
    from moto.awslambda.models import LambdaBackend

    original = LambdaBackend.put_function_concurrency

    def put_function_concurrency(backend: Any, function_name: str, reserved_concurrency: Any) -> Any:
        function = backend.get_function(function_name)
        others = sum(
            int(row.reserved_concurrency or 0)
            for row in backend.list_functions()
            if row.function_name != function.function_name
        )
        if int(reserved_concurrency) < 0:
            problem = "Member must have value greater than or equal to 0"
            raise _impossible(constraint(reserved_concurrency, "reservedConcurrentExecutions", problem))
        if CONCURRENT - others - int(reserved_concurrency) < UNRESERVED:
            raise InvalidParameterValueException(
                "Specified ReservedConcurrentExecutions for function decreases account's "
                f"UnreservedConcurrentExecution below its minimum value of [{UNRESERVED}]."
            )
        return original(backend, function_name, reserved_concurrency)

    LambdaBackend.put_function_concurrency = put_function_concurrency


def _mappings_by_name() -> None:
    """AWS lists the mappings of a function by its name or ARN; moto only by the text they were made with.

    api/API_ListEventSourceMappings.html. Seam: `LambdaBackend.list_event_source_mappings`.
    """
    from moto.awslambda.models import LambdaBackend

    original = LambdaBackend.list_event_source_mappings

    def list_event_source_mappings(backend: Any, event_source_arn: str, function_name: str) -> Any:
        rows = original(backend, event_source_arn, "")
        return [row for row in rows if not function_name or _name(row.function_arn) == _name(function_name)]

    LambdaBackend.list_event_source_mappings = list_event_source_mappings


def _name(text: str) -> str:
    """Gives a function's name out of its name, its ARN or the middle of one, without a version."""
    parts = str(text).split(":")
    return parts[parts.index("function") + 1] if "function" in parts[:-1] else parts[0]


PATCHES: tuple[Callable[[], None], ...] = (
    _zips,
    _possible_functions,
    _found_by_name,
    _mappings_that_cannot_work,
    _mappings_by_name,
    _reserved_concurrency,
)


def install() -> None:
    """Puts the patches in place."""
    for patch in PATCHES:
        patch()
