"""Probes of Maps that read from S3 and write there, in a cloud as `sagalab serve` opens it."""

from __future__ import annotations

import json
from typing import Any

from tests.aws.building import Account, client
from tests.aws.probing import SFN, probe

MAP = f"{SFN}.asl.component.state.exec.state_map"
READER = {"Resource": "arn:aws:states:::s3:getObject"}
CONFIG = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
INNER = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}


class Served(Account):
    """An account with S3, and in it a bucket "shop-1"."""

    def __init__(self, **objects: str) -> None:
        super().__init__()
        self.cloud.address = "http://127.0.0.1:1"
        self.s3 = client("s3")
        self.s3.create_bucket(Bucket="shop-1")
        for key, body in objects.items():
            self.s3.put_object(Bucket="shop-1", Key=key, Body=body)

    def mapped(self, value: Any = None, inner: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
        """Runs a distributed Map, and gives what became of the execution."""
        processor = {"ProcessorConfig": CONFIG, **(inner or INNER)}
        return self.executed({"M": {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}}, value)

    def read(self, key: str, bucket: str = "shop-1", **config: Any) -> dict[str, Any]:
        """Runs a distributed Map over what an object holds."""
        place = {"Bucket": bucket, "Key": key}
        return self.mapped(ItemReader={**READER, "Parameters": place, **({"ReaderConfig": config} if config else {})})

    def written(self, key: str) -> Any:
        """Gives the JSON that an object holds."""
        return json.loads(self.s3.get_object(Bucket="shop-1", Key=key)["Body"].read())


@probe(f"{MAP}.item_reader.item_reader_decl:ItemReader._eval_body")
def a_map_whose_items_cannot_be_read_says_why() -> None:
    found = Served().read("gone.json", InputType="JSON")
    assert found["error"] == "States.ItemReaderFailed" and "Error Code: NoSuchKey" in found["cause"]


@probe(f"{MAP}.item_reader.eval.resource_eval_s3:ResourceEvalS3._handle_list_objects_v2")
def listed_objects_have_dates_that_a_text_holds() -> None:
    reader = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket": "shop-1"}}
    (row,) = Served(a="12345").mapped(ItemReader=reader)["output"]
    assert row.keys() == {"Etag", "Key", "LastModified", "Size", "StorageClass"}
    assert (row["Size"], type(row["LastModified"])) == (5, int)


@probe(f"{MAP}.result_writer.resource_eval.resource_eval_s3:ResourceEvalS3._handle_put_object")
def what_became_of_each_item_is_written() -> None:
    served = Served()
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "shop-1", "Prefix": "runs"}}
    choice = {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 2, "Next": "No"}], "Default": "Yes"}
    states = {"P": choice, "No": {"Type": "Fail", "Error": "Declined", "Cause": "two"}, "Yes": {"Type": "Succeed"}}
    inner = {"StartAt": "P", "States": states}
    found = served.mapped([1, 2, 3], inner, ToleratedFailureCount=1, ResultWriter=writer)
    details = found["output"]["ResultWriterDetails"]
    assert details["Bucket"] == "shop-1" and details["Key"].startswith("runs/")
    files = served.written(details["Key"])["ResultFiles"]
    done, failed = (served.written(files[end][0]["Key"]) for end in ("SUCCEEDED", "FAILED"))
    assert [(row["Input"], row["Output"]) for row in done] == [("1", "1"), ("3", "3")]
    assert [(row["Input"], row["Error"], row["Cause"]) for row in failed] == [("2", "Declined", "two")]
    assert files["PENDING"] == []


@probe(
    f"{MAP}.item_reader.reader_config.input_type:InputTypeValue",
    f"{MAP}.item_reader.item_reader_decl:resource_output_transformer_for",
)
def a_file_of_lines_has_an_item_in_each() -> None:
    found = Served(**{"a.jsonl": '{"n": 1}\n\n{"n": 2}\n'}).read("a.jsonl", InputType="JSONL")
    assert found["output"] == [{"n": 1}, {"n": 2}]
