"""The same cloud behind a port: other processes build in it, run and read, with boto3 and with the aws command."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sagalab.packaging import zipped
from sagalab.serving import Endpoint

AWS = Path(sys.executable).with_name("aws")
DOUBLE = zipped(
    {"step.py": "import time\n\ndef handler(event, context):\n    time.sleep(2)\n    return {'n': event['n'] * 2}\n"}
)
ROLE = "arn:aws:iam::123456789012:role/sagalab"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}


def serve(*options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sagalab.cli", "serve", *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def address_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert found, line
    return found[0]


def ended(process: subprocess.Popen[str], number: int) -> tuple[int, str]:
    """Sends a signal; gives the exit code and what was written to stderr."""
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    return process.returncode, errors


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    process = serve("--port", "0", "--speed", "20")
    yield address_of(process)
    assert ended(process, signal.SIGTERM) == (0, "")


def client(address: str, service: str) -> Any:
    return boto3.client(
        service, endpoint_url=address, region_name="us-east-1", aws_access_key_id="test",
        aws_secret_access_key="test", config=Config(retries={"total_max_attempts": 1}),
    )  # fmt: skip


def machine(function: str, queue: str) -> str:
    """A definition that doubles a number and tells a queue."""
    send = {"QueueUrl": queue, "MessageBody.$": "States.JsonToString($)"}
    states = {
        "Wait": {"Type": "Wait", "Seconds": 5, "Next": "Double"},
        "Double": {"Type": "Task", "Resource": function, "Next": "Tell"},
        "Tell": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": send, "ResultPath": None, "End": True},
    }  # fmt: skip
    return json.dumps({"StartAt": "Wait", "States": states})


def received(sqs: Any, url: str) -> dict[str, Any]:
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return dict(json.loads(message["Body"]))


def test_boto3_of_another_process_builds_runs_and_reads(address):
    sqs, sfn, functions, events = (client(address, name) for name in ("sqs", "stepfunctions", "lambda", "events"))
    assert client(address, "sts").get_caller_identity()["Account"] == "123456789012"
    url = sqs.create_queue(QueueName="told")["QueueUrl"]
    assert url.startswith(address)
    function = functions.create_function(
        FunctionName="double", Runtime="python3.11", Role=ROLE, Handler="step.handler", Code={"ZipFile": DOUBLE}
    )["FunctionArn"]
    arn = sfn.create_state_machine(name="Flow", definition=machine(function, url), roleArn=ROLE)["stateMachineArn"]
    events.create_event_bus(Name="shop")
    events.put_rule(Name="ordered", EventBusName="shop", EventPattern='{"detail-type": ["Ordered"]}')
    target = {"Id": "1", "Arn": arn, "RoleArn": ROLE, "InputPath": "$.detail"}
    events.put_targets(Rule="ordered", EventBusName="shop", Targets=[target])
    entry = {"Source": "shop", "DetailType": "Ordered", "Detail": '{"n": 21}', "EventBusName": "shop"}
    assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0

    assert received(sqs, url) == {"n": 42}
    (run,) = sfn.list_executions(stateMachineArn=arn)["executions"]
    history = sfn.get_execution_history(executionArn=run["executionArn"])["events"]
    names = [event["stateEnteredEventDetails"]["name"] for event in history if event["type"].endswith("StateEntered")]
    assert names == ["Wait", "Double", "Tell"]
    took = (history[-1]["timestamp"] - history[0]["timestamp"]).total_seconds()
    assert 7 < took < 8, "a Wait of five seconds and a handler's sleep of two, on virtual time"


def aws(address: str, *words: str) -> Any:
    done = subprocess.run(
        [sys.executable, str(AWS), "--endpoint-url", address, "--output", "json", *words],
        env={**os.environ, **CREDENTIALS}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else None


def test_the_aws_command_builds_runs_and_reads(address, tmp_path):
    (tmp_path / "step.zip").write_bytes(DOUBLE)
    url = aws(address, "sqs", "create-queue", "--queue-name", "cli")["QueueUrl"]
    function = aws(
        address, "lambda", "create-function", "--function-name", "cli", "--runtime", "python3.11", "--role", ROLE,
        "--handler", "step.handler", "--zip-file", f"fileb://{tmp_path}/step.zip",
    )["FunctionArn"]  # fmt: skip
    arn = aws(
        address, "stepfunctions", "create-state-machine", "--name", "Cli", "--role-arn", ROLE,
        "--definition", machine(function, url),
    )["stateMachineArn"]  # fmt: skip
    aws(address, "events", "create-event-bus", "--name", "cli")
    pattern = '{"source": ["cli"]}'
    aws(address, "events", "put-rule", "--name", "cli", "--event-bus-name", "cli", "--event-pattern", pattern)
    target = json.dumps([{"Id": "1", "Arn": arn, "RoleArn": ROLE, "InputPath": "$.detail"}])
    aws(address, "events", "put-targets", "--rule", "cli", "--event-bus-name", "cli", "--targets", target)
    entry = {"Source": "cli", "DetailType": "d", "Detail": '{"n": 3}', "EventBusName": "cli"}
    aws(address, "events", "put-events", "--entries", json.dumps([entry]))

    (message,) = aws(address, "sqs", "receive-message", "--queue-url", url, "--wait-time-seconds", "20")["Messages"]
    assert json.loads(message["Body"]) == {"n": 6}
    (run,) = aws(address, "stepfunctions", "list-executions", "--state-machine-arn", arn)["executions"]
    history = aws(address, "stepfunctions", "get-execution-history", "--execution-arn", run["executionArn"])["events"]
    assert history[-1]["type"] == "ExecutionSucceeded"


def test_a_map_reads_its_items_from_a_bucket(address):
    s3, sqs, sfn = (client(address, name) for name in ("s3", "sqs", "stepfunctions"))
    s3.create_bucket(Bucket="shop-of-orders")
    s3.put_object(Bucket="shop-of-orders", Key="orders.json", Body=b'[{"n": 1}, {"n": 2}]')
    url = sqs.create_queue(QueueName="mapped")["QueueUrl"]
    reader = {
        "Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSON"},
        "Parameters": {"Bucket": "shop-of-orders", "Key": "orders.json"},
    }  # fmt: skip
    call = {"QueueUrl": url, "MessageBody": {"items.$": "$"}}
    each = {"StartAt": "Keep", "States": {"Keep": {"Type": "Pass", "End": True}}}
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **each}
    states = {
        "All": {"Type": "Map", "ItemReader": reader, "ItemProcessor": processor, "Next": "Tell"},
        "Tell": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": call, "End": True},
    }
    definition = json.dumps({"StartAt": "All", "States": states})
    arn = sfn.create_state_machine(name="Mapped", definition=definition, roleArn=ROLE)["stateMachineArn"]
    sfn.start_execution(stateMachineArn=arn)
    assert received(sqs, url) == {"items": [{"n": 1}, {"n": 2}]}


def test_a_function_reaches_the_cloud_by_its_endpoint_too(address):
    source = (
        "import boto3\n\ndef handler(event, context):\n"
        "    sqs = boto3.client('sqs', endpoint_url=event['endpoint'], region_name='us-east-1')\n"
        "    return sqs.send_message(QueueUrl=event['url'], MessageBody='{\"from\": \"inside\"}')['MessageId']\n"
    )
    sqs, functions = client(address, "sqs"), client(address, "lambda")
    url = sqs.create_queue(QueueName="inside")["QueueUrl"]
    functions.create_function(
        FunctionName="inside", Runtime="python3.11", Role=ROLE, Handler="step.handler",
        Code={"ZipFile": zipped({"step.py": source})}, Timeout=30,
    )  # fmt: skip
    answer = functions.invoke(FunctionName="inside", Payload=json.dumps({"endpoint": address, "url": url}))
    assert "FunctionError" not in answer, answer["Payload"].read()
    assert received(sqs, url) == {"from": "inside"}


def test_a_client_that_waits_holds_up_no_other(address):
    sqs = client(address, "sqs")
    urls = [sqs.create_queue(QueueName=f"line-{number}")["QueueUrl"] for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(received, client(address, "sqs"), url) for url in urls]
        for number, url in enumerate(urls):
            sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"number": number}))
        assert [future.result(timeout=30)["number"] for future in waiting] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("service", "call"), [("kinesis", "list_streams"), ("ec2", "describe_instances"), ("kms", "list_keys")]
)
def test_a_service_that_the_cloud_lacks_is_refused_by_name(address, service, call):
    with pytest.raises(ClientError) as caught:
        getattr(client(address, service), call)()
    assert caught.value.response["Error"]["Code"] == "NotSupportedHere"
    assert service in caught.value.response["Error"]["Message"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_cleanly_also_while_a_client_waits(number):
    process = serve("--port", "0")
    at = address_of(process)
    url = client(at, "sqs").create_queue(QueueName="quiet")["QueueUrl"]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client(at, "sqs").receive_message, QueueUrl=url, WaitTimeSeconds=20)
        client(at, "sqs").list_queues()
        assert ended(process, number) == (0, "")
        assert waiting.exception(timeout=30) is not None


@pytest.mark.parametrize(
    ("name", "leaves"),
    [("at-once", "os._exit(1)"), ("by-exit", "sys.exit(1)"), ("as-if-asked", "raise KeyboardInterrupt")],
)
def test_a_handler_that_leaves_ends_its_invocation_and_nobody_else_s_cloud(address, name, leaves):
    functions = client(address, "lambda")
    code = zipped({"m.py": f"import os, sys\ndef f(event, context):\n    {leaves}\n"})
    functions.create_function(FunctionName=name, Runtime="python3.12", Role=ROLE, Handler="m.f", Code={"ZipFile": code})
    said = json.loads(functions.invoke(FunctionName=name)["Payload"].read())
    assert said["errorType"] == "Runtime.ExitError" and "Runtime exited with error: exit status" in said["errorMessage"]
    assert client(address, "sqs").list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_an_endless_handler_cannot_keep_it_alive():
    process = serve("--port", "0")
    at = address_of(process)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        where = listener.getsockname()
        source = f"import socket\n\ndef handler(event, context):\n    socket.create_connection({where!r})\n    while True:\n        pass\n"
        functions = client(at, "lambda")
        functions.create_function(
            FunctionName="endless", Runtime="python3.11", Role=ROLE, Handler="step.handler",
            Code={"ZipFile": zipped({"step.py": source})},
        )  # fmt: skip
        functions.invoke(FunctionName="endless", InvocationType="Event", Payload=b"{}")
        listener.settimeout(30)
        listener.accept()  # From here on the handler runs.
    assert ended(process, signal.SIGINT)[0] == 0


PATIENT = "from sagalab.serving import Endpoint\ne = Endpoint(0, wall=0.5)\ne.run(lambda: print(e.address, flush=True))"


def test_an_endless_handler_is_stopped_while_the_cloud_goes_on():
    process = subprocess.Popen(
        [sys.executable, "-c", PATIENT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    at = address_of(process)
    functions = client(at, "lambda")
    for name, source in (("endless", "    while True: pass"), ("quick", "    return event")):
        functions.create_function(
            FunctionName=name, Runtime="python3.11", Role=ROLE, Handler="step.handler",
            Code={"ZipFile": zipped({"step.py": f"def handler(event, context):\n{source}\n"})}, Timeout=1,
        )  # fmt: skip
    answer = functions.invoke(FunctionName="endless", Payload=b"{}")
    assert answer["FunctionError"] == "Unhandled"
    assert "does a loop in endless never end?" in json.loads(answer["Payload"].read())["errorMessage"]
    assert json.loads(functions.invoke(FunctionName="quick", Payload=b"1")["Payload"].read()) == 1
    process.kill()
    process.communicate(timeout=30)


def test_clients_in_many_threads_and_processes_get_their_own_answers(address):
    sqs = client(address, "sqs")
    url = sqs.create_queue(QueueName="shared")["QueueUrl"]

    def send(number: int) -> str:
        if number % 4:
            return str(client(address, "sqs").send_message(QueueUrl=url, MessageBody=f"{number}")["MessageId"])
        found = aws(address, "sqs", "send-message", "--queue-url", url, "--message-body", f"{number}")
        return str(found["MessageId"])

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(send, range(16)))
    told: dict[str, str] = {}
    while len(told) < 16:
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)["Messages"]:
            told[message["MessageId"]] = message["Body"]
    assert told == {one: f"{number}" for number, one in enumerate(ids)}
    caller = client(address, "sts").get_caller_identity()
    assert caller["Account"] == "123456789012"


def test_a_taken_port_is_told_in_one_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = serve("--port", str(taken.getsockname()[1]))
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert re.fullmatch(r"port \d+ of this machine is taken\W.*--port.*\n", errors), errors


def test_a_speed_that_is_no_speed_is_told_in_one_line():
    process = serve("--speed", "0", "--port", "0")
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert errors.count("\n") == 1 and "--speed" in errors


def test_a_request_begins_when_it_comes_and_not_when_the_last_look_was_taken():
    endpoint = Endpoint(0, speed=100.0)
    try:
        endpoint._asked.put(({"headers": {}, "path": "/", "method": "POST", "body": b""}, Future()))
        endpoint._take(time.monotonic() - 5.0)  # five seconds after it began to run
        assert endpoint.clock.now >= 500.0
    finally:
        endpoint._server.server_close()
        endpoint.cloud.stop()
