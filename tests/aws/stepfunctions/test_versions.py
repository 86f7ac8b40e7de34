"""Versions and aliases of state machines, the executions that they start, and Express workflows."""

import json

import pytest

from tests.aws.probes_of_machines import aliased, express, published, refused, written


def test_an_execution_of_a_version_runs_its_definition_and_says_so(account):
    arn = published(account)
    made = account.sfn.start_execution(stateMachineArn=f"{arn}:1", name="one")
    account.run()
    found = account.execution(made["executionArn"])
    assert (found["output"], found["stateMachineArn"], found["stateMachineVersionArn"]) == (1, arn, f"{arn}:1")
    assert account.sfn.list_executions(stateMachineArn=f"{arn}:2")["executions"] == []
    (row,) = account.sfn.list_executions(stateMachineArn=f"{arn}:1")["executions"]
    assert row["executionArn"] == made["executionArn"]


def test_an_alias_shares_its_executions_out_by_weight(account):
    arn = aliased(account, "live", (1, 20), (2, 80))
    runs = [account.sfn.start_execution(stateMachineArn=arn)["executionArn"] for _ in range(60)]
    account.run()
    found = [account.execution(run) for run in runs]
    assert 30 < [row["output"] for row in found].count(2) < 60
    assert {row["stateMachineAliasArn"] for row in found} == {arn}
    assert len(account.sfn.list_executions(stateMachineArn=arn)["executions"]) == 60


def test_a_version_behind_an_alias_is_not_deleted(account):
    machine = aliased(account).removesuffix(":live")
    code, words = refused(account.sfn.delete_state_machine_version, stateMachineVersionArn=f"{machine}:1")
    assert code == "ConflictException" and words.endswith("aliases referencing this version: [live]")


def test_a_revision_that_is_not_the_current_one_is_not_published(account):
    call = account.sfn.publish_state_machine_version
    assert refused(call, stateMachineArn=published(account), revisionId="x")[0] == "ConflictException"


def test_a_machine_made_again_tells_of_no_version(account):
    arn = published(account, 1)
    definition = account.sfn.describe_state_machine(stateMachineArn=arn)["definition"]
    made = account.sfn.create_state_machine(
        name="Flow", roleArn="arn:aws:iam::123456789012:role/x", definition=definition
    )
    assert "stateMachineVersionArn" not in made


@pytest.mark.parametrize(
    ("routes", "words"),
    [
        (((1, 60), (2, 30)), "Sum of routing configuration weights must equal 100. Received: [60, 30]"),
        (((1, 50), (1, 50)), "must contain distinct state machine version ARNs"),
        (((1, 101),), "at 'routingConfiguration.1.member.weight' failed to satisfy constraint"),
    ],
)
def test_routes_that_are_none_are_refused(account, routes, words):
    with pytest.raises(account.sfn.exceptions.ClientError, match="ValidationException") as caught:
        aliased(account, "live", *routes)
    assert words in str(caught.value)


@pytest.mark.parametrize(("name", "words"), [("123", "regular expression"), ("a" * 81, "less than or equal to 80")])
def test_an_alias_has_a_name_of_its_own_kind(account, name, words):
    with pytest.raises(account.sfn.exceptions.ClientError, match="ValidationException") as caught:
        aliased(account, name)
    assert words in str(caught.value)


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED"])
def test_executions_are_listed_by_their_status(account, status):
    arn = published(account, 1)
    account.sfn.start_execution(stateMachineArn=arn)
    account.run()
    found = account.sfn.list_executions(stateMachineArn=arn, statusFilter=status)["executions"]
    assert [row["status"] for row in found] == (["SUCCEEDED"] if status == "SUCCEEDED" else [])


def test_a_list_of_executions_asks_for_a_known_status_of_a_machine(account):
    arn = published(account, 1)
    assert refused(account.sfn.list_executions, stateMachineArn=arn, statusFilter="x")[0] == "ValidationException"
    assert refused(account.sfn.list_executions)[1] == "Must provide a StateMachine ARN or MapRun ARN"


def test_an_express_execution_keeps_no_history(account):
    arn = express(account)
    run = account.sfn.start_execution(stateMachineArn=arn)["executionArn"]
    words = "Invalid Arn: 'Resource type not valid in this context: express'"
    for call in (account.sfn.describe_execution, account.sfn.get_execution_history, account.sfn.stop_execution):
        assert refused(call, executionArn=run) == ("InvalidArn", words)
    assert refused(account.sfn.list_executions, stateMachineArn=arn)[0] == "StateMachineTypeNotSupported"


def test_an_express_execution_that_fails_is_told_of_as_it_ends(account):
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "Declined", "Cause": "no"}}})
    found = account.sfn.start_sync_execution(stateMachineArn=express(account, definition))
    assert (found["status"], found["error"], found["cause"]) == ("FAILED", "Declined", "no")
    assert found["billingDetails"] == {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100}


def test_a_standard_execution_is_not_waited_for(account):
    code, _ = refused(account.sfn.start_sync_execution, stateMachineArn=published(account, 1))
    assert code == "StateMachineTypeNotSupported"


@pytest.mark.parametrize("config", [{"level": "ALL"}, {"level": "ALL", "destinations": [{}, {}]}])
def test_a_machine_logs_to_one_destination(account, config):
    fields = {"name": "M", "roleArn": "arn:aws:iam::123456789012:role/x", "definition": written(1)}
    code, _ = refused(account.sfn.create_state_machine, **fields, loggingConfiguration=config)
    assert code == "InvalidLoggingConfiguration"
