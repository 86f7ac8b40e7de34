"""Step Functions: what moto's interpreter of the states language lacks, and the calls around it."""

from __future__ import annotations

from sagalab.aws.patching import put_in_place


def install() -> None:
    """Puts the patches of this service in place, in this order."""
    from sagalab.aws.stepfunctions import (
        aborted,
        activities,
        buckets,
        choices,
        ending,
        evaluation,
        execution_requests,
        executions,
        expressions,
        fields,
        http_answers,
        interpreter,
        intrinsics,
        machines,
        maps,
        paths,
        queries,
        redrive,
        sdk_tasks,
        service_tasks,
        state_requests,
        status_events,
        task_parameters,
    )

    put_in_place(
        interpreter, machines, executions, service_tasks, sdk_tasks, task_parameters, redrive,
        evaluation, expressions, queries, maps, buckets,
        activities,
        state_requests, execution_requests, http_answers,
        aborted, choices, intrinsics, fields, paths, ending, status_events,
    )  # fmt: skip
