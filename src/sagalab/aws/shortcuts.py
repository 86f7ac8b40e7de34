"""What moto works out again at each call although the answer never changes, worked out once.

Nothing here changes an answer; a test holds each shortcut against the long way. Measured on a whole scenario
of the reference design, the long ways were about half of the judge's own processor time.
"""

from __future__ import annotations

import functools
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from sagalab.aws.account import ACCOUNT, REGION
from sagalab.aws.current import cloud, go_on

SHARE = re.compile(r'("ToleratedFailurePercentage"\s*:\s*\d+)(?![\d.eE])')
FUNCTION_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"


def _parsing() -> None:
    """Parsing ASL and JSON paths. Seams: `AmazonStateLanguageParser.parse`, and jsonpath's `parse` where held."""
    import jsonpath_ng
    import jsonpath_ng.ext
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

    read = AmazonStateLanguageParser.parse
    # A share of tolerated failures is any number; moto's grammar wants a fraction.
    parse = functools.lru_cache(maxsize=64)(lambda definition: read(SHARE.sub(r"\1.0", definition)))
    AmazonStateLanguageParser.parse = staticmethod(parse)
    for original in (jsonpath_ng.parse, jsonpath_ng.ext.parse):
        # jsonpath_ng builds its whole grammar again for each path. moto's events import it at each delivery.
        cached = functools.lru_cache(maxsize=512)(original)
        for prefix in ("moto.stepfunctions", "jsonpath_ng"):
            _everywhere(prefix, original, cached)


def _heap_keys() -> None:
    """A component of a parsed definition draws its key at its first use, from the seed of that run.

    Runs share the parsed definition, so that only the first of them would draw. Seam: `EvalComponent.heap_key`.
    """
    from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent

    EvalComponent.heap_key = property(lambda component: f"component-{id(component)}")


def _clients() -> None:
    """Making a client for each task. Seam: every module that holds `boto_client_for`."""
    import moto.stepfunctions.parser.asl.utils.boto_client as boto_client

    original = boto_client.boto_client_for

    @functools.lru_cache(maxsize=64)
    def cached(region: str, service: str) -> Any:
        client = original(region=region, service=service)
        return _FunctionClient(client) if service == "lambda" else client

    def boto_client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        return cached(region, service)

    _everywhere("moto.stepfunctions", original, boto_client_for)


def _names() -> None:
    """Which method answers an action. Seams: `method_names_from_class` and `camelcase_to_underscores` where held."""
    from moto.core import utils

    for original in (utils.method_names_from_class, utils.camelcase_to_underscores):
        _everywhere("moto.", original, functools.lru_cache(maxsize=2048)(original))


def _everywhere(prefix: str, original: Any, replacement: Any) -> None:
    """Rebinds a function in every loaded module that holds it: names are bound with `from x import y`."""
    for name, module in list(sys.modules.items()):
        if name.startswith(prefix):
            for attribute, value in list(vars(module).items()):
                if value is original:
                    setattr(module, attribute, replacement)


class _FunctionClient:
    """A Lambda client whose plain synchronous calls go straight to the function.

    A task's call is otherwise made into an HTTP request and taken apart again in the same process.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def invoke(self, **parameters: Any) -> Any:
        """Invokes a function; whatever is not plain, or could be refused, goes the long way."""
        function = _plain(parameters)
        if function is None:
            return self._client.invoke(**parameters)
        go_on()
        payload, errored, _ = function._invoke_lambda(json.loads(parameters.get("Payload") or "{}"))
        answer = {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": io.BytesIO(payload.encode())}
        return answer | ({"FunctionError": "Unhandled"} if errored else {})


def _plain(parameters: dict[str, Any]) -> Any:
    """Gives the function that a plain call reaches, or None."""
    from moto.awslambda.models import lambda_backends

    here = cloud()
    if set(parameters) - {"FunctionName", "Payload"} or (here.faults is not None and here.faults.refuses_calls()):
        return None
    name = parameters.get("FunctionName")
    if not isinstance(name, str) or ":" in name.removeprefix(FUNCTION_ARN):
        return None
    try:
        found = lambda_backends[ACCOUNT][REGION].get_function(name)
    except Exception:
        return None  # The long way says in AWS's words what is wrong.
    return found if found.reserved_concurrency is None else None  # It may refuse.


def paths_in(definition: Any) -> Iterator[str]:
    """Gives the JSON paths that stand in a state machine's definition."""
    if isinstance(definition, dict):
        for value in definition.values():
            yield from paths_in(value)
    elif isinstance(definition, list):
        for value in definition:
            yield from paths_in(value)
    elif isinstance(definition, str) and definition.startswith("$"):
        yield definition


def rehearse(definitions: list[str]) -> None:
    """Parses the paths of these definitions, and those of every event, so that forks find them parsed."""
    import jsonpath_ng
    import jsonpath_ng.ext
    from moto.events.utils import EventTemplateParser

    for path in EventTemplateParser.DEFAULT_EVENT_INPUT_PATHS_MAP.values():
        jsonpath_ng.ext.parse(path)
    for definition in definitions:
        for path in dict.fromkeys(paths_in(json.loads(definition))):
            try:
                jsonpath_ng.ext.parse(path.removeprefix("$") if path.startswith("$$") else path)
                jsonpath_ng.parse(path)  # A ResultPath is read by the plain parser.
            except Exception:
                continue  # An intrinsic function or a slip: the run meets it as well.


PATCHES: tuple[Callable[[], None], ...] = (_parsing, _heap_keys, _clients, _names)
