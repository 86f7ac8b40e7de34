"""Lambda: code that is no zip, functions found by a part of their ARN, and concurrency that is not there.

Each function below is one gap: what AWS does, its page, what moto does, and the seam.
"""

from __future__ import annotations

import base64
import binascii
import io
import zipfile
from collections.abc import Callable
from typing import Any

from sagalab.aws.early_refusals import NAME, constraint, name_problem
from sagalab.aws.lambdas.function_settings import impossible

CONCURRENT, UNRESERVED = 1000, 100  # executions of an account at the same time


def _zips() -> None:
    """AWS refuses code that is no zip, or none at all; moto keeps the bytes, and the function dies at its first call.

    api/API_CreateFunction.html. Seams: `LambdaBackend.create_function`, `LambdaBackend.update_function_code`.
    """
    from moto.awslambda.models import LambdaBackend

    make, change = LambdaBackend.create_function, LambdaBackend.update_function_code

    def create_function(backend: Any, spec: dict[str, Any]) -> Any:
        _check_code(spec.get("Code") or {})
        return make(backend, spec)

    def update_function_code(backend: Any, function_name: str, qualifier: str, body: dict[str, Any]) -> Any:
        _check_code(body)
        return change(backend, function_name, qualifier, body)

    LambdaBackend.create_function, LambdaBackend.update_function_code = create_function, update_function_code


def _check_code(code: dict[str, Any]) -> None:
    from moto.awslambda.exceptions import InvalidParameterValueException

    text = code.get("ZipFile")
    if text is None and not code.get("ImageUri") and not code.get("S3Bucket"):
        raise InvalidParameterValueException("Please provide a source for function code.")
    if text == "":
        raise InvalidParameterValueException("Uploaded file must be a non-empty zip")
    if text is not None and not _is_zip(text):
        raise InvalidParameterValueException(
            "Could not unzip uploaded file. Please check your file, then try to upload again. "
            "Likely slip: ZipFile takes the bytes of a zip, not those of the handler's source."
        )
    if text is None:
        from moto.core.exceptions import JsonRESTError

        words = "code in an image or a bucket exists on AWS, but not in the local cloud of this course"
        raise JsonRESTError("NotSupportedHere", words)


def _found_by_name() -> None:
    """AWS finds a function by its name or any part of its ARN, and refuses other texts; moto fails inside at them.

    It refuses two qualifiers that differ, and to delete a version to which an alias leads, too.

    api/API_GetFunction.html. Seams: `LambdaStorage.get_function_by_name_or_arn_with_qualifier`,
    `LambdaStorage.get_function_by_name_or_arn_forbid_qualifier`, `LambdaStorage.del_function`.
    """
    from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError
    from moto.awslambda.models import LambdaStorage

    with_one, without = (
        LambdaStorage.get_function_by_name_or_arn_with_qualifier,
        LambdaStorage.get_function_by_name_or_arn_forbid_qualifier,
    )
    delete = LambdaStorage.del_function

    class StillUsed(LambdaClientError):
        code = 409

    def plain(storage: Any, text: str) -> str:
        found = NAME.fullmatch(text)
        if found is None:
            raise impossible(str(name_problem(text)))
        elsewhere = (found[3] or f"{storage.region_name}:", found[5] or f"{storage.account_id}:")
        if elsewhere != (f"{storage.region_name}:", f"{storage.account_id}:"):
            raise storage.construct_unknown_function_exception(text)
        return f"{found[7]}{found[8] or ''}"

    def get_with(storage: Any, name_or_arn: str, qualifier: str | None = None) -> Any:
        name = plain(storage, name_or_arn)
        if qualifier and ":" in name and name.partition(":")[2] != qualifier:
            words = "The derived qualifier from the function name does not match the specified qualifier."
            raise InvalidParameterValueException(words)
        return with_one(storage, name, qualifier)

    def get_without(storage: Any, name_or_arn: str) -> Any:
        return without(storage, plain(storage, name_or_arn))

    def del_function(storage: Any, name_or_arn: str, qualifier: str | None = None) -> None:
        name = plain(storage, name_or_arn)
        number = qualifier or name.partition(":")[2]
        aliases = storage.list_aliases(name.partition(":")[0]) if number else ()
        if leading := [alias.name for alias in aliases if alias.function_version == number]:
            words = f"Unable to delete version because the following aliases reference it: [{', '.join(leading)}]"
            raise StillUsed("ResourceConflictException", words)
        delete(storage, name, qualifier)

    LambdaStorage.del_function = del_function
    LambdaStorage.get_function_by_name_or_arn_with_qualifier = get_with
    LambdaStorage.get_function_by_name_or_arn_forbid_qualifier = get_without


def _is_zip(text: Any) -> bool:
    try:
        return zipfile.is_zipfile(io.BytesIO(base64.b64decode(text)))
    except (TypeError, binascii.Error):
        return False


def _reserved_concurrency() -> None:
    """AWS leaves at least 100 of an account's 1,000 concurrent executions unreserved; moto lets anybody reserve all.

    dg/configuration-concurrency.html. Seam: `LambdaBackend.put_function_concurrency`.
    """
    from moto.awslambda.exceptions import InvalidParameterValueException
    from moto.awslambda.models import LambdaBackend

    original = LambdaBackend.put_function_concurrency

    def put_function_concurrency(backend: Any, function_name: str, reserved_concurrency: Any) -> Any:
        function = backend.get_function(function_name)
        others = sum(
            int(row.reserved_concurrency or 0)
            for row in backend.list_functions()
            if row.function_name != function.function_name
        )
        if int(reserved_concurrency) < 0:
            problem = "Member must have value greater than or equal to 0"
            raise impossible(constraint(reserved_concurrency, "reservedConcurrentExecutions", problem))
        if CONCURRENT - others - int(reserved_concurrency) < UNRESERVED:
            raise InvalidParameterValueException(
                "Specified ReservedConcurrentExecutions for function decreases account's "
                f"UnreservedConcurrentExecution below its minimum value of [{UNRESERVED}]."
            )
        return original(backend, function_name, reserved_concurrency)

    LambdaBackend.put_function_concurrency = put_function_concurrency


PATCHES: tuple[Callable[[], None], ...] = (
    _zips,
    _found_by_name,
    _reserved_concurrency,
)
