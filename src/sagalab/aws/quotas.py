"""What an account may do per second: token buckets at which work waits once there is too much of it.

What AWS does: a throttled state transition and a throttled delivery of a rule are late, not lost
(https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html). An invocation beyond the quota is refused, and
pollers, queues and SDKs try again (https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html). Here it waits,
too, so that a load shows as waiting alone; refusals are a fault, "throttled". moto has no quotas.
"""

from __future__ import annotations

from dataclasses import dataclass

from sagalab.clock import VirtualClock


@dataclass(frozen=True)
class Quota:
    """How many per second an account of us-east-1 gets by default; a bucket holds one second's worth."""

    per_second: float
    source: str


AS_OF = "2026-11"
TRANSITIONS = Quota(5_000, "Step Functions, StateTransition of Standard workflows, refill rate")
DELIVERIES = Quota(18_750, "EventBridge, invocations of rule targets")
INVOCATIONS = Quota(10_000, "Lambda, ten requests a second for each of 1,000 concurrent executions")
SMALL = 1 / 4000  # the share of an account in which a dozen orders are already a load


class Bucket:
    """A token bucket on the virtual clock: who finds it empty waits, first come, first served."""

    def __init__(self, clock: VirtualClock, per_second: float) -> None:
        self.clock = clock
        self._every = 1.0 / per_second
        self._slack = max(per_second - 1.0, 0.0) * self._every  # how far ahead of an even pace a burst may run
        self._next = float("-inf")

    def take(self) -> None:
        """Takes one token, and waits for it if there is none. Time does not pass while there is one."""
        now = self.clock.now
        due = max(self._next, now - self._slack)
        self._next = due + self._every
        if due > now:
            self.clock.sleep(due - now)


class Quotas:
    """The buckets of one account; `share` makes it smaller than AWS's own."""

    def __init__(self, clock: VirtualClock, share: float = 1.0) -> None:
        self.transitions = Bucket(clock, TRANSITIONS.per_second * share)
        self.deliveries = Bucket(clock, DELIVERIES.per_second * share)
        self.invocations = Bucket(clock, INVOCATIONS.per_second * share)
