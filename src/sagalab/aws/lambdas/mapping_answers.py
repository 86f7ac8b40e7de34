"""Lambda: what is said of an event source mapping that is made, changed, asked for or deleted.

What AWS does: https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html and the four calls
of mappings. Each function below is one gap: what moto does, and the seam.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sagalab.aws.lambdas.function_settings import impossible
from sagalab.aws.lambdas.mapping_requests import batch_problem, filter_problem, mapping_problem

CAPITAL = ("ResourceNotFoundException", "ResourceInUseException", "ServiceException")  # say Message, others message


def _configurations() -> None:
    """AWS names the window and the response types of a queue's mapping also where they are the defaults, and says in
    one word who changed it; moto leaves them out. Seam: `EventSourceMapping.get_configuration`.
    """
    from moto.awslambda.models import EventSourceMapping

    original = EventSourceMapping.get_configuration

    def get_configuration(mapping: Any) -> dict[str, Any]:
        shown = {**original(mapping), "StateTransitionReason": "USER_INITIATED"}
        if ":sqs:" in mapping.event_source_arn:
            shown = {"MaximumBatchingWindowInSeconds": 0, "FunctionResponseTypes": [], **shown}
        for name in ("FilterCriteria", "ScalingConfig"):
            if not shown.get(name):
                shown.pop(name, None)  # An empty one takes it away.
        return shown

    EventSourceMapping.get_configuration = get_configuration


def _states() -> None:
    """AWS takes a mapping for later, with 202, and says what becomes of it: Creating, Enabling, Disabling, Updating.

    Here it has become that once the call is answered. moto answers 201 and the state that follows.
    Seams: `LambdaResponse.create_event_source_mapping`, `LambdaResponse.update_event_source_mapping`.
    """
    from moto.awslambda.responses import LambdaResponse

    create, update = LambdaResponse.create_event_source_mapping, LambdaResponse.update_event_source_mapping

    def create_event_source_mapping(response: Any) -> Any:
        _, headers, body = create(response)
        shown = json.loads(body)
        if shown["State"] == "Enabled":
            shown["State"] = "Creating"
        return 202, {**headers, "status": 202}, json.dumps(shown)

    def update_event_source_mapping(response: Any) -> Any:
        mapping = response.backend.get_event_source_mapping(response.path.split("/")[-1])
        if mapping is None:
            raise _missing()
        before = mapping.get_configuration()["State"]
        status, headers, body = update(response)
        shown = json.loads(body)
        changed = {("Disabled", "Enabled"): "Enabling", ("Enabled", "Disabled"): "Disabling"}
        shown["State"] = changed.get((before, shown["State"]), "Updating")
        return status, headers, json.dumps(shown)

    LambdaResponse.create_event_source_mapping = create_event_source_mapping
    LambdaResponse.update_event_source_mapping = update_event_source_mapping


def _missing() -> Exception:
    from moto.awslambda.exceptions import LambdaClientError

    class Missing(LambdaClientError):
        code = 404

    return Missing("ResourceNotFoundException", "The resource you requested does not exist.")


def _changes_that_cannot_work() -> None:
    """AWS checks a change as it checks a new mapping; moto takes whatever it is told.

    api/API_UpdateEventSourceMapping.html. Seam: `LambdaBackend.update_event_source_mapping`.
    """
    from moto.awslambda.exceptions import InvalidParameterValueException
    from moto.awslambda.models import LambdaBackend

    original = LambdaBackend.update_event_source_mapping

    def update_event_source_mapping(backend: Any, uuid: str, spec: dict[str, Any]) -> Any:
        if problem := mapping_problem(spec):
            raise impossible(problem)
        mapping = backend.get_event_source_mapping(uuid)
        if mapping is not None:
            known = {
                "EventSourceArn": mapping.event_source_arn, "BatchSize": mapping.batch_size,
                "MaximumBatchingWindowInSeconds": mapping.max_batch_window,
            }  # fmt: skip
            if problem := batch_problem({**known, **spec}) or filter_problem(spec):
                raise InvalidParameterValueException(problem)
        return original(backend, uuid, spec)

    LambdaBackend.update_event_source_mapping = update_event_source_mapping


def _deletions() -> None:
    """AWS says that a mapping which it is to delete does not exist; moto answers an error without a name.

    api/API_DeleteEventSourceMapping.html. Seam: `LambdaBackend.delete_event_source_mapping`.
    """
    from moto.awslambda.models import LambdaBackend

    original = LambdaBackend.delete_event_source_mapping

    def delete_event_source_mapping(backend: Any, uuid: str) -> Any:
        mapping = original(backend, uuid)
        if mapping is None:
            raise _missing()
        return mapping

    LambdaBackend.delete_event_source_mapping = delete_event_source_mapping


def _whose_fault() -> None:
    """AWS says in each error of Lambda whose fault it is, as Type; moto does not.

    Seam: `LambdaClientError.description`.
    api/API_CreateEventSourceMapping.html#API_CreateEventSourceMapping_Errors.
    """
    from moto.awslambda.exceptions import LambdaClientError

    def written(error: Any) -> str:
        body = str(error.__dict__["body"])
        # A ValidationException comes before Lambda looks at the request.
        if error.error_type == "ValidationException" or "__type" not in json.loads(body):
            return body
        name = "Message" if error.error_type in CAPITAL else "message"
        return json.dumps({"Type": "User", name: error.message})

    def write(error: Any, body: str) -> None:
        error.__dict__["body"] = body

    LambdaClientError.description = property(written, write)


PATCHES: tuple[Callable[[], None], ...] = (
    _configurations, _states, _changes_that_cannot_work, _deletions, _whose_fault,
)  # fmt: skip
