"""Bare moto 5.2.5, set up as its documentation says: what a test of one's own would use in the lab's place.

Its functions give a fixed answer and run no code, because moto runs code only in Docker. So the peer does
less than the lab, which runs the handlers and keeps their effects.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import saga

LOOK = 0.01  # seconds between two looks at an execution that still runs


@contextmanager
def cloud() -> Iterator[str]:
    """Opens moto's cloud; gives a role's ARN."""
    saga.pretend_account()
    from moto import mock_aws

    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}):
        import boto3

        yield boto3.client("iam").create_role(RoleName="order-flow", AssumeRolePolicyDocument="{}")["Role"]["Arn"]


def wait_for(executions: list[str]) -> None:
    """Waits, in real time, until every execution has ended."""
    # one after the other: looking at all of them at once would slow the peer down
    for one in executions:
        while saga.status(one) not in saga.DONE:
            time.sleep(LOOK)
