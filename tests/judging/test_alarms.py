"""An alarm that a learner deployed is part of what is judged: a detector that reads it is asked."""

import pytest

from sagalab.deployment import Alarm
from sagalab.judging.bench import Bench
from sagalab.judging.execution import execute
from tests.judging.designs import MACHINE, deployed, learner, starter
from tests.judging.test_execution import plan, restarter

FAILED = Alarm(
    name="failed", arn="arn:aws:cloudwatch:us-east-1:123456789012:alarm:failed",
    put={
        "AlarmName": "failed", "Namespace": "AWS/States", "MetricName": "ExecutionsFailed", "Period": 60,
        "Dimensions": [{"Name": "StateMachineArn", "Value": MACHINE}], "Statistic": "Sum", "Threshold": 0,
        "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold",
    },
)  # fmt: skip


@pytest.mark.parametrize("threshold", [0, 1000])
def test_a_detector_that_reads_an_alarm_fires_when_the_alarm_went_off(functions, threshold):
    alarm = FAILED.model_copy(update={"put": {**FAILED.put, "Threshold": threshold}})
    made = plan(lambda signals: signals.alarm("failed") == "ALARM", restarter())
    with learner(start_workflow=starter(), recovery_plans=[made]) as notebook:
        bench = Bench(deployed().model_copy(update={"alarms": [alarm]}), notebook, functions)
        found = execute(bench, made.to_json(), 0, "s")
        bench.close()
    assert (found.fired_at is not None) == (threshold == 0)
    assert found.false_alarm is None and found.problem == ""
