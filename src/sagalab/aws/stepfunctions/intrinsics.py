"""Step Functions: the intrinsic functions, with the arguments that AWS takes and those that it refuses.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html. Each function below is
one gap and its seam.
"""

from __future__ import annotations

import copy
import importlib
import json
import random
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from sagalab.aws.current import cloud

FUNCTIONS = "moto.stepfunctions.parser.asl.component.intrinsic.function.statesfunction"
PIECES = re.compile(r"'(?:\\.|[^'\\])*'|\bnull\b", re.DOTALL)
NOTHING = "\ue000null"  # stands for a bare null, which moto's grammar lacks: of a private area of Unicode
CLASS = re.compile(r"function type '<class '[\w.]*\.(\w+)'>'")
ARGUMENTS = re.compile(r"'\(ArgumentList\|.*'size': (\d+)\}'", re.DOTALL)
CALLED = {"HashFunc": "Hash", "StringFormat": "Format"}  # by moto
LONGEST = 1000  # items of a range


def with_nulls(text: str) -> str:
    """Writes each null among a function's arguments as a text that stands for it."""
    return PIECES.sub(lambda found: f"'{NOTHING}'" if found[0] == "null" else found[0], text)


def in_words(problem: str) -> str:
    """Names a function as a definition does, not by moto's class."""
    found = CLASS.sub(lambda name: f"States.{CALLED.get(name[1], name[1])}", problem)
    return ARGUMENTS.sub(r"\1", found)


def _class(module: str, name: str) -> Any:
    return vars(importlib.import_module(f"{FUNCTIONS}.{module}"))[name]


def _arguments(function: Any, env: Any) -> list[Any]:
    function.argument_list.eval(env=env)
    values: list[Any] = env.stack.pop()
    return values


def _whole(value: Any) -> int:
    """Gives a number without its fraction, rounded as Java does: halves upwards."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"Expected a number, but got {json.dumps(value)}.")
    return value if isinstance(value, int) else int((value + 0.5) // 1)


def _ranges() -> None:
    """AWS counts downwards, too; moto refuses a negative step. Seam: `ArrayRange._eval_body`."""

    def _eval_body(function: Any, env: Any) -> None:
        first, last, step = (_whole(value) for value in _arguments(function, env))
        if not step:
            raise ValueError("The third argument, the step, must not be 0.")
        found = list(range(first, last + (1 if step > 0 else -1), step))
        if len(found) > LONGEST:
            raise ValueError(f"Arrays cannot contain more than {LONGEST} items, size: {len(found)}.")
        env.stack.append(found)

    _class("array.array_range", "ArrayRange")._eval_body = _eval_body


def _items() -> None:
    """AWS knows no place before the first; moto counts from the end. Seam: `ArrayGetItem._eval_body`."""

    def check(array: Any, index: Any) -> None:
        if isinstance(index, int) and not 0 <= index < len(_array(array)):
            raise ValueError(f"Index {index} is out of bounds of an array of {len(array)} items.")

    _checked(_class("array.array_get_item", "ArrayGetItem"), check)


def _equal_items() -> None:
    """AWS compares JSON: objects can be looked for and made unique, and true is not 1; moto compares as Python does.

    Seams: `ArrayUnique._eval_body`, `ArrayContains._eval_body`.
    """

    def unique(function: Any, env: Any) -> None:
        (array,) = _arguments(function, env)
        found: dict[str, Any] = {}
        for item in _array(array):
            found.setdefault(_key(item), item)
        env.stack.append(list(found.values()))

    def contains(function: Any, env: Any) -> None:
        array, wanted = _arguments(function, env)
        env.stack.append(_key(wanted) in {_key(item) for item in _array(array)})

    _class("array.array_unique", "ArrayUnique")._eval_body = unique
    _class("array.array_contains", "ArrayContains")._eval_body = contains


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"Expected an array, but got {json.dumps(value)}.")
    return value


def _key(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True)


def _kinds_of_arguments() -> None:
    """AWS says what a function wants instead of an argument of another kind; moto dies of it, or shows Python's words.

    Seams: `ArrayLength._eval_body`, `ArrayPartition._eval_body`, `StringSplit._eval_body`, `StringToJson._eval_body`,
    `JsonMerge._eval_body`, `HashFunc._eval_body`.
    """

    def partition(array: Any, size: Any) -> None:
        _array(array)
        if _whole(size) <= 0:
            raise ValueError(f"Expected a whole number above 0, but got {json.dumps(size)}.")

    def split(text: Any, delimiters: Any) -> None:
        _text(text), _text(delimiters)

    def merge(first: Any, second: Any, _deep: Any) -> None:
        for value in (first, second):
            if not isinstance(value, dict):
                raise TypeError(f"Expected an object, but got {json.dumps(value)}.")

    def read(text: Any) -> None:
        try:
            json.loads(_text(text).strip() or "null")
        except ValueError:
            raise ValueError(f"The string is no JSON: {text}") from None

    for module, name, check in (
        ("array.array_length", "ArrayLength", _array),
        ("array.array_partition", "ArrayPartition", partition),
        ("string_operations.string_split", "StringSplit", split),
        ("json_manipulation.string_to_json", "StringToJson", read),
        ("json_manipulation.json_merge", "JsonMerge", merge),
        ("hash_calculations.hash_func", "HashFunc", lambda text, _algorithm: _text(text)),
    ):
        _checked(_class(module, name), check)


def _checked(function_class: Any, check: Callable[..., Any]) -> None:
    original = function_class._eval_body

    def _eval_body(function: Any, env: Any) -> None:
        values = _arguments(function, env)
        check(*values)
        known = copy.copy(function)  # An argument may draw chance: it is not asked for again.
        known.argument_list = SimpleNamespace(eval=lambda env: env.stack.append(values))
        original(known, env)

    function_class._eval_body = _eval_body


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"Expected a string, but got {json.dumps(value)}.")
    return value


def _chance() -> None:
    """AWS draws from the first number up to, and without, the second one; moto with it, and not by our seed.

    Seam: `MathRandom._eval_body`.
    """

    def _eval_body(function: Any, env: Any) -> None:
        start, end, *seed = (_whole(value) for value in _arguments(function, env))
        if start >= end:
            raise ValueError(f"The start number {start} must be less than the end number {end}.")
        chance = random.Random(seed[0]) if seed else cloud().chance
        env.stack.append(chance.randrange(start, end))

    _class("math_operations.math_random", "MathRandom")._eval_body = _eval_body


def _encoded_texts() -> None:
    """AWS encodes and decodes texts alone; moto dies of other values, and decodes what is no Base64.

    Seams: `Base64Encode._eval_body`, `Base64Decode._eval_body`.
    """
    import base64

    _checked(_class("encoding_decoding.base_64_encode", "Base64Encode"), _text)
    _checked(
        _class("encoding_decoding.base_64_decode", "Base64Decode"),
        lambda text: base64.b64decode(_text(text), validate=True),
    )


PATCHES: tuple[Callable[[], None], ...] = (
    _ranges,
    _items,
    _equal_items,
    _kinds_of_arguments,
    _chance,
    _encoded_texts,
)
