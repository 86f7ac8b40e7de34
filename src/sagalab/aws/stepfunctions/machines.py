"""Step Functions: making state machines, checking definitions, and what of the service is not here.

Each function below is one gap: what AWS does, its page, what moto does, and the seam.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from sagalab.aws.current import cloud
from sagalab.aws.lacking import not_supported
from sagalab.aws.stepfunctions.buckets import lacking_in_a_map
from sagalab.aws.stepfunctions.definition_words import parts
from sagalab.aws.stepfunctions.definitions import definition_problems


def _known_names() -> None:
    """AWS takes the same machine twice and refuses another one of its name; moto hands out the first one silently.

    A different role or tags are no difference: apireference/API_CreateStateMachine.html.
    Seam: `StepFunctionsParserBackend.create_state_machine`.
    """
    from moto.stepfunctions.exceptions import AWSError
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    class StateMachineAlreadyExists(AWSError):
        TYPE = "StateMachineAlreadyExists"
        STATUS = 400

    original = StepFunctionsParserBackend.create_state_machine

    def create_state_machine(backend: Any, name: str, definition: str, *args: Any, **fields: Any) -> Any:
        known = next((one for one in backend.state_machines if one.name == name), None)
        made = original(backend, name, definition, *args, **fields)  # refuses a definition that is none
        if known is not None and not _same(known, definition, fields):
            slip = (
                ". Its definition or type differs from this one. "
                "Likely slip: a machine is changed with update_state_machine, not made again."
            )
            words = f"State Machine Already Exists: '{known.arn}'"
            raise StateMachineAlreadyExists(words + (slip if cloud().address is None else ""))
        return made

    StepFunctionsParserBackend.create_state_machine = create_state_machine


def _same(known: Any, definition: str, fields: dict[str, Any]) -> bool:
    kept = (known.type, known.loggingConfiguration, known.tracingConfiguration)
    logging, tracing = fields.get("loggingConfiguration"), fields.get("tracingConfiguration")
    asked = (fields.get("sm_type") or "STANDARD", logging or {"level": "OFF"}, tracing or {"enabled": False})
    return bool(json.loads(known.definition) == json.loads(definition)) and kept == asked


def _escaped_names() -> None:
    """A definition is JSON, so that a name may hold escapes; moto takes them for part of the name.

    dg/concepts-amazon-states-language.html: a definition is a JSON object.
    Seam: `Preprocessor._inner_string_of`.
    """
    from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor

    original = Preprocessor._inner_string_of

    def _inner_string_of(parser_rule_context: Any) -> str | None:
        text: str | None = original(parser_rule_context)
        if text is None or "\\" not in text:
            return text
        try:
            return str(json.loads(f'"{text}"'))
        except ValueError:
            return text

    Preprocessor._inner_string_of = staticmethod(_inner_string_of)


# What creating a machine says around a problem.
REFUSED = re.compile(r"Invalid State Machine Definition: '([A-Z_]+: .*)'", re.DOTALL)


def _validation() -> None:
    """AWS says what is wrong with a definition without making a machine of it; moto has no such call.

    apireference/API_ValidateStateMachineDefinition.html: a result, and a diagnostic with code and place for each
    problem. Seam: `StepFunctionResponse.validate_state_machine_definition`.
    """
    from moto.core.responses import ActionResult
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend
    from moto.stepfunctions.responses import StepFunctionResponse

    def validate_state_machine_definition(response: Any) -> Any:
        definition = response._get_param("definition")
        rows = [_diagnostic(problem) for problem in definition_problems(definition)]
        if not rows:
            try:
                StepFunctionsParserBackend._validate_definition(definition=definition)
            except Exception as error:
                text = str(getattr(error, "message", "") or error)
                known = REFUSED.fullmatch(text)
                rows = [_diagnostic(known[1] if known else f"SCHEMA_VALIDATION_FAILED: {text}")]
        most = int(response._get_param("maxResults") or 100)
        return ActionResult(
            {"result": "FAIL" if rows else "OK", "diagnostics": rows[:most], "truncated": len(rows) > most}
        )

    StepFunctionResponse.validate_state_machine_definition = validate_state_machine_definition


def _diagnostic(problem: str) -> dict[str, str]:
    said, slip = parts(problem)
    code, _, rest = said.partition(": ")
    message, _, place = rest.rpartition(" at /")
    told = f"{message or rest}{slip if cloud().address is None else ''}"
    return {"severity": "ERROR", "code": code, "message": told, **({"location": f"/{place}"} if message else {})}


def _lacking_in_definitions() -> None:
    """AWS runs Maps over batches and many kinds of files, and HTTP Tasks; here such a machine is refused.

    dg/state-map-distributed.html, dg/call-https-apis.html. moto takes some of them and fails at run time.
    Seam: `StepFunctionsParserBackend._validate_definition`.
    """
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    original = StepFunctionsParserBackend._validate_definition

    def _validate_definition(definition: str) -> None:
        try:
            features = list(lacking_features(json.loads(definition), bool(cloud().address)))
        except ValueError:
            features = []
        for feature in features:
            raise not_here(feature)
        original(definition=definition)

    StepFunctionsParserBackend._validate_definition = staticmethod(_validate_definition)


def lacking_features(node: Any, served: bool) -> Iterator[str]:
    """Gives the features of a definition that exist on AWS alone; `served` is the cloud that has S3."""
    if isinstance(node, dict):
        resource = node.get("Resource")
        if isinstance(resource, str) and resource.startswith("arn:aws:states:::http:"):
            yield "an HTTP Task"
        if node.get("Type") == "Map":
            yield from (["a Map's ItemBatcher"] if "ItemBatcher" in node else [])
            yield from lacking_in_a_map(node, served)
            config = (node.get("ItemProcessor") or {}).get("ProcessorConfig") or {}
            yield from (["Express executions of a Map's items"] if config.get("ExecutionType") == "EXPRESS" else [])
        for value in node.values():
            yield from lacking_features(value, served)
    elif isinstance(node, list):
        for value in node:
            yield from lacking_features(value, served)


def not_here(feature: str) -> Exception:
    """Gives the refusal of what AWS has and the local cloud lacks."""
    from moto.core.exceptions import AWSError

    class NotSupportedHere(AWSError):
        TYPE = "NotSupportedHere"
        STATUS = 501

    return NotSupportedHere(not_supported(feature))


PATCHES: tuple[Callable[[], None], ...] = (
    _escaped_names,
    _lacking_in_definitions,
    _known_names,
    _validation,
)
