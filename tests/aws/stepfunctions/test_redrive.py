"""What a redrive runs again, and what it does not."""

import json

import pytest

from tests.aws.building import task


class Shop:
    """Functions that count and, while they are told to, fail for one item."""

    def __init__(self, account):
        self.account, self.down = account, {"pack"}
        self.arns = {name: account.function(name, self._made(name)) for name in ("pick", "pack", "ship")}

    def _made(self, name):
        def behave(event):
            if name in self.down and (not isinstance(event, int) or event == 2):
                self.account.clock.sleep(1)  # The other iterations are done by then, and not aborted.
                raise RuntimeError("down")
            return event

        return behave

    def seen(self, name):
        return sorted(self.account.seen(name), key=json.dumps)

    def redriven(self, states, value):
        arn = self.account.executed(states, value)["executionArn"]
        assert self.account.execution(arn)["status"] == "FAILED"
        self.down.clear()
        self.account.sfn.redrive_execution(executionArn=arn)
        self.account.run()
        return self.account.execution(arn)


@pytest.fixture
def shop(account):
    return Shop(account)


def each(shop, **fields):
    states = {"Pick": task(shop.arns["pick"], Next="Pack"), "Pack": task(shop.arns["pack"])}
    return {"Type": "Map", "ItemProcessor": {"StartAt": "Pick", "States": states}, "End": True, **fields}


@pytest.mark.parametrize("fields", [{}, {"MaxConcurrency": 1}])
def test_of_a_map_only_the_iterations_run_again_that_did_not_succeed(shop, fields):
    found = shop.redriven({"Each": each(shop, **fields)}, [1, 2, 3])
    assert (found["status"], found["output"]) == ("SUCCEEDED", [1, 2, 3])
    assert shop.seen("pick") == [1, 2, 3], "the item that failed goes on where it failed"
    assert shop.seen("pack").count(2) == 2
    assert shop.seen("pack").count(1) == 1


def test_a_map_inside_a_branch_goes_on_where_it_was(shop):
    inner = {"StartAt": "Each", "States": {"Each": each(shop)}}
    other = {"StartAt": "Ship", "States": {"Ship": task(shop.arns["ship"])}}
    found = shop.redriven({"Both": {"Type": "Parallel", "Branches": [inner, other], "End": True}}, [1, 2])
    assert found["output"] == [[1, 2], [1, 2]]
    assert shop.seen("pick") == [1, 2]
    assert len(shop.seen("ship")) == 1


def test_what_a_branch_assigned_is_known_to_its_rest(shop):
    states = {
        "Keep": {"Type": "Pass", "Assign": {"kept.$": "$.n"}, "Next": "Pack"},
        "Pack": task(shop.arns["pack"], Next="Show"),
        "Show": {"Type": "Pass", "Parameters": {"kept.$": "$kept"}, "End": True},
    }
    branch = {"StartAt": "Keep", "States": states}
    found = shop.redriven({"One": {"Type": "Parallel", "Branches": [branch], "End": True}}, {"n": 7})
    assert found["output"] == [{"kept": 7}]


def test_a_state_that_is_entered_once_more_starts_anew(shop):
    """The second round of a loop is no part of the attempt that was redriven."""
    counted = {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($[0].n, 1)"}, "Next": "Again"}
    again = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.n", "NumericLessThan": 2, "Next": "Round"}],
        "Default": "End",
    }
    pick = {"StartAt": "Pick", "States": {"Pick": task(shop.arns["pick"])}}
    late = {"Late": {"Type": "Wait", "Seconds": 5, "Next": "Pack"}, "Pack": task(shop.arns["pack"])}
    states = {
        "Round": {"Type": "Parallel", "Branches": [pick, {"StartAt": "Late", "States": late}], "Next": "Count"},
        "Count": counted, "Again": again, "End": {"Type": "Succeed"},
    }  # fmt: skip
    found = shop.redriven(states, {"n": 0})
    assert found["status"] == "SUCCEEDED"
    assert shop.seen("pick") == [{"n": 0}, {"n": 1}]
    assert shop.seen("pack") == [{"n": 0}, {"n": 0}, {"n": 1}]


def test_a_parallel_state_that_is_retried_runs_all_its_branches_again(shop):
    pick = {"StartAt": "Pick", "States": {"Pick": task(shop.arns["pick"])}}
    late = {"Late": {"Type": "Wait", "Seconds": 5, "Next": "Pack"}, "Pack": task(shop.arns["pack"])}
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]
    branches = [pick, {"StartAt": "Late", "States": late}]
    shop.account.executed({"Both": {"Type": "Parallel", "Branches": branches, "Retry": retry, "End": True}}, {"n": 0})
    assert len(shop.seen("pick")) == 2


def test_a_redriven_execution_says_when_and_keeps_its_history_meanwhile(shop):
    account = shop.account
    arn = account.executed({"One": task(shop.arns["pack"])}, {"n": 1})["executionArn"]
    before = account.sfn.get_execution_history(executionArn=arn)["events"]
    moment = account.sfn.redrive_execution(executionArn=arn)["redriveDate"]
    assert account.sfn.get_execution_history(executionArn=arn)["events"] == before
    account.run()
    (row,) = account.sfn.list_executions(stateMachineArn=account.execution(arn)["stateMachineArn"])["executions"]
    assert account.execution(arn)["redriveDate"] == row["redriveDate"] == moment
    assert len(account.sfn.get_execution_history(executionArn=arn)["events"]) > len(before)


def test_a_map_run_is_not_redriven_here(shop):
    states = {"Pack": task(shop.arns["pack"])}
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "Pack", "States": states}
    found = shop.account.executed({"Each": {"Type": "Map", "ItemProcessor": processor, "End": True}}, [1, 2])
    with pytest.raises(shop.account.sfn.exceptions.ClientError, match="a redrive of a distributed Map exists on AWS"):
        shop.account.sfn.redrive_execution(executionArn=found["executionArn"])
