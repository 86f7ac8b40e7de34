"""Handlers: one cell is one module."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagalab import packaging
from sagalab.errors import HandlerError

GOOD = "import json\n\nLIMIT = 3\n\n\ndef run(event, context):\n    return json.dumps([LIMIT, event])\n"


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    packaging.forget()
    yield
    packaging.forget()


def names(code: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(code)).namelist()


def test_a_cell_becomes_a_module_in_a_zip_and_a_plain_function() -> None:
    namespace: dict[str, object] = {}
    packaging.define("paying", GOOD, namespace)
    assert namespace["run"](1, None) == "[3, 1]"  # type: ignore[operator]
    assert names(packaging.package("paying")) == ["paying.py"]


def test_equal_sources_give_equal_bytes() -> None:
    packaging.define("paying", GOOD, {})
    assert packaging.package("paying") == packaging.package("paying")


def test_a_folder_is_packaged_whole(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("A = 1\n")
    (tmp_path / "b.py").write_text("B = 2\n")
    assert names(packaging.package(str(tmp_path))) == ["a.py", "b.py"]


@pytest.mark.parametrize(
    ("name", "source", "words"),
    [
        ("paying", "def run(event, context):\n    return helper(event)\n", "'helper' from another cell"),
        ("paying", "def run(event, context):\n    return jsn.dumps(event)\n", "'jsn' is defined nowhere"),
        ("paying", "def run(event, context)\n    return 1\n", "line 1 is no Python"),
        ("paying", "raise ValueError('no')\n", "importing it raised ValueError"),
        ("json", GOOD, "a module that exists already"),
        ("pay ment", GOOD, "no module name"),
    ],
)
def test_a_bad_cell_is_explained_and_nothing_is_left_of_it(name: str, source: str, words: str) -> None:
    with pytest.raises(HandlerError) as caught:
        packaging.define(name, source, {"helper": len})
    assert words in str(caught.value) and "%%handler" in str(caught.value)
    packaging.define("paying", GOOD, {"helper": len})


def test_a_handler_that_no_cell_defines_is_named_with_those_that_are_there() -> None:
    packaging.define("paying", GOOD, {})
    with pytest.raises(HandlerError, match="handlers defined so far: paying"):
        packaging.package("payment")


@given(name=st.from_regex(r"[a-z]{3,8}_[a-z]{3}", fullmatch=True))
def test_a_name_that_a_module_uses_and_does_not_define_is_always_found(name: str) -> None:
    assert packaging.unbound(f"def run(event, context):\n    return {name}(event)\n") == [name]
    assert packaging.unbound(f"{name} = 1\ndef run(event, context):\n    return [{name} for _ in event]\n") == []


def test_names_of_inner_functions_classes_and_loops_are_no_borrowing() -> None:
    source = (
        "class Box:\n    size = 1\n\ndef outer(event, context):\n    total = 0\n    def inner(x):\n        nonlocal total\n"
        "        total += x\n        return Box.size\n    for part in event:\n        inner(part)\n    return total\n"
    )
    assert packaging.unbound(source) == []
