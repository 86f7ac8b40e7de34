"""Probes of tasks that call an SDK, and of what a task says of a call that its service refuses."""

from __future__ import annotations

from typing import Any

from tests.aws.building import Account
from tests.aws.probing import SFN, probe

SERVICE = f"{SFN}.asl.component.state.exec.state_task.service"
SDK = f"{SERVICE}.state_task_service_aws_sdk:StateTaskServiceAwsSdk"
DYNAMODB = f"{SERVICE}.state_task_service_dynamodb:StateTaskServiceDynamoDB"


def _called(account: Account, resource: str, parameters: dict[str, Any]) -> dict[str, Any]:
    state = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True}
    return account.executed({"A": state}, name="Caller")


@probe(f"{SDK}._normalise_parameters", f"{SDK}._normalise_response")
def a_state_starts_an_execution_by_the_sdk() -> None:
    account = Account()
    child = account.machine({"P": {"Type": "Pass", "End": True}}, name="Child")
    found = _called(account, "aws-sdk:sfn:startExecution", {"StateMachineArn": child, "Input": {"n": 1}})
    assert found["status"] == "SUCCEEDED", found
    assert found["output"]["StartDate"].startswith("2026-01-05T09:00:00.")
    assert account.execution(found["output"]["ExecutionArn"])["input"] == '{"n":1}'


@probe(f"{SERVICE}.state_task_service:StateTaskService._from_boto_response_value")
def a_function_called_by_the_sdk_answers_a_text() -> None:
    account = Account()
    account.function("f", lambda event: [event["n"]])
    found = _called(account, "aws-sdk:lambda:invoke", {"FunctionName": "f", "Payload": {"n": 1}})
    assert found["output"]["Payload"] == "[1]"


@probe(f"{SDK}._normalise_service_error_name")
def an_error_of_the_sdk_is_named_as_java_names_it() -> None:
    account = Account()
    url, _ = account.queue("q")
    found = _called(account, "aws-sdk:sqs:sendMessage", {"QueueUrl": f"{url}-gone", "MessageBody": "m"})
    assert found["error"] == "Sqs.QueueDoesNotExistException" and "(Service: Sqs, Status Code: 400" in found["cause"]


@probe(f"{SERVICE}.state_task_service:StateTaskService._SERVICE_NAME_SFN_TO_BOTO_OVERRIDES")
def a_service_of_another_name_in_boto3_is_found() -> None:
    entry = {"Source": "s", "DetailType": "d", "Detail": "{}"}
    found = _called(Account(), "aws-sdk:eventbridge:putEvents", {"Entries": [entry]})
    assert found["output"]["FailedEntryCount"] == 0


@probe(f"{DYNAMODB}._eval_service_task", f"{DYNAMODB}._from_error")
def a_table_that_cannot_be_and_a_missing_item_are_refused() -> None:
    for parameters, said in (
        ({"TableName": "/orders", "Item": {"id": {"S": "1"}}}, "Value '/orders' at 'tableName'"),
        ({"TableName": "orders"}, "Value null at 'item' failed to satisfy constraint: Member must not be null"),
    ):
        found = _called(Account(), "dynamodb:putItem", parameters)
        assert found["error"] == "DynamoDB.AmazonDynamoDBException" and said in found["cause"]


@probe(f"{SERVICE}.state_task_service_sqs:StateTaskServiceSqs._eval_service_task")
def a_queue_that_is_no_address_is_not_reached() -> None:
    found = _called(Account(), "sqs:sendMessage", {"QueueUrl": "orders", "MessageBody": "m"})
    assert found["cause"] == "Unable to execute HTTP request: orders: Name or service not known"


@probe("moto.awslambda.models:LambdaBackend.invoke")
def a_missing_function_is_named_with_its_version() -> None:
    found = _called(Account(), "lambda:invoke", {"FunctionName": "gone"})
    assert "Function not found: arn:aws:lambda:us-east-1:123456789012:function:gone:$LATEST (" in found["cause"]


@probe("moto.iam.models:IAMBackend.attach_role_policy")
def a_role_takes_a_policy_that_aws_manages() -> None:
    from tests.aws.building import client

    Account()
    iam = client("iam")
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument="{}")
    arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    iam.attach_role_policy(RoleName="worker", PolicyArn=arn)
    (row,) = iam.list_attached_role_policies(RoleName="worker")["AttachedPolicies"]
    assert row == {"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": arn}


@probe(f"{SERVICE}.state_task_service_lambda:StateTaskServiceLambda._get_supported_parameters")
def a_task_invokes_for_later_where_it_says_so() -> None:
    account = Account()
    account.function("f", lambda event: 1 / 0)
    found = _called(account, "lambda:invoke", {"FunctionName": "f", "InvocationType": "Event", "Payload": {"n": 1}})
    assert found["status"] == "SUCCEEDED" and found["output"]["StatusCode"] == 202, found
    assert account.seen("f") == [{"n": 1}] * 3  # two retries, as of any invocation for later


@probe(f"{SFN}.asl.component.state.exec.state_map.iteration.itemprocessor.map_run_record:MapRunRecord.describe")
def an_item_that_failed_runs_no_longer() -> None:
    account = Account()
    arn = account.function("f", lambda event: 1 / event)
    inner = {"StartAt": "F", "States": {"F": {"Type": "Task", "Resource": arn, "End": True}}}
    state = {"Type": "Map", "ToleratedFailureCount": 1, "End": True}
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, **inner}
    run = account.executed({"M": {**state, "ItemProcessor": processor}}, [1, 0, 2])["executionArn"]
    (row,) = account.sfn.list_map_runs(executionArn=run)["mapRuns"]
    found = account.sfn.describe_map_run(mapRunArn=row["mapRunArn"])
    counts = found["executionCounts"]
    assert (counts["running"], counts["succeeded"], counts["failed"], found["redriveCount"]) == (0, 2, 1, 0)
