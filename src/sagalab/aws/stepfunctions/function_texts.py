"""Step Functions: the texts of intrinsic functions, what stands between their quotes, and what is said of a failed one.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html. Each function below is
one gap and its seam.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from sagalab.aws.stepfunctions.evaluation import fail, in_json
from sagalab.aws.stepfunctions.intrinsics import NOTHING, in_words, with_nulls

ESCAPED = re.compile(r"\\(.)", re.DOTALL)
PLACE = re.compile(r"(?<!\\)\{\}")


class Literal(str):
    """A text that stands in a function's arguments; `template` keeps the braces that are no place to fill."""

    template: str


def _literals_of_functions() -> None:
    """AWS takes null, numbers with a fraction, and the escapes of texts; moto drops, refuses and keeps them.

    Seams: `Preprocessor.visitString_intrinsic_function`, `Preprocessor.visitFunc_arg_float` and
    `Preprocessor._text_of_str` of the functions' own parser.
    """
    from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringIntrinsicFunction
    from moto.stepfunctions.parser.asl.component.intrinsic.argument.argument import ArgumentLiteral
    from moto.stepfunctions.parser.asl.parse.intrinsic import preprocessor as intrinsic
    from moto.stepfunctions.parser.asl.parse.intrinsic.intrinsic_parser import IntrinsicParser
    from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor

    def visit_function(_visitor: Any, context: Any) -> Any:
        written = context.STRINGINTRINSICFUNC().getText()
        text = json.loads(written)
        function = IntrinsicParser.parse(with_nulls(text))[0]
        return StringIntrinsicFunction(intrinsic_function_derivation=text, function=function)

    def visit_float(_visitor: Any, context: Any) -> Any:
        return ArgumentLiteral(definition_value=float(context.NUMBER().getText()))

    def _text_of_str(parse_tree: Any) -> Literal | None:
        inner = parse_tree.getText()[1:-1]
        if inner == NOTHING:
            return None
        text = Literal(ESCAPED.sub(r"\1", inner))
        text.template = inner
        return text

    Preprocessor.visitString_intrinsic_function = visit_function
    intrinsic.Preprocessor.visitFunc_arg_float = visit_float
    intrinsic.Preprocessor._text_of_str = staticmethod(_text_of_str)


def _filled_templates() -> None:
    r"""AWS fills each {} of States.Format, and writes \{ as a brace; moto reads all braces as Python's.

    Seam: `StringFormat._eval_body`.
    """
    from moto.stepfunctions.parser.asl.component.intrinsic.function.statesfunction.generic.string_format import (
        StringFormat,
    )

    def _eval_body(function: Any, env: Any) -> None:
        function.argument_list.eval(env=env)
        template, *values = env.stack.pop()
        parts = PLACE.split(getattr(template, "template", template))
        if len(parts) != len(values) + 1:
            raise ValueError("The number of arguments does not match the number of occurrences of {}")
        texts = [StringFormat._to_str_repr(value) for value in values] + [""]
        env.stack.append("".join(ESCAPED.sub(r"\1", part) + text for part, text in zip(parts, texts, strict=True)))

    StringFormat._eval_body = _eval_body


def _failed_functions() -> None:
    """AWS says which function failed, and on what; moto shows the Python exception. Seam: `StringIntrinsicFunction`."""
    from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringIntrinsicFunction
    from moto.stepfunctions.parser.asl.utils.json_path import NoSuchJsonPathError

    def _eval_body(text: Any, env: Any) -> None:
        try:
            text.function.eval(env=env)
        except NoSuchJsonPathError as error:
            data = in_json(error.data)
            why = f"The JsonPath argument for the field '{error.json_path}' could not be found in the input '{data}'"
        except (ValueError, TypeError, LookupError, AttributeError, NotImplementedError) as error:
            why = in_words(str(error))
        else:
            return
        written = text.intrinsic_function_derivation
        fail(env, "StatesRuntime", f"The function '{written}' had the following error: {why}")

    StringIntrinsicFunction._eval_body = _eval_body


PATCHES: tuple[Callable[[], None], ...] = (_literals_of_functions, _filled_templates, _failed_functions)
