"""Step Functions: one state tried alone, without a machine, an execution or a history.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html. Each function below is
one gap and its seam. moto's interpreter can run a state alone; nothing calls it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from sagalab.aws.current import cloud
from sagalab.aws.stepfunctions.definition_words import in_one_sentence
from sagalab.aws.stepfunctions.definitions import definition_problems
from sagalab.aws.stepfunctions.evaluation import iso
from sagalab.aws.stepfunctions.machines import not_here

NAME = "TestState"
WAITS = (".waitForTaskToken", ".sync")
LEVELS = ("INFO", "DEBUG", "TRACE")


def _tried_alone() -> None:
    """AWS runs one state and says what it gives, where it leads, and, when asked, what it makes of its input.

    moto has no such call. Seam: `StepFunctionResponse.test_state`.
    """
    from moto.core.exceptions import AWSError
    from moto.core.responses import ActionResult
    from moto.stepfunctions.exceptions import InvalidExecutionInput
    from moto.stepfunctions.responses import StepFunctionResponse

    def test_state(response: Any) -> Any:
        for field in ("mock", "context", "stateConfiguration", "stateName"):
            if response._get_param(field) is not None:
                raise not_here(f"TestState's parameter {field}")
        text, level = response._get_param("definition"), response._get_param("inspectionLevel") or "INFO"
        problem = _problem(text)
        if problem is not None:
            raise AWSError(problem, "InvalidDefinition", 400)
        try:
            value = json.loads(response._get_param("input") or "{}")
            variables = json.loads(response._get_param("variables") or "{}")
        except ValueError as error:
            raise InvalidExecutionInput(f"Invalid State Machine Execution Input: '{error}'") from None
        state = json.loads(text)
        env = _environment(response, value, variables)
        _run(state, env)
        row = _outcome(state, env)
        if level in LEVELS[1:]:
            row["inspectionData"] = dict(env.inspection_data)
        return ActionResult(row)

    StepFunctionResponse.test_state = test_state


def _problem(text: str) -> str | None:
    """Says what is wrong with a state, or nothing."""
    try:
        state = json.loads(text)
    except ValueError:
        return in_one_sentence(definition_problems(text), slips=False)
    if not isinstance(state, dict):
        return in_one_sentence(definition_problems("[]"), slips=False)
    if state.get("Type") in ("Map", "Parallel"):
        raise not_here(f"a {state['Type']} state tried alone")
    others = {name: {"Type": "Succeed"} for name in _targets(state) if name != NAME}
    problems = definition_problems(json.dumps({"StartAt": NAME, "States": {NAME: state, **others}}))
    resource = str(state.get("Resource", ""))
    if not problems and (":activity:" in resource or any(f"{way}:" in f"{resource}:" for way in WAITS)):
        problems = (f"SCHEMA_VALIDATION_FAILED: TestState does not support the resource {resource} at /Resource",)
    return in_one_sentence(problems, slips=cloud().address is None) if problems else None


def _targets(state: dict[str, Any]) -> Iterator[str]:
    rows = [row for field in ("Catch", "Choices") for row in state.get(field) or () if isinstance(row, dict)]
    for found in (state.get("Next"), state.get("Default"), *(row.get("Next") for row in rows)):
        if isinstance(found, str):
            yield found


def _environment(response: Any, value: Any, variables: dict[str, Any]) -> Any:
    """Gives where the state runs: its input and variables, and no history that would keep its events."""
    from moto.stepfunctions.parser.asl.eval.evaluation_details import AWSExecutionDetails
    from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext
    from moto.stepfunctions.parser.asl.eval.test_state.environment import TestStateEnvironment

    account, region, role = response.current_account, response.region, response._get_param("roleArn")
    start = f"arn:aws:states:{region}:{account}"
    context: Any = {
        "Execution": {
            "Id": f"{start}:execution:{NAME}:{NAME}", "Input": value, "Name": NAME, "RoleArn": role,
            "StartTime": iso(cloud().clock.instant), "RedriveCount": 0,
        },
        "StateMachine": {"Id": f"{start}:stateMachine:{NAME}", "Name": NAME},
    }  # fmt: skip
    env: Any = TestStateEnvironment(
        aws_execution_details=AWSExecutionDetails(account=account, region=region, role_arn=role),
        execution_type="STANDARD",
        context=context,
        event_history_context=EventHistoryContext.of_program_start(),
        activity_store={},
    )
    env.event_manager.ended = True
    env.states.reset(value)
    tell = env.states.set_error_output

    def keep(told: Any) -> None:
        vars(env)["told"] = told  # a Catch forgets it once the state is left
        tell(told)

    env.states.set_error_output = keep
    for name, known in variables.items():
        env.variable_store.set(variable_identifier=name, variable_value=known)
    return env


def _run(state: dict[str, Any], env: Any) -> None:
    from moto.stepfunctions.parser.asl.parse.test_state.asl_parser import TestStateAmazonStateLanguageParser
    from moto.stepfunctions.parser.asl.parse.test_state.preprocessor import TestStatePreprocessor

    TestStatePreprocessor._query_language_per_scope = []  # moto's lies with the class
    once = {name: value for name, value in state.items() if name != "Retry"}  # a retry is told of, not made
    program, _ = TestStateAmazonStateLanguageParser.parse(json.dumps(once))
    env.next_state_name = program.test_state.name
    program._eval_body(env)


def _outcome(state: dict[str, Any], env: Any) -> dict[str, Any]:
    from moto.stepfunctions.parser.asl.component.common.catch.catch_outcome import CatchOutcome
    from moto.stepfunctions.parser.asl.eval.program_state import ProgramError
    from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

    ended = env.program_state()
    caught = any(value is CatchOutcome.Caught for value in env.stack)
    if not caught and not isinstance(ended, ProgramError):
        following = getattr(ended, "next_state_name", None) or state.get("Next")
        row = {"status": "SUCCEEDED", "output": to_json_str(env.states.get_input())}
        return row | ({"nextState": following} if following else {})
    told: dict[str, Any] = vars(env)["told"] if caught else ended.error or {}
    error, cause = (told.get(name) or told.get(name.lower()) for name in ("Error", "Cause"))
    row = {name: value for name, value in (("error", error), ("cause", cause)) if value}
    if _retried(state, str(error or "")):
        return row | {"status": "RETRIABLE"}
    if caught:
        row |= {"output": to_json_str(env.states.get_input()), "nextState": env.next_state_name}
    return row | {"status": "CAUGHT_ERROR" if caught else "FAILED"}


def _retried(state: dict[str, Any], error: str) -> bool:
    """Says whether a retrier of the state would try again after this error."""
    final = error == "States.Runtime"
    for row in state.get("Retry") or ():
        names = row.get("ErrorEquals") or ()
        any_error = "States.ALL" in names or ("States.TaskFailed" in names and error != "States.Timeout")
        if error in names or (any_error and not final):
            return bool(row.get("MaxAttempts", 3) > 0)
    return False


PATCHES: tuple[Callable[[], None], ...] = (_tried_alone,)
