"""Token buckets on the virtual clock: a burst passes, what is too much waits its turn."""

from __future__ import annotations

import json

import boto3
from hypothesis import given
from hypothesis import strategies as st

from sagalab.aws.account import ROLE_ARN
from sagalab.aws.quotas import DELIVERIES, INVOCATIONS, SMALL, TRANSITIONS, Bucket, Quotas
from sagalab.clock import VirtualClock
from tests.aws.building import Account


def passed(bucket: Bucket, clock: VirtualClock, count: int) -> list[float]:
    """The seconds at which so many takers passed who all came at once."""
    at: list[float] = []

    def work() -> None:
        bucket.take()
        at.append(clock.now)

    for _ in range(count):
        clock.spawn(work)
    clock.run()
    return at


def test_a_second_s_worth_passes_at_once_and_the_rest_at_the_quota_s_pace() -> None:
    clock = VirtualClock()
    assert passed(Bucket(clock, 4), clock, 8) == [0, 0, 0, 0, 0.25, 0.5, 0.75, 1]


def test_a_quota_below_one_a_second_lets_one_pass_at_a_time() -> None:
    clock = VirtualClock()
    assert passed(Bucket(clock, 0.5), clock, 3) == [0, 2, 4]


def test_what_was_not_used_for_a_while_is_there_again_but_never_more_than_a_bucket_full() -> None:
    clock = VirtualClock()
    bucket = Bucket(clock, 4)
    passed(bucket, clock, 8)
    clock.advance(100)
    assert passed(bucket, clock, 5) == [100, 100, 100, 100, 100.25]


@given(st.floats(0.1, 50), st.integers(1, 60))
def test_no_second_ever_sees_more_than_two_buckets(rate: float, count: int) -> None:
    clock = VirtualClock()
    at = passed(Bucket(clock, rate), clock, count)
    assert at == sorted(at)
    for moment in at:
        assert sum(moment <= other < moment + 1 - 1e-9 for other in at) <= 2 * max(rate, 1) + 1


def test_an_account_of_aws_s_size_never_makes_a_few_orders_wait() -> None:
    clock = VirtualClock()
    quotas = Quotas(clock)
    for bucket in (quotas.transitions, quotas.deliveries, quotas.invocations):
        assert passed(bucket, clock, 200)[-1] == 0


def test_every_quota_says_where_it_was_read() -> None:
    assert all(quota.source and quota.per_second * SMALL > 1 for quota in (TRANSITIONS, DELIVERIES, INVOCATIONS))


def test_states_wait_for_the_engine_and_those_of_an_express_workflow_do_not() -> None:
    assert entered("STANDARD")[2] > 1.3
    assert entered("EXPRESS")[2] < 0.2


def entered(kind: str) -> list[float]:
    """The seconds at which the three states of one execution were entered, in a small account."""
    account = Account(seed="quotas")
    try:
        account.cloud.quotas = Quotas(account.clock, SMALL)
        sfn, states = boto3.client("stepfunctions"), {}
        for name, ending in (("A", {"Next": "B"}), ("B", {"Next": "C"}), ("C", {"End": True})):
            states[name] = {"Type": "Pass", **ending}
        arn = sfn.create_state_machine(
            name="Flow", type=kind, roleArn=ROLE_ARN, definition=json.dumps({"StartAt": "A", "States": states})
        )["stateMachineArn"]
        sfn.start_execution(stateMachineArn=arn, input="{}")
        account.clock.run()
        return [fact.at for fact in account.history.of("state") if fact.detail["type"] == "PassStateEntered"]
    finally:
        account.close()
