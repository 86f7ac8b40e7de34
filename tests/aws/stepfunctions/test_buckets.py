"""Distributed Maps over S3: what is read, what is written, and what is refused by name."""

import json

import pytest

from sagalab.aws.stepfunctions.buckets import lacking_in_a_map
from tests.aws.probes_of_buckets import READER, Served
from tests.aws.probes_of_requests import refused


@pytest.fixture
def served():
    opened = Served(
        **{"a.json": json.dumps([{"n": 1}, {"n": 2}]), "one.json": '{"n": 1}', "broken.json": "[1, ", "none.csv": ""},
        **{"a.csv": "id,name\n1,mug\n2,globe\n", "twice.csv": "id,id\n1,2\n"},
    )
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("key", "config", "items"),
    [
        ("a.json", {"InputType": "JSON"}, [{"n": 1}, {"n": 2}]),
        ("a.json", {"InputType": "JSON", "MaxItems": 1}, [{"n": 1}]),
        ("a.csv", {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, [{"id": "1", "name": "mug"}, {"id": "2", "name": "globe"}]),
        ("a.csv", {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a", "b"], "MaxItems": 1}, [{"a": "id", "b": "name"}]),
    ],
)  # fmt: skip
def test_a_map_reads_its_items_out_of_a_file(served, key, config, items):
    assert served.read(key, **config)["output"] == items


@pytest.mark.parametrize(
    ("key", "config", "words"),
    [
        ("one.json", {"InputType": "JSON"}, "non-iterable"),
        ("broken.json", {"InputType": "JSON"}, "Failed to parse"),
        ("none.csv", {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, "Failed to parse"),
        ("twice.csv", {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, "cannot contain duplicates"),
        ("gone.json", {"InputType": "JSON"}, "The specified key does not exist. (Service: Amazon S3; Status Code: 404;"),
        ("a.json", {}, "non-iterable"),
    ],
)  # fmt: skip
def test_a_file_that_holds_no_items_fails_the_map(served, key, config, words):
    found = served.read(key, **config)
    assert (found["status"], found["error"]) == ("FAILED", "States.ItemReaderFailed")
    assert words in found["cause"]


def test_all_objects_of_a_bucket_are_listed(served):
    for number in range(1100):
        served.s3.put_object(Bucket="shop-1", Key=f"many/{number:04}", Body="x")
    reader = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket": "shop-1", "Prefix": "many/"}}
    first = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": 1, "End": True}}}
    assert len(served.mapped(inner=first, ItemReader=reader)["output"]) == 1100


def test_results_that_cannot_be_written_fail_the_map(served):
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "nowhere", "Prefix": "runs"}}
    found = served.mapped([1], ResultWriter=writer)
    assert found["error"] == "States.ResultWriterFailed" and "NoSuchBucket" in found["cause"]


@pytest.mark.parametrize(
    ("state", "feature"),
    [
        ({"ItemReader": {"ReaderConfig": {"InputType": "PARQUET"}}}, "an ItemReader's InputType PARQUET"),
        ({"ItemReader": {"ReaderConfig": {"InputType": "CSV", "CSVDelimiter": "TAB"}}}, "an ItemReader's CSVDelimiter"),
        ({"ResultWriter": {"WriterConfig": {"OutputType": "JSONL"}}}, "a ResultWriter's OutputType"),
    ],
)
def test_what_only_aws_reads_and_writes_is_named(state, feature):
    assert list(lacking_in_a_map(state, served=True)) == [feature]


def test_a_lab_has_no_buckets_because_nothing_that_is_handed_in_could_keep_one(account):
    from tests.aws.building import client

    code, text = refused(client("s3").create_bucket, Bucket="shop-1")
    assert code == "NotSupportedHere" and text.startswith("the service s3 exists on AWS, but")
    assert list(lacking_in_a_map({"ItemReader": READER}, served=False)) == ["a Map's ItemReader"]


def test_the_number_of_items_stands_in_the_input(served):
    reader = {**READER, "Parameters": {"Bucket": "shop-1", "Key": "a.json"}}
    reader["ReaderConfig"] = {"InputType": "JSON", "MaxItemsPath": "$.most"}
    assert served.mapped({"most": 1}, ItemReader=reader)["output"] == [{"n": 1}]


def test_a_table_says_where_its_names_stand(served):
    with pytest.raises(served.sfn.exceptions.InvalidDefinition, match="'CSVHeaderLocation' is required"):
        served.read("a.csv", InputType="CSV")
