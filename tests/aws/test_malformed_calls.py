"""Malformed names, ARNs, zips, handlers and payloads: each is taken, or refused in words."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sagalab.aws.account import ROLE_ARN
from sagalab.history import History
from sagalab.hosts.runtime import LocalRuntime
from sagalab.packaging import zipped
from sagalab.participants.market import Market
from tests.aws.building import Account
from tests.aws.mangling import asked

often = settings(max_examples=40, deadline=None, derandomize=True)
ACCOUNT = "123456789012"
names = st.sampled_from([
    "", " ", "a b", "a/b", "a:b", "a.b", "é", "x" * 65, "x" * 300, "name", "name.fifo", ".fifo", "$LATEST", "gone", "None",
    "a\nb", "a%2Fb", "../a", "f:1", "f:LIVE", "*",
])  # fmt: skip
arns = st.builds(
    lambda *parts: ":".join(parts), st.sampled_from(["arn", "ARN", ""]), st.sampled_from(["aws", "aws-cn", ""]),
    st.sampled_from(["sqs", "sns", "lambda", "states", "events", "dynamodb", "kinesis", "x", ""]),
    st.sampled_from(["us-east-1", "eu-west-1", "", "nowhere"]), st.sampled_from([ACCOUNT, "", "1", "000000000000"]),
    st.sampled_from(["q", "function:f", "stateMachine:M", "execution:M:one", "event-bus/default", "rule/r", "t", "", "q:q",
                     "function:f:1", "table/t", "t:3d5b0d4e-aaaa"]),
) | names  # fmt: skip


def built() -> Account:
    """Gives an account with one of each thing that a call may name."""
    account = Account()
    arn = account.function("f", lambda event: event)
    account.queue("q")
    account.machine({"A": {"Type": "Pass", "End": True}}, name="M")
    account.sns.create_topic(Name="t")
    account.rule("r", {"source": ["orders"]}, {"Arn": arn})
    return account


@often
@given(names)
def test_a_name_is_refused_or_the_thing_is_there_under_it(name: str) -> None:
    account = built()
    code = {"ZipFile": zipped({"m.py": ""})}
    asked(
        account.functions.create_function,
        FunctionName=name,
        Runtime="python3.11",
        Role=ROLE_ARN,
        Handler="m.f",
        Code=code,
    )
    asked(account.functions.get_function, FunctionName=name)
    asked(account.functions.invoke, FunctionName=name, Payload=b"{}")
    asked(account.functions.get_function_concurrency, FunctionName=name)
    asked(account.sqs.create_queue, QueueName=name)
    asked(account.sqs.create_queue, QueueName=name, Attributes={"FifoQueue": "true"})
    asked(account.sqs.get_queue_url, QueueName=name)
    asked(account.sns.create_topic, Name=name)
    asked(account.events.create_event_bus, Name=name)
    asked(account.events.put_rule, Name=name, EventPattern='{"source": ["a"]}')
    asked(account.events.put_rule, Name="r", EventBusName=name, EventPattern='{"source": ["a"]}')
    asked(account.events.describe_rule, Name=name)
    asked(account.events.remove_targets, Rule=name, Ids=["t"])
    definition = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'
    asked(account.sfn.create_state_machine, name=name, definition=definition, roleArn=ROLE_ARN)
    asked(account.sfn.start_execution, stateMachineArn=f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:M", name=name)
    asked(account.cloudwatch.delete_alarms, AlarmNames=[name])
    asked(
        account.events.create_archive,
        ArchiveName=name,
        EventSourceArn=f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default",
    )
    account.run(until=60)
    account.close()


@often
@given(arns)
def test_an_arn_is_refused_or_leads_to_what_it_names(arn: str) -> None:
    account = built()
    for call, field in (
        (account.sfn.describe_state_machine, "stateMachineArn"), (account.sfn.start_execution, "stateMachineArn"),
        (account.sfn.list_executions, "stateMachineArn"), (account.sfn.describe_execution, "executionArn"),
        (account.sfn.get_execution_history, "executionArn"), (account.sfn.stop_execution, "executionArn"),
        (account.sfn.redrive_execution, "executionArn"), (account.sns.get_topic_attributes, "TopicArn"),
        (account.sns.get_subscription_attributes, "SubscriptionArn"), (account.sns.unsubscribe, "SubscriptionArn"),
        (account.functions.get_function, "FunctionName"), (account.functions.invoke, "FunctionName"),
        (account.functions.list_event_source_mappings, "EventSourceArn"), (account.sqs.start_message_move_task, "SourceArn"),
        (account.sqs.list_message_move_tasks, "SourceArn"), (account.sqs.receive_message, "QueueUrl"),
        (account.sqs.get_queue_attributes, "QueueUrl"), (account.sqs.purge_queue, "QueueUrl"),
    ):  # fmt: skip
        asked(call, **{field: arn})
    asked(account.sqs.send_message, QueueUrl=arn, MessageBody="m")
    asked(account.sns.publish, TopicArn=arn, Message="m")
    asked(account.sns.subscribe, TopicArn=f"arn:aws:sns:us-east-1:{ACCOUNT}:t", Protocol="sqs", Endpoint=arn)
    asked(account.sns.subscribe, TopicArn=f"arn:aws:sns:us-east-1:{ACCOUNT}:t", Protocol="lambda", Endpoint=arn)
    asked(account.sns.subscribe, TopicArn=arn, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{ACCOUNT}:q")
    asked(account.functions.create_event_source_mapping, EventSourceArn=arn, FunctionName="f")
    asked(
        account.functions.create_event_source_mapping,
        EventSourceArn=f"arn:aws:sqs:us-east-1:{ACCOUNT}:q",
        FunctionName=arn,
    )
    asked(account.events.put_targets, Rule="r", Targets=[{"Id": "x", "Arn": arn}])
    entry = {"Source": "orders", "DetailType": "D", "Detail": "{}", "EventBusName": arn}
    asked(account.events.put_events, Entries=[entry])
    asked(account.events.put_events, Entries=[{**entry, "EventBusName": "default"}])
    asked(account.sns.publish, TopicArn=f"arn:aws:sns:us-east-1:{ACCOUNT}:t", Message="m")
    account.run(until=3600)
    account.close()


SOURCES = st.sampled_from([
    "def f(event, context):\n    return event\n", "def f(event):\n    return 1\n", "def g(e, c): pass\n", "f = 7\n", "raise SystemExit\n",
    "import gone\n", "def f(event, context:\n", "\x00", "def f(event, context):\n    return object()\n",
    "def f(event, context):\n    raise SystemExit(3)\n", "def f(event, context):\n    return float('nan')\n",
    "def f(event, context):\n    return {1: {2, 3}}\n", "def f(event, context):\n    return event['no']\n",
    "class E(Exception):\n    def __str__(self): return None\ndef f(event, context):\n    raise E()\n",
    "def f(event, context):\n    a = []\n    a.append(a)\n    return a\n", "def f(event, context):\n    return f(event, context)\n",
])  # fmt: skip
HANDLERS = st.sampled_from(
    ["m.f", "m", "m.", ".f", "m.f.g", "n.f", "", "m/f", "m.g", "../m.f", "m .f", "é.f", "m.__class__"]
)
CODES = st.sampled_from(["zip", "bytes", "empty", "none", "folder", "evil", "nested"])


def packed(kind: str, source: str) -> dict[str, Any]:
    """Gives a function's Code: a sound zip, or something that is none."""
    if kind in ("bytes", "empty", "none"):
        return {"bytes": {"ZipFile": b"PK\x03\x04nothing"}, "empty": {"ZipFile": b""}, "none": {}}[kind]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr({"folder": "m/", "evil": "../../m.py", "nested": "src/m.py"}.get(kind, "m.py"), source)
    return {"ZipFile": buffer.getvalue()}


@often
@given(CODES, SOURCES, HANDLERS)
def test_a_zip_is_refused_or_its_function_answers_with_a_function_error(kind: str, source: str, handler: str) -> None:
    account = Account(runtime=lambda clock: LocalRuntime(clock, lambda: Market(clock, History(), [], {})))
    code = packed(kind, source)
    made = asked(account.functions.create_function, FunctionName="f", Runtime="python3.11", Role=ROLE_ARN,
                 Handler=handler, Code=code)  # fmt: skip
    if made is not None:
        answer = asked(account.functions.invoke, FunctionName="f", Payload=b'{"a": 1}')
        assert answer is not None
        said = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer or {"errorMessage", "errorType"} <= said.keys()
        asked(account.functions.invoke, FunctionName="f", InvocationType="Event", Payload=b"{}")
        account.run(until=600)
    asked(account.functions.update_function_code, FunctionName="f", **code)
    account.close()


PAYLOADS = st.sampled_from([
    b"", b"{", b"null", b"7", b'"x"', b"[1, 2]", b"{'a': 1}", b"\xff\xfe", b'{"a": NaN}', b"[" * 3000, b'{"a":1}x', "é".encode(),
    b" ", b'{"a": "' + b"x" * 300_000 + b'"}',
])  # fmt: skip


@often
@given(PAYLOADS, st.sampled_from(["RequestResponse", "Event", "DryRun", "Later"]))
def test_a_payload_is_refused_or_arrives(payload: bytes, how: str) -> None:
    account = built()
    asked(account.functions.invoke, FunctionName="f", InvocationType=how, Payload=payload)
    text = payload.decode("utf-8", "replace")
    asked(account.sfn.start_execution, stateMachineArn=f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:M", input=text)
    url = account.sqs.get_queue_url(QueueName="q")["QueueUrl"]
    asked(account.sqs.send_message, QueueUrl=url, MessageBody=text)
    asked(account.sqs.send_message_batch, QueueUrl=url, Entries=[{"Id": "a b", "MessageBody": text}])
    asked(
        account.sqs.send_message,
        QueueUrl=url,
        MessageBody="m",
        MessageAttributes={"a": {"DataType": text[:9] or "x", "StringValue": text[:99]}},
    )
    asked(account.sqs.send_message, QueueUrl=url, MessageBody="m", MessageGroupId="g", DelaySeconds=len(text))
    asked(account.sns.publish, TopicArn=f"arn:aws:sns:us-east-1:{ACCOUNT}:t", Message=text, Subject=text[:200])
    asked(account.sns.publish, TopicArn=f"arn:aws:sns:us-east-1:{ACCOUNT}:t", Message=text, MessageStructure="json")
    asked(account.events.put_events, Entries=[{"Source": "orders", "DetailType": "D", "Detail": text}])
    asked(account.sfn.send_task_success, taskToken=text[:1000], output=text)
    asked(account.sqs.delete_message, QueueUrl=url, ReceiptHandle=text[:100])
    asked(account.sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=text[:100], VisibilityTimeout=len(text))
    asked(account.cloudwatch.put_metric_data, Namespace=text[:30], MetricData=[{"MetricName": text[:30], "Value": 1.0}])
    account.run(until=3600)
    account.close()


BATCH = st.sampled_from([None, 0, 1, 10, 11, 10_000, 10_001])
SCALING = st.sampled_from(
    [None, {}, {"MaximumConcurrency": 1}, {"MaximumConcurrency": 2}, {"MaximumConcurrency": 1001}]
)
FILTER = st.sampled_from(
    [None, {}, {"Filters": [{}]}, {"Filters": [{"Pattern": "{"}]}, {"Filters": [{"Pattern": "[]"}]}]
)


@often
@given(
    BATCH,
    st.sampled_from([None, 0, 1, 300, 301]),
    SCALING,
    FILTER,
    st.sampled_from([None, [], ["X"], ["ReportBatchItemFailures"]]),
)
def test_an_event_source_mapping_is_refused_or_works(
    batch: int | None, window: int | None, scaling: Any, filters: Any, types: Any
) -> None:
    account = built()
    given_ = {"BatchSize": batch, "MaximumBatchingWindowInSeconds": window, "ScalingConfig": scaling,
              "FilterCriteria": filters, "FunctionResponseTypes": types}  # fmt: skip
    fields = {name: value for name, value in given_.items() if value is not None}
    source = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
    made = asked(account.functions.create_event_source_mapping, EventSourceArn=source, FunctionName="f", **fields)
    url = account.sqs.get_queue_url(QueueName="q")["QueueUrl"]
    asked(account.sqs.send_message, QueueUrl=url, MessageBody="{}")
    account.run(until=3600)
    if made is not None:
        asked(account.functions.update_event_source_mapping, UUID=made["UUID"], **fields)
        asked(account.functions.get_event_source_mapping, UUID=made["UUID"])
        account.run(until=7200)
    asked(account.functions.delete_event_source_mapping, UUID="no-such-mapping")
    asked(account.functions.put_function_concurrency, FunctionName="f", ReservedConcurrentExecutions=batch or 0)
    account.close()


LIMIT = st.sampled_from([None, -1, 0, 1, 10, 11, 1001])


@often
@given(LIMIT, LIMIT, st.sampled_from([None, "All", "x", ""]), st.sampled_from(["0", "-1", "43201", "x", "", "1048577"]))
def test_numbers_beyond_their_limits_are_refused(
    first: int | None, second: int | None, text: Any, attribute: str
) -> None:
    account = built()
    url = account.sqs.get_queue_url(QueueName="q")["QueueUrl"]

    def some(**fields: Any) -> dict[str, Any]:
        return {name: value for name, value in fields.items() if value is not None}

    names = [text] if text is not None else None
    asked(
        account.sqs.receive_message,
        QueueUrl=url,
        **some(MaxNumberOfMessages=first, VisibilityTimeout=second, AttributeNames=names),
    )
    for name in (
        "VisibilityTimeout",
        "DelaySeconds",
        "MaximumMessageSize",
        "MessageRetentionPeriod",
        "ReceiveMessageWaitTimeSeconds",
        "Colour",
    ):
        asked(account.sqs.set_queue_attributes, QueueUrl=url, Attributes={name: attribute})
        asked(account.sqs.create_queue, QueueName=f"n{name}", Attributes={name: attribute})
    asked(
        account.functions.update_function_configuration,
        FunctionName="f",
        **some(Timeout=first, MemorySize=second, Handler=text),
    )
    asked(account.functions.put_function_event_invoke_config, FunctionName="f",
          **some(MaximumRetryAttempts=first, MaximumEventAgeInSeconds=second))  # fmt: skip
    asked(account.functions.put_function_concurrency, FunctionName="f", **some(ReservedConcurrentExecutions=first))
    asked(account.events.list_rules, **some(Limit=first, NamePrefix=text))
    asked(account.sfn.list_state_machines, **some(maxResults=first, nextToken=text))
    asked(account.cloudwatch.describe_alarms, **some(MaxRecords=first, NextToken=text))
    asked(account.cloudwatch.list_metrics, **some(NextToken=text))
    asked(account.cloudwatch.put_metric_alarm, AlarmName="a", Namespace="N", MetricName="M", ComparisonOperator="GreaterThanThreshold",
          EvaluationPeriods=first or 1, **some(Period=second, Threshold=second, Statistic=text, DatapointsToAlarm=first))  # fmt: skip
    account.run(until=600)
    account.close()
