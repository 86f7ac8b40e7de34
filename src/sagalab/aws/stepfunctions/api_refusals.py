"""Step Functions: calls about machines, activities and tags that AWS refuses, or takes twice.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html,
API_CreateActivity.html and API_TagResource.html. Each function below is one gap and its seam.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

TYPES = ("STANDARD", "EXPRESS")


def refused(message: str, code: str = "ValidationException") -> Exception:
    """Gives AWS's refusal of a call, with its code."""
    from moto.core.exceptions import AWSError

    return AWSError(message, code, 400)


def not_of_this_type() -> Exception:
    """Gives AWS's refusal of a call that machines of the other type have."""
    return refused("This operation is not supported by this type of state machine", "StateMachineTypeNotSupported")


def _arns() -> None:
    """AWS says what is wrong with an ARN: that it is none, or one of another kind; moto names what it is not.

    Seams: `StepFunctionBackend._validate_execution_arn`, `StepFunctionBackend._validate_machine_arn`,
    `StepFunctionBackend._validate_activity_arn`.
    """
    from moto.stepfunctions.exceptions import InvalidArn
    from moto.stepfunctions.models import StepFunctionBackend

    def naming(original: Callable[..., Any]) -> Callable[..., Any]:
        def validate(backend: Any, arn: str) -> None:
            try:
                original(backend, arn)
            except InvalidArn:
                kind = str(arn).split(":")[5:6]
                what = f"Resource type not valid in this context: {kind[0]}" if kind else f"Invalid ARN prefix: {arn}"
                raise InvalidArn(f"Invalid Arn: '{what}'") from None

        return validate

    for name in ("_validate_execution_arn", "_validate_machine_arn", "_validate_activity_arn"):
        setattr(StepFunctionBackend, name, naming(getattr(StepFunctionBackend, name)))


def _new_machines() -> None:
    """AWS knows two types of machines, and logs to one destination; moto takes any type, and no destination.

    Seam: `StepFunctionResponse.create_state_machine`.
    """
    from moto.stepfunctions.responses import StepFunctionResponse

    create, update = StepFunctionResponse.create_state_machine, StepFunctionResponse.update_state_machine

    def create_state_machine(response: Any) -> Any:
        kind = response._get_param("type")
        if kind is not None and kind not in TYPES:
            words = f"Member must satisfy enum value set: [{', '.join(TYPES)}]"
            raise refused(
                f"1 validation error detected: Value '{kind}' at 'type' failed to satisfy constraint: {words}"
            )
        _check_logging(response._get_param("loggingConfiguration"))
        return create(response)

    def update_state_machine(response: Any) -> Any:
        _check_logging(response._get_param("loggingConfiguration"))
        return update(response)

    StepFunctionResponse.create_state_machine = create_state_machine
    StepFunctionResponse.update_state_machine = update_state_machine


def _check_logging(config: dict[str, Any] | None) -> None:
    given = config or {}
    destinations = given.get("destinations") or []
    if len(destinations) > 1 or (given.get("level") not in (None, "OFF") and not destinations):
        words = "Invalid Logging Configuration: Must specify exactly one Log Destination."
        raise refused(words, "InvalidLoggingConfiguration")


def _activities() -> None:
    """AWS gives the activity that there is for one made again, and says of one that is not there what it is.

    moto refuses the first, and says the ARN alone. Seams: `StepFunctionBackend.create_activity`,
    `StepFunctionBackend.describe_activity`.
    """
    from moto.stepfunctions.exceptions import ActivityAlreadyExists, ActivityDoesNotExist
    from moto.stepfunctions.models import StepFunctionBackend

    create, describe = StepFunctionBackend.create_activity, StepFunctionBackend.describe_activity

    def create_activity(backend: Any, name: str, *args: Any, **fields: Any) -> Any:
        try:
            return create(backend, name, *args, **fields)
        except ActivityAlreadyExists:
            return next(one for one in backend.activities.values() if one.name == name)

    def describe_activity(backend: Any, activity_arn: str) -> Any:
        try:
            return describe(backend, activity_arn)
        except ActivityDoesNotExist:
            raise ActivityDoesNotExist(f"Activity Does Not Exist: '{activity_arn}'") from None

    StepFunctionBackend.create_activity, StepFunctionBackend.describe_activity = create_activity, describe_activity


def _tags() -> None:
    """AWS refuses tags of what is not there; moto keeps them.

    Seams: `StepFunctionBackend.tag_resource`, `StepFunctionBackend.untag_resource`,
    `StepFunctionBackend.list_tags_for_resource`.
    """
    from moto.stepfunctions.exceptions import ResourceNotFound
    from moto.stepfunctions.models import StepFunctionBackend

    def checking(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(backend: Any, arn: str, *args: Any) -> Any:
            if arn not in backend.activities and all(one.arn != arn for one in backend.state_machines):
                raise ResourceNotFound(arn)
            return original(backend, arn, *args)

        return call

    for name in ("tag_resource", "untag_resource", "list_tags_for_resource"):
        setattr(StepFunctionBackend, name, checking(getattr(StepFunctionBackend, name)))


PATCHES: tuple[Callable[[], None], ...] = (_arns, _new_machines, _activities, _tags)
