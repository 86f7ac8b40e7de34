"""Lambda: event source mappings that AWS refuses, which records they let through, and mappings found by name.

Each function below is one gap: what AWS does, its page, what moto does, and the seam.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sagalab.aws.early_refusals import constraint
from sagalab.aws.eventbridge.matching import matches
from sagalab.aws.eventbridge.patterns import pattern_problem
from sagalab.aws.lambdas.function_settings import impossible

# api/API_CreateEventSourceMapping.html: of streams alone
OF_STREAMS = (
    "BisectBatchOnFunctionError", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts", "ParallelizationFactor",
    "TumblingWindowInSeconds",
)  # fmt: skip
NO_FILTER = "Invalid filter pattern definition."  # AWS does not say why.


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
        if problem := mapping_problem(spec):
            raise impossible(problem)
        if problem := _queue_problem(backend, spec) or batch_problem(spec) or filter_problem(spec):
            raise InvalidParameterValueException(problem)
        if known := _known(backend, spec):
            raise AlreadyMapped(
                "ResourceConflictException",
                f'An event source mapping with SQS arn (" {known.event_source_arn} ") and function '
                f'(" {_name(known.function_arn)} ") already exists. Please update or delete the existing mapping '
                f"with UUID {known.uuid}",
            )
        return original(backend, spec)

    LambdaBackend.create_event_source_mapping = create_event_source_mapping


def _known(backend: Any, spec: dict[str, Any]) -> Any:
    pair = (spec.get("EventSourceArn"), _name(spec.get("FunctionName") or ""))
    rows = backend._event_source_mappings.values()
    return next((row for row in rows if (row.event_source_arn, _name(row.function_arn)) == pair), None)


def mapping_problem(spec: dict[str, Any]) -> str | None:
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


def batch_problem(spec: dict[str, Any]) -> str | None:
    """Gives what AWS says of a batch that the source cannot fill, or of a stream's setting for a queue, or None.

    dg/services-sqs-configure.html; the words for a stream's setting are not documented.
    """
    if ":sqs:" in str(spec.get("EventSourceArn")):
        if spec.get("StartingPosition"):
            return "StartingPosition is not valid for SQS event sources."
        if wrong := next((name for name in OF_STREAMS if spec.get(name)), None):
            return f"Unsupported {wrong} parameter for given event source mapping type."
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


def filter_problem(spec: dict[str, Any]) -> str | None:
    """Gives what AWS says of filters of which one is no pattern, or None: dg/with-sqs-filtering.html."""
    for row in (spec.get("FilterCriteria") or {}).get("Filters", []):
        try:
            pattern = json.loads(row.get("Pattern") or "")
        except ValueError:
            return NO_FILTER
        if pattern_problem(pattern):
            return NO_FILTER
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


PATCHES: tuple[Callable[[], None], ...] = (_mappings_that_cannot_work, _mappings_by_name)
