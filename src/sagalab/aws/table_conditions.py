"""DynamoDB: conditions and filters that AWS refuses in words, and values of two types that it compares.

Each function below is one gap: what AWS does, its page, what moto does, and the seam. Pages stand below
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

FUNCTIONS = {"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size"}
WORDS = {"and", "or", "not", "in", "between"}
COMPARISONS = ("OpLessThan", "OpGreaterThan", "OpLessThanOrEqual", "OpGreaterThanOrEqual", "FuncBetween")


def _conditions_in_words() -> None:
    """AWS refuses a condition that names an unknown value, name or function, or that it cannot read; moto fails inside.

    Expressions.OperatorsAndFunctions.html. Seam: `ConditionExpressionParser.parse`.
    """
    from moto.dynamodb.comparisons import ConditionExpressionParser
    from moto.dynamodb.exceptions import MockValidationException

    original = ConditionExpressionParser.parse

    def parse(parser: Any) -> Any:
        names, values = parser.expression_attribute_names or {}, parser.expression_attribute_values or {}
        problem = _problem(parser.condition_expression, names, values)
        if problem:
            raise MockValidationException(f"Invalid ConditionExpression: {problem}")
        _check_numbers(values.values())
        try:
            return original(parser)
        except (ValueError, KeyError, IndexError, AttributeError, TypeError, AssertionError) as error:
            raise MockValidationException(f"Invalid ConditionExpression: Syntax error; {error}") from error

    ConditionExpressionParser.parse = parse


def _problem(expression: str | None, names: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    """Gives what AWS says of the first part of an expression that is not there, empty for nothing."""
    if expression is None:
        return ""
    if not expression.strip():
        return "The expression can not be empty;"
    for function in re.findall(r"(?<![\w#:.])(\w+)\s*\(", expression):
        if function not in FUNCTIONS and function.lower() not in WORDS:
            return f"Invalid function name; function: {function}"
    for name in re.findall(r"#\w+", expression):
        if name not in names:
            return f"An expression attribute name used in the document path is not defined; attribute name: {name}"
    return undefined(expression, values)


def undefined(expression: str, values: Mapping[str, Any]) -> str:
    """Gives what AWS says of the first value of an expression that nothing defines, empty where all are."""
    missing = next((name for name in re.findall(r":\w+", expression) if name not in values), "")
    if not missing:
        return ""
    return f"An expression attribute value used in expression is not defined; attribute value: {missing}"


def _check_numbers(values: Iterable[Mapping[str, Any]]) -> None:
    from moto.dynamodb.exceptions import MockValidationException

    for value in values:
        try:
            Decimal(str(value.get("N", 0)))
        except InvalidOperation as error:
            said = f"The parameter cannot be converted to a numeric value: {value['N']}"
            raise MockValidationException(said) from error


def _filters_are_named() -> None:
    """AWS speaks of a FilterExpression in a Query or Scan; moto reads it as a condition.

    Scan.html. Seams: `DynamoHandler.scan`, `DynamoHandler.query`.
    """
    from moto.dynamodb.responses import DynamoHandler

    DynamoHandler.scan = _as_filter(DynamoHandler.scan)
    DynamoHandler.query = _as_filter(DynamoHandler.query)


def _as_filter(original: Callable[..., Any]) -> Callable[..., Any]:
    from moto.dynamodb.exceptions import MockValidationException

    def read(handler: Any) -> Any:
        try:
            return original(handler)
        except MockValidationException as error:
            said = str(error.exception_msg)
            raise MockValidationException(said.replace("ConditionExpression", "FilterExpression", 1)) from error

    return read


def _compared_types() -> None:
    """AWS finds a comparison of values of two types untrue; moto fails inside.

    Expressions.OperatorsAndFunctions.html. Seam: `expr` of the comparisons in `moto.dynamodb.comparisons`.
    """
    import moto.dynamodb.comparisons as module

    def compared(original: Callable[..., bool]) -> Callable[..., bool]:
        def expr(comparison: Any, item: Any) -> bool:
            try:
                return original(comparison, item)
            except (TypeError, ValueError):  # the size of what is not there is a ValueError
                return False

        return expr

    for name in COMPARISONS:
        kind = getattr(module, name)
        kind.expr = compared(kind.expr)


def _updates_in_words() -> None:
    """AWS refuses an update whose values are missing, also in a transaction, where moto cancels with a TypeError.

    Expressions.ExpressionAttributeValues.html. Seam: `DynamoDBBackend.update_item`.
    """
    from moto.dynamodb.exceptions import MockValidationException
    from moto.dynamodb.models import DynamoDBBackend

    original = DynamoDBBackend.update_item

    def update_item(backend: Any, table_name: str, key: Any, *args: Any, **fields: Any) -> Any:
        problem = undefined(str(fields.get("update_expression") or ""), fields.get("expression_attribute_values") or {})
        if problem:
            raise MockValidationException(f"Invalid UpdateExpression: {problem}")
        return original(backend, table_name, key, *args, **fields)

    DynamoDBBackend.update_item = update_item


PATCHES: tuple[Callable[[], None], ...] = (_conditions_in_words, _filters_are_named, _compared_types, _updates_in_words)
