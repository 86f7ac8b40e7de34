"""Loading a handler out of a zip."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from sagalab.hosts.loading import LoadError, load
from sagalab.packaging import zipped

CODE = zipped(
    {
        "payment_zip.py": "def run(event, context):\n    import shared_zip\n    return shared_zip.X\n",
        "shared_zip.py": "X = 7\n",
    }
)


@pytest.fixture(autouse=True)
def _tidy(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    for name in ("payment_zip", "shared_zip"):
        sys.modules.pop(name, None)


def test_a_function_alone_in_its_process_can_import_its_modules_later(tmp_path: Path) -> None:
    assert load(CODE, "payment_zip.run", tmp_path)({}, None) == 7


def test_a_notebook_keeps_its_own_module_of_the_same_name(tmp_path: Path) -> None:
    own = ModuleType("shared_zip")
    sys.modules["shared_zip"] = own
    load(CODE, "payment_zip.run", tmp_path, alone=False)
    assert sys.modules["shared_zip"] is own and "payment_zip" not in sys.modules


@pytest.mark.parametrize(
    ("handler", "kind"),
    [("payment_zip.missing", "Runtime.HandlerNotFound"), ("nowhere.run", "Runtime.ImportModuleError")],
)
def test_a_handler_that_is_not_there_is_named_as_on_aws(tmp_path: Path, handler: str, kind: str) -> None:
    with pytest.raises(LoadError) as caught:
        load(CODE, handler, tmp_path)
    assert caught.value.kind == kind
