"""Step Functions: queries in JSONata that fail, and what is said of them: which expression, in which field, and why.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html and
apireference/API_EvaluationFailedEventDetails.html. Each function below is one gap and its seam.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from typing import Any

from sagalab.aws.stepfunctions.aborted import name_entry
from sagalab.aws.stepfunctions.evaluation import failure, in_json
from sagalab.aws.stepfunctions.expressions import Unsupported

STRINGS = "moto.stepfunctions.parser.asl.component.common.string.string_expression"
KINDS = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}


class _Nothing(Exception):
    """A query gave nothing."""


def _places_of_queries() -> None:
    """AWS says in which field a query stands, such as Output/total; moto does not know it.

    Seam: `Preprocessor.visitString_jsonata`.
    """
    from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor

    original = Preprocessor.visitString_jsonata

    def visit(preprocessor: Any, ctx: Any) -> Any:
        found = original(preprocessor, ctx)
        found.place = _place(ctx)
        return found

    Preprocessor.visitString_jsonata = visit


def _place(context: Any) -> str:
    """Gives the names from a state down to a part of its parse tree, such as Choices[0]/Condition."""
    names: list[str] = []
    suffix, node, child = "", context, None
    while node is not None and type(node).__name__ != "State_declContext":
        parts: list[Any] = list(getattr(node, "children", None) or ())
        opened = next((number for number, part in enumerate(parts) if _text(part) == "["), None)
        place = next((number for number, part in enumerate(parts) if part is child), 0)
        if opened is not None and place > opened:
            suffix = f"[{(place - opened - 1) // 2}]{suffix}"
        if len(parts) > 2 and _text(parts[1]) == ":":
            names.append(f"{json.loads(parts[0].getText())}{suffix}")
            suffix = ""
        node, child = node.parentCtx, node
    return "/".join(reversed(names))


def _text(part: Any) -> str:
    """Gives the text of a single token, and nothing for what holds others."""
    return "" if getattr(part, "children", None) is not None else str(part.getText())


def _query_errors() -> None:
    """AWS fails a query that gives nothing, no JSON or an error as States.QueryEvaluationError, naming its field.

    moto names no field, and says States.Runtime of an error. Seams: `StringJSONata._eval_body`,
    `string_expression.validate_jsonata_expression_output`.
    """
    module: Any = importlib.import_module(STRINGS)
    from moto.stepfunctions.parser.asl.jsonata.jsonata import JSONataException, eval_jsonata_expression

    original = module.StringJSONata._eval_body

    def validate(env: Any, expression: str, rich_jsonata_expression: str, jsonata_result: Any) -> None:
        if jsonata_result is None and not eval_jsonata_expression(f"$exists({rich_jsonata_expression})"):
            raise _Nothing(expression)

    def _eval_body(text: Any, env: Any) -> None:
        try:
            original(text, env)
            return
        except JSONataException as error:
            why = f"threw an error during evaluation. {error.args[-1]}"
        except _Nothing:
            why = "returned nothing (undefined)."
        except Unsupported:
            why = "returned an unsupported result type."
        raise failed_query(env, text, why)

    module.validate_jsonata_expression_output = validate
    module.StringJSONata._eval_body = _eval_body


def failed_query(env: Any, text: Any, why: str) -> Exception:
    """Tells in the history what came of a query, and gives its exception; `text` is moto's `StringJSONata`."""
    from moto.stepfunctions.parser.api import HistoryEventType
    from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

    cause = f"The JSONata expression '{text.expression}' specified for the field '{text.place}' {why}"
    failed: Any = failure(env, "StatesQueryEvaluationError", cause, "EvaluationFailed")
    failed.failure_event.event_details["evaluationFailedEventDetails"]["location"] = text.place
    name_entry(env, failed)
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.EvaluationFailed,
        event_details=EventDetails(evaluationFailedEventDetails=failed.get_evaluation_failed_event_details()),
    )
    return failed


def unexpected(wanted: str, value: Any) -> str:
    """Says that a query gives a value of the wrong kind."""
    kind = KINDS.get(type(value), "null")
    return f"returned an unexpected result type. Expected '{wanted}', but was '{kind}' for value: {in_json(value)}"


def _told_once() -> None:
    """AWS tells of a failed evaluation by one event; moto by a second one where a Task or Map failed.

    Seam: `EventManager.add_event`.
    """
    from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager

    original = EventManager.add_event

    def add_event(manager: Any, context: Any, event_type: Any, event_details: Any = None, **more: Any) -> Any:
        failed = (event_details or {}).get("evaluationFailedEventDetails")
        if failed is not None:
            for told in reversed(manager._history_event_list[-3:]):  # the end of an iteration may stand between
                before = told.get("evaluationFailedEventDetails")
                if before is not None and ("state" not in failed or before == failed):
                    return told["id"]
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
            raise failed_query(env, condition.string_jsonata, unexpected("boolean", value))

    ConditionStringJSONata._eval_body = _eval_body


PATCHES: tuple[Callable[[], None], ...] = (_places_of_queries, _query_errors, _told_once, _conditions_are_boolean)
