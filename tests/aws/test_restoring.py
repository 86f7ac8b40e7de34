"""Versions and aliases, of functions and of machines, in a cloud that a deployment was restored into."""

import json

import pytest

from sagalab.aws.capture import capture
from sagalab.aws.restoring import restore
from sagalab.deployment import Deployment
from sagalab.hosts.runtime import LocalRuntime
from sagalab.packaging import zipped
from tests.aws.building import Account

SAYS = "def f(event, context):\n    return {word!r}\n"


def open_account(seed=0):
    return Account(seed=seed, runtime=lambda clock: LocalRuntime(clock, lambda: None))


def code(word):
    return zipped({"m.py": SAYS.format(word=word)})


@pytest.fixture
def deployment():
    """A function with the versions 1 and 3 and an alias, a machine with two versions and an alias, an Express machine."""
    account = open_account()
    account.function("f")
    for word in ("one", "two", "three"):
        account.functions.update_function_code(FunctionName="f", ZipFile=code(word))
        account.functions.publish_version(FunctionName="f")
    account.functions.delete_function(FunctionName="f", Qualifier="2")
    account.functions.update_function_code(FunctionName="f", ZipFile=code("now"))
    account.functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    machine = account.machine({"A": {"Type": "Pass", "Result": 1, "End": True}}, name="M")
    first = account.sfn.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]
    second = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": 2, "End": True}}}
    account.sfn.update_state_machine(stateMachineArn=machine, definition=json.dumps(second))
    account.sfn.publish_state_machine_version(stateMachineArn=machine, description="the second one")
    routes = [{"stateMachineVersionArn": first, "weight": 100}]
    account.sfn.create_state_machine_alias(name="live", routingConfiguration=routes)
    account.events.put_rule(Name="r", EventPattern='{"source": ["orders"]}', RoleArn="arn:aws:iam::123456789012:role/r")
    account.events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": f"{machine}:live"}])
    found = capture()
    account.close()
    return found


@pytest.fixture
def again(deployment):
    account = open_account(seed=5)
    restore(Deployment.model_validate_json(deployment.model_dump_json()))
    yield account
    account.close()


def test_versions_aliases_and_a_rule_s_role_come_back_as_they_were(deployment, again):
    assert capture().model_dump() == deployment.model_dump()


@pytest.mark.parametrize(("qualifier", "word"), [("1", "one"), ("3", "three"), ("live", "one"), ("$LATEST", "now")])
def test_a_restored_version_runs_its_own_code(again, qualifier, word):
    answer = again.functions.invoke(FunctionName="f", Qualifier=qualifier)
    assert json.loads(answer["Payload"].read()) == word


@pytest.mark.parametrize(("qualifier", "result"), [(":1", 1), (":2", 2), (":live", 1), ("", 2)])
def test_a_restored_machine_s_version_runs_its_own_definition(again, qualifier, result):
    arn = again.sfn.list_state_machines()["stateMachines"][0]["stateMachineArn"]
    run = again.sfn.start_execution(stateMachineArn=f"{arn}{qualifier}", input="{}")["executionArn"]
    again.run()
    assert json.loads(again.sfn.describe_execution(executionArn=run)["output"]) == result


def test_the_next_version_of_a_restored_machine_has_the_next_number(again):
    arn = again.sfn.list_state_machines()["stateMachines"][0]["stateMachineArn"]
    same = again.sfn.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
    assert same == f"{arn}:2"
    again.sfn.update_state_machine(
        stateMachineArn=arn, definition='{"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}'
    )
    assert again.sfn.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"] == f"{arn}:3"


def test_a_rule_leads_to_the_version_that_its_alias_names(again):
    again.publish("OrderCreated", {"orderId": "7"})
    again.run()
    arn = again.sfn.list_state_machines()["stateMachines"][0]["stateMachineArn"]
    (run,) = again.sfn.list_executions(stateMachineArn=arn)["executions"]
    assert json.loads(again.sfn.describe_execution(executionArn=run["executionArn"])["output"]) == 1


def without_its_dead_letters(account):
    account.queue_with_dlq("orders", 3)
    account.sqs.delete_queue(QueueUrl=account.sqs.get_queue_url(QueueName="orders-dlq")["QueueUrl"])


def without_its_function(account):
    account.function("service")
    account.mapping(account.queue("orders", VisibilityTimeout="60")[1], "service")
    account.functions.delete_function(FunctionName="service")


def without_its_queue(account):
    account.function("service")
    url, arn = account.queue("orders", VisibilityTimeout="60")
    account.mapping(arn, "service")
    account.sqs.delete_queue(QueueUrl=url)


def with_an_index(account):
    keys = [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}]
    by_kind = [keys[0], {"AttributeName": "kind", "KeyType": "RANGE"}]
    account.dynamodb.create_table(
        TableName="events", KeySchema=keys, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "at", "kind")],
        LocalSecondaryIndexes=[{"IndexName": "kinds", "KeySchema": by_kind, "Projection": {"ProjectionType": "ALL"}}],
    )  # fmt: skip


def with_a_queue_that_nobody_may_use_for_dead_letters(account):
    account.queue_with_dlq("orders", 3)
    url = account.sqs.get_queue_url(QueueName="orders-dlq")["QueueUrl"]
    account.sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"RedriveAllowPolicy": '{"redrivePermission": "denyAll"}'}
    )


@pytest.mark.parametrize(
    "build",
    [
        without_its_dead_letters, without_its_function, without_its_queue, with_an_index,
        with_a_queue_that_nobody_may_use_for_dead_letters,
    ],
)  # fmt: skip
def test_what_the_cloud_lets_stand_can_be_restored(build):
    account = open_account()
    build(account)
    first = capture()
    account.close()
    second = open_account(seed=8)
    restore(first)
    assert capture().model_dump() == first.model_dump()
    second.close()
