"""Step Functions: JSONata, with AWS's own functions, on virtual time and the seed's chance.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html. Each function below
is one gap and its seam. The engine is the package jsonata-python, whose $now and $random are the machine's.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from sagalab.aws.current import cloud
from sagalab.aws.stepfunctions.evaluation import failure, in_json

HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
KINDS = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}


class QueryFunctions:
    """What AWS adds to JSONata, and what of JSONata depends on time and chance."""

    @staticmethod
    def hash(text: Any, algorithm: str) -> str:
        """Gives a digest as hexadecimal digits."""
        if algorithm not in HASHES:
            raise ValueError(f"the algorithm {algorithm} is none of {', '.join(HASHES)}")
        written = text if isinstance(text, str) else in_json(text)
        return hashlib.new(HASHES[algorithm], written.encode()).hexdigest()

    @staticmethod
    def uuid() -> str:
        """Gives a version 4 UUID."""
        return str(cloud().identifier())

    @staticmethod
    def parse(text: str) -> Any:
        """Reads JSON."""
        return json.loads(text)

    @staticmethod
    def eval(_text: Any) -> Any:
        """Does not exist in Step Functions."""
        raise ValueError("the function $eval is not supported")

    @staticmethod
    def random(seed: Any = None) -> float:
        """Gives a number from 0 up to 1, always the same one for a seed."""
        return (cloud().chance if seed is None else random.Random(f"{seed}")).random()

    @staticmethod
    def shuffle(items: Sequence[Any] | None) -> list[Any] | None:
        """Gives the items in another order."""
        return None if items is None else cloud().chance.sample(list(items), len(items))

    @staticmethod
    def millis() -> int:
        """Gives the moment in milliseconds since 1970."""
        return int(cloud().clock.timestamp() * 1000)

    @staticmethod
    def now(picture: str | None = None, timezone: str | None = None) -> str | None:
        """Gives the moment as a text."""
        from jsonata.functions import Functions

        text: str | None = Functions.datetime_from_millis(QueryFunctions.millis(), picture, timezone)
        return text


SIGNATURES = {
    "hash": "<xs:s>", "uuid": "<:s>", "parse": "<s:x>", "eval": "<x:x>", "random": "<x?:n>", "shuffle": "<a:a>",
    "millis": "<:n>", "now": "<s?s?:s>",
}  # fmt: skip


def _jsonata() -> None:
    """AWS evaluates JSONata; moto needs a Java bridge that is not there. Seam: `jsonata._eval_jsonata`."""
    import moto.stepfunctions.parser.asl.jsonata.jsonata as module
    from jsonata.jsonata import Jsonata

    bound = {name: Jsonata.function(name, signature, QueryFunctions, name) for name, signature in SIGNATURES.items()}

    def evaluate(expression: str) -> Any:
        try:
            found = Jsonata(expression)
            for name, function in bound.items():
                found.environment.bind(name, function)
            return json.loads(json.dumps(found.evaluate(None)))
        except Exception as error:
            raise module.JSONataException("UNKNOWN", str(error)) from error

    module._eval_jsonata = evaluate


def _functions_of_the_query_language() -> None:
    """AWS has $hash, $uuid and $parse; moto declares them as functions that give a text saying that they are not there.

    Seam: `intrinsic.jsonata._DECLARATION_BY_VARIABLE_REFERENCE`.
    """
    import moto.stepfunctions.parser.asl.component.intrinsic.jsonata as module

    module._DECLARATION_BY_VARIABLE_REFERENCE = {
        name: declaration
        for name, declaration in module._DECLARATION_BY_VARIABLE_REFERENCE.items()
        if name.removeprefix("$") not in SIGNATURES
    }


def _contexts() -> None:
    """AWS knows $ inside of a predicate or step, where it is the item; moto refuses it everywhere.

    At the top $ and $$ are nothing. Of $states, too, only that is there which the state has; moto dies of the rest.
    Seams: `jsonata._ILLEGAL_VARIABLE_REFERENCES`, `States.to_variable_declarations`.
    """
    import moto.stepfunctions.parser.asl.jsonata.jsonata as module
    from moto.stepfunctions.parser.asl.eval.states import States

    original = States.to_variable_declarations

    def to_variable_declarations(states: Any, variable_references: set[str] | None = None) -> str:
        lacking = tuple(f"$states.{name}" for name in ("result", "errorOutput") if name not in states._states_data)
        there = {name for name in variable_references or () if not (lacking and name.startswith(lacking))}
        return str(original(states, there))

    module._ILLEGAL_VARIABLE_REFERENCES = set()
    States.to_variable_declarations = to_variable_declarations


def _query_errors() -> None:
    """AWS fails a broken JSONata expression as States.QueryEvaluationError; moto as States.Runtime.

    Seam: `StringJSONata._eval_body`.
    """
    from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata
    from moto.stepfunctions.parser.asl.jsonata.jsonata import JSONataException

    original = StringJSONata._eval_body

    def _eval_body(text: Any, env: Any) -> None:
        try:
            original(text, env)
        except JSONataException as error:
            why = f"threw an error during evaluation. {error.args[-1]}"
            raise failed_query(env, f"The JSONata expression '{text.expression}' {why}") from None

    StringJSONata._eval_body = _eval_body


def failed_query(env: Any, cause: str) -> Exception:
    """Tells of a failed evaluation in the history, and gives its exception."""
    from moto.stepfunctions.parser.api import HistoryEventType
    from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

    failed: Any = failure(env, "StatesQueryEvaluationError", cause, "EvaluationFailed")
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.EvaluationFailed,
        event_details=EventDetails(evaluationFailedEventDetails=failed.get_evaluation_failed_event_details()),
    )
    return failed


def _told_once() -> None:
    """AWS tells of a failed evaluation by one event; moto by a second one where a Task failed.

    Seam: `EventManager.add_event`.
    """
    from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager

    original = EventManager.add_event

    def add_event(manager: Any, context: Any, event_type: Any, event_details: Any = None, **more: Any) -> Any:
        last = manager._history_event_list[-1] if manager._history_event_list else {}
        failed = (event_details or {}).get("evaluationFailedEventDetails")
        if failed is not None and "state" not in failed and last.get("type") == event_type:
            return last["id"]
        return original(manager, context=context, event_type=event_type, event_details=event_details, **more)

    EventManager.add_event = add_event


def _conditions_are_boolean() -> None:
    """AWS fails a Condition that gives no boolean as States.QueryEvaluationError; moto as States.Runtime.

    Seam: `ConditionStringJSONata._eval_body`.
    """
    from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison import ConditionStringJSONata

    def _eval_body(condition: Any, env: Any) -> None:
        condition.string_jsonata.eval(env=env)
        value = env.stack[-1]
        if not isinstance(value, bool):
            raise failed_query(env, unexpected(condition.string_jsonata.expression, "Condition", "boolean", value))

    ConditionStringJSONata._eval_body = _eval_body


def unexpected(expression: str, field: str, wanted: str, value: Any) -> str:
    """Says that an expression gives a value of the wrong kind."""
    return (
        f"The JSONata expression '{expression}' specified for the field '{field}' returned an unexpected result type. "
        f"Expected '{wanted}', but was '{KINDS.get(type(value), 'null')}' for value: {in_json(value)}"
    )


def _texts_as_variables() -> None:
    """A variable may hold any text; moto writes it between quotes as it is, so that one with a quote breaks.

    Seams: `variable_store.encode_jsonata_variable_declarations`, `VariableStore.get_assigned_variables`.
    """
    from moto.stepfunctions.parser.asl.eval import variable_store

    def encode(bindings: dict[str, Any]) -> str:
        return "".join(f"{name}:={in_json(value)};" for name, value in bindings.items())

    def get_assigned_variables(store: Any) -> dict[str, str]:
        return {name: in_json(store.get(name)) for name in sorted(store._declaration_tracing)}

    variable_store.encode_jsonata_variable_declarations = encode
    variable_store.VariableStore.get_assigned_variables = get_assigned_variables


PATCHES: tuple[Callable[[], None], ...] = (
    _jsonata,
    _functions_of_the_query_language,
    _contexts,
    _query_errors,
    _told_once,
    _conditions_are_boolean,
    _texts_as_variables,
)
