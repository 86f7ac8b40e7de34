"""CloudWatch: metrics made out of a run's past, and the alarms that read them."""

from __future__ import annotations

from sagalab.aws.patching import put_in_place


def install() -> None:
    """Puts the patches of this service in place, in this order."""
    from sagalab.aws.cloudwatch import alarm_calls, metric_calls

    put_in_place(metric_calls, alarm_calls)
