"""CloudWatch: metrics made out of a run's past, and the alarms that read them."""

from __future__ import annotations


def install() -> None:
    """Puts the patches of this service in place; where two hold on to one place, the later stands in front."""
    from sagalab.aws.cloudwatch import alarm_calls, metric_calls

    for module in (metric_calls, alarm_calls):
        module.install()
