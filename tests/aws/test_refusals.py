"""What AWS refuses by name, size or kind, with its own error codes."""

import json

import pytest
from botocore.exceptions import ClientError

from sagalab.aws.account import ROLE_ARN
from sagalab.aws.early_refusals import json_problem, name_problem
from tests.aws.building import Account
from tests.aws.probes_of_bad_input import code_of, made

MB = 1024 * 1024


@pytest.mark.parametrize("name", ["a b", "a.b", "é", "", "x" * 65, "a:b:c", "arn:aws:sqs:us-east-1:123456789012:q"])
def test_a_name_that_no_function_can_have_is_refused_wherever_it_is_used(name):
    assert "functionName" in name_problem(name)
    account = Account()
    if name:
        assert made(account, FunctionName=name) == "ValidationException"
        assert code_of(account.functions.invoke, FunctionName=name) == "ValidationException"
        assert code_of(account.functions.get_function, FunctionName=name) == "ValidationException"
    account.close()


def test_the_words_are_aws_s(account):
    with pytest.raises(ClientError) as caught:
        account.functions.get_function(FunctionName="a b")
    assert caught.value.response["Error"]["Message"].startswith(
        "1 validation error detected: Value 'a b' at 'functionName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?"
    )


def test_a_longest_name_is_taken(account):
    assert made(account, FunctionName="x" * 64) == ""


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Code": {}}, "InvalidParameterValueException"), ({"Code": {"ZipFile": b""}}, "InvalidParameterValueException"),
        ({"Code": {"ZipFile": b"no zip"}}, "InvalidParameterValueException"),
        ({"Code": {"S3Bucket": "code", "S3Key": "f.zip"}}, "NotSupportedHere"),
        ({"Handler": "m f"}, "ValidationException"), ({"Timeout": 901}, "ValidationException"),
        ({"MemorySize": 10_241}, "ValidationException"),
    ],
)  # fmt: skip
def test_a_function_that_cannot_be_is_refused(account, fields, code):
    assert made(account, **fields) == code


@pytest.mark.parametrize(
    ("how", "size", "code"),
    [("RequestResponse", 6 * MB, ""), ("RequestResponse", 6 * MB + 1, "RequestTooLargeException"),
     ("Event", MB, ""), ("Event", MB + 1, "RequestTooLargeException")],
)  # fmt: skip
def test_a_payload_may_be_six_megabytes_at_once_and_one_for_later(account, how, size, code):
    account.function("f", lambda event: None)
    payload = b'"' + b"x" * (size - 2) + b'"'
    assert code_of(account.functions.invoke, FunctionName="f", InvocationType=how, Payload=payload) == code


@pytest.mark.parametrize("payload", [b"{", b"{'a': 1}", b"\xff", b'{"a": NaN}', b"[" * 100_000])
def test_a_payload_that_is_no_json_is_refused(account, payload):
    account.function("f", lambda event: None)
    assert code_of(account.functions.invoke, FunctionName="f", Payload=payload) == "InvalidRequestContentException"
    assert account.seen("f") == [] and json_problem(payload)


def test_an_answer_larger_than_six_megabytes_is_a_function_error(account):
    account.function("f", lambda event: "x" * 6 * MB)
    answer = account.functions.invoke(FunctionName="f")
    said = json.loads(answer["Payload"].read())
    assert (answer["FunctionError"], said["errorType"]) == ("Unhandled", "Function.ResponseSizeTooLarge")


@pytest.mark.parametrize(("size", "code"), [(MB - 100, ""), (MB, "ValidationException")])
def test_the_entries_of_one_call_are_a_megabyte_at_most(account, size, code):
    entry = {"Source": "s", "DetailType": "d", "Detail": json.dumps({"a": "x" * (size // 2)})}
    assert code_of(account.events.put_events, Entries=[entry, entry]) == code
    assert len(account.facts("published")) == (0 if code else 2)


def test_more_than_ten_entries_are_refused_before_anything_is_published(account):
    entry = {"Source": "s", "DetailType": "d", "Detail": "{}"}
    assert code_of(account.events.put_events, Entries=[entry] * 11) == "ValidationException"
    assert account.facts("published") == []


def test_messages_are_measured_in_bytes(account):
    topic = account.sns.create_topic(Name="t")["TopicArn"]
    assert code_of(account.sns.publish, TopicArn=topic, Message="é" * 131_072) == ""
    assert code_of(account.sns.publish, TopicArn=topic, Message="é" * 131_072 + "x") == "InvalidParameter"
    url, _ = account.queue("q")
    assert code_of(account.sqs.send_message, QueueUrl=url, MessageBody="x" * MB) == ""
    assert code_of(account.sqs.send_message, QueueUrl=url, MessageBody="é" * (MB // 2) + "x") == "InvalidParameterValue"


@pytest.mark.parametrize(
    "arn",
    ["q", "arn:aws:sqs:us-east-1:123456789012:", "arn:aws:lambda:us-east-1:123456789012:f",
     "arn:aws:states:us-east-1:123456789012:M", "arn:aws:events:us-east-1:1:event-bus/b"],
)  # fmt: skip
def test_a_target_s_arn_that_is_none_is_refused(account, arn):
    account.events.put_rule(Name="r", EventPattern='{"source": ["s"]}')
    assert code_of(account.events.put_targets, Rule="r", Targets=[{"Id": "t", "Arn": arn}]) == "ValidationException"


def test_an_execution_s_input_is_at_most_256_kib_of_json(account):
    arn = account.machine({"A": {"Type": "Pass", "End": True}})
    for text, code in (
        ('"' + "x" * 262_142 + '"', ""), ('"' + "é" * 131_071 + 'x"', "ValidationException"),
        ("[" * 100_000, "InvalidExecutionInput"), ('{"a": NaN}', "InvalidExecutionInput"),
    ):  # fmt: skip
        assert code_of(account.sfn.start_execution, stateMachineArn=arn, input=text) == code


@pytest.mark.parametrize("path", ["{", "<id>", "detail.id", "$.a["])
def test_an_input_path_that_is_none_is_refused(account, path):
    account.events.put_rule(Name="r", EventPattern='{"source": ["s"]}')
    arn = account.queue("q")[1]
    for target in ({"InputPath": path}, {"InputTransformer": {"InputPathsMap": {"a": path}, "InputTemplate": "<a>"}}):
        targets = [{"Id": "t", "Arn": arn, **target}]
        assert code_of(account.events.put_targets, Rule="r", Targets=targets) == "ValidationException"


@pytest.mark.parametrize("field", ["Catch", "Retry", "Choices", "Branches"])
def test_a_definition_whose_list_is_none_is_refused(account, field):
    kind = {"Choices": "Choice", "Branches": "Parallel"}.get(field, "Task")
    state = {"Type": kind, "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "End": True, field: 1.5}
    definition = json.dumps({"StartAt": "A", "States": {"A": state}})
    made_ = code_of(account.sfn.create_state_machine, name="M", definition=definition, roleArn=ROLE_ARN)
    assert made_ == "InvalidDefinition"
