"""Step Functions: Express workflows, which keep no history and can be waited for.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html and
apireference/API_StartSyncExecution.html. Each function below is one gap and its seam. Here an Express execution runs
as a Standard one does, once, and its events are kept for the lab alone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

from sagalab.aws.current import cloud
from sagalab.aws.ids import id_of
from sagalab.aws.stepfunctions.api_refusals import not_of_this_type

STEP = 0.01  # virtual seconds between two looks at an execution that is waited for
BILLED = 100  # milliseconds that a duration is rounded up to
MEMORY = 64  # MB, the smallest chunk
PATIENCE = 300  # seconds that an Express workflow runs at most
WAITS = (".waitForTaskToken", ".sync")


def _what_it_cannot_hold() -> None:
    """AWS refuses activities, callbacks and jobs in an Express workflow; moto takes them.

    dg/choosing-workflow-type.html. Seams: `StepFunctionsParserBackend.create_state_machine`,
    `StepFunctionsParserBackend.update_state_machine`.
    """
    from moto.core.exceptions import AWSError
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    create, update = StepFunctionsParserBackend.create_state_machine, StepFunctionsParserBackend.update_state_machine

    def check(definition: str) -> None:
        for problem in _lacking(json.loads(definition), ""):
            words = f"Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: {problem}'"
            raise AWSError(words, "InvalidDefinition", 400)

    def create_state_machine(backend: Any, name: str, definition: str, *args: Any, **fields: Any) -> Any:
        made = create(backend, name, definition, *args, **fields)
        if fields.get("sm_type") == "EXPRESS":
            try:
                check(definition)
            except AWSError:
                backend.state_machines.remove(made)
                raise
        return made

    def update_state_machine(backend: Any, arn: str, definition: str | None = None, *args: Any, **fields: Any) -> Any:
        if definition is not None and backend.describe_state_machine(arn).type == "EXPRESS":
            backend._validate_definition(definition=definition)
            check(definition)
        return update(backend, arn, definition, *args, **fields)

    StepFunctionsParserBackend.create_state_machine = create_state_machine
    StepFunctionsParserBackend.update_state_machine = update_state_machine


def _lacking(node: Any, place: str) -> Iterator[str]:
    if isinstance(node, dict):
        resource = node.get("Resource")
        if node.get("Type") == "Task" and isinstance(resource, str):
            if ":activity:" in resource:
                yield f"Express state machine does not support Activity ARN at {place}/Resource"
            for way in WAITS:
                if f"{way}:" in f"{resource}:":
                    yield f"Express state machine does not support '{way}' service integration at {place}/Resource"
        if (node.get("ProcessorConfig") or {}).get("Mode") == "DISTRIBUTED":
            yield f"Express state machine does not support 'DISTRIBUTED' mode at {place}/ProcessorConfig/Mode"
        for name, inner in node.items():
            yield from _lacking(inner, f"{place}/{name}")
    elif isinstance(node, list):
        for number, inner in enumerate(node):
            yield from _lacking(inner, f"{place}[{number}]")


def _names_of_its_executions() -> None:
    """AWS names an Express execution by its kind, and once more by a UUID, so that a name may come again.

    moto names it as a Standard one.

    dg/concepts-state-machine-executions.html. Seams: `StepFunctionsParserBackend.start_execution`, whose executions
    are made by `parser.models.Execution`, and `StepFunctionBackend.accepted_exec_arn_format`.
    """
    import re

    import moto.stepfunctions.parser.models as module
    from moto.stepfunctions.models import StateMachine, StateMachineVersion, StepFunctionBackend

    original = module.Execution

    def execution(*, exec_arn: str, state_machine: Any, **fields: Any) -> Any:
        if state_machine.type == "EXPRESS":
            place = f"{exec_arn}:{len(cloud().express)}:{cloud().seed}"
            exec_arn = f"{exec_arn.replace(':execution:', ':express:')}:{id_of(place)}"
            cloud().express.add(exec_arn)
        return original(exec_arn=exec_arn, state_machine=state_machine, **fields)

    module.Execution = execution
    find = StateMachine._handle_name_input_idempotency

    def find_one_of_this_name(machine: Any, name: str, execution_input: str) -> Any:
        return None if machine.type == "EXPRESS" else find(machine, name, execution_input)

    StateMachine._handle_name_input_idempotency = find_one_of_this_name
    StateMachineVersion._handle_name_input_idempotency = find_one_of_this_name
    pattern = StepFunctionBackend.accepted_exec_arn_format.pattern
    StepFunctionBackend.accepted_exec_arn_format = re.compile(pattern.replace(":execution:", ":(?:execution|express):"))


def _no_history() -> None:
    """AWS describes, stops and shows no Express execution; moto does.

    apireference/API_DescribeExecution.html: "This API action is not supported by EXPRESS state machines". Seams:
    `StepFunctionResponse.describe_execution`, `StepFunctionResponse.get_execution_history`,
    `StepFunctionResponse.stop_execution`, `StepFunctionResponse.describe_state_machine_for_execution`.
    """
    from moto.stepfunctions.exceptions import InvalidArn
    from moto.stepfunctions.responses import StepFunctionResponse

    def refusing(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(response: Any) -> Any:
            if str(response._get_param("executionArn")).split(":")[5:6] == ["express"]:
                raise InvalidArn("Invalid Arn: 'Resource type not valid in this context: express'")
            return original(response)

        return call

    for name in (
        "describe_execution",
        "get_execution_history",
        "stop_execution",
        "describe_state_machine_for_execution",
    ):
        setattr(StepFunctionResponse, name, refusing(getattr(StepFunctionResponse, name)))


def _waited_for() -> None:
    """AWS starts an Express execution and answers when it has ended; moto has no such call.

    apireference/API_StartSyncExecution.html. Seam: `StepFunctionResponse.start_sync_execution`.
    """
    from moto.core.responses import ActionResult
    from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
    from moto.stepfunctions.responses import StepFunctionResponse

    def start_sync_execution(response: Any) -> Any:
        arn, backend, here = response._get_param("stateMachineArn"), response.stepfunction_backend, cloud()
        machine = backend.describe_state_machine(arn)
        if machine.type != "EXPRESS":
            raise not_of_this_type()
        run = backend.describe_execution(response.start_execution().result["executionArn"])
        until = here.clock.now + PATIENCE
        while str(run.status) == "RUNNING" and here.clock.now < until:
            here.clock.sleep(STEP)
        status, stopped = str(run.status), run.stop_date or here.clock.instant
        shown = {"ABORTED": "FAILED", "RUNNING": "TIMED_OUT"}.get(status, status)
        length = math.ceil((stopped - run.start_date).total_seconds() * 1000 / BILLED) * BILLED
        row: dict[str, Any] = {
            "executionArn": run.execution_arn, "stateMachineArn": machine.arn, "name": run.name,
            "startDate": run.start_date, "stopDate": stopped, "input": run.execution_input,
            "inputDetails": {"included": True}, "status": shown,
            "billingDetails": {"billedMemoryUsedInMB": MEMORY, "billedDurationInMilliseconds": max(length, BILLED)},
        }  # fmt: skip
        if status == "SUCCEEDED":
            row |= {"output": to_json_str(run.output), "outputDetails": {"included": True}}
        row |= {name: value for name in ("error", "cause") if (value := getattr(run, name)) is not None}
        return ActionResult(row)

    StepFunctionResponse.start_sync_execution = start_sync_execution


PATCHES: tuple[Callable[[], None], ...] = (
    _what_it_cannot_hold,
    _names_of_its_executions,
    _no_history,
    _waited_for,
)
