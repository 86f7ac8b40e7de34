"""Step Functions: distributed Maps that take their items out of S3, and write what became of them there.

What AWS does: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html and
input-output-resultwriter.html. Each function below is one gap and its seam. Only the served cloud has S3: nothing
that is handed in could keep a bucket.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from enum import Enum
from typing import Any

from sagalab.aws.current import cloud
from sagalab.aws.stepfunctions.evaluation import fail, iso, refused_by

MAP = "moto.stepfunctions.parser.asl.component.state.exec.state_map"
INPUT_TYPES = (None, "CSV", "JSON", "JSONL")
READS = {"InputType", "CSVHeaderLocation", "CSVHeaders", "MaxItems", "MaxItemsPath"}
S3 = "Amazon S3"
NO_ARRAY = "Attempting to map over non-iterable node."
ENDS = ("SUCCEEDED", "FAILED", "PENDING")


class InputTypes(Enum):
    """The kinds of files that an ItemReader reads."""

    CSV = "CSV"
    JSON = "JSON"
    JSONL = "JSONL"


def lacking_in_a_map(state: dict[str, Any], served: bool) -> Iterator[str]:
    """Gives the features of a Map's ways in and out of S3 that exist on AWS alone; `served` is where S3 is."""
    if not served:
        yield from (f"a Map's {field}" for field in ("ItemReader", "ResultWriter") if field in state)
    config = _config(state, "ItemReader", "ReaderConfig")
    if config.get("InputType") not in INPUT_TYPES:
        yield f"an ItemReader's InputType {config['InputType']}"
    yield from (f"an ItemReader's {field}" for field in sorted(config.keys() - READS))
    yield from (f"a ResultWriter's {field}" for field in _config(state, "ResultWriter", "WriterConfig"))


def _config(state: dict[str, Any], field: str, config: str) -> dict[str, Any]:
    holder = state.get(field)
    found = holder.get(config) if isinstance(holder, dict) else None
    return found if isinstance(found, dict) else {}


def _items_out_of_a_bucket() -> None:
    """AWS fails a Map whose items cannot be read as States.ItemReaderFailed, and lists all objects of a bucket.

    moto fails inside, lists the first thousand, and keeps dates that no text holds. Seams: `ItemReader._eval_body`,
    reader `ResourceEvalS3._handle_list_objects_v2`.
    """
    from botocore.exceptions import ClientError, ParamValidationError

    declaration = importlib.import_module(f"{MAP}.item_reader.item_reader_decl").ItemReader
    reader = importlib.import_module(f"{MAP}.item_reader.eval.resource_eval_s3").ResourceEvalS3

    def _handle_list_objects_v2(env: Any, part: Any, credentials: Any) -> None:
        pages = reader._get_s3_client(part, credentials).get_paginator("list_objects_v2").paginate(**env.stack.pop())
        env.stack.append([_object(found) for page in pages for found in page.get("Contents", [])])

    def _eval_body(self: Any, env: Any) -> None:
        try:
            _read(self, env)
        except ClientError as error:
            fail(env, "StatesItemReaderFailed", refused_by(S3, error), "MapRunFailed")
        except ParamValidationError as error:
            fail(env, "StatesItemReaderFailed", str(error), "MapRunFailed")
        except (ValueError, StopIteration):
            fail(env, "StatesItemReaderFailed", "Failed to parse the file into its items.", "MapRunFailed")

    reader._handle_list_objects_v2 = staticmethod(_handle_list_objects_v2)
    declaration._eval_body = _eval_body


def _read(reader: Any, env: Any) -> None:
    """Puts the items of an ItemReader on the stack."""
    config, most = None, None
    if reader.reader_config is not None:  # Its paths go into the state's input, which lies on top now.
        reader.reader_config.eval(env=env)
        config = env.stack.pop()
        most = config["MaxItemsValue"]
    if reader.parargs:
        reader.parargs.eval(env=env)
    else:
        env.stack.append({})
    reader.resource_eval.eval_resource(env=env)
    if isinstance(env.stack[-1], list):
        env.stack.append(env.stack.pop()[:most])
        return
    if reader.resource_output_transformer is None:
        fail(env, "StatesItemReaderFailed", NO_ARRAY, "MapRunFailed")
    env.stack.append(config)
    reader.resource_output_transformer.eval(env=env)


def _object(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "Etag": found["ETag"], "Key": found["Key"], "LastModified": int(found["LastModified"].timestamp()),
        "Size": found["Size"], "StorageClass": found["StorageClass"],
    }  # fmt: skip


def _lines_of_json() -> None:
    """AWS reads JSON Lines, an item a line; moto knows CSV and JSON alone.

    Seams: `input_type.InputTypeValue`, `item_reader_decl.resource_output_transformer_for`.
    """
    types: Any = importlib.import_module(f"{MAP}.item_reader.reader_config.input_type")
    declaration: Any = importlib.import_module(f"{MAP}.item_reader.item_reader_decl")
    transformers = f"{MAP}.item_reader.eval.resource_output_transformer"
    readers: dict[str, Any] = {
        "CSV": importlib.import_module(f"{transformers}.transformer_csv").ResourceOutputTransformerCSV,
        "JSON": importlib.import_module(f"{transformers}.transformer_json").ResourceOutputTransformerJson,
    }

    def read_lines(_transformer: Any, env: Any) -> None:
        most = env.stack.pop()["MaxItemsValue"]
        lines = [line for line in str(env.stack.pop()).splitlines() if line.strip()]
        env.stack.append([json.loads(line) for line in lines[:most]])

    readers["JSONL"] = type("Lines", (readers["JSON"],), {"_eval_body": read_lines})
    types.InputTypeValue = InputTypes
    declaration.resource_output_transformer_for = lambda input_type: readers[input_type.input_type_value.value]()


def _results_in_a_bucket() -> None:
    """AWS writes what became of each item: a file for each end, and a manifest; moto writes an empty manifest.

    Seam: writer `ResourceEvalS3._handle_put_object`. What became of the items is kept by `maps`.
    """
    from botocore.exceptions import ClientError

    writer = importlib.import_module(f"{MAP}.result_writer.resource_eval.resource_eval_s3").ResourceEvalS3

    def _handle_put_object(env: Any, part: Any, credentials: Any) -> None:
        place = env.stack.pop()
        env.stack.pop()
        run = env.map_run_record_pool_manager.get_all()[-1]
        prefix = place.get("Prefix", "")
        folder = f"{prefix}{'/' if prefix and not prefix.endswith('/') else ''}{run.map_run_arn.rpartition(':')[2]}"
        client, files = writer._get_s3_client(part, credentials), {end: list[dict[str, Any]]() for end in ENDS}
        try:
            for end in ENDS:
                rows = [row for row in getattr(run, "became", ()) if row["Status"] == end]
                if rows:
                    key, body = f"{folder}/{end}_0.json", json.dumps(rows, separators=(",", ":")).encode()
                    client.put_object(Bucket=place["Bucket"], Key=key, Body=body)
                    files[end].append({"Key": key, "Size": len(body)})
            manifest = {"DestinationBucket": place["Bucket"], "MapRunArn": run.map_run_arn, "ResultFiles": files}
            key = f"{folder}/manifest.json"
            client.put_object(Bucket=place["Bucket"], Key=key, Body=json.dumps(manifest).encode())
        except ClientError as error:
            fail(env, "StatesResultWriterFailed", refused_by(S3, error), "MapRunFailed")
        details = {"Bucket": place["Bucket"], "Key": key}
        env.stack.append({"MapRunArn": run.map_run_arn, "ResultWriterDetails": details})

    writer._handle_put_object = staticmethod(_handle_put_object)


def became(run: Any, job: Any, error: tuple[str, str] | None, began: datetime) -> dict[str, Any]:
    """Gives the row of an item's child execution, as a ResultWriter writes it."""
    name, status = str(cloud().identifier()), "FAILED" if error is not None else "SUCCEEDED"
    kept = (
        {"Error": error[0], "Cause": error[1]} if error is not None
        else {"Output": json.dumps(job.job_output), "OutputDetails": {"Included": True}}
    )  # fmt: skip
    states, machine = run.map_state_machine_arn.partition(":stateMachine:")[::2]
    return {
        "ExecutionArn": f"{states}:execution:{machine}:{name}", "Input": json.dumps(job.job_input),
        "InputDetails": {"Included": True}, "Name": name, **kept, "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE" if error is None else "REDRIVABLE_BY_MAP_RUN",
        "StartDate": iso(began), "StateMachineArn": run.map_state_machine_arn, "Status": status,
        "StopDate": iso(cloud().clock.instant),
    }  # fmt: skip


PATCHES: tuple[Callable[[], None], ...] = (_items_out_of_a_bucket, _lines_of_json, _results_in_a_bucket)
