"""Step Functions: tasks that call an AWS SDK, and what a task says of a call that its service refuses.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html: names of
parameters and answers begin with a capital, whatever the service writes, and errors are named as the Java SDK does.
Each function below is one gap and its seam.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sagalab.aws.account import REGION
from sagalab.aws.current import cloud
from sagalab.aws.stepfunctions.evaluation import iso

SERVICES = "moto.stepfunctions.parser.asl.component.state.exec.state_task.service"
NAMES = {  # as the Java SDK writes them where a capital is not enough
    "dynamodb": "DynamoDb", "eventbridge": "EventBridge", "cloudwatch": "CloudWatch",
    "cloudwatchlogs": "CloudWatchLogs",
}  # fmt: skip
BOTO = {"eventbridge": "events", "cloudwatchlogs": "logs"}
TABLE = re.compile(r"[a-zA-Z0-9_.-]+")
NEEDED = {"putItem": "Item", "getItem": "Key", "deleteItem": "Key", "updateItem": "Key"}


def _sdk() -> Any:
    return importlib.import_module(f"{SERVICES}.state_task_service_aws_sdk").StateTaskServiceAwsSdk


def _names_of_fields() -> None:
    """AWS takes and gives fields with a capital, texts for objects, and dates as text; moto passes all on as it is.

    Such a call of Step Functions itself fails inside. Seams: `StateTaskServiceAwsSdk._normalise_parameters`,
    `StateTaskServiceAwsSdk._normalise_response`.
    """
    service = _sdk()

    def shapes(task: Any) -> Any:
        from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for

        client = boto_client_for(region=cloud_region(), service=task._get_boto_service_name())
        known = client.meta.method_to_api_mapping.get(task._get_boto_service_action())
        return client.meta.service_model.operation_model(known) if known else None

    def _normalise_parameters(task: Any, parameters: dict[str, Any], *args: Any, **fields: Any) -> None:
        model = shapes(task)
        if model is not None and model.input_shape is not None:
            task._to_boto_request(parameters, model.input_shape)

    def _normalise_response(task: Any, response: Any, *args: Any, **fields: Any) -> None:
        model = shapes(task)
        if model is not None and model.output_shape is not None:
            task._from_boto_response(response, model.output_shape)
        _write_dates(response)

    service._normalise_parameters = _normalise_parameters
    service._normalise_response = _normalise_response


def _bodies() -> None:
    """AWS gives the payload of a function's answer as a text; moto, or our shorter way to a function, as a stream.

    Seam: `StateTaskService._from_boto_response_value`.
    """
    base = importlib.import_module(f"{SERVICES}.state_task_service").StateTaskService

    def _from_boto_response_value(response_value: Any) -> Any:
        found = response_value.read() if hasattr(response_value, "read") else response_value
        return found.decode() if isinstance(found, bytes) else found

    base._from_boto_response_value = staticmethod(_from_boto_response_value)


def cloud_region() -> str:
    """Gives the region that every client of a task is made for."""
    return REGION


def _write_dates(node: Any) -> None:
    rows = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(rows):
        if isinstance(value, datetime):
            node[key] = iso(value)
        else:
            _write_dates(value)


def _names_of_services() -> None:
    """AWS names errors by service and class, such as Sqs.QueueDoesNotExistException; moto knows two services.

    Seams: `StateTaskServiceAwsSdk._normalise_service_error_name`, and
    `StateTaskService._SERVICE_NAME_SFN_TO_BOTO_OVERRIDES` for services that boto3 calls something else.
    """
    base = importlib.import_module(f"{SERVICES}.state_task_service").StateTaskService

    def _normalise_service_error_name(service_name: str) -> str:
        return NAMES.get(service_name.lower(), service_name[:1].upper() + service_name[1:])

    _sdk()._normalise_service_error_name = staticmethod(_normalise_service_error_name)
    base._SERVICE_NAME_SFN_TO_BOTO_OVERRIDES = {**base._SERVICE_NAME_SFN_TO_BOTO_OVERRIDES, **BOTO}


def _checked_items() -> None:
    """AWS refuses a table's name that is none and a call without its item as a ValidationException; moto does not.

    Seams: `StateTaskServiceDynamoDB._eval_service_task`, `StateTaskServiceDynamoDB._from_error`.
    """
    from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName

    service = importlib.import_module(f"{SERVICES}.state_task_service_dynamodb").StateTaskServiceDynamoDB
    ask, tell = service._eval_service_task, service._from_error

    def _eval_service_task(task: Any, env: Any, *args: Any, normalised_parameters: dict[str, Any], **more: Any) -> None:
        check_item(task.resource.api_action, normalised_parameters)
        ask(task, env, *args, normalised_parameters=normalised_parameters, **more)

    def _from_error(task: Any, env: Any, ex: Exception) -> Any:
        event = tell(task, env, ex)
        row = event.event_details["taskFailedEventDetails"]
        if row["error"] == "DynamoDB.ValidationException":
            row["error"] = "DynamoDB.AmazonDynamoDBException"
            event.error_name = CustomErrorName(row["error"])
        return event

    service._eval_service_task, service._from_error = _eval_service_task, _from_error


def check_item(action: str, parameters: dict[str, Any]) -> None:
    """Raises AWS's refusal of a call of DynamoDB that lacks what it needs."""
    found, needed = "1 validation error detected: ", NEEDED.get(action)
    table = str(parameters.get("TableName", ""))
    if not TABLE.fullmatch(table):
        constraint = f"Member must satisfy regular expression pattern: {TABLE.pattern}"
        raise _refused(f"{found}Value '{table}' at 'tableName' failed to satisfy constraint: {constraint}")
    if needed and parameters.get(needed) is None:
        constraint = "Member must not be null"
        raise _refused(f"{found}Value null at '{needed.lower()}' failed to satisfy constraint: {constraint}")


def _refused(message: str) -> Exception:
    from botocore.exceptions import ClientError

    about = {"HTTPStatusCode": 400, "RequestId": str(cloud().identifier())}
    answer: Any = {"Error": {"Code": "ValidationException", "Message": message}, "ResponseMetadata": about}
    return ClientError(answer, "dynamodb")


def _unreachable_queues() -> None:
    """AWS tells a queue's address that leads nowhere from a queue that does not exist; moto does not.

    Seam: `StateTaskServiceSqs._eval_service_task`.
    """
    service = importlib.import_module(f"{SERVICES}.state_task_service_sqs").StateTaskServiceSqs
    original = service._eval_service_task

    def _eval_service_task(task: Any, env: Any, *args: Any, normalised_parameters: dict[str, Any], **more: Any) -> None:
        from botocore.exceptions import ClientError

        address = str(normalised_parameters.get("QueueUrl", ""))
        try:
            original(task, env, *args, normalised_parameters=normalised_parameters, **more)
        except ClientError as error:
            if "://" not in address and error.response["Error"]["Code"].endswith("NonExistentQueue"):
                text = f"Unable to execute HTTP request: {address}: Name or service not known"
                error.response["Error"]["Message"] = text
            raise

    service._eval_service_task = _eval_service_task


def _versions_of_missing_functions() -> None:
    """AWS names the version of a function that is not there, too; moto leaves it out. Seam: `LambdaBackend.invoke`."""
    from moto.awslambda.exceptions import UnknownFunctionException
    from moto.awslambda.models import LambdaBackend

    original = LambdaBackend.invoke

    def invoke(backend: Any, function_name: str, qualifier: str | None, *args: Any, **fields: Any) -> Any:
        try:
            backend.get_function(function_name, qualifier)
        except UnknownFunctionException as error:
            if str(error.message).rpartition(":")[2] == function_name.rpartition(":")[2] and not qualifier:
                raise UnknownFunctionException(f"{_arn(backend, function_name)}:$LATEST") from None
            raise
        return original(backend, function_name, qualifier, *args, **fields)

    LambdaBackend.invoke = invoke


def _arn(backend: Any, name: str) -> str:
    return name if ":" in name else f"arn:aws:lambda:{backend.region_name}:{backend.account_id}:function:{name}"


PATCHES: tuple[Callable[[], None], ...] = (
    _names_of_fields,
    _bodies,
    _names_of_services,
    _checked_items,
    _unreachable_queues,
    _versions_of_missing_functions,
)
