"""Step Functions: versions of a state machine, and executions that are started by a version or an alias.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-version.html and
apireference/API_PublishStateMachineVersion.html. Each function below is one gap and its seam.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sagalab.aws.current import cloud
from sagalab.aws.ids import id_of

PAGE = 100


def _published_once() -> None:
    """AWS publishes each revision of a machine once; moto makes a version at every call.

    Seams: `StateMachine.publish`, `StateMachine.update`.
    """
    from moto.stepfunctions.models import StateMachine, StateMachineVersion

    publish, update = StateMachine.publish, StateMachine.update

    def publish_once(machine: Any, description: str | None) -> None:
        revision = vars(machine).get("revision_id")
        known = next((one for one in machine.versions.values() if vars(one).get("revision_id") == revision), None)
        if known is None:
            publish(machine, description)
            known = machine.latest_version
            # An execution of a version is one of its machine, under whose name it is found.
            known.revision_id, known.executions, known.backend = revision, machine.executions, machine.backend
        machine.latest_version = known

    def update_once(machine: Any, **fields: Any) -> None:
        changed = any(value is not None and value != getattr(machine, name, None) for name, value in fields.items())
        update(machine, **fields)
        if changed:
            place = f"{machine.arn}:{vars(machine).get('revision_id')}:{machine.update_date}:{machine.definition}"
            machine.revision_id = id_of(place)

    StateMachine.publish, StateMachine.update = publish_once, update_once
    StateMachineVersion._handle_name_input_idempotency = StateMachine._handle_name_input_idempotency


def _versions() -> None:
    """AWS publishes, lists and deletes versions; moto knows none of these calls.

    Seams: `StepFunctionResponse.publish_state_machine_version`, `StepFunctionResponse.list_state_machine_versions`,
    `StepFunctionResponse.delete_state_machine_version`.
    """
    from moto.core.exceptions import AWSError
    from moto.core.responses import ActionResult, EmptyResult
    from moto.stepfunctions.responses import StepFunctionResponse

    def publish_state_machine_version(response: Any) -> Any:
        machine = machine_of(response, response._get_param("stateMachineArn"))
        wanted, revision = response._get_param("revisionId"), vars(machine).get("revision_id") or "INITIAL"
        if wanted is not None and wanted != revision:
            words = f"Failed to publish the State Machine version for revision {wanted}. "
            raise AWSError(f"{words}The current State Machine revision is {revision}.", "ConflictException", 400)
        machine.publish(response._get_param("description"))
        made = machine.latest_version
        return ActionResult({"creationDate": made.creation_date, "stateMachineVersionArn": made.arn})

    def list_state_machine_versions(response: Any) -> Any:
        machine = machine_of(response, response._get_param("stateMachineArn"))
        rows = [
            {"stateMachineVersionArn": one.arn, "creationDate": one.creation_date}
            for _, one in sorted(machine.versions.items(), reverse=True)
        ]
        return ActionResult(page(response, "stateMachineVersions", rows))

    def delete_state_machine_version(response: Any) -> Any:
        arn = response._get_param("stateMachineVersionArn")
        source, _, number = arn.rpartition(":")
        machine = next((one for one in response.stepfunction_backend.state_machines if one.arn == source), None)
        if machine is not None and number.isdecimal():
            names = [name for name, alias in machine.aliases.items() if arn in _routed(alias)]
            if names:
                words = "Version to be deleted must not be referenced by an alias. "
                found = f"Current list of aliases referencing this version: [{', '.join(names)}]"
                raise AWSError(words + found, "ConflictException", 400)
            machine.versions.pop(int(number), None)
        return EmptyResult()

    StepFunctionResponse.publish_state_machine_version = publish_state_machine_version
    StepFunctionResponse.list_state_machine_versions = list_state_machine_versions
    StepFunctionResponse.delete_state_machine_version = delete_state_machine_version


def _routed(alias: Any) -> list[str]:
    return [row["stateMachineVersionArn"] for row in alias.routing_configuration]


def machine_of(response: Any, arn: str) -> Any:
    """Gives a machine by its ARN, none of its versions."""
    from moto.stepfunctions.exceptions import StateMachineDoesNotExist

    found = response.stepfunction_backend.describe_state_machine(arn)
    if found.arn != arn or not hasattr(found, "versions"):
        raise StateMachineDoesNotExist(f"State Machine Does Not Exist: '{arn}'")
    return found


def page(response: Any, name: str, rows: list[Any]) -> dict[str, Any]:
    """Gives one page of an answer's rows under their name, and the token of the next one."""
    from moto.core.exceptions import AWSError

    token, most = str(response._get_param("nextToken") or 0), int(response._get_param("maxResults") or PAGE)
    if not token.isdecimal() or int(token) >= max(len(rows), 1):
        raise AWSError("Invalid Token: 'Invalid token'", "InvalidToken", 400)
    first = int(token)
    more = {"nextToken": str(first + most)} if first + most < len(rows) else {}
    return {name: rows[first : first + most], **more}


def _told_of_versions() -> None:
    """AWS tells of a published version only who asked for it, and of the revision that an update made; moto does not.

    Seams: `StepFunctionResponse.create_state_machine`, `StepFunctionResponse.update_state_machine`.
    """
    from moto.stepfunctions.responses import StepFunctionResponse

    create, update = StepFunctionResponse.create_state_machine, StepFunctionResponse.update_state_machine

    def create_state_machine(response: Any) -> Any:
        answer = create(response)
        if not response._get_param("publish"):
            answer.result.pop("stateMachineVersionArn", None)
        return answer

    def update_state_machine(response: Any) -> Any:
        answer = update(response)
        machine = response.stepfunction_backend.describe_state_machine(response._get_param("stateMachineArn"))
        if revision := vars(machine).get("revision_id"):
            answer.result["revisionId"] = revision
        return answer

    StepFunctionResponse.create_state_machine = create_state_machine
    StepFunctionResponse.update_state_machine = update_state_machine


def _started_by_a_version() -> None:
    """AWS starts executions of versions, and of the version that an alias leads to; moto dies of the first.

    It does not know the second. Seam: `StepFunctionsParserBackend.start_execution`.
    """
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    original = StepFunctionsParserBackend.start_execution

    def start_execution(backend: Any, state_machine_arn: str, *args: Any, **fields: Any) -> Any:
        source, _, qualifier = state_machine_arn.partition(":stateMachine:")[2].partition(":")
        if not qualifier:
            return original(backend, state_machine_arn, *args, **fields)
        arn, alias = state_machine_arn, None
        machine = next((one for one in backend.state_machines if one.name == source), None)
        if machine is not None and qualifier in machine.aliases:
            alias = machine.aliases[qualifier]
            arn = _drawn(alias.routing_configuration)
        execution = original(backend, arn, *args, **fields)
        if machine is not None:
            execution.version_arn, execution.alias_arn = arn, alias.arn if alias is not None else None
            execution.state_machine_arn = machine.arn
        return execution

    StepFunctionsParserBackend.start_execution = start_execution


def _drawn(routes: list[dict[str, Any]]) -> str:
    """Draws the version that an execution of an alias is one of, by the weights."""
    if len(routes) == 1:
        return str(routes[0]["stateMachineVersionArn"])
    arns, weights = zip(*((row["stateMachineVersionArn"], int(row["weight"])) for row in routes), strict=True)
    return str(cloud().chance.choices(arns, weights)[0])


PATCHES: tuple[Callable[[], None], ...] = (_published_once, _versions, _told_of_versions, _started_by_a_version)
