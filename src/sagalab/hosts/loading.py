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
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from greenlet import GreenletExit

from sagalab.aws.current import Abandoned, running
from sagalab.aws.lambdas.functions import LARGEST, Outcome
from sagalab.errors import CellTimeout

Handler = Callable[[Any, Any], Any]
ARCHIVE_NAME = "function.zip"
ARCHIVE = re.compile(r'(?<=")[^"]*function\.zip/')
LANGUAGE = f"/var/lang/lib/python{sys.version_info.major}.{sys.version_info.minor}"
LIBRARY, OURS = f"{Path(traceback.__file__).parent}/", f"{Path(__file__).resolve().parent.parent}/"
NOBODY = {"cognito_identity_id": None, "cognito_identity_pool_id": None}
WORDS = 4000  # characters of an error's message that are kept


class LoadError(Exception):
    """A handler that cannot be loaded; `kind` is AWS's error type."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def load(code: bytes, handler: str, folder: Path, alone: bool = True) -> Handler:
    """Writes the zip into the folder and imports its handler; raises `LoadError`, as `imported` does."""
    names = module_names(code)
    archive = folder / ARCHIVE_NAME
    archive.write_bytes(code)
    importlib.invalidate_caches()
    return imported(archive, names, handler, alone)


def imported(archive: Path, names: list[str], handler: str, alone: bool = True) -> Handler:
    """Imports the handler from a zip with these top-level modules; raises `LoadError`.

    `alone` says that this process runs nothing else: the zip stays on the path then, as on AWS. Otherwise the
    names of its modules are given back to whatever had them.
    """
    module_name, _, function_name = handler.rpartition(".")
    others = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    sys.path.insert(0, str(archive))
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except SyntaxError as error:
        raise LoadError("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}") from error
    except CellTimeout:
        raise
    except KeyboardInterrupt as error:
        if _from_outside(error):
            raise
        raise LoadError("KeyboardInterrupt", in_words(error)) from error
    except (ImportError, SystemExit) as error:
        raise LoadError(
            "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {in_words(error)}"
        ) from error
    except BaseException as error:
        # What a module raises while it is loaded is the function's own error, by its class.
        raise LoadError(type(error).__name__, in_words(error)) from error
    finally:
        if not alone:
            sys.path.remove(str(archive))
            for name in names:
                sys.modules.pop(name, None)
            sys.modules.update(others)
    function = getattr(module, function_name, None)
    if not callable(function):
        raise LoadError("Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'")
    return function


def module_names(code: bytes) -> list[str]:
    """Gives the top-level modules and packages in a zip; raises `LoadError`."""
    try:
        with zipfile.ZipFile(io.BytesIO(code)) as archive:
            # A folder without modules can be imported as well.
            paths = [Path(name) for name in archive.namelist() if name.endswith(".py") or "/" in name]
    except zipfile.BadZipFile as error:
        raise LoadError("Runtime.ImportModuleError", f"the function's code is no zip: {error}") from error
    return sorted({path.parts[0].removesuffix(".py") for path in paths if path.parts})


def in_words(error: BaseException) -> str:
    """Gives an error's message, also of one whose own words fail."""
    try:
        return str(error)[:WORDS]
    except Exception:
        return f"a {type(error).__name__} that cannot be shown"


def _number(value: Any) -> float:
    # What a DynamoDB resource gives; Lambda's own runtime turns it into a number, too.
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


class LambdaContext:
    """What a handler is told of its invocation, as attributes.

    `particulars` gives what differs from one invocation to the next, its "deadline" on `now`'s clock included.
    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    def __init__(
        self, known: dict[str, Any], now: Callable[[], float], particulars: Callable[[], dict[str, Any]]
    ) -> None:
        self.__dict__.update(client_context=None, identity=SimpleNamespace(**NOBODY), **known)
        self._now, self._particulars = now, particulars

    def __getattr__(self, name: str) -> Any:
        own = self.__dict__.get("_own")
        if own is None and not name.startswith("__"):
            own = self._own = self._particulars()
            self.__dict__.update({key: value for key, value in own.items() if key != "deadline"})
            return getattr(self, name)
        raise AttributeError(f"'LambdaContext' object has no attribute {name!r}")

    def get_remaining_time_in_millis(self) -> int:
        """Gives the milliseconds until the invocation times out."""
        return max(0, round((float(self._own["deadline"]) - self._now()) * 1000))


def _trace(error: BaseException) -> tuple[str, ...]:
    """Gives the frames of an error as Lambda writes them: each ends its line, and says where it stands there."""
    frames = traceback.extract_tb(error.__traceback__)[1:]
    shown = [(_there(f.filename), f.lineno or 0, f.name, f.line) for f in frames if not f.filename.startswith(OURS)]
    return tuple(ARCHIVE.sub("/var/task/", line)[:WORDS] for line in traceback.format_list(shown))


def _there(path: str) -> str:
    """Gives the place that a file of Python or of its packages has in Lambda; the folders here are this machine's."""
    _, found, name = path.rpartition("/site-packages/")
    if found:
        return f"{LANGUAGE}/site-packages/{name}"
    return f"{LANGUAGE}/{path.removeprefix(LIBRARY)}" if path.startswith(LIBRARY) else path


def _from_outside(error: KeyboardInterrupt) -> bool:
    """Says whether somebody interrupts a notebook's cell or a served cloud; a signal to that has a class of its own."""
    here = running()
    return here is None or not here.address or type(error) is not KeyboardInterrupt


def _exited(code: Any, request: str) -> Outcome:
    """Gives the outcome of a handler that ended its process; Python ends with 1 where the code is a text."""
    status = code if isinstance(code, int) else int(code is not None)
    why = f"with error: exit status {status}" if status else "without providing a reason"
    return Outcome(error="Runtime.ExitError", message=f"RequestId: {request} Error: Runtime exited {why}")


def call(
    function: Handler,
    event: Any,
    context: dict[str, Any],
    now: Callable[[], float],
    particulars: Callable[[], dict[str, Any]],
) -> Outcome:
    """Calls a handler and gives its outcome as AWS would name it; see `LambdaContext`."""
    shown = LambdaContext(context, now, particulars)
    try:
        payload = function(event, shown)
    except SystemExit as error:
        return _exited(error.code, particulars()["aws_request_id"])
    except KeyboardInterrupt as error:
        if _from_outside(error):
            raise
        return _exited(2, particulars()["aws_request_id"])
    except (GreenletExit, Abandoned, CellTimeout):
        raise
    except BaseException as error:
        return Outcome(error=type(error).__name__, message=in_words(error), trace=_trace(error)[-8:])
    try:
        text = json.dumps(payload, allow_nan=False, default=_number)
        if len(text) > LARGEST:
            return Outcome(
                error="Function.ResponseSizeTooLarge",
                message=f"Response payload size ({len(text):,} bytes) exceeded maximum allowed payload size "
                f"({LARGEST:,} bytes).",
            )
        return Outcome(payload=json.loads(text))
    except (TypeError, ValueError, RecursionError) as error:
        return Outcome(error="Runtime.MarshalError", message=f"Unable to marshal response: {in_words(error)}")
