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
from sagalab.aws.stepfunctions.evaluation import in_json

HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
MOST_STEPS = 200_000  # of one evaluation; some seconds of work


class Unsupported(Exception):
    """A query gave what no JSON holds, such as a function."""


def _unsupported(value: Any) -> Any:
    raise Unsupported(type(value).__name__)


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


def _counted() -> Callable[[Any, Any, Any], None]:
    """Gives what is told of each step of an evaluation; one without an end is stopped, always after the same step."""
    steps = 0

    def step(_expression: Any, _input: Any, _environment: Any) -> None:
        nonlocal steps
        steps += 1
        if steps > MOST_STEPS:
            raise RuntimeError("Expression evaluation timeout: Check for infinite loop")

    return step


def _jsonata() -> None:
    """AWS evaluates JSONata, for so long; moto needs a Java bridge that is not there. Seam: `jsonata._eval_jsonata`."""
    import moto.stepfunctions.parser.asl.jsonata.jsonata as module
    from jsonata.jsonata import Jsonata

    bound = {name: Jsonata.function(name, signature, QueryFunctions, name) for name, signature in SIGNATURES.items()}

    def evaluate(expression: str) -> Any:
        try:
            found = Jsonata(expression)
            found.environment.set_evaluate_entry_callback(_counted())
            for name, function in bound.items():
                found.environment.bind(name, function)
            return json.loads(json.dumps(found.evaluate(None), default=_unsupported))
        except Unsupported:
            raise
        except ZeroDivisionError as error:
            raise module.JSONataException("UNKNOWN", "Attempted to divide by zero") from error
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
    _texts_as_variables,
)
