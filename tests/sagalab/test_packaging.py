"""Handlers: one cell is one module, and a zip holds one or more."""

import io
import sys
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagalab import packaging
from sagalab.errors import HandlerError
from sagalab.packaging import define, package, unbound, zipped


@pytest.fixture(autouse=True)
def _forget():
    yield
    packaging.forget()


def members(code):
    with zipfile.ZipFile(io.BytesIO(code)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_handler_cell_becomes_a_module_plain_functions_and_a_zip():
    namespace = {}
    source = "LIMIT = 5\ndef charge(n):\n    return min(n, LIMIT)\n"
    define("payment_cell", source, namespace)
    assert namespace["charge"](9) == 5 and namespace["payment_cell"].LIMIT == 5 and "LIMIT" not in namespace
    assert members(package("payment_cell")) == {"payment_cell.py": source}


def test_running_the_cell_again_replaces_it():
    namespace = {}
    for answer in (1, 2):
        define("payment_cell", f"def run(): return {answer}", namespace)
    assert namespace["run"]() == 2 and "return 2" in members(package("payment_cell"))["payment_cell.py"]


@pytest.mark.parametrize(
    ("source", "borrowed"),
    [
        ("def f(): return helper()", "helper"),
        ("x = RATE * 2", "RATE"),
        ("def f(a=RATE): pass", "RATE"),
        ("class A(Base): pass", "Base"),
        ("def f():\n    def g():\n        return RATE\n    return g", "RATE"),
        ("f = lambda: [RATE for _ in range(3)]", "RATE"),
        ("def f():\n    global RATE\n    return RATE", "RATE"),
        ("class A:\n    x = 1\n    def f(self): return x_of(RATE)\ndef x_of(a): return a", "RATE"),
        ("@wrapped\ndef f(): pass", "wrapped"),
        ("def f(): return f'{RATE}'", "RATE"),
        ("try:\n    pass\nexcept Oops:\n    pass", "Oops"),
    ],
)
def test_a_name_from_another_cell_is_named(source, borrowed):
    assert unbound(source) == [borrowed]
    with pytest.raises(HandlerError) as caught:
        define("payment_cell", source, {borrowed: 1})
    words = str(caught.value)
    assert f"it uses '{borrowed}' from another cell" in words and "%%handler payment_cell" in words
    assert "What to do: import or define" in words and "payment_cell" not in sys.modules


@pytest.mark.parametrize(
    "source",
    [
        "import json as j, os.path\nfrom a import b as c\ndef f(): return j, os, c",
        "def f(x, *y, z=1, **w): return x, y, z, w",
        "def f():\n    total = 0\n    def g():\n        nonlocal total\n        total += 1\n    return g",
        "def f(): return [n for n in range(3) if n], {k: v for k, v in {}.items()}, (m := 3), m",
        "class A:\n    x = 1\n    y = x\n    def f(self): return A.x, __class__",
        "def f():\n    try:\n        pass\n    except ValueError as error:\n        return error",
        "def f():\n    with open('x') as stream:\n        return stream, __name__, __file__",
        "for n in range(3):\n    m = n\ndef f(): return m, n",
        "def f():\n    global made\n    made = 1\ndef g(): return made",
        "def f(a):\n    match a:\n        case {'x': x}: return x\n        case [y, *rest]: return y, rest",
        "from __future__ import annotations\ndef f(a: Anything) -> Else: return a",
        "import boto3\nx: int = 3\ndef f(): return x, boto3",
        "async def f():\n    async for a in b():\n        yield a\nasync def b(): yield 1",
    ],
)
def test_what_python_or_the_cell_itself_defines_is_not_borrowed(source):
    assert unbound(source) == []


@given(names=st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta"]), unique=True, min_size=1), data=st.data())
def test_borrowed_are_exactly_the_names_that_are_used_and_not_defined(names, data):
    defined = data.draw(st.sets(st.sampled_from(names)))
    source = "".join(f"{name} = 1\n" for name in sorted(defined))
    source += "def f():\n    return " + ", ".join(names) + "\n"
    assert set(unbound(source)) == set(names) - defined


@pytest.mark.parametrize(
    ("name", "source", "words"),
    [
        ("payment_cell", "def f(:", "line 1 is no Python"),
        ("payment_cell", "x = 1\x00", "no Python"),
        ("payment_cell", "def f(): return helper", "'helper' is defined nowhere"),
        ("payment_cell", "1 / 0", "importing it raised ZeroDivisionError"),
        ("payment_cell", "raise SystemExit(3)", "importing it raised SystemExit"),
        ("payment_cell", "import nothing_of_that_name", "No module named 'nothing_of_that_name'"),
        ("", "x = 1", "is no module name"),
        ("pay ment", "x = 1", "the line reads %%handler NAME"),
        ("json", "x = 1", "exists already"),
        ("boto3", "x = 1", "exists already"),
    ],
)
def test_each_slip_has_its_words_and_leaves_nothing_behind(name, source, words):
    import json

    namespace = {}
    with pytest.raises(HandlerError, match=words):
        define(name, source, namespace)
    assert namespace == {} and sys.modules["json"] is json and "payment_cell" not in sys.modules


def test_a_cell_that_fails_leaves_the_last_good_module_in_place():
    namespace = {}
    define("payment_cell", "def run(): return 1", namespace)
    with pytest.raises(HandlerError):
        define("payment_cell", "1 / 0", namespace)
    assert namespace["run"]() == 1 and "return 1" in members(package("payment_cell"))["payment_cell.py"]
    assert sys.modules["payment_cell"].run() == 1


def test_a_zip_may_hold_several_handlers_and_a_folder_of_files(tmp_path):
    define("payment_cell", "x = 1", {})
    (tmp_path / "shared.py").write_text("y = 2")
    assert set(members(package("payment_cell", str(tmp_path)))) == {"payment_cell.py", "shared.py"}


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), "nothing to package"),
        (("payment_cel",), "handlers defined so far: payment_cell"),
        (("EMPTY",), "holds no .py file"),
    ],
)
def test_what_cannot_be_packaged_is_explained(names, words, tmp_path):
    define("payment_cell", "x = 1", {})
    with pytest.raises(HandlerError, match=words):
        package(*(str(tmp_path) if name == "EMPTY" else name for name in names))


@given(st.dictionaries(st.sampled_from(["a.py", "b.py", "c/d.py"]), st.text(max_size=20)))
def test_the_same_members_give_the_same_bytes_in_any_order(texts):
    assert zipped(texts) == zipped(dict(reversed(texts.items())))
    assert members(zipped(texts)) == texts
