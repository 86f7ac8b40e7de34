"""What a learner built, as a claim that is checked before anything is done with it."""

import json

import pytest
from pydantic import ValidationError

from sagalab.deployment import Deployment, Function, Queue, unqualified

DEAD = "arn:aws:sqs:us-east-1:123456789012:dead"
QUEUE = Queue(name="orders", arn=DEAD.replace("dead", "orders"), url="https://q/orders", attributes={
    "RedrivePolicy": json.dumps({"deadLetterTargetArn": DEAD, "maxReceiveCount": 7})})  # fmt: skip


def test_a_deployment_can_be_saved_and_read_again():
    first = Deployment(queues=[QUEUE])
    assert Deployment.model_validate_json(first.model_dump_json()) == first


def test_a_queue_knows_where_its_poison_goes():
    assert QUEUE.dead_letter_arn == DEAD
    assert QUEUE.model_copy(update={"attributes": {}}).dead_letter_arn is None


def test_a_resource_is_found_by_its_arn():
    deployment = Deployment(queues=[QUEUE])
    assert deployment.by_arn(QUEUE.arn) is QUEUE and deployment.by_arn("arn:nothing") is None


@pytest.mark.parametrize("end", ["", ":7", ":live"])
def test_a_function_or_machine_is_found_by_its_version_or_alias_too(end):
    start = "arn:aws:lambda:us-east-1:123456789012:function:charge"
    function = Function(name="charge", arn=start, handler="m.f", runtime="python3.12", role="r", zip="")
    assert Deployment(functions=[function]).by_arn(f"{start}{end}") is function
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:M"
    assert unqualified(f"{machine}{end}") == machine and unqualified(DEAD) == DEAD


@pytest.mark.parametrize(
    "claim",
    [
        {"queues": [{"name": "orders"}]},
        {"queues": [{**QUEUE.model_dump(), "extra": 1}]},
        {"queues": "all"},
        {"secrets": []},
        {"functions": [{"name": ["f"], "arn": "a", "handler": "h", "runtime": "r", "role": "r", "zip": ""}]},
    ],
)
def test_a_claim_that_does_not_fit_is_refused(claim):
    with pytest.raises(ValidationError):
        Deployment.model_validate(claim)


def test_a_deployment_is_not_changed_by_accident():
    with pytest.raises(ValidationError):
        Function(name="f", arn="a", handler="h", runtime="r", role="r", zip="").name = "g"
