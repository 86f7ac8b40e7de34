"""Step Functions: Map states, inline and distributed, and what they do with items that fail.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html and state-map-distributed.html.
Each function below is one gap and its seam.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from sagalab.aws.current import cloud
from sagalab.aws.stepfunctions.buckets import became
from sagalab.aws.stepfunctions.evaluation import fail, failure
from sagalab.aws.stepfunctions.machines import not_here

EXEC = "moto.stepfunctions.parser.asl.component.state.exec"
ELSEWHERE = "An error occurred while executing the state "


def _arrays_for_a_map() -> None:
    """AWS fails a Map whose ItemsPath names no array as States.Runtime; moto as a failed query.

    Seam: `ItemsPath._eval_body`.
    """
    from moto.stepfunctions.parser.asl.component.common.path.items_path import ItemsPath

    original = ItemsPath._eval_body

    def _eval_body(path: Any, env: Any) -> None:
        original(path, env)
        if not isinstance(env.stack[-1], list):
            written = path.string_sampler.literal_value
            fail(env, "StatesRuntime", f'Reference path "{written}" must point to array.', "ExecutionFailed")

    ItemsPath._eval_body = _eval_body


def _tolerated_failures() -> None:
    """AWS fails a distributed Map once more items failed than it tolerates, none unless told; moto tolerates all.

    The error is States.ExceedToleratedFailureThreshold. Seam: `DistributedItemProcessorWorker._eval_job`.
    """
    worker = importlib.import_module(f"{EXEC}.state_map.iteration.itemprocessor.distributed_item_processor_worker")
    original = worker.DistributedItemProcessorWorker._eval_job

    def _eval_job(self: Any, env: Any, job: Any) -> None:
        record, began = self._map_run_record, cloud().clock.instant
        original(self, env, job)
        vars(record).setdefault("became", []).append(became(record, job, _error(env), began))
        if _exceeded(record, self._job_pool._jobs_number):
            cause = "The specified tolerated failure threshold was exceeded"
            job.job_output = failure(env, "StatesExceedToleratedFailureThreshold", cause, "MapRunFailed")

    worker.DistributedItemProcessorWorker._eval_job = _eval_job


def _error(env: Any) -> tuple[str, str] | None:
    """Gives error and cause of an item's failed run, or None when it ended well."""
    from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded

    state = env.program_state()
    if isinstance(state, ProgramEnded):
        return None
    details = getattr(state, "error", None) or {}
    return str(details.get("error") or ""), str(details.get("cause") or "")


def _exceeded(record: Any, items: int) -> bool:
    failed = record.item_counter.failed.get() + record.item_counter.timed_out.get()
    count, share = record.tolerated_failure_count, record.tolerated_failure_percentage
    if not count and not share:
        return bool(failed)
    return bool((count and failed > count) or (share and failed > items * share / 100))


def _errors_from_inside() -> None:
    """AWS hands an error of a branch or iteration on, whatever its name; moto dies of names that begin with "States.".

    A Parallel state around a Task that timed out is one. Seams: `CustomErrorName` where branches and iterations hold
    it, and `FailureEventException.get_execution_failed_event_details`, which says twice where the error was, and
    makes a text of nothing out of a worker's failure without an error.
    """
    from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
    from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
    from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
    from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType

    original = FailureEventException.get_execution_failed_event_details

    def named(error_name: str | None) -> Any:
        if error_name is not None and error_name.startswith("States."):
            return StatesErrorName(typ=StatesErrorNameType.from_name(error_name))
        return CustomErrorName(error_name=error_name)

    def get_execution_failed_event_details(error: Any) -> Any:
        found, pair = original(error), error.extract_error_cause_pair()
        if found is None or pair is None:
            return found
        if str(pair[1]).startswith(ELSEWHERE):
            found["cause"] = pair[1]
        told = next(iter(error.failure_event.event_details.values()))
        return found | {name: None for name in ("error", "cause") if name in told and told[name] is None}

    for holder in ("state_parallel.branches_decl", "state_map.iteration.iteration_worker"):
        vars(importlib.import_module(f"{EXEC}.{holder}"))["CustomErrorName"] = named
    FailureEventException.get_execution_failed_event_details = get_execution_failed_event_details


def _runs_of_a_map() -> None:
    """AWS says that a Map run does not exist, and lists the child executions of one; moto fails inside at both.

    Here an item is no execution of its own. Seams: `StepFunctionsParserBackend.describe_map_run`,
    `StepFunctionsParserBackend.update_map_run`, `StepFunctionResponse.list_executions`.
    """
    from moto.stepfunctions.exceptions import ResourceNotFound
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend
    from moto.stepfunctions.responses import StepFunctionResponse

    listed = StepFunctionResponse.list_executions

    def of_a_run(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(backend: Any, map_run_arn: str, *args: Any, **fields: Any) -> Any:
            for execution in backend._get_executions():
                if execution.exec_worker.env.map_run_record_pool_manager.get(map_run_arn) is not None:
                    return original(backend, map_run_arn, *args, **fields)
            raise ResourceNotFound(map_run_arn)

        return call

    def list_executions(response: Any) -> Any:
        if response._get_param("mapRunArn"):
            raise not_here("the list of a Map run's child executions")
        return listed(response)

    for name in ("describe_map_run", "update_map_run"):
        setattr(StepFunctionsParserBackend, name, of_a_run(getattr(StepFunctionsParserBackend, name)))
    StepFunctionResponse.list_executions = list_executions


def _counted_runs() -> None:
    """AWS counts an item that failed as one that runs no longer, and says how often a run was redriven; moto does not.

    apireference/API_DescribeMapRun.html. Seam: `MapRunRecord.describe`.
    """
    module: Any = importlib.import_module(f"{EXEC}.state_map.iteration.itemprocessor.map_run_record")
    original = module.MapRunRecord.describe

    def describe(record: Any) -> Any:
        shown = dict(original(record))
        executions = {**shown["executionCounts"], "running": shown["itemCounts"]["running"]}
        return {**shown, "executionCounts": executions, "redriveCount": 0}

    module.MapRunRecord.describe = describe


PATCHES: tuple[Callable[[], None], ...] = (
    _arrays_for_a_map, _tolerated_failures, _errors_from_inside, _runs_of_a_map, _counted_runs,
)  # fmt: skip
