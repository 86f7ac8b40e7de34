"""Step Functions: what moto's interpreter of the states language lacks, and the calls around it."""

from __future__ import annotations

from sagalab.aws.patching import put_in_place


def install() -> None:
    """Puts the patches of this service in place, in this order."""
    from sagalab.aws.stepfunctions import (
        aborted,
        activities,
        aliases,
        api_refusals,
        buckets,
        choices,
        descriptions,
        ending,
        evaluation,
        execution_requests,
        executions,
        express,
        expressions,
        fields,
        function_texts,
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
        single_states,
        state_requests,
        status_events,
        task_parameters,
        versions,
    )

    put_in_place(
        interpreter, machines, executions, service_tasks, sdk_tasks, task_parameters, redrive,
        evaluation, function_texts, expressions, queries, maps, buckets,
        activities,
        versions, aliases, state_requests, execution_requests, descriptions,
        api_refusals, single_states, http_answers,
        aborted, choices, intrinsics, fields, paths, ending, express, status_events,
    )  # fmt: skip
