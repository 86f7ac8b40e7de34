"""Finds and calls a Lambda handler inside a zip, with the errors that AWS gives."""

from __future__ import annotations

import importlib
import io
import json
import re
import sys
import traceback
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sagalab.aws.functions import Outcome


ARCHIVE = re.compile(r'(?<=")[^"]*function\.zip/')


class LoadError(Exception):
    """A handler that cannot be loaded; `kind` is AWS's error type."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def load(code: bytes, handler: str, folder: Path, alone: bool = True) -> Callable[[Any, Any], Any]:
    """Imports the handler from the zip's modules; raises `LoadError`.

    `alone`: this process runs nothing but this function, so its modules stay importable, as on AWS. Otherwise
    (in a notebook) everything is put back as it was.
    """
    module_name, _, function_name = handler.rpartition(".")
    names = module_names(code)
    archive = folder / "function.zip"
    archive.write_bytes(code)
    before = {name: sys.modules.pop(name, None) for name in names}  # other modules of the same name
    sys.path.insert(0, str(archive))
    importlib.invalidate_caches()
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except SyntaxError as error:
        raise LoadError("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}") from error
    except BaseException as error:
        raise LoadError("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from error
    finally:
        if not alone:
            sys.path.remove(str(archive))
            for name, old in before.items():
                sys.modules.pop(name, None)
                if old is not None:
                    sys.modules[name] = old
    function = getattr(module, function_name, None)
    if not callable(function):
        raise LoadError("Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'")
    return function  # type: ignore[no-any-return]


def module_names(code: bytes) -> list[str]:
    """Gives the names of the modules in a zip; raises `LoadError`."""
    try:
        with zipfile.ZipFile(io.BytesIO(code)) as archive:
            return [Path(name).stem for name in archive.namelist() if name.endswith(".py")]
    except zipfile.BadZipFile as error:
        raise LoadError("Runtime.ImportModuleError", f"the function's code is no zip: {error}") from error


def call(function: Callable[[Any, Any], Any], event: Any, context: dict[str, Any]) -> Outcome:
    """Calls a handler and gives its outcome as AWS would name it."""
    try:
        payload = function(event, SimpleNamespace(**context, get_remaining_time_in_millis=lambda: 3000))
    except SystemExit as error:
        return Outcome(error="Runtime.ExitError", message=f"Runtime exited: {error}")
    except Exception as error:
        # The folder differs from run to run; on AWS the code lies in /var/task.
        lines = traceback.format_tb(error.__traceback__)[1:]
        trace = tuple(ARCHIVE.sub("/var/task/", line.rstrip()) for line in lines)
        return Outcome(error=type(error).__name__, message=str(error), trace=trace[-8:])
    try:
        return Outcome(payload=json.loads(json.dumps(payload)))
    except (TypeError, ValueError) as error:
        return Outcome(error="Runtime.MarshalError", message=f"Unable to marshal response: {error}")
