"""Malformed input for the cloud's calls, and what a caller may get to see of it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError
from hypothesis import strategies as st

from sagalab.errors import SagalabError

SCALARS = (
    None, True, False, 0, -1, 7, 10**30, 1.5, "", " ", "x", "$", "$.", "$.a[", "$$.x", "{", "{% $x %}", "<id>", "é\u2028", "a" * 300,
    "arn:aws:sqs:us-east-1:123456789012:gone", "arn:aws:lambda:us-east-1:123456789012:function:f", "arn:", "States.ALL",
)  # fmt: skip
JUNK: tuple[Any, ...] = (*SCALARS, [], {}, [None], [[]], {"a": None}, {"": {}}, [{"a": [1]}, "b"], {"a": {"b": [{}]}})
CODES_OF_OURS = ("InternalError", "InternalFailure", "InternalServerError", "InternalException", "ServiceException")
TRACES = (
    "Traceback",
    "KeyError",
    "AttributeError",
    "TypeError",
    "object at 0x",
    "<class ",
    "NoneType",
    "Errno",
    "moto",
)


def scalars() -> st.SearchStrategy[Any]:
    """Gives values that do not hold others."""
    return st.sampled_from(SCALARS)


def junk() -> st.SearchStrategy[Any]:
    """Gives values that stand where something else should."""
    return st.sampled_from(JUNK).map(copy.deepcopy)


@st.composite
def mangled(draw: st.DrawFn, documents: tuple[Any, ...]) -> Any:
    """Gives a sound document with up to three mistakes: a value replaced, a field lost, renamed, doubled or wrapped."""
    document = copy.deepcopy(draw(st.sampled_from(documents)))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(document))
        if not places:
            return draw(junk())
        holder, key = draw(st.sampled_from(places))
        mistake = draw(st.sampled_from(["replace", "replace", "lose", "rename", "wrap", "add"]))
        if mistake == "replace":
            holder[key] = draw(junk())
        elif mistake == "lose":
            del holder[key]
        elif mistake == "wrap":
            holder[key] = [holder[key]]
        elif isinstance(holder, dict):
            name = draw(st.sampled_from(["Nxt", "Type", "numeric", "prefix", "$or", "", str(key).lower(), f"{key}s"]))
            holder[name] = holder.pop(key) if mistake == "rename" else draw(junk())
        else:
            holder.append(draw(junk()))
    return document


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(children):
        yield node, key
        yield from _places(value)


def asked(call: Callable[..., Any], **arguments: Any) -> dict[str, Any] | None:
    """Makes a call; gives its answer, or None where it was refused in words that a caller can read.

    Raises AssertionError for a refusal that speaks of the cloud's insides, and whatever else the call raised.
    """
    try:
        return dict(call(**arguments))
    except ParamValidationError:
        return None  # the client itself, before anything was sent
    except SagalabError as error:
        readable(str(error))
        return None
    except ClientError as error:
        said, status = error.response["Error"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        if said["Code"] != "NotSupportedHere":
            assert status < 500, f"{status}: {said}"
        assert said["Code"] and said["Code"] not in CODES_OF_OURS and not said["Code"].isdigit(), said
        readable(said.get("Message", ""))
        return None


def readable(words: str) -> None:
    """Raises AssertionError for a message that is none, or that speaks of the cloud's insides."""
    assert len(words) > 3, f"no message: {words!r}"
    for trace in TRACES:
        assert trace not in words, words
