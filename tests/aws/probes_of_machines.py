"""Probes of the calls about state machines: versions, aliases, Express workflows, ARNs, activities and tags."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from sagalab.aws.account import ROLE_ARN
from tests.aws.building import Account
from tests.aws.probing import SFN, probe

MODELS, RESPONSES = "moto.stepfunctions.models:", "moto.stepfunctions.responses:StepFunctionResponse."
BACKEND = f"{MODELS}StepFunctionBackend."
GONE = "arn:aws:states:us-east-1:123456789012:stateMachine:gone"


def refused(call: Callable[..., Any], **fields: Any) -> tuple[str, str]:
    """Gives code and words of a refusal."""
    try:
        call(**fields)
    except ClientError as error:
        return str(error.response["Error"]["Code"]), str(error.response["Error"]["Message"])
    return "", ""


def written(result: Any) -> str:
    """Gives a definition whose one state gives this result."""
    return json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": result, "End": True}}})


def published(account: Account, versions: int = 2) -> str:
    """Makes a machine with versions that give their numbers; gives its ARN."""
    fields = {"name": "Flow", "roleArn": ROLE_ARN, "definition": written(1), "publish": True}
    arn = str(account.sfn.create_state_machine(**fields)["stateMachineArn"])
    for number in range(2, versions + 1):
        account.sfn.update_state_machine(stateMachineArn=arn, definition=written(number), publish=True)
    return arn


def aliased(account: Account, name: str = "live", *routes: tuple[int, int]) -> str:
    """Makes an alias of versions by their numbers and weights; gives its ARN."""
    arn = published(account)
    rows = [{"stateMachineVersionArn": f"{arn}:{number}", "weight": weight} for number, weight in routes or ((1, 100),)]
    made = account.sfn.create_state_machine_alias(name=name, routingConfiguration=rows)
    return str(made["stateMachineAliasArn"])


def express(account: Account, definition: str | None = None) -> str:
    """Makes an Express workflow and gives its ARN."""
    text = written(1) if definition is None else definition
    made = account.sfn.create_state_machine(name="Fast", type="EXPRESS", roleArn=ROLE_ARN, definition=text)
    return str(made["stateMachineArn"])


@probe(f"{MODELS}StateMachine.publish", f"{RESPONSES}publish_state_machine_version")
def a_revision_is_published_once() -> None:
    account = Account()
    arn = published(account, 1)
    assert account.sfn.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"] == f"{arn}:1"


@probe(f"{MODELS}StateMachine.update", f"{RESPONSES}update_state_machine")
def an_update_makes_a_revision() -> None:
    account = Account()
    arn = published(account, 1)
    made = account.sfn.update_state_machine(stateMachineArn=arn, definition=written(2))
    assert account.sfn.describe_state_machine(stateMachineArn=arn)["revisionId"] == made["revisionId"]


@probe(f"{RESPONSES}list_state_machine_versions", f"{RESPONSES}delete_state_machine_version")
def versions_are_listed_and_deleted() -> None:
    account = Account()
    arn = published(account)
    account.sfn.delete_state_machine_version(stateMachineVersionArn=f"{arn}:1")
    (row,) = account.sfn.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
    assert row["stateMachineVersionArn"] == f"{arn}:2"


@probe(f"{RESPONSES}create_state_machine")
def a_machine_is_of_one_of_two_types() -> None:
    fields = {"name": "Flow", "roleArn": ROLE_ARN, "definition": written(1), "type": "FAST"}
    assert refused(Account().sfn.create_state_machine, **fields)[0] == "ValidationException"


@probe(f"{RESPONSES}_validate_routing_configuration")
def routes_lead_to_versions_that_are_there() -> None:
    account = Account()
    arn = published(account)
    routes = [{"stateMachineVersionArn": f"{arn}:7", "weight": 100}]
    code, words = refused(account.sfn.create_state_machine_alias, name="live", routingConfiguration=routes)
    assert (code, words) == (
        "ValidationException",
        f"Routing configuration must contain state machine version ARNs. Received: [{arn}:7]",
    )


@probe(f"{BACKEND}create_state_machine_alias")
def an_alias_is_made_once() -> None:
    account = Account()
    arn = aliased(account)
    routes = [{"stateMachineVersionArn": f"{arn.removesuffix(':live')}:2", "weight": 100}]
    assert refused(account.sfn.create_state_machine_alias, name="live", routingConfiguration=routes)[0] == (
        "ConflictException"
    )


@probe(f"{BACKEND}delete_state_machine_alias")
def an_alias_that_is_not_there_is_deleted_without_a_word() -> None:
    account = Account()
    account.sfn.delete_state_machine_alias(stateMachineAliasArn=f"{published(account)}:gone")


@probe(f"{BACKEND}describe_state_machine_alias")
def an_alias_that_is_not_there_is_not_described() -> None:
    account = Account()
    code, words = refused(account.sfn.describe_state_machine_alias, stateMachineAliasArn=f"{published(account)}:gone")
    assert (code, words) == ("ResourceNotFound", "Request references a resource that does not exist.")


@probe(f"{RESPONSES}update_state_machine_alias")
def an_update_of_an_alias_says_what_is_new() -> None:
    account = Account()
    code, _ = refused(account.sfn.update_state_machine_alias, stateMachineAliasArn=aliased(account))
    assert code == "MissingRequiredParameter"


@probe(f"{RESPONSES}describe_state_machine")
def a_machine_tells_of_its_variables() -> None:
    account = Account()
    states = {
        "A": {"Type": "Pass", "Assign": {"x": 1}, "Next": "B"},
        "B": {"Type": "Pass", "InputPath": "$x", "End": True},
    }
    found = account.sfn.describe_state_machine(stateMachineArn=account.machine(states))
    assert found["variableReferences"] == {"B": ["x"]}
    assert found["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}


@probe(f"{SFN}.models:StepFunctionsParserBackend.update_state_machine")
def an_express_workflow_does_not_come_to_wait_for_a_token() -> None:
    account = Account()
    task = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": True}
    text = json.dumps({"StartAt": "A", "States": {"A": task}})
    code, words = refused(account.sfn.update_state_machine, stateMachineArn=express(account), definition=text)
    assert (
        code == "InvalidDefinition" and "does not support '.waitForTaskToken' service integration at /States/A" in words
    )


@probe(f"{SFN}.models:Execution")
def an_express_execution_is_named_by_its_kind() -> None:
    account = Account()
    made = account.sfn.start_execution(stateMachineArn=express(account), name="one")
    assert made["executionArn"].startswith("arn:aws:states:us-east-1:123456789012:express:Fast:one:")


@probe(f"{RESPONSES}start_sync_execution", f"{BACKEND}accepted_exec_arn_format")
def an_express_execution_can_be_waited_for() -> None:
    account = Account()
    found = account.sfn.start_sync_execution(stateMachineArn=express(account), input='{"n": 1}')
    assert (found["status"], found["input"], found["output"]) == ("SUCCEEDED", '{"n": 1}', "1")


@probe(f"{BACKEND}_validate_execution_arn")
def an_execution_s_arn_is_one() -> None:
    words = "Invalid Arn: 'Invalid ARN prefix: foo'"
    assert refused(Account().sfn.stop_execution, executionArn="foo") == ("InvalidArn", words)


@probe(f"{BACKEND}_validate_machine_arn")
def a_machine_s_arn_is_one() -> None:
    words = "Invalid Arn: 'Invalid ARN prefix: foo'"
    assert refused(Account().sfn.describe_state_machine, stateMachineArn="foo") == ("InvalidArn", words)


@probe(f"{BACKEND}_validate_activity_arn")
def an_activity_s_arn_is_of_an_activity() -> None:
    words = "Invalid Arn: 'Resource type not valid in this context: stateMachine'"
    assert refused(Account().sfn.describe_activity, activityArn=GONE) == ("InvalidArn", words)


@probe(f"{BACKEND}create_activity")
def an_activity_is_made_twice() -> None:
    account = Account()
    first, second = (account.sfn.create_activity(name="pack")["activityArn"] for _ in range(2))
    assert first == second


@probe(f"{BACKEND}describe_activity")
def an_activity_that_is_not_there_says_so() -> None:
    arn = GONE.replace("stateMachine", "activity")
    words = f"Activity Does Not Exist: '{arn}'"
    assert refused(Account().sfn.describe_activity, activityArn=arn) == ("ActivityDoesNotExist", words)


@probe(f"{BACKEND}tag_resource")
def what_is_not_there_is_not_tagged() -> None:
    call = Account().sfn.tag_resource
    assert refused(call, resourceArn=GONE, tags=[{"key": "a", "value": "b"}])[0] == "ResourceNotFound"


@probe(f"{BACKEND}untag_resource")
def what_is_not_there_has_no_tag_to_lose() -> None:
    assert refused(Account().sfn.untag_resource, resourceArn=GONE, tagKeys=["a"])[0] == "ResourceNotFound"


@probe(f"{BACKEND}list_tags_for_resource")
def what_is_not_there_has_no_tags() -> None:
    words = f"Resource not found: '{GONE}'"
    assert refused(Account().sfn.list_tags_for_resource, resourceArn=GONE) == ("ResourceNotFound", words)


@probe(f"{RESPONSES}test_state")
def a_state_is_tried_alone() -> None:
    found = Account().sfn.test_state(definition='{"Type": "Pass", "Next": "B"}', input='{"n": 1}')
    assert (found["status"], found["output"], found["nextState"]) == ("SUCCEEDED", '{"n":1}', "B")
