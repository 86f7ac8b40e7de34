"""Lambda: which version is invoked, what the log of an invocation says, and ways in that the local cloud lacks.

Each function below is one gap: what AWS does, its page, what moto does, and the seam.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from sagalab.aws.lacking import not_supported


def _qualified() -> None:
    """AWS runs the version or alias that Qualifier names, and refuses one that is not there; moto runs the latest.

    api/API_Invoke.html. Seam: `LambdaResponse.invoke`.
    """
    from moto.awslambda.responses import LambdaResponse

    original = LambdaResponse.invoke

    def invoke(response: Any) -> Any:
        if named := response.querystring.get("Qualifier"):
            response.querystring["qualifier"] = named  # moto looks for it in small letters.
        return original(response)

    LambdaResponse.invoke = invoke


def _versions() -> None:
    """AWS keeps of a published version its code, settings and dead-letter queue; moto shares what can be changed.

    dg/configuration-versions.html. Seam: `LambdaFunction.set_version`.
    """
    from moto.awslambda.models import LambdaFunction

    original = LambdaFunction.set_version

    def set_version(function: Any, version: int) -> None:
        original(function, version)
        function.code = dict(function.code)
        function.environment_vars = dict(function.environment_vars)
        function.event_invoke_config = []  # An asynchronous configuration belongs to one version.

    LambdaFunction.set_version = set_version


def _for_later() -> None:
    """AWS takes the old InvokeAsync as an invocation for later; moto runs it at once and answers what it gave.

    api/API_InvokeAsync.html. Seam: `LambdaResponse.invoke_async`.
    """
    from moto.awslambda.responses import LambdaResponse

    def invoke_async(response: Any) -> Any:
        name = response.path.rstrip("/").rsplit("/", 2)[-2]
        headers: dict[str, Any] = {}
        later = {**dict(response.headers), "x-amz-invocation-type": "Event"}
        response.backend.invoke(unquote(name), None, response.body, later, headers)
        return 202, {"status": "202", "content-type": "application/json"}, b"{}"

    LambdaResponse.invoke_async = invoke_async


def _addresses() -> None:
    """A function may have an address of its own on AWS; moto shows one to which nothing answers.

    dg/urls-configuration.html. Seam: `LambdaBackend.create_function_url_config`.
    """
    from moto.awslambda.models import LambdaBackend
    from moto.core.exceptions import JsonRESTError

    def create_function_url_config(backend: Any, name_or_arn: str, config: dict[str, Any]) -> Any:
        backend.get_function(name_or_arn)
        raise JsonRESTError("NotSupportedHere", not_supported("the address of a function"))

    LambdaBackend.create_function_url_config = create_function_url_config


def _statements() -> None:
    """AWS refuses a permission whose statement id is taken, and the removal of one that is not there; moto does not.

    api/API_AddPermission.html. Seams: `Policy.add_statement`, `Policy.del_statement`.
    """
    from moto.awslambda.exceptions import LambdaClientError
    from moto.awslambda.policy import Policy

    add, remove = Policy.add_statement, Policy.del_statement

    class Taken(LambdaClientError):
        code = 409

    class Missing(LambdaClientError):
        code = 404

    def add_statement(policy: Any, raw: str, qualifier: str | None = None) -> Any:
        named = json.loads(raw).get("StatementId")
        if named is not None and any(row.get("Sid") == named for row in policy.statements):
            words = f"The statement id ({named}) provided already exists. Please provide a new statement id, or remove"
            raise Taken("ResourceConflictException", f"{words} the existing statement.")
        return add(policy, raw, qualifier)

    def del_statement(policy: Any, sid: str, revision: str = "") -> None:
        if not policy.statements:
            raise Missing("ResourceNotFoundException", "No policy is associated with the given resource.")
        if all(row.get("Sid") != sid for row in policy.statements):
            raise Missing("ResourceNotFoundException", f"Statement {sid} is not found in resource policy.")
        remove(policy, sid, revision)

    Policy.add_statement, Policy.del_statement = add_statement, del_statement


def _unweighted() -> None:
    """An alias may send a part of its invocations to a second version on AWS; moto sends all of them to the first.

    dg/configuring-alias-routing.html. Seams: `LambdaStorage.put_alias`, `LambdaStorage.update_alias`.
    """
    from moto.awslambda.models import LambdaStorage

    put, update = LambdaStorage.put_alias, LambdaStorage.update_alias

    def put_alias(storage: Any, name: str, function: str, version: str, description: str, routing: Any) -> Any:
        return put(storage, name, function, version, description, _one_version(routing))

    def update_alias(storage: Any, name: str, function: str, version: str, description: str, routing: Any) -> Any:
        return update(storage, name, function, version, description, _one_version(routing))

    LambdaStorage.put_alias, LambdaStorage.update_alias = put_alias, update_alias


def _one_version(routing: Any) -> Any:
    from moto.core.exceptions import JsonRESTError

    if (routing or {}).get("AdditionalVersionWeights"):
        raise JsonRESTError("NotSupportedHere", not_supported("the weight of a second version"))
    return routing


PATCHES: tuple[Callable[[], None], ...] = (_qualified, _versions, _for_later, _addresses, _statements, _unweighted)
