"""Step Functions: aliases of a state machine's versions, and what AWS refuses of them.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachineAlias.html and
API_UpdateStateMachineAlias.html. Each function below is one gap and its seam.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from sagalab.aws.stepfunctions.api_refusals import refused

NAME = re.compile(r"^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$")
LONGEST = 80  # characters of a name


def _routes() -> None:
    """AWS names what is wrong with the routes of an alias; moto has words of its own, and misses some.

    Seam: `StepFunctionResponse._validate_routing_configuration`.
    """
    from moto.stepfunctions.responses import StepFunctionResponse

    def _validate_routing_configuration(response: Any, routing_configuration: list[dict[str, Any]]) -> None:
        routes = routing_configuration
        if len(routes) > 2:
            items = (
                f"stateMachineVersionArn={row['stateMachineVersionArn']}, weight={row['weight']}" for row in routes
            )
            shown = ", ".join(f"RoutingConfigurationListItem({item})" for item in items)
            words = "failed to satisfy constraint: Member must have length less than or equal to 2"
            raise refused(f"1 validation error detected: Value '[{shown}]' at 'routingConfiguration' {words}")
        arns, weights = [row["stateMachineVersionArn"] for row in routes], [row["weight"] for row in routes]
        for number, weight in enumerate(weights, 1):
            if weight > 100:
                place = (
                    f"Value '{weight}' at 'routingConfiguration.{number}.member.weight' failed to satisfy constraint"
                )
                words = "Member must have value less than or equal to 100"
                raise refused(f"1 validation error detected: {place}: {words}")
        shown = f"[{', '.join(arns)}]"
        if len(set(arns)) < len(arns):
            words = "Routing configuration must contain distinct state machine version ARNs."
            raise refused(f"{words} Received: {shown}")
        if sum(weights) != 100:
            words = "Sum of routing configuration weights must equal 100."
            raise refused(f"{words} Received: {json.dumps(weights)}")
        known = {
            one.arn for machine in response.stepfunction_backend.state_machines for one in machine.versions.values()
        }
        if not known.issuperset(arns):
            raise refused(f"Routing configuration must contain state machine version ARNs. Received: {shown}")
        if len({arn.rpartition(":")[0] for arn in arns}) > 1:
            words = "Routing configuration must contain version ARNs of one state machine."
            raise refused(f"{words} Received: {shown}")

    StepFunctionResponse._validate_routing_configuration = _validate_routing_configuration


def _made_once() -> None:
    """AWS takes the same alias twice and refuses another one of its name, or one that is a number; moto replaces it.

    Seam: `StepFunctionBackend.create_state_machine_alias`.
    """
    from moto.stepfunctions.models import StepFunctionBackend

    original = StepFunctionBackend.create_state_machine_alias

    def create_state_machine_alias(
        backend: Any, name: str, routing_configuration: list[dict[str, Any]], description: str | None
    ) -> Any:
        start = f"1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: Member must"
        if len(name) > LONGEST:
            raise refused(f"{start} have length less than or equal to {LONGEST}")
        if NAME.fullmatch(name) is None:
            raise refused(f"{start} satisfy regular expression pattern: {NAME.pattern}")
        machine_arn = routing_configuration[0]["stateMachineVersionArn"].rpartition(":")[0]
        machine = next((one for one in backend.state_machines if one.arn == machine_arn), None)
        known = machine.aliases.get(name) if machine is not None else None
        if known is None:
            return original(backend, name, routing_configuration, description)
        if (known.routing_configuration, known.description) != (routing_configuration, description):
            words = "Failed to create alias because an alias with the same name and a different routing configuration"
            raise refused(f"{words} already exists.", "ConflictException")
        return known

    StepFunctionBackend.create_state_machine_alias = create_state_machine_alias


def _missing_aliases() -> None:
    """AWS deletes an alias that is not there without a word, and says of another call that it references nothing.

    moto refuses the first, and wraps its words twice. Seams: `StepFunctionBackend.delete_state_machine_alias`,
    `StepFunctionBackend.describe_state_machine_alias`, `StepFunctionResponse.update_state_machine_alias`.
    """
    from moto.stepfunctions.exceptions import ResourceNotFound
    from moto.stepfunctions.models import StepFunctionBackend
    from moto.stepfunctions.responses import StepFunctionResponse

    delete, describe = StepFunctionBackend.delete_state_machine_alias, StepFunctionBackend.describe_state_machine_alias
    update = StepFunctionResponse.update_state_machine_alias

    def delete_state_machine_alias(backend: Any, arn: str) -> None:
        try:
            delete(backend, arn)
        except ResourceNotFound:
            return

    def describe_state_machine_alias(backend: Any, arn: str) -> Any:
        try:
            return describe(backend, arn)
        except ResourceNotFound:
            raise refused("Request references a resource that does not exist.", "ResourceNotFound") from None

    def update_state_machine_alias(response: Any) -> Any:
        if response._get_param("description") is None and response._get_param("routingConfiguration") is None:
            words = "Either the description or the RoutingConfiguration must be specified"
            raise refused(words, "MissingRequiredParameter")
        return update(response)

    StepFunctionBackend.delete_state_machine_alias = delete_state_machine_alias
    StepFunctionBackend.describe_state_machine_alias = describe_state_machine_alias
    StepFunctionResponse.update_state_machine_alias = update_state_machine_alias


PATCHES: tuple[Callable[[], None], ...] = (_routes, _made_once, _missing_aliases)
