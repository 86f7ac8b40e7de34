"""The judge in a process of its own: verdicts in words, and unknown where the judge itself fails."""

import json
import os
import signal

import pytest

from sagalab.deployment import Deployment
from sagalab.evidence import Evidence, gather
from sagalab.judging.process import Judge
from tests.judging.designs import deployed, learner, starter


@pytest.fixture(scope="module")
def asked():
    """Asks one judge about the small design, once for all tests of this module."""
    with learner(start_workflow=starter()) as forker:
        judge = Judge(forker.control)
        progress = []
        evidence = Evidence(deployment=deployed(), defined=["start_workflow"])
        criteria = ["a-healthy", "a-audit", "b-healthy", "d-scenario"]
        found = judge.ask(evidence, criteria, "the-private-seed", progress.append)
        yield found
        judge.close()


def test_a_sound_orchestration_is_valid(asked):
    assert asked["a-healthy"].verdict == "valid" and asked["a-healthy"].fraction == 1.0
    assert asked["a-audit"].verdict == "valid"


@pytest.mark.parametrize("criterion", ["b-healthy", "d-scenario"])
def test_what_is_not_there_is_invalid_and_not_attempted(asked, criterion):
    found = asked[criterion]
    assert (found.verdict, found.fraction, found.attempted) == ("invalid", 0.0, False) and found.message


def test_no_finding_carries_the_private_seed(asked):
    text = json.dumps([finding.to_json() for finding in asked.values()])
    assert "the-private-seed" not in text


@pytest.fixture
def judge():
    with learner(start_workflow=starter()) as forker:
        made = Judge(forker.control)
        yield made
        made.close()


def test_a_judge_that_dies_decides_nothing(judge):
    os.kill(judge.pid, signal.SIGKILL)
    found = judge.ask(Evidence(defined=["start_workflow"]), ["a-healthy", "a-faults"], "s")
    assert {finding.verdict for finding in found.values()} == {"unknown"} and len(found) == 2
    assert not judge.alive()


def test_a_judge_that_crashes_leaves_its_words(judge):
    judge.channel.send({"nonsense": True})
    found = judge.ask(Evidence(), ["a-healthy"], "s")["a-healthy"]
    assert found.verdict == "unknown" and "KeyError: 'state'" in found.facts["error"]


def test_a_criterion_that_no_rule_knows_is_unknown_not_wrong(judge):
    found = judge.ask(Evidence(), ["z-nothing"], "s")
    assert found["z-nothing"].verdict == "unknown"


def test_a_deployment_that_the_cloud_refuses_is_explained_and_the_judge_goes_on(judge):
    row = {
        "name": "Flow",
        "arn": "arn:x",
        "definition": "{broken",
        "role_arn": "arn:aws:iam::123456789012:role/sagalab",
    }
    refused = Evidence(deployment=Deployment.model_validate({"state_machines": [row]}), defined=["start_workflow"])
    found = judge.ask(refused, ["a-healthy"], "s", state="first")["a-healthy"]
    assert found.verdict == "invalid" and "InvalidDefinition" in found.message and "Traceback" not in found.message
    again = judge.ask(Evidence(), ["a-healthy"], "s", state="second")["a-healthy"]
    assert (again.verdict, again.attempted) == ("invalid", False)


def test_a_notebook_that_is_gone_is_the_judge_s_trouble_not_a_zero():
    with learner(start_workflow=starter()) as forker:
        made = Judge(forker.control)
        control = forker.control
    # Its process has ended: the judge holds the other end of nothing.
    del control
    found = made.ask(Evidence(deployment=deployed(), defined=["start_workflow"]), ["a-healthy"], "s")
    made.close()
    assert found["a-healthy"].verdict in ("unknown", "invalid") and "Traceback" not in found["a-healthy"].message


def test_a_deployment_that_could_not_be_read_costs_no_points(judge):
    evidence = gather({"start_workflow": print}, unreadable)
    found = judge.ask(evidence, ["a-healthy", "b-healthy"], "s")
    assert {finding.verdict for finding in found.values()} == {"unknown"}
    assert "could not be read: RuntimeError: a gap of ours" in found["a-healthy"].facts["error"]


def unreadable():
    raise RuntimeError("a gap of ours")
